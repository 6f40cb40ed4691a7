"""One review: the verdict while it is typed, why, and what a changed word changes.

What is cheap (the verdict and its way through the words) follows every key; what costs more (the
contributions, the parts left out) follows when the typing pauses, or at once by the button. The
visitor's text lives in the page, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from inference.attribution import explain
from inference.errors import EXPECTED_ERRORS
from inference.predictions import SentimentPrediction
from inference.registry import Registry
from tabs import html, sentiment_html, settings
from tabs.common import AT_ONCE, guarded, guarded_stream, press
from tabs.running_html import running
from tabs.sentiment_html import empty
from tabs.texts import sentiment as texts
from tabs.verdicts import (
    EXPLAIN,
    LIVE,
    LONG,
    TASK,
    card,
    follow,
    judged,
    known,
    panel,
    review_box,
)


def build(registry: Registry, tab: gr.Tab) -> tuple[gr.Textbox, gr.Button]:
    """Add the form, the verdict and the explanation to the Blocks context, which begin when ``tab``
    is opened; the field of the review and the button that judges it."""
    names = registry.names(TASK)
    with gr.Row():
        with gr.Column(min_width=300):
            review = review_box("review", lines=9)
        with gr.Column(min_width=300):
            verdict = card("verdict")
            line = gr.HTML(known(registry, names[0] if names else None), elem_id="score-about")
    with gr.Row(elem_classes="aligned-end"):
        with gr.Column(min_width=300):
            model = settings.model_choice(names, "score-model")
        with gr.Column(min_width=300), gr.Row(elem_classes="fitting"):
            score = gr.Button("Explain", variant="primary", elem_id="score", min_width=90)
            keep = gr.Button(texts.KEEP_BEFORE, elem_id="keep", min_width=170)
            clear = gr.Button("Clear", elem_id="review-clear", min_width=70)
    with gr.Column(visible=False, elem_classes="fitting") as changes:
        change = gr.HTML(elem_id="what-if")
        drop = gr.Button(texts.DROP_BEFORE, size="sm", elem_id="drop")
    gr.Examples(
        [[text] for text, _, _ in texts.SENTIMENT_EXAMPLES.values()], [review],
        example_labels=list(texts.SENTIMENT_EXAMPLES), label="Examples",
    )  # fmt: skip
    title, words, curve, parts = _explanation()

    before = gr.State(None)
    form, quick = [model, review, before], [verdict, curve, change]
    follow(review, score, guarded(lambda *values: quick_frame(registry, *values)), form, quick)
    score.click(
        guarded_stream(lambda *values: frames(registry, *values)), form,
        [*quick, title, words, parts], **EXPLAIN,
    )  # fmt: skip
    # All that explains presses this one button: answers of two events could overtake each other.
    if names:
        tab.select(**press(score))
    review.submit(**press(score))
    model.change(guarded(lambda name: known(registry, name)), model, line, **AT_ONCE)
    model.change(**press(score))
    clear.click(lambda: "", outputs=review, **AT_ONCE)
    keep.click(guarded(lambda *v: kept(registry, *v)), form, [before, change, changes], **LIVE)
    drop.click(lambda: (None, gr.Column(visible=False)), outputs=[before, changes], **AT_ONCE)
    return review, score


def _explanation() -> tuple[gr.HTML, gr.HTML, gr.HTML, gr.HTML]:
    """The title over the words, the words, the curve and the parts left out."""
    title = gr.HTML(sentiment_html.words_title(texts.NOT_AT_WORK), elem_id="words-title")
    words = panel("verdict-words", texts.WORDS_EMPTY)
    with gr.Row():
        with gr.Column(min_width=300):
            gr.Markdown(f"#### {texts.CURVE_TITLE}")
            curve = panel("running-plot", texts.CURVE_EMPTY)
        with gr.Column(min_width=300):
            gr.Markdown(f"#### {texts.LEFT_OUT_TITLE}")
            parts = panel("left-out", texts.LEFT_OUT_EMPTY)
    return title, words, curve, parts


def quick_frame(
    registry: Registry, name: str | None, text: str, before: str | None
) -> tuple[Any, Any, Any]:
    """What follows every key: the verdict, its curve, and what changed since "before". A text that
    cannot be judged gets its sentence in the verdict's place."""
    try:
        now = judged(registry, name, text)
    except EXPECTED_ERRORS as error:
        return sentiment_html.no_verdict(str(error)), empty(texts.CURVE_EMPTY), gr.skip()
    return sentiment_html.verdict(now), running([now]), _change(registry, name, before, now)


def _change(
    registry: Registry, name: str | None, before: str | None, now: SentimentPrediction
) -> str:
    """What changed since "before", if there is one, both judged by the same network."""
    if before is None:
        return ""
    try:
        return sentiment_html.before_and_after(judged(registry, name, before), now)
    except EXPECTED_ERRORS as error:
        return html.notes([str(error)])


def frames(
    registry: Registry, name: str | None, text: str, before: str | None
) -> Iterator[tuple[Any, ...]]:
    """Frames of (verdict, curve, change, title, words, parts): first what is quick, then why."""
    quick = quick_frame(registry, name, text, before)
    at_work = texts.AT_WORK if len(text or "") > LONG else texts.NOT_AT_WORK
    yield *quick, sentiment_html.words_title(at_work), gr.skip(), gr.skip()
    # By now the verdict may be that of a text that was typed since: it stays.
    unchanged = [gr.skip() for _ in quick]
    yield *unchanged, sentiment_html.words_title(texts.NOT_AT_WORK), *why(registry, name, text)


def why(registry: Registry, name: str | None, text: str) -> tuple[str, str]:
    """The words with their contributions, and the parts left out; their places are empty when there
    is no verdict, and say so when there is one that cannot be explained."""
    try:
        classifier = registry.load(TASK, name)
        classifier.readable(text or "")
    except EXPECTED_ERRORS:
        return empty(texts.WORDS_EMPTY), empty(texts.LEFT_OUT_EMPTY)
    try:
        attribution = explain(classifier, text)
    except EXPECTED_ERRORS as error:
        return html.notes([str(error)]), empty(texts.LEFT_OUT_EMPTY)
    return sentiment_html.words(attribution), sentiment_html.left_out(attribution)


def kept(
    registry: Registry, name: str | None, text: str, before: str | None
) -> tuple[Any, str, Any]:
    """Keep a text as "before", if it can be judged."""
    try:
        now = judged(registry, name, text)
    except EXPECTED_ERRORS as error:
        return before, html.notes([str(error)]), gr.Column(visible=True)
    return text, sentiment_html.before_and_after(now, now), gr.Column(visible=True)
