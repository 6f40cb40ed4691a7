"""Who may train beside the page: seats for a few, and a line for those who come next.

One limit for the machine, whichever view or API a training is started from. This module does NOT
start a training (``inference.live`` does); it says whose turn it is, and whom a Stop is for.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
import time
from collections.abc import Iterator

from data.errors import InputError
from inference.live import LiveTraining


class Seats:
    """Who trains and who waits, in the order of coming: the first ``limit`` have a seat, the next
    ``line`` stand in line, and no visitor is there twice."""

    def __init__(self, limit: int, line: int) -> None:
        self.limit, self.line = limit, line
        self._places: dict[str, Place] = {}  # by visitor, in the order of coming
        self._moved = threading.Condition()

    @contextlib.contextmanager
    def place(self, visitor: str) -> Iterator[Place]:
        """A place for ``visitor`` while the context lasts; then the others move up. InputError when
        they have one already, and when there is none in line either."""
        with self._moved:
            if visitor in self._places:
                raise InputError("A training of yours is running already; stop it first.")
            if len(self._places) >= self.limit + self.line:
                raise self._no_seat()
            place = self._places[visitor] = Place(self)
        try:
            yield place
        finally:
            with self._moved:
                del self._places[visitor]
                self._moved.notify_all()

    def stop(self, visitor: str) -> bool:
        """Ask the training of ``visitor`` to end with what it has, or their wait to end; whether
        there was one."""
        with self._moved:
            place = self._places.get(visitor)
            if place is not None:
                place._stop()
                self._moved.notify_all()
        return place is not None

    def _no_seat(self) -> InputError:
        return InputError(
            f"Other visitors train here, and no more than {self.limit} can at once; try again in a "
            "minute or two."
        )


class Place:
    """A visitor's place: in line, then with a seat."""

    def __init__(self, seats: Seats) -> None:
        self.is_stopped = False  # by the visitor, maybe before anything began
        self._seats = seats
        self._training: LiveTraining | None = None

    def wait(self, patience: float, pause: float) -> Iterator[None]:
        """Until there is a seat or the visitor stops: yields at once and every ``pause`` seconds.
        InputError after ``patience`` seconds without one."""
        end, moved = time.monotonic() + patience, self._seats._moved
        while not self._is_over():
            if time.monotonic() >= end:
                raise self._seats._no_seat()
            yield
            with moved:
                moved.wait_for(self._is_over, min(pause, end - time.monotonic()))

    def begin(self, training: LiveTraining) -> None:
        """Take the seat with ``training``, which is what a Stop is for from now on."""
        with self._seats._moved:
            self._training = training
            if self.is_stopped:
                training.stop()

    def _stop(self) -> None:
        self.is_stopped = True
        if self._training is not None:
            self._training.stop()

    def _is_over(self) -> bool:
        """Whether the wait is."""
        with self._seats._moved:
            seated = itertools.islice(self._seats._places.values(), self._seats.limit)
            return self.is_stopped or self in seated


# The machine's. A training keeps a core busy (a race two, for its 13 seconds) and lets the page go
# first (``live.NICENESS``), so there is a seat for each core; with two of them, somebody's three
# minutes shut nobody out. Four at most, since each may fill 3 GB (``live.MEGABYTES``) of a Space's
# 16. Whoever waits holds one of Gradio's 40 threads, as everybody at work does; so only a few wait.
SEATS = Seats(limit=min(4, os.cpu_count() or 2), line=6)
