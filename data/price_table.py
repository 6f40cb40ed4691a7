"""Any table of daily prices -> the one form that all else expects, or a sentence that says why not.

What can be repaired without a guess is repaired and said in a note; the rest is an InputError that
names the row or column. Reading files (`data/price_files.py`), columns and cells, and fetching
happen elsewhere.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from data.errors import InputError
from data.indicators import MAX_LOG_RETURN
from data.price_cells import read_days, read_numbers
from data.price_columns import named_columns

COLUMNS = ("Open", "High", "Low", "Close", "Volume")
MINIMUM_DAYS = 60  # fewer days say too little about how much a price moves
MAX_ROWS = 20_000  # 80 years of days; of a longer series the latest are kept
SMALLEST_PRICE, LARGEST_PRICE = 1e-15, 1e18  # what lies beyond is no price, and ends in infinities

_PRICES = ["Open", "High", "Low", "Close"]


def validate_prices(
    frame: pd.DataFrame,
    name: str,
    today: date | None = None,
    *,
    mend: bool = False,
    first_row: int = 2,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Check a table of prices and bring it into the form of `PriceHistory.frame`.

    Dates may be a column or the index. Returns the frame and notes in words. Raises InputError with
    one sentence that names the row or the column. `today`: no row may lie after the day that
    follows it (somewhere it is tomorrow already). `mend`: for prices that nobody here can correct,
    impossible ones are replaced by the day's close or left out, with a note. `first_row`: what the
    first row is called (in a file, row 1 is the header).
    """
    table = named_columns(frame, name)
    rows = pd.Series(np.arange(len(table)) + first_row)
    table, rows = _without_other_rows(table, rows)
    days, notes = read_days(table.pop("Date"), rows, name)
    table.index = days
    numbers = read_numbers(table, rows, name)
    numbers = _adjusted(numbers, notes)
    numbers = _completed(numbers, notes)
    if mend:
        numbers = _mended(numbers, notes, _last_day(today))
    blank = numbers[_PRICES].isna().any(axis=1).to_numpy()
    if blank.any():
        notes.append(f"{_count(blank.sum(), 'row')} without a price left out.")
        numbers, rows = numbers[~blank], rows[~blank]
    _refuse_bad_prices(numbers, rows, name)
    numbers = _in_order(numbers, notes, name)
    _refuse_future(numbers, _last_day(today), name)
    if len(numbers) > MAX_ROWS:
        notes.append(f"The latest {MAX_ROWS:,} of {len(numbers):,} days are used.")
        numbers = numbers.iloc[-MAX_ROWS:]
    if len(numbers) < MINIMUM_DAYS:
        raise InputError(
            f"{name} has {_count(len(numbers), 'day')} with prices; a forecast needs at least"
            f" {MINIMUM_DAYS}."
        )
    _note_gaps(numbers, notes)
    _note_moves(numbers, notes, mend)
    return numbers.astype(np.float64), tuple(notes)


