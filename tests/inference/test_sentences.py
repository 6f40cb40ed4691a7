"""Where sentences end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.sentences import sentence_spans


def split(text: str) -> list[str]:
    words = text.split()
    return [" ".join(words[start:end]) for start, end in sentence_spans(words)]


@pytest.mark.parametrize(
    "sentences",
    [
        ["A dull film.", "I left early!", "Why was it made?", "No idea"],
        ["Mr. Smith plays Dr. No.", "He is good."],
        ["J. Edgar was directed by C. B. DeMille's heir, i.e. Clint.", "Well done."],
        ["It was ... odd, to say the least.", "I liked it."],
        ["He said \"it is bad.\"", "Then he left.)", "(And so did I.)"],
        ["Set in the U.S. Army of 1944.", "True story."],
        ["Is it good?", "No.", "I did."],
        ["It is No. 5 of the series and the worst.", "Skip it."],
        ["It was better than I.", "Really."],
        ["great film.", "loved it.", "would see again!"],
        ["the plot... well, odd.", "I liked it.", "it is fun.", "I'm glad."],
        ["What?! he cried, and so did I.", "7/10.", "Not bad!!!", "\U0001f600 Loved it"],
        ["One sentence without an end"],
    ],
)  # fmt: skip
def test_sentences_end_where_a_reader_would_say(sentences):
    assert split(" ".join(sentences)) == sentences


@given(st.lists(st.text(alphabet="aB.!?\")' 5\u00e9", min_size=1, max_size=6).filter(str.strip)))
def test_the_sentences_are_all_words_in_order(words):
    spans = sentence_spans(words)
    assert [place for start, end in spans for place in range(start, end)] == list(range(len(words)))
    assert all(start < end for start, end in spans)
