"""The pooled HAR model of variance: the strongest simple forecaster of how far a price moves.

One linear regression for all series; it knows the range of each day, not only its close. It is
fitted once and does not learn from the series that it is asked about. NumPy only.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from models.baselines import VARIANCE_FLOOR, Baseline, DailySeries

WINDOWS = (1, 5, 22)  # trading days: a day, a week, a month
GRID = np.arange(1, 1000) / 1000  # levels of the quantiles that are kept


@dataclass(frozen=True)
class Har(Baseline):
    """Heterogeneous autoregression of the log variance (Corsi, J. of Financial Econometrics 7,
    2009), direct for each horizon, pooled over series.

    log V(t, h) = b_h · (1, x1, x5, x22), where V(t, h) is the mean of the daily variances of the h
    days after t and xn the mean of their logarithms over the last n days (of all, when there are
    fewer). The log return over h days has the quantiles that returns / sqrt(h V) had in the days of
    the fit: so its drift is theirs. Means of logarithms did better than logarithms of means, by 0.2
    to 0.3 % of CRPS on 40 tickers in 2018-2019.

    coefficients: (days, 4). shape: (days, len(GRID)), the quantiles at the levels of GRID; between
    these they are interpolated, and outside the outermost ones are given.
    """

    coefficients: np.ndarray
    shape: np.ndarray

    @classmethod
    def fit(cls, many: Collection[DailySeries], days: int, end: np.datetime64) -> Har:
        """From all days of the series after their first month whose h days end before `end`, for
        h = 1..days. ValueError when a horizon has none."""
        rows = [np.arange(max(WINDOWS) - 1, np.searchsorted(s.dates, end)) for s in many]
        inputs = [_inputs(s.variance)[r] for s, r in zip(many, rows, strict=True)]
        coefficients = np.empty((days, 1 + len(WINDOWS)))
        shape = np.empty((days, len(GRID)))
        for h in range(1, days + 1):
            # Row r is an origin when r + h is still among the days before the end.
            origins = [r[: max(0, len(r) - h)] for r in rows]
            if not any(len(r) for r in origins):
                raise ValueError(f"No series has {h} days before {end} to fit the HAR model on.")
            x = np.concatenate([i[: len(o)] for i, o in zip(inputs, origins, strict=True)])
            y = np.concatenate(
                [_mean_ahead(s.variance, o, h) for s, o in zip(many, origins, strict=True)]
            )
            beta, *_ = np.linalg.lstsq(x.T @ x, x.T @ np.log(y), rcond=None)
            moves = np.concatenate(
                [s.log_close[o + h] - s.log_close[o] for s, o in zip(many, origins, strict=True)]
            )
            coefficients[h - 1] = beta
            shape[h - 1] = np.quantile(moves / np.sqrt(h * np.exp(x @ beta)), GRID)
        return cls(coefficients, shape)

    def _quantiles(
        self, series: DailySeries, origins: np.ndarray, days: int, levels: Sequence[float]
    ) -> np.ndarray:
        if days > len(self.shape):
            raise ValueError(f"This HAR model was fitted for {len(self.shape)} days, not {days}.")
        variance = np.exp(_inputs(series.variance)[origins] @ self.coefficients[:days].T)
        shape = np.array([np.interp(levels, GRID, row) for row in self.shape[:days]])
        return np.sqrt(variance * np.arange(1, days + 1))[:, :, None] * shape


def _inputs(variance: np.ndarray) -> np.ndarray:
    """What the regression sees on each day: (T,) -> (T, 4)."""
    logs = np.log(np.maximum(variance, VARIANCE_FLOOR))
    total = np.append(0.0, np.cumsum(logs))
    until = np.arange(1, len(logs) + 1)
    columns = [np.ones(len(logs))]
    for window in WINDOWS:
        since = np.maximum(until - window, 0)
        columns.append((total[until] - total[since]) / (until - since))
    return np.stack(columns, axis=1)


def _mean_ahead(variance: np.ndarray, origins: np.ndarray, days: int) -> np.ndarray:
    """Mean of the `days` daily variances after each origin, not below the floor: (n,)."""
    total = np.append(0.0, np.cumsum(variance))
    mean = (total[origins + 1 + days] - total[origins + 1]) / days
    return np.maximum(mean, VARIANCE_FLOOR)
