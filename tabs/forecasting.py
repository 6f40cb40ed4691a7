"""The stock tab: one ticker or file, two tickers; and its door for programs."""

from __future__ import annotations

from typing import Any

import gradio as gr

from inference.forecasting import known_history, market_of, parse_day
from inference.odds import odds
from inference.registry import Registry
from tabs import one_ticker, two_tickers
from tabs.common import NETWORK, guarded
from tabs.forecast_form import TASK, history_of
from tabs.texts import stocks as texts


def build(registry: Registry, tab: gr.Tab) -> None:
    """Add the components and events of ``tab`` to the Blocks context."""
    gr.Markdown(texts.STOCK_INTRO)
    with gr.Tabs(overflow_behavior="wrap", elem_id="stock-tabs"):
        with gr.Tab("One ticker", id="one-ticker"):
            ticker, days = one_ticker.build(registry, tab)
        with gr.Tab("Two tickers", id="two-tickers") as two:
            two_tickers.build(registry, two, ticker, days)
    gr.api(guarded(_api(registry)), api_name="forecast", **NETWORK)


def _api(registry: Registry) -> Any:
    def forecast(
        ticker: str, days: int = 20, as_of: str | None = None, model: str | None = None
    ) -> dict:
        """Quantiles of a ticker's price for the coming trading days, as JSON, and the odds of a
        rise and of a large fall beside their base rates; as_of (YYYY-MM-DD) stands on a past
        day."""
        history, day = history_of(None, ticker), parse_day(as_of)
        answer = registry.load(TASK, model).predict(history, days, day, market_of(history))
        chances = odds(answer, known_history(history, day).frame)
        return answer.to_json() | {"odds": chances.to_json(), "notes": list(history.notes)}

    return forecast
