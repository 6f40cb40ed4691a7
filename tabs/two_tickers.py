"""Two tickers: their forecasts in percent over one another, and the numbers side by side."""

from __future__ import annotations

from typing import Any

import gradio as gr

from inference.forecasting import market_of
from inference.odds import odds
from inference.registry import Registry
from tabs import figures, forecast_html, html
from tabs.common import AT_ONCE, PRIVATE, guarded, press
from tabs.forecast_form import LAST_ONE, TASK, days_slider, history_of, ticker_choice
from tabs.price_figures import comparison
from tabs.texts import stocks as texts

SECOND_TICKER = "KO"


def build(registry: Registry, tab: gr.Tab, ticker: gr.Dropdown, days: gr.Slider) -> None:
    """Add the form and the results to the Blocks context. The ticker and the days of the first part
    come along when ``tab`` is opened."""
    gr.Markdown(texts.TWO_INTRO)
    with gr.Row(equal_height=False):
        first = ticker_choice("first-ticker", ticker.value, "First ticker")
        second = ticker_choice("second-ticker", SECOND_TICKER, "Second ticker")
        ahead = days_slider(registry, "two-days")
        go = gr.Button("Compare", variant="primary", elem_id="compare", scale=1, min_width=120)
    notes = gr.HTML(elem_id="two-notes")
    plot = gr.Plot(show_label=False, elem_id="two-plot")
    key = gr.HTML(elem_id="two-key")
    table = gr.HTML(elem_id="two-table")
    shown = guarded(lambda *values: compared(registry, *values))
    form, results = [first, second, ahead], [notes, plot, key, table]
    gr.on(
        [go.click, first.input, second.input, ahead.release], shown, form, results,
        show_progress="minimal", show_progress_on=notes, **PRIVATE, **LAST_ONE,
    )  # fmt: skip
    along = "(ticker, days) => [ticker, days]"
    tab.select(None, [ticker, days], [first, ahead], js=along, **AT_ONCE).then(**press(go))


def compared(
    registry: Registry, first: str | None, second: str | None, days: float
) -> tuple[Any, ...]:
    """(notes, chart, its key, table) of two tickers. InputError as `Forecaster.predict`."""
    histories = [history_of(None, typed) for typed in (first, second)]
    forecaster = registry.load(TASK)
    forecasts = [
        forecaster.predict(history, int(days), market=market_of(history)) for history in histories
    ]
    chances = [
        odds(forecast, history.frame)
        for forecast, history in zip(forecasts, histories, strict=True)
    ]
    told = [f"{history.ticker}: {note}" for history in histories for note in history.notes]
    ends = [forecast.as_of for forecast in forecasts]
    if ends[0] != ends[1]:
        told.append(texts.TWO_DAYS.format(first=ends[0], second=ends[1]))
    figure = comparison([history.frame for history in histories], forecasts)
    return (
        html.notes(told),
        figure,
        forecast_html.legend(figures.key(figure)),
        forecast_html.comparison(forecasts, chances),
    )
