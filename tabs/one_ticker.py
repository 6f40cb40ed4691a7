"""One ticker or file: the chart with the forecast, the odds, the numbers, and its record.

Each change draws the chart anew, which is quick. The record, many forecasts of past days, follows,
and only when the prices or the days ahead have changed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import gradio as gr

from inference.forecasting import (
    PriceHistory,
    baseline_forecast,
    first_day,
    known_history,
    market_of,
    parse_day,
)
from inference.odds import odds
from inference.predictions import QuantileForecast
from inference.registry import Registry
from inference.track_record import track_record
from tabs import as_of, figures, forecast_html
from tabs.common import PRIVATE, about, guarded, press
from tabs.forecast_form import LAST_ONE, TASK, days_slider, history_of, ticker_choice
from tabs.price_figures import SPANS, Look, first_shown, price_chart
from tabs.texts import stocks as texts

DEFAULT_TICKER = "AAPL"
WALK = "random walk"
QUIET = {**PRIVATE, **LAST_ONE, "show_progress": "hidden"}


@dataclass(frozen=True)
class Question:
    """What the form asks: prices of a file or a ticker, days ahead, the day to stand on (a value of
    ``as_of.slider``), and how to draw them."""

    path: str | None
    ticker: str | None
    days: int
    stand: Any
    look: Look
    others: tuple[str, ...]


def build(registry: Registry, tab: gr.Tab) -> tuple[gr.Dropdown, gr.Slider]:
    """Add the form, the chart and all below it to the Blocks context; the ticker and the days. The
    first chart is drawn when ``tab`` is opened: not every visitor comes here."""
    names = registry.names(TASK)
    with gr.Row(equal_height=False):
        ticker = ticker_choice("ticker", DEFAULT_TICKER)
        days = days_slider(registry, "days")
        go = gr.Button("Forecast", variant="primary", elem_id="forecast", scale=1, min_width=120)
    with gr.Accordion("Use your own prices (CSV)", open=False):
        upload = gr.File(
            label=texts.PRICES_FILE, file_types=[".csv", ".txt"], elem_id="prices-file", height=140
        )
    summary = gr.HTML(elem_id="forecast-summary")
    tiles = gr.HTML(elem_id="forecast-tiles")
    with gr.Row(elem_classes="chart-controls"):
        span, kind = _range_and_kind()
    plot = gr.Plot(show_label=False, elem_id="forecast-plot")
    key = gr.HTML(elem_id="forecast-key")
    stand = as_of.slider()
    look = [span, kind, *_switches()]
    table = gr.HTML(elem_id="forecast-table")
    record = gr.HTML(texts.RECORD_LATER, elem_id="forecast-record")
    gr.HTML(about(registry, TASK, names[0] if names else None, _facts), elem_id="forecast-about")
    gr.HTML(f'<div class="limits">{texts.LIMITS}</div>', elem_id="forecast-limits")

    inputs, quick = [upload, ticker, days, stand, *look], [stand, summary, plot, key, tiles, table]
    show = guarded(lambda *values: answered(registry, asked(*values)))
    # The line above the chart tells that it is at work, or failed: the rest stays as it was.
    told = {**PRIVATE, **LAST_ONE, "show_progress": "minimal", "show_progress_on": summary}
    shown = [
        gr.on([go.click, upload.upload], show, inputs, quick, **told),
        days.release(show, inputs, quick, **QUIET),
        # A ticker takes the place of an uploaded file, so that what is drawn is what was given
        # last.
        ticker.input(
            guarded(lambda _, *values: (*answered(registry, asked(None, *values)), None)),
            inputs, [*quick, upload], **told,
        ),
    ]  # fmt: skip
    gr.on([stand.input, *(control.input for control in look)], show, inputs, quick, **QUIET)
    if names:
        tab.select(**press(go, unless=summary))
    # An event of its own: the page loses a chart whose event goes on to a second frame at once.
    recall = guarded(lambda *values: recorded(registry, asked(*values)))
    for event in shown:
        event.success(recall, inputs, record, **PRIVATE, show_progress="hidden")
    return ticker, days


def _range_and_kind() -> tuple[gr.Radio, gr.Radio]:
    """How much of the past to draw, and as what."""
    return (
        gr.Radio(list(SPANS), value="6M", label="Range", elem_id="span", min_width=300),
        gr.Radio(["Line", "Candles"], value="Line", label="Prices", elem_id="kind", min_width=200),
    )


def _switches() -> tuple[gr.CheckboxGroup, gr.CheckboxGroup]:
    """What else to draw: with the prices, and beside the forecast."""
    return (
        gr.CheckboxGroup(
            [(title, name) for name, title in texts.EXTRAS.items()], value=["volume"],
            label="On the chart", elem_id="extras",
        ),
        gr.CheckboxGroup(
            [(title, name) for name, title in texts.OTHERS.items()], value=[WALK],
            label="Beside the forecast", elem_id="others",
        ),
    )  # fmt: skip


def asked(
    path: str | None, ticker: str | None, days: float, stand: Any, span: str, kind: str,
    extras: Sequence[str], others: Sequence[str],
) -> Question:  # fmt: skip
    """The question in the values of the form."""
    look = Look(span, kind == "Candles", frozenset(extras))
    return Question(path, ticker, int(days), stand, look, tuple(others))


def recorded(registry: Registry, question: Question) -> str:
    """The record of the ticker's past forecasts."""
    history = history_of(question.path, question.ticker)
    past = track_record(registry.load(TASK), history, question.days, market=market_of(history))
    return forecast_html.record(past, history.ticker, history.kind)


