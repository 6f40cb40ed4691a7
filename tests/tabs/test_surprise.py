"""The lines of a sheet hold exactly the text, whatever it is, and nothing that looks like a tag."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.predictions import Copying, Piece
from tabs import surprise

WORDS = st.text(st.characters(codec=None), min_size=1, max_size=6)
PIECES = st.lists(
    st.builds(
        Piece,
        WORDS,
        st.floats(0, 50) | st.just(math.nan),
        st.lists(st.tuples(WORDS, st.floats(0, 1)), max_size=5).map(tuple),
    ),
    max_size=20,
)


def lines_of(value: str) -> list:
    return [json.loads(line) for line in value.splitlines()]


@given(st.text(st.characters(codec=None)), PIECES)
def test_a_sheet_holds_exactly_the_prompt_and_the_pieces(prompt, pieces):
    head, *rest = lines_of(surprise.head_line("net", prompt) + surprise.piece_lines(pieces))
    assert head["prompt"] == prompt
    assert "".join(line[0] for line in rest) == "".join(piece.text for piece in pieces)
    for line, piece in zip(rest, pieces, strict=True):
        assert [line[i] for i in range(2, len(line), 2)] == [text for text, _ in piece.alternatives]


@given(st.text(st.characters(codec=None)), PIECES)
def test_the_lines_are_plain_ascii_without_a_tag(prompt, pieces):
    value = surprise.head_line(prompt, prompt) + surprise.piece_lines(pieces)
    value += surprise.foot_line(pieces, None, prompt)
    assert value.isascii()
    assert "<" not in value


@given(PIECES, PIECES)
def test_a_growing_text_is_a_growing_string(first, second):
    assert surprise.piece_lines(first + second).startswith(surprise.piece_lines(first))


def test_surprise_is_told_in_bits_and_alternatives_in_percent():
    piece = Piece("a", math.log(8), (("e", 0.5), ("a", 0.125)))
    assert json.loads(surprise.piece_line(piece)) == ["a", 3.0, "e", 50.0, "a", 12.5]


def test_what_was_not_guessed_has_no_surprise():
    assert json.loads(surprise.piece_line(Piece("a", math.nan))) == ["a", None]


def foot(pieces: list[str], *spans: tuple[int, int]) -> dict:
    longest = max(spans, key=lambda span: span[1] - span[0], default=(0, 0))
    copying = Copying(12, 0.5, longest, spans)
    return json.loads(
        surprise.foot_line([Piece(text, 1.0) for text in pieces], copying, "So it is.")
    )


def test_of_single_characters_the_runs_are_the_spans():
    told = foot(list("abcdefghijklmnopqrstuvwxyz"), (2, 14), (14, 26))
    assert told == {"runs": [[2, 14], [14, 26]], "longest": [2, 14], "sentence": "So it is."}


@pytest.mark.parametrize(
    ("span", "run"), [((0, 3), [0, 1]), ((2, 4), [0, 2]), ((3, 8), [1, 2]), ((7, 9), [1, 3])]
)
def test_of_longer_pieces_a_run_holds_each_piece_that_is_touched(span, run):
    assert foot(["the", " king", " of"], span)["runs"] == [run]


def test_without_an_index_only_the_sentence_is_told():
    told = json.loads(surprise.foot_line([Piece("a", 1.0)], None, "Nobody knows."))
    assert told == {"runs": [], "longest": [0, 0], "sentence": "Nobody knows."}


def test_the_shades_go_from_likely_to_unlikely_and_leave_nothing_out():
    bounds = [bound for bound, _ in surprise.SHADES]
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[-1] == 0
