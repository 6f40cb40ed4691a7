"""What the dates tab says of an answer is what the object says, and no text becomes markup."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.translation import DateTranslation
from tabs.texts import dates as texts
from tabs.translation_html import example_label, facts, figures, share, told
from tabs.translation_view import FIELDS, forced_in, view

HOSTILE = st.text(alphabet="<>&\"'/=ab", min_size=1, max_size=8) | st.text(min_size=1)
KNOWN_TAGS = re.compile(
    r"</?(?:div|span|b|table|thead|tbody|tr|td|th)(?: [a-zA-Z-]+=\"[^\"<>]*\")* ?/?>"
)
ROW = {"dates": 500, "exact": 0.146, "baseline": 0.0}
METRICS = {
    "parameters": 169_731, "test_dates": 10_000, "exact": 0.9999,
    "interval_95": [0.99943, 0.99998], "english": 0.99977,
    "baseline": {"name": "dateutil, a parser by rules", "exact": 0.5194, "english": 0.965},
    "styles": {"ISO": ROW | {"exact": 1.0}, "dots": ROW | {"exact": 0.996}},
    "languages": {"cs": ROW, "digits": ROW},
    "other_styles": {"month in Roman numerals (21.viii.1979)": ROW, "better": ROW | {"exact": 1.0}},
    "training": {"train_dates": 60_000},
}  # fmt: skip


def make_translation(answer: str = "1979-05-03", **others: object) -> DateTranslation:
    made = DateTranslation(
        "3 May 1979", "3 may 1979", "1979-05-03", "_" * 10, "dates-lstm", (0.99,) * 10,
        np.full((10, 10), 0.1),
    )  # fmt: skip
    return replace(made, answer=answer, **others)


@given(HOSTILE, HOSTILE)
def test_no_text_becomes_markup(one, other):
    found = make_translation(
        text=one, answer=other, notes=(one,), attention=np.ones((len(other), 10))
    )
    found = replace(found, forced=one[:1] + "_" * 9)
    named = METRICS | {"styles": {one: ROW}, "languages": {other: ROW}, "other_styles": {one: ROW}}
    for markup in (told(found, METRICS), figures(named)):
        rest = KNOWN_TAGS.sub("", markup)
        assert "<" not in rest
        assert ">" not in rest


def test_an_answer_stands_with_its_day_in_words():
    assert "Thursday, 3 May 1979" in told(make_translation(), {})
    assert texts.NO_DAY in told(make_translation("1979-02-30"), {})


def test_what_is_forced_is_told_with_what_the_network_gave_it():
    found = make_translation(forced="__8____1__", probabilities=(0.001, 1, 0.001, *(0.4,) * 7))
    assert (
        "8 in place 3 (the network gave it under 1 %), 1 in place 8 (the network gave it 40 %)"
        in (told(found, {}))
    )
    assert "Forced" not in told(make_translation(), {})


def test_an_example_says_whether_it_is_right():
    (written, meant), unclear = texts.DATE_EXAMPLES["English"], texts.DATE_EXAMPLES["No such day"]
    assert texts.DATE_RIGHT.format(meant=meant) in told(make_translation(meant, text=written), {})
    wrong = make_translation("1979-05-04", text=written)
    assert texts.DATE_WRONG.format(meant=meant) in told(wrong, {})
    assert "the network" not in told(replace(wrong, forced="1" + "_" * 9), {}).split("Forced")[0]
    assert texts.DATE_UNCLEAR in told(make_translation(text=unclear[0]), {})
    assert "date-lesson" not in told(make_translation(text="another text"), {})


def test_a_style_that_was_never_learned_is_told_with_its_figures():
    style = "month in Roman numerals (21.viii.1979)"
    title, written, _ = texts.UNLEARNED_DATES[style]
    markup = told(make_translation(text=written), METRICS)
    assert "of 500 such dates it gets 14.6% right, and dateutil 0.0%" in markup
    assert "never learned" not in told(make_translation(text=written), {})
    assert example_label(title, METRICS["other_styles"][style]) == f"{title}: 15%"
    assert example_label(title, None) == title


def test_facts_stand_beside_the_baseline():
    trained, exact, english, size = facts(METRICS)
    assert trained == "trained on 60,000 dates in 1 languages"
    assert "99.99% of 10,000 dates" in exact
    assert "99.94% to over 99.99%; dateutil, a parser by rules: 51.9%" in exact
    assert english.endswith("99.98% (dateutil: 96.5%)")
    assert size == "169,731 parameters"
    assert facts({}) == ["not evaluated"]


@pytest.mark.parametrize(
    ("value", "written"),
    [(1.0, "100%"), (0.9996, "over 99.9%"), (0.996, "99.6%"), (0.0, "0.0%"), (0.5194, "51.9%")],
)
def test_only_all_dates_are_a_hundred_percent(value, written):
    assert share(value) == written


def test_the_figures_mark_what_fails_and_begin_with_the_worst():
    markup = figures(METRICS)
    unlearned, styles, languages = re.findall("<tbody>.*?</tbody>", markup)
    assert unlearned.index("Roman") < unlearned.index("better")
    assert "✗ 14.6%" in unlearned
    assert "✗" not in styles
    assert "Czech" in languages


def test_the_view_has_a_field_for_each_character_and_gives_back_what_is_forced():
    template = view("x").html_template
    assert template.count("<input") == FIELDS == len("1979-05-03")
    assert forced_in({"forced": "__8"}) == "__8"
    assert forced_in({}) == forced_in(None) == forced_in("__8") == ""
