"""Prices of tickers on disk, so that Yahoo is asked seldom and old prices remain when it is away.

Each ticker has one file, written whole or not at all and checked by a checksum when read. What
counts as fresh, and what is shown instead, is `data/price_store.py`'s to say.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from data.price_table import COLUMNS

MAX_FILES = 300  # of about 200 kB each
ABANDONED_SECONDS = 3600  # a file half written for so long will never be finished


@dataclass(frozen=True)
class CachedPrices:
    """A frame as in `PriceHistory`, its notes, and when it was fetched (seconds since 1970)."""

    frame: pd.DataFrame
    notes: tuple[str, ...]
    fetched: float

    @property
    def day(self) -> date:
        """The day of the fetch, in UTC."""
        return datetime.fromtimestamp(self.fetched, UTC).date()


class PriceCache:
    """Prices by symbol (as `normalise_ticker` writes it) in a folder of at most MAX_FILES files.

    A folder that cannot be written, or a disk that is full, only costs the cache.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, symbol: str) -> CachedPrices | None:
        """None when there is no file, or it is not what was written for this symbol."""
        try:
            digest, content = self._path(symbol).read_text(encoding="utf-8").split("\n", 1)
            if digest != hashlib.sha256(content.encode()).hexdigest():
                return None
            head, body = content.split("\n", 1)
            header = json.loads(head)
            if header["ticker"] != symbol:
                return None
            frame = pd.read_csv(io.StringIO(body), index_col="Date", parse_dates=["Date"])
            frame.index = frame.index.as_unit("ns")
            frame = frame[list(COLUMNS)].astype(np.float64)
            return CachedPrices(frame, tuple(header["notes"]), header["fetched"])
        except (OSError, ValueError, KeyError):
            return None

    def write(self, symbol: str, prices: CachedPrices) -> None:
        """Replace the file of a symbol; the files that were written longest ago make room."""
        header = {"ticker": symbol, "fetched": prices.fetched, "notes": prices.notes}
        content = json.dumps(header) + "\n" + prices.frame.to_csv(lineterminator="\n")
        digest = hashlib.sha256(content.encode()).hexdigest()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, part = tempfile.mkstemp(dir=self._folder, suffix=".part")
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                    file.write(f"{digest}\n{content}")
                os.replace(part, self._path(symbol))
            finally:
                Path(part).unlink(missing_ok=True)  # it is gone already if all went well
            self._make_room()
        except OSError:
            return

    def _make_room(self) -> None:
        def age(path: Path) -> float:
            return time.time() - path.stat().st_mtime

        for path in sorted(self._folder.glob("*.csv"), key=age)[MAX_FILES:]:
            path.unlink(missing_ok=True)
        for path in self._folder.glob("*.part"):
            if age(path) > ABANDONED_SECONDS:
                path.unlink(missing_ok=True)

    def _path(self, symbol: str) -> Path:
        return self._folder / f"{symbol}.csv"
