"""Scores of forecasts given as quantiles, of their calibration, their median and their direction.

Arrays only: no network, no prices, no tests of significance (`training/forecast_tests.py`).
Forecasts have their Q quantiles on the last axis, in the order of `levels`, and never crossing.
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
    `level_weights` * pinball. Where each level is the middle of its share, as (k - 1/2) / Q are,
    this is the exact CRPS of the distribution that gives each quantile the probability 1 / Q. On
    the 25 levels of the network it is 0.2 % below the exact CRPS for a Normal forecast that is
    right, since these lie closer together in the tails. So compare only forecasts with the same
    levels. quantiles (…, Q), targets (…) -> (…). A target that is NaN gives
    NaN.
    """
    return 2.0 * pinball_loss(quantiles, targets, np.asarray(levels)) @ level_weights(levels)


def level_index(levels: np.ndarray, level: float) -> int:
    """Position of a level among `levels`; ValueError when it is not there."""
    found = np.flatnonzero(np.isclose(levels, level))
    if not len(found):
        raise ValueError(f"The level {level:g} is not among the quantile levels.")
    return int(found[0])


def inside_band(
    quantiles: np.ndarray, targets: np.ndarray, levels: np.ndarray, share: float
) -> np.ndarray:
    """Which targets lie in the central band that promises `share`, bounds included.

    quantiles (…, Q), targets (…) -> (…) bool. The bounds (1 ∓ share) / 2 must be among the levels
    (ValueError).
    """
    low, high = (
        quantiles[..., level_index(levels, bound)] for bound in ((1 - share) / 2, (1 + share) / 2)
    )
    return (targets >= low) & (targets <= high)


def coverage(quantiles: np.ndarray, targets: np.ndarray, levels: np.ndarray, share: float) -> float:
    """Share of the targets inside the central band that promises `share`; see `inside_band`.

    Without any target the coverage is undefined and NaN.
    """
    inside = inside_band(quantiles, targets, levels, share)
    return float(np.mean(inside)) if inside.size else float("nan")


def probability_below(
    quantiles: np.ndarray, values: np.ndarray | float, levels: np.ndarray
) -> np.ndarray:
    """The probability that a forecast gives to all below `values`: at the outcome, its PIT.

    Linear between the quantiles. Beyond the outer ones the forecast says nothing more, so half the
    outer level stands for all of its tail; on several equal quantiles it is the middle of their
    levels. quantiles (…, Q), values (…) -> (…).
    """
    levels = np.asarray(levels, dtype=np.float64)
    values = np.asarray(values, dtype=np.float64)[..., None]
    last = len(levels) - 1
    below = (quantiles < values).sum(axis=-1)
    upto = (quantiles <= values).sum(axis=-1)
    # Between two quantiles the neighbours are below - 1 and upto; on one they are below, upto - 1.
    on_one = upto > below
    left = np.clip(np.where(on_one, below, below - 1), 0, last)
    right = np.clip(np.where(on_one, upto - 1, upto), 0, last)
    start, end = (
        np.take_along_axis(np.broadcast_to(quantiles, (*below.shape, last + 1)), i[..., None], -1)
        for i in (left, right)
    )
    gap = (end - start)[..., 0]
    part = np.divide((values - start)[..., 0], gap, out=np.full(gap.shape, 0.5), where=gap > 0)
    inside = levels[left] + part * (levels[right] - levels[left])
    low, high = levels[0] / 2, (1.0 + levels[-1]) / 2
    return np.where(upto == 0, low, np.where(below > last, high, inside))


def pit_counts(pits: np.ndarray, bins: int = 20) -> np.ndarray:
    """How many of the probability integral transforms (n,) fall into each of `bins` equal parts of
    (0, 1); alike for a calibrated forecast (Dawid, J. Royal Statistical Society A 147, 1984).

    One on an edge counts above it. (bins,) int; zeros for none.
    """
    return np.histogram(pits, bins=bins, range=(0.0, 1.0))[0]


def brier_score(probabilities: np.ndarray, outcomes: np.ndarray) -> float:
    """Mean of (probability - outcome)^2, outcomes 0 or 1 (Brier, Monthly Weather Review 78, 1950).

    A coin scores 0.25; a constant forecast of the outcomes' own share r, the best constant in
    hindsight, r (1 - r). NaN for no outcome.
    """
    errors = np.asarray(probabilities, np.float64) - np.asarray(outcomes, np.float64)
    return float(np.mean(errors**2)) if errors.size else float("nan")


def direction_hits(probabilities: np.ndarray, outcomes: np.ndarray) -> tuple[int, int]:
    """How often the likelier direction came, and how often one was called.

    probabilities (n,) of a rise, outcomes (n,) bool. A probability of one half calls neither
    direction (so do all forecasts without drift), and their accuracy is undefined.
    """
    called = np.asarray(probabilities) != 0.5
    hits = (np.asarray(probabilities) > 0.5) == np.asarray(outcomes, dtype=bool)
    return int((hits & called).sum()), int(called.sum())


def naive_error(log_price: np.ndarray, days: int) -> float:
    """Mean absolute error of "the price stays" over `days` days, in the logarithm of the price.

    log_price (T,). NaN for no more than `days` prices.
    """
    changes = np.abs(log_price[days:] - log_price[: max(0, len(log_price) - days)])
    return float(changes.mean()) if changes.size else float("nan")


def mase(errors: np.ndarray, scale: float) -> float:
    """Mean absolute scaled error (Hyndman & Koehler, Int. J. of Forecasting 22, 2006).

    Mean |error| / scale, with scale the `naive_error` of the same series and horizon before the
    first forecast. Put it beside the naive forecast's own, which is 1 only where the series moves
    as much as it did before. NaN where it never moved (scale 0), and for no error.
    """
    if not scale > 0 or not np.size(errors):
        return float("nan")
    return float(np.mean(np.abs(errors)) / scale)
