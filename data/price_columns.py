"""Which column of a table of prices is which, by the names that vendors give them.

Names only: what stands in the cells is read in `data/price_cells.py` and judged in
`data/price_table.py`.
"""

from __future__ import annotations

import re

import pandas as pd

from data.errors import InputError

# In lower case, without marks, numbers and units around them; the first of a line is our own name.
# Yahoo, Stooq, Nasdaq, Alpha Vantage, Investing.com, Tiingo, MetaTrader, the exchanges of India;
# and Stooq's and banks' pages in Polish and German.
_NAMES = {
    "Date": ("date", "datetime", "timestamp", "day", "data", "datum"),
    "Time": ("time", "zeit"),
    "Open": ("open", "open price", "otwarcie", "eröffnung", "eröffn", "erster"),
    "High": ("high", "high price", "najwyzszy", "hoch", "tageshoch"),
    "Low": ("low", "low price", "najnizszy", "tief", "tagestief"),
    "Close": (
        "close", "close/last", "close price", "closing price", "price", "last", "last price",
        "zamkniecie", "schluss", "schlusskurs", "zuletzt", "letzter", "kurs",
    ),
    "Adj Close": ("adj close", "adjclose", "adjusted close", "adjusted", "close adj"),
    "Volume": (
        "volume", "vol", "tickvol", "total trade quantity", "no.of shares", "shares traded",
        "wolumen", "stuecke", "stücke", "volumen",
    ),
    "Symbol": ("symbol", "ticker", "name", "instrument", "stock", "security"),
}  # fmt: skip
_RANKS = {name: (ours, rank) for ours, names in _NAMES.items() for rank, name in enumerate(names)}


def column_of(header: object) -> tuple[str, int] | None:
    """Our name for a vendor's column, and how good a match it is (0 is best): "<CLOSE>" and
    "4. close" are ("Close", 0), "AAPL.Close" is a worse one. None for columns of no use here."""
    text = re.sub(r"\s*\(.*\)$", "", str(header).strip().lower().replace("_", " "))
    text = re.sub(r"^\d+\.\s+", "", text.strip("<>*. "))
    text = re.sub(r"^(adj )?close (adjusted )?close price adjusted.*", r"\1close", text)  # Yahoo's
    if text in _RANKS:
        return _RANKS[text]
    ours, rank = _RANKS.get(text.rsplit(".", 1)[-1], (None, 0))
    return (ours, len(_RANKS) + rank) if ours else None


def named_columns(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The columns of use under our names, Date and Close (or Adj Close) always among them.

    The dates may be the index or a first column without a name. Raises InputError when a column is
    missing, or the table holds several tickers.
    """
    if isinstance(frame.columns, pd.MultiIndex):
        frame = frame.set_axis(frame.columns.get_level_values(0), axis=1)
    best: dict[str, tuple[int, int]] = {}  # our name -> (rank, position)
    for position, header in enumerate(frame.columns):
        if known := column_of(header):
            ours, rank = known
            best[ours] = min(best.get(ours, (rank, position)), (rank, position))
    found = {ours: frame.iloc[:, place].reset_index(drop=True) for ours, (_, place) in best.items()}
    _refuse_several_tickers(found.pop("Symbol", None), name)
    time = found.pop("Time", None)
    if "Date" not in found:
        found["Date"] = _unnamed_dates(frame, time, name)
    if "Close" not in found and "Adj Close" not in found:
        listed = ", ".join(str(column)[:20] for column in frame.columns[:8])
        raise InputError(
            f"{name} has no column Close (it has: {listed}); please name the column of prices so,"
            " and give one ticker a file."
        )
    return pd.DataFrame(found)


def _unnamed_dates(frame: pd.DataFrame, time: pd.Series | None, name: str) -> pd.Series:
    if time is not None:
        return time
    if isinstance(frame.index, pd.DatetimeIndex):
        return frame.index.to_series(index=range(len(frame)))
    if len(frame.columns) and str(frame.columns[0]).strip() in ("", "Unnamed: 0", "index", "Index"):
        return frame.iloc[:, 0].reset_index(drop=True)
    raise InputError(f"{name} has no column Date; please name the column of days so.")


def _refuse_several_tickers(symbols: pd.Series | None, name: str) -> None:
    if symbols is None:
        return
    distinct = [str(symbol) for symbol in symbols.dropna().unique() if str(symbol).strip()]
    if len(distinct) > 1:
        shown = ", ".join(symbol[:20] for symbol in distinct[:3])
        raise InputError(
            f"{name} has the prices of {len(distinct):,} tickers ({shown}"
            f"{', …' if len(distinct) > 3 else ''}); please give a file with one of them."
        )
