"""Short texts out of long reviews, such as a person types: a whole sentence or a few in a row.

A review's label is that of the whole, so a sentence of it need not say the same; what a network
gets right of such cuts has a bound that nobody knows, and is to be read beside a baseline on the
same cuts. Nothing here knows a network.
"""

from __future__ import annotations

import re

import numpy as np

from data.sentiment import clean
from data.sources import Reviews
from inference.sentences import sentence_spans

CUT_WORDS = (5, 10, 20, 50, 100)
_LETTER = re.compile("[A-Za-z]")


def short_cuts(reviews: Reviews, words: int, seed: int) -> Reviews:
    """One cut of more than ``words / 2`` and at most ``words`` words of every review that allows
    it, in their order, with the review's label. The same seed gives the same cuts.

    They end where sentences end, since nobody types half of one; a review in which no run of whole
    sentences is so long gives none.
    """
    places = np.random.default_rng([seed, words]).random(len(reviews.texts))
    cuts = [
        short_cut(clean(text), words, place)
        for text, place in zip(reviews.texts, places, strict=True)
    ]
    kept = [row for row, cut in enumerate(cuts) if cut is not None]
    return Reviews([cuts[row] for row in kept], reviews.labels[kept])


def short_cut(text: str, words: int, place: float) -> str | None:
    """A run of whole sentences of a cleaned text: as many in a row as fit into ``words`` words,
    provided that they fill more than half of them. ``place`` in [0, 1) picks one of the sentences
    that such a run can begin with; None when there is none."""
    typed = text.split()
    spans = sentence_spans(typed)
    ends = np.array([end for _, end in spans], dtype=np.int64)
    runs = []
    for start, _ in spans:
        count = np.searchsorted(ends, start + words, side="right")  # sentences that end in time
        end = int(ends[count - 1]) if count else 0
        run = " ".join(typed[start:end])
        if 2 * (end - start) > words and _LETTER.search(run):
            runs.append(run)
    return runs[int(place * len(runs))] if runs else None
