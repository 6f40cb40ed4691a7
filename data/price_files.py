"""A file of prices -> a table of text cells with its header, whatever program wrote it.

Encodings are found in `data/table_files.py`; here the delimiter, the header line and the decimal
mark. What the columns mean and which prices are possible is `data/price_table.py`'s to say.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd

from data.errors import InputError
from data.price_cells import with_decimal_points
from data.price_columns import column_of
from data.table_files import DELIMITERS, open_source

MAX_BYTES = 10_000_000  # 40 years of days have less than one million
HEADER_LINES = 40  # some files begin with a title, an address or a licence


def read_table(path: Path) -> tuple[pd.DataFrame, int]:
    """The cells as text, numbers with decimal points, and the number of the first row of prices
    (from 1, as an editor counts lines). Raises InputError."""
    text = "".join(open_source(path, MAX_BYTES).lines())
    skipped, delimiter = _header_of(text)
    table = _parsed(text, skipped, delimiter, path.name)
    first_row = skipped + 2
    if len(table) > 1 and str(table.iloc[0, 0]).strip() == "Ticker":
        table, first_row = _without_levels(table, path.name), first_row + 2
    return with_decimal_points(table, delimiter), first_row


def _header_of(text: str) -> tuple[int, str]:
    """How many lines stand before the header, and what parts the cells of it.

    The header is the first line with two names of columns; else the first that is not blank, which
    a later sentence can name.
    """
    first_lines = [line.rstrip("\r\n") for line in io.StringIO(text[:200_000])][:HEADER_LINES]
    for number, line in enumerate(first_lines):
        delimiter = max(DELIMITERS, key=line.count)
        cells = next(csv.reader([line], delimiter=delimiter), [])
        if sum(column_of(cell) is not None for cell in cells) >= 2:
            return number, delimiter
    number = next((n for n, line in enumerate(first_lines) if line.strip()), 0)
    return number, max(DELIMITERS, key=first_lines[number].count) if first_lines else ","


def _parsed(text: str, skipped: int, delimiter: str, name: str) -> pd.DataFrame:
    try:
        # All cells as text: pandas' own guesses would hide which cell is not a number. Blank lines
        # stay, so that rows can be named by their number.
        table = pd.read_csv(
            io.StringIO(text),
            sep=delimiter,
            dtype=str,
            skiprows=skipped,
            skip_blank_lines=False,
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
    if not isinstance(table.index, pd.RangeIndex):  # pandas took the first cells for row names
        raise InputError(_uneven(name))
    return table


def _uneven(name: str) -> str:
    return f"{name} has rows with more cells than its header; please check commas within numbers."


def _without_levels(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """yfinance's `download` writes a header of three lines: Price, Ticker and Date."""
    tickers = table.iloc[0, 1:].unique()
    if len(tickers) > 1:
        raise InputError(
            f"{name} has the prices of {len(tickers):,} tickers ({', '.join(tickers[:3])}); please"
            " give a file with one of them."
        )
    return table.iloc[2:].rename(columns={table.columns[0]: "Date"}).reset_index(drop=True)
