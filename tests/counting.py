"""A training that only counts, watched as the page watches the real ones, and a machine with one
seat; for the tests of what the live views share."""

from __future__ import annotations

import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from data.errors import InputError
from inference import live as inference_live
from inference.live import LiveTraining
from inference.seats import Seats
from tabs import live

COUNTS = """
    import sys, time
    from training.reports import Reports
    reports = Reports()
    for step in range(int(sys.argv[1])):
        reports.say(step=step)
        if reports.stop_is_asked:
            break
        time.sleep(0.02)
    reports.say(step="the end")
"""
FOREVER = 100_000  # steps
SENTENCE = "no more than 1 can at once; try again"


class Counting:
    """A script that counts up to ``steps`` or until it is stopped, watched."""

    started_ones: list[LiveTraining]  # by all of them

    def __init__(self, steps: int = FOREVER) -> None:
        if steps < 0:
            raise InputError("Give steps.")
        self.steps, self.heard = steps, []

    def started(self) -> LiveTraining:
        training = LiveTraining("counts", [str(self.steps)], seconds=60)
        self.started_ones.append(training)
        return training

    def hear(self, report: dict[str, Any]) -> None:
        self.heard.append(report["step"])

    def frame(self) -> tuple[str, str]:
        return "counting", str(self.heard[-1:])

    def result(self) -> tuple[str, str]:
        return "done", str(self.heard[-1:])


def one_seat(monkeypatch: pytest.MonkeyPatch, folder: Path) -> list[LiveTraining]:
    """Leave one seat, a line for two and little patience; the script is in ``folder``. Returns the
    list of what will be started."""
    monkeypatch.setattr(inference_live, "ROOT", folder)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    (folder / "counts.py").write_text(textwrap.dedent(COUNTS))
    monkeypatch.setattr(live, "SEATS", Seats(limit=1, line=2))
    monkeypatch.setattr(live, "PATIENCE", 0.3)
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(Counting, "started_ones", [], raising=False)
    return Counting.started_ones


def is_free() -> bool:
    """Whether somebody who comes now finds a seat at once."""
    with live.SEATS.place("somebody") as place:
        return list(place.wait(0, 0)) == []


def gone(training: LiveTraining) -> bool:
    """Whether its process ends within some seconds."""
    end = time.monotonic() + 20
    while training._process.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
    return training._process.poll() is not None
