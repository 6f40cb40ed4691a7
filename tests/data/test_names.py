"""Measures of generated names, by hand and against the textbook's table."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import names as names_module
from data.names import distinct_share, edit_distances, mean_distance, new_share

NAMES = st.text("abé\U0001f995", max_size=6)


def distance(a: str, b: str) -> int:
    """The recursion of the definition, one cell at a time."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y)))
    return row[-1]


@pytest.mark.parametrize(
    ("a", "b", "steps"),
    [
        ("kitten", "sitting", 3),
        ("flaw", "lawn", 2),
        ("saturday", "sunday", 3),
        ("rex", "rex", 0),
        ("", "abc", 3),
        ("abc", "", 3),
        ("ab", "ba", 2),
    ],
)
def test_edit_distances_worked_by_hand(a, b, steps):
    assert edit_distances([a], ["xx", b])[0, 1] == steps


@given(st.lists(NAMES, min_size=1, max_size=5), st.lists(NAMES, min_size=1, max_size=5))
def test_all_pairs_at_once_are_the_pairs_one_by_one(names, others):
    table = edit_distances(names, others)
    assert table.tolist() == [[distance(a, b) for b in others] for a in names]


def test_the_nearest_real_name_counts():
    # rexa is one letter from rex, tyranno is itself, zzz is three from rex.
    assert mean_distance(["rexa", "tyranno", "zzz"], ["tyranno", "rex"]) == pytest.approx(4 / 3)


def test_long_lists_are_sampled_evenly_and_long_lines_cut(monkeypatch):
    monkeypatch.setattr(names_module, "MAX_NAMES", 2)
    monkeypatch.setattr(names_module, "MAX_REAL", 3)
    monkeypatch.setattr(names_module, "MAX_LENGTH", 4)
    # Compared are aa and bbbb with aa, ccc and bbbb.
    assert mean_distance(["aa", "x", "bbbbyy"], ["aa", "z", "ccc", "z", "bbbbzzz"]) == 0
    assert mean_distance(["x", "aa", "x", "aa"], ["aa", "z", "ccc", "z", "bb"]) == 2


def test_new_and_distinct_names_are_counted_by_occurrence():
    names = ["a", "b", "b", "c"]
    assert new_share(names, ["b", "x"]) == 0.5
    assert distinct_share(names) == 0.75


def test_measures_of_nothing_are_undefined():
    assert math.isnan(new_share([], ["a"]))
    assert math.isnan(distinct_share([]))
    assert math.isnan(mean_distance([], ["a"]))
    assert math.isnan(mean_distance(["a"], []))
