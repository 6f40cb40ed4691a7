"""Curves that move: where points lie, what is said to those who cannot see them."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tabs.moving_svg import (
    Axis,
    Level,
    around,
    chart,
    decades,
    key,
    linear,
    progress,
    round_up,
    scatter,
    steps,
)


def points(html: str) -> list[tuple[float, float]]:
    found = re.search(r'<polyline class="line-a" points="([^"]*)"', html)[1]
    return [tuple(map(float, pair.split(","))) for pair in found.split()]


def test_a_curve_lies_where_its_numbers_say():
    axis = Axis(0, 2, ((0, "0"), (2, "2")))
    lines, levels = [("line-a", [(0, 0), (50, 1), (100, 2)])], [Level("line-b", 0.5)]
    html = chart(lines, levels, steps(100), axis, "d", [("dot-c", 25, 1.5)])
    assert points(html) == [(0, 100), (50, 50), (100, 0)]
    assert 'class="line-b" x1="0" x2="100" y1="75.00" y2="75.00"' in html
    assert 'class="dot-c" style="left:25.00%;top:25.00%"' in html


def test_what_lies_beyond_the_axis_is_drawn_at_its_edge_and_what_is_no_number_is_not():
    lines = [("line-a", [(0, -5), (300, 9), (10, math.nan)])]
    assert points(chart(lines, [], steps(100), Axis(0, 1, ()), "d")) == [(0, 100), (100, 0)]


def test_the_foot_says_where_the_axis_begins_and_ends_and_what_it_counts():
    foot = chart([], [], steps(1200), Axis(0, 1, ()), "d").rpartition("moving-foot")[2]
    assert re.findall(r"<span>([^<]*)</span>", foot) == ["0", "training step", "1,200"]


def test_a_level_carries_its_label_only_where_it_has_one():
    axis = Axis(0, 1, ())
    assert 'top:75.00%">goal</span>' in chart([], [Level("a", 0.25, "goal")], steps(1), axis, "d")
    assert "top:" not in chart([], [Level("a", 0.25)], steps(1), axis, "d")


def test_a_logarithmic_axis_has_a_decade_a_step():
    axis = decades([0.02, 3.0])
    assert [label for _, label in axis.ticks] == ["0.01", "0.1", "1", "10"]
    assert axis.share(0.1) == pytest.approx(100 / 3)
    assert axis.share(0) == 0


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=5))
def test_any_numbers_have_an_axis(values):
    for axis in (linear(values, 5.0), decades(values)):
        assert axis.low < axis.high
        assert 0 <= axis.share(1.0) <= 100
        assert 2 <= len(axis.ticks) <= 6


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=5))
def test_an_axis_around_numbers_leaves_room_on_both_sides(values):
    axis = around(values)
    assert axis.low <= min(values) <= max(values) < axis.high
    assert axis.low == 0 or axis.low < min(values)
    assert 1 <= len(axis.ticks) <= 7
    assert all(axis.low <= value <= axis.high * (1 + 1e-9) for value, _ in axis.ticks)


def test_the_ticks_around_numbers_are_round():
    assert [label for _, label in around([4.25, 2.36, 1.15]).ticks] == ["1.0", "2.0", "3.0", "4.0"]


@given(st.floats(1e-12, 1e12))
def test_an_axis_ends_at_a_round_number_not_far_above(value):
    assert value * (1 - 1e-6) <= round_up(value) <= 1.6 * value


def test_words_are_escaped():
    html = chart(
        [], [Level("line-a", 1, "<u>")], steps(1), Axis(0, 1, ((0, "<u>"),)), '"><script>'
    ) + key({"line-a": "<u>"}, {"line-a": "<u>"})
    assert html.count("&lt;u&gt;") == 4
    assert "<script>" not in html


def test_the_key_names_each_line_and_gives_its_value_where_it_has_one():
    html = key({"line-a": "loss", "line-b": "goal"}, {"line-a": "1.25"})
    assert '<i class="swatch line-a"></i>loss <b>1.25</b>' in html
    assert '<i class="swatch line-b"></i>goal</span>' in html


def test_a_point_on_the_diagonal_is_right():
    html = scatter([(0, 0), (1, 1), (2, 9)], 0, 2, "d")
    assert 'cx="0.00" r="0.9" cy="100.00"' in html
    assert 'cx="50.00" r="0.9" cy="50.00"' in html
    assert 'cx="100.00" r="0.9" cy="0.00"' in html  # above the picture, so at its edge
    assert "nan" not in scatter([(1, 1)], 1, 1, "d")


@pytest.mark.parametrize(("share", "percent"), [(-1, 0), (0.5, 50), (7, 100)])
def test_progress_is_a_share(share, percent):
    assert f'aria-valuenow="{percent}"' in progress(share)
