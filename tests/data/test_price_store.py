"""Laws of the store: what is served for a ticker, from where, and that it is said."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import InputError
from data.price_cache import ABANDONED_SECONDS, MAX_FILES
from data.price_store import (
    FAILURE_BREAK,
    FRESH_SECONDS,
    MAX_UNKNOWN,
    REFUSAL_BREAK,
    UNKNOWN_SECONDS,
    PriceStore,
    simulate,
)
from data.price_table import validate_prices
from data.yahoo import YahooRefuses, YahooUnavailable

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 18, tzinfo=UTC).timestamp()


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


class Source:
    """Stands for fetch_history: counts its calls, fails when told to, and can be held up."""

    def __init__(self) -> None:
        self.calls = 0
        self.at_once = self.most_at_once = 0
        self.error: Exception | None = None
        self.frame = simulate("SOURCE", date(2026, 11, 19)).iloc[-80:]
        self.way = threading.Event()  # cleared: answers wait
        self.way.set()
        self.entered = threading.Semaphore(0)  # released once a call
        self._lock = threading.Lock()

    def __call__(self, ticker: str) -> pd.DataFrame:
        with self._lock:
            self.calls += 1
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
        self.entered.release()
        try:
            assert self.way.wait(20)
            if self.error:
                raise self.error
            return self.frame
        finally:
            with self._lock:
                self.at_once -= 1


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
    assert (stale.kind, stale.source) == (
        "stale",
        "Yahoo Finance, old prices cached on 2026-11-20",
    )
    assert "refuses" in stale.notes[-1]
    assert "2026-11-19" in stale.notes[-1]
    source.error = None
    clock.now += 86400
    assert prices.history("AAPL").kind == "yahoo"


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
    clock.now += FAILURE_BREAK.first
    source.error = None
    assert prices.history("AAPL").kind == "yahoo"


def test_after_a_refusal_yahoo_is_left_alone_for_longer_each_time(
    store: tuple[PriceStore, Source, Clock],
) -> None:
    prices, source, clock = store
    source.error = YahooRefuses("Yahoo Finance refuses further requests for now.")
    pause = REFUSAL_BREAK.first
    for calls in (1, 2, 3):
        assert "refuses" in prices.history("AAPL").notes[-1]
        assert source.calls == calls
        clock.now += pause - 1
        prices.history("MSFT")
        assert source.calls == calls
        clock.now += 1
        pause *= 2


def test_ten_visitors_of_one_ticker_cause_one_request(
    store: tuple[PriceStore, Source, Clock],
) -> None:
    prices, source, _ = store
    source.way.clear()
    with ThreadPoolExecutor(10) as visitors:
        asked = [visitors.submit(prices.history, "AAPL") for _ in range(10)]
        assert source.entered.acquire(timeout=10)
        source.way.set()
        answers = [visit.result(10) for visit in asked]
    assert source.calls == 1
    assert {answer.kind for answer in answers} <= {"yahoo", "cache"}
    assert all(answer.frame.equals(answers[0].frame) for answer in answers)


def test_ten_visitors_of_an_unknown_ticker_hear_it_after_one_request(
    store: tuple[PriceStore, Source, Clock],
) -> None:
    prices, source, _ = store
    source.error = InputError("Yahoo Finance has no prices for NOSUCH.")
    source.way.clear()
    with ThreadPoolExecutor(10) as visitors:
        asked = [visitors.submit(prices.history, "NOSUCH") for _ in range(10)]
        assert source.entered.acquire(timeout=10)
        source.way.set()
        assert all("NOSUCH" in str(visit.exception(10)) for visit in asked)
    assert source.calls == 1


def test_two_tickers_go_at_once_and_never_more(store: tuple[PriceStore, Source, Clock]) -> None:
    prices, source, _ = store
    source.way.clear()
    with ThreadPoolExecutor(5) as visitors:
        asked = [visitors.submit(prices.history, f"T{k}") for k in range(5)]
        for _ in range(2):  # the second does not wait for the first
            assert source.entered.acquire(timeout=10)
        assert not source.entered.acquire(timeout=0.2)
        source.way.set()
        assert all(visit.result(10).kind == "yahoo" for visit in asked)
    assert (source.calls, source.most_at_once) == (5, 2)


def test_who_waits_behind_a_failure_asks_yahoo_no_more(
    store: tuple[PriceStore, Source, Clock],
) -> None:
    prices, source, _ = store
    source.way.clear()
    source.error = YahooRefuses("Yahoo Finance refuses further requests for now.")
    with ThreadPoolExecutor(6) as visitors:
        asked = [visitors.submit(prices.history, f"T{k}") for k in range(6)]
        for _ in range(2):
            assert source.entered.acquire(timeout=10)
        source.way.set()
        assert all(visit.result(10).kind == "simulated" for visit in asked)
    assert source.calls == 2


def test_a_companion_has_prices_or_is_none(store: tuple[PriceStore, Source, Clock]) -> None:
    prices, source, clock = store
    assert prices.companion("^GSPC").kind == "yahoo"
    assert prices.companion("^GSPC").kind == "cache"
    assert prices.companion("../../x") is None
    source.error = InputError("Yahoo Finance has no prices for ^N225.")
    assert prices.companion("^N225") is None
    clock.now += FRESH_SECONDS
    source.error = YahooUnavailable("away")
    assert prices.companion("^GSPC").kind == "stale"
    assert prices.companion("^DJI") is None
    assert source.calls == 3


def test_a_companion_is_not_waited_for_and_there_the_next_time(
    store: tuple[PriceStore, Source, Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    prices, source, _ = store
    monkeypatch.setattr("data.price_store.COMPANION_SECONDS", 0.05)
    source.way.clear()
    start = time.monotonic()
    assert prices.companion("^GSPC") is None
    assert time.monotonic() - start < 2
    source.way.set()
    assert prices.history("^GSPC").kind in ("yahoo", "cache")
    assert source.calls == 1


def test_an_unknown_ticker_is_never_simulated(store: tuple[PriceStore, Source, Clock]) -> None:
    prices, source, clock = store
    source.error = InputError("Yahoo Finance has no prices for NOSUCH.")
    for _ in range(2):
        with pytest.raises(InputError, match="NOSUCH"):
            prices.history("NOSUCH")
    assert source.calls == 1
    source.error = None
    assert prices.history("AAPL").kind == "yahoo"
    clock.now += UNKNOWN_SECONDS
    assert prices.history("NOSUCH").kind == "yahoo"  # it was listed meanwhile


def test_the_memory_of_unknown_tickers_is_bounded(
    store: tuple[PriceStore, Source, Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MAX_UNKNOWN <= 10_000
    monkeypatch.setattr("data.price_store.MAX_UNKNOWN", 2)
    prices, source, _ = store
    source.error = InputError("Yahoo Finance has no prices for it.")
    for symbol in ("A1", "B1", "C1", "B1", "A1"):
        with pytest.raises(InputError):
            prices.history(symbol)
    assert source.calls == 4  # A1 was forgotten, B1 was not


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


@pytest.mark.parametrize(
    "damage", ["cut", "altered", "empty", "no header", "another's", "binary", "head altered"]
)
def test_a_damaged_cache_file_is_fetched_again(
    store: tuple[PriceStore, Source, Clock], tmp_path: Path, damage: str
) -> None:
    prices, source, _ = store
    expected = prices.history("AAPL").frame
    prices.history("MSFT")
    path = tmp_path / "yahoo" / "AAPL.csv"
    text = path.read_text()
    broken = {
        "cut": text[: len(text) // 2],
        "altered": text.replace("2026-11-19,", "2026-11-19,9"),
        "empty": "",
        "no header": text.split("\n", 1)[1],
        "another's": (tmp_path / "yahoo" / "MSFT.csv").read_text(),
        "binary": "\udcff\0" + text,
        "head altered": text.replace('"fetched": 1', '"fetched": 2'),
    }
    assert broken[damage] != text
    path.write_text(broken[damage], errors="surrogateescape")
    history = prices.history("AAPL")
    assert source.calls == 3
    pd.testing.assert_frame_equal(history.frame, expected, check_freq=False)
    assert path.read_text() == text


def test_an_unwritable_cache_only_costs_the_cache(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    source = Source()
    prices = PriceStore(blocked, source, Clock())
    assert prices.history("AAPL").kind == "yahoo"
    assert prices.history("AAPL").kind == "yahoo"


def test_a_write_that_breaks_off_leaves_the_old_file_and_nothing_else(
    store: tuple[PriceStore, Source, Clock], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prices, _, clock = store
    prices.history("AAPL")
    before = (tmp_path / "yahoo" / "AAPL.csv").read_text()
    clock.now += FRESH_SECONDS

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert prices.history("AAPL").kind == "yahoo"
    assert [path.name for path in (tmp_path / "yahoo").iterdir()] == ["AAPL.csv"]
    assert (tmp_path / "yahoo" / "AAPL.csv").read_text() == before


def test_the_cache_keeps_a_bounded_number_of_files(
    store: tuple[PriceStore, Source, Clock], tmp_path: Path
) -> None:
    prices, _, _ = store
    folder = tmp_path / "yahoo"
    folder.mkdir()
    for k in range(MAX_FILES + 5):
        (folder / f"T{k}.csv").touch()
        os.utime(folder / f"T{k}.csv", (k + 1.0, k + 1.0))
    for name, age in (("left.part", ABANDONED_SECONDS + 60), ("running.part", 0)):
        (folder / name).touch()
        os.utime(folder / name, (time.time() - age,) * 2)
    prices.history("AAPL")
    names = {path.name for path in folder.iterdir()}
    assert len([name for name in names if name.endswith(".csv")]) == MAX_FILES
    assert {"AAPL.csv", f"T{MAX_FILES + 4}.csv", "running.part"} <= names
    assert not {"T0.csv", "T5.csv", "left.part"} & names


def test_impossible_prices_of_yahoo_are_mended_and_it_is_said(
    store: tuple[PriceStore, Source, Clock],
) -> None:
    prices, source, _ = store
    frame = source.frame.copy()
    frame.iloc[10, frame.columns.get_loc("Open")] = 0.0
    frame.iloc[11, frame.columns.get_loc("Close")] = -1.0
    frame.iloc[12, frame.columns.get_loc("High")] = 0.001
    source.frame = pd.concat([frame, frame.iloc[[-1]] * 1.01])  # and the last day twice
    history = prices.history("AAPL")
    assert len(history.frame) == 79
    assert history.frame["Close"].iloc[-1] == pytest.approx(frame["Close"].iloc[-1] * 1.01)
    assert history.frame["Open"].iloc[10] == frame["Close"].iloc[10]
    assert "2 days with impossible prices" in history.notes[0]
    assert "2 rows without a price" in history.notes[1]


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
