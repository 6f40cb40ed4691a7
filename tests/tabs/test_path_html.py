"""The drawing of a path has every word at its place, says its verdict in shape and in words."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.verdict_path import VerdictPath
from tabs import path_html
from tabs.path_html import MARGIN, RATIOS, Frame, common
from tabs.path_names import GAP, LAYOUTS, LETTER, LINE, Stop, names
from tests.tabs.test_forecast_html import text_of

WORDS = ("the", "plot", "is", "<b>dull</b>", "and", "slow")


def path(words=WORDS, running=None, of: str = "whole network", seed: int = 0) -> VerdictPath:
    points = np.random.default_rng(seed).normal(size=(len(words), 2)) * [5, 2]
    running = running or tuple(np.linspace(0.9, 0.1, len(words)))
    return VerdictPath("net", tuple(words), points, running, of, (0.3, 0.2), 0.35)


def stops(markup: str) -> list[tuple[str, str, float, float]]:
    found = re.findall(
        r'<span class="stop (.*?)" data-tip="(.*?)" style="left:(.*?)%;top:(.*?)%"', markup, re.S
    )
    return [(kind.strip(), tip, float(x), float(y)) for kind, tip, x, y in found]


@pytest.mark.parametrize("scale", [(1, 1), (40, 1), (1, 40), (1e-6, 1)])
def test_the_frame_holds_every_point_on_one_scale_for_both_directions(scale):
    points = np.random.default_rng(1).normal(size=(30, 2)) * scale + 7
    frame = Frame.around(points)
    places = frame.places(points)
    assert RATIOS[0] <= frame.ratio <= RATIOS[1]
    assert places.min() >= 100 * MARGIN - 1e-6
    assert places.max() <= 100 - 100 * MARGIN + 1e-6
    drawn = (places[1] - places[0]) * [frame.ratio, -1]  # in one unit, upwards
    np.testing.assert_allclose(
        drawn / drawn[0], (points[1] - points[0]) / (points[1] - points[0])[0]
    )


def test_points_in_one_place_are_drawn_in_the_middle():
    points = np.ones((4, 2))
    np.testing.assert_allclose(Frame.around(points).places(points), 50)


def test_every_word_is_a_mark_whose_shape_is_its_verdict():
    ours = path(running=(0.5, 0.7, 0.55, 0.2, 0.3, 0.1))
    marks = stops(path_html.drawing([ours]))
    assert [kind for kind, *_ in marks] == [
        "unsure first", "positive", "unsure", "negative", "negative", "negative last",
    ]  # fmt: skip
    assert marks[1][1] == "word 2 of 6\nafter “plot”: 70 % positive"
    places = Frame.around(ours.points).places(ours.points)
    np.testing.assert_allclose([mark[2:] for mark in marks], places, atol=0.005)


def test_of_a_second_version_only_what_differs_has_marks_and_its_line_leaves_the_first():
    first, other = path(), path((*WORDS[:4], "but", "fun", "too"), seed=3)
    other.points[:4] = first.points[:4]
    markup = path_html.drawing([first, other])
    assert len(stops(markup)) == 6 + 3
    assert "version 2, word 5 of 7\nafter “but”" in markup
    lines = re.findall(r'<polyline class="version-(\d)" points="(.*?)"', markup)
    assert [len(points.split()) for _, points in lines] == [6, 4]
    assert lines[1][1].split()[0] == lines[0][1].split()[3]


def test_the_end_of_a_second_version_has_a_mark_even_if_the_first_says_more():
    assert common([path(), path(WORDS[:3])]) == 2
    assert common([path(), path()]) == 5
    assert common([path()]) == 0
    assert len(stops(path_html.drawing([path(), path()]))) == 7


def test_how_much_the_plane_shows_is_told_and_whose_path_it_is():
    told = text_of(path_html.drawing([path()]))
    assert "30 % of the changes" in told
    assert "The review: 6 words, 10 % positive at its end. The plane shows 50 %" in told
    assert "the whole of net" in told
    half = text_of(path_html.drawing([path(of="forward half")] * 2))
    assert "the half of net that reads forward" in half
    assert "together they say 35 % and 35 % positive" in half
    assert "Version 2: 6 words" in half


def test_words_are_escaped():
    markup = path_html.drawing([path()])
    assert "<b>dull" not in markup
    assert "&lt;b&gt;dull" in markup


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=1, max_size=40))
def test_no_name_covers_another_or_leaves_the_drawing(places):
    width, ratio = LAYOUTS["narrow"], 1.5
    words = [f"w{k}" for k in range(len(places))]
    given_stops = [
        Stop(x, y, word, 0, "unsure", "", k, "")
        for k, ((x, y), word) in enumerate(zip(places, words, strict=True))
    ]
    boxes = []
    markup = names(given_stops, "narrow", ratio)
    for side, x, y, word in re.findall(
        r'narrow (\w+) version-0".*?left:(.*?)%;top:(.*?)%">(.*?)</b>', markup
    ):
        x, y, w = float(x) * width / 100, float(y) * width / ratio / 100, LETTER * len(word)
        left = {"right": x + GAP, "left": x - GAP - w}.get(side, x - w / 2)
        top = {"above": y - GAP - LINE, "below": y + GAP}.get(side, y - LINE / 2)
        boxes.append((left, top, left + w, top + LINE))
    for k, (left, top, right, bottom) in enumerate(boxes):
        assert min(left, top) >= -0.1
        assert right <= width + 0.1
        assert bottom <= width / ratio + 0.1
        for l2, t2, r2, b2 in boxes[:k]:
            apart = (left >= r2 - 0.1, right <= l2 + 0.1, top >= b2 - 0.1, bottom <= t2 + 0.1)
            assert any(apart)


def test_what_weighs_most_gets_its_name_first_and_a_long_one_is_cut():
    crowd = [Stop(50, 50 + k / 10, f"word{k}", 0, "unsure", "", k, "") for k in range(9)]
    placed = re.findall(">(.*?)</b>", names(crowd, "broad", 1.5))
    assert placed[:2] == ["word8", "word7"]
    assert len(placed) < 5
    pair = [
        Stop(50, 50, "light", 0, "unsure", "", 1, ""),
        Stop(60, 50, "heavy" * 9, 0, "unsure", "", 2, ""),
    ]
    placed = re.findall(">(.*?)</b>", names(pair, "broad", 1.5))
    assert placed == ["heavyheavyheavy…", "light"]
