"""From a price history to quantiles of the coming days' prices.

`Forecaster` is what the page, the command line and the evaluation all use. It does not fetch, clean
or judge prices (`data/prices.py` and `data/price_store.py` do), and it says nothing about buying or
selling.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from data.errors import InputError
from data.forecasting import FEATURES, compute_features, daily_variance
from data.market import Market
from data.price_store import PriceStore
from data.price_table import MINIMUM_DAYS
from data.prices import PriceHistory, read_csv
from data.yahoo import is_us_share, known_tickers
from inference.predictions import QuantileForecast
from models.baselines import Baseline, DailySeries, Ewma, HistoricalSimulation, RandomWalk
from models.checkpoint import CheckpointError, load_config, load_weights
from models.forecasting import ForecastConfig, QuantileNetwork
from models.places import locate

# The page and the command line get their prices from here too.
__all__ = [
    "BASELINES", "Forecaster", "PriceHistory", "baseline_forecast", "first_day", "known_history",
    "known_tickers", "market_of", "parse_day", "prices", "read_csv",
]  # fmt: skip

TASK = "forecasting"
# Those that need the past of one series only, by the names that the page gives them.
BASELINES: dict[str, Baseline] = {
    "random walk": RandomWalk(),
    "historical simulation": HistoricalSimulation(),
    "EWMA": Ewma(),
}
LONGEST_STEP = 4  # days between daily prices, as a rule: more are weeks or months
US_INDEX = "^GSPC"  # the S&P 500
BATCH = 128  # origins at a time; larger ones are slower on a CPU (its caches)


class Forecaster:
    """Answers from a trained `QuantileNetwork`; it keeps no state between calls.

    An answer depends on the last `context_length` days (of all, when there are fewer) and starts
    from a zero state.
    """

    def __init__(self, network: QuantileNetwork, name: str) -> None:
        self.network = network.eval()
        self.config = network.config
        self.name = name

    @classmethod
    def from_pretrained(cls, place: Path | str, revision: str | None = None) -> Forecaster:
        """From a checkpoint folder, or USER/NAME of the Hub (`models.places`). Raises
        CheckpointError, which names the file."""
        folder, name = locate(place, revision)
        config = load_config(folder, TASK, ForecastConfig)
        if config.input_size != len(FEATURES):
            raise CheckpointError(
                f"{folder / 'config.json'} asks for {config.input_size} features a day, but"
                f" this version of the code makes {len(FEATURES)}."
            )
        network = QuantileNetwork(config)
        load_weights(folder, network)
        return cls(network, name)

    def predict(
        self,
        history: PriceHistory,
        days: int = 20,
        as_of: date | None = None,
        market: Market | None = None,
    ) -> QuantileForecast:
        """Quantiles for the `days` trading days after the last price, or after the last one up to
        `as_of`.

        market: that of the series, of which nothing after the day of the forecast is used; None
        when there is none (see `market_of`). Raises InputError: `days` outside
        1..prediction_length, `as_of` outside the history, too short a history.
        """
        days = self._checked_days(days)
        past = known_history(history, as_of)
        log_returns = self.predict_origins(past, [len(past.frame) - 1], days, market)[0]
        return _forecast(past, log_returns, self.config.quantile_levels, self.name)

    def predict_origins(
        self,
        history: PriceHistory,
        origins: Sequence[int] | np.ndarray,
        days: int | None = None,
        market: Market | None = None,
    ) -> np.ndarray:
        """Quantiles of cumulative log returns from many days of one history: what `predict` gives
        `as_of` each of them.

        origins (n,): row numbers in `history.frame`, each with at least MINIMUM_DAYS rows up to it
        (ValueError). Returns (n, days, Q) float64.
        """
        days = self.config.prediction_length if days is None else self._checked_days(days)
        origins = np.asarray(origins, dtype=np.int64)
        if len(origins) and not (
            origins.min() >= MINIMUM_DAYS - 1 and origins.max() < len(history.frame)
        ):
            raise ValueError(
                f"Each origin must be a row of the history with {MINIMUM_DAYS} rows up to it."
            )
        features = compute_features(history.frame, market)
        result = np.empty((len(origins), days, len(self.config.quantile_levels)))
        for chosen, windows in self._windows(features.values, origins):
            with torch.inference_mode():
                answer = self.network(torch.from_numpy(windows), slice(-1, None))[:, 0, :days]
            result[chosen] = answer.numpy()
        horizons = np.sqrt(np.arange(1, days + 1))[:, None]
        return result * features.scale[origins, None, None] * horizons

    def _windows(
        self, values: np.ndarray, origins: np.ndarray
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Batches (positions in origins, windows (N, T, D)); the windows of one batch have the same
        length T."""
        lengths = np.minimum(origins + 1, self.config.context_length)
        for length in np.unique(lengths):
            members = np.flatnonzero(lengths == length)
            for start in range(0, len(members), BATCH):
                chosen = members[start : start + BATCH]
                yield chosen, values[origins[chosen][:, None] + np.arange(1 - length, 1)]

    def _checked_days(self, days: int) -> int:
        longest = self.config.prediction_length
        is_whole = isinstance(days, (int, float, np.integer)) and days == days // 1  # 5.0 from JSON
        if not is_whole or isinstance(days, bool) or not 1 <= days <= longest:
            raise InputError(
                f"The forecast reaches 1 to {longest} trading days ahead; please choose a whole"
                " number of days among these."
            )
        return int(days)


