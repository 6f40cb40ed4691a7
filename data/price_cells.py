"""Cells of a table of prices -> days and numbers, in the ways that people write them.

One way is found for the whole column (of dates) or table (of numbers) and never mixed; a cell that
does not fit is an InputError that names its row. Nothing here judges a price.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from data.errors import InputError

FIRST_YEAR, LAST_YEAR = 1800, 2199  # others are no dates of prices; nanoseconds end in 2262

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?"
_YEAR = r"(?P<y>\d{4}|\d{2})(?!\d)"
# How a date may be written. Whatever follows it (a time, a zone) must not begin with a digit.
_PATTERNS = {
    "year first": r"(?P<y>\d{4})([-/.])(?P<m>\d{1,2})\2(?P<d>\d{1,2})(?!\d)",
    "compact": r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?!\d)",
    "year last": r"(?P<a>\d{1,2})([-/.])(?P<b>\d{1,2})\2" + _YEAR,
    "day, month": _WEEKDAY + r"(?P<d>\d{1,2})[-/. ]*(?P<m>[a-z]{3,9})[-/., ]*" + _YEAR,
    "month, day": _WEEKDAY + r"(?P<m>[a-z]{3,9})[-/. ]*(?P<d>\d{1,2})[-/, ]+" + _YEAR,
    "seconds": r"(?P<s>\d{9,10}|\d{12,13})(\.\d*)?$",  # since 1970; some count milliseconds
}
_BLANKS = ("", "null", "nan", "none", "n/a", "na", "-", "n/d")
_MARKS = r"[$€£¥₹₩']|(?<=\d)\s(?=\d{3}\b)|^\s+|\s+$"  # beside a number, or between its thousands
_NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})*,\d{3}|\d+)?(?:\.\d*)?(?:[eE][-+]?\d+)?"
_UNITS = {"k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}  # of volumes, as in 12.3M
_STYLE_ROWS = 2000  # so many rows tell how a file writes its numbers


def read_days(column: pd.Series, rows: pd.Series, name: str) -> tuple[pd.DatetimeIndex, list[str]]:
    """Days as they are written, without time or zone, and notes on what was a choice.

    rows: what the row of each cell is called in the InputError.
    """
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_localize(None)
    notes: list[str] = []
    if pd.api.types.is_datetime64_dtype(column):
        days = column.dt.normalize()
    else:
        column = _text(column).str.strip()
        codes, cells = pd.factorize(column)
        days = _parsed(pd.Series(cells, dtype=object).str.lower(), notes).iloc[codes]
    if days.isna().any():
        row = int(np.flatnonzero(days.isna())[0])
        raise InputError(
            f"Row {rows.iloc[row]} of {name}: {str(column.iloc[row])[:30]!r} is not a date; please"
            " write 2024-12-31."
        )
    return pd.DatetimeIndex(days.to_numpy("datetime64[ns]"), name="Date"), notes


def _text(column: pd.Series) -> pd.Series:
    """As objects: some kinds of columns of pandas have a library of their own for patterns, which
    knows fewer of them."""
    return column.fillna("").astype(str).astype(object)


def _parsed(cells: pd.Series, notes: list[str]) -> pd.Series:
    """Days of the cells, NaT where one is not written like most of them."""
    sample = cells.iloc[:: max(1, len(cells) // 500)]
    fits = {kind: sample.str.match(pattern).sum() for kind, pattern in _PATTERNS.items()}
    kind = max(fits, key=fits.__getitem__)
    parts = cells.str.extract(_PATTERNS[kind])
    if kind == "seconds":
        stamps = pd.to_numeric(parts["s"])
        stamps = stamps.where(stamps < 1e11, stamps // 1000)
        return pd.to_datetime(stamps, unit="s").dt.normalize()
    year = pd.to_numeric(parts["y"])
    short = parts["y"].str.len() == 2
    year = year.mask(short, year + np.where(year < 69, 2000, 1900))
    if kind == "year last":
        return _day_or_month_first(
            pd.to_numeric(parts["a"]), pd.to_numeric(parts["b"]), year, cells, notes
        )
    if kind in ("day, month", "month, day"):
        month = parts["m"].str[:3].map({name: k for k, name in enumerate(_MONTHS, start=1)})
    else:
        month = pd.to_numeric(parts["m"])
    return _days(year, month, pd.to_numeric(parts["d"]))


def _day_or_month_first(
    first: pd.Series, second: pd.Series, year: pd.Series, cells: pd.Series, notes: list[str]
) -> pd.Series:
    """24/07/2025 says itself that the day comes first. Where no cell does, the reading counts whose
    days lie closer together, and a note says which it is; 01.02.2025 has the day first everywhere.
    """
    american, european = _days(year, first, second), _days(year, second, first)
    day_first, month_first = (first > 12).sum(), (second > 12).sum()
    if day_first or month_first:
        return european if day_first > month_first else american
    if american.equals(european):
        return american
    if cells.str.contains(".", regex=False).all():
        return european

    def widest_step(days: pd.Series) -> pd.Timedelta:
        return days.diff().abs().max()

    chosen, words = american, "month/day/year"
    if widest_step(european) < widest_step(american):
        chosen, words = european, "day/month/year"
    example = int(np.flatnonzero((american != european) & chosen.notna())[0])
    notes.append(
        f"The dates do not show whether the day or the month comes first; they were read as"
        f" {words}, {cells.iloc[example]} as {chosen.iloc[example]:%d %B %Y}. If that is wrong,"
        " please write 2024-12-31."
    )
    return chosen


def _days(year: pd.Series, month: pd.Series, day: pd.Series) -> pd.Series:
    year = year.where(year.between(FIRST_YEAR, LAST_YEAR))
    parts = pd.DataFrame({"year": year, "month": month, "day": day})
    return pd.to_datetime(parts, errors="coerce")


def read_numbers(table: pd.DataFrame, rows: pd.Series, name: str) -> pd.DataFrame:
    """The cells as float64, NaN where blank. Text in a price is an InputError with its row."""
    columns = {}
    for column in table.columns:
        values = table[column]
        if pd.api.types.is_numeric_dtype(values):
            columns[column] = values.astype(np.float64)
            continue
        text = _text(values).str.replace(_MARKS, "", regex=True)
        unit = 1.0
        if column == "Volume":
            unit = text.str[-1:].str.lower().map(_UNITS).fillna(1.0)
            text = text.where(unit == 1.0, text.str[:-1])
        blank = text.str.lower().isin(_BLANKS)
        bad = ~blank & ~text.str.fullmatch(_NUMBER)
        if bad.any() and column != "Volume":
            row = int(np.flatnonzero(bad)[0])
            raise InputError(
                f"Row {rows.iloc[row]} of {name}: {str(values.iloc[row])[:30]!r} in column {column}"
                " is not a number; please write prices like 1234.56."
            )
        clean = text.where(~(blank | bad), "nan").str.replace(",", "", regex=False)
        columns[column] = pd.to_numeric(clean, errors="coerce").astype(np.float64) * unit
    return pd.DataFrame(columns, index=table.index).replace([np.inf, -np.inf], np.nan)


def with_decimal_points(table: pd.DataFrame, delimiter: str) -> pd.DataFrame:
    """A table of text whose numbers are written 1.234,50 -> the same with 1234.50.

    The cells show it: 12,5 and 1.234,50 have a decimal comma, 12.5 and 1,234.50 a decimal point.
    1,234 may be either; it has a decimal comma where semicolons part the cells and no cell shows a
    point. Cells that are no numbers stay as they are.
    """
    cells = _text(table.iloc[:_STYLE_ROWS].stack()).str.replace(_MARKS, "", regex=True)
    cells = cells[cells.str.contains("[.,]")]
    commas = int(cells.str.fullmatch(_showing(",", ".")).sum())
    points = int(cells.str.fullmatch(_showing(".", ",")).sum())
    if not commas and not points and delimiter == ";":
        commas = int(cells.str.fullmatch(r"[-+]?\d+,\d+").sum())
    if commas <= points:
        return table
    number = re.compile(r"[-+]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?[kmbt]?", re.IGNORECASE)

    def plain(cell: object) -> str:
        bare = re.sub(_MARKS, "", str(cell))
        is_number = number.fullmatch(bare)
        return bare.replace(".", "").replace(",", ".") if is_number else str(cell)

    return table.map(plain)


def _showing(decimal: str, group: str) -> str:
    """A pattern of numbers that can only be read with this decimal mark."""
    d, g = re.escape(decimal), re.escape(group)
    return (
        rf"[-+]?(?:\d+{d}(?:\d{{1,2}}|\d{{4,}})|0{d}\d+|\d{{1,3}}(?:{g}\d{{3}})+{d}\d*"
        rf"|\d{{1,3}}(?:{g}\d{{3}}){{2,}}|\d{{4,}}{d}\d+)[kmbtKMBT]?"
    )
