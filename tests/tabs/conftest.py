"""What the tests of the live views share: a machine with one seat, and visitors who wait for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.live import LiveTraining
from tabs import live
from tests.counting import one_seat


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[LiveTraining]:
    """The trainings that were started, where there is one seat."""
    return one_seat(monkeypatch, tmp_path)


@pytest.fixture
def patient(started: list[LiveTraining], monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits, waits until the seat is free."""
    monkeypatch.setattr(live, "PATIENCE", 60)
