"""How likely a rise or a large fall is by a forecast, beside how often it has happened.

Works on a `QuantileForecast` and the prices up to its day. It forecasts nothing itself, and what it
calls a base rate is a count of the past, not a promise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from inference.predictions import QuantileForecast

LARGE_FALL = 0.10  # of the price


@dataclass(frozen=True)
class Odds:
    """What is likely after `days` trading days, and how often it was so.

    rise, fall: probabilities of a price above today's, and of one more than LARGE_FALL below it,
    never outside `bounds`, the outermost levels of the forecast. rise_before, fall_before: the
    shares of the past windows of as many days that did so, None without any. windows: how many
    there were, one from each day, so that they overlap.
    """

    days: int
    rise: float
    fall: float
    bounds: tuple[float, float]
    rise_before: float | None
    fall_before: float | None
    windows: int

    def to_json(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        shares = {
            name: None if (share := getattr(self, name)) is None else round(share, 4)
            for name in ("rise", "fall", "rise_before", "fall_before")
        }
        return {"days": self.days, **shares, "large_fall": LARGE_FALL, "windows": self.windows}


def odds(forecast: QuantileForecast, known: pd.DataFrame) -> Odds:
    """Of the last day of a forecast; `known` are the prices that it was made from."""
    days = len(forecast.dates)
    large = math.log(1.0 - LARGE_FALL)
    log_close = np.log(known["Close"].to_numpy(np.float64))
    moves = log_close[days:] - log_close[:-days]
    levels = forecast.quantile_levels
    return Odds(
        days=days,
        rise=1.0 - probability_at_most(forecast, days, 0.0),
        fall=probability_at_most(forecast, days, large),
        bounds=(levels[0], levels[-1]),
        rise_before=float(np.mean(moves > 0)) if len(moves) else None,
        fall_before=float(np.mean(moves < large)) if len(moves) else None,
        windows=len(moves),
    )


def probability_at_most(forecast: QuantileForecast, day: int, log_return: float) -> float:
    """P(log return after `day` trading days <= log_return), by straight lines between quantiles.

    Beyond the outermost quantiles the forecast says nothing more, so the answer stays at their
    levels.
    """
    return float(np.interp(log_return, forecast.log_returns[day - 1], forecast.quantile_levels))
