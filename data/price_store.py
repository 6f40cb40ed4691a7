"""Prices for whoever asks by ticker: fresh from the cache, else from Yahoo, else old from the
cache, else simulated.

What was served is always said: in `kind`, in `source` and, when it is not what was asked for, in a
note. A ticker that Yahoo does not know is an InputError; only trouble with the network leads to a
simulation. Uploaded files do not come here.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from data.breaker import Break, Breaker
from data.errors import InputError
from data.price_cache import CachedPrices, PriceCache
from data.price_table import COLUMNS, validate_prices
from data.prices import PriceHistory
from data.sources import cache_dir as default_cache_dir
from data.yahoo import (
    TIME_LIMIT,
    YahooRefuses,
    YahooUnavailable,
    fetch_history,
    normalise_ticker,
)

FRESH_SECONDS = 6 * 3600
UNKNOWN_SECONDS = 600  # for so long an unknown ticker is not asked for again
MAX_UNKNOWN = 1000  # of them are remembered
COMPANION_SECONDS = 2.0  # nobody asked for a companion, so nobody should wait for it
MAX_REQUESTS = 2  # at once
FAILURE_BREAK = Break(first=60, longest=900)
REFUSAL_BREAK = Break(first=900, longest=4 * 3600)
SIMULATION_START = "2020-01-01"


class PriceStore:
    """Prices by ticker, cached on disk. Safe to share between threads.

    Those who ask for the same ticker at once share one request, MAX_REQUESTS of different tickers
    go at once, and after a failure Yahoo is left alone (`data/breaker.py`). The frames are shared,
    too: do not write into them.

    cache_dir: None is `RNN_LAB_CACHE` or ~/.cache/rnn-lab. fetch and clock (seconds since 1970) are
    replaced in tests.
    """

    def __init__(
        self,
        cache_dir: Path | str | None = None,
        fetch: Callable[[str], pd.DataFrame] = fetch_history,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._cache = PriceCache(Path(cache_dir or default_cache_dir()) / "yahoo")
        self._fetch = fetch
        self._clock = clock
        self._breaker = Breaker(clock)
        self._slots = threading.BoundedSemaphore(MAX_REQUESTS)
        self._lock = threading.Lock()  # of the two below
        self._flights: dict[str, Future[PriceHistory | None]] = {}
        self._unknown: dict[str, tuple[float, str]] = {}  # until when, and the sentence

    def history(self, ticker: str) -> PriceHistory:
        """Prices of a ticker, within about TIME_LIMIT seconds. InputError when it is no symbol,
        unknown, or has too few days."""
        symbol = normalise_ticker(ticker)
        # A second more than the request itself may take, to hear why it failed.
        history = self._fresh(symbol) or self._asked(symbol, TIME_LIMIT + 1)
        reason = self._breaker.reason or "Yahoo Finance is busy with other requests."
        if history := history or self._old(symbol, reason):
            return history
        note = (
            f"{reason} This series is SIMULATED: random numbers, not the prices of {symbol}."
            " Upload a CSV file to see a real one."
        )
        return PriceHistory(symbol, simulate(symbol, self._today()), "simulated", (note,))

    def companion(self, symbol: str) -> PriceHistory | None:
        """Prices of another series, such as an index, to set beside the one that was asked for.

        By the rules of `history`, but None instead of a simulation or an InputError, at once while
        Yahoo cannot be reached, and within COMPANION_SECONDS otherwise: an answer that comes later
        is there the next time.
        """
        try:
            symbol = normalise_ticker(symbol)
        except InputError:
            return None
        try:
            history = self._fresh(symbol) or self._asked(symbol, COMPANION_SECONDS)
            reason = self._breaker.reason or "Yahoo Finance has not answered yet."
        except InputError as error:
            history, reason = None, str(error)
        return history or self._old(symbol, reason)

    def _asked(self, symbol: str, seconds: float) -> PriceHistory | None:
        """From Yahoo, by a request that is under way or a new one. None when it cannot be reached,
        or does not answer in time."""
        with self._lock:
            flight = self._flights.get(symbol)
            if flight is None:
                flight = self._flights[symbol] = Future()
                threading.Thread(
                    target=self._fly, args=(symbol, flight), daemon=True, name=f"prices-{symbol}"
                ).start()
        try:
            return flight.result(seconds)
        except TimeoutError:
            return None

    def _fly(self, symbol: str, flight: Future[PriceHistory | None]) -> None:
        try:
            flight.set_result(self._from_yahoo(symbol))
        except Exception as error:  # for those who wait
            flight.set_exception(error)
        finally:
            with self._lock:
                del self._flights[symbol]

    def _from_yahoo(self, symbol: str) -> PriceHistory | None:
        """None while Yahoo cannot be reached; the breaker makes that answer an instant one."""
        # Another flight may have landed since the caller looked.
        if fresh := self._fresh(symbol):
            return fresh
        with self._lock:
            until, sentence = self._unknown.get(symbol, (0.0, ""))
        if self._clock() < until:
            raise InputError(sentence)
        if not self._slots.acquire(timeout=TIME_LIMIT):
            return None
        try:
            return self._request(symbol) if self._breaker.admits() else None
        finally:
            self._slots.release()

    def _request(self, symbol: str) -> PriceHistory | None:
        try:
            raw = self._fetch(symbol)
            frame, notes = validate_prices(raw, symbol, self._today(), mend=True)
        except YahooUnavailable as error:
            pause = REFUSAL_BREAK if isinstance(error, YahooRefuses) else FAILURE_BREAK
            self._breaker.failed(pause, str(error))
            return None
        except InputError as error:
            self._breaker.succeeded()
            self._remember_unknown(symbol, str(error))
            raise
        self._breaker.succeeded()
        self._cache.write(symbol, CachedPrices(frame, notes, self._clock()))
        return PriceHistory(symbol, frame, "Yahoo Finance", notes)

    def _remember_unknown(self, symbol: str, sentence: str) -> None:
        with self._lock:
            self._unknown.pop(symbol, None)
            self._unknown[symbol] = (self._clock() + UNKNOWN_SECONDS, sentence)
            while len(self._unknown) > MAX_UNKNOWN:
                del self._unknown[next(iter(self._unknown))]  # the one that was asked first

    def _fresh(self, symbol: str) -> PriceHistory | None:
        cached = self._cache.read(symbol)
        if cached is None or not 0 <= self._clock() - cached.fetched < FRESH_SECONDS:
            return None
        source = f"Yahoo Finance, cached on {cached.day}"
        return PriceHistory(symbol, cached.frame, source, cached.notes)

    def _old(self, symbol: str, reason: str) -> PriceHistory | None:
        cached = self._cache.read(symbol)
        if cached is None:
            return None
        last = cached.frame.index[-1].date()
        note = f"{reason} These are older prices, up to {last}."
        source = f"Yahoo Finance, old prices cached on {cached.day}"
        return PriceHistory(symbol, cached.frame, source, (*cached.notes, note))

    def _today(self) -> date:
        return datetime.fromtimestamp(self._clock(), UTC).date()


def simulate(ticker: str, today: date) -> pd.DataFrame:
    """A made-up series that looks like a stock: the same for the same ticker, growing by a row each
    weekday.

    Returns follow a GARCH(1,1) with Student-t shocks (Bollerslev, Review of Economics and
    Statistics 69, 1987), 5 degrees of freedom, 25 % a year on average; a quarter of each day's
    variance falls overnight, and the range comes from a random walk of 26 steps within the session.
    Ends on the last weekday up to `today`.
    """
    days = pd.bdate_range(SIMULATION_START, today, name="Date").as_unit("ns")
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(ticker.encode()).digest()[:8], "big"))
    price, shares = (
        np.exp(rng.uniform(np.log(20.0), np.log(400.0))),
        np.exp(rng.uniform(13.0, 17.0)),
    )
    average = (0.25**2) / 252 * np.exp(rng.normal(0.0, 0.3))
    alpha, beta, freedom, steps = 0.07, 0.91, 5.0, 26
    variance, log_close, rows = average, np.log(price), []
    for _ in days:
        shock = np.sqrt(variance * (freedom - 2.0) / rng.chisquare(freedom))
        log_open = log_close + 0.5 * shock * rng.standard_normal()
        path = log_open + np.cumsum(rng.standard_normal(steps)) * shock * np.sqrt(0.75 / steps)
        move = path[-1] - log_close
        log_close = path[-1]
        high, low = max(log_open, path.max()), min(log_open, path.min())
        busy = np.exp(0.3 * rng.standard_normal()) * (0.6 + 0.4 * abs(move) / np.sqrt(average))
        rows.append((*np.exp([log_open, high, low, log_close]), np.round(shares * busy)))
        variance = average * (1 - alpha - beta) + alpha * move**2 + beta * variance
    return pd.DataFrame(rows, index=days, columns=list(COLUMNS))
