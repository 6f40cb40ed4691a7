"""The probability of "positive" after each word, as a line in HTML and SVG: a pure function.

Not a Plotly figure: this line is drawn anew at each key that is pressed, which must not flicker.
Text from outside is always escaped; each word carries its numbers in ``data-tip``.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from inference.predictions import SentimentPrediction
from tabs.sentiment_html import percent
from tabs.texts import sentiment as texts

MAX_COLUMNS = 200  # of the plot; of a longer review every so many words are a column
NAMED_WORDS = 40  # fewer words than this are written below the line
CROWDED = 20  # more than this are too many on a phone


def running(predictions: Sequence[SentimentPrediction]) -> str:
    """The lines of one network or two on the same text, and whose they are; a sentence for a
    network that has no verdict before the end."""
    drawn = [prediction for prediction in predictions if prediction.running]
    captions = "".join(_caption(p, drawn) for p in predictions)
    return (_plot(drawn) if drawn else "") + f'<div class="status">{captions}</div>'


def _caption(prediction: SentimentPrediction, drawn: Sequence[SentimentPrediction]) -> str:
    name = f"<b>{escape(prediction.model)}</b>"
    if not prediction.running:
        return f"<div>{name}: {texts.NO_CURVE}</div>"
    key = f'<i class="key line-{drawn.index(prediction)}"></i>' if len(drawn) > 1 else ""
    told = texts.CURVE_OF[prediction.running_of].format(
        verdict=percent(prediction.probabilities["positive"])
    )
    return f"<div>{key}{name}: {told}</div>"


def _plot(drawn: Sequence[SentimentPrediction]) -> str:
    words = drawn[0].tokens
    step = -(-len(words) // MAX_COLUMNS)
    places = list(range(step - 1, len(words), step))
    if places[-1:] != [len(words) - 1]:
        places.append(len(words) - 1)  # the line ends where the text does
    lines = "".join(
        f'<polyline class="line-{number}" points="{_points(p.running, places)}"/>'
        for number, p in enumerate(drawn)
    )
    columns = "".join(
        f'<span data-tip="{escape(_tip(place, drawn))}">{_dots(place, drawn)}</span>'
        for place in places
    )
    crowded = " crowded" if len(words) > CROWDED else ""
    return (
        f'<div class="curve{crowded}"><div class="curve-scale" aria-hidden="true">'
        "<span>positive</span><span>50 %</span><span>negative</span></div>"
        '<div class="curve-plot"><div class="curve-middle"></div>'
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">'
        f"{lines}</svg>"
        '<div class="curve-columns" tabindex="0" role="group" aria-label="Probability of positive '
        f'after each word; walk with the arrow keys">{columns}</div></div>'
        f"{_names(words)}</div>"
    )


def _points(running: Sequence[float], places: Sequence[int]) -> str:
    """SVG points in a square of 100, each in the middle of its column."""
    return " ".join(
        f"{100 * (column + 0.5) / len(places):.2f},{100 * (1 - running[place]):.2f}"
        for column, place in enumerate(places)
    )


def _dots(place: int, drawn: Sequence[SentimentPrediction]) -> str:
    return "".join(
        f'<i class="line-{number}" style="bottom:{100 * prediction.running[place]:.1f}%"></i>'
        for number, prediction in enumerate(drawn)
    )


def _tip(place: int, drawn: Sequence[SentimentPrediction]) -> str:
    shares = [f"{percent(prediction.running[place])} positive" for prediction in drawn]
    if len(drawn) > 1:
        shares = [f"{p.model} {share}" for p, share in zip(drawn, shares, strict=True)]
    return f"after “{drawn[0].tokens[place]}”: {', '.join(shares)}"


def _names(words: Sequence[str]) -> str:
    """The words below the line, or how many there are."""
    if len(words) < NAMED_WORDS:
        named = "".join(f"<span>{escape(word)}</span>" for word in words)
        return f'<div class="curve-words" aria-hidden="true">{named}</div>'
    return (
        '<div class="curve-count" aria-hidden="true"><span>first word</span>'
        f"<span>{len(words):,} words</span></div>"
    )
