"""Pure functions from predictions to HTML. Text from outside is always escaped.

The text tab has its own in ``text_html``, the sentiment tab in ``sentiment_html``.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from inference.predictions import QuantileForecast

BANDS = ((0.25, 0.75), (0.1, 0.9), (0.025, 0.975))  # 50, 80 and 95 %


def notes(sentences: Iterable[str]) -> str:
    """Sentences that the reader must see, one box each."""
    return "".join(f'<div class="note">{escape(sentence)}</div>' for sentence in sentences)


def model_line(name: str, facts: Iterable[str]) -> str:
    """Which model, and what is known of its quality, in one small line."""
    return f'<div class="model-line"><b>{escape(name)}</b> · {" · ".join(map(escape, facts))}</div>'


def forecast_facts(metrics: dict[str, Any]) -> list[str]:
    """What is known of a forecaster; as much as its metrics.json holds."""
    if "horizons" not in metrics:
        return ["not evaluated"]
    gains = ", ".join(
        f"{-score['crps_against_random_walk_percent']:.1f} % at {days} day{'s' * (days != '1')}"
        for days, score in metrics["horizons"].items()
    )
    inside = metrics["horizons"]["1"]["network"]["coverage"]["0.8"]
    return [
        f"{metrics['tickers']} tickers, tested {metrics['test_start'][:4]} to "
        f"{metrics['test_end'][:4]}: error (CRPS) below the random walk's by {gains}",
        f"its 80 % band held {inside:.1%} of the next days",
    ]


def forecast_summary(forecast: QuantileForecast, kind: str, sentences: Iterable[str]) -> str:
    """Where the prices come from, the last price and its date, and what the reader must know."""
    return (
        f'<span class="badge {escape(kind)}">{escape(forecast.source)}</span>'
        f"<b>{escape(forecast.ticker)}</b> "
        f"{'ends in this made-up series' if kind == 'simulated' else 'closed'} at "
        f"<b>{forecast.last_price:,.2f}</b> on {forecast.as_of:%d %B %Y}" + notes(sentences)
    )


def forecast_table(forecast: QuantileForecast, days: Iterable[int] = (1, 5, 10, 20)) -> str:
    """Median and bands at a few horizons, in prices."""
    bands = [(forecast.price_quantile(low), forecast.price_quantile(high)) for low, high in BANDS]
    median = forecast.price_quantile(0.5)
    last = len(forecast.dates)
    rows = []
    for day in sorted({min(day, last) for day in days}):
        cells = "".join(
            f"<td>{low[day - 1]:,.2f} – {high[day - 1]:,.2f}</td>" for low, high in bands
        )
        rows.append(
            f"<tr><td>{day} day{'s' * (day > 1)}, {forecast.dates[day - 1]:%d %b}</td>"
            f"<td>{median[day - 1]:,.2f}</td>{cells}</tr>"
        )
    return (
        '<div class="scroll-x"><table class="quantiles"><thead><tr><th>ahead</th><th>median</th>'
        "<th>1 in 2 inside</th><th>8 in 10 inside</th><th>19 in 20 inside</th></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
