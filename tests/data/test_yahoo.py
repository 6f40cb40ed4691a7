"""Laws of Yahoo Finance, by the real yfinance against a loopback server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
import yfinance
import yfinance.base
from yfinance.data import YfData

from data.errors import InputError
from data.price_table import COLUMNS
from data.yahoo import (
    YahooUnavailable,
    _finished_days,
    fetch_history,
    known_tickers,
    normalise_ticker,
)
from tests.yahoo_server import ZONE, FakeYahoo, serve


@pytest.mark.parametrize(
    ("typed", "symbol"),
    [
        ("aapl", "AAPL"), (" msft \n", "MSFT"), ("brk.b", "BRK-B"), ("BRK/B", "BRK-B"),
        ("bf-b", "BF-B"),
        ("^gspc", "^GSPC"), ("7203.t", "7203.T"), ("reliance.ns", "RELIANCE.NS"),
        ("vod.l", "VOD.L"),
        ("eurusd=x", "EURUSD=X"), ("btc-usd", "BTC-USD"),
    ],
)  # fmt: skip
def test_symbols_are_spelled_as_yahoo_does(typed: str, symbol: str) -> None:
    assert normalise_ticker(typed) == symbol


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "../../x",
        "..",
        "A/B/C",
        "A\\B",
        "AAPL?x=1",
        "AAPL MSFT",
        "😀",
        "A" * 100,
        "<b>",
        "A\0",
    ],
)
def test_what_is_no_symbol_is_refused(typed: str) -> None:
    with pytest.raises(InputError):
        normalise_ticker(typed)


def test_the_list_of_tickers_is_in_yahoos_spelling() -> None:
    tickers = known_tickers()
    assert len(tickers) >= 100
    assert all(normalise_ticker(symbol) == symbol and name for symbol, name in tickers.items())


@pytest.fixture
def yahoo(tmp_path: Path) -> Iterator[FakeYahoo]:
    yfinance.set_tz_cache_location(str(tmp_path / "yfinance"))
    YfData().cache_get.cache_clear()
    yfinance.base._tz_info_fetch_ctr = 0
    with serve() as server:
        yield server


def test_prices_of_yahoo_arrive_as_plain_days(yahoo: FakeYahoo) -> None:
    frame = fetch_history("aapl", session=yahoo.session())
    assert list(frame.columns) == list(COLUMNS)
    assert frame.index.tz is None
    assert list(frame.index) == list(yahoo.days)
    assert frame["Close"].iloc[-1] == pytest.approx(100 + 119 * 0.5)
    assert "/v8/finance/chart/AAPL" in yahoo.requests


def test_an_unknown_ticker_is_an_input_error_each_time(yahoo: FakeYahoo) -> None:
    yahoo.mode = "unknown"
    session = yahoo.session()
    for _ in range(4):  # yfinance fails in another way the first two times
        with pytest.raises(InputError, match="no prices for NOSUCH"):
            fetch_history("NOSUCH", session=session)


@pytest.mark.parametrize("mode", ["rate_limit", "error_500", "html", "cut_off", "slow"])
def test_trouble_with_the_network_says_nothing_about_the_ticker(
    yahoo: FakeYahoo, mode: str
) -> None:
    yahoo.mode = mode
    with pytest.raises(YahooUnavailable):
        fetch_history("AAPL", session=yahoo.session(), seconds=0.4 if mode == "slow" else 5.0)


def test_an_address_that_does_not_answer_is_unavailable(yahoo: FakeYahoo) -> None:
    yahoo.base = "http://127.0.0.1:9"  # nothing listens on the discard port
    with pytest.raises(YahooUnavailable):
        fetch_history("AAPL", session=yahoo.session())


def test_the_bar_of_an_open_session_is_dropped() -> None:
    days = pd.DatetimeIndex(["2026-11-19", "2026-11-20"]).tz_localize(ZONE)
    frame = pd.DataFrame({"Close": [1.0, 2.0]}, index=days)
    close = int(datetime(2026, 11, 20, 21, tzinfo=UTC).timestamp())
    metadata = {"currentTradingPeriod": {"regular": {"end": close}}}
    before, after = (
        datetime(2026, 11, 20, 20, tzinfo=UTC),
        datetime(2026, 11, 20, 22, tzinfo=UTC),
    )
    assert len(_finished_days(frame, metadata, before)) == 1
    assert len(_finished_days(frame, metadata, after)) == 2
    assert len(_finished_days(frame, {}, after)) == 1
    assert len(_finished_days(frame, {}, datetime(2026, 11, 21, 12, tzinfo=UTC))) == 2
