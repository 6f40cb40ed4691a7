"""What the parts of the sentiment tab that judge a single text share: components, the terms of
their events, and the frames that follow typing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from inference.predictions import SentimentPrediction
from inference.registry import Registry
from tabs import sentiment_html
from tabs.common import PRIVATE, about, press_at_rest
from tabs.texts import sentiment as texts

TASK = "sentiment"
SCRIPT = Path(__file__).with_name("tips.js").read_text(encoding="utf-8")
LONG = 1_200  # characters; for what is longer the page says that it is at work

# Of many events while one is at work only the last runs, so that typing never waits.
LIVE = {**PRIVATE, "show_progress": "hidden", "trigger_mode": "always_last"}
# Explaining takes longer, and its own line, so that nobody's typing waits behind it.
EXPLAIN = {**LIVE, "concurrency_id": "explaining", "concurrency_limit": 2}


def review_box(elem_id: str, lines: int) -> gr.Textbox:
    """Where a review is typed; it begins with an example."""
    text, _, _ = texts.SENTIMENT_EXAMPLES[texts.FIRST_REVIEW]
    return gr.Textbox(
        text, label="Review", lines=lines, max_lines=14, elem_id=elem_id,
        placeholder=texts.REVIEW_EMPTY, min_width=300,
    )  # fmt: skip


def known(registry: Registry, name: str | None) -> str:
    """Which network, and how good."""
    return about(registry, TASK, name, sentiment_html.facts)


def panel(elem_id: str, empty: str) -> gr.HTML:
    """A part of the page whose words and points tell more when they are pointed at."""
    return gr.HTML(
        sentiment_html.empty(empty), js_on_load=SCRIPT, apply_default_css=False, elem_id=elem_id
    )


def card(elem_id: str) -> gr.HTML:
    """The verdict, which is read out when it changes."""
    said = "element.setAttribute('role', 'status')"
    return gr.HTML(
        sentiment_html.no_verdict(""), js_on_load=said, apply_default_css=False, elem_id=elem_id
    )


def follow(
    review: gr.Textbox,
    button: gr.Button,
    live: Callable[..., Any],
    inputs: Sequence[gr.components.Component],
    outputs: Sequence[gr.components.Component],
) -> None:
    """Let ``live`` follow each change of the text, and press ``button`` when it has rested."""
    review.change(live, inputs, outputs, **LIVE)
    press_at_rest(review, button)


def judged(registry: Registry, name: str | None, text: str | None) -> SentimentPrediction:
    """The verdict of a network, with its way through the words where it has one."""
    classifier = registry.load(TASK, name)
    return classifier.predict([text or ""], running=classifier.can_run)[0]
