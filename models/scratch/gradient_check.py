"""The proof of a derivative by hand: central differences. Slow by nature, so for small examples.

Numbers in brackets are those of ``theory/equations.md``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

EPSILON = 1e-5  # in float64 the best compromise between the formula's error and rounding


def numeric_gradient(
    loss: Callable[[], float], array: np.ndarray, epsilon: float = EPSILON
) -> np.ndarray:
    """d loss / d array, entry by entry (3.10).

    ``loss`` takes no argument and reads ``array``, a writable float64 array that is changed in
    place and put back. Same shape as ``array``.
    """
    if array.dtype != np.float64:
        raise ValueError(f"array is {array.dtype}, but float64 is expected: too coarse to differ.")
    gradient = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + epsilon
        above = loss()
        array[index] = kept - epsilon
        below = loss()
        array[index] = kept
        gradient[index] = (above - below) / (2 * epsilon)
    return gradient


def relative_error(numeric: np.ndarray, analytic: np.ndarray) -> float:
    """|numeric - analytic| / (|numeric| + |analytic|) over all entries (3.11); 0 when both are
    zero."""
    total = np.linalg.norm(numeric) + np.linalg.norm(analytic)
    return float(np.linalg.norm(numeric - analytic) / total) if total else 0.0
