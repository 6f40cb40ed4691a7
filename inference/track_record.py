"""What a forecaster said on past days of one series, and what came: its record on this series.

The forecasts do not overlap, so that each adds a fact of its own, and each is made from what was
known on its day. The scores of a network over all tickers come from `training/evaluate.py`; nothing
here is averaged over series.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from data.forecasting import VALIDATION_END
from data.market import Market
from data.price_table import MINIMUM_DAYS
from data.prices import PriceHistory
from inference.forecasting import Forecaster
from inference.predictions import band_levels, level_column

TESTED_FROM = VALIDATION_END.astype(date)  # the first day that no network was tuned on
SHARES = (0.5, 0.8, 0.95)  # the bands that a forecast promises
MAX_FORECASTS = 1_500  # the latest; about half a second of one core


@dataclass(frozen=True)
class TrackRecord:
    """n forecasts of one series over `days` days each, oldest first.

    dates (n, days + 1) datetime64[D] and prices (n, days + 1): the day of each forecast and those
    after it, and their closes. log_returns (n, days, Q): the quantiles, at `levels`, of the log
    return since that day.
    """

    model: str
    days: int
    levels: tuple[float, ...]
    dates: np.ndarray
    prices: np.ndarray
    log_returns: np.ndarray

    def __len__(self) -> int:
        return len(self.dates)

    def band(self, share: float) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper log returns of the central band of a share: two (n, days). KeyError when
        its levels were not forecast."""
        low, high = (level_column(self.levels, level) for level in band_levels(share))
        return self.log_returns[:, :, low], self.log_returns[:, :, high]

    def inside(self, share: float) -> np.ndarray:
        """Whether the close of each last day lay in the band of a share: (n,) bool."""
        came = np.log(self.prices[:, -1] / self.prices[:, 0])
        low, high = self.band(share)
        return (low[:, -1] <= came) & (came <= high[:, -1])

    def coverage(self, share: float) -> float:
        """The share of the forecasts whose last close lay in the band; NaN without forecasts."""
        return float(np.mean(self.inside(share))) if len(self) else math.nan

    def between(self, first: date | None = None, end: date | None = None) -> TrackRecord:
        """The forecasts made on or after `first` whose last day lies before `end`."""
        keep = np.ones(len(self), dtype=bool)
        if first is not None:
            keep &= self.dates[:, 0] >= np.datetime64(first)
        if end is not None:
            keep &= self.dates[:, -1] < np.datetime64(end)
        return replace(
            self,
            dates=self.dates[keep],
            prices=self.prices[keep],
            log_returns=self.log_returns[keep],
        )


def track_record(
    forecaster: Forecaster,
    history: PriceHistory,
    days: int,
    first: date | None = None,
    market: Market | None = None,
) -> TrackRecord:
    """Forecasts every `days` days of a series, back from the last one whose outcome is known, but
    none made before `first` and MAX_FORECASTS at most; perhaps none. InputError as `predict`."""
    rows = history.frame.index.to_numpy("datetime64[D]")
    least = MINIMUM_DAYS - 1
    if first is not None:
        least = max(least, int(np.searchsorted(rows, np.datetime64(first))))
    origins = np.arange(len(rows) - 1 - days, least - 1, -days)[:MAX_FORECASTS][::-1]
    span = origins[:, None] + np.arange(days + 1)
    return TrackRecord(
        model=forecaster.name,
        days=days,
        levels=forecaster.config.quantile_levels,
        dates=rows[span],
        prices=history.frame["Close"].to_numpy(np.float64)[span],
        log_returns=forecaster.predict_origins(history, origins, days, market),
    )


def chance(share: float, forecasts: int) -> float:
    """How far the coverage of a right forecaster may lie from `share` in 19 of 20 cases:
    1.96 sqrt(share (1 - share) / n), the Normal limit of the binomial. NaN without forecasts."""
    return 1.96 * math.sqrt(share * (1.0 - share) / forecasts) if forecasts else math.nan
