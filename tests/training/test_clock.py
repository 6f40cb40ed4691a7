"""The clock of a training: how far, whether to judge, whether it is over."""

from __future__ import annotations

import pytest

from training import clock
from training.clock import Clock


@pytest.fixture
def now(monkeypatch) -> dict[str, float]:
    """The time, which a test sets as now["is"]."""
    time = {"is": 100.0}
    monkeypatch.setattr(clock.time, "monotonic", lambda: time["is"])
    return time


def test_progress_is_the_share_of_the_time_and_never_more_than_all(now):
    timer = Clock(40)
    seen = []
    for second in (0, 10, 40, 50):
        now["is"] = 100.0 + second
        seen.append((timer.progress, timer.is_up))
    assert seen == [(0, False), (0.25, False), (1, True), (1, True)]


def test_earlier_sittings_count(now):
    timer = Clock(40)
    timer.start(spent=30)
    now["is"] += 5
    assert timer.spent == 35
    assert not timer.is_up
    now["is"] += 5
    assert timer.is_up


def test_judgements_are_spread_over_the_time(now):
    timer = Clock(clock.JUDGEMENTS * 2.0)
    count = 0
    while not timer.is_up:
        now["is"] += 0.5
        if timer.is_judgement_due:
            with timer.judging():
                count += 1
    assert count == clock.JUDGEMENTS


def test_slow_judgements_take_their_share_and_no_more(now):
    timer, judging = Clock(1000), 0.0
    while not timer.is_up:
        now["is"] += 1
        if timer.is_judgement_due:
            with timer.judging():
                now["is"] += 20
                judging += 20
    assert judging == pytest.approx(clock.JUDGING_SHARE * 1000, rel=0.2)


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_training_needs_some_time(seconds):
    with pytest.raises(ValueError, match="above 0"):
        Clock(seconds)
