"""Reading a text: the surprise of each token, cold and stateful, in any parts the same."""

from __future__ import annotations

import json
import math
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from data.errors import InputError
from inference import reading
from inference.generation import MAX_READ_CHARACTERS
from tests.inference.conftest import SENTENCES

TEXT = "abc def\ngh " * 9  # 99 characters: windows of 20 leave a short one


def by_definition(generator, text: str, window: int) -> list[float]:
    """-ln p of each token but the first, one window after another."""
    tokens = torch.tensor(generator.tokenizer.encode(text))
    nats = []
    with torch.inference_mode():
        for i in range(0, len(tokens) - 1, window):
            part = tokens[i : i + window + 1]
            logits = generator.model(part[None, :-1])[0][0]
            nats += F.cross_entropy(logits, part[1:], reduction="none").tolist()
    return nats


@pytest.mark.parametrize("window", [None, 1, 7, 20, 98, 99, 10**12])
@pytest.mark.parametrize("at_once", [1, 7, 64, 8192])
def test_each_surprise_is_that_of_the_definition(generator, monkeypatch, window, at_once):
    monkeypatch.setattr(reading, "MAX_TOKENS", at_once)
    found = generator.read(TEXT, window)
    expected = by_definition(generator, TEXT, window or len(TEXT))
    assert math.isnan(found.pieces[0].nats)
    np.testing.assert_allclose([p.nats for p in found.pieces[1:]], expected, rtol=1e-4)
    assert found.nats_per_char == pytest.approx(np.mean(expected), rel=1e-5)
    assert found.bits_per_char == pytest.approx(np.mean(expected) / math.log(2), rel=1e-5)
    assert (found.window, found.characters) == (window, len(TEXT))
    assert generator.measure(TEXT, window).nats_per_char == pytest.approx(found.nats_per_char)


def test_the_blocks_of_a_long_text_are_one_text(generator, monkeypatch):
    whole = generator.nats_per_char(TEXT)
    for size in (1, 5, 8, 30):  # with and without a line end to cut at
        monkeypatch.setattr(reading, "BLOCK_CHARACTERS", size)
        assert generator.nats_per_char(TEXT) == pytest.approx(whole, rel=1e-6)
        assert generator.nats_per_char(TEXT, 20) == pytest.approx(
            np.mean(by_definition(generator, TEXT, 20)), rel=1e-5
        )


@pytest.mark.parametrize("window", [None, 3])
def test_nats_are_per_character_whatever_the_tokens_are(any_generator, window):
    found = any_generator.read(SENTENCES, window)
    tokens = any_generator.tokenizer.encode(SENTENCES)
    expected = by_definition(any_generator, SENTENCES, window or len(tokens))
    first = len(any_generator.tokenizer.piece(tokens[0]))
    assert found.nats_per_char == pytest.approx(sum(expected) / (len(SENTENCES) - first), rel=1e-5)
    assert len(found.pieces) == len(tokens)
    assert any_generator.nats_per_char(SENTENCES, window) == pytest.approx(found.nats_per_char)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=40))
def test_the_pieces_are_the_text_without_what_was_never_seen(any_generator, text):
    tokenizer = any_generator.tokenizer
    try:
        found = any_generator.read("the " + text, alternatives=2)
    except InputError:
        assert len(tokenizer.encode("the " + text)) < 2
        return
    assert found.text == "the " + tokenizer.known(text)
    assert "".join(piece.text for piece in found.pieces) == found.text
    assert found.characters == len(found.text)
    assert found.skipped == Counter(c for c in text if c in tokenizer.unseen(text))
    assert all(len(piece.alternatives) == 2 for piece in found.pieces[1:])


def test_what_surprised_its_writer_surprises_its_reader(generator):
    wrote = generator.generate("abc", 50, 1.0, seed=4)
    pieces = generator.read("abc" + wrote.text).pieces[-50:]
    assert [piece.text for piece in pieces] == [piece.text for piece in wrote.pieces]
    for one, other in zip(pieces, wrote.pieces, strict=True):
        assert one.nats == pytest.approx(other.nats, rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("text", ["", "a", "X", "aXYZ", "😀" * 500, "\x00\x07", "שלום"])
def test_too_little_to_read_is_one_sentence(generator, text):
    with pytest.raises(InputError, match="at least two characters that tiny knows"):
        generator.read(text)


@pytest.mark.parametrize(
    ("text", "known", "skipped"),
    [
        ("ab\x00\x07c", "abc", {"\x00": 1, "\x07": 1}),
        ("abשלום", "ab", {"ש": 1, "ל": 1, "ו": 1, "ם": 1}),
        ("a<b>c</b>", "abcb", {"<": 2, ">": 2, "/": 1}),
        ("a\ud83dbb\u202e", "abb", {"\ud83d": 1, "\u202e": 1}),
    ],
)
def test_strange_characters_are_counted_and_left_out(generator, text, known, skipped):
    found = generator.read(text)
    assert (found.text, found.skipped) == (known, skipped)
    assert found.nats_per_char == pytest.approx(generator.nats_per_char(known))


@pytest.mark.parametrize("window", [0, -1, 2.5, math.nan, math.inf, "all", True])
def test_a_window_out_of_range_is_one_sentence(generator, window):
    with pytest.raises(InputError, match="window must be a whole number"):
        generator.read(TEXT, window)


def test_only_so_much_is_looked_at_but_any_length_is_measured(generator):
    text = "ab" * (MAX_READ_CHARACTERS // 2)
    assert len(generator.read(text).pieces) == MAX_READ_CHARACTERS
    with pytest.raises(InputError, match="at most 20,000"):
        generator.read(text + "c")
    assert generator.measure(text + "c").pieces == ()


@pytest.mark.parametrize("text", ["abcX", "a", ""])
def test_numbers_of_record_leave_nothing_out(generator, text):
    with pytest.raises(InputError):
        generator.nats_per_char(text)


def test_no_call_is_larger_than_memory_allows(any_generator, monkeypatch):
    monkeypatch.setattr(reading, "MAX_LOGITS", 16 * any_generator.tokenizer.vocab_size)
    forward, sizes = any_generator._forward, []

    def spy(tokens, state):
        sizes.append(tokens.size)
        return forward(tokens, state)

    monkeypatch.setattr(any_generator, "_forward", spy)
    for window in (None, 3, 16, 40):
        any_generator.measure(SENTENCES, window)
    any_generator.generate(SENTENCES[:100], 1)
    assert max(sizes) == 16


def test_json_has_no_number_that_json_does_not_know(generator):
    answer = json.loads(
        json.dumps(generator.read("abX", alternatives=2).to_json(), allow_nan=False)
    )
    assert answer["pieces"][0] == {"text": "a", "nats": None, "alternatives": []}
    assert answer["skipped"] == {"X": 1}
    assert set(generator.measure("ab").to_json()) == {
        "model", "characters", "skipped", "window", "nats_per_char", "bits_per_char",
    }  # fmt: skip
