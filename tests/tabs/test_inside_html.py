"""The HTML of the tab Inside holds the numbers and lets no text be markup."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inference.gates import Saturation
from tabs import inside_html
from tabs.inside_html import SIDE


def make_saturation() -> Saturation:
    opened, shut = np.array([1.0, 0.95, 0.25, 0.0]), np.array([0.0, 0.0, 0.75, 1.0])
    return Saturation("net", 1, 1430, shut={"forget": shut}, open={"forget": opened})


@given(st.text())
def test_no_text_becomes_markup(text):
    made = (
        inside_html.status([text], {text: tuple(text)}),
        inside_html.saturation(make_saturation(), text),
    )
    known = {"div", "h3", "p", "figure", "figcaption", "b", "span", "svg", "path", "circle", "text"}
    for markup in made:
        assert set(re.findall(r"<(\w+)", markup)) <= known


def test_what_was_never_seen_is_told_for_each_network_that_never_saw_it():
    said = inside_html.status(["net"], {"net": ("é", "\t"), "other": ()})
    assert "net never saw é &#x27;\\t&#x27;; it read the text without." in said
    assert "other never saw" not in said


def test_a_point_stands_at_its_shares_of_open_and_shut():
    markup = inside_html.saturation(make_saturation(), "plays")
    points = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', markup)
    assert [(float(x) / SIDE, 1 - float(y) / SIDE) for x, y in points] == [
        (1, 0), (0.95, 0), (0.25, 0.75), (0, 1),
    ]  # fmt: skip


def test_a_scatter_says_in_words_what_its_points_say():
    markup = inside_html.saturation(make_saturation(), "plays")
    assert "1,430 steps of plays" in markup
    assert "open 55 % of the time, shut 44 %" in markup
    assert "50 % of the units are nearly always open, 25 % nearly always shut" in markup
