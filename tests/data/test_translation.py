"""Laws of cleaning, and of dates as arrays."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.translation import (
    ANSWER_LENGTH,
    FREE_ID,
    clean,
    decode_answer,
    encode_answers,
    has_day,
    has_year,
    is_ambiguous,
    pad,
)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  3  May\t1979\n", "3 may 1979"),
        ("３．５．１９７９", "3.5.1979"),
        ("3–5—1979", "3-5-1979"),
        ("3\u00a0MAI 1979", "3 mai 1979"),
        ("fe\u0301vrier", "février"),
        (" \n", ""),
    ],
)
def test_the_same_date_typed_differently_reads_the_same(text, cleaned):
    assert clean(text) == cleaned


@given(st.text(st.characters(codec="utf-8", max_codepoint=0x2FF)))
def test_cleaning_twice_changes_nothing_more(text):
    assert clean(clean(text)) == clean(text)


@given(st.dates(date(1000, 1, 1)))
def test_an_answer_comes_back_from_its_tokens(day):
    (row,) = encode_answers([day.isoformat()])
    assert row.shape == (ANSWER_LENGTH,)
    assert decode_answer(row) == day.isoformat()


def test_a_free_place_is_no_character():
    (row,) = encode_answers(["19__-__-__"])
    assert (row == FREE_ID).tolist() == [c == "_" for c in "19__-__-__"]


@pytest.mark.parametrize("answer", ["1979-05-3", "1979-05-030", ""])
def test_an_answer_of_another_length_is_refused(answer):
    with pytest.raises(ValueError, match="10 characters"):
        encode_answers([answer])


def test_padding_keeps_each_row_and_its_length():
    padded, lengths = pad([[5], [1, 2, 3]])
    assert padded.tolist() == [[5, 0, 0], [1, 2, 3]]
    assert lengths.tolist() == [1, 3]
    assert padded.dtype == lengths.dtype == np.int64


@pytest.mark.parametrize(
    ("text", "ambiguous"),
    [
        ("3/5/1979", True),
        ("on 03-05-1979.", True),
        ("13/5/1979", False),
        ("5/13/1979", False),
        ("5/5/1979", False),
        ("3.5.1979", False),
        ("1979/3/5", False),
        ("3/5-1979", False),
        ("0/5/1979", False),
    ],
)
def test_day_and_month_can_be_taken_for_each_other_or_not(text, ambiguous):
    assert is_ambiguous(text) is ambiguous


@pytest.mark.parametrize(("text", "year"), [("3 may 1979", True), ("3 may 79", False), ("", False)])
def test_a_year_has_four_digits(text, year):
    assert has_year(text) is year


@pytest.mark.parametrize(
    ("text", "day"),
    [("3 may 1979", True), ("may 1979", False), ("19790503", True), ("3 may", True), ("", False)],
)
def test_a_day_is_a_number_beside_the_year(text, day):
    assert has_day(text) is day
