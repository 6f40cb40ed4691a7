"""The line shows what the prediction holds, word by word, and says whose it is."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given

from inference.predictions import SentimentPrediction
from tabs.running_html import MAX_COLUMNS, NAMED_WORDS, running
from tabs.texts import sentiment as texts
from tests.tabs.test_sentiment_html import HOSTILE, make_verdict, without_known_tags


def make_running(curve: tuple[float, ...], model: str = "net") -> SentimentPrediction:
    words = tuple(f"w{number}" for number in range(len(curve)))
    made = make_verdict(curve[-1], words, running=curve, running_of="whole network")
    return replace(made, model=model)


def points(markup: str, line: int = 0) -> list[tuple[float, float]]:
    (found,) = re.findall(f'polyline class="line-{line}" points="([^"]*)"', markup)
    return [tuple(map(float, point.split(","))) for point in found.split()]


@given(HOSTILE, HOSTILE)
def test_no_text_becomes_markup(word, name):
    made = replace(make_running((0.4, 0.6)), tokens=(word, "film"), model=name)
    rest = without_known_tags(running([made, replace(made, running=())]))
    assert "<" not in rest
    assert ">" not in rest


def test_the_line_has_a_point_and_a_tip_for_every_word():
    markup = running([make_running((0.2, 0.7, 0.9))])
    assert points(markup) == [(16.67, 80), (50, 30), (83.33, 10)]
    assert re.findall('data-tip="([^"]*)"', markup) == [
        "after “w0”: 20 % positive", "after “w1”: 70 % positive", "after “w2”: 90 % positive"
    ]  # fmt: skip
    assert re.findall(r"bottom:([\d.]+)%", markup) == ["20.0", "70.0", "90.0"]


@pytest.mark.parametrize("count", [1, 39, 40, 200, 201, 399, 400, 5_000])
def test_the_line_of_any_length_is_bounded_and_ends_where_the_text_does(count):
    curve = tuple((number + 1) / count for number in range(count))
    markup = running([make_running(curve)])
    assert min(count, MAX_COLUMNS / 2) <= len(points(markup)) <= MAX_COLUMNS + 1
    assert points(markup)[-1][1] == 0
    tips = re.findall('data-tip="after “(\\w+)”:', markup)
    assert tips[-1] == f"w{count - 1}"
    assert len(set(tips)) == len(tips)
    assert (f"{count:,} words" in markup) == (count >= NAMED_WORDS)


def test_two_networks_are_two_lines_that_differ_without_colour_too():
    markup = running([make_running((0.2, 0.7)), make_running((0.6, 0.1), "other")])
    assert points(markup, 0) != points(markup, 1)
    assert "after “w1”: net 70 % positive, other 10 % positive" in markup
    assert 'class="key line-0"></i><b>net</b>' in markup
    assert 'class="key line-1"></i><b>other</b>' in markup


def test_the_line_of_one_half_says_that_the_verdict_is_anothers():
    half = replace(
        make_running((0.2, 0.7)), running_of="forward half",
        probabilities={"negative": 0.7, "positive": 0.3},
    )  # fmt: skip
    markup = running([half])
    assert "reads forward alone" in markup
    assert "30 %" in markup


def test_a_network_without_a_line_says_so_beside_one_that_has_one():
    without = make_verdict(0.8)
    alone = running([without])
    assert texts.NO_CURVE in alone
    assert "polyline" not in alone
    both = running([without, make_running((0.2, 0.7), "other")])
    assert len(points(both)) == 2
    assert texts.NO_CURVE in both
