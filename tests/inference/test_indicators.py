"""The lines of a chart: plain means, made of the past alone."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from data.price_store import simulate
from inference.indicators import chart_lines


def test_averages_and_bands_equal_their_definitions() -> None:
    frame = simulate("X", date(2023, 6, 30))
    lines, close = chart_lines(frame), frame["Close"].to_numpy()
    last = {n: close[-n:].mean() for n in (20, 50, 200)}
    for days, mean in last.items():
        np.testing.assert_allclose(lines[f"average {days}"].iloc[-1], mean)
        assert lines[f"average {days}"].iloc[: days - 1].isna().all()
    np.testing.assert_allclose(lines["bollinger high"].iloc[-1], last[20] + 2 * close[-20:].std())
    np.testing.assert_allclose(lines["bollinger low"].iloc[-1], last[20] - 2 * close[-20:].std())
    assert lines.index.equals(frame.index)


def test_no_later_price_changes_a_line() -> None:
    frame = simulate("X", date(2023, 6, 30))
    pd.testing.assert_frame_equal(chart_lines(frame).iloc[:400], chart_lines(frame.iloc[:400]))
