"""Your own text, without a browser: the frames of a training, its seat, and whose network it is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from data.errors import InputError
from inference import live, own_text
from inference.own_text import OwnNetwork
from tabs import own_text as tab

TEXT = own_text.company_names()
VISITOR = SimpleNamespace(session_hash="a")
OTHER = SimpleNamespace(session_hash="b")
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


def frames(tmp_path: Path, visitor: SimpleNamespace = VISITOR, own: OwnNetwork | None = None):
    """Frames of (status, curves, samples, result, write, save, stop, running, network)."""
    return tab._trained(tmp_path / "zips")(TEXT.text, TEXT, "lstm", 60, own, visitor)


def test_the_frames_end_with_the_network_and_its_file(script, tmp_path):
    script(5)
    first, *_, last = frames(tmp_path)
    assert "starting" in first[0]
    assert first[6]["interactive"]
    assert "own-companies-lstm" in last[3]
    assert last[4]["visible"]
    assert Path(last[5]["value"]).is_file()
    assert last[7] is None
    assert last[8].name == "own-companies-lstm"
    assert tab.SEATS._taken == set()
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_second_network_takes_the_place_of_the_first(script, tmp_path):
    script(1)
    *_, first = frames(tmp_path)
    *_, second = frames(tmp_path, own=first[8])
    assert not Path(first[5]["value"]).exists()
    assert Path(second[5]["value"]).exists()


def test_a_visitor_trains_once_at_a_time_and_a_closed_page_frees_the_seat(script, tmp_path):
    script(100_000)
    running = frames(tmp_path)
    training = next(running)[7]
    with pytest.raises(InputError, match="of yours"):
        next(frames(tmp_path))
    other = frames(tmp_path, OTHER) if tab.SEATS.limit > 1 else None
    if other is not None:
        next(other)
        other.close()
    process = training._live._process
    running.close()  # as Gradio does when the visitor leaves
    assert process.poll() is not None
    assert list((tmp_path / "temporary").iterdir()) == []
    assert tab.SEATS._taken == set()


def test_stop_ends_with_what_was_learned(script, tmp_path):
    script(100_000)
    running = frames(tmp_path)
    assert not tab._stopped(next(running)[7])["interactive"]
    *_, last = running
    assert last[8] is not None
    assert not tab._stopped(None)["interactive"]  # one that is over has nothing to stop


def test_leaving_for_good_removes_the_file(script, tmp_path):
    script(1)
    *_, last = frames(tmp_path)
    state = tab.network_state()
    state.delete_callback(last[8])
    assert list((tmp_path / "zips").iterdir()) == []
    state.delete_callback(None)


def test_a_network_of_ones_own_comes_first_and_hides_a_namesake(script, tmp_path):
    script(1)
    *_, last = frames(tmp_path)
    names = ["shakespeare-lstm", "own-companies-lstm"]
    assert [name for _, name in tab.choices(names, None)] == names
    title, name = tab.choices(names, last[8])[0]
    assert (title, name) == ("Yours: own-companies-lstm", "own-companies-lstm")
    assert [name for _, name in tab.choices(names, last[8])[1:]] == ["shakespeare-lstm"]
