"""What the sentiment tab says of a verdict is what the objects say, and no text becomes markup."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.predictions import Attribution, Omission, SentimentPrediction
from tabs import sentiment_html
from tabs.sentiment_html import before_and_after, facts, left_out, percent, signed, verdict, words
from tabs.texts import sentiment as texts

KNOWN_TAGS = re.compile(
    r'</?(?:div|span|b|i|h4|small|ol|li|del|ins|svg|polyline)(?: [a-zA-Z-]+="[^"<>]*")* ?/?>'
)
HOSTILE = st.text(alphabet="<>&\"'/=ab", min_size=1, max_size=8) | st.text(min_size=1)
METRICS = {
    "test": {"accuracy": 0.9421, "reviews": 25_000, "interval_95": [0.9392, 0.945]},
    "baselines": {"bag_of_words": {"accuracy": 0.913}},
}


def make_verdict(
    positive: float, tokens: tuple[str, ...] = ("a", "film"), **others: object
) -> SentimentPrediction:
    label = "positive" if positive > 0.5 else "negative"
    probabilities = {"negative": 1 - positive, "positive": positive}
    return SentimentPrediction(
        " ".join(tokens), label, probabilities[label], probabilities, "net", tokens, **others
    )


def make_attribution(
    tokens: tuple[str, ...] = ("a", "superb", "dull", "film"),
    contributions: tuple[float, ...] = (0.05, 2.0, -1.2, 0.3),
    **others: object,
) -> Attribution:
    total = sum(contributions) + 0.4
    return Attribution("net", tokens, contributions, total, 0.4, 9, **others)


def without_known_tags(markup: str) -> str:
    return KNOWN_TAGS.sub("", markup)


@given(HOSTILE, HOSTILE)
def test_no_text_becomes_markup(one, other):
    attribution = make_attribution(
        (one, other), (2.0, -1.0), unit="word",
        omissions=(Omission(0, 1, 0.4, 1.0), Omission(1, 2, 0.9, -2.0)),
    )  # fmt: skip
    before, now = make_verdict(0.9, (one, "film")), make_verdict(0.5, (other, "film"))
    named = replace(now, model=one, notes=(other,))
    for markup in (
        verdict(named), words(replace(attribution, model=one)), left_out(attribution),
        before_and_after(before, now), sentiment_html.no_verdict(one), sentiment_html.empty(one),
    ):  # fmt: skip
        rest = without_known_tags(markup)
        assert "<" not in rest
        assert ">" not in rest


@pytest.mark.parametrize(
    ("positive", "label"),
    [(0.05, "Negative"), (0.39, "Negative"), (0.45, "Not sure"), (0.6, "Not sure"),
     (0.61, "Positive"), (0.99, "Positive")],
)  # fmt: skip
def test_the_middle_is_called_not_sure(positive, label):
    markup = verdict(make_verdict(positive))
    assert f'<b class="label">{label}</b>' in markup
    assert ("leaning" in markup) == (label == "Not sure")
    assert f'style="left:{100 * positive:.1f}%"' in markup


@pytest.mark.parametrize(
    ("p", "told"),
    [(0, "under 1 %"), (0.005, "under 1 %"), (0.006, "1 %"), (0.5, "50 %"),
     (0.994, "99 %"), (0.995, "over 99 %"), (1, "over 99 %")],
)  # fmt: skip
def test_no_probability_is_told_as_certain(p, told):
    assert percent(p) == told


def test_log_odds_have_their_sign_unless_they_round_to_nothing():
    assert [signed(v) for v in (2.04, -1.25, 0.04, -0.04)] == ["+2.0", "−1.2", "0.0", "0.0"]


def test_a_network_is_told_with_its_accuracy_its_interval_and_its_baseline():
    told = " · ".join(facts(METRICS))
    assert "94.2% right on 25,000 test reviews" in told
    assert "93.9% to 94.5%" in told
    assert "bag of word pairs: 91.3%" in told
    assert "50 %" in told
    plain = facts(METRICS | {"test": {"accuracy": 0.9, "reviews": 10}})
    assert "interval" not in " ".join(plain)
    assert facts({}) == ["not evaluated"]


LABEL = texts.FIRST_REVIEW
TEXT, MEANT, LESSON = texts.SENTIMENT_EXAMPLES[LABEL]
NEITHER = next(text for text, meant, _ in texts.SENTIMENT_EXAMPLES.values() if meant is None)


@pytest.mark.parametrize(
    ("text", "positive", "told"),
    [(TEXT, 0.1, "the network agrees"), (TEXT, 0.9, "the network is wrong here"),
     (TEXT, 0.5, "the network cannot tell"), (NEITHER, 0.9, "only these two answers")],
)  # fmt: skip
def test_an_example_says_whether_the_network_gets_it_right(text, positive, told):
    assert MEANT == "negative"
    assert told in verdict(replace(make_verdict(positive), text=text))


def test_only_the_examples_have_a_lesson():
    assert "lesson" not in verdict(make_verdict(0.9))
    assert "lesson" not in verdict(replace(make_verdict(0.9), text=TEXT + " Really."))


def test_each_word_has_its_shade_its_mark_and_its_number():
    markup = words(make_attribution())
    assert '<span data-tip="a: +0.1 for positive">a</span>' in markup
    assert '<span class="p3" data-tip="superb: +2.0 for positive">superb</span>' in markup
    assert '<span class="n2" data-tip="dull: −1.2 for negative">dull</span>' in markup
    assert '<span class="p1" data-tip="film: +0.3 for positive">film</span>' in markup
    assert 'data-tip="film: 0.0"' in words(make_attribution(contributions=(1, 1, 1, -0.01)))


def test_weak_words_stay_weak_when_there_is_no_strong_one():
    markup = words(make_attribution(contributions=(0.02, 0.1, -0.1, 0.0)))
    assert not re.search(r'class="[pn][1-3]" data-tip', markup)


def test_the_words_are_summed_up_in_words():
    markup = without_known_tags(words(make_attribution()))
    assert "Most for positive: superb +2.0, film +0.3, a +0.1." in markup
    assert "Most for negative: dull −1.2." in markup
    assert "+0.40 for a text of commas only, +1.15 by these words, +1.55 in all" in markup
    assert "net)" in markup


def test_a_side_without_words_says_so():
    markup = words(make_attribution(contributions=(0.1, 0.2, 0.3, 0.0)))
    assert "Most for negative: no word." in markup


def test_a_word_left_out_is_told_where_the_word_is():
    omissions = (Omission(1, 2, 0.31, 2.1),)
    markup = words(make_attribution(unit="word", omissions=omissions))
    assert "superb: +2.0 for positive; without it 31 % positive" in markup
    by_sentence = words(make_attribution(unit="sentence", omissions=omissions))
    assert "without it" not in by_sentence


def test_a_very_long_review_is_shown_in_part_and_says_so():
    markup = words(make_attribution(("word",) * 5_000, (0.1,) * 5_000))
    assert markup.count("data-tip") == sentiment_html.SHOWN_WORDS
    assert "3,500 more words" in markup


def test_parts_left_out_are_ranked_by_their_effect():
    omissions = tuple(Omission(i, i + 1, 0.1 * i, e) for i, e in enumerate((0.2, -3.0, 1.5, 0.1)))
    markup = left_out(make_attribution(unit="word", omissions=omissions))
    assert re.findall(r'class="part">(\w+)<', markup) == ["superb", "dull", "a", "film"]
    assert re.findall(r'class="bar (\w)"><i style="width:(\d+)%', markup) == [
        ("n", "100"), ("p", "50"), ("p", "7"), ("p", "3")
    ]  # fmt: skip
    assert "<b>10 %</b>" in markup
    assert "−3.0" in markup


def test_where_nothing_can_be_left_out_it_says_so():
    assert texts.NOTHING_TO_LEAVE_OUT in left_out(make_attribution(unit="word"))


def test_before_and_after_mark_what_went_and_what_came():
    before = make_verdict(0.44, ("so", "dull", "that", "I", "slept"))
    now = make_verdict(0.987, ("so", "touching", "that", "I", "slept", "badly"))
    markup = before_and_after(before, now)
    assert "44 % positive" in markup
    assert "99 % positive" in markup
    assert "+55 points" in markup
    assert "so <del>dull</del> <ins>touching</ins> that I slept <ins>badly</ins>" in markup


def test_before_and_after_of_texts_that_cannot_be_marked_say_so():
    same = make_verdict(0.7)
    assert "no change" in before_and_after(same, same)
    assert texts.SAME_TEXT in before_and_after(same, same)
    assert texts.LITTLE_IN_COMMON in before_and_after(same, make_verdict(0.2, ("quite", "other")))
    long = make_verdict(0.2, ("word",) * 5_000)
    assert texts.TOO_LONG_TO_MARK in before_and_after(same, long)
    assert "−50 points" in before_and_after(same, long)
