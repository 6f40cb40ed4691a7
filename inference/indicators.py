"""The lines that people draw into a price chart, from a table of daily prices.

The indicators themselves are in `data/indicators.py`; this puts what the page shows of them into
one table. The forecast has its own features (`data/forecasting.py`) and uses none of this.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.indicators import macd, rsi

AVERAGES = (20, 50, 200)  # days
BOLLINGER_DAYS, BOLLINGER_WIDTH = 20, 2.0


def chart_lines(frame: pd.DataFrame) -> pd.DataFrame:
    """One row for each row of `frame` (columns Close and others), each from the rows up to it.

    Columns "average N" for each of AVERAGES (simple means), "bollinger low" and "bollinger high"
    (the 20-day mean and two standard deviations with divisor 20; Bollinger, 2001), in units of the
    price; "rsi" (0 to 100), "macd" and "macd signal" (units of the price). NaN where a line is not
    defined yet.
    """
    close = frame["Close"].to_numpy(np.float64)
    series = pd.Series(close)
    columns = {f"average {n}": series.rolling(n).mean().to_numpy() for n in AVERAGES}
    rolling = series.rolling(BOLLINGER_DAYS)
    half = BOLLINGER_WIDTH * rolling.std(ddof=0).to_numpy()
    columns["bollinger low"] = rolling.mean().to_numpy() - half
    columns["bollinger high"] = rolling.mean().to_numpy() + half
    columns["rsi"] = rsi(close)
    columns["macd"], columns["macd signal"] = macd(close)
    return pd.DataFrame(columns, index=frame.index)
