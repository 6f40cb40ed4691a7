"""Pure functions from prices and forecasts to Plotly figures.

A figure has no legend of its own, which would squeeze it on a phone; ``figures.key`` tells what one
must say. What is drawn differs by its dash or its mark, and not by its colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from inference.indicators import AVERAGES, chart_lines
from inference.predictions import QuantileForecast
from inference.track_record import TrackRecord
from tabs.fan_figures import bands, median, outline, past_fans, what_came
from tabs.figures import BLUE, GREY, ORANGE, dated

SPANS = {"1M": 1, "6M": 6, "1Y": 12, "5Y": 60, "All": None}  # months
LEAST_ROWS = 20  # shown, however few fall into the span
MOST_BARS = 600  # candles and volumes on show; of more days, weeks or months are drawn
PRICE_HEIGHT, PANEL_HEIGHT, GAP = 400, 84, 14  # pixels
AVERAGE_LINES = ((ORANGE, "solid"), ("#8a63d2", "dash"), ("#2e9d6b", "dot"))
COMPARED = ((BLUE, "47,111,208", "solid"), (ORANGE, "200,98,42", "dash"))  # colour, tint, dash


@dataclass(frozen=True)
class Look:
    """How a price chart is drawn: a span of SPANS, candles or a line, and what else it shows:
    "average 20", "average 50", "average 200", "bollinger", "volume", "rsi", "macd"."""

    span: str = "6M"
    candles: bool = False
    extras: frozenset[str] = frozenset()


def first_shown(index: pd.DatetimeIndex, span: str) -> int:
    """The row of a history where a chart of a span begins."""
    months = SPANS[span]
    if months is None:
        return 0
    first = index.searchsorted(index[-1] - pd.DateOffset(months=months), side="right")
    return max(0, min(int(first), len(index) - LEAST_ROWS))


def price_chart(
    known: pd.DataFrame,
    came: pd.DataFrame,
    forecast: QuantileForecast,
    outlines: Mapping[str, QuantileForecast],
    record: TrackRecord | None,
    look: Look,
) -> go.Figure:
    """Prices up to the day of the forecast, the forecast as a fan, and what came after it (perhaps
    nothing); the 80 % bands of baselines as outlines; past forecasts with their misses.

    known and came have a date index and columns Open High Low Close Volume; `known` ends on the
    forecast's day.
    """
    first = first_shown(known.index, look.span)
    shown, lines = known.iloc[first:], chart_lines(known).iloc[first:]
    panels = [name for name in ("volume", "rsi", "macd") if name in look.extras]
    if not (shown["Volume"] > 0).any():
        panels = [name for name in panels if name != "volume"]
    figure = go.Figure()
    if record is not None:
        past_fans(figure, record)
    bands(figure, forecast)
    _overlays(figure, lines, look.extras)
    _prices(figure, shown, forecast, look.candles)
    for name, baseline in outlines.items():
        outline(figure, name, baseline)
    median(figure, forecast)
    what_came(figure, came, forecast)
    for number, name in enumerate(panels, 2):
        {"volume": _volume, "rsi": _rsi, "macd": _macd}[name](figure, shown, lines, f"y{number}")
    return _arranged(figure, shown, forecast, look, panels)


def _arranged(
    figure: go.Figure,
    shown: pd.DataFrame,
    forecast: QuantileForecast,
    look: Look,
    panels: Sequence[str],
) -> go.Figure:
    """The panels one under another over one axis of time, and a line on the forecast's day."""
    height = PRICE_HEIGHT + len(panels) * (PANEL_HEIGHT + GAP)
    axes: dict[str, Any] = {"yaxis": {"domain": [1 - PRICE_HEIGHT / height, 1]}}
    for number, name in enumerate(panels, 2):
        top = 1 - (PRICE_HEIGHT + (number - 2) * (PANEL_HEIGHT + GAP) + GAP) / height
        title = {"volume": "volume", "rsi": "RSI", "macd": "MACD"}[name]
        axes[f"yaxis{number}"] = {
            "domain": [top - PANEL_HEIGHT / height, top],
            "title": {"text": title, "font": {"size": 12}},
            "nticks": 4,
        }
    if "rsi" in panels:
        axes[f"yaxis{panels.index('rsi') + 2}"] |= {"range": [0, 100], "tickvals": [30, 70]}
    figure = dated(figure, shown.index, SPANS[look.span], height=height + 40, **axes)
    figure.update_xaxes(anchor=f"y{len(panels) + 1}" if panels else "y")
    day = pd.Timestamp(forecast.as_of)
    figure.add_shape(
        type="line", x0=day, x1=day, y0=0, y1=1, yref="paper",
        line={"color": GREY, "width": 1, "dash": "dot"},
    )  # fmt: skip
    return figure


def _prices(
    figure: go.Figure, shown: pd.DataFrame, forecast: QuantileForecast, candles: bool
) -> None:
    made_up = ", simulated" if forecast.source == "simulated" else ""
    if not candles:
        figure.add_scatter(
            x=shown.index, y=shown["Close"].to_numpy(), name=f"{forecast.ticker} close{made_up}",
            line={"color": GREY, "width": 2}, hovertemplate="%{y:,.2f}",
        )  # fmt: skip
        return
    bars, each = _bars(shown)
    figure.add_candlestick(
        x=bars.index, open=bars["Open"], high=bars["High"], low=bars["Low"], close=bars["Close"],
        name=f"{forecast.ticker}{made_up}, a candle {each}: hollow up, filled down",
        increasing={"line": {"color": BLUE, "width": 1.2}, "fillcolor": "rgba(0,0,0,0)"},
        decreasing={"line": {"color": ORANGE, "width": 1.2}, "fillcolor": ORANGE},
    )  # fmt: skip


