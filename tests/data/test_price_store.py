"""Laws of the store: what is served for a ticker, from where, and that it is said."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import InputError
from data.price_store import BREAK_SECONDS, FRESH_SECONDS, PriceStore, simulate
from data.price_table import validate_prices
from data.yahoo import YahooUnavailable

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 18, tzinfo=UTC).timestamp()


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


class Source:
    """Stands for fetch_history: counts its calls, and fails when told to."""

    def __init__(self) -> None:
        self.calls = 0
        self.error: Exception | None = None
        self.frame = simulate("SOURCE", date(2026, 11, 19)).iloc[-80:]

    def __call__(self, ticker: str) -> pd.DataFrame:
        self.calls += 1
        if self.error:
            raise self.error
        return self.frame


@pytest.fixture
def store(tmp_path: Path) -> tuple[PriceStore, Source, Clock]:
    source, clock = Source(), Clock()
    return PriceStore(tmp_path, source, clock), source, clock


def test_fresh_prices_are_fetched_once(store: tuple[PriceStore, Source, Clock]) -> None:
    prices, source, clock = store
    first, second = prices.history("aapl"), prices.history("AAPL")
    assert (first.kind, first.source) == ("yahoo", "Yahoo Finance")
    assert (second.kind, second.source) == ("cache", "Yahoo Finance, cached on 2026-11-20")
    pd.testing.assert_frame_equal(first.frame, second.frame, check_freq=False)
    assert source.calls == 1
    clock.now += FRESH_SECONDS
    assert prices.history("AAPL").kind == "yahoo"
    assert source.calls == 2


def test_old_prices_are_served_with_their_date_when_yahoo_is_away(
    store: tuple[PriceStore, Source, Clock],
) -> None:
    prices, source, clock = store
    prices.history("AAPL")
    clock.now += 10 * 86400
    source.error = YahooUnavailable("Yahoo Finance refuses further requests for now.")
    stale = prices.history("AAPL")
    assert stale.source == "Yahoo Finance, cached on 2026-11-20"
    assert "2026-11-19" in stale.notes[-1]


def test_without_network_and_cache_the_series_is_called_simulated(
    store: tuple[PriceStore, Source, Clock],
) -> None:
    prices, source, _ = store
    source.error = YahooUnavailable("Yahoo Finance cannot be reached.")
    history = prices.history("AAPL")
    assert (history.kind, history.source) == ("simulated", "simulated")
    assert "SIMULATED" in history.notes[0]
    assert "cannot be reached" in history.notes[0]


def test_after_a_failure_yahoo_is_left_alone_for_a_while(
    store: tuple[PriceStore, Source, Clock],
) -> None:
    prices, source, clock = store
    source.error = YahooUnavailable("away")
    for ticker in ("AAPL", "MSFT", "AAPL"):
        prices.history(ticker)
    assert source.calls == 1
    clock.now += BREAK_SECONDS
    source.error = None
    assert prices.history("AAPL").kind == "yahoo"


def test_an_unknown_ticker_is_never_simulated(store: tuple[PriceStore, Source, Clock]) -> None:
    prices, source, _ = store
    source.error = InputError("Yahoo Finance has no prices for NOSUCH.")
    for _ in range(2):
        with pytest.raises(InputError, match="NOSUCH"):
            prices.history("NOSUCH")
    assert source.calls == 1
    source.error = None
    assert prices.history("AAPL").kind == "yahoo"


def test_two_days_of_history_are_refused_in_a_sentence(
    store: tuple[PriceStore, Source, Clock],
) -> None:
    prices, source, _ = store
    source.frame = source.frame.iloc[-2:]
    with pytest.raises(InputError, match="NEWCO has 2 days"):
        prices.history("newco")


def test_a_path_never_leaves_the_cache(
    store: tuple[PriceStore, Source, Clock], tmp_path: Path
) -> None:
    prices, source, _ = store
    with pytest.raises(InputError):
        prices.history("../../x")
    prices.history("^GSPC")
    assert source.calls == 1
    assert [path.parent for path in tmp_path.rglob("*.csv")] == [tmp_path / "yahoo"]


@pytest.mark.parametrize("damage", ["cut", "altered", "empty", "no header"])
def test_a_damaged_cache_file_is_fetched_again(
    store: tuple[PriceStore, Source, Clock], tmp_path: Path, damage: str
) -> None:
    prices, source, _ = store
    expected = prices.history("AAPL").frame
    path = tmp_path / "yahoo" / "AAPL.csv"
    text = path.read_text()
    broken = {
        "cut": text[: len(text) // 2],
        "altered": text.replace("2026-11-19,", "2026-11-19,9"),
        "empty": "",
        "no header": text.split("\n", 1)[1],
    }
    path.write_text(broken[damage])
    history = prices.history("AAPL")
    assert source.calls == 2
    pd.testing.assert_frame_equal(history.frame, expected, check_freq=False)
    assert json.loads(path.read_text().split("\n", 1)[0])["ticker"] == "AAPL"


def test_an_unwritable_cache_only_costs_the_cache(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    source = Source()
    prices = PriceStore(blocked, source, Clock())
    assert prices.history("AAPL").kind == "yahoo"
    assert prices.history("AAPL").kind == "yahoo"


def test_a_simulated_series_is_sound_and_only_grows() -> None:
    early, late = simulate("AAPL", date(2026, 11, 13)), simulate("AAPL", date(2026, 11, 21))
    pd.testing.assert_frame_equal(early, late.iloc[: len(early)], check_freq=False)
    assert str(late.index[-1].date()) == "2026-11-20"  # the 21st is a Saturday
    assert len(late) > 3 * 252
    checked, notes = validate_prices(late, "AAPL", TODAY)
    assert notes == ()
    pd.testing.assert_frame_equal(checked, late, check_freq=False)
    assert not late.equals(simulate("MSFT", date(2026, 11, 21)))
    yearly = np.log(late["Close"]).diff().std() * np.sqrt(252)
    assert 0.1 < yearly < 0.8
