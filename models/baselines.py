"""Forecasts that a network must beat, from the past of one series alone. NumPy only.

All answer in one form: quantiles of the cumulative log return after given days. Nothing here is
fitted, and nothing knows files or how a day's variance is measured. Two more baselines have the
same form: `Har`, fitted on many series (`models/har.py`), and `Garch`, which needs a library that
the app does without (`training/forecast_garch.py`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

import numpy as np

VARIANCE_FLOOR = 1e-8  # of a day, 1 basis point squared: keeps logarithms and divisions finite


@dataclass(frozen=True)
class DailySeries:
    """What a baseline is told of one series: T days, the oldest first.

    ticker: only to name what is kept of it on disk. dates (T,) datetime64[D]; log_close (T,), the
    logarithm of the close; variance (T,), of each day's log return, as its range and the gap before
    it tell.
    """

    ticker: str
    dates: np.ndarray
    log_close: np.ndarray
    variance: np.ndarray

    @cached_property
    def log_returns(self) -> np.ndarray:
        """(T - 1,): number t leads from day t to day t + 1, so the first t are known on day t."""
        return np.diff(self.log_close)


class Baseline(ABC):
    """A forecaster that is asked about one series at a time; it remembers nothing of it."""

    least_returns = 2  # that must be known on the day of a forecast

    def predict(self, series: DailySeries, days: int, levels: Sequence[float]) -> np.ndarray:
        """Quantiles after the last day of the series: (days, Q). Raises as `predict_origins`."""
        last = np.array([len(series.log_close) - 1])
        return self.predict_origins(series, last, days, levels)[0]

    def predict_origins(
        self, series: DailySeries, origins: np.ndarray, days: int, levels: Sequence[float]
    ) -> np.ndarray:
        """Quantiles of the log return over h = 1..days days after each of the days `origins` (n,),
        positions in the series: (n, days, Q).

        Each answer depends on the days up to and with its origin only. ValueError for an origin
        outside the series, or with fewer than `least_returns` returns up to it.
        """
        origins = np.asarray(origins, dtype=np.int64)
        if len(origins) and not (
            origins.min() >= self.least_returns and origins.max() < len(series.log_close)
        ):
            raise ValueError(
                f"{type(self).__name__} needs days of the series as origins, each with at least"
                f" {self.least_returns} returns up to it."
            )
        return self._quantiles(series, origins, days, levels)

    @abstractmethod
    def _quantiles(
        self, series: DailySeries, origins: np.ndarray, days: int, levels: Sequence[float]
    ) -> np.ndarray: ...


@dataclass(frozen=True)
class RandomWalk(Baseline):
    """The random walk without drift and with Normal steps (Bachelier, Théorie de la spéculation,
    1900).

    The log return over h days has quantiles sigma * sqrt(h) * z(level), with sigma the standard
    deviation of the last `window` daily log returns (of all, when there are fewer).
    """

    window: int = 500  # trading days

    def _quantiles(
        self, series: DailySeries, origins: np.ndarray, days: int, levels: Sequence[float]
    ) -> np.ndarray:
        sigma = np.array([np.std(past, ddof=1) for past in _known(series, origins, self.window)])
        return _spread(sigma, days, _normal(levels))


@dataclass(frozen=True)
class Drift(RandomWalk):
    """The random walk that goes on as the series went on the mean of all its days so far.

    It adds h times the mean of all daily log returns up to the origin, an expanding mean.
    """

    def _quantiles(
        self, series: DailySeries, origins: np.ndarray, days: int, levels: Sequence[float]
    ) -> np.ndarray:
        mean = (series.log_close[origins] - series.log_close[0]) / origins
        drift = mean[:, None, None] * np.arange(1, days + 1)[:, None]
        return super()._quantiles(series, origins, days, levels) + drift


@dataclass(frozen=True)
class HistoricalSimulation(Baseline):
    """What happened in the last `window` days happens again: the quantiles of their daily log
    returns, times sqrt(h) (Hendricks, FRBNY Economic Policy Review 2, 1996).

    The other common form takes the log returns over h days of the window, one from each day. Few of
    them do not overlap: on 40 tickers in 2018-2019 they were 1.3 % worse in CRPS at 20 days and no
    better at 5, so they are not offered.
    """

    window: int = 500  # trading days

    def _quantiles(
        self, series: DailySeries, origins: np.ndarray, days: int, levels: Sequence[float]
    ) -> np.ndarray:
        shapes = [np.quantile(past, levels) for past in _known(series, origins, self.window)]
        return _spread(np.ones(len(origins)), days, np.reshape(shapes, (len(origins), len(levels))))


@dataclass(frozen=True)
class Ewma(Baseline):
    """RiskMetrics (J.P. Morgan and Reuters, Technical Document, 4th edition, 1996): the variance of
    the coming days is an exponential mean of the squared returns, weights falling by `decay`.

    Normal; or `filtered`, with the quantiles of the last `window` returns, each divided by what was
    its forecast deviation (filtered historical simulation, Barone-Adesi et al., Journal of Futures
    Markets 19, 1999; here without resampling: h days spread sqrt(h) times as wide as one).
    """

    decay: float = 0.94
    filtered: bool = False
    window: int = 500  # trading days

    def _quantiles(
        self, series: DailySeries, origins: np.ndarray, days: int, levels: Sequence[float]
    ) -> np.ndarray:
        sigma = self._deviations(series.log_returns)
        if not self.filtered:
            return _spread(sigma[origins], days, _normal(levels))
        # The first return has no forecast; the second one's is made of the first.
        ratios = np.append(np.nan, series.log_returns[1:] / sigma[1:-1])
        shapes = [
            np.quantile(ratios[max(1, origin - self.window) : origin], levels) for origin in origins
        ]
        return _spread(sigma[origins], days, np.reshape(shapes, (len(origins), len(levels))))

    def _deviations(self, log_returns: np.ndarray) -> np.ndarray:
        """Of the next day's return, as each day knows it: (T,), NaN on the first day."""
        total, weight, variances = 0.0, 0.0, [np.nan]
        for square in np.square(log_returns).tolist():
            total = self.decay * total + square
            weight = self.decay * weight + 1.0
            variances.append(total / weight)
        return np.sqrt(np.maximum(variances, VARIANCE_FLOOR))


def _known(series: DailySeries, origins: np.ndarray, window: int) -> list[np.ndarray]:
    """The last `window` returns known on each of the days `origins`."""
    return [series.log_returns[max(0, origin - window) : origin] for origin in origins]


def _normal(levels: Sequence[float]) -> np.ndarray:
    return np.array([NormalDist().inv_cdf(level) for level in levels])


def _spread(sigma: np.ndarray, days: int, shape: np.ndarray) -> np.ndarray:
    """Deviations (n,) of one day, times quantiles (Q,) or (n, Q), times the root of the days:
    (n, days, Q)."""
    daily = sigma[:, None] * shape
    return daily[:, None, :] * np.sqrt(np.arange(1, days + 1))[:, None]
