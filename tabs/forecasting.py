"""The stock tab: a ticker or a file in, the forecast as a fan and a table."""

from __future__ import annotations

from typing import Any

import gradio as gr

from inference.forecasting import (
    known_tickers,
    parse_day,
    prices,
    random_walk_band,
    read_csv,
)
from inference.registry import Registry
from tabs import figures, html, texts
from tabs.common import NETWORK, PRIVATE, about, guarded

TASK = "forecasting"
DEFAULT_TICKER = "AAPL"
WALK_LEVELS = (0.1, 0.9)


def build(registry: Registry, demo: gr.Blocks) -> None:
    """Add the tab's components and events to the Blocks context."""
    names = registry.names(TASK)
    gr.Markdown(texts.STOCK_INTRO)
    with gr.Row(equal_height=False):
        ticker = gr.Dropdown(
            [(f"{symbol}: {name}", symbol) for symbol, name in known_tickers().items()],
            value=DEFAULT_TICKER, label="Ticker", allow_custom_value=True, elem_id="ticker",
            info="choose, or type any symbol that Yahoo Finance knows", scale=4, min_width=260,
        )  # fmt: skip
        days = gr.Slider(
            1, 20, 20, step=1, label="Trading days ahead", elem_id="days", scale=3, min_width=220
        )
        go = gr.Button("Forecast", variant="primary", elem_id="forecast", scale=1, min_width=120)
    summary = gr.HTML(elem_id="forecast-summary")
    plot = gr.Plot(show_label=False, elem_id="forecast-plot")
    table = gr.HTML(elem_id="forecast-table")
    with gr.Accordion("Use your own prices (CSV)", open=False):
        upload = gr.File(
            label="CSV with Date and Close (better: Open, High, Low, Close, Volume), oldest or "
            "newest first, as Yahoo or Stooq write it",
            file_types=[".csv", ".txt"], elem_id="prices-file", height=140,
        )  # fmt: skip
    gr.HTML(about(registry, TASK, names[0] if names else None, _facts), elem_id="forecast-about")

    def draw(history: Any, horizon: int) -> tuple[str, Any, str]:
        forecast = registry.load(TASK).predict(history, int(horizon))
        walk = random_walk_band(history, int(horizon), WALK_LEVELS)
        return (
            html.forecast_summary(forecast, history.kind, history.notes),
            figures.forecast_fan(history.frame, forecast, walk),
            html.forecast_table(forecast),
        )

    def draw_chosen(path: str | None, symbol: str | None, horizon: int) -> tuple[str, Any, str]:
        """The uploaded file while there is one, else the ticker."""
        return draw(read_csv(path) if path else prices().history(symbol or ""), horizon)

    inputs, outputs = [upload, ticker, days], [summary, plot, table]
    chosen = guarded(draw_chosen)
    gr.on([go.click, upload.upload], chosen, inputs, outputs, **PRIVATE)
    days.release(chosen, inputs, outputs, show_progress="hidden", **PRIVATE)
    # A ticker takes the place of an uploaded file, so that what is drawn is what was given last.
    ticker.input(
        guarded(lambda symbol, horizon: (*draw_chosen(None, symbol, horizon), None)),
        [ticker, days], [*outputs, upload], **PRIVATE,
    )  # fmt: skip
    if names:
        demo.load(chosen, inputs, outputs, show_progress="hidden", **PRIVATE)
    gr.api(guarded(_api(registry)), api_name="forecast", **NETWORK)


def _facts(metrics: dict[str, Any]) -> list[str]:
    return [*html.forecast_facts(metrics), texts.NOT_ADVICE]


def _api(registry: Registry) -> Any:
    def forecast(
        ticker: str, days: int = 20, as_of: str | None = None, model: str | None = None
    ) -> dict:
        """Quantiles of a ticker's price for the coming trading days, as JSON; as_of (YYYY-MM-DD)
        stands on a past day."""
        history = prices().history(ticker)
        answer = registry.load(TASK, model).predict(history, days, parse_day(as_of))
        return answer.to_json() | {"notes": list(history.notes)}

    return forecast
