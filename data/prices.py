"""One checked series of daily prices: what it is, and how a person's CSV becomes one.

Nothing here fetches (`data/yahoo.py`), caches (`data/price_store.py`), decides what a table of
prices must be (`data/price_table.py`) or computes features.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from data.errors import InputError
from data.price_table import validate_prices

MAX_BYTES = 50_000_000


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
        """One of "yahoo" (just fetched), "cache", "simulated" and "file"."""
        if self.source.startswith("simulated"):
            return "simulated"
        if self.source.startswith("Yahoo Finance"):
            return "cache" if "cached" in self.source else "yahoo"
        return "file"

    @property
    def last_date(self) -> date:
        """The day of the last price."""
        return self.frame.index[-1].date()

    def as_of(self, day: date) -> PriceHistory:
        """What was known at the close of `day`: the rows up to and with it (perhaps none)."""
        return replace(self, frame=self.frame.loc[: pd.Timestamp(day)])


def read_csv(path: Path | str, today: date | None = None) -> PriceHistory:
    """Read an uploaded CSV of daily prices: commas or semicolons, UTF-8 or Latin-1.

    With semicolons, a comma in a number is its decimal point. Raises InputError.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(
                f"{path.name} has {size / 1e6:.0f} MB, more than daily prices ever need;"
                f" please upload at most {MAX_BYTES // 1_000_000} MB."
            )
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path.name} cannot be read ({error.strerror}); please choose a CSV file."
        ) from error
    if b"\0" in content[:10_000]:
        raise InputError(f"{path.name} is not a text file; please save the prices as CSV.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    frame, notes = validate_prices(_parse_csv(text, path.name), path.name, today)
    return PriceHistory(path.stem[:40], frame, f"uploaded file {path.name}", notes)


def _parse_csv(text: str, name: str) -> pd.DataFrame:
    header = text.lstrip().split("\n", 1)[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    try:
        # All cells as text: pandas' own guesses would hide which cell is not a number.
        frame = pd.read_csv(
            io.StringIO(text),
            sep=delimiter,
            dtype=str,
            skipinitialspace=True,
            keep_default_na=False,
        )
    except pd.errors.ParserError as error:
        raise InputError(_uneven(name)) from error
    except (pd.errors.EmptyDataError, ValueError) as error:
        raise InputError(
            f"{name} is not a table; please give a CSV with a header line such as"
            " Date,Open,High,Low,Close,Volume and one row a day."
        ) from error
    if not isinstance(frame.index, pd.RangeIndex):  # pandas took the first cells for row names
        raise InputError(_uneven(name))
    if delimiter == ";":
        # "1.234,50" -> "1234.50", as many spreadsheets in Europe write numbers
        plain = frame.replace({r"^(\d{1,3})\.(\d{3}),(\d+)$": r"\1\2.\3"}, regex=True)
        frame = plain.replace({r"^(\d+),(\d+)$": r"\1.\2"}, regex=True)
    return frame


def _uneven(name: str) -> str:
    return f"{name} has rows with more cells than its header; please check commas within numbers."
