"""Time rivals fairly on a machine that others use too. Nothing here knows what is timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence


def shortest_times(rivals: Sequence[Callable[[], object]], repeats: int) -> list[float]:
    """Seconds of the fastest of ``repeats`` runs of each, taking turns."""
    return [min(of_run) for of_run in run_times(rivals, repeats)]


def run_times(rivals: Sequence[Callable[[], object]], repeats: int) -> list[list[float]]:
    """Seconds of each of ``repeats`` runs of each, taking turns."""
    times = [[] for _ in rivals]
    for _ in range(repeats):
        for run, of_run in zip(rivals, times, strict=True):
            start = time.perf_counter()
            run()
            of_run.append(time.perf_counter() - start)
    return times
