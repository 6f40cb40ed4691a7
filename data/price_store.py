"""Prices for whoever asks by ticker: fresh from the cache, else from Yahoo, else old from the
cache, else simulated.

What was served is always said: in `source` and, when it is not what was asked for, in a note. A
ticker that Yahoo does not know is an InputError; only trouble with the network leads to a
simulation. Uploaded files do not come here.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from data.errors import InputError
from data.price_table import COLUMNS, validate_prices
from data.prices import PriceHistory
from data.sources import cache_dir as default_cache_dir
from data.yahoo import TIME_LIMIT, YahooUnavailable, fetch_history, normalise_ticker

FRESH_SECONDS = 6 * 3600
BREAK_SECONDS = 300  # after a failure of the network, Yahoo is left alone for so long
UNKNOWN_SECONDS = 600  # for so long an unknown ticker is not asked for again
MAX_FILES = 300  # of about 200 kB each
SIMULATION_START = "2020-01-01"


class PriceStore:
    """Prices by ticker, cached on disk. Safe to share between threads; Yahoo gets one request at a
    time.

    cache_dir: None is `RNN_LAB_CACHE` or ~/.cache/rnn-lab. fetch and clock (seconds since 1970) are
    replaced in tests.
    """

    def __init__(
        self,
        cache_dir: Path | str | None = None,
        fetch: Callable[[str], pd.DataFrame] = fetch_history,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder = Path(cache_dir or default_cache_dir()) / "yahoo"
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._closed_until = 0.0
        self._reason = ""
        self._unknown: dict[str, tuple[float, str]] = {}

    def history(self, ticker: str) -> PriceHistory:
        """Prices of a ticker. InputError when it is no symbol, unknown, or has too few days."""
        symbol = normalise_ticker(ticker)
        history = self._cached(symbol, fresh=True)
        if history is None and self._lock.acquire(timeout=TIME_LIMIT):
            try:
                history = self._cached(symbol, fresh=True) or self._from_yahoo(symbol)
            finally:
                self._lock.release()
        return history or self._second_best(symbol)

    def _from_yahoo(self, symbol: str) -> PriceHistory | None:
        """None while Yahoo cannot be reached; the breaker makes that answer an instant one."""
        now = self._clock()
        until, sentence = self._unknown.get(symbol, (0.0, ""))
        if now < until:
            raise InputError(sentence)
        if now < self._closed_until:
            return None
        try:
            frame, notes = validate_prices(self._fetch(symbol), symbol, self._today())
        except YahooUnavailable as error:
            self._closed_until = self._clock() + BREAK_SECONDS
            self._reason = str(error)
            return None
        except InputError as error:
            self._unknown = {k: v for k, v in self._unknown.items() if v[0] > now}
            self._unknown[symbol] = (now + UNKNOWN_SECONDS, str(error))
            raise
        self._reason = ""
        self._write(symbol, frame, notes)
        return PriceHistory(symbol, frame, "Yahoo Finance", notes)

    def _second_best(self, symbol: str) -> PriceHistory:
        reason = self._reason or "Yahoo Finance is busy with other requests."
        stale = self._cached(symbol, fresh=False)
        if stale is not None:
            note = f"{reason} These are older prices, up to {stale.last_date}."
            return PriceHistory(symbol, stale.frame, stale.source, (*stale.notes, note))
        note = (
            f"{reason} This series is SIMULATED: random numbers, not the prices of {symbol}."
            " Upload a CSV file to see a real one."
        )
        return PriceHistory(symbol, simulate(symbol, self._today()), "simulated", (note,))

    def _today(self) -> date:
        return datetime.fromtimestamp(self._clock(), UTC).date()

    def _path(self, symbol: str) -> Path:
        return self._folder / f"{symbol}.csv"

    def _cached(self, symbol: str, fresh: bool) -> PriceHistory | None:
        """From disk; None when absent, too old (if `fresh`), or not what was written."""
        try:
            head, body = self._path(symbol).read_text(encoding="utf-8").split("\n", 1)
            header = json.loads(head)
            if header["sha256"] != hashlib.sha256(body.encode()).hexdigest():
                return None
            fetched = float(header["fetched"])
            if fresh and not 0 <= self._clock() - fetched < FRESH_SECONDS:
                return None
            frame = pd.read_csv(io.StringIO(body), index_col="Date", parse_dates=["Date"])
            frame.index = frame.index.as_unit("ns")
            day = datetime.fromtimestamp(fetched, UTC).date()
            source = f"Yahoo Finance, cached on {day}"
            return PriceHistory(
                symbol, frame[list(COLUMNS)].astype(np.float64), source, tuple(header["notes"])
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write(self, symbol: str, frame: pd.DataFrame, notes: tuple[str, ...]) -> None:
        """Whole or not at all; a disk that is full or read-only only costs the cache."""
        body = frame.to_csv()
        header = {
            "ticker": symbol,
            "fetched": self._clock(),
            "notes": notes,
            "sha256": hashlib.sha256(body.encode()).hexdigest(),
        }
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", dir=self._folder, suffix=".part", delete=False, encoding="utf-8", newline=""
            ) as file:
                file.write(json.dumps(header) + "\n" + body)
            os.replace(file.name, self._path(symbol))
            newest = sorted(
                self._folder.glob("*.csv"), key=lambda path: path.stat().st_mtime, reverse=True
            )
            for path in newest[MAX_FILES:]:
                path.unlink(missing_ok=True)
        except OSError:
            return


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
