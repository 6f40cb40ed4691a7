"""Laws of the cuts: whole sentences, about as long as asked, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.sentiment import clean
from data.sources import Reviews
from training.short_texts import short_cut, short_cuts

SENTENCES = "One two three. Four five six seven. Eight! Nine ten. 10/10. End it."
REVIEWS = Reviews([SENTENCES, "Too short.", SENTENCES.lower(), "no end " * 9], np.arange(4) % 2)


@pytest.mark.parametrize(
    ("words", "cuts"),
    [
        (1, {"Eight!"}),  # a mark alone says nothing
        (2, {"Nine ten.", "End it."}),
        (4, {"One two three.", "Four five six seven.", "Eight! Nine ten. 10/10.",
             "Nine ten. 10/10.", "10/10. End it."}),
        (13, {SENTENCES, SENTENCES.removeprefix("One two three. "),}),
        (25, {SENTENCES}),
        (26, {None}),  # half as many words are not more than half
    ],
)  # fmt: skip
def test_cuts_are_the_longest_runs_of_whole_sentences_that_fit(words, cuts):
    assert {short_cut(SENTENCES, words, place) for place in np.linspace(0, 0.99, 60)} == cuts


@given(
    st.text(alphabet="aB.!? <", max_size=80), st.integers(1, 12), st.floats(0, 1, exclude_max=True)
)
def test_a_cut_is_a_part_of_the_text_and_as_long_as_asked(text, words, place):
    cut = short_cut(clean(text), words, place)
    if cut is not None:
        assert cut in clean(text)
        assert words < 2 * len(cut.split()) <= 2 * words


def test_cuts_keep_their_labels_and_leave_out_what_allows_none():
    cuts = short_cuts(REVIEWS, 4, seed=0)
    assert cuts.labels.tolist() == [0, 0]
    assert cuts.texts[0] in SENTENCES
    assert cuts.texts[1] in SENTENCES.lower()


def test_the_seed_gives_the_cuts():
    many = Reviews([SENTENCES] * 40, np.zeros(40, dtype=np.int64))
    assert short_cuts(many, 4, 1).texts == short_cuts(many, 4, 1).texts
    assert short_cuts(many, 4, 1).texts != short_cuts(many, 4, 2).texts


def test_markup_is_cleaned_before_it_is_cut():
    assert short_cuts(Reviews(["Fine<br /><br />film."], np.ones(1)), 2, 0).texts == ["Fine film."]
