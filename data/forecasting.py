"""Daily prices -> what the forecasting network sees: numbers of each day and a unit of its targets.

Every number of day t is made from days up to t only, by causal recursions and trailing windows: a
price after t cannot change a bit of it. Nothing is fitted, so no scaler has to travel with a
checkpoint. A daily return or overnight gap beyond ±0.5 in logarithm (a rise of 65 %, a fall of
39 %) is clipped before it enters a feature, since such ticks are often errors of the source; the
targets are never clipped here.

This module does not read prices (see `data/prices.py`) and knows nothing about networks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.indicators import (
    MAX_LOG_RETURN,
    VARIANCE_FLOOR,
    bollinger_position,
    exponential_scale,
    garman_klass,
    macd,
    rsi,
    trailing_mean,
)
from data.market import MARKET_FEATURES, Market

# The targets of each split end before the first day of the next; the test begins at the last one.
TRAIN_END = np.datetime64("2018-01-01")
VALIDATION_END = np.datetime64("2020-01-01")

# Tickers that no network is trained on, to see how it does on ones it never met.
KEPT_OUT_SHARE = 0.1135  # of all names there may be; 50 of the 503 tickers of the project's prices
TWINS = {"GOOGL": "GOOG", "FOXA": "FOX", "NWSA": "NWS"}  # two share classes of one company

FEATURE_CLIP = 6.0
QUARTER, YEAR = 63, 252  # trading days

FEATURES = (
    "return",
    "overnight",
    "variance_1",
    "variance_5",
    "variance_22",
    "variance_66",
    "variance_252",
    "close_variance_22",
    "overnight_share_22",
    "level",
    "momentum_5",
    "momentum_22",
    "momentum_252",
    "volume_1",
    "volume_5",
    "quarter_ago",
    "year_ago",
    "rsi",
    "macd",
    "bollinger",
    *MARKET_FEATURES,
)


def kept_out(tickers: Iterable[str]) -> frozenset[str]:
    """Those of the tickers that stay out of all training: a rule of the name alone.

    The first 8 bytes of the SHA-256 of the ticker, read as a share of 1, lie below KEPT_OUT_SHARE.
    So a ticker is on the same side whatever others are at hand; the classes of one company, which
    move as one, are on the side of the first in TWINS.
    """

    def share(ticker: str) -> float:
        digest = hashlib.sha256(TWINS.get(ticker, ticker).encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64

    return frozenset(ticker for ticker in tickers if share(ticker) < KEPT_OUT_SHARE)


@dataclass(frozen=True)
class PriceFeatures:
    """What is known at the close of each day of one series (T days, D = len(FEATURES)).

    values: (T, D) float32, clipped, finite. scale: (T,) daily standard deviation of the log return,
    the unit of the targets. log_price: (T,) logarithm of the close.
    """

    values: np.ndarray
    scale: np.ndarray
    log_price: np.ndarray


def compute_features(frame: pd.DataFrame, market: Market | None = None) -> PriceFeatures:
    """Features and scale of one series: columns Open High Low Close Volume, one row a day, dates in
    the index. Without a market its features are zero, on days on which it is not known too.

    The variance of a day is its overnight gap squared plus Garman-Klass; for a series of closes
    alone this is the squared return. The scale is its exponential mean. Variances enter as
    logarithms of their ratio to the scale squared, so a linear map of them is the HAR model (Corsi,
    J. of Financial Econometrics 7, 2009).
    """
    close = frame["Close"].to_numpy(np.float64)
    log_close = np.log(close)
    returns = _clipped(np.diff(log_close, prepend=log_close[:1]))
    overnight, session = _overnight_and_session(frame)
    variance = overnight**2 + session
    scale = exponential_scale(variance)
    # In units of yesterday's scale, since a large move must not shrink its own unit.
    before = np.concatenate([scale[:1], scale[:-1]])

    columns = {
        "return": returns / before,
        "overnight": overnight / before,
        "level": np.log(scale / 0.02),  # 2 % a day is a common value
        "rsi": rsi(close) / 25.0 - 2.0,
        "macd": (np.subtract(*macd(close))) / (close * scale),
        "bollinger": bollinger_position(close),
        **_variance_columns(variance, session, returns, scale),
        **{f"momentum_{n}": trailing_mean(returns, n) * np.sqrt(n) / scale for n in (5, 22, 252)},
        **_volume_columns(frame["Volume"].to_numpy(np.float64)),
    }
    own = np.stack([columns[name] for name in FEATURES if name in columns], axis=1)
    around = np.zeros((len(close), len(MARKET_FEATURES)))
    if market is not None:
        around = market.features(frame.index.to_numpy("datetime64[D]"))
    values = np.concatenate([own, around], axis=1)
    values = np.clip(np.nan_to_num(values, nan=0.0), -FEATURE_CLIP, FEATURE_CLIP).astype(np.float32)
    return PriceFeatures(values, scale, log_close)


def daily_variance(frame: pd.DataFrame) -> np.ndarray:
    """Variance of each day's log return as its range tells it: the overnight gap squared plus
    Garman-Klass, both clipped as in the features. (T,), from the columns of `compute_features`."""
    overnight, session = _overnight_and_session(frame)
    return overnight**2 + session


def _overnight_and_session(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Log return from the close before to the open, 0 on the first day, and Garman-Klass's variance
    of the session, both clipped: two (T,)."""
    open_, high, low, close = (
        frame[c].to_numpy(np.float64) for c in ("Open", "High", "Low", "Close")
    )
    before = np.concatenate([open_[:1], close[:-1]])
    overnight = _clipped(np.log(open_) - np.log(before))
    session = np.minimum(garman_klass(open_, high, low, close), MAX_LOG_RETURN**2)
    return overnight, session


