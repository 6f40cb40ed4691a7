"""Laws of the mini-batches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.scratch.batches import START, name_batches, one_hot, pad_names, window_batches
from tests.models.scratch.cases import NAMES


def test_names_are_read_from_the_start_and_followed_by_the_end():
    batch = pad_names([[1, 2], []], end=0)
    assert batch.inputs.tolist() == [[START, 1, 2], [START, START, START]]
    assert batch.targets.tolist() == [[1, 2, 0], [0, 0, 0]]
    assert batch.lengths.tolist() == [3, 1]
    assert batch.valid.tolist() == [[True, True, True], [True, False, False]]


@settings(max_examples=30, deadline=None)
@given(size=st.integers(1, 7), seed=st.integers(0, 100))
def test_every_name_comes_once_whatever_the_batch_size(size, seed):
    batches = name_batches(NAMES, 0, size, np.random.default_rng(seed))
    read = [
        [int(k) for k in batch.targets[row, : length - 1]]
        for batch in batches
        for row, length in enumerate(batch.lengths)
    ]
    assert sorted(read) == sorted(NAMES)
    assert all(len(batch.lengths) <= size for batch in batches)


@settings(max_examples=30, deadline=None)
@given(length=st.integers(8, 40), streams=st.integers(1, 3), window=st.integers(1, 2))
def test_windows_put_together_are_the_streams(length, streams, window):
    tokens = np.arange(length)
    batches = window_batches(tokens, streams, window)
    joined = np.concatenate([batch.inputs for batch in batches], axis=1)
    after = np.concatenate([batch.targets for batch in batches], axis=1)
    assert np.array_equal(after, joined + 1)
    assert np.array_equal(joined.ravel(), np.arange(joined.size))
    assert all(batch.valid.all() for batch in batches)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: name_batches([], 0, 4, np.random.default_rng(0)), "holds no name"),
        (lambda: name_batches(NAMES, 0, 0, np.random.default_rng(0)), "batch_size is 0"),
        (lambda: window_batches([], 1, 4), "corpus is empty"),
        (lambda: window_batches([1, 2, 3], 1, 4), "has 3 characters.*windows of 4.*at least 5"),
        (lambda: window_batches([1] * 9, 2, 0), "must be 1 or more"),
        (lambda: one_hot(np.array([[7]]), 6), r"must lie in 0\.\.5"),
        (lambda: one_hot(np.array([0.5]), 6), r"shape \(1,\) and type float64"),
    ],
)
def test_a_bad_corpus_is_refused_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_one_hot_has_one_one_and_none_at_the_start():
    x = one_hot(np.array([[START, 2], [0, 1]]), 3)
    assert x.shape == (3, 2, 2)
    assert x[:, 0, 0].tolist() == [0, 0, 0]
    assert x[:, 0, 1].tolist() == [0, 0, 1]
    assert x.sum() == 3
