"""Streams in turns: how many visitors write at once without slowing each other down.

Python lets one thread compute at a time, and each frame costs the server some milliseconds. Writers
that all ran at once would hand that turn to and fro and send a frame for every character or two; so
they take turns of a whole frame, and everybody's text grows at the rate of its share.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import TypeVar

FRAME_SECONDS = 0.07  # 10 to 15 frames a second: more would make the browser the bottleneck
TURNS = threading.Semaphore(1)  # writers at work at the same time

T = TypeVar("T")


def bursts(
    pieces: Iterator[T], seconds: float | None = None, turns: threading.Semaphore | None = None
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
