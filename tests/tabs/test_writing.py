"""What the text tab's forms stream: the laws of seed, Stop and Continue, without a browser."""

from __future__ import annotations

import itertools
import json
import re

import pytest

from inference import streaming
from inference.errors import InputError
from inference.registry import Registry
from tabs import reading, side_by_side, writing
from tabs.settings import MAX_LENGTH, seed_to_use

STYLE = (0.8, 0, 1.0)  # temperature, top-k, top-p


@pytest.fixture(scope="module")
def registry(page_weights) -> Registry:
    return Registry(page_weights)


def write(registry, length=60, seed=3, keep=True, prompt="ROMEO:", name="shakespeare-lstm"):
    return list(writing.written(registry, name, prompt, length, *STYLE, seed, keep))


def text_of(page: str) -> str:
    """The text that the lines of a sheet put on the page, with the prompt."""
    head, *lines = map(json.loads, page.splitlines())
    return head["prompt"] + "".join(line[0] for line in lines if isinstance(line, list))


def test_the_first_frame_has_the_first_character_and_the_last_the_whole_text(registry):
    frames = write(registry, length=200)
    assert len(text_of(frames[0][0])) == len("ROMEO:") + 1
    page, status, draft, seed = frames[-1]
    assert text_of(page) == "ROMEO:" + draft.generation.text
    assert len(draft.generation.text) == 200
    assert "200 characters ·" in status
    assert seed == 3


def test_each_frame_begins_with_the_one_before_it(registry, monkeypatch):
    monkeypatch.setattr(streaming, "FRAME_SECONDS", 0)
    pages = [frame[0] for frame in write(registry, length=30)]
    assert len(pages) == 31
    assert all(later.startswith(page) for page, later in itertools.pairwise(pages))


def test_a_kept_seed_writes_the_same_text_and_else_a_new_one_is_taken(registry):
    once, again, other = (write(registry, keep=keep)[-1] for keep in (True, True, False))
    assert once[0] == again[0]
    assert other[3] != 3
    assert other[2].generation.seed == other[3]
    assert write(registry, seed=other[3])[-1][0] == other[0]


def test_an_empty_seed_field_gets_a_seed():
    assert seed_to_use(None, True) >= 0


def test_continue_goes_on_as_if_it_had_never_stopped(registry):
    whole = write(registry, length=120)[-1]
    first = write(registry, length=50)[-1]
    second = list(writing.continued(registry, first[2], 70, *STYLE))[-1]
    assert second[0] == whole[0]
    assert second[2].generation.text == whole[2].generation.text
    assert second[2].generation.pieces == whole[2].generation.pieces
    bits = whole[2].generation.bits_per_char
    assert second[2].generation.bits_per_char == pytest.approx(bits)
    assert second[3] == whole[3]


def test_a_stopped_text_is_finished_as_it_stands_and_can_be_continued(registry, monkeypatch):
    monkeypatch.setattr(streaming, "FRAME_SECONDS", 0)
    stream = writing.written(registry, "shakespeare-lstm", "", 100, *STYLE, 3, True)
    draft = [next(stream) for _ in range(20)][-1][2]
    stream.close()
    page, status, kept, _ = writing.finished(registry, draft)
    assert text_of(page) == draft.generation.text
    assert "20 characters ·" in status
    assert kept is draft
    rest = list(writing.continued(registry, draft, 80, *STYLE))[-1]
    assert rest[0] == write(registry, 100, prompt="")[-1][0]


def test_stop_before_the_first_text_changes_nothing(registry):
    assert all(value == {"__type__": "update"} for value in writing.finished(registry, None))


def test_continue_without_a_text_or_beyond_the_page_is_a_sentence(registry, monkeypatch):
    with pytest.raises(InputError, match="no text to continue"):
        list(writing.continued(registry, None, 50, *STYLE))
    draft = write(registry)[-1][2]
    monkeypatch.setattr(writing, "MAX_DRAFT", 100)
    with pytest.raises(InputError, match="has 60 characters, and the page shows at most 100"):
        list(writing.continued(registry, draft, 50, *STYLE))


def test_what_is_copied_is_marked_at_the_end(registry):
    frame = write(registry, prompt="")[-1]
    foot = json.loads(frame[0].splitlines()[-1])
    assert set(foot) == {"runs", "longest", "sentence"}
    assert "own words" in foot["sentence"]
    no_index = write(registry, name="shakespeare-gru")[-1]
    assert "without an index" in json.loads(no_index[0].splitlines()[-1])["sentence"]


def test_side_by_side_each_network_writes_what_it_writes_alone(registry):
    names = ["shakespeare-rnn", "shakespeare-gru", "shakespeare-lstm"]
    *_, last = side_by_side.written(registry, names, "ROMEO:", 60, 0.8, 3, True)
    for name, page in zip(names, last, strict=False):
        alone = registry.load("generation", name).generate("ROMEO:", 60, 0.8, 3)
        assert text_of(page) == "ROMEO:" + alone.text
    assert last[-1] == 3


def test_a_reading_shows_the_chosen_network_first_and_then_all(registry):
    names = registry.names("generation")
    frames = list(reading.readings(registry, names, "To be€", "shakespeare-gru"))
    assert len(frames) == len(names)
    page, status, table = frames[0]
    assert text_of(page) == "To be"
    assert "never saw €" in status
    assert table.count("<tr") == 2
    rows = re.findall(r"<td>([\w-]+)</td><td><b>([\d.]+)", frames[-1][2])
    assert sorted(name for name, _ in rows) == sorted(names)
    for name, bits in rows:
        alone = registry.load("generation", name).read("To be").bits_per_char
        assert float(bits) == pytest.approx(alone, abs=0.006)


def test_who_cannot_read_a_text_does_not_keep_the_others_from_it(registry, page_weights):
    text = "ab"
    names = ["shakespeare-lstm", "no-such-letters"]

    class Blind:
        def measure(self, text):
            raise InputError("There is too little to read.")

    class Some(Registry):
        def load(self, task, name=None):
            return Blind() if name == "no-such-letters" else super().load(task, name)

    *_, (_, _, table) = reading.readings(Some(page_weights), names, text, "shakespeare-lstm")
    assert "no-such-letters</td><td colspan" in table


def test_a_long_text_is_shown_in_part_and_says_so(registry, monkeypatch):
    monkeypatch.setattr(reading, "MAX_SHOWN", 10)
    names = ["shakespeare-lstm"]
    page, status, _ = next(reading.readings(registry, names, "thou art " * 5, names[0]))
    assert text_of(page) == "thou art t"
    assert "first 10 of 45" in status


@pytest.mark.parametrize("length", [0, -5, MAX_LENGTH * 100, float("nan")])
def test_a_length_out_of_range_is_a_sentence_before_anything_is_shown(registry, length):
    with pytest.raises(InputError, match="length"):
        next(writing.written(registry, "shakespeare-lstm", "", length, *STYLE, 3, True))
