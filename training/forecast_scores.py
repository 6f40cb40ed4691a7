"""What the forecasts of one ticker scored, of every model on the very same days.

A model is anything that answers `Forecast`. Nothing is summed or judged here: see
`training/forecast_record.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from data.price_table import MINIMUM_DAYS
from data.prices import PriceHistory
from training.forecast_metrics import (
    crps,
    inside_band,
    level_index,
    naive_error,
    probability_below,
)

BANDS = (0.5, 0.8, 0.95)
TAILS = (0.05, 0.95)  # a miss lies below the first quantile, or above the second

# (history, origins (n,), days) -> quantiles of the log return over 1..days days after each origin,
# (n, days, Q). The origins are rows of the history with MINIMUM_DAYS rows up to them; an answer may
# use those rows only.
Forecast = Callable[[PriceHistory, np.ndarray, int], np.ndarray]


@dataclass(frozen=True)
class TickerScores:
    """n forecasts of one ticker over the same number of days, by each of M models.

    days (n,): positions of the origins in the calendar. moves (n,): the log returns that came.
    naive_error: of "the price stays" before the first of them. crps (M, n): in % of log return.
    inside (M, n, bands) and misses (M, n, tails): bool. pit (M, n): the probability of less than
    what came. rise (M, n): that of a rise. error (M, n): what came less the median.
    """

    days: np.ndarray
    moves: np.ndarray
    naive_error: float
    crps: np.ndarray
    inside: np.ndarray
    misses: np.ndarray
    pit: np.ndarray
    rise: np.ndarray
    error: np.ndarray


def score_ticker(
    models: Mapping[str, Forecast],
    history: PriceHistory,
    calendar: np.ndarray,
    levels: np.ndarray,
    horizon: int,
) -> TickerScores | None:
    """Scores over `horizon` days from every `horizon`-th day of the calendar, so that the targets
    of a ticker do not overlap; None when the ticker has no such day.

    calendar (C,): the days of the test on which any ticker has a price, ascending. levels (Q,):
    those of the models' quantiles; the bounds of BANDS, TAILS and 0.5 must be among them
    (ValueError).
    """
    dates = history.frame.index.to_numpy("datetime64[D]")
    log_price = np.log(history.frame["Close"].to_numpy(np.float64))
    rows = np.arange(MINIMUM_DAYS - 1, len(dates) - horizon)
    rows = rows[dates[rows] >= calendar[0]]
    days = np.searchsorted(calendar, dates[rows])
    origins, days = rows[days % horizon == 0], days[days % horizon == 0]
    if not len(origins):
        return None
    moves = log_price[origins + horizon] - log_price[origins]
    scored = [
        _scores(forecast(history, origins, horizon)[:, horizon - 1], moves, levels)
        for forecast in models.values()
    ]
    return TickerScores(
        days=days,
        moves=moves,
        naive_error=naive_error(log_price[: origins[0] + 1], horizon),
        **{name: np.stack([each[name] for each in scored]) for name in scored[0]},
    )


def _scores(quantiles: np.ndarray, moves: np.ndarray, levels: np.ndarray) -> dict[str, np.ndarray]:
    """Of one model: quantiles (n, Q), moves (n,)."""
    low, high, middle = (quantiles[:, level_index(levels, level)] for level in (*TAILS, 0.5))
    return {
        "crps": 100.0 * crps(quantiles, moves, levels),
        "inside": np.stack([inside_band(quantiles, moves, levels, b) for b in BANDS], axis=1),
        "misses": np.stack([moves < low, moves > high], axis=1),
        "pit": probability_below(quantiles, moves, levels),
        "rise": 1.0 - probability_below(quantiles, np.zeros(len(moves)), levels),
        "error": moves - middle,
    }
