"""A panel of simulated prices in the years of training, validation and test, for the tests of the
forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from data.price_store import simulate


def made_up_prices(names: Sequence[str] = ("T0", "T1")) -> pd.DataFrame:
    """Simulated series of 2016 to 2020 in the layout of the price panel, by ticker and day."""
    parts = []
    for name in names:
        frame = simulate(name, date(2024, 6, 28)).reset_index()
        frame["Date"] = pd.bdate_range("2016-01-04", periods=len(frame))
        parts.append(frame.assign(Ticker=name))
    return pd.concat(parts, ignore_index=True)