def _clipped(values: np.ndarray) -> np.ndarray:
    return np.clip(values, -MAX_LOG_RETURN, MAX_LOG_RETURN)


def _variance_columns(
    variance: np.ndarray, session: np.ndarray, returns: np.ndarray, scale: np.ndarray
) -> dict[str, np.ndarray]:
    """Logarithms of variances in units of the scale squared, over several trailing windows.

    Companies report each quarter: the wildest day of the week that lies a quarter (a year) before
    the coming days tells of a report to come.
    """

    def ratio(numerator: np.ndarray) -> np.ndarray:
        return np.log(np.maximum(numerator, VARIANCE_FLOOR)) - 2.0 * np.log(scale)

    def season(lag: int) -> np.ndarray:
        return ratio(pd.Series(variance).rolling(7).max().shift(lag - 4).to_numpy())

    total = trailing_mean(variance, 22)
    columns = {f"variance_{n}": ratio(trailing_mean(variance, n)) for n in (1, 5, 22, 66, 252)}
    columns["close_variance_22"] = ratio(trailing_mean(returns**2, 22))
    inside = trailing_mean(session, 22)
    columns["overnight_share_22"] = 2.0 - 4.0 * (inside + VARIANCE_FLOOR) / (total + VARIANCE_FLOOR)
    columns["quarter_ago"] = season(QUARTER)
    columns["year_ago"] = season(YEAR)
    return columns


def _volume_columns(volume: np.ndarray, window: int = 60) -> dict[str, np.ndarray]:
    """Log volume against its trailing mean, in trailing standard deviations.

    Days without volume count as unknown.
    """
    log_volume = pd.Series(np.log(np.where(volume > 0, volume, np.nan)))
    rolling = log_volume.rolling(window, min_periods=20)
    spread = rolling.std().to_numpy()
    safe = np.where(spread > 1e-6, spread, np.nan)
    today = (log_volume - rolling.mean()).to_numpy() / safe
    return {
        "volume_1": today,
        "volume_5": pd.Series(today).rolling(5, min_periods=1).mean().to_numpy(),
    }


@dataclass(frozen=True)
class PricePanel:
    """Features of many series, one after the other (R rows in all, D features).

    values (R, D) float32, scale (R,), log_price (R,), dates (R,) datetime64[D], first (R,): the row
    where the series of a row begins, last (R,): where it ends, tickers: their names in order.
    """

    values: np.ndarray
    scale: np.ndarray
    log_price: np.ndarray
    dates: np.ndarray
    first: np.ndarray
    last: np.ndarray
    tickers: tuple[str, ...]

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, market: Market | None = None) -> PricePanel:
        """From columns Date Open High Low Close Volume Ticker, sorted by Ticker and Date."""
        names, parts, counts, dates = [], [], [], []
        for ticker, group in frame.groupby("Ticker", sort=True, observed=True):
            names.append(str(ticker))
            parts.append(compute_features(group.set_index("Date"), market))
            counts.append(len(group))
            dates.append(group["Date"].to_numpy("datetime64[D]"))
        ends = np.cumsum(counts)
        return cls(
            values=np.concatenate([part.values for part in parts]),
            scale=np.concatenate([part.scale for part in parts]),
            log_price=np.concatenate([part.log_price for part in parts]),
            dates=np.concatenate(dates),
            first=np.repeat(ends - counts, counts),
            last=np.repeat(ends - 1, counts),
            tickers=tuple(names),
        )

    def origins(
        self, start: np.datetime64 | None, end: np.datetime64, days: int, history: int
    ) -> np.ndarray:
        """Rows to forecast from: dated on or after `start`, with `history` rows of their series up
        to them, and all `days` targets dated before `end`. So the targets of one split never reach
        into the next. (K,) int64."""
        rows = np.arange(len(self.dates))
        target = np.minimum(rows + days, len(rows) - 1)
        keep = (
            (rows + days <= self.last)
            & (self.dates[target] < end)
            & (rows - self.first + 1 >= history)
        )
        if start is not None:
            keep &= self.dates >= start
        return rows[keep]

    def windows(self, rows: np.ndarray, length: int) -> np.ndarray:
        """The `length` days up to and with each row. (N,) -> (N, T, D)."""
        return self.values[rows[:, None] + np.arange(1 - length, 1)]

    def targets(self, rows: np.ndarray, days: int) -> np.ndarray:
        """Cumulative log return over h = 1..days after each row, divided by scale * sqrt(h). (…,)
        -> (…, days) float32."""
        ahead = np.arange(1, days + 1)
        moves = self.log_price[rows[..., None] + ahead] - self.log_price[rows][..., None]
        return (moves / (self.scale[rows][..., None] * np.sqrt(ahead))).astype(np.float32)


def training_windows(
    panel: PricePanel, origins: np.ndarray, length: int, warm_up: int, seed: int, epoch: int
) -> np.ndarray:
    """Last rows of the windows of one epoch, shuffled: each origin is a trained position of about
    one window.

    A window of `length` days trains the positions after its first `warm_up` days, so windows step
    by the difference; where the steps begin is drawn anew for each series and epoch. A function of
    (seed, epoch) alone. (K,) int64.
    """
    rng = np.random.default_rng([seed, epoch])
    step = length - warm_up
    series = panel.first[origins]
    shift = rng.integers(step, size=len(panel.values))[series]
    ends = origins[(origins - series - shift) % step == 0]
    return rng.permutation(ends[ends - panel.first[ends] + 1 >= length])
