"""Your own text, without a browser: the frames of a training, and whose network it is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import gradio as gr
import pytest

from data.errors import InputError
from inference import live, own_text
from inference.own_text import OwnNetwork
from inference.seats import SEATS
from tabs import own_text as tab
from tabs.live import frames

TEXT = own_text.company_names()
SCRIPT = """
import json, os, sys, time
from training.reports import Reports
reports = Reports()
reports.say(stage="begin", warnings=[], kinds=9, characters=9, even_nats_per_char=2.2,
            baseline="2-gram", baseline_nats_per_char=1.0)
for second in range(int(os.environ["SECONDS"])):
    reports.say(stage="learning", seconds=second, passes=1, steps=1, train_loss=2.0,
                valid_loss=2.0, best=True, rate=10, text="abc")
    if reports.stop_is_asked:
        break
    time.sleep(0.02)
reports.say(stage="measuring")
reports.say(stage="end", folder=os.environ["FOLDER"])
"""


@pytest.fixture
def script(monkeypatch, tmp_path, weights_dir):
    """A script that says how it goes, and ends with a checkpoint that is there already; sets how
    many times it reports."""
    shutil.copytree(weights_dir / "shakespeare-lstm", tmp_path / "own-companies-lstm")
    path = tmp_path / "own-companies-lstm" / "metrics.json"
    told = {"unit": "lines", "validation_characters": 800}
    path.write_text(json.dumps(json.loads(path.read_text()) | told))
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(own_text.tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(live, "ROOT", tmp_path)
    monkeypatch.setattr(own_text, "SCRIPT", "script")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.setenv("FOLDER", str(path.parent))
    return lambda times: monkeypatch.setenv("SECONDS", str(times))


def watched(tmp_path: Path, own: OwnNetwork | None = None) -> tab.TextTraining:
    """Its frames are (status, curves, samples, result, write, save, network)."""
    return tab.TextTraining(tmp_path / "zips", TEXT.text, TEXT, "lstm", 60, own)


def test_the_frames_end_with_the_network_and_its_file(script, tmp_path):
    script(5)
    first, *_, last = frames(watched(tmp_path), "a", 7)
    assert "starting" in first[0]
    assert not first[4]["visible"]
    assert "own-companies-lstm" in last[3]
    assert last[4]["visible"]
    assert Path(last[5]["value"]).is_file()
    assert last[6].name == "own-companies-lstm"
    assert list((tmp_path / "temporary").iterdir()) == []


def test_curves_and_samples_are_drawn_again_only_when_there_is_something_new(script, tmp_path):
    script(1)
    training = watched(tmp_path)
    assert "Press Train" in training.frame()[1]
    assert training.frame()[1:3] == (gr.skip(), gr.skip())
    training.hear({"stage": "measuring"})
    assert "Press Train" in training.frame()[1]


def test_the_clock_goes_on_between_two_reports(script, tmp_path, monkeypatch):
    script(1)
    training = watched(tmp_path)
    row = {"stage": "learning", "seconds": 10, "rate": 1, "passes": 1, "train_loss": 1,
           "valid_loss": 1, "best": True, "text": "abc"}  # fmt: skip
    training.hear({"stage": "begin", "kinds": 9, "even_nats_per_char": 2.2,
                   "baseline_nats_per_char": 1.0})  # fmt: skip
    training.hear(row)
    now = tab.time.monotonic()
    monkeypatch.setattr(tab.time, "monotonic", lambda: now + 5)
    assert "15 of 60 seconds" in training.frame()[0]


def test_a_second_network_takes_the_place_of_the_first(script, tmp_path):
    script(1)
    *_, first = frames(watched(tmp_path), "a", 7)
    *_, second = frames(watched(tmp_path, own=first[6]), "a", 7)
    assert not Path(first[5]["value"]).exists()
    assert Path(second[5]["value"]).exists()


def test_a_text_that_cannot_be_learned_is_refused_before_a_seat_is_looked_for(tmp_path):
    with pytest.raises(InputError, match="at least 5,000"):
        tab.TextTraining(tmp_path, "short", TEXT, "lstm", 60, None)


def test_a_closed_page_leaves_nothing_behind(script, tmp_path):
    script(100_000)
    running = frames(watched(tmp_path), "a", 7)
    next(running)
    assert len(list((tmp_path / "temporary").iterdir())) == 1
    running.close()  # as Gradio does when the visitor leaves
    assert list((tmp_path / "temporary").iterdir()) == []


def test_stop_ends_with_what_was_learned(script, tmp_path):
    script(100_000)
    running = frames(watched(tmp_path), "a", 7)
    next(running)
    assert SEATS.stop("a")
    *_, last = running
    assert last[6] is not None


def test_leaving_for_good_removes_the_file(script, tmp_path):
    script(1)
    *_, last = frames(watched(tmp_path), "a", 7)
    state = tab.network_state()
    state.delete_callback(last[6])
    assert list((tmp_path / "zips").iterdir()) == []
    state.delete_callback(None)


def test_a_network_of_ones_own_comes_first_and_hides_a_namesake(script, tmp_path):
    script(1)
    *_, last = frames(watched(tmp_path), "a", 7)
    names = ["shakespeare-lstm", "own-companies-lstm"]
    assert [name for _, name in tab.choices(names, None)] == names
    title, name = tab.choices(names, last[6])[0]
    assert (title, name) == ("Yours: own-companies-lstm", "own-companies-lstm")
    assert [name for _, name in tab.choices(names, last[6])[1:]] == ["shakespeare-lstm"]
