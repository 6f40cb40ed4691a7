"""A text can be left and taken up anywhere, and says when it goes round in circles."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import InputError
from inference.writing import CIRCLE_LENGTH, CIRCLE_ROUNDS, circle_start
from tests.inference.conftest import make_generator


def written(writer) -> str:
    return "".join(piece.text for piece in writer)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 30), st.integers(1, 30), st.sampled_from([0, 0.7, 1.0]),
    st.sampled_from([0, 3]), st.sampled_from([1.0, 0.9]), st.integers(0, 5),
)  # fmt: skip
def test_writing_on_equals_writing_at_once(generator, first, second, temperature, k, p, seed):
    whole = generator.generate("abc", first + second, temperature, seed, k, p)
    writer = generator.write("abc", first, temperature, seed, k, p)
    head = written(writer)
    tail = generator.resume(writer.bookmark(), second, temperature, k, p)
    assert head + written(tail) == whole.text
    assert writer.result().pieces + tail.result().pieces == whole.pieces


def test_words_go_on_as_well_as_characters(any_generator):
    whole = any_generator.generate("the cat", 40, 1.0, seed=3)
    writer = any_generator.write("the cat", 15, 1.0, seed=3)
    head = written(writer)
    assert head + written(any_generator.resume(writer.bookmark(), 25, 1.0)) == whole.text
    assert len(whole.pieces) == 40
    assert "".join(piece.text for piece in whole.pieces) == whole.text


def test_a_bookmark_stays_where_it_was_laid(generator):
    writer = generator.write("abc", 60, 1.0, seed=5)
    for _ in range(20):
        next(writer)
    bookmark = writer.bookmark()
    rest = written(writer)
    assert written(generator.resume(bookmark, 40, 1.0)) == rest
    assert written(generator.resume(bookmark, 40, 1.0)) == rest
    assert written(generator.resume(bookmark, 40, 0)) != rest


def test_a_bookmark_before_the_first_character_is_the_beginning(generator):
    bookmark = generator.write("abc", 10, 1.0, seed=5).bookmark()
    assert (
        written(generator.resume(bookmark, 10, 1.0)) == generator.generate("abc", 10, 1.0, 5).text
    )


def test_the_prompt_of_what_goes_on_is_all_text_before(generator):
    writer = generator.write("aXb", 10, 1.0, seed=5)
    head = written(writer)
    middle = generator.resume(writer.bookmark(), 10, 1.0)
    text = written(middle)
    last = generator.resume(middle.bookmark(), 10, 1.0).result()
    assert last.prompt == "aXb" + head + text
    assert (last.seed, last.skipped, last.model, last.text) == (5, ("X",), generator.name, "")


def test_a_bookmark_of_another_model_is_refused(generator):
    bookmark = generator.write("a", 5).bookmark()
    other = make_generator(generator.tokenizer)
    other.name = "another"
    with pytest.raises(InputError, match="begun by tiny"):
        other.resume(bookmark, 5)
    with pytest.raises(InputError, match="length"):
        generator.resume(bookmark, 0)


def test_asking_for_alternatives_changes_no_text(generator):
    plain = generator.generate("abc", 100, 1.0, seed=2)
    told = generator.generate("abc", 100, 1.0, seed=2, alternatives=3)
    assert (told.text, told.bits_per_char) == (plain.text, plain.bits_per_char)
    assert [piece.nats for piece in told.pieces] == [piece.nats for piece in plain.pieces]
    assert all(piece.alternatives == () for piece in plain.pieces)
    for piece in told.pieces:
        probabilities = [p for _, p in piece.alternatives]
        assert len(probabilities) == 3
        assert probabilities == sorted(probabilities, reverse=True)
        for text, p in piece.alternatives:
            if text == piece.text:
                assert -math.log(p) == pytest.approx(piece.nats)


def test_all_tokens_as_alternatives_are_the_whole_distribution(generator):
    piece = next(generator.write("abc", 1, alternatives=99))
    assert len(piece.alternatives) == generator.tokenizer.vocab_size
    assert sum(p for _, p in piece.alternatives) == pytest.approx(1)
    assert dict(piece.alternatives)[piece.text] == pytest.approx(math.exp(-piece.nats))


def test_bits_are_per_character_whatever_the_tokens_are(any_generator):
    result = any_generator.generate("the cat", 30, 1.0, seed=1)
    nats = sum(piece.nats for piece in result.pieces)
    assert result.bits_per_char == pytest.approx(nats / len(result.text) / math.log(2))


def circle_by_definition(text: str) -> int | None:
    """The longest end that is enough rounds of something: try them all."""
    for start in range(len(text) - CIRCLE_LENGTH + 1):
        end = text[start:]
        for period in range(1, len(end) // CIRCLE_ROUNDS + 1):
            if end[period:] == end[:-period]:
                return start
    return None


@settings(max_examples=200, deadline=None)
@given(st.text("ab", max_size=8), st.text("ab", min_size=1, max_size=15), st.integers(0, 70))
def test_a_circle_begins_where_trying_all_ends_finds_it(head, period, length):
    text = head + (period * 70)[:length]
    assert circle_start(text) == circle_by_definition(text)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("", None),
        ("so it ends.\n" + "na " * 12, None),  # too short to be called one
        ("so it ends.\n" + "na " * 14, 12),
        ("Batman: " + "the end of the world " * 2, None),  # twice is no circle
        ("Batman: " + "the end of the world " * 3, 7),  # the blank before belongs to it
        ("the end of the world " * 3 + "!", None),
        ("?" + "abcdefghijklmn" * 3, 1),  # three rounds and not a character more
    ],
)
def test_a_circle_is_three_rounds_up_to_the_end(text, start):
    assert circle_start(text) == start


def test_a_greedy_text_says_where_it_goes_round_in_circles(generator):
    greedy = generator.generate("abc", 300, 0)
    start = circle_start(greedy.text)
    assert start > 0
    assert len(greedy.notes) == 1
    assert f"From character {start + 1} on" in greedy.notes[0]
    assert generator.generate("abc", 300, 1.0, top_k=1).notes == greedy.notes
    assert generator.generate("abc", 300, 1.0).notes == ()
    assert generator.generate("abc", 10, 0).notes == ()


def test_a_continued_text_counts_its_circle_from_its_beginning(generator):
    writer = generator.write("abc", 250, 0)
    written(writer)
    tail = generator.resume(writer.bookmark(), 50, 0)
    written(tail)
    assert tail.result().notes == generator.generate("abc", 300, 0).notes


def test_the_random_numbers_are_those_of_the_seed(generator):
    bookmark = generator.write("abc", 5, seed=9).bookmark()
    assert bookmark.rng.random() == np.random.default_rng(9).random()
