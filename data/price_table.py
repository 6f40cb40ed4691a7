"""Any table of daily prices -> the one form that all else expects, or a sentence that says why not.

What can be repaired without a guess is repaired and said in a note; the rest is an InputError that
names the row or column. Reading files and fetching happen elsewhere.
"""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pandas as pd

from data.errors import InputError

COLUMNS = ("Open", "High", "Low", "Close", "Volume")
MINIMUM_DAYS = 60  # fewer days say too little about how much a price moves
MAX_ROWS = 20_000  # 80 years of days; of a longer series the latest are kept

# Names that vendors use (Yahoo, Stooq, Nasdaq, Investing.com), in lower case without marks around
# them.
_ALIASES = {
    "date": "Date",
    "datetime": "Date",
    "timestamp": "Date",
    "time": "Time",
    "open": "Open",
    "high": "High",
    "low": "Low",
    "close": "Close",
    "close/last": "Close",
    "last": "Close",
    "price": "Close",
    "adj close": "Adj Close",
    "adjclose": "Adj Close",
    "adjusted close": "Adj Close",
    "volume": "Volume",
    "vol": "Volume",
}
_NUMBER = re.compile(r"[$€£]?\s*-?(\d{1,3}(,\d{3})+|\d+)?(\.\d*)?([eE][-+]?\d+)?")
_BLANKS = ("", "null", "nan", "none", "n/a", "na", "-", "n/d")


