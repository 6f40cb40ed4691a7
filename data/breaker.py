"""A circuit breaker: after a failure a service is left alone for a while, then tried once.

The pattern is Nygard's (Release It!, 2007). It counts and times; it sends nothing, and what a
request is and which failures count is for its owner to say.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Break:
    """Seconds of the first break after a failure, and of the longest: each failed trial doubles
    it."""

    first: float
    longest: float


class Breaker:
    """Says whether a request may go now. Safe to share between threads.

    Each request that `admits` lets go must end in one call of `succeeded` or `failed`. clock: in
    seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pause: Break | None = None  # what the last failure asked for; None when all is well
        self._length = 0.0  # of the break, in seconds
        self._until = 0.0
        self._on_trial = False
        self.reason = ""  # of the break, in words; "" when all is well

    def admits(self) -> bool:
        """Whether a request may go. During a break none may; after it one, until it has ended."""
        with self._lock:
            if self._on_trial or self._clock() < self._until:
                return False
            self._on_trial = self._pause is not None
            return True

    def succeeded(self) -> None:
        """The service answered. One that was asked before the break began does not end it."""
        with self._lock:
            if self._on_trial or self._clock() >= self._until:
                self._pause, self._until, self._on_trial, self.reason = None, 0.0, False, ""

    def failed(self, pause: Break, reason: str) -> None:
        """The service failed, so a break begins; requests that were under way together and fail
        together begin one."""
        with self._lock:
            now = self._clock()
            length = pause.first if pause != self._pause else self._length
            if pause == self._pause and (self._on_trial or now >= self._until):
                length = min(2 * length, pause.longest)
            self._on_trial = False
            if now + length > self._until:
                self._pause, self._length = pause, length
                self._until, self.reason = now + length, reason
