"""What the parts of the stock tab share: where prices come from, and the controls of both forms."""

from __future__ import annotations

import gradio as gr

from inference.errors import EXPECTED_ERRORS
from inference.forecasting import PriceHistory, known_tickers, prices, read_csv
from inference.registry import Registry
from inference.ticker_search import find_ticker
from tabs.texts import stocks as texts

TASK = "forecasting"
USUAL_DAYS = 20

# Of many events while one is at work only the last runs, so that dragging and typing never wait.
LAST_ONE = {"trigger_mode": "always_last"}


def history_of(path: str | None, typed: str | None) -> PriceHistory:
    """The prices in an uploaded file while there is one, else those of a ticker or company."""
    return read_csv(path) if path else prices().history(find_ticker(typed))


def ticker_choice(elem_id: str, value: str, label: str = "Ticker") -> gr.Dropdown:
    """A list of well-known tickers to search by symbol or company, open to any other symbol."""
    return gr.Dropdown(
        [(f"{symbol}: {name}", symbol) for symbol, name in known_tickers().items()],
        value=value, label=label, allow_custom_value=True, elem_id=elem_id, info=texts.TICKER_HELP,
        num_choices_shown=len(known_tickers()), scale=4, min_width=260,
    )  # fmt: skip


def days_slider(registry: Registry, elem_id: str) -> gr.Slider:
    """How far ahead, as far as the network reaches."""
    try:
        longest = registry.load(TASK).config.prediction_length
    except EXPECTED_ERRORS:  # said where a forecast is asked for
        longest = USUAL_DAYS
    return gr.Slider(
        1, longest, min(USUAL_DAYS, longest), step=1, label="Trading days ahead", elem_id=elem_id,
        scale=3, min_width=220,
    )  # fmt: skip