def validate_prices(
    frame: pd.DataFrame, name: str, today: date | None = None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Check a table of prices and bring it into the form of `PriceHistory.frame`.

    Dates may be a column or the index. Returns the frame and notes in words. Raises InputError with
    one sentence that names the row (as in a file whose header is row 1) or the column. `today`: no
    row may lie after the day that follows it (somewhere it is tomorrow already).
    """
    table = _named_columns(frame, name)
    notes: list[str] = []
    table.index = _dates(table.pop("Date"), name)
    rows = pd.Series(np.arange(2, len(table) + 2), index=table.index)
    numbers = _numbers(table, rows, name)
    numbers = _adjusted(numbers, notes)
    numbers = _completed(numbers, notes)
    blank = numbers[["Open", "High", "Low", "Close"]].isna().any(axis=1)
    if blank.any():
        notes.append(f"{_count(blank.sum(), 'row')} without a price left out.")
        numbers, rows = numbers[~blank], rows[~blank.to_numpy()]
    _refuse_bad_prices(numbers, rows, name)
    numbers = _in_order(numbers, notes, name)
    _refuse_future(numbers, today or date.today(), name)
    if len(numbers) > MAX_ROWS:
        notes.append(f"The latest {MAX_ROWS:,} of {len(numbers):,} days are used.")
        numbers = numbers.iloc[-MAX_ROWS:]
    if len(numbers) < MINIMUM_DAYS:
        raise InputError(
            f"{name} has {_count(len(numbers), 'day')} with prices; a forecast needs at least"
            f" {MINIMUM_DAYS}."
        )
    _note_gaps(numbers, notes)
    return numbers.astype(np.float64), tuple(notes)


def _named_columns(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Our names for the columns, the dates among them."""
    if isinstance(frame.columns, pd.MultiIndex):
        frame = frame.set_axis(frame.columns.get_level_values(0), axis=1)
    found: dict[str, pd.Series] = {}
    for position, column in enumerate(frame.columns):
        known = _ALIASES.get(str(column).strip().strip("<>*.").lower())
        if known and known not in found:
            found[known] = frame.iloc[:, position].reset_index(drop=True)
    if "Date" not in found:
        if not isinstance(frame.index, pd.DatetimeIndex):
            raise InputError(f"{name} has no column Date; please name the column of days so.")
        found["Date"] = frame.index.to_series(index=range(len(frame)))
    if "Close" not in found and "Adj Close" not in found:
        listed = ", ".join(str(column)[:20] for column in frame.columns[:8])
        raise InputError(
            f"{name} has no column Close (it has: {listed}); please name the column of prices so."
        )
    found.pop("Time", None)
    return pd.DataFrame(found)


def _dates(column: pd.Series, name: str) -> pd.DatetimeIndex:
    """Days as written, without time or zone; formats are tried on the whole column, never mixed."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_localize(None)
    if pd.api.types.is_datetime64_dtype(column):
        days = pd.DatetimeIndex(column).normalize()
        text = column.astype(str)
    else:
        text = column.fillna("").astype(str).str.strip()
        days = _parsed_dates(text, name)
    if days.isna().any():
        row = int(np.flatnonzero(days.isna())[0])
        raise InputError(
            f"Row {row + 2} of {name}: {text.iloc[row][:30]!r} is not a date; please write"
            " 2024-12-31."
        )
    return pd.DatetimeIndex(days.to_numpy("datetime64[ns]"), name="Date")


def _parsed_dates(text: pd.Series, name: str) -> pd.DatetimeIndex:
    def parse(values: pd.Series, pattern: str) -> pd.DatetimeIndex:
        return pd.DatetimeIndex(pd.to_datetime(values, format=pattern, errors="coerce"))

    if text.str.match(r"\d{4}-\d{2}-\d{2}").mean() > 0.5:
        return parse(text.str[:10], "%Y-%m-%d")
    attempts = {
        pattern: parse(text.str.split(" ").str[0] if "b" not in pattern else text, pattern)
        for pattern in ("%Y%m%d", "%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%b %d, %Y")
    }
    best = max(attempts, key=lambda pattern: attempts[pattern].notna().sum())
    american, european = attempts["%m/%d/%Y"], attempts["%d/%m/%Y"]
    if best == "%m/%d/%Y" and european.notna().all() and not american.equals(european):
        raise InputError(
            f"The dates of {name} can be read as month/day or day/month; please write 2024-12-31."
        )
    return attempts[best]


def _numbers(table: pd.DataFrame, rows: pd.Series, name: str) -> pd.DataFrame:
    columns = {}
    for column in table.columns:
        values = table[column]
        if pd.api.types.is_numeric_dtype(values):
            columns[column] = values.astype(np.float64)
            continue
        text = values.fillna("").astype(str).str.strip()
        blank = text.str.lower().isin(_BLANKS)
        bad = ~blank & ~text.str.fullmatch(_NUMBER.pattern)
        if bad.any() and column != "Volume":
            row = int(np.flatnonzero(bad)[0])
            raise InputError(
                f"Row {rows.iloc[row]} of {name}: {text.iloc[row][:30]!r} in column {column} is"
                " not a number; please write prices like 1234.56."
            )
        clean = text.where(~(blank | bad), "nan").str.replace(r"[$€£,\s]", "", regex=True)
        columns[column] = pd.to_numeric(clean, errors="coerce").astype(np.float64)
    return pd.DataFrame(columns, index=table.index).replace([np.inf, -np.inf], np.nan)


def _adjusted(numbers: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Prices adjusted for splits and dividends, where a column Adj Close says by how much."""
    if "Adj Close" not in numbers:
        return numbers
    adjusted = numbers.pop("Adj Close")
    if "Close" not in numbers:
        return numbers.assign(Close=adjusted)
    factor = (adjusted / numbers["Close"]).where(adjusted > 0)
    if factor.notna().any() and not np.allclose(factor.dropna(), 1.0):
        prices = [column for column in ("Open", "High", "Low", "Close") if column in numbers]
        numbers[prices] = numbers[prices].mul(factor, axis=0)
        notes.append("Prices are adjusted for splits and dividends by the column Adj Close.")
    return numbers


def _completed(numbers: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """A file of closes alone serves too: its days have no range, and the notes say so."""
    missing = [column for column in ("Open", "High", "Low") if column not in numbers]
    if missing:
        numbers = numbers.assign(**{column: numbers["Close"] for column in ("Open", "High", "Low")})
        notes.append(
            f"Without {' and '.join(missing)}, only the closes are used: the forecast knows less."
        )
    if "Volume" not in numbers or not (numbers["Volume"] > 0).any():
        numbers = numbers.assign(Volume=0.0)
        notes.append("There is no trading volume, so the forecast does without it.")
    numbers["Volume"] = numbers["Volume"].fillna(0.0).clip(lower=0.0)
    return numbers[list(COLUMNS)]


def _refuse_bad_prices(numbers: pd.DataFrame, rows: pd.Series, name: str) -> None:
    for column in ("Close", "Open", "High", "Low"):
        bad = np.flatnonzero(numbers[column] <= 0)
        if len(bad):
            price = numbers[column].iloc[bad[0]]
            raise InputError(
                f"Row {rows.iloc[bad[0]]} of {name}: the {column} of {price:g} is not above zero;"
                " please correct or delete the row."
            )
    crossed = np.flatnonzero(numbers["High"] < numbers["Low"] * (1 - 1e-6))
    if len(crossed):
        raise InputError(
            f"Row {rows.iloc[crossed[0]]} of {name}: High is below Low; please correct or delete"
            " the row."
        )


def _in_order(numbers: pd.DataFrame, notes: list[str], name: str) -> pd.DataFrame:
    """Ascending days, each once, whose range holds the open and close (sources round them)."""
    if not numbers.index.is_monotonic_increasing:
        numbers = numbers.sort_index(kind="stable")
        notes.append("The rows were sorted by date.")
    same = numbers.reset_index().duplicated().to_numpy()
    if same.any():
        numbers = numbers[~same]
        notes.append(f"{_count(same.sum(), 'row')} that stood there twice left out.")
    twice = numbers.index.duplicated()
    if twice.any():
        day = numbers.index[twice][0].date()
        raise InputError(
            f"{name} has different prices for the same day {day}; please give one row a day."
        )
    numbers["High"] = numbers[["Open", "High", "Close"]].max(axis=1)
    numbers["Low"] = numbers[["Open", "Low", "Close"]].min(axis=1)
    return numbers


def _refuse_future(numbers: pd.DataFrame, today: date, name: str) -> None:
    if len(numbers) and numbers.index[-1] > pd.Timestamp(today) + pd.Timedelta(days=1):
        raise InputError(
            f"{name} has prices for {numbers.index[-1].date()}, which is in the future; please"
            " correct the dates."
        )


def _note_gaps(numbers: pd.DataFrame, notes: list[str]) -> None:
    steps = numbers.index.to_series().diff().dt.days.iloc[1:]
    if steps.median() > 4:
        notes.append(
            f"The rows are about {steps.median():.0f} days apart, not daily: the network was"
            " trained on days, and a step of the forecast is one such row."
        )
    elif steps.max() > 31:
        start = steps.idxmax()
        notes.append(f"There is a gap of {steps.max():.0f} days before {start.date()}.")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