def _bars(shown: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Days, or the weeks or months that they make where there are too many; each on its last
    day."""
    how = {"Open": "first", "High": "max", "Low": "min", "Close": "last", "Volume": "sum"}
    bars, each = shown, "a day"
    for name, period in (("a week", "W"), ("a month", "M")):
        if len(bars) > MOST_BARS:
            days = pd.Series(shown.index, index=shown.index)
            groups = shown.index.to_period(period)
            bars = shown.groupby(groups).agg(how).set_index(days.groupby(groups).last())
            each = name
    return bars, each


def _overlays(figure: go.Figure, lines: pd.DataFrame, extras: frozenset[str]) -> None:
    if "bollinger" in extras:
        thin = {"color": GREY, "width": 1}
        for column, fill, name in (
            ("bollinger high", None, ""),
            ("bollinger low", "tonexty", "Bollinger bands"),
        ):
            figure.add_scatter(
                x=lines.index, y=lines[column].to_numpy(), line=thin, hoverinfo="skip", fill=fill,
                fillcolor="rgba(123,133,148,0.10)", name=name, showlegend=bool(name), mode="lines",
            )  # fmt: skip
    for days, (color, dash) in zip(AVERAGES, AVERAGE_LINES, strict=True):
        if f"average {days}" in extras:
            figure.add_scatter(
                x=lines.index, y=lines[f"average {days}"].to_numpy(), name=f"{days}-day average",
                line={"color": color, "width": 1.4, "dash": dash}, hovertemplate="%{y:,.2f}",
            )  # fmt: skip


def _volume(figure: go.Figure, shown: pd.DataFrame, lines: pd.DataFrame, axis: str) -> None:
    bars, each = _bars(shown)
    figure.add_bar(
        x=bars.index, y=bars["Volume"].to_numpy(), name=f"volume {each}", showlegend=False,
        marker={"color": GREY, "opacity": 0.55, "line": {"width": 0}}, yaxis=axis,
        hovertemplate="%{y:,.3s}",
    )  # fmt: skip


def _rsi(figure: go.Figure, shown: pd.DataFrame, lines: pd.DataFrame, axis: str) -> None:
    figure.add_scatter(
        x=lines.index, y=lines["rsi"].to_numpy(), name="RSI", showlegend=False, yaxis=axis,
        line={"color": BLUE, "width": 1.5}, hovertemplate="%{y:.0f}",
    )  # fmt: skip


def _macd(figure: go.Figure, shown: pd.DataFrame, lines: pd.DataFrame, axis: str) -> None:
    gap = (lines["macd"] - lines["macd signal"]).to_numpy()
    figure.add_bar(
        x=lines.index, y=gap, name="MACD less its signal", showlegend=False, hoverinfo="skip",
        marker={"color": GREY, "opacity": 0.4, "line": {"width": 0}}, yaxis=axis,
    )  # fmt: skip
    for column, name, line in (
        ("macd", "MACD", {"color": BLUE, "width": 1.5}),
        ("macd signal", "MACD signal", {"color": ORANGE, "width": 1.3, "dash": "dash"}),
    ):
        figure.add_scatter(
            x=lines.index, y=lines[column].to_numpy(), name=name, showlegend=False, line=line,
            yaxis=axis, hovertemplate="%{y:.2f}",
        )  # fmt: skip


def comparison(frames: Sequence[pd.DataFrame], forecasts: Sequence[QuantileForecast]) -> go.Figure:
    """Two forecasts in percent of each one's last price: half a year of prices, the 80 % bands, and
    the edges of the 95 % bands as thin lines."""
    figure = go.Figure()
    for frame, forecast, (color, tint, dash) in zip(frames, forecasts, COMPARED, strict=True):
        close = frame["Close"].iloc[first_shown(frame.index, "6M") :]
        figure.add_scatter(
            x=close.index, y=100 * (close.to_numpy() / forecast.last_price - 1),
            name=forecast.ticker, line={"color": color, "width": 2, "dash": dash},
            hovertemplate="%{y:+.1f} %",
        )  # fmt: skip
        dates = [pd.Timestamp(forecast.as_of), *map(pd.Timestamp, forecast.dates)]
        edges = {
            share: [
                np.append(0.0, 100 * (edge / forecast.last_price - 1))
                for edge in forecast.band(share)
            ]
            for share in (0.8, 0.95)
        }
        low, high = edges[0.8]
        figure.add_scatter(
            x=dates + dates[::-1], y=np.concatenate([high, low[::-1]]), fill="toself",
            fillcolor=f"rgba({tint},0.22)", hoverinfo="skip", mode="lines",
            line={"color": color, "width": 1.2, "dash": dash},
            name=f"{forecast.ticker}, 80 % band",
        )  # fmt: skip
        for edge, name in zip(edges[0.95], ("", f"{forecast.ticker}, 95 % band"), strict=True):
            figure.add_scatter(
                x=dates, y=edge, line={"color": color, "width": 1.5, "dash": "dot"}, mode="lines",
                name=name, showlegend=bool(name), hoverinfo="skip",
            )  # fmt: skip
    figure = dated(figure, frames[0].index, 6, height=420)
    figure.update_yaxes(ticksuffix=" %", title_text="from the last price")
    return figure
