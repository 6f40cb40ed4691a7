"""Streams in turns: how many visitors write at once without slowing each other down.

Python lets one thread compute at a time, and each frame costs the server some milliseconds. Writers
that all ran at once would hand that turn to and fro and send a frame for every character or two; so
they take turns of a whole frame, one after another in the order of asking, and everybody's text
grows at the rate of its share.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import TypeVar

FRAME_SECONDS = 0.07  # 10 to 15 frames a second: more would make the browser the bottleneck

T = TypeVar("T")


class Turns:
    """A lock that goes to whoever has waited longest. (A lock of ``threading`` goes to whoever
    comes first when it is free, which is mostly the one who had it.)"""

    def __init__(self) -> None:
        self._taken, self._line = False, deque[threading.Event]()
        self._moved = threading.Lock()

    def __enter__(self) -> None:
        with self._moved:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Event()
            self._line.append(mine)
        mine.wait()

    def __exit__(self, *_: object) -> None:
        with self._moved:
            if self._line:
                self._line.popleft().set()  # it stays taken: by that one
            else:
                self._taken = False


TURNS = Turns()  # one writer at work at a time


def bursts(
    pieces: Iterator[T], seconds: float | None = None, turns: Turns | None = None
) -> Iterator[list[T]]:
    """All of ``pieces`` in lists, one a frame: the first piece alone and out of turn, so that it
    shows at once, then as many as come within ``seconds`` (a writer's FRAME_SECONDS).

    No turn is held while a frame is on its way. Work of another kind has ``turns`` of its own.
    """
    burst = _take(pieces, 0.0)
    while burst:
        yield burst
        with turns or TURNS:
            burst = _take(pieces, FRAME_SECONDS if seconds is None else seconds)


def _take(pieces: Iterator[T], seconds: float) -> list[T]:
    """The pieces that come within ``seconds``; at least one, unless there is none."""
    end = time.monotonic() + seconds
    burst = []
    for piece in pieces:
        burst.append(piece)
        if time.monotonic() >= end:
            break
    return burst
