"""Pure functions from predictions to HTML. Text from outside is always escaped.

The text tab has its own in ``text_html``.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import islice
from typing import Any

from inference.predictions import QuantileForecast, SentimentPrediction
from inference.sentiment import NOT_SURE

SHOWN_WORDS = 1_500  # more would make the browser slow
BANDS = ((0.25, 0.75), (0.1, 0.9), (0.025, 0.975))  # 50, 80 and 95 %


def notes(sentences: Iterable[str]) -> str:
    """Sentences that the reader must see, one box each."""
    return "".join(f'<div class="note">{escape(sentence)}</div>' for sentence in sentences)


def model_line(name: str, facts: Iterable[str]) -> str:
    """Which model, and what is known of its quality, in one small line."""
    return f'<div class="model-line"><b>{escape(name)}</b> · {" · ".join(map(escape, facts))}</div>'


def verdict(prediction: SentimentPrediction) -> str:
    """Label, probability and the scale from negative to positive with the unsure middle."""
    positive = prediction.probabilities["positive"]
    sure = not NOT_SURE[0] <= positive <= NOT_SURE[1]
    label = prediction.label.capitalize() if sure else "Not sure"
    hint = "" if sure else f", leaning {escape(prediction.label)}"
    return (
        '<div class="verdict">'
        f'<span class="percent">{prediction.score:.0%}</span>'
        f'<span class="label">{escape(label)}</span>{hint}'
        f'<div class="scale" role="img" aria-label="probability of positive {positive:.0%}">'
        f'<i style="left:{100 * positive:.1f}%"></i></div>'
        '<div class="scale-words"><span>negative</span><span>not sure</span>'
        "<span>positive</span></div></div>" + notes(prediction.notes)
    )


def moving_words(prediction: SentimentPrediction) -> str:
    """The words, each tinted by how far it moved the probability; the sign is told by colour, by an
    arrow and by the title on hover."""
    before, spans = 0.5, []
    pairs = zip(prediction.tokens, prediction.running, strict=True)
    for word, after in islice(pairs, SHOWN_WORDS):
        change = after - before
        colour = "47,111,208" if change > 0 else "200,98,42"
        arrow = "" if abs(change) < 0.1 else ("↑" if change > 0 else "↓")
        spans.append(
            f'<span style="background:rgba({colour},{min(0.75, 1.5 * abs(change)):.2f})" '
            f'title="{change:+.0%}, now {after:.0%} positive">{escape(word)}{arrow}</span>'
        )
        before = after
    rest = len(prediction.tokens) - SHOWN_WORDS
    if rest > 0:
        spans.append(f"… and {rest:,} more words, read but not shown")
    return f'<div class="words">{" ".join(spans)}</div>'


def sentiment_facts(metrics: dict[str, Any]) -> list[str]:
    """What is known of a classifier; as much as its metrics.json holds."""
    test = metrics.get("test")
    if not test:
        return ["not evaluated"]
    baseline = metrics["baselines"]["bag_of_words"]
    return [
        "trained on IMDB film reviews",
        f"{test['accuracy']:.1%} right on {test['reviews']:,} test reviews that it never saw "
        f"(weighted bag of word pairs: {baseline['accuracy']:.1%}; guessing: 50 %)",
        "it never saw a neutral review",
    ]


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
