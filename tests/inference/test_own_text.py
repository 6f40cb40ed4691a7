"""A visitor's own text: what is refused and why, what becomes of the rest, and what is left."""

from __future__ import annotations

import re
import textwrap
import zipfile
from pathlib import Path

import pytest

from data.errors import InputError
from inference import live, own_text
from inference.generation import TextGenerator
from inference.own_text import OwnText, OwnTraining, Shelf
from inference.registry import Registry

TEXT = "".join(f"{i % 7} times {i % 3} makes {(i % 7) * (i % 3)};\n" for i in range(400))
HEBREW = "בראשית ברא אלהים את השמים ואת הארץ " * 200


@pytest.fixture
def places(monkeypatch, tmp_path):
    """Where trainings have their folders."""
    monkeypatch.setattr(own_text.tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    return tmp_path / "temporary"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "at least 5,000"),
        (" \n" * 5000, "at least 5,000"),
        ("too short", "9 characters"),
        ("ab" * 300_000, "600,000 characters; give at most 500,000"),
        ("a" * 10_000, "one character again and again"),
        ("".join(map(chr, range(0x4E00, 0x4E00 + 6000))), "6,000 different characters"),
        ("ab\0" * 3000, "plain text"),
        ("ab\ud800" * 3000, "plain text"),
    ],
)
def test_what_cannot_be_learned_is_refused_with_one_sentence(text, told):
    with pytest.raises(InputError, match=told) as refused:
        OwnTraining(OwnText("text", text), "lstm", 60)
    assert str(refused.value).count("\n") == 0


@pytest.mark.parametrize("text", [TEXT, HEBREW, own_text.company_names().text])
def test_any_language_and_a_list_can_be_learned(text):
    own_text.check(text)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x89PNG\0\0" * 2000, "null bytes"),
        ("é".encode("latin-1") * 9000, "not UTF-8"),
        (b"short", "5 characters"),
    ],
)
def test_a_bad_file_is_named_without_its_folder(tmp_path, content, told):
    path = tmp_path / "my book.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=told) as refused:
        own_text.own_file(str(path))
    assert str(tmp_path) not in str(refused.value)


def test_a_file_of_300_megabytes_is_refused_unread(tmp_path):
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(300_000_000)
    with pytest.raises(InputError, match="more than 50 MB"):
        own_text.own_file(str(path))


def test_a_text_keeps_the_name_of_its_file_until_it_is_changed(tmp_path):
    path = tmp_path / "my: book!.txt"
    path.write_text(TEXT)
    known = own_text.own_file(str(path))
    assert known == OwnText("my-book", TEXT)
    assert own_text.pasted(TEXT, known).name == "my-book"
    assert own_text.pasted(TEXT + "x", known) == OwnText("text", TEXT + "x")


@pytest.mark.parametrize("seconds", [0, 29, 181, float("nan"), None])
def test_the_budget_has_bounds(seconds):
    with pytest.raises(InputError, match="30 to 180 seconds"):
        own_text.flags(5000, "lstm", seconds)


def test_a_cell_that_is_not_offered_is_refused():
    with pytest.raises(InputError, match="Choose a cell"):
        own_text.flags(5000, "--help", 60)


def test_a_text_becomes_a_network_and_a_zip_and_its_folder_is_gone(monkeypatch, places, tmp_path):
    monkeypatch.setattr(own_text, "MIN_SECONDS", 1)
    training = OwnTraining(OwnText("sums", TEXT), "gru", 1)
    with training.started() as live_training:
        assert len(list(places.iterdir())) == 1
        for report in live_training.reports():
            training.hear(report)
        network = training.network(tmp_path / "zips")
    assert list(places.iterdir()) == []
    course = training.course
    assert course.stage == "end"
    assert course.best["valid_loss"] == min(row["valid_loss"] for row in course.rows)
    assert network.name == "own-sums-gru"
    assert network.metrics["cell"] == "gru"
    assert network.metrics["corpus"] == "sums"
    assert TEXT.startswith(network.prompt)
    assert network.prompt
    with zipfile.ZipFile(network.archive) as archive:
        archive.extractall(tmp_path / "weights")
    again = TextGenerator.from_pretrained(tmp_path / "weights" / "own-sums-gru")
    written = network.generator.generate("3 times", 50, seed=1).text
    assert again.generate("3 times", 50, seed=1).text == written
    assert Registry(tmp_path / "weights", namespace="").names("generation") == ["own-sums-gru"]
    network.forget()
    assert list((tmp_path / "zips").iterdir()) == []


SLOW = """
    import time
    from training.reports import Reports
    reports = Reports()
    reports.say(stage="begin", warnings=[])
    while not reports.stop_is_asked:
        time.sleep(0.05)
    reports.say(stage="measuring")
"""


@pytest.fixture
def slow(monkeypatch, places, tmp_path):
    """A script that goes on until it is stopped, in place of the real one."""
    (tmp_path / "slow.py").write_text(textwrap.dedent(SLOW))
    monkeypatch.setattr(live, "ROOT", tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.setattr(own_text, "SCRIPT", "slow")
    return OwnTraining(OwnText("sums", TEXT), "lstm", 60)


def test_leaving_in_the_middle_ends_the_work_and_removes_the_folder(slow, places):
    with slow.started() as training:
        slow.hear(next(training.reports()))
        assert len(list(places.iterdir())) == 1
    assert slow.course.stage == "begin"
    assert training._process.poll() is not None
    assert list(places.iterdir()) == []


def test_a_visitor_finds_their_own_network_beside_those_of_all(weights_dir):
    registry = Registry(weights_dir, namespace="")
    generator = registry.load("generation")
    own = own_text.OwnNetwork(
        TextGenerator(generator.model, generator.tokenizer, "own-text-lstm"), {"corpus": "text"},
        "Once", Path("none.zip"),
    )  # fmt: skip
    mine, others = Shelf(registry, own), Shelf(registry, None)
    assert mine.load("generation", "own-text-lstm") is own.generator
    assert mine.load("generation", "shakespeare-lstm") is generator
    assert mine.metrics("own-text-lstm") == {"corpus": "text"}
    assert mine.prompt("own-text-lstm") == "Once"
    assert mine.prompt("shakespeare-lstm") is None
    assert mine.metrics("shakespeare-lstm") == registry.metrics("shakespeare-lstm")
    with pytest.raises(Exception, match=re.escape("no model 'own-text-lstm'")):
        others.load("generation", "own-text-lstm")
