"""The law of bad input: whatever a series looks like, it gets one sentence, or a forecast that is
finite."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import InputError
from data.price_table import MINIMUM_DAYS, validate_prices
from data.prices import PriceHistory, read_csv
from inference.forecasting import Forecaster

TODAY = date(2026, 11, 20)
PRICES = ["Open", "High", "Low", "Close"]


@dataclass(frozen=True)
class Series:
    """What a series of prices looks like; `table` makes it, as a person would give it."""

    days: int
    spacing: str  # a frequency of pandas
    zone: str | None
    gap: int  # days without prices in the middle
    start: float  # price
    spread: float  # of a day's log return
    leaps: tuple[float, ...]  # the price is multiplied by each, on days of their own
    still: bool  # the last third never moves
    has_range: bool
    volume: float | None  # of a day; None when there is none
    newest_first: bool
    seed: int

    def table(self) -> pd.DataFrame:
        """Columns as in a CSV, but numbers for prices."""
        rng = np.random.default_rng(self.seed)
        days = pd.date_range(end="2026-11-19", periods=self.days, freq=self.spacing)
        days = days.where(
            np.arange(self.days) >= self.days // 2, days - pd.Timedelta(self.gap, "D")
        )
        moves = self.spread * rng.standard_normal(self.days)
        if self.still:
            moves[-self.days // 3 :] = 0.0
        for day, leap in zip(rng.integers(1, self.days, len(self.leaps)), self.leaps, strict=True):
            moves[day] += np.log(leap)
        close = self.start * np.exp(np.cumsum(moves))
        table = pd.DataFrame({"Date": days.tz_localize(self.zone), "Close": close})
        if self.has_range:
            opening = close * np.exp(self.spread * rng.standard_normal(self.days) / 3)
            wide = 1 + self.spread * rng.random(self.days)
            table["Open"] = opening
            table["High"] = np.maximum(opening, close) * wide
            table["Low"] = np.minimum(opening, close) / wide
        if self.volume is not None:
            table["Volume"] = self.volume * rng.integers(0, 3, self.days)
        return table.iloc[::-1] if self.newest_first else table


SERIES = st.builds(
    Series,
    days=st.sampled_from([MINIMUM_DAYS, 61, 80, 130, 300, 700]),
    spacing=st.sampled_from(["D", "B", "W", "MS"]),
    zone=st.sampled_from([None, "America/New_York", "Asia/Tokyo", "Asia/Kolkata", "UTC"]),
    gap=st.sampled_from([0, 0, 40, 200, 3000]),
    start=st.sampled_from([1e-4, 0.3, 100.0, 1e7]),
    spread=st.sampled_from([0.0, 1e-7, 0.01, 0.1]),
    leaps=st.lists(st.sampled_from([0.1, 0.25, 2.0, 1e-3, 1e3]), max_size=2).map(tuple),
    still=st.booleans(),
    has_range=st.booleans(),
    volume=st.sampled_from([None, 0.0, 1.0, 1e6, 1e300]),
    newest_first=st.booleans(),
    seed=st.integers(0, 999),
)


@pytest.fixture(scope="module")
def forecaster(weights_dir: Path) -> Forecaster:
    return Forecaster.from_pretrained(weights_dir / "forecast-lstm")


def assert_sound(frame: pd.DataFrame, notes: tuple[str, ...], forecaster: Forecaster) -> None:
    """The frame is what all else expects, and the forecast from it is finite in each number."""
    assert np.isfinite(frame.to_numpy()).all()
    assert (frame[PRICES] > 0).all(axis=None)
    assert (frame["High"] >= frame[["Open", "Close", "Low"]].max(axis=1)).all()
    assert frame.index.tz is None
    assert frame.index.is_unique
    assert frame.index.is_monotonic_increasing
    assert all(note.endswith(".") for note in notes)
    forecast = forecaster.predict(PriceHistory("X", frame, "uploaded file x.csv", notes), 20)
    assert np.isfinite(forecast.prices).all()
    assert (np.diff(forecast.log_returns, axis=1) >= 0).all()
    json.dumps(forecast.to_json(), allow_nan=False)


def assert_answered(
    read: Callable[[], tuple[pd.DataFrame, tuple[str, ...]]], forecaster: Forecaster
) -> None:
    """Sound, or refused in a sentence."""
    try:
        frame, notes = read()
    except InputError as error:
        sentence = str(error)
    else:
        return assert_sound(frame, notes, forecaster)
    assert sentence.endswith(".")
    assert "\n" not in sentence


@settings(deadline=None, max_examples=40)
@given(series=SERIES)
def test_any_series_gives_a_finite_forecast(series: Series, forecaster: Forecaster) -> None:
    frame, notes = validate_prices(series.table(), "x.csv", TODAY)
    assert len(frame) == series.days
    assert_sound(frame, notes, forecaster)


@cache
def plain() -> pd.DataFrame:
    series = Series(90, "B", None, 0, 100.0, 0.01, (), False, True, 1e6, False, 0)
    return series.table().assign(Date=lambda table: table["Date"].dt.strftime("%Y-%m-%d"))


CELLS = st.one_of(
    st.sampled_from(
        ["0", "-5", "lots", "1e999", "nan", "inf", "1e300", "5e-324", "$", "2027-01-01",
         "2026-11-18", "12/31/2025", "1.234,5", "99,9", "٣", "1_000", "+", "None"]
    ),
    st.text(max_size=6),
)  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(
    cells=st.lists(
        st.tuples(st.integers(0, 89), st.sampled_from(["Date", *PRICES, "Volume"]), CELLS),
        max_size=3,
    ),
    mend=st.booleans(),
)
def test_any_cell_gives_one_sentence_or_a_finite_forecast(
    cells: list[tuple[int, str, str]], mend: bool, forecaster: Forecaster
) -> None:
    table = plain().astype(object)
    for row, column, text in cells:
        table.loc[row, column] = text
    assert_answered(lambda: validate_prices(table, "x.csv", TODAY, mend=mend), forecaster)


@settings(deadline=None, max_examples=40)
@given(
    cut=st.integers(0, 3000),
    noise=st.binary(max_size=40),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
)
def test_any_damage_to_a_file_gives_one_sentence_or_a_finite_forecast(
    tmp_path_factory: pytest.TempPathFactory,
    cut: int,
    noise: bytes,
    encoding: str,
    forecaster: Forecaster,
) -> None:
    content = plain().to_csv(index=False).encode(encoding)
    path = tmp_path_factory.getbasetemp() / "damaged.csv"
    path.write_bytes(content[:cut] + noise + content[cut:])

    def read() -> tuple[pd.DataFrame, tuple[str, ...]]:
        history = read_csv(path, TODAY)
        return history.frame, history.notes

    assert_answered(read, forecaster)
