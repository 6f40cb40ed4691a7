"""Two networks: both judge the same text while it is typed, and say why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from inference.errors import EXPECTED_ERRORS
from inference.registry import Registry
from tabs import html, sentiment_html, settings
from tabs.common import AT_ONCE, guarded, guarded_stream, press
from tabs.judging import why
from tabs.running_html import running
from tabs.sentiment_html import empty
from tabs.texts import sentiment as texts
from tabs.verdicts import (
    EXPLAIN,
    TASK,
    card,
    follow,
    judged,
    known,
    panel,
    review_box,
)

SIDES = ("first", "second")


def build(registry: Registry) -> tuple[gr.Textbox, gr.Button] | None:
    """Add the form and a column for each network to the Blocks context; the field of the review and
    the button that judges it, or None (and how to train more) where there are not two networks."""
    names = registry.names(TASK)
    if len(names) < len(SIDES):
        gr.HTML(
            html.notes([texts.ONE_NETWORK.format(command=texts.TRAIN_FIELD)]), elem_id="no-rival"
        )
        return None
    gr.Markdown(texts.COMPARE_INTRO)
    with gr.Row(elem_classes="aligned-end"):
        review = review_box("rival-review", lines=4)
        score = gr.Button(
            "Explain", variant="primary", elem_id="rival-score", scale=0, min_width=120
        )
    models, verdicts, words = [], [], []
    with gr.Row():
        for number, side in enumerate(SIDES):
            with gr.Column(min_width=300):
                models.append(
                    settings.model_choice(names, f"{side}-model", f"The {side} network", number)
                )
                line = gr.HTML(known(registry, names[number]), elem_id=f"{side}-about")
                verdicts.append(card(f"{side}-verdict"))
                words.append(panel(f"{side}-words", texts.WORDS_EMPTY))
                models[-1].change(
                    guarded(lambda name: known(registry, name)), models[-1], line, **AT_ONCE
                )
    gr.Markdown(f"#### {texts.CURVE_TITLE}")
    curve = panel("rival-plot", texts.CURVE_EMPTY)

    form, quick = [review, *models], [*verdicts, curve]
    follow(review, score, guarded(lambda *values: quick_frame(registry, *values)), form, quick)
    score.click(
        guarded_stream(lambda *values: frames(registry, *values)), form, [*quick, *words], **EXPLAIN
    )
    review.submit(**press(score))
    for model in models:
        model.change(**press(score))
    return review, score


def quick_frame(registry: Registry, text: str, *names: str) -> tuple[str, ...]:
    """What follows every key: a verdict for each network, and their curves in one plot."""
    cards, curves = [], []
    for name in names:
        try:
            prediction = judged(registry, name, text)
        except EXPECTED_ERRORS as error:
            cards.append(sentiment_html.no_verdict(str(error)))
        else:
            cards.append(sentiment_html.verdict(prediction))
            curves.append(prediction)
    return *cards, running(curves) if curves else empty(texts.CURVE_EMPTY)


def frames(registry: Registry, text: str, *names: str) -> Iterator[tuple[Any, ...]]:
    """Frames of (verdicts, curves, words): first what is quick, then why, a network a frame."""
    words = [gr.skip() for _ in names]
    yield *quick_frame(registry, text, *names), *words
    # By now the verdicts may be those of a text that was typed since: they stay.
    unchanged = [gr.skip() for _ in (*names, "curve")]
    for number, name in enumerate(names):
        words[number] = why(registry, name, text)[0]
        yield *unchanged, *words