def _without_other_rows(table: pd.DataFrame, rows: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
    """Without blank lines, and the dividends and splits that Yahoo's pages list among the days."""
    other = (table.isna() | (table == "")).all(axis=1)
    if "Open" in table and not pd.api.types.is_numeric_dtype(table["Open"]):
        words = table["Open"].fillna("").astype(str).str.lower()
        other |= words.str.contains("dividend|stock split")
    return table[~other], rows[~other]


def _last_day(today: date | None) -> pd.Timestamp:
    return pd.Timestamp(today or date.today()) + pd.Timedelta(days=1)


def _adjusted(numbers: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Prices adjusted for splits and dividends, where a column Adj Close says by how much."""
    if "Adj Close" not in numbers:
        return numbers
    adjusted = numbers.pop("Adj Close")
    if "Close" not in numbers:
        notes.append("There is no column Close, so Adj Close serves alone.")  # none shares its unit
        return numbers.drop(columns=numbers.columns.intersection(_PRICES)).assign(Close=adjusted)
    factor = (adjusted / numbers["Close"]).where(adjusted > 0)
    if factor.notna().any() and not np.allclose(factor.dropna(), 1.0):
        prices = [column for column in _PRICES if column in numbers]
        numbers[prices] = numbers[prices].mul(factor, axis=0)
        notes.append("Prices are adjusted for splits and dividends by the column Adj Close.")
    return numbers


def _completed(numbers: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """A file of closes alone serves too: its days have no range, and the notes say so."""
    missing = [column for column in ("Open", "High", "Low") if column not in numbers]
    if missing:
        numbers = numbers.assign(**{column: numbers["Close"] for column in ("Open", "High", "Low")})
        notes.append(
            f"Without {', '.join(missing)}, only the closes are used: the forecast knows less."
        )
    if "Volume" not in numbers or not (numbers["Volume"] > 0).any():
        numbers = numbers.assign(Volume=0.0)
        notes.append("There is no trading volume, so the forecast does without it.")
    numbers["Volume"] = numbers["Volume"].fillna(0.0).clip(lower=0.0)
    return numbers[list(COLUMNS)]


def _mended(numbers: pd.DataFrame, notes: list[str], last_day: pd.Timestamp) -> pd.DataFrame:
    """Without impossible prices: the close stands for another price of its day, the last row of a
    day for the day; a day without a close, or to come, is left out."""
    possible = numbers[_PRICES].ge(SMALLEST_PRICE) & numbers[_PRICES].le(LARGEST_PRICE)
    prices = numbers[_PRICES].where(possible)
    for column in ("Open", "High", "Low"):
        prices[column] = prices[column].fillna(prices["Close"])
    crossed = prices["High"] < prices["Low"]
    mended = (crossed | ~possible.all(axis=1)) & prices["Close"].notna()
    if mended.any():
        notes.append(f"{_count(mended.sum(), 'day')} with impossible prices mended by the close.")
    prices["High"], prices["Low"] = prices.max(axis=1), prices.min(axis=1)
    prices[numbers.index.duplicated(keep="last") | (numbers.index > last_day)] = np.nan
    return numbers.assign(**prices)


def _refuse_bad_prices(numbers: pd.DataFrame, rows: pd.Series, name: str) -> None:
    for column in ("Close", "Open", "High", "Low"):
        bad = np.flatnonzero(~numbers[column].between(SMALLEST_PRICE, LARGEST_PRICE))
        if len(bad):
            price = numbers[column].iloc[bad[0]]
            wrong = "not above zero" if price <= 0 else "not a price"
            raise InputError(
                f"Row {rows.iloc[bad[0]]} of {name}: the {column} of {price:g} is {wrong}; please"
                " correct or delete the row."
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
    if 2 * twice.sum() > len(twice):
        rows_a_day = len(numbers) / numbers.index.nunique()
        raise InputError(
            f"{name} has about {rows_a_day:.0f} rows a day with different prices; please give one"
            " row a day, and one ticker a file."
        )
    if twice.any():
        day = numbers.index[twice][0].date()
        raise InputError(
            f"{name} has different prices for the same day {day}; please give one row a day."
        )
    numbers["High"] = numbers[["Open", "High", "Close"]].max(axis=1)
    numbers["Low"] = numbers[["Open", "Low", "Close"]].min(axis=1)
    return numbers


def _refuse_future(numbers: pd.DataFrame, last_day: pd.Timestamp, name: str) -> None:
    if len(numbers) and numbers.index[-1] > last_day:
        raise InputError(
            f"{name} has prices for {numbers.index[-1].date()}, which is in the future; please"
            " correct the dates."
        )


def _note_gaps(numbers: pd.DataFrame, notes: list[str]) -> None:
    steps = numbers.index.to_series().diff().dt.days.iloc[1:]
    usual = steps.median()
    if usual > 4:
        notes.append(
            f"The rows are about {usual:.0f} days apart, so these are"
            f" {'weekly' if usual < 15 else 'monthly'} prices: the network was trained on days, and"
            " a step of the forecast is one such row."
        )
    elif steps.max() > 31:
        start = steps.idxmax()
        notes.append(f"There is a gap of {steps.max():.0f} days before {start.date()}.")


def _note_moves(numbers: pd.DataFrame, notes: list[str], mend: bool) -> None:
    """What is suspect without being impossible: a one-day move that the features clip may be a
    split or an error."""
    close = numbers["Close"]
    if close.nunique() == 1:
        notes.append("The close is the same on all days, so the forecast has no spread to go by.")
    moves = np.log(close).diff()
    leaps = int((moves.abs() > MAX_LOG_RETURN).sum())
    if leaps:
        day = moves.abs().idxmax()
        advice = (
            "such a day counts as a smaller move in the forecast."
            if mend
            else "if that was a split, please give prices that are adjusted for it."
        )
        among = f" (the largest of {leaps:,} such moves)" if leaps > 1 else ""
        notes.append(
            f"The close of {day.date()} is {np.expm1(moves[day]):+,.0%} from the one before it"
            f"{among}: {advice}"
        )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
