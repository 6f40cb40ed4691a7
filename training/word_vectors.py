"""Vectors for word pieces from which pieces stand near each other, to start an embedding from.

Positive pointwise mutual information of neighbours, factored by a truncated singular value
decomposition: as good as word2vec at these sizes, deterministic, and half a minute of work (Levy,
Goldberg and Dagan 2015, "Improving Distributional Similarity", whose smoothed contexts and square
root of the singular values are used). Labels are not looked at. It does NOT train a network.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

CONTEXT_SMOOTHING = 0.75  # exponent of the context counts
_EXTRA_DIRECTIONS = 20  # of the randomised decomposition, for accuracy
_POWER_ITERATIONS = 3


def co_occurrence_vectors(
    reviews: Sequence[np.ndarray], vocab_size: int, size: int, window: int, seed: int
) -> Tensor:
    """(V, size) float32 vectors of standard deviation 1; row 0 (padding) is zero.

    reviews: piece numbers (T,) of each text. window: pieces to each side that count as near, a
    piece at distance d counting 1/d. Needs about 12 V^2 bytes of memory.
    """
    counts = _near_counts(reviews, vocab_size, window)
    totals = counts.sum(1)
    contexts = totals.pow(CONTEXT_SMOOTHING)
    contexts /= contexts.sum()
    counts /= totals.clamp_min(1)[:, None]
    counts /= contexts.clamp_min(1e-12)  # p(context | piece) / p(context)
    information = counts.clamp_(min=1).log_()  # only the positive part; unseen pairs say nothing
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        left, singular, _ = torch.svd_lowrank(
            information, q=min(size + _EXTRA_DIRECTIONS, vocab_size), niter=_POWER_ITERATIONS
        )
    vectors = torch.zeros(vocab_size, size)
    found = left[:, :size] * singular[:size].sqrt()
    vectors[:, : found.shape[1]] = found / found.std().clamp_min(1e-12)
    vectors[0] = 0
    return vectors


def _near_counts(reviews: Sequence[np.ndarray], vocab_size: int, window: int) -> Tensor:
    """(V, V) symmetric counts of pieces near each other, each 1 / distance; none of padding."""
    gap = np.zeros(
        window, dtype=np.int64
    )  # padding between reviews, so that they are not neighbours
    stream = torch.from_numpy(
        np.concatenate([part for review in reviews for part in (review, gap)])
    )
    counts = torch.zeros(vocab_size * vocab_size)
    for distance in range(1, window + 1):
        pairs = stream[:-distance] * vocab_size + stream[distance:]
        counts.index_add_(0, pairs, torch.full((len(pairs),), 1 / distance))
    counts = counts.view(vocab_size, vocab_size)
    counts = counts + counts.T
    counts[0] = 0
    counts[:, 0] = 0
    return counts
