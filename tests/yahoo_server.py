"""A loopback server that answers as Yahoo Finance does, well or badly, and a session that leads
yfinance to it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
from curl_cffi import requests

ZONE = "America/New_York"


@dataclass
class FakeYahoo:
    """How the server answers: good, split, empty, unknown, rate_limit, error_500, error_json,
    unauthorised, html, cut_off or slow."""

    mode: str = "good"
    days: pd.DatetimeIndex = field(
        default_factory=lambda: pd.bdate_range("2025-01-02", periods=120)
    )
    zone: str = ZONE
    hours: tuple[str, str] = ("09:30", "16:00")  # of a session, in the exchange's time
    session_day: str | None = None  # whose session Yahoo names; the last of the days when None
    delay: float = 1.0  # seconds, in mode slow
    requests: list[str] = field(default_factory=list)  # paths, as they came
    base: str = ""

    def moment(self, day: object, hour: str) -> int:
        """Unix seconds of an hour of a day at the exchange."""
        return int(pd.Timestamp(f"{pd.Timestamp(day).date()} {hour}", tz=self.zone).timestamp())

    def chart(self, symbol: str) -> dict:
        """The answer of /v8/finance/chart for a ticker that exists."""
        stamps = [self.moment(day, self.hours[0]) for day in self.days]
        close = 100 + np.arange(len(stamps)) * 0.5
        adjusted, events = close, {}
        if self.mode == "split":
            close, adjusted, events = _with_actions(close, stamps)
        quote = {
            "open": (close - 0.2).tolist(),
            "high": (close + 1.0).tolist(),
            "low": (close - 1.0).tolist(),
            "close": close.tolist(),
            "volume": [1_000_000] * len(close),
        }
        result = {"meta": self._meta(symbol, stamps[-1], close[-1])}
        if self.mode == "empty":
            return _chart(result | {"indicators": {"quote": [{}], "adjclose": [{}]}})
        indicators = {"quote": [quote], "adjclose": [{"adjclose": adjusted.tolist()}]}
        return _chart(result | {"timestamp": stamps, "indicators": indicators, "events": events})

    def _meta(self, symbol: str, stamp: int, price: float) -> dict:
        day = self.session_day or self.days[-1]
        period = {
            "timezone": "EST",
            "gmtoffset": -18000,
            "start": self.moment(day, self.hours[0]),
            "end": self.moment(day, self.hours[1]),
        }
        return {
            "currency": "USD",
            "symbol": symbol,
            "instrumentType": "EQUITY",
            "exchangeTimezoneName": self.zone,
            "timezone": "EST",
            "gmtoffset": -18000,
            "regularMarketPrice": price,
            "regularMarketTime": stamp,
            "priceHint": 2,
            "validRanges": ["1d", "5d", "1y", "10y", "max"],
            "currentTradingPeriod": {"regular": period},
        }

    def session(self) -> requests.Session:
        """A session that sends every address of yahoo.com here, and refuses all others."""
        base = self.base

        class LoopbackSession(requests.Session):
            def request(self, method: str, url: str, *args: object, **kwargs: object) -> object:
                parts = urlsplit(url)
                assert parts.hostname.endswith("yahoo.com"), f"a test tried to reach {url}"
                query = f"?{parts.query}" if parts.query else ""
                return super().request(method, base + parts.path + query, *args, **kwargs)

        return LoopbackSession(impersonate="chrome")


def _chart(result: dict) -> dict:
    return {"chart": {"result": [result], "error": None}}


def _with_actions(close: np.ndarray, stamps: list[int]) -> tuple[np.ndarray, np.ndarray, dict]:
    """Closes and adjusted closes with a dividend of a tenth of the price in the middle, and a split
    20 days later, which Yahoo has taken out of all prices already."""
    middle = len(close) // 2
    close = np.where(np.arange(len(close)) < middle, close / 0.9, close)
    adjusted = np.where(np.arange(len(close)) < middle, close * 0.9, close)
    paid, split = stamps[middle], stamps[middle + 20]
    events = {
        "dividends": {str(paid): {"amount": float(close[middle] / 9), "date": paid}},
        "splits": {
            str(split): {"date": split, "numerator": 4, "denominator": 1, "splitRatio": "4:1"}
        },
    }
    return close, adjusted, events


def _refusal(code: str, description: str) -> dict:
    return {"result": None, "error": {"code": code, "description": description}}


# Status and JSON of the answers that name an error.
ERRORS = {
    "unknown": (404, {"chart": _refusal("Not Found", "No data found, symbol may be delisted")}),
    "error_json": (500, {"chart": _refusal("Internal Server Error", "Please try again later")}),
    "unauthorised": (401, {"finance": _refusal("Unauthorized", "Invalid Crumb")}),
}


@contextmanager
def serve() -> Iterator[FakeYahoo]:
    """Run a FakeYahoo on a free port of the loopback interface."""
    yahoo = FakeYahoo()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            yahoo.requests.append(path)
            status, kind, body, promised = _answer(yahoo, path)
            try:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(promised))
                self.end_headers()
                self.wfile.write(body)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the client gave up waiting: mode slow

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    yahoo.base = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield yahoo
    finally:
        server.shutdown()
        server.server_close()


def _answer(yahoo: FakeYahoo, path: str) -> tuple[int, str, bytes, int]:
    """Status, content type, body, and the length that the header promises."""
    if yahoo.mode == "slow":
        time.sleep(yahoo.delay)
    if yahoo.mode == "rate_limit":
        body = b"Too Many Requests\r\n"
        return 429, "text/html", body, len(body)
    if path == "/v1/test/getcrumb":
        return 200, "text/plain", b"crumb", 5
    if not path.startswith("/v8/finance/chart/"):
        status = 404 if path.startswith("/v10/") and yahoo.mode == "unknown" else 200
        return status, "application/json", b"{}", 2
    if yahoo.mode == "error_500":
        return 500, "text/html", b"<html>Internal Server Error</html>", 34
    if yahoo.mode == "html":
        return 200, "text/html", b"<html>Please verify that you are human</html>", 45
    if yahoo.mode in ERRORS:
        status, answer = ERRORS[yahoo.mode]
        body = json.dumps(answer).encode()
        return status, "application/json", body, len(body)
    body = json.dumps(yahoo.chart(path.rsplit("/", 1)[1])).encode()
    if yahoo.mode == "cut_off":
        return 200, "application/json", body[: len(body) // 2], len(body)
    return 200, "application/json", body, len(body)
