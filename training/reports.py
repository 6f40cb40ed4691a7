"""What a training says to the program that started it, and hears from it (``inference.live``).

One JSON object a line on standard output; "stop" on standard input asks for an early, proper end,
and the end of that input means that nobody listens any more: the process ends at once. A training
that a person starts at a terminal uses nothing of this.
"""

from __future__ import annotations

import json
import math
import os
import sys
import threading
from dataclasses import dataclass
from typing import Any

from training.flags import option


@dataclass(frozen=True)
class Reporting:
    """Whether a program listens to the training."""

    reports: bool = option(
        False, "say how it goes in JSON lines, and end properly when told to stop; for the page"
    )

    def begin(self) -> Reports | None:
        """The line to that program, None without one."""
        return Reports() if self.reports else None


class Reports:
    """The line to the program that started this process; make one before anything slow."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def stop_is_asked(self) -> bool:
        """Whether the training shall end with what it has learned so far."""
        return self._stop.is_set()

    def say(self, **values: Any) -> None:
        """Report ``values``; numbers that are not finite become null."""
        print(json.dumps(_finite(values)), flush=True)

    def _listen(self) -> None:
        for line in sys.stdin:
            if line.strip() == "stop":
                self._stop.set()
        os._exit(1)


def _finite(value: Any) -> Any:
    """``value`` without NaN and infinities, which JSON has no words for."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(part) for part in value]
    return value
