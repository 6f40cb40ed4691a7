"""The drawings of gradients hold the numbers that were measured, and nothing but escaped text."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from inference.gradient_flow import GradientFlow
from inference.measured import measured
from tabs import flow_html
from tabs.flow_html import BANDS, FLOOR, number
from tests.tabs.test_forecast_html import text_of

T = 60


def flow(keep: float, pieces: str = "x" * T, bias: float | None = None) -> GradientFlow:
    """A network that keeps the part ``keep`` of a gradient at each step."""
    steps = np.arange(T)[:, None] - np.arange(T)
    norms = np.where(steps >= 0, keep ** np.maximum(steps, 0.0), np.nan)
    return GradientFlow("net", 0, tuple(pieces), ("y",) * T, norms, bias)


def lines(**changes: object) -> dict:
    return {
        ("rnn", True): flow(0.1, **changes),
        ("lstm", True): flow(0.9, **changes),
        ("lstm", False): flow(0.5, bias=3.0, **changes),
    }


@pytest.mark.parametrize(
    ("ratio", "told"),
    [(1, "1.0"), (0.654, "0.65"), (0.0999, "0.10"), (0.0266, "0.027"), (0.00999, "0.010"),
     (0.00994, "9.9×10⁻³"), (7.135e-06, "7.1×10⁻⁶"), (1.137e-20, "1.1×10⁻²⁰"), (3.14, "3.1"),
     (31.4, "31.4"), (0, "0")],
)  # fmt: skip
def test_numbers_are_told_with_two_digits_or_as_powers_of_ten(ratio, told):
    assert number(ratio) == told


def test_the_table_holds_the_ratios_and_the_step_where_little_is_left():
    rows = [
        " ".join(text_of(row).split())
        for row in re.findall("<tr>.*?</tr>", flow_html.table(lines()))
    ][1:]
    assert rows[0].split() == [
        "RNN,", "trained", "1.0×10⁻⁵", "1.0×10⁻¹⁰", "1.0×10⁻²⁰", "1.0×10⁻⁴⁰", "–", "3", "steps",
    ]  # fmt: skip
    assert f"LSTM, trained 0.59 0.35 0.12 {number(0.9**40)} – 44 steps" in rows[1]
    assert rows[2].startswith("LSTM, new, forget bias 3 ")
    kept = flow_html.table({("gru", True): flow(0.99)})
    assert text_of(kept).split()[-2:] == ["over", "55"]  # 5 losses are as far


def test_a_line_goes_through_its_ratios_and_leaves_the_plot_where_they_are_too_small():
    chart = flow_html.chart(lines())
    points = dict(re.findall(r'<polyline class="(.*?)" points="(.*?)"', chart))
    heights = [float(pair.split(",")[1]) for pair in points["cell-rnn trained"].split()]
    step = 100 / (flow_html.TOP - FLOOR)
    np.testing.assert_allclose(np.diff(heights), step, atol=0.02)  # a power of ten a step
    assert max(heights) > 100
    marks = re.findall(r'class="mark cell-rnn trained" style="left:.*?;bottom:(.*?)%', chart)
    assert len(marks) == 2  # at 5 and 10 steps; none below the plot


def test_the_tip_of_a_distance_names_every_network():
    tips = re.findall('data-tip="(.*?)"', flow_html.chart(lines()), re.DOTALL)
    assert len(tips) == T - 4
    assert tips[10].split("\n") == [
        "10 steps back", "RNN, trained: 1.0×10⁻¹⁰", "LSTM, trained: 0.35",
        "LSTM, new, forget bias 3: 9.8×10⁻⁴",
    ]  # fmt: skip


def test_each_column_of_a_strip_is_full_and_tells_its_shares():
    ours = flow(0.5)
    strip = flow_html.shares({("gru", True): ours})
    tips = re.findall('data-tip="(.*?)"', strip, re.DOTALL)
    bands = ours.shares_by_distance([start for start, _ in BANDS])
    assert len(tips) == T
    assert f"{BANDS[0][1]}: {100 * bands[0, 3]:.0f} %" in tips[3].split("\n")
    top = re.findall('<path class="band-5" d="(.*?)"', strip)[0].split("Z")[0]
    assert top.startswith("M0 100" + "V0.0h1" * 10)  # the last band ends at the top
    assert f"{100 * bands[3:].sum(0).mean():.0f} % from 6 steps later" in text_of(strip)


def test_text_from_outside_is_escaped():
    text = ('<script>alert("1")</script>' + "x" * T)[:T]
    for markup in (flow_html.shares(lines(pieces=text)), flow_html.chart(lines(pieces=text))):
        assert "<script" not in markup
    assert "&lt;script&gt;" in flow_html.shares(lines(pieces=text))


def test_newlines_and_blanks_can_be_seen_in_tips():
    strip = flow_html.shares({("gru", True): flow(0.5, pieces="a b\n" * (T // 4))})
    assert "after “a␣b↵”" in strip


def test_an_infinite_or_absent_gradient_breaks_nothing():
    nothing = replace(flow(0.5), norms=np.where(np.tri(T), 0.0, np.nan))
    assert "nan" not in flow_html.shares({("rnn", True): nothing})


def test_the_record_is_quoted_with_its_ranges():
    record = measured("gradient_flow")
    told = text_of(flow_html.measured(record))
    rows = {row["label"]: row for row in record["networks"]}
    three = rows["LSTM, new, forget bias 3"]
    assert f"{number(three['mean'][20])} with one of 3" in told
    assert f"({number(three['low'][80])} to {number(three['high'][80])})" in told
    assert f"{len(three['runs'])} passages of {record['characters']} characters" in told


def test_without_a_record_nothing_is_claimed():
    assert flow_html.measured({}) == ""
