"""Laws of the indicators: each equals TA-Lib's, wherever both are defined."""

from __future__ import annotations

import numpy as np
import pytest

from data.indicators import bollinger_position, macd, rsi

talib = pytest.importorskip("talib", reason="TA-Lib is not installed")


def walk(seed: int, days: int, start: float, still: slice = slice(0)) -> np.ndarray:
    """Closes of a random walk, 2 % a day, which does not move on the days of `still`. (T,)"""
    moves = 0.02 * np.random.default_rng(seed).standard_normal(days)
    moves[still] = 0.0
    return start * np.exp(np.cumsum(moves))


def assert_equal_where_both_are(ours: np.ndarray, theirs: np.ndarray, unit: float) -> None:
    both = np.isfinite(ours) & np.isfinite(theirs)
    assert both.any()
    np.testing.assert_allclose(ours[both] / unit, theirs[both] / unit, rtol=0, atol=1e-9)


@pytest.mark.parametrize("still", [slice(0), slice(40, 60)])
@pytest.mark.parametrize("start", [0.05, 100.0, 40_000.0])
@pytest.mark.parametrize("days", [60, 2500])
@pytest.mark.parametrize("seed", [0, 1])
def test_rsi_and_macd_equal_ta_lib(seed: int, days: int, start: float, still: slice) -> None:
    close = walk(seed, days, start, still)
    assert_equal_where_both_are(rsi(close), talib.RSI(close, 14), 100.0)
    for ours, theirs in zip(macd(close), talib.MACD(close, 12, 26, 9), strict=False):
        assert_equal_where_both_are(ours, theirs, start)


@pytest.mark.parametrize("start", [0.05, 100.0, 40_000.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_bollinger_position_equals_ta_lib(seed: int, start: float) -> None:
    # From days that move: in others TA-Lib's running sum of squares has no digits left.
    close = walk(seed, 2500, start)
    upper, middle, _ = talib.BBANDS(close, 20, 2, 2)
    ours = bollinger_position(close)
    assert_equal_where_both_are(ours, (close - middle) / (upper - middle), 1.0)


@pytest.mark.parametrize("period", [5, 14, 21])
def test_rsi_equals_ta_lib_at_other_periods(period: int) -> None:
    close = walk(2, 500, 100.0)
    assert_equal_where_both_are(rsi(close, period), talib.RSI(close, period), 100.0)


def test_indicators_are_defined_wherever_ta_lib_is() -> None:
    close = walk(3, 300, 100.0)
    for ours, theirs in (
        (rsi(close), talib.RSI(close, 14)),
        (macd(close)[1], talib.MACD(close, 12, 26, 9)[1]),
        (bollinger_position(close), talib.BBANDS(close, 20, 2, 2)[1]),
    ):
        assert not (np.isnan(ours) & np.isfinite(theirs)).any()
