"""Pure functions that draw forecasts into a Plotly figure: a fan, outlines of others, past fans.

What is drawn differs by its dash or its mark, and not by its colour alone. Prices and indicators
are drawn by ``price_figures``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from inference.predictions import QuantileForecast
from inference.track_record import TrackRecord
from tabs.figures import BLUE, ORANGE

BANDS = ((0.95, 0.16), (0.8, 0.24), (0.5, 0.36))  # share and opacity
PAST_BANDS = ((0.95, 0.09), (0.8, 0.15))
PAST_POINTS = 6  # of each edge: a year of fans must stay light
PINK = "#d6336c"
OUTLINES = {  # baseline: colour and dash of its 80 % band
    "random walk": (ORANGE, "dash"),
    "historical simulation": ("#8a63d2", "dot"),
    "EWMA": ("#2e9d6b", "dashdot"),
}


def bands(figure: go.Figure, forecast: QuantileForecast) -> None:
    """The bands of a forecast, the widest first, from its last price on."""
    dates = [pd.Timestamp(forecast.as_of), *map(pd.Timestamp, forecast.dates)]
    covered = 0.0  # the bands lie over each other; `meta` is the colour that is seen
    for share, opacity in BANDS:
        covered = 1 - (1 - covered) * (1 - opacity)
        low, high = (np.append(forecast.last_price, edge) for edge in forecast.band(share))
        figure.add_scatter(
            x=dates + dates[::-1], y=np.concatenate([high, low[::-1]]), fill="toself",
            fillcolor=f"rgba(47,111,208,{opacity})", line={"width": 0}, hoverinfo="skip",
            mode="lines", name=f"{100 * share:.0f} % band", meta=f"rgba(47,111,208,{covered:.2f})",
        )  # fmt: skip


def median(figure: go.Figure, forecast: QuantileForecast) -> None:
    """The median, which tells the bands too when it is pointed at."""
    bands = [edge for share in (0.8, 0.95) for edge in forecast.band(share)]
    figure.add_scatter(
        x=list(map(pd.Timestamp, forecast.dates)), y=forecast.price_quantile(0.5), name="median",
        line={"color": BLUE, "width": 2}, customdata=np.stack(bands, axis=1),
        hovertemplate="%{y:,.2f}<br>80 %: %{customdata[0]:,.2f} – %{customdata[1]:,.2f}"
        "<br>95 %: %{customdata[2]:,.2f} – %{customdata[3]:,.2f}",
    )  # fmt: skip


def outline(figure: go.Figure, name: str, baseline: QuantileForecast) -> None:
    """The 80 % band of one of OUTLINES as two lines."""
    color, dash = OUTLINES[name]
    dates = [pd.Timestamp(baseline.as_of), *map(pd.Timestamp, baseline.dates)]
    for edge, title in zip(baseline.band(0.8), ("", f"{name}, 80 % band"), strict=True):
        figure.add_scatter(
            x=dates, y=np.append(baseline.last_price, edge), name=title, showlegend=bool(title),
            hoverinfo="skip", mode="lines", line={"color": color, "width": 1.8, "dash": dash},
        )  # fmt: skip


def what_came(figure: go.Figure, came: pd.DataFrame, forecast: QuantileForecast) -> None:
    """The closes after the forecast's day (perhaps none), from its last price on."""
    if not len(came):
        return
    figure.add_scatter(
        x=[pd.Timestamp(forecast.as_of), *came.index],
        y=np.append(forecast.last_price, came["Close"]), name="what came after",
        line={"color": PINK, "width": 2.5}, hovertemplate="%{y:,.2f}",
    )  # fmt: skip


def past_fans(figure: go.Figure, record: TrackRecord) -> None:
    """Each forecast of a record as two bands, and a mark where its last day ended."""
    few = np.unique(np.linspace(0, record.days, PAST_POINTS).round().astype(int))
    days = np.datetime_as_string(record.dates[:, few])
    start = record.prices[:, :1]
    for share, opacity in PAST_BANDS:
        x, y = [], []
        edges = (np.hstack([start, start * np.exp(edge)])[:, few] for edge in record.band(share))
        for dates, low, high in zip(days, *edges, strict=True):
            x += [*dates, *dates[::-1], None]
            y += [*high, *low[::-1], None]
        figure.add_scatter(
            x=x, y=y, fill="toself", fillcolor=f"rgba(47,111,208,{opacity})", line={"width": 0},
            hoverinfo="skip", mode="lines", name=f"past forecasts, {100 * share:.0f} % bands",
        )  # fmt: skip
    far, near = ~record.inside(0.95), ~record.inside(0.8)
    for chosen, name, symbol, color in (
        (~near, "ended inside 80 %", "circle-open", BLUE),
        (near & ~far, "outside 80 %: a miss", "x", ORANGE),
        (far, "outside 95 %: a large miss", "diamond", PINK),
    ):
        figure.add_scatter(
            x=record.dates[chosen, -1], y=record.prices[chosen, -1], mode="markers", name=name,
            marker={"symbol": symbol, "size": 8, "color": color,
                    "line": {"width": 1.5, "color": color}},
            hoverinfo="skip",
        )  # fmt: skip
