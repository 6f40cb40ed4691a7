"""Laws of Yahoo Finance, by the real yfinance against a loopback server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
import yfinance
import yfinance.base
from yfinance.data import YfData

from data.errors import InputError
from data.price_table import COLUMNS
from data.yahoo import (
    YahooRefuses,
    YahooUnavailable,
    _finished_days,
    fetch_history,
    is_us_share,
    known_tickers,
    normalise_ticker,
)
from tests.yahoo_server import ZONE, FakeYahoo, serve


@pytest.mark.parametrize(
    ("typed", "symbol"),
    [
        ("aapl", "AAPL"), (" msft \n", "MSFT"), ("brk.b", "BRK-B"), ("BRK/B", "BRK-B"),
        ("BRK B", "BRK-B"), ("bf-b", "BF-B"), ("BF.B", "BF-B"), ("rci.b.to", "RCI-B.TO"),
        ("volv b.st", "VOLV-B.ST"), ("m&m.ns", "M&M.NS"), ("bmw.de", "BMW.DE"),
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


@pytest.mark.parametrize(
    "symbol", ["BRK-B", "7203.T", "RELIANCE.NS", "^GSPC", "M&M.NS", "EURUSD=X"]
)
def test_each_spelling_reaches_yahoo_as_it_is(yahoo: FakeYahoo, symbol: str) -> None:
    fetch_history(symbol, session=yahoo.session())
    assert f"/v8/finance/chart/{symbol}" in [unquote(path) for path in yahoo.requests]


def test_splits_and_dividends_leave_no_jump_in_any_price(yahoo: FakeYahoo) -> None:
    yahoo.mode = "split"
    frame = fetch_history("AAPL", session=yahoo.session())
    expected = 100 + np.arange(120) * 0.5
    np.testing.assert_allclose(frame["Close"], expected)
    for column in ("Open", "High", "Low"):
        assert (frame[column] / frame["Close"] - 1).abs().max() < 0.02


@pytest.mark.parametrize("mode", ["unknown", "empty"])
def test_a_ticker_without_prices_is_an_input_error_each_time(yahoo: FakeYahoo, mode: str) -> None:
    yahoo.mode = mode
    session = yahoo.session()
    for _ in range(4):  # yfinance fails in another way the first two times
        with pytest.raises(InputError, match="no prices for NOSUCH"):
            fetch_history("NOSUCH", session=session)


SYMBOLS = (f"NEW{k}" for k in count())


def new_symbol() -> str:
    """One that yfinance has never met: it keeps time zones as long as the process lives."""
    return next(SYMBOLS)


TROUBLE = ["rate_limit", "error_500", "error_json", "unauthorised", "html", "cut_off", "slow"]


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("mode", TROUBLE)
def test_trouble_with_the_network_says_nothing_about_the_ticker(
    yahoo: FakeYahoo, mode: str, known: bool
) -> None:
    session, symbol = yahoo.session(), new_symbol()
    if known:  # yfinance knows its time zone then, and asks in another way
        fetch_history(symbol, session=session)
    yahoo.mode = mode
    for _ in range(3):
        with pytest.raises(YahooUnavailable) as caught:
            fetch_history(symbol, session=session, seconds=0.2 if mode == "slow" else 5.0)
        assert isinstance(caught.value, YahooRefuses) == (mode == "rate_limit")


@pytest.mark.parametrize("mode", ["unknown", *TROUBLE])
def test_a_ticker_works_again_when_the_trouble_is_over(yahoo: FakeYahoo, mode: str) -> None:
    yahoo.mode, yahoo.delay = mode, 0.3
    session, symbol = yahoo.session(), new_symbol()
    with pytest.raises((YahooUnavailable, InputError)):
        fetch_history(symbol, session=session, seconds=0.1 if mode == "slow" else 5.0)
    yahoo.mode = "good"
    assert len(fetch_history(symbol, session=session)) == 120


def test_an_address_that_does_not_answer_is_unavailable(yahoo: FakeYahoo) -> None:
    yahoo.base = "http://127.0.0.1:9"  # nothing listens on the discard port
    with pytest.raises(YahooUnavailable):
        fetch_history("AAPL", session=yahoo.session())


NEW_YORK = (ZONE, ("09:30", "16:00"))
TOKYO = ("Asia/Tokyo", ("09:00", "15:30"))
MUMBAI = ("Asia/Kolkata", ("09:15", "15:30"))
ROUND_THE_CLOCK = ("00:00", "23:59")


@pytest.mark.parametrize(
    ("symbol", "exchange", "day", "now", "kept"),
    [
        # Summer time in New York begins on 8 March 2026 and ends on 1 November: the close moves
        # from 21:00 to 20:00 in UTC, and back.
        ("AAPL", NEW_YORK, "2026-03-06", "2026-03-06 20:45", False),
        ("AAPL", NEW_YORK, "2026-03-06", "2026-03-06 21:29", False),
        ("AAPL", NEW_YORK, "2026-03-06", "2026-03-06 21:30", True),
        ("AAPL", NEW_YORK, "2026-03-09", "2026-03-09 20:29", False),
        ("AAPL", NEW_YORK, "2026-03-09", "2026-03-09 20:45", True),
        ("AAPL", NEW_YORK, "2026-11-02", "2026-11-02 20:45", False),
        ("AAPL", NEW_YORK, "2026-11-02", "2026-11-02 21:45", True),
        ("AAPL", NEW_YORK, "2026-11-02", "2026-11-03 04:00", True),  # still the same day there
        ("^GSPC", NEW_YORK, "2026-07-24", "2026-07-24 19:00", False),
        ("^GSPC", NEW_YORK, "2026-07-24", "2026-07-24 22:00", True),
        ("7203.T", TOKYO, "2026-07-24", "2026-07-24 01:00", False),
        ("7203.T", TOKYO, "2026-07-24", "2026-07-24 07:00", True),
        ("7203.T", TOKYO, "2026-07-24", "2026-07-24 16:00", True),  # tomorrow there
        ("7203.T", TOKYO, "2026-07-27", "2026-07-27 00:30", False),
        ("7203.T", TOKYO, "2026-07-24", "2026-07-23 23:59", False),  # yesterday in UTC
        ("RELIANCE.NS", MUMBAI, "2026-07-24", "2026-07-24 10:15", False),
        ("RELIANCE.NS", MUMBAI, "2026-07-24", "2026-07-24 10:31", True),
        ("BTC-USD", ("UTC", ROUND_THE_CLOCK), "2026-07-25", "2026-07-25 23:00", False),
        ("BTC-USD", ("UTC", ROUND_THE_CLOCK), "2026-07-25", "2026-07-26 00:05", True),
        ("EURUSD=X", ("Europe/London", ROUND_THE_CLOCK), "2026-07-24", "2026-07-24 22:59", False),
        ("EURUSD=X", ("Europe/London", ROUND_THE_CLOCK), "2026-07-24", "2026-07-24 23:01", True),
    ],
)
def test_the_bar_of_an_open_session_is_dropped(
    yahoo: FakeYahoo, symbol: str, exchange: tuple, day: str, now: str, kept: bool
) -> None:
    yahoo.zone, yahoo.hours = exchange
    freq = "D" if symbol == "BTC-USD" else "B"
    yahoo.days = pd.date_range(end=day, periods=60, freq=freq)
    moment = pd.Timestamp(now, tz="UTC").to_pydatetime()
    frame = fetch_history(symbol, session=yahoo.session(), now=moment)
    assert list(frame.index) == list(yahoo.days if kept else yahoo.days[:-1])


@pytest.mark.parametrize(("session_day", "kept"), [("2026-07-27", True), ("2026-07-23", False)])
def test_the_session_that_yahoo_names_need_not_be_todays(
    yahoo: FakeYahoo, session_day: str, kept: bool
) -> None:
    yahoo.days = pd.bdate_range(end="2026-07-24", periods=60)
    yahoo.session_day = session_day
    evening = datetime(2026, 7, 24, 22, tzinfo=UTC)
    frame = fetch_history("AAPL", session=yahoo.session(), now=evening)
    assert list(frame.index) == list(yahoo.days if kept else yahoo.days[:-1])


def test_without_a_word_on_the_session_only_past_days_count() -> None:
    days = pd.DatetimeIndex(["2026-11-19", "2026-11-20"]).tz_localize(ZONE)
    frame = pd.DataFrame({"Close": [1.0, 2.0]}, index=days)
    assert len(_finished_days(frame, {}, datetime(2026, 11, 20, 22, tzinfo=UTC))) == 1
    assert len(_finished_days(frame, {}, datetime(2026, 11, 21, 12, tzinfo=UTC))) == 2


def test_shares_of_the_us_are_told_from_all_else():
    assert all(map(is_us_share, ("AAPL", "F", "BRK-B", "GOOGL")))
    others = ("7203.T", "RELIANCE.NS", "^GSPC", "EURUSD=X", "BTC-USD", "BMW.DE")
    assert not any(map(is_us_share, others))
