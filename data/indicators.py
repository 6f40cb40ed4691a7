"""Technical indicators of a price series as plain functions: (T,) arrays in, (T,) arrays out.

Day t uses days up to t only. NaN where an indicator is not defined; no clipping, no scaling to what
a network likes (see `data/forecasting.py`). Prices must be positive; they are not checked here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

MAX_LOG_RETURN = 0.5  # larger one-day moves are clipped before they enter a feature
VARIANCE_FLOOR = 1e-8  # of a day, 1 basis point squared: keeps logarithms and divisions finite
SCALE_DECAY = 0.94  # RiskMetrics' decay for daily data


def trailing_mean(values: np.ndarray, days: int) -> np.ndarray:
    """Mean of the last `days` values, of all when there are fewer: (T,) -> (T,)."""
    return pd.Series(values).rolling(days, min_periods=1).mean().to_numpy()


def exponential_scale(variance: np.ndarray) -> np.ndarray:
    """Standard deviation from daily variances (T,) by RiskMetrics' exponential mean: (T,), above
    zero."""
    smooth = pd.Series(variance).ewm(alpha=1.0 - SCALE_DECAY, adjust=True).mean().to_numpy()
    return np.sqrt(np.maximum(smooth, VARIANCE_FLOOR))


def seeded_ema(values: np.ndarray, period: int, alpha: float, start: int) -> np.ndarray:
    """Exponential mean y[t] = y[t-1] + alpha (x[t] - y[t-1]) seeded at `start` with the mean of the
    `period` values up to it.

    This is how TA-Lib starts its averages. (T,) -> (T,), NaN before `start`.
    """
    result = np.full(len(values), np.nan)
    if len(values) > start:
        tail = values[start:].astype(np.float64, copy=True)
        tail[0] = values[start - period + 1 : start + 1].mean()
        result[start:] = pd.Series(tail).ewm(alpha=alpha, adjust=False).mean().to_numpy()
    return result


def rsi(close: np.ndarray, period: int = 14) -> np.ndarray:
    """Relative strength index, 0 to 100 (Wilder, New Concepts in Technical Trading Systems, 1978).

    100 G / (G + L) with G, L the Wilder means (alpha = 1/period) of the rises and of the falls,
    seeded with their plain mean over the first `period` changes. (T,) -> (T,). NaN for the first
    `period` days and where nothing has moved yet.
    """
    change = np.diff(close, prepend=close[:1])
    gain = seeded_ema(np.maximum(change, 0.0), period, 1.0 / period, period)
    loss = seeded_ema(np.maximum(-change, 0.0), period, 1.0 / period, period)
    moved = gain + loss
    return 100.0 * np.divide(gain, moved, out=np.full(len(close), np.nan), where=moved > 0)


def macd(
    close: np.ndarray, fast: int = 12, slow: int = 26, signal: int = 9
) -> tuple[np.ndarray, np.ndarray]:
    """Moving average convergence divergence (Appel, 1979), in units of the price: the line and its
    signal.

    line = EMA_fast - EMA_slow, signal = EMA_signal(line), with alpha = 2 / (period + 1); all
    averages are seeded with plain means, the fast and the slow one on the same day, as in TA-Lib.
    (T,) -> two (T,). NaN on the first slow - 1 days for the line, and slow + signal - 2 for the
    signal.
    """
    start = slow - 1
    quick = seeded_ema(close, fast, 2.0 / (fast + 1), start)
    line = quick - seeded_ema(close, slow, 2.0 / (slow + 1), start)
    smooth = np.full(len(close), np.nan)
    smooth[start:] = seeded_ema(line[start:], signal, 2.0 / (signal + 1), signal - 1)
    return line, smooth


def bollinger_position(close: np.ndarray, window: int = 20, width: float = 2.0) -> np.ndarray:
    """Where the close lies in its Bollinger band: -1 on the lower band, 0 on the mean, +1 on the
    upper one.

    (close - mean) / (width * sd) over the trailing `window` days, sd with divisor `window`
    (Bollinger, 2001). (T,) -> (T,). NaN for the first window - 1 days and where the price has not
    moved in the window.
    """
    rolling = pd.Series(close).rolling(window)
    half = width * rolling.std(ddof=0).to_numpy()
    offset = close - rolling.mean().to_numpy()
    return np.divide(
        offset, half, out=np.full(len(close), np.nan), where=half > 1e-12 * np.abs(close)
    )


def garman_klass(
    open_: np.ndarray, high: np.ndarray, low: np.ndarray, close: np.ndarray
) -> np.ndarray:
    """Variance of the log return within the session, from the range of the day.

    0.5 ln(H/L)^2 - (2 ln 2 - 1) ln(C/O)^2 (Garman & Klass, Journal of Business 53, 1980), never
    below zero. Four (T,) -> (T,).
    """
    spread, body = np.log(high / low), np.log(close / open_)
    return np.maximum(0.5 * spread**2 - (2.0 * np.log(2.0) - 1.0) * body**2, 0.0)
