"""Charts draw what they are given: the right days, the right bands, and the misses as misses."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from data.price_store import simulate
from inference.indicators import chart_lines
from tabs.figures import key
from tabs.price_figures import MOST_BARS, SPANS, Look, comparison, first_shown, price_chart
from tests.tabs.test_forecast_html import LAST, make_forecast, make_record

EVERYTHING = Look(
    "6M", True, frozenset(["volume", "average 20", "average 50", "average 200", "bollinger", "rsi",
                           "macd"]),
)  # fmt: skip


def prices(days: int = 900) -> pd.DataFrame:
    return simulate("X", LAST).iloc[-days:]


def chart(look: Look = EVERYTHING, frame: pd.DataFrame | None = None, **changes: object):
    frame = prices() if frame is None else frame
    given = {
        "came": frame.iloc[:0], "forecast": make_forecast(), "record": None,
        "outlines": {name: make_forecast() for name in ("random walk", "EWMA")},
    }  # fmt: skip
    return price_chart(frame, look=look, **{**given, **changes})


def traces(figure) -> dict:
    return {trace.name: trace for trace in figure.data if trace.name}


def test_the_fan_begins_at_the_last_price() -> None:
    drawn = traces(chart())
    for name in ("50 % band", "80 % band", "95 % band", "random walk, 80 % band"):
        assert drawn[name].y[0] == 100.0, name
        assert pd.Timestamp(drawn[name].x[0]) == pd.Timestamp(LAST), name


def test_the_bands_lie_inside_each_other_and_hold_their_quantiles() -> None:
    drawn, forecast = traces(chart()), make_forecast()
    tops = [max(drawn[f"{share} % band"].y) for share in (50, 80, 95)]
    assert tops == sorted(tops)
    assert tops[1] == forecast.price_quantile(0.9)[-1]
    assert min(drawn["80 % band"].y) == forecast.price_quantile(0.1)[-1]
    assert max(drawn["EWMA, 80 % band"].y) == forecast.price_quantile(0.9)[-1]
    np.testing.assert_array_equal(drawn["median"].y, forecast.price_quantile(0.5))


@pytest.mark.parametrize("span", SPANS)
def test_each_range_ends_on_the_last_day_and_goes_back_as_far_as_it_says(span) -> None:
    index = prices().index
    shown = index[first_shown(index, span) :]
    assert shown[-1] == index[-1]
    months = SPANS[span]
    if months is None or months == 60:
        assert len(shown) == len(index)
    else:
        assert shown[0] > index[-1] - pd.DateOffset(months=months)
        assert index[first_shown(index, span) - 1] <= index[-1] - pd.DateOffset(months=months)


def test_a_month_of_weekly_prices_still_shows_a_line() -> None:
    index = pd.date_range(end="2024-02-29", periods=90, freq="7D")
    assert len(index) - first_shown(index, "1M") == 20
    assert first_shown(index[:10], "1M") == 0


def test_a_line_shows_the_closes_and_candles_all_four_prices() -> None:
    frame = prices()
    line = traces(chart(Look("1Y"), frame))["AAPL close"]
    shown = frame.iloc[first_shown(frame.index, "1Y") :]
    np.testing.assert_array_equal(line.y, shown["Close"])
    candles = next(t for t in chart(Look("1Y", True), frame).data if t.type == "candlestick")
    for column in ("Open", "High", "Low", "Close"):
        np.testing.assert_array_equal(getattr(candles, column.lower()), shown[column])
    assert candles.increasing.fillcolor != candles.decreasing.fillcolor


def test_many_days_become_weeks_that_lose_no_extreme() -> None:
    frame = prices()
    candles = next(t for t in chart(Look("All", True), frame).data if t.type == "candlestick")
    assert len(candles.x) <= MOST_BARS < len(frame)
    assert "a week" in candles.name
    assert max(candles.high) == frame["High"].max()
    assert min(candles.low) == frame["Low"].min()
    assert candles.open[0] == frame["Open"].iloc[0]
    assert candles.close[-1] == frame["Close"].iloc[-1]
    assert pd.Timestamp(candles.x[-1]) == frame.index[-1]


def test_lines_of_the_chart_are_those_of_all_the_past() -> None:
    frame = prices()
    drawn, lines = traces(chart(EVERYTHING, frame)), chart_lines(frame)
    first = first_shown(frame.index, "6M")
    for name, column in (("200-day average", "average 200"), ("RSI", "rsi"), ("MACD", "macd"),
                         ("Bollinger bands", "bollinger low")):  # fmt: skip
        np.testing.assert_array_equal(drawn[name].y, lines[column].to_numpy()[first:])
        assert np.isfinite(drawn[name].y).all()


def test_each_panel_has_its_place_and_none_lies_over_another() -> None:
    layout = chart().layout
    domains = [layout[f"yaxis{n}"].domain for n in ("", 2, 3, 4)]
    for above, below in pairwise(domains):
        assert below[1] < above[0]
    assert domains[-1][0] >= 0
    assert domains[0][1] == 1
    assert "yaxis2" not in chart(Look()).layout


def test_without_any_volume_there_is_no_empty_panel() -> None:
    figure = chart(Look("6M", False, frozenset(["volume"])), prices().assign(Volume=0.0))
    assert not any(trace.type == "bar" for trace in figure.data)
    assert figure.layout.yaxis.domain == (0, 1)


def test_what_came_goes_on_from_the_forecasts_day() -> None:
    days = pd.bdate_range("2024-03-01", periods=3)
    came = pd.DataFrame({"Close": [101.0, 99.0, 103.0]}, index=days)
    line = traces(chart(came=came))["what came after"]
    assert list(line.y) == [100.0, 101.0, 99.0, 103.0]
    assert pd.Timestamp(line.x[-1]) == days[-1]
    assert "what came after" not in traces(chart())


def test_past_forecasts_are_marked_by_how_they_ended() -> None:
    record = make_record([0.0, 0.9, 1.2, 2.0, -2.0])
    drawn = traces(chart(record=record))
    marks = ("ended inside 80 %", "outside 80 %: a miss", "outside 95 %: a large miss")
    assert [len(drawn[name].x) for name in marks] == [2, 1, 2]
    assert drawn[marks[1]].y[0] == record.prices[2, -1]
    assert len({drawn[name].marker.symbol for name in marks}) == 3
    fans = [y for y in drawn["past forecasts, 80 % bands"].y if y is not None]
    assert max(fans) == pytest.approx(100 * np.exp(0.0128))
    assert min(fans) == pytest.approx(100 * np.exp(-0.0128))


def test_an_empty_record_draws_nothing_wrong() -> None:
    assert len(traces(chart(record=make_record([])))["ended inside 80 %"].x) == 0


def test_weekends_are_closed_only_where_nothing_is_traded_on_them() -> None:
    assert len(chart(Look("6M")).layout.xaxis.rangebreaks) == 1
    assert len(chart(Look("All")).layout.xaxis.rangebreaks) == 0
    every_day = prices(200).set_axis(pd.date_range(end="2024-02-29", periods=200))
    assert len(chart(Look("6M"), every_day).layout.xaxis.rangebreaks) == 0
    weekly = prices(200).set_axis(pd.date_range(end="2024-02-29", periods=200, freq="7D"))
    assert len(chart(Look("1Y"), weekly).layout.xaxis.rangebreaks) == 0


def test_a_simulated_series_is_called_so_in_the_figure() -> None:
    simulated = dataclasses.replace(make_forecast(), source="simulated")
    for candles in (False, True):
        names = traces(chart(Look("6M", candles), forecast=simulated))
        assert any(", simulated" in name for name in names)


def test_the_key_names_each_drawn_thing_once_and_tells_them_apart() -> None:
    entries = key(chart(record=make_record([0.0, 1.2, 2.0])))
    names = [name for name, _, _ in entries]
    assert len(names) == len(set(names))
    assert {"median", "80 % band", "20-day average", "outside 80 %: a miss"} <= set(names)
    lines = [entry[1:] for entry in entries if entry[1] in ("solid", "dash", "dot", "dashdot")]
    assert len(set(lines)) == len(lines)


def test_figures_suit_the_light_and_the_dark_page() -> None:
    for figure in (chart(), comparison([prices(), prices()], [make_forecast(), make_forecast()])):
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"


def test_two_tickers_are_drawn_in_percent_of_their_last_price() -> None:
    other = dataclasses.replace(make_forecast(price=50.0), ticker="KO")
    frame = prices().assign(Close=np.linspace(40, 50, 900))
    drawn = traces(comparison([prices(), frame], [make_forecast(), other]))
    assert drawn["KO"].y[-1] == 0.0
    np.testing.assert_allclose(
        max(drawn["KO, 80 % band"].y), 100 * np.expm1(other.quantile(0.9)[-1])
    )
    np.testing.assert_allclose(max(drawn["AAPL, 80 % band"].y), max(drawn["KO, 80 % band"].y))
    assert drawn["AAPL"].line.dash != drawn["KO"].line.dash
