"""Scores of forecasts given as quantiles: pinball loss, CRPS, coverage. Lower is better for the
first two.

Arrays only: no network, no prices. Forecasts have their Q quantiles on the last axis, in the order
of `levels`.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import torch

Array = TypeVar("Array", np.ndarray, torch.Tensor)


def pinball_loss(quantiles: Array, targets: Array, levels: Array) -> Array:
    """Pinball (quantile) loss of each quantile (Koenker & Bassett, Econometrica 46, 1978).

    q e for e >= 0 and (q - 1) e for e < 0, with e = target - quantile: its expectation is least at
    the q-quantile. quantiles (…, Q), targets (…), levels (Q,) -> (…, Q), in the unit of the
    targets; NumPy or torch.
    """
    error = targets[..., None] - quantiles
    return levels * error - error * (error < 0)


def level_weights(levels: np.ndarray) -> np.ndarray:
    """Share of the interval (0, 1) for which each level stands: up to half-way to its neighbours,
    the outer ones to 0 and 1.

    (Q,) strictly ascending -> (Q,), which sums to 1. Levels that do not ascend inside (0, 1) raise
    ValueError.
    """
    levels = np.asarray(levels, dtype=np.float64)
    if (
        levels.ndim != 1
        or not len(levels)
        or (np.diff(np.concatenate([[0.0], levels, [1.0]])) <= 0).any()
    ):
        raise ValueError("levels must ascend strictly inside (0, 1).")
    return np.diff(np.concatenate([[0.0], (levels[1:] + levels[:-1]) / 2, [1.0]]))


def crps(quantiles: np.ndarray, targets: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Continuous ranked probability score from quantiles, in the unit of the targets.

    CRPS = 2 * integral over q in (0, 1) of the pinball loss at q (Gneiting & Ranjan, J. Business &
    Econ. Statistics 29, 2011), by the midpoint rule over uneven levels: the sum of 2 *
    `level_weights` * pinball. The tails beyond the outer levels are scored with the outer
    quantiles, so compare only forecasts with the same levels. quantiles (…, Q), targets (…) -> (…).
    A target that is NaN gives NaN.
    """
    return 2.0 * pinball_loss(quantiles, targets, np.asarray(levels)) @ level_weights(levels)


def coverage(quantiles: np.ndarray, targets: np.ndarray, levels: np.ndarray, share: float) -> float:
    """Share of the targets inside the central band that promises `share`, bounds included.

    quantiles (…, Q), targets (…). The bounds (1 ∓ share) / 2 must be among the levels (ValueError);
    without any target the coverage is undefined and NaN.
    """
    levels = np.asarray(levels)
    bounds = [
        np.flatnonzero(np.isclose(levels, bound)) for bound in ((1 - share) / 2, (1 + share) / 2)
    ]
    if not all(len(found) for found in bounds):
        raise ValueError(f"The bounds of a {share:.0%} band are not among the quantile levels.")
    low, high = (quantiles[..., found[0]] for found in bounds)
    inside = (targets >= low) & (targets <= high)
    return float(np.mean(inside)) if inside.size else float("nan")
