"""From scores to one drawn token: temperature and top-k. Knows no network.

Numbers in brackets are those of ``theory/equations.md``.
"""

from __future__ import annotations

import numpy as np

from models.scratch.output import softmax


def token_probabilities(
    scores: np.ndarray, temperature: float = 1.0, top_k: int | None = None
) -> np.ndarray:
    """Probabilities (n_y,) to draw from, for scores (n_y,) (12.1), (12.2).

    ``temperature`` 0 gives all to the highest score; ``top_k`` keeps exactly k tokens, of equal
    ones those that come first. ValueError on a negative temperature, a k below 1 or scores that
    are not finite.
    """
    scores = np.asarray(scores, dtype=np.float64)
    if scores.ndim != 1 or not np.isfinite(scores).all():
        raise ValueError(f"scores of shape {scores.shape} must be finite, of shape (n_y,).")
    if not temperature >= 0:
        raise ValueError(f"temperature is {temperature}, but 0 (greedy) or more is expected.")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k is {top_k}, but 1 or more is expected.")
    best_first = np.argsort(-scores, kind="stable")
    kept = np.zeros(scores.shape, dtype=bool)
    kept[best_first[: 1 if temperature == 0 else top_k]] = True
    gaps = np.where(kept, scores - scores.max(), -np.inf)  # of the best is 0, so no 0 / 0
    with np.errstate(over="ignore"):
        return softmax(gaps / temperature if temperature > 0 else gaps)


def draw_token(
    scores: np.ndarray,
    rng: np.random.Generator | np.random.RandomState,
    temperature: float = 1.0,
    top_k: int | None = None,
) -> int:
    """One token drawn with ``rng`` from ``token_probabilities``."""
    probabilities = token_probabilities(scores, temperature, top_k)
    return int(rng.choice(len(probabilities), p=probabilities))
