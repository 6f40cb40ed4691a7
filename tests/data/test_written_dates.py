"""Laws of the dates as people write them: each string means one day, and no split sees another."""

from __future__ import annotations

import itertools
import random
import re
from collections import defaultdict
from dataclasses import astuple
from datetime import date, timedelta

import pytest
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import InputError
from data.translation import clean, has_year, is_ambiguous
from data.written_dates import (
    DIGIT_STYLES,
    ENGLISH_STYLES,
    FIRST_DAY,
    LANGUAGES,
    LAST_DAY,
    LATE_YEARS,
    NAME_STYLES,
    OTHER_STYLES,
    make_splits,
    ordinal_ending,
    other_examples,
    without_accents,
    write,
    written,
)

DAYS = st.dates(FIRST_DAY, LAST_DAY)
PATTERNS = [p for styles in (DIGIT_STYLES, NAME_STYLES) for ps in styles.values() for p in ps]
ENGLISH = [pattern for patterns in ENGLISH_STYLES.values() for pattern in patterns]


def every_way(day: date) -> list[str]:
    """``day`` in every pattern of every language."""
    return [
        *(written(day, p, language) for p, language in itertools.product(PATTERNS, LANGUAGES)),
        *(written(day, pattern) for pattern in ENGLISH),
    ]


@pytest.fixture(scope="module")
def splits():
    return make_splits(1500, 300, 300, seed=1)


def test_no_string_and_no_answer_is_in_two_splits(splits):
    parts = [splits.train, splits.valid, splits.test]
    assert [len(part) for part in parts] == [1500, 300, 300]
    for values in ([{e.source for e in part} for part in parts],
                   [{e.answer for e in part} for part in parts]):  # fmt: skip
        for one, other in itertools.combinations(values, 2):
            assert not one & other
        assert sum(map(len, values)) == 2100  # nor twice in one


def test_the_seed_alone_decides():
    first, again = make_splits(40, 5, 5, seed=3), make_splits(40, 5, 5, seed=3)
    assert astuple(first) == astuple(again)
    assert first.train != make_splits(40, 5, 5, seed=4).train


def test_every_style_and_language_is_learned_and_asked(splits):
    for part in (splits.train, splits.test):
        assert {e.style for e in part} == {*DIGIT_STYLES, *NAME_STYLES, *ENGLISH_STYLES}
        assert {e.language for e in part} == {"", *LANGUAGES}


def test_nothing_ambiguous_is_written(splits):
    for example in splits.train:
        assert has_year(example.source), example
        assert not is_ambiguous(example.source), example
        assert example.source == clean(example.source)


@given(DAYS, st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_year_and_day_stand_in_the_string(day, seed):
    example = write(day, random.Random(seed))
    assert example.answer == day.isoformat()
    numbers = re.findall(r"\d+", example.source)
    if len(numbers) == 1:  # 19790503
        assert numbers == [day.isoformat().replace("-", "")]
    else:
        assert str(day.year) in numbers
        assert {str(day.day), f"{day.day:02d}"} & set(numbers)


@pytest.mark.parametrize(
    "day", [date(2018, 12, 31), date(2021, 1, 1), date(2024, 12, 30), date(1979, 5, 3)]
)
def test_a_week_year_is_never_written(day):
    """The week of 31 December 2018 belongs to 2019."""
    for text in every_way(day):
        assert str(day.year) in text


def test_no_name_of_a_month_means_two_in_any_of_the_languages():
    meanings = defaultdict(set)
    for language, width in itertools.product(LANGUAGES, ("wide", "abbreviated")):
        for month, name in Locale.parse(language).months["format"][width].items():
            meanings[without_accents(name.lower()).replace(".", "")].add(month)
    assert {name: months for name, months in meanings.items() if len(months) > 1} == {}


def test_days_of_digits_alone_do_not_collide():
    seen = {}
    for number in range(400):
        day = date(2011, 12, 1) + timedelta(number)
        for seed in range(3):
            example = write(day, random.Random(1000 * number + seed))
            assert seen.setdefault(example.source, example.answer) == example.answer


def test_ordinals_are_english():
    endings = {n: ordinal_ending(n) for n in range(1, 32)}
    assert [n for n in endings if endings[n] == "st"] == [1, 21, 31]
    assert [n for n in endings if endings[n] == "nd"] == [2, 22]
    assert [n for n in endings if endings[n] == "rd"] == [3, 23]


def test_known_dates_are_written_as_people_do():
    day = date(1979, 5, 3)
    assert written(day, "EEEE d MMMM y") == "Thursday 3 May 1979"
    assert written(day, "'the' d# 'of' MMMM, y") == "the 3rd of May, 1979"
    assert written(day, "full", "es") == "jueves, 3 de mayo de 1979"
    assert written(day, "long", "pl") == "3 maja 1979"
    assert without_accents("środa, 3 février, Kasım, paź") == "sroda, 3 fevrier, Kasim, paz"


@pytest.mark.parametrize("sizes", [(0, 1, 1), (1, 0, 1), (1, 1, -1), (10**6, 1, 1)])
def test_impossible_sizes_are_refused(sizes):
    with pytest.raises(InputError, match="other sizes"):
        make_splits(*sizes, seed=1)


def test_the_name_of_a_style_that_is_never_learned_shows_it():
    for example in other_examples([date(1979, 8, 21)]):
        if example.style != LATE_YEARS:
            shown = example.style.split("(")[1].rstrip(")").removesuffix(", Polish")
            assert example.source == shown
            assert example.answer == "1979-08-21"


def test_styles_that_are_never_learned_exist_for_every_day():
    days = [date(2000, 2, 29), date(1000, 1, 1), date(2999, 12, 31)]
    examples = other_examples(days)
    assert len(examples) == len(days) * (len(OTHER_STYLES) + 1)
    assert {e.answer for e in examples if e.style == LATE_YEARS} == {
        "6000-02-29", "5000-01-01", "6999-12-31",
    }  # fmt: skip
