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
    """How the server answers: good, unknown, rate_limit, error_500, html, cut_off or slow."""

    mode: str = "good"
    days: pd.DatetimeIndex = field(
        default_factory=lambda: pd.bdate_range("2025-01-02", periods=120)
    )
    session_end: int = 0  # unix seconds of the close of the running session
    delay: float = 1.0  # seconds, in mode slow
    requests: list[str] = field(default_factory=list)  # paths, as they came
    base: str = ""

    def chart(self, symbol: str) -> dict:
        """The answer of /v8/finance/chart for a ticker that exists."""
        stamps = [int(day.tz_localize(ZONE).timestamp()) + 34_200 for day in self.days]
        close = (100 + np.arange(len(stamps)) * 0.5).tolist()
        quote = {
            "open": [price - 0.2 for price in close],
            "high": [price + 1.0 for price in close],
            "low": [price - 1.0 for price in close],
            "close": close,
            "volume": [1_000_000] * len(close),
        }
        meta = {
            "currency": "USD",
            "symbol": symbol,
            "instrumentType": "EQUITY",
            "exchangeTimezoneName": ZONE,
            "timezone": "EST",
            "gmtoffset": -18000,
            "regularMarketPrice": close[-1],
            "regularMarketTime": stamps[-1],
            "priceHint": 2,
            "validRanges": ["1d", "5d", "1y", "10y", "max"],
            "currentTradingPeriod": {
                "regular": {
                    "timezone": "EST",
                    "gmtoffset": -18000,
                    "start": self.session_end - 23_400,
                    "end": self.session_end,
                }
            },
        }
        indicators = {"quote": [quote], "adjclose": [{"adjclose": close}]}
        result = {"meta": meta, "timestamp": stamps, "indicators": indicators}
        return {"chart": {"result": [result], "error": None}}

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


NOT_FOUND = {
    "chart": {
        "result": None,
        "error": {"code": "Not Found", "description": "No data found, symbol may be delisted"},
    }
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
    if yahoo.mode == "unknown":
        body = json.dumps(NOT_FOUND).encode()
        return 404, "application/json", body, len(body)
    body = json.dumps(yahoo.chart(path.rsplit("/", 1)[1])).encode()
    if yahoo.mode == "cut_off":
        return 200, "application/json", body[: len(body) // 2], len(body)
    return 200, "application/json", body, len(body)
