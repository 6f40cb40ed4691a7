"""Pure functions from predictions to Plotly figures.

Backgrounds are transparent and type is grey, so that one figure suits the light and the dark page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from inference.forecasting import LONGEST_STEP, trades_on_weekends
from inference.sentiment import NOT_SURE

GREY, GRID = "#7b8594", "rgba(123,133,148,0.22)"
BLUE, ORANGE = "#2f6fd0", "#c8622a"
BROKEN_MONTHS = 12  # gaps of weekends are closed up to here, beyond they cannot be seen


def layout(figure: go.Figure, **options: Any) -> go.Figure:
    """The figure in the page's clothes; ``options`` are Plotly's for its layout."""
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
    return layout(figure, height=240, showlegend=False, bargap=0)


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
    return layout(
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


def dated(
    figure: go.Figure, index: pd.DatetimeIndex, months: int | None, **options: Any
) -> go.Figure:
    """With an axis of days, closed where there are no prices on weekends, and one box on hover."""
    step = index.to_series().diff().median().days
    closed = (
        months is not None
        and months <= BROKEN_MONTHS
        and step <= LONGEST_STEP
        and not trades_on_weekends(index)
    )
    figure.update_xaxes(
        type="date", rangeslider_visible=False, hoverformat="%a %d %b %Y",
        rangebreaks=[{"bounds": ["sat", "mon"]}] if closed else [],
    )  # fmt: skip
    return layout(figure, showlegend=False, hovermode="x unified", hoversubplots="axis", **options)


def key(figure: go.Figure) -> list[tuple[str, str, str]]:
    """What a legend must say: (name, kind, colour) of each trace with a name. The kind is "fill",
    "candle", a symbol of a mark, or the dash of a line."""
    entries = []
    for trace in figure.data:
        if not trace.name or trace.showlegend is False:
            continue
        if trace.type == "candlestick":
            entries.append((trace.name, "candle", ORANGE))
        elif trace.mode == "markers":
            entries.append((trace.name, trace.marker.symbol, trace.marker.color))
        elif trace.fill == "toself":
            entries.append((trace.name, "fill", trace.meta or trace.fillcolor))
        else:
            entries.append((trace.name, trace.line.dash or "solid", trace.line.color))
    return entries
