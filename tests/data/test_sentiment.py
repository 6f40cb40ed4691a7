"""Laws of the sentiment data: cleaning, pieces and words, the split, cuts and batches."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.sentiment import (
    PADDING_ID,
    ReviewBatches,
    bucketed,
    clean,
    cut,
    cut_spans,
    encode,
    fragmentation,
    held_out_split,
    pad,
    sentence_marks,
)
from data.tokenizers import SubwordTokenizer, Tokenizer

TEXTS = [
    "I didn't like the film. It was long, and it was dull!",
    "A wonderful film; I liked the acting, and I liked the ending.",
    "The plot was thin... but the music was wonderful.",
] * 30


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return SubwordTokenizer.train("\n".join(TEXTS).lower(), vocab_size=120)


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("one<br /><br />two", "one two"),
        ("<script>alert(1)</script> fine", "alert(1) fine"),
        ("Tom &amp; Jerry &quot;live&quot;", 'Tom & Jerry "live"'),
        ("&amp;quot;twice&amp;quot;", '"twice"'),
        ("&lt;br /&gt;hidden tag", "hidden tag"),
        ("I <3 it", "I <3 it"),
        ("\u201cdon\u2019t\u201d \u2014 he said\u2026", '"don\'t" - he said...'),
        ("a\x00b\tc\nd", "a b c d"),
        ("zero\u200bwidth", "zerowidth"),
        ("cafe\u0301", "caf\u00e9"),
        ("half a pair \ud83d here", "half a pair here"),
        ("Great \U0001f600", "Great \U0001f600"),
        (" \n ", ""),
    ],
)
def test_clean_leaves_only_what_was_said(raw, cleaned):
    assert clean(raw) == cleaned


@given(st.text(alphabet=st.characters(codec=None), max_size=60))
def test_cleaned_text_is_clean(text):
    once = clean(text)
    assert clean(once) == once
    assert once == once.strip()
    assert not re.search(r"[\x00-\x1f\ud800-\udfff]|\s\s", once)


def test_hostile_markup_is_cleaned_in_linear_time():
    assert len(clean("&amp;" * 20_000 + "<a" * 20_000)) <= 60_000


def test_case_does_not_matter_to_the_network(tokenizer):
    lower, upper = encode(tokenizer, ["wonderful film", "WONDERFUL Film"])
    assert lower.tolist() == upper.tolist()


@given(st.text(max_size=80))
def test_every_word_ends_at_a_piece_and_the_last_at_the_end(tokenizer, text):
    cleaned = clean(f"film {text}")
    pieces = cut(tokenizer, cleaned)
    assert " ".join(pieces.words) == cleaned
    assert [cleaned[a:b] for a, b in pieces.spans] == list(pieces.words)
    assert (np.diff(pieces.last_piece) >= 0).all()
    assert pieces.ids.tolist() == encode(tokenizer, [cleaned])[0].tolist()
    assert pieces.last_piece[-1] == len(pieces.ids) - 1


@given(st.text(alphabet="film wonderful\U0001f600\u6620, ", max_size=40))
def test_characters_that_are_left_out_shift_no_word(tokenizer, text):
    pieces = cut(tokenizer, clean(text))
    for word, last in zip(pieces.words, pieces.last_piece, strict=True):
        read = tokenizer.known(word)
        if read:
            assert read.endswith(tokenizer.piece(pieces.ids[last]).strip())


@pytest.mark.parametrize(
    "text", ["film \u2603", "\u2603 film", "the \u2603 film", "the fi\u2603lm"]
)
def test_what_cannot_be_read_leaves_no_blank_behind(tokenizer, text):
    read = " ".join(text.replace("\u2603", "").split())
    assert encode(tokenizer, [text])[0].tolist() == encode(tokenizer, [read])[0].tolist()


def test_known_words_are_one_piece_each(tokenizer):
    text = "I didn't like the film."
    assert fragmentation(text, len(encode(tokenizer, [text])[0])) == 1
    assert fragmentation("tnamf", len(encode(tokenizer, ["tnamf"])[0])) > 1
    assert np.isnan(fragmentation("", 0))


def test_a_word_ends_with_its_own_last_piece(tokenizer):
    text = "Didn't like it!"
    pieces = cut(tokenizer, text)
    for word in range(1, len(pieces.words) + 1):
        (prefix,) = encode(tokenizer, [" ".join(pieces.words[:word])])
        assert pieces.ids[: pieces.last_piece[word - 1] + 1].tolist() == prefix.tolist()


def test_copies_of_a_review_stay_on_one_side():
    texts = [f"review {i % 40}" if i % 2 else f"Review  {i % 40}<br />" for i in range(200)]
    train, valid = held_out_split(texts, 50, seed=3)
    assert sorted([*train, *valid]) == list(range(200))
    assert 50 <= len(valid) < 60
    assert not {clean(texts[i]).lower() for i in train} & {clean(texts[i]).lower() for i in valid}


def test_the_split_is_the_seeds():
    texts = [f"review {i}" for i in range(100)]
    assert held_out_split(texts, 20, 1)[1].tolist() == held_out_split(texts, 20, 1)[1].tolist()
    assert held_out_split(texts, 20, 1)[1].tolist() != held_out_split(texts, 20, 2)[1].tolist()


@given(
    st.lists(st.lists(st.integers(2, 5), min_size=1, max_size=40), min_size=1, max_size=10),
    st.floats(0, 1),
    st.integers(1, 20),
    st.integers(0, 5),
)
def test_cuts_are_never_empty_nor_too_long(reviews, probability, max_pieces, seed):
    arrays = [np.array(review, dtype=np.int32) for review in reviews]
    rng = np.random.default_rng(seed)
    spans = cut_spans(arrays, np.array([5]), probability, max_pieces, rng)
    for (start, stop), review in zip(spans, arrays, strict=True):
        assert 0 <= start < stop <= len(review)
        assert stop - start <= max_pieces


def test_cuts_are_whole_sentences():
    review = np.array([2, 3, 9, 4, 9, 2, 2, 9], dtype=np.int32)
    spans = cut_spans([review] * 200, np.array([9]), 1.0, 100, np.random.default_rng(0))
    assert {start for start, _ in spans} <= {0, 3, 5}
    assert {stop for _, stop in spans} <= {3, 5, 8}
    assert len({tuple(span) for span in spans}) == 6


def test_sentence_marks_end_sentences(tokenizer):
    marks = {tokenizer.piece(mark) for mark in sentence_marks(tokenizer)}
    assert {".", "!", "..."} <= marks
    assert not {",", ";", "'", " film"} & marks


@given(st.lists(st.integers(1, 300), min_size=1, max_size=100), st.integers(1, 16))
def test_every_review_is_in_exactly_one_batch(lengths, batch_size):
    for rng in (None, np.random.default_rng(0)):
        batches = bucketed(np.array(lengths), batch_size, rng)
        assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
        assert max(map(len, batches)) <= batch_size


def test_buckets_hold_little_padding():
    lengths = np.random.default_rng(0).integers(1, 400, 2000)
    batches = bucketed(lengths, 20, np.random.default_rng(1))
    padded = sum(lengths[batch].max() * len(batch) for batch in batches)
    assert padded < 1.1 * lengths.sum()
    assert not np.all(np.diff([lengths[batch].max() for batch in batches]) >= 0)


def test_padding_is_on_the_right():
    tokens, lengths = pad([np.array([3, 4], dtype=np.int32), np.array([5], dtype=np.int32)])
    assert tokens.tolist() == [[3, 4], [5, PADDING_ID]]
    assert lengths.tolist() == [2, 1]


def _epoch(seed: int, epoch: int) -> ReviewBatches:
    rng = np.random.default_rng(0)
    reviews = [rng.integers(2, 9, rng.integers(1, 50)).astype(np.int32) for _ in range(60)]
    return ReviewBatches.of_epoch(
        reviews,
        np.arange(60) % 2,
        np.array([5]),
        batch_size=8,
        cut_probability=0.5,
        max_pieces=30,
        seed=seed,
        epoch=epoch,
    )


def test_batches_are_a_function_of_seed_and_epoch():
    def flat(batches: ReviewBatches) -> list:
        return [array.tolist() for batch in batches for array in batch]

    assert flat(_epoch(1, 2)) == flat(_epoch(1, 2))
    assert flat(_epoch(1, 2)) != flat(_epoch(1, 3))
    assert flat(_epoch(1, 2)) != flat(_epoch(2, 2))


def test_a_slice_is_the_batches_that_are_left():
    batches = _epoch(0, 1)
    left = batches[3:]
    assert len(left) == len(batches) - 3
    assert left[0][0].tolist() == batches[3][0].tolist()
    assert [a.tolist() for a in list(left)[-1]] == [a.tolist() for a in batches[len(batches) - 1]]
