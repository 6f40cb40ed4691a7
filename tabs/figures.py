"""Pure functions from predictions to Plotly figures.

Backgrounds are transparent and type is grey, so that one figure suits the light and the dark page.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from inference.predictions import QuantileForecast, SentimentPrediction
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


def running_probability(prediction: SentimentPrediction) -> go.Figure:
    """How the probability of "positive" moved while the network read, word by word."""
    places = list(range(1, len(prediction.tokens) + 1))
    figure = go.Figure()
    figure.add_hrect(*NOT_SURE, fillcolor=GREY, opacity=0.13, line_width=0)
    figure.add_hline(0.5, line={"color": GREY, "width": 1, "dash": "dot"})
    figure.add_scatter(
        x=places,
        y=list(prediction.running),
        customdata=list(prediction.tokens),
        hovertemplate="%{customdata}<br>%{y:.0%} positive<extra></extra>",
        mode="lines+markers" if len(places) <= 150 else "lines",
        line={"color": BLUE, "width": 2.5},
        marker={"size": 6},
        name="after each word",
    )
    figure.update_yaxes(
        range=[-0.03, 1.03], tickvals=[0, 0.5, 1], ticktext=["negative", "50 %", "positive"]
    )
    if len(places) <= 30:
        figure.update_xaxes(
            tickvals=places, ticktext=list(prediction.tokens), tickangle=-60, tickfont={"size": 11}
        )
    else:
        figure.update_xaxes(title_text="words read")
    figure.update_xaxes(showgrid=False, zeroline=False)
    return _layout(figure, height=300, showlegend=False)


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
