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
SETTLING = pd.Timedelta(minutes=30)  # many exchanges' prices reach Yahoo 15 to 20 minutes late

_SYMBOL = re.compile(r"\^?[A-Z0-9&]{1,10}([.\-=][A-Z0-9]{1,6}){0,2}")
# BRK.B, "BRK B", RCI.B.TO: no exchange of Yahoo's has the suffix A, B or C.
_US_SHARE = re.compile(r"[A-Z]{1,5}(-[A-Z])?")
_CLASS_SHARE = re.compile(r"([A-Z]{1,6})\s?[./ ]\s?([ABC])(\.[A-Z]{1,3})?")
# Yahoo's reasons that are about the ticker; others, such as an internal error, are about Yahoo.
_NO_SUCH = re.compile(r"no data|not found|delisted|n't exist|not available", re.IGNORECASE)


class YahooUnavailable(ConnectionError):  # noqa: N818 - named after the state, as in the message
    """Yahoo cannot be reached, refuses, or answers nonsense: it says nothing about the ticker."""


class YahooRefuses(YahooUnavailable):
    """Yahoo limits the rate of requests: asking again soon makes it worse."""


def normalise_ticker(text: str) -> str:
    """Yahoo's spelling of what a person typed: " brk.b" -> "BRK-B". Raises InputError.

    The result is safe in a file name and in an address: letters, digits, `&` (M&M.NS), and
    `^ . - =` in fixed places.
    """
    ticker = str(text).strip().upper()
    if match := _CLASS_SHARE.fullmatch(ticker):
        ticker = f"{match[1]}-{match[2]}{match[3] or ''}"
    if not ticker:
        raise InputError("Please give a ticker symbol, such as AAPL.")
    if not _SYMBOL.fullmatch(ticker):
        shown = ticker[:20] + ("…" if len(ticker) > 20 else "")
        raise InputError(
            f"{shown!r} is not a ticker symbol; please write one like AAPL, BRK-B, 7203.T or ^GSPC."
        )
    return ticker


def is_us_share(symbol: str) -> bool:
    """Whether Yahoo's spelling is that of a share in the US: other markets have a suffix, indices,
    currencies and coins a sign of their own."""
    return _US_SHARE.fullmatch(symbol) is not None


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
    now: datetime | None = None,
) -> pd.DataFrame:
    """Daily prices of a ticker, adjusted for splits and dividends, as Yahoo gives them.

    `start` (an ISO date) replaces `period`. `session` is a curl_cffi Session for yfinance; its own
    when None. `now` (with a time zone) is replaced in tests. Returns columns Open High Low Close
    Volume by tz-naive day of the exchange, without the unfinished bar of an open session. Raises
    InputError when Yahoo has no prices of the ticker, YahooRefuses at a rate limit, and
    YahooUnavailable for all other trouble, at the latest after `seconds`.
    """
    symbol = normalise_ticker(ticker)
    span = {"start": start} if start else {"period": period}
    answers: queue.Queue[pd.DataFrame | Exception] = queue.Queue()

    def work() -> None:
        try:
            answers.put(_request(symbol, span, session, seconds, now or datetime.now(UTC)))
        except Exception as error:  # of many kinds, sorted by the caller
            _forget_answers()
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
    symbol: str, span: dict[str, str], session: Any | None, seconds: float, now: datetime
) -> pd.DataFrame:
    from yfinance.exceptions import YFPricesMissingError

    handle = _yfinance().Ticker(symbol, session=session)
    try:
        frame = handle.history(
            **span, interval="1d", auto_adjust=True, actions=False, timeout=seconds
        )
    except YFPricesMissingError as error:
        # Without a reason of Yahoo's it is raised for an answer without prices, and for one that is
        # no chart at all. Only the first names the ticker.
        if error.yahoo_reason is None and "symbol" not in handle.get_history_metadata():
            raise YahooUnavailable("Yahoo Finance answers nonsense right now.") from error
        raise
    if not len(frame):
        raise _no_prices(symbol)
    finished = _finished_days(frame, handle.get_history_metadata(), now)
    return finished[["Open", "High", "Low", "Close", "Volume"]]


def _forget_answers() -> None:
    """yfinance keeps what Yahoo said about a ticker's time zone, be it an error page, until the
    process ends."""
    from yfinance.data import YfData

    YfData.cache_get.cache_clear()


@cache
def _yfinance() -> ModuleType:
    """The library, loaded late (it is heavy), raising what it would only log, and quiet."""
    import yfinance

    yfinance.config.debug.hide_exceptions = False
    logging.getLogger("yfinance").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module=r"yfinance\b")  # pandas warns of its ways at each call
    return yfinance


def _finished_days(frame: pd.DataFrame, metadata: Mapping[str, Any], now: datetime) -> pd.DataFrame:
    """Without the bar of today while its session runs (or when Yahoo does not say whether it does);
    tz-naive days. Today is the exchange's own."""
    today = pd.Timestamp(now).tz_convert(frame.index.tz).normalize().tz_localize(None)
    frame = frame.tz_localize(None)
    over = _session_is_over(metadata, today, pd.Timestamp(now))
    return frame.loc[frame.index.normalize() < today + pd.Timedelta(days=int(over))]


def _session_is_over(metadata: Mapping[str, Any], today: pd.Timestamp, now: pd.Timestamp) -> bool:
    """Whether the session of `today` (tz-naive) has closed, and its last prices have arrived.

    Yahoo names one session with its time zone: today's, or already the next one.
    """
    try:
        end = pd.Timestamp(metadata["currentTradingPeriod"]["regular"]["end"])
        day = (end - pd.Timedelta(seconds=1)).normalize().tz_localize(None)  # an end may be 24:00
        return day > today or bool(day == today and now >= end + SETTLING)
    except (KeyError, TypeError, ValueError):
        return False


def _no_prices(symbol: str) -> InputError:
    return InputError(
        f"Yahoo Finance has no prices for {symbol}; please check the symbol, or upload a CSV file."
    )


def _explained(error: Exception, symbol: str) -> Exception:
    """InputError when Yahoo says that it does not know the ticker, else YahooUnavailable."""
    from yfinance.exceptions import YFRateLimitError, YFTickerMissingError

    if isinstance(error, (InputError, YahooUnavailable)):
        return error
    # Yahoo's 404 comes in two dresses: yfinance's own class, and a bare HTTP error of its look-up
    # of a time zone.
    status = getattr(getattr(error, "response", None), "status_code", None)
    reason = getattr(error, "yahoo_reason", None)
    is_missing = isinstance(error, YFTickerMissingError) and (not reason or _NO_SUCH.search(reason))
    if status == 404 or is_missing:
        return _no_prices(symbol)
    if isinstance(error, YFRateLimitError) or status == 429:
        return YahooRefuses("Yahoo Finance refuses further requests for now.")
    return YahooUnavailable("Yahoo Finance cannot be reached right now.")
