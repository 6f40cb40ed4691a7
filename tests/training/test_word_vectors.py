"""Laws of the word vectors."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from training.word_vectors import _near_counts, co_occurrence_vectors


def test_neighbours_count_one_over_their_distance_both_ways():
    counts = _near_counts([np.array([1, 2, 3], dtype=np.int32)], vocab_size=4, window=2)
    expected = torch.tensor([[0, 0, 0, 0], [0, 0, 1, 0.5], [0, 1, 0, 1], [0, 0.5, 1, 0]])
    assert torch.equal(counts, expected)


def test_reviews_are_not_neighbours_of_each_other():
    apart = _near_counts([np.array([1, 1]), np.array([2, 2])], vocab_size=3, window=5)
    assert apart[1, 2] == apart[2, 1] == 0
    assert apart[1, 1] > 0


def test_pieces_in_the_same_places_get_near_vectors():
    rng = np.random.default_rng(0)
    # 1 and 2 stand between 3s, 4 and 5 between 6s
    reviews = [
        np.array([3, rng.choice([1, 2]), 3] if rng.random() < 0.5 else [6, rng.choice([4, 5]), 6])
        for _ in range(300)
    ]
    vectors = co_occurrence_vectors(reviews, vocab_size=7, size=3, window=1, seed=0)
    near = torch.nn.functional.cosine_similarity
    assert near(vectors[1], vectors[2], dim=0) > 0.9
    assert near(vectors[1], vectors[4], dim=0) < 0.5
    assert vectors[0].abs().sum() == 0
    assert vectors[1:].std() == pytest.approx(1, rel=0.2)


def test_the_seed_gives_the_vectors_and_leaves_the_generator_alone():
    reviews = [np.random.default_rng(0).integers(1, 30, 500)]
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = co_occurrence_vectors(reviews, 30, 8, 3, seed=1)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, co_occurrence_vectors(reviews, 30, 8, 3, seed=1))


def test_more_directions_than_pieces_are_zero():
    vectors = co_occurrence_vectors([np.array([1, 2, 1, 2])], 3, 8, 1, seed=0)
    assert vectors.shape == (3, 8)
    assert torch.isfinite(vectors).all()
