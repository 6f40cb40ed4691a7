"""Tests of significance for forecasts: is one better than another, and does a band miss as often,
and as irregularly, as it says?

Series of losses and of misses only: no quantiles, no prices (`training/forecast_metrics.py` has the
scores). Each test gives its statistic and its p-value; both are NaN where it is undefined.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.special import xlogy
from scipy.stats import chi2
from scipy.stats import t as student


class Verdict(NamedTuple):
    """What a test found."""

    statistic: float
    p_value: float


UNDEFINED = Verdict(math.nan, math.nan)


def newey_west_variance(values: np.ndarray, lags: int) -> float:
    """Variance of the mean of a series that correlates with itself (Newey & West, Econometrica 55,
    1987).

    (g0 + 2 * sum over j = 1..lags of (1 - j / (lags + 1)) gj) / T, with gj = 1/T * sum over t of
    (x[t] - m)(x[t-j] - m). values (T,), in the order of time. NaN for none.
    """
    count = len(values)
    if not count:
        return math.nan
    centred = np.asarray(values, dtype=np.float64) - np.mean(values)
    total = centred @ centred
    for lag in range(1, min(lags, count - 1) + 1):
        total += 2.0 * (1.0 - lag / (lags + 1)) * (centred[lag:] @ centred[:-lag])
    return float(total) / count**2


def usual_lags(count: int) -> int:
    """floor(4 (T / 100)^(2/9)), the number of lags that is usual for T values (Newey & West, Review
    of Economic Studies 61, 1994)."""
    return int(4.0 * (count / 100.0) ** (2.0 / 9.0))


def diebold_mariano(
    losses: np.ndarray, rival: np.ndarray, steps: int = 1, lags: int | None = None
) -> Verdict:
    """Do two forecasters lose alike on average? Negative where `losses` are the lower ones.

    The mean of d = losses - rival over its Newey-West deviation (Diebold & Mariano, J. Business &
    Econ. Statistics 13, 1995), times sqrt((T + 1 - 2 s + s (s - 1) / T) / T) for forecasts that
    reach s `steps` of the series ahead, against a Student-t with T - 1 degrees (Harvey, Leybourne &
    Newbold, Int. J. of Forecasting 13, 1997); two-sided.

    losses, rival: (T,), in the order of time. Forecasts of many series on one day are not
    independent: give their mean over each day, one value a day. `lags`: those of the variance, at
    least s - 1; None: the larger of s - 1 and `usual_lags`. Undefined for fewer than two days, or
    for a difference that does not vary.
    """
    difference = np.asarray(losses, dtype=np.float64) - np.asarray(rival, dtype=np.float64)
    count = len(difference)
    if count < 2:
        return UNDEFINED
    lags = max(steps - 1, usual_lags(count) if lags is None else lags)
    variance = newey_west_variance(difference, lags)
    tiny = np.finfo(np.float64).eps * np.abs(difference).max()
    correction = (count + 1 - 2 * steps + steps * (steps - 1) / count) / count
    if not variance > tiny**2 or correction <= 0:
        return UNDEFINED
    statistic = float(difference.mean() / math.sqrt(variance) * math.sqrt(correction))
    return Verdict(statistic, float(2.0 * student.sf(abs(statistic), count - 1)))


def kupiec(misses: np.ndarray, promised: float) -> Verdict:
    """Are there as many misses as promised? (Kupiec, Journal of Derivatives 3, 1995.)

    -2 ln(L(promised) / L(share of misses)), L Bernoulli's likelihood, against chi-squared with 1
    degree. misses (T,) bool; `promised` in (0, 1). Defined also for no miss (and for misses only);
    undefined for T = 0.
    """
    misses = np.asarray(misses, dtype=bool)
    if not len(misses):
        return UNDEFINED
    found, count = int(misses.sum()), len(misses)
    ratio = _likelihood(count - found, found) - _likelihood(count - found, found, promised)
    return _chi_squared(2.0 * ratio, 1)


def christoffersen(misses: np.ndarray, promised: float) -> tuple[Verdict, Verdict]:
    """Do misses come independently of a miss the time before; and are they, jointly, as many as
    promised? (Christoffersen, International Economic Review 39, 1998.)

    The first: -2 ln of the likelihood of one rate for all times over that of a rate after a miss
    and another after none, against chi-squared with 1 degree. The second: that statistic plus
    Kupiec's, with 2 degrees. misses (T,) bool, of forecasts that do not overlap, in the order of
    time. Both are undefined when nothing follows a miss, or nothing follows a hit: then there is
    but one rate.
    """
    misses = np.asarray(misses, dtype=bool)
    before, after = misses[:-1], misses[1:]
    # counts[i][j]: how often the state i was followed by the state j
    counts = [
        [int(((before == i) & (after == j)).sum()) for j in (False, True)] for i in (False, True)
    ]
    (calm, first), (last, again) = counts
    if calm + first == 0 or last + again == 0:
        return UNDEFINED, UNDEFINED
    split = _likelihood(calm, first) + _likelihood(last, again)
    statistic = 2.0 * (split - _likelihood(calm + last, first + again))
    joint = statistic + kupiec(misses, promised).statistic
    return _chi_squared(statistic, 1), _chi_squared(joint, 2)


def _likelihood(hits: int, misses: int, rate: float | None = None) -> float:
    """Logarithm of Bernoulli's likelihood at a rate of misses, None: at their own; 0 ln 0 is 0."""
    rate = misses / (hits + misses) if rate is None else rate
    return float(xlogy(hits, 1.0 - rate) + xlogy(misses, rate))


def _chi_squared(statistic: float, degrees: int) -> Verdict:
    statistic = max(statistic, 0.0)  # rounding may leave -1e-16
    return Verdict(statistic, float(chi2.sf(statistic, degrees)))
