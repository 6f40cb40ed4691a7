"""The record of a forecaster on days it never saw, beside the random walk's.

Goes through `Forecaster.predict_origins`, so what is measured is what the app answers. It trains
nothing and writes nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from data.forecasting import VALIDATION_END
from data.price_table import COLUMNS, MINIMUM_DAYS
from data.prices import PriceHistory
from inference.forecasting import Forecaster
from models.baselines import RandomWalk
from training.forecast_metrics import coverage, crps

HORIZONS = (1, 5, 20)  # trading days
BANDS = (0.5, 0.8, 0.95)


def evaluate(
    forecaster: Forecaster,
    prices: pd.DataFrame,
    start: np.datetime64 = VALIDATION_END,
    end: np.datetime64 | None = None,
) -> dict[str, Any]:
    """CRPS (in % of log return) and coverage per horizon, of the forecaster and of the random walk.

    prices: columns Date Open High Low Close Volume Ticker, sorted. Origins are the days from
    `start` on whose target is before `end` (None: the last price); for h days ahead every h-th day
    of the common calendar, so that the targets of a ticker do not overlap. Each ticker needs
    MINIMUM_DAYS before its first origin. Means are taken over all forecasts of all tickers;
    quantile levels and formula are the same for both. Without any origin: ValueError.
    """
    if end is not None:
        prices = prices[prices["Date"] < pd.Timestamp(end)]
    calendar = np.unique(prices["Date"].to_numpy("datetime64[D]"))
    calendar = calendar[calendar >= start]
    if not len(calendar):
        raise ValueError("No ticker has a day to be evaluated on.")
    scores = {h: _Scores(forecaster.config.quantile_levels) for h in HORIZONS}
    groups = prices.groupby("Ticker", sort=True, observed=True)
    for ticker, group in tqdm(groups, desc="evaluation", unit="ticker"):
        frame = group.set_index("Date")[list(COLUMNS)].astype(np.float64)
        _score_ticker(forecaster, PriceHistory(str(ticker), frame, "price panel"), calendar, scores)
    if not scores[1].targets:
        raise ValueError("No ticker has a day to be evaluated on.")
    return {
        "test_start": str(start),
        "test_end": str(calendar[-1]),
        "tickers": scores[1].tickers,
        "baseline": f"random walk, Normal, {RandomWalk().window}-day sigma",
        "horizons": {str(h): scores[h].summary() for h in HORIZONS if scores[h].targets},
    }


class _Scores:
    """What was forecast at one horizon so far: per ticker, targets and scores (in %)."""

    def __init__(self, levels: tuple[float, ...]) -> None:
        self.levels = np.array(levels)
        self.targets: list[np.ndarray] = []
        self.crps: dict[str, list[np.ndarray]] = {"network": [], "random_walk": []}
        self.inside: dict[str, list[list[float]]] = {"network": [], "random_walk": []}
        self.tickers = 0

    def add(self, targets: np.ndarray, quantiles: dict[str, np.ndarray]) -> None:
        if not len(targets):
            return
        self.tickers += 1
        self.targets.append(targets)
        for model, forecast in quantiles.items():
            self.crps[model].append(100.0 * crps(forecast, targets, self.levels))
            self.inside[model].append([coverage(forecast, targets, self.levels, b) for b in BANDS])

    def summary(self) -> dict[str, Any]:
        weights = np.array([len(targets) for targets in self.targets], dtype=np.float64)
        result: dict[str, Any] = {"forecasts": int(weights.sum())}
        for model in self.crps:
            shares = np.average(np.array(self.inside[model]), axis=0, weights=weights)
            result[model] = {
                "crps_percent": round(float(np.concatenate(self.crps[model]).mean()), 5),
                "coverage": {
                    f"{band:g}": round(float(s), 4) for band, s in zip(BANDS, shares, strict=True)
                },
            }
        ratio = result["network"]["crps_percent"] / result["random_walk"]["crps_percent"]
        result["crps_against_random_walk_percent"] = round(100.0 * (ratio - 1.0), 3)
        return result


def _score_ticker(
    forecaster: Forecaster, history: PriceHistory, calendar: np.ndarray, scores: dict[int, _Scores]
) -> None:
    dates = history.frame.index.to_numpy("datetime64[D]")
    rows = np.arange(len(dates))
    origins = rows[(dates >= calendar[0]) & (rows >= MINIMUM_DAYS - 1) & (rows < len(rows) - 1)]
    if not len(origins):
        return
    days, levels = forecaster.config.prediction_length, forecaster.config.quantile_levels
    log_price = np.log(history.frame["Close"].to_numpy())
    forecasts = {
        "network": forecaster.predict_origins(history, origins),
        # Return number r - 1 is the one from row r - 1 to row r.
        "random_walk": RandomWalk().predict_origins(np.diff(log_price), origins - 1, days, levels),
    }
    position = np.searchsorted(calendar, dates[origins])
    for h in (h for h in HORIZONS if h <= days):
        chosen = (position % h == 0) & (origins + h < len(rows))
        targets = log_price[origins[chosen] + h] - log_price[origins[chosen]]
        scores[h].add(targets, {name: q[chosen, h - 1] for name, q in forecasts.items()})
