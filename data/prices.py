"""One checked series of daily prices: what it is, and how a person's CSV becomes one.

Nothing here fetches (`data/yahoo.py`), caches (`data/price_store.py`), reads a file
(`data/price_files.py`), decides what a table of prices must be (`data/price_table.py`) or computes
features.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from data.price_files import read_table
from data.price_table import validate_prices

_KINDS = {  # by how `source` begins
    "Yahoo Finance, old": "stale",
    "Yahoo Finance, cached": "cache",
    "Yahoo Finance": "yahoo",
    "simulated": "simulated",
}


@dataclass(frozen=True)
class PriceHistory:
    """Daily prices of one series and where they came from.

    frame: tz-naive ascending unique dates; columns Open High Low Close (currency of the source) and
    Volume (shares), float. source: in words, such as "Yahoo Finance, cached on 2026-11-20". notes:
    sentences on what was repaired or is missing.
    """

    ticker: str
    frame: pd.DataFrame
    source: str
    notes: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """One of "yahoo" (just fetched), "cache" (fetched today), "stale" (older than one would
        want, since Yahoo cannot be reached), "simulated" and "file"."""
        for start, kind in _KINDS.items():
            if self.source.startswith(start):
                return kind
        return "file"

    @property
    def last_date(self) -> date:
        """The day of the last price."""
        return self.frame.index[-1].date()

    def as_of(self, day: date) -> PriceHistory:
        """What was known at the close of `day`: the rows up to and with it (perhaps none)."""
        return replace(self, frame=self.frame.loc[: pd.Timestamp(day)])


def read_csv(path: Path | str, today: date | None = None) -> PriceHistory:
    """Read an uploaded table of daily prices, in the layouts of Yahoo, Stooq, Nasdaq, Alpha
    Vantage, Investing.com and the like. Raises InputError."""
    path = Path(path)
    table, first_row = read_table(path)
    frame, notes = validate_prices(table, path.name, today, first_row=first_row)
    return PriceHistory(path.stem[:40], frame, f"uploaded file {path.name}", notes)