def answered(registry: Registry, question: Question) -> tuple[Any, ...]:
    """(slider, summary, chart, its key, odds, table) for a question. InputError as
    `Forecaster.predict`."""
    history = history_of(question.path, question.ticker)
    first, last = first_day(history), history.last_date
    day, told = _standing(history, as_of.day_of(question.stand), first, last)
    known = known_history(history, day)
    forecast = registry.load(TASK).predict(history, question.days, day, market_of(history))
    came = history.frame.iloc[len(known.frame) :][: question.days]
    forecast = _dated(forecast, came.index)
    chances = odds(forecast, known.frame)
    figure = price_chart(
        known.frame, came, forecast, _outlines(question, history, day, forecast),
        _past(registry, question, history, known), question.look,
    )  # fmt: skip
    closes = came["Close"].tolist()
    answer = forecast.to_json() | {"odds": chances.to_json(), "notes": list(history.notes)}
    files = {"csv": forecast.to_csv(), "json": json.dumps(answer, indent=1)}
    return (
        as_of.update(question.stand, first, last, day),
        forecast_html.summary(forecast, history.kind, [*history.notes, *told], last, date.today()),
        figure,
        forecast_html.legend(figures.key(figure)),
        forecast_html.tiles(forecast, chances, closes),
        forecast_html.table(forecast, closes)
        + forecast_html.saves(f"{forecast.ticker}-{forecast.as_of}-forecast", files),
    )


def _standing(
    history: PriceHistory, day: str, first: date, last: date
) -> tuple[date | None, list[str]]:
    """The past day to stand on, None for the last one; and a sentence when the day that was asked
    for is not among those that this series can be forecast from."""
    asked_for = parse_day(day)
    if asked_for is None or asked_for == last:
        return None, []
    if first <= asked_for < last:
        return asked_for, []
    return None, [
        texts.AS_OF_OUTSIDE.format(day=asked_for, ticker=history.ticker, first=first, last=last)
    ]


def _dated(forecast: QuantileForecast, came: Sequence[Any]) -> QuantileForecast:
    """With the real days where they are known."""
    real = tuple(day.date() for day in came)
    return replace(forecast, dates=real + forecast.dates[len(real) :])


def _outlines(
    question: Question, history: PriceHistory, day: date | None, forecast: QuantileForecast
) -> dict[str, QuantileForecast]:
    """The baselines that are switched on, on the days of the forecast."""
    levels = forecast.quantile_levels
    return {
        name: replace(
            baseline_forecast(name, history, question.days, levels, day), dates=forecast.dates
        )
        for name in question.others
        if name != texts.PAST
    }


def _past(
    registry: Registry, question: Question, history: PriceHistory, known: PriceHistory
) -> Any:
    """The forecasts of the record that were made and ended within the chart, when they are asked
    for."""
    if texts.PAST not in question.others:
        return None
    start = known.frame.index[first_shown(known.frame.index, question.look.span)].date()
    past = track_record(registry.load(TASK), history, question.days, start, market_of(history))
    return past.between(end=known.last_date + timedelta(days=1))


def _facts(metrics: dict[str, Any]) -> list[str]:
    return [*forecast_html.facts(metrics), texts.NOT_ADVICE]
