"""The clock of a training that is given seconds instead of epochs.

It says how far the run is, when the weights are due to be judged, and when time is up. It does NOT
train or judge: ``training.loop`` does. With it two runs of one seed differ, as two machines do.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

JUDGEMENTS = 40  # in the time of a run, at most
JUDGING_SHARE = 0.1  # of the time, at most, that may go by in judging


class Clock:
    """Counts the ``seconds`` (above 0) of a run, judgements included, from ``start`` on."""

    def __init__(self, seconds: float) -> None:
        if not seconds > 0:
            raise ValueError("the seconds of a training must be above 0")
        self.seconds = seconds
        self.start()

    def start(self, spent: float = 0.0) -> None:
        """Begin to count; ``spent`` are seconds of earlier sittings."""
        self._began = time.monotonic() - spent
        self._judged, self._cost = time.monotonic(), 0.0

    @property
    def spent(self) -> float:
        """Seconds gone by."""
        return time.monotonic() - self._began

    @property
    def progress(self) -> float:
        """The share of the time that is gone, in [0, 1]."""
        return min(1.0, self.spent / self.seconds)

    @property
    def is_up(self) -> bool:
        """Whether all the time is gone."""
        return self.spent >= self.seconds

    @property
    def is_judgement_due(self) -> bool:
        """Whether to judge the weights now: every so often, and seldom where that is slow."""
        pause = max(self.seconds / JUDGEMENTS, self._cost * (1 / JUDGING_SHARE - 1))
        return time.monotonic() - self._judged >= pause

    @contextmanager
    def judging(self) -> Iterator[None]:
        """Around a judgement: learns how long one takes."""
        begun = time.monotonic()
        yield
        self._judged = time.monotonic()
        self._cost = self._judged - begun
