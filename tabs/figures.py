"""Pure functions from predictions to Plotly figures.

Backgrounds are transparent and type is grey, so that one figure suits the light and the dark page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from inference.predictions import QuantileForecast
from inference.sentiment import NOT_SURE
from tabs.html import BANDS

GREY, GRID = "#7b8594", "rgba(123,133,148,0.22)"
BLUE, ORANGE = "#2f6fd0", "#c8622a"
HISTORY_DAYS = 120


def _layout(figure: go.Figure, **options: Any) -> go.Figure:
    figure.update_layout(
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": GREY, "family": "system-ui, sans-serif", "size": 13},
        hoverlabel={"namelength": -1},
        dragmode=False,
        modebar={"remove": ["select2d", "lasso2d", "autoScale2d"]},
        **({"margin": {"l": 8, "r": 8, "t": 8, "b": 8}} | options),
    )
    axis = {"gridcolor": GRID, "zerolinecolor": GRID, "linecolor": GRID, "automargin": True}
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    return figure


def probability_histogram(counts: Sequence[int]) -> go.Figure:
    """How many reviews got which P(positive), in ``counts`` of equal bins from 0 to 1, the middle
    where the network is not sure shaded."""
    width = 1 / len(counts)
    low, high = NOT_SURE
    middles = [(i + 0.5) * width for i in range(len(counts))]
    figure = go.Figure()
    figure.add_vrect(low, high, fillcolor=GREY, opacity=0.13, line_width=0)
    figure.add_bar(
        x=middles,
        y=list(counts),
        width=0.9 * width,
        customdata=[f"{m - width / 2:.0%} to {m + width / 2:.0%}" for m in middles],
        hovertemplate="%{y:,} reviews<br>%{customdata} positive<extra></extra>",
        marker={
            "color": [ORANGE if m < low else BLUE if m > high else GREY for m in middles],
            "line": {"width": 0},
        },
    )
    figure.update_xaxes(
        range=[-0.02, 1.02], showgrid=False, zeroline=False,
        tickvals=[low / 2, 0.5, (high + 1) / 2], ticktext=["negative", "not sure", "positive"],
    )  # fmt: skip
    few = max(counts, default=0) < 6  # or the axis would count halves of reviews
    figure.update_yaxes(rangemode="tozero", title_text="reviews", dtick=1 if few else None)
    return _layout(figure, height=240, showlegend=False, bargap=0)


def learning_curves(
    name: str, histories: dict[str, list[dict[str, float]]], token: str = "character"
) -> go.Figure:
    """The losses of network ``name`` over its epochs, training and validation, and the validation
    losses of the others in ``histories`` (rows of history.csv, each with epoch, train_loss and
    valid_loss in nats a ``token``) as thin lines."""
    figure = go.Figure()
    dashes = ("dot", "dash", "dashdot", "longdash", "longdashdot")
    others = [other for other in histories if other != name]
    for number, other in enumerate(others):
        line = {"color": GREY, "width": 1.3, "dash": dashes[number % len(dashes)]}
        _loss_line(figure, histories[other], "valid_loss", other, line)
    rows = histories[name]
    _loss_line(figure, rows, "train_loss", f"{name}, training", {"color": ORANGE, "width": 2})
    _loss_line(figure, rows, "valid_loss", f"{name}, validation", {"color": BLUE, "width": 3})
    figure.update_xaxes(title_text="epochs (times that it read its training text)")
    figure.update_yaxes(title_text=f"nats a {token}")
    return _layout(
        figure, height=360, legend={"orientation": "h", "y": -0.22, "x": 0}, hovermode="x"
    )


def _loss_line(
    figure: go.Figure, rows: list[dict[str, float]], key: str, name: str, line: dict[str, Any]
) -> None:
    figure.add_scatter(
        x=[row["epoch"] for row in rows], y=[row[key] for row in rows], name=name, line=line,
        mode="lines+markers" if len(rows) == 1 else "lines",
        hovertemplate="%{y:.3f} " + name + "<extra></extra>",
    )  # fmt: skip


def forecast_fan(
    history: pd.DataFrame, forecast: QuantileForecast, walk: QuantileForecast
) -> go.Figure:
    """The last months of prices, the forecast's bands, and the random walk's 80 % band as outline.

    ``history`` has a date index and a column Close and ends on the forecast's day.
    """
    shown = history["Close"].iloc[-HISTORY_DAYS:]
    simulated = forecast.source == "simulated"
    name = f"{forecast.ticker}, simulated" if simulated else f"{forecast.ticker} close"
    figure = go.Figure()
    figure.add_scatter(
        x=shown.index, y=shown.to_numpy(), name=name,
        line={"color": GREY, "width": 2}, hovertemplate="%{y:,.2f}",
    )  # fmt: skip
    dates = [pd.Timestamp(forecast.as_of), *map(pd.Timestamp, forecast.dates)]
    last = forecast.last_price
    for (low, high), opacity in zip(reversed(BANDS), (0.18, 0.27, 0.4), strict=True):
        lower = np.concatenate([[last], forecast.price_quantile(low)])
        upper = np.concatenate([[last], forecast.price_quantile(high)])
        figure.add_scatter(
            x=dates + dates[::-1], y=np.concatenate([upper, lower[::-1]]), fill="toself",
            fillcolor=f"rgba(47,111,208,{opacity})", line={"width": 0}, hoverinfo="skip",
            name=f"{100 * (high - low):.0f} % band",
        )  # fmt: skip
    figure.add_scatter(
        x=dates, y=np.concatenate([[last], forecast.price_quantile(0.5)]), name="median",
        line={"color": BLUE, "width": 2}, hovertemplate="median %{y:,.2f}<extra></extra>",
    )  # fmt: skip
    for level, name in ((0.9, "random walk, 80 % band"), (0.1, "")):
        figure.add_scatter(
            x=dates, y=np.concatenate([[last], walk.price_quantile(level)]), name=name,
            legendgroup="walk", showlegend=bool(name), hoverinfo="skip",
            line={"color": ORANGE, "width": 1.8, "dash": "dash"},
        )  # fmt: skip
    trades_on_weekends = (shown.index.day_of_week >= 5).any()
    closed = [] if trades_on_weekends else [{"bounds": ["sat", "mon"]}]
    figure.update_xaxes(type="date", rangebreaks=closed)
    return _layout(
        figure,
        height=440,
        legend={"orientation": "h", "y": -0.12, "x": 0},
        hovermode="x",
    )
