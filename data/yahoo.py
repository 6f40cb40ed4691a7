"""Daily prices from Yahoo Finance through yfinance, and how its failures are told apart.

Yahoo's data are for personal use; this module keeps nothing on disk (see `data/price_store.py`) and
never decides what to show instead. `Ticker.history` is used and not `yf.download`, which hides rate
limits behind an empty table.
"""

from __future__ import annotations

import csv
import logging
import queue
import re
import threading
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

import pandas as pd

from data.errors import InputError

TIME_LIMIT = 8.0  # seconds in all that a visitor waits for Yahoo

_SYMBOL = re.compile(r"\^?[A-Z0-9]{1,10}([.\-=][A-Z0-9]{1,6}){0,2}")
_CLASS_SHARE = re.compile(r"([A-Z]{1,5})[./ ]([ABC])")  # no exchange of Yahoo's has such a suffix


class YahooUnavailable(ConnectionError):  # noqa: N818 - named after the state, as in the message
    """Yahoo cannot be reached, refuses, or answers nonsense: it says nothing about the ticker."""


def normalise_ticker(text: str) -> str:
    """Yahoo's spelling of what a person typed: " brk.b" -> "BRK-B". Raises InputError.

    The result is safe in a file name and in an address: letters, digits and `^ . - =` in fixed
    places.
    """
    ticker = str(text).strip().upper()
    if match := _CLASS_SHARE.fullmatch(ticker):
        ticker = f"{match[1]}-{match[2]}"
    if not ticker:
        raise InputError("Please give a ticker symbol, such as AAPL.")
    if not _SYMBOL.fullmatch(ticker):
        shown = ticker[:20] + ("…" if len(ticker) > 20 else "")
        raise InputError(
            f"{shown!r} is not a ticker symbol; please write one like AAPL, BRK-B, 7203.T or ^GSPC."
        )
    return ticker


@cache
def known_tickers() -> Mapping[str, str]:
    """Symbol -> company name of well-known tickers, for a search list. Yahoo knows many more."""
    with (Path(__file__).parent / "tickers.csv").open(encoding="utf-8", newline="") as file:
        return MappingProxyType({row["symbol"]: row["name"] for row in csv.DictReader(file)})


def fetch_history(
    ticker: str,
    period: str = "10y",
    start: str | None = None,
    session: Any | None = None,
    seconds: float = TIME_LIMIT,
) -> pd.DataFrame:
    """Daily prices of a ticker, adjusted for splits and dividends, as Yahoo gives them.

    `start` (an ISO date) replaces `period`. `session` is a curl_cffi Session for yfinance; its own
    when None. Returns columns Open High Low Close Volume by tz-naive day, without the unfinished
    bar of an open session. Raises InputError when Yahoo does not know the ticker, and
    YahooUnavailable for all other trouble, at the latest after `seconds`.
    """
    symbol = normalise_ticker(ticker)
    span = {"start": start} if start else {"period": period}
    answers: queue.Queue[pd.DataFrame | Exception] = queue.Queue()

    def work() -> None:
        try:
            answers.put(_request(symbol, span, session, seconds))
        except Exception as error:  # of many kinds, sorted by the caller
            answers.put(error)

    # One look at a ticker is several requests, each with its own time limit; only a thread bounds
    # their sum.
    threading.Thread(target=work, daemon=True, name=f"yahoo-{symbol}").start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise YahooUnavailable(
            f"Yahoo Finance did not answer within {seconds:g} seconds."
        ) from None
    if isinstance(answer, Exception):
        raise _explained(answer, symbol) from answer
    return answer


def _request(
    symbol: str, span: dict[str, str], session: Any | None, seconds: float
) -> pd.DataFrame:
    handle = _yfinance().Ticker(symbol, session=session)
    frame = handle.history(**span, interval="1d", auto_adjust=True, actions=False, timeout=seconds)
    if not len(frame):
        raise ValueError("empty answer")
    finished = _finished_days(frame, handle.get_history_metadata())
    return finished[["Open", "High", "Low", "Close", "Volume"]]


@cache
def _yfinance() -> ModuleType:
    """The library, loaded late (it is heavy), raising what it would only log, and quiet."""
    import yfinance

    yfinance.config.debug.hide_exceptions = False
    logging.getLogger("yfinance").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module=r"yfinance\b")  # pandas warns of its ways at each call
    return yfinance


def _finished_days(
    frame: pd.DataFrame, metadata: Mapping[str, Any], now: datetime | None = None
) -> pd.DataFrame:
    """Without the bar of today while its session runs (or when Yahoo does not say whether it does);
    tz-naive days."""
    now = pd.Timestamp(now or datetime.now(UTC))
    last = frame.index[-1]
    local_now = now.tz_convert(last.tz) if last.tz is not None else now.tz_localize(None)
    if last.date() >= local_now.date() and not _session_is_over(metadata, now):
        frame = frame.iloc[:-1]
    return frame.tz_localize(None)


def _session_is_over(metadata: Mapping[str, Any], now: pd.Timestamp) -> bool:
    try:
        end = metadata["currentTradingPeriod"]["regular"]["end"]
        end = (
            pd.Timestamp(end, unit="s", tz="UTC")
            if isinstance(end, (int, float))
            else pd.Timestamp(end)
        )
        return bool(now >= end)
    except (KeyError, TypeError, ValueError):
        return False


def _explained(error: Exception, symbol: str) -> Exception:
    """InputError when Yahoo says that it does not know the ticker, else YahooUnavailable."""
    from yfinance.exceptions import YFRateLimitError, YFTickerMissingError

    # Yahoo's 404 comes in two dresses: yfinance's own class, and a bare HTTP error of its look-up
    # of a time zone.
    status = getattr(getattr(error, "response", None), "status_code", None)
    is_missing = isinstance(error, YFTickerMissingError) and "status_code" not in str(error)
    if status == 404 or is_missing:
        return InputError(
            f"Yahoo Finance has no prices for {symbol}; please check the symbol, or upload a CSV"
            " file."
        )
    if isinstance(error, YFRateLimitError) or status == 429:
        return YahooUnavailable("Yahoo Finance refuses further requests for now.")
    return YahooUnavailable("Yahoo Finance cannot be reached right now.")
