"""Whatever the prices are like: one sentence, or a sound forecast, and never NaN on the page."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import InputError
from data.price_store import simulate
from inference.registry import Registry
from tabs import as_of
from tabs.one_ticker import Question, answered, recorded
from tabs.price_figures import Look
from tabs.texts import stocks as texts
from tests.tabs.test_forecast_html import text_of

EVERYTHING = Look("1Y", True, frozenset(texts.EXTRAS))
LATEST = as_of.value_of(None, None, None)
OHLC = ["Open", "High", "Low", "Close"]
END = date(2025, 6, 20)


@pytest.fixture(scope="module")
def registry(weights_dir: Path) -> Registry:
    return Registry(weights_dir)


def question(path: Path, day: str = "", days: int = 20, look: Look = EVERYTHING) -> Question:
    return Question(str(path), None, days, {**LATEST, "at": day}, look, tuple(texts.OTHERS))


def saved(path: Path, frame: pd.DataFrame) -> Path:
    frame.to_csv(path / "mine.csv")
    return path / "mine.csv"


def usual(days: int = 400) -> pd.DataFrame:
    return simulate("MINE", END).iloc[-days:]


def forty_years() -> pd.DataFrame:
    index = pd.bdate_range(end=END, periods=10_400, name="Date")
    close = 20 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.012, len(index))))
    return pd.DataFrame({"Close": close, "Volume": 1e6}, index=index)


def odd(kind: str) -> pd.DataFrame:
    frame = usual()
    if kind == "constant":
        frame[OHLC] = 10.0
    if kind == "no volume":
        frame["Volume"] = 0.0
    if kind == "closes alone":
        frame = frame[["Close"]]
    if kind == "fall":
        frame.iloc[-1:, :4] *= 0.1
    if kind == "old fall":
        frame.iloc[-30:, :4] *= 0.1
    if kind == "split":
        frame.iloc[200:, :4] *= 0.25
    if kind == "gap":
        frame = frame.drop(frame.index[200:320])
    if kind == "weekly":
        frame = frame.iloc[::5]
    if kind == "weekends":
        frame.index = pd.date_range(end=END, periods=len(frame), name="Date")
    if kind == "time zones":
        frame.index = frame.index.strftime("%Y-%m-%dT00:00:00-05:00").rename("Date")
    if kind == "tiny":
        frame[OHLC] *= 1e-7
    if kind == "shortest":
        frame = frame.iloc[-60:]
    return forty_years() if kind == "forty years" else frame


KINDS = ("constant", "no volume", "closes alone", "fall", "old fall", "split", "gap", "weekly",
         "weekends", "time zones", "tiny", "shortest", "forty years")  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_odd_prices_get_a_sound_forecast_and_no_nan(registry, tmp_path, kind) -> None:
    path = saved(tmp_path, odd(kind))
    slider, summary, figure, key, tiles, table = answered(registry, question(path))
    told = recorded(registry, question(path))
    for markup in (summary, key, tiles, table, told):
        assert "nan" not in text_of(markup).lower()
        assert "inf" not in text_of(markup).lower().replace("information", "")
    drawn = {trace.name: trace for trace in figure.data}
    assert np.isfinite(drawn["median"].y).all()
    assert (np.array(drawn["95 % band"].y) > 0).all()
    json.loads(figure.to_json())
    assert slider["first"] <= slider["last"] <= str(END)


def test_weekly_prices_are_said_to_be_so_and_forecast_by_the_week(registry, tmp_path) -> None:
    path = saved(tmp_path, odd("weekly"))
    _, summary, figure, *_ = answered(registry, question(path, days=3))
    assert "The rows are about 7 days apart" in text_of(summary)
    median = next(trace for trace in figure.data if trace.name == "median")
    assert (np.diff(pd.to_datetime(median.x)) == pd.Timedelta(days=7)).all()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda f: f.iloc[-59:], "at least 60"),
        (lambda f: f.set_axis(f.index + pd.Timedelta(weeks=2600)), "in the future"),
        (lambda f: f.assign(Close=-1.0), "not above zero"),
        (lambda f: f[["Open"]], "no column Close"),
    ],
)
def test_what_cannot_be_forecast_is_one_sentence(registry, tmp_path, change, sentence) -> None:
    path = saved(tmp_path, change(usual()).rename_axis("Date"))
    with pytest.raises(InputError, match=sentence):
        answered(registry, question(path))


def test_a_past_day_shows_what_came_after_and_uses_none_of_it(registry, tmp_path) -> None:
    frame = usual()
    day = frame.index[300].date()
    path = saved(tmp_path, frame)
    slider, summary, figure, _, tiles, _ = answered(registry, question(path, str(day)))
    assert slider["at"] == str(day)
    assert f"as of {day}" in text_of(summary)
    assert "What came after 20 days" in text_of(tiles)
    drawn = {trace.name: trace for trace in figure.data}
    np.testing.assert_allclose(drawn["what came after"].y, frame["Close"].iloc[300:321])
    assert [pd.Timestamp(x).date() for x in drawn["median"].x] == [
        day.date() for day in frame.index[301:321]
    ]
    assert pd.to_datetime(drawn["ended inside 80 %"].x).max() <= pd.Timestamp(day)
    frame.iloc[301:] *= 2.0
    other = answered(registry, question(saved(tmp_path, frame), str(day)))
    before = {trace.name: trace for trace in other[2].data}
    np.testing.assert_array_equal(before["95 % band"].y, drawn["95 % band"].y)
    assert text_of(tiles).split("What came")[0] == text_of(other[4]).split("What came")[0]


def test_a_day_that_this_series_has_not_is_told_and_the_last_one_taken(registry, tmp_path) -> None:
    path = saved(tmp_path, usual())
    for day in ("1999-01-04", str(END + timedelta(days=9))):
        slider, summary, *_ = answered(registry, question(path, day))
        assert slider["at"] == ""
        assert f"no forecast as of {day}" in text_of(summary)
    with pytest.raises(InputError, match="YYYY-MM-DD"):
        answered(registry, question(path, "soon"))


def test_a_slider_that_is_right_is_left_alone(registry, tmp_path) -> None:
    path = saved(tmp_path, usual())
    first = answered(registry, question(path))[0]
    again = Question(str(path), None, 20, first, EVERYTHING, ())
    assert answered(registry, again)[0] == {"__type__": "update"}


def test_the_record_counts_the_forecasts_that_came_to_an_end(registry, tmp_path) -> None:
    told = recorded(registry, question(saved(tmp_path, usual())))
    assert "17 forecasts of 20 days" in text_of(told)
