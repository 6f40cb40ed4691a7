"""The market beside a share: one series of an index, or the mean of many shares, as features.

A share's coming moves depend on how wild the whole market is. What is told of the market on a day
is made from closes up to that day alone, so that an index fetched for one ticker and the mean of
all series of a panel say nearly the same. It does not fetch prices (see `data/price_store.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.indicators import MAX_LOG_RETURN, VARIANCE_FLOOR, exponential_scale, trailing_mean

MARKET_FEATURES = (
    "market_known",
    "market_return",
    "market_level",
    "market_variance_5",
    "market_variance_22",
    "market_variance_66",
    "market_momentum_5",
    "market_momentum_22",
)
LEAST_SHARES = 20  # fewer on a day are not a market
STALE_DAYS = 5  # calendar days, so that a long weekend's market is still known


@dataclass(frozen=True)
class Market:
    """Daily log returns of the market: dates (C,) datetime64[D], ascending; returns (C,)."""

    dates: np.ndarray
    returns: np.ndarray

    @classmethod
    def of_index(cls, close: pd.Series) -> Market:
        """From the closes of an index, by date."""
        returns = np.diff(np.log(close.to_numpy(np.float64)))
        return cls(close.index.to_numpy("datetime64[D]")[1:], returns)

    @classmethod
    def of_panel(cls, frame: pd.DataFrame) -> Market:
        """The mean of the shares' log returns on each day on which LEAST_SHARES have one.

        frame: columns Date Close Ticker, sorted by Ticker and Date.
        """
        log_close = np.log(frame["Close"].astype(np.float64))
        returns = log_close.groupby(frame["Ticker"], observed=True).diff()
        returns = returns.clip(-MAX_LOG_RETURN, MAX_LOG_RETURN)
        by_day = returns.groupby(frame["Date"]).agg(["mean", "count"])
        by_day = by_day[by_day["count"] >= LEAST_SHARES]
        return cls(by_day.index.to_numpy("datetime64[D]"), by_day["mean"].to_numpy(np.float64))

    def features(self, dates: np.ndarray) -> np.ndarray:
        """What is known of the market at the close of each of `dates` (T,): (T, M) float64, with M
        = len(MARKET_FEATURES).

        That of the last market day up to it; all zeros when that lies more than STALE_DAYS back.
        Returns and momenta are in units of the market's own scale.
        """
        if not len(self.dates):
            return np.zeros((len(dates), len(MARKET_FEATURES)))
        at = np.searchsorted(self.dates, dates, side="right") - 1
        known = (at >= 0) & (dates - self.dates[at] <= np.timedelta64(STALE_DAYS, "D"))
        return np.where(known[:, None], self._daily()[at], 0.0)

    def _daily(self) -> np.ndarray:
        """The features of each market day: (C, M)."""
        returns = np.clip(self.returns, -MAX_LOG_RETURN, MAX_LOG_RETURN)
        variance = np.maximum(returns**2, VARIANCE_FLOOR)
        scale = exponential_scale(variance)
        before = np.concatenate([scale[:1], scale[:-1]])
        columns = {
            "market_known": np.ones(len(returns)),
            "market_return": returns / before,
            "market_level": np.log(scale / 0.01),  # 1 % a day is a common value
            **{
                f"market_variance_{n}": np.log(trailing_mean(variance, n)) - 2.0 * np.log(scale)
                for n in (5, 22, 66)
            },
            **{
                f"market_momentum_{n}": trailing_mean(returns, n) * np.sqrt(n) / scale
                for n in (5, 22)
            },
        }
        return np.stack([columns[name] for name in MARKET_FEATURES], axis=1)