def baseline_forecast(
    name: str,
    history: PriceHistory,
    days: int,
    levels: Sequence[float],
    as_of: date | None = None,
) -> QuantileForecast:
    """The same question put to one of BASELINES. Raises InputError as `Forecaster.predict` does for
    the history."""
    past = known_history(history, as_of)
    quantiles = BASELINES[name].predict(daily_series(past), days, levels)
    return _forecast(past, quantiles, tuple(levels), name)


def daily_series(history: PriceHistory) -> DailySeries:
    """A history as the baselines take it."""
    frame = history.frame
    return DailySeries(
        ticker=history.ticker,
        dates=frame.index.to_numpy("datetime64[D]"),
        log_close=np.log(frame["Close"].to_numpy(np.float64)),
        variance=daily_variance(frame),
    )


def known_history(history: PriceHistory, as_of: date | None) -> PriceHistory:
    """The history up to `as_of` (all of it when None). Raises InputError when `as_of` lies outside,
    or too few days remain."""
    days = len(history.frame)
    if as_of is not None and days:
        first, last = history.frame.index[0].date(), history.last_date
        if not first <= as_of <= last:
            raise InputError(
                f"{as_of} is outside the prices of {history.ticker}; please choose a day from"
                f" {first} to {last}."
            )
        history = history.as_of(as_of)
        days = len(history.frame)
    if days < MINIMUM_DAYS:
        until = f" up to {as_of}" if as_of else ""
        raise InputError(
            f"{history.ticker} has {days} days of prices{until}; a forecast needs at least"
            f" {MINIMUM_DAYS}."
        )
    return history


def first_day(history: PriceHistory) -> date:
    """The first day that a forecast can be made from. Raises InputError when there is none."""
    return known_history(history, None).frame.index[MINIMUM_DAYS - 1].date()


def parse_day(text: str | None) -> date | None:
    """A day from YYYY-MM-DD, None from nothing. Raises InputError for anything else."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise InputError(f"{text!r} is not a day; write it as YYYY-MM-DD.") from None


def coming_days(known: pd.DatetimeIndex, count: int) -> tuple[date, ...]:
    """The `count` days after the last of `known` that there will likely be prices for.

    Weekdays, since holidays are not known here; each day where weekends are traded; and steps of
    the usual length where the prices are not daily.
    """
    recent, day = known[-MINIMUM_DAYS:], known[-1].date()
    step = int(recent.to_series().diff().median().days)
    if step > LONGEST_STEP:
        return tuple(day + timedelta(days=step * number) for number in range(1, count + 1))
    weekends = trades_on_weekends(recent)
    found: list[date] = []
    while len(found) < count:
        day += timedelta(days=1)
        if weekends or day.weekday() < 5:
            found.append(day)
    return tuple(found)


def trades_on_weekends(days: pd.DatetimeIndex) -> bool:
    """Whether weekends are usual days; an exchange may open on a Saturday now and then."""
    return bool((days.day_of_week >= 5).mean() > 0.1)


def market_of(history: PriceHistory) -> Market | None:
    """The US market beside prices of a US share from Yahoo; None for any other, since its market
    is another one and may close at another hour, and when the index is not to be had at once."""
    if history.kind not in ("yahoo", "cache", "stale") or not is_us_share(history.ticker):
        return None
    index = prices().companion(US_INDEX)
    return Market.of_index(index.frame["Close"]) if index else None


@cache
def prices() -> PriceStore:
    """The one store of prices of this process."""
    return PriceStore()


def _forecast(
    past: PriceHistory, log_returns: np.ndarray, levels: tuple[float, ...], model: str
) -> QuantileForecast:
    return QuantileForecast(
        ticker=past.ticker,
        as_of=past.last_date,
        source=past.source,
        model=model,
        last_price=float(past.frame["Close"].iloc[-1]),
        dates=coming_days(past.frame.index, len(log_returns)),
        quantile_levels=levels,
        log_returns=log_returns,
    )
