"""Trainings that are watched: one limit for all, a short wait, and an end that is an end, whatever
comes."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from data.errors import InputError
from tabs import live
from tests.counting import FOREVER, SENTENCE, Counting, gone, is_free

pytestmark = pytest.mark.usefixtures("started")


def frames(visitor: str, steps: int = FOREVER) -> Iterator[tuple[Any, ...]]:
    return live.frames(Counting(steps), visitor, 2)


def test_frames_show_all_reports_and_end_with_the_result(started):
    watched = Counting(30)
    shown = list(live.frames(watched, "a", 2))
    assert watched.heard == [*range(30), "the end"]
    assert shown[0] == ("counting", "[]")
    assert shown[-1] == ("done", "['the end']")
    assert len(shown) > 3
    assert gone(started[0])
    assert is_free()


def test_what_is_said_within_a_frame_is_one_frame_and_nothing_is_lost():
    reports = [{"step": step} for step in range(1000)]
    lists = list(live.heard(SimpleNamespace(reports=lambda pause: iter(reports))))
    assert [report for one in lists for report in one] == reports
    assert len(lists) < 20


def test_frames_go_on_while_nothing_is_said(monkeypatch, tmp_path):
    (tmp_path / "counts.py").write_text("import time; time.sleep(1)")
    assert len(list(frames("a"))) > 4


def test_a_second_training_of_a_visitor_is_refused_with_a_sentence(started):
    first = frames("a")
    next(first)
    with pytest.raises(InputError, match="of yours is running already"):
        next(frames("a"))
    first.close()
    assert len(started) == 1


def test_whoever_finds_no_seat_is_told_that_they_wait_then_the_sentence(started):
    first, waiting = frames("a"), frames("b")
    next(first)
    told, skipped = next(waiting)
    assert "Waiting for a free place: no more than 1" in told
    assert skipped == gr.skip()  # what was there stays
    with pytest.raises(InputError, match=SENTENCE):
        list(waiting)
    first.close()
    assert len(started) == 1


def test_whoever_waits_gets_the_seat_when_it_falls_free(patient, started):
    first, waiting = frames("a"), frames("b", 1)
    next(first)
    next(waiting)
    first.close()
    assert list(waiting)[-1] == ("done", "['the end']")
    assert len(started) == 2


def test_a_stop_in_the_line_ends_the_wait_and_nothing_is_trained(patient, started):
    first, waiting = frames("a"), frames("b")
    next(first)
    next(waiting)
    assert live.SEATS.stop("b")
    assert [told for told, _ in waiting] == ['<div class="status">Stopped before it began.</div>']
    assert len(started) == 1
    first.close()
    assert is_free()


def test_whoever_leaves_the_line_is_out_of_it(patient):
    first, waiting = frames("a"), frames("b")
    next(first)
    next(waiting)
    waiting.close()
    first.close()
    assert is_free()


@pytest.mark.parametrize("broken", ["started", "hear", "frame", "result"])
def test_an_error_gives_the_seat_back_and_ends_the_process(monkeypatch, started, broken):
    def fails(*_: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(Counting, broken, fails)
    with pytest.raises(RuntimeError, match="broken"):
        list(frames("a", 1))
    assert is_free()
    assert all(gone(training) for training in started)


def test_the_api_has_the_same_seats_and_the_same_wait(started):
    first, watched = frames("a"), Counting(3)
    next(first)
    with pytest.raises(InputError, match=SENTENCE):
        live.run(watched, "b")
    with pytest.raises(InputError, match="of yours"):
        live.run(watched, "a")
    first.close()
    live.run(watched, "b")
    assert watched.heard == [0, 1, 2, "the end"]
    assert is_free()
