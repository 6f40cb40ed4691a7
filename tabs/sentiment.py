"""The sentiment tab: one review and why, two networks, many reviews; and its door for programs."""

from __future__ import annotations

from typing import Any

import gradio as gr

from inference.attribution import MAX_PIECES, explain
from inference.registry import Registry
from tabs import comparing, judging, reviews
from tabs.common import AT_ONCE, NETWORK, guarded, press
from tabs.texts import sentiment as texts
from tabs.verdicts import TASK, judged


def build(registry: Registry, demo: gr.Blocks, tab: gr.Tab) -> None:
    """Add the components and events of ``tab`` to the Blocks context."""
    gr.Markdown(texts.SENTIMENT_INTRO)
    with gr.Tabs(overflow_behavior="wrap", elem_id="sentiment-tabs"):
        with gr.Tab("One review", id="one") as one:
            here = judging.build(registry, tab)
        with gr.Tab("Two networks", id="two") as two:
            there = comparing.build(registry)
        with gr.Tab("Many reviews", id="many"):
            reviews.build(registry, demo)
    if there is not None:
        _take_along(two, here, there)
        _take_along(one, there, here)
    gr.api(guarded(_api(registry)), api_name="score", **NETWORK)


def _take_along(
    tab: gr.Tab, source: tuple[gr.Textbox, gr.Button], target: tuple[gr.Textbox, gr.Button]
) -> None:
    """The text goes with the visitor who opens ``tab``."""
    tab.select(None, source[0], target[0], js="(text) => text", **AT_ONCE).then(**press(target[1]))


def _api(registry: Registry) -> Any:
    def score(text: str, model: str | None = None, why: bool = False) -> dict:
        prediction = judged(registry, model, text)
        answer = prediction.to_json() | {
            "words": list(prediction.tokens),
            "running": [round(p, 4) for p in prediction.running],
            "running_of": prediction.running_of,
        }
        if why:
            answer["why"] = explain(registry.load(TASK, model), text).to_json()
        return answer

    score.__doc__ = (
        "Judge an English film review: label, score, probabilities, model, notes, and the "
        'probability of "positive" after each word (by the network or half named in running_of; '
        "empty where it has none). With why: what each word contributed in log-odds, and the "
        f"effect of leaving out each word or sentence; up to {MAX_PIECES:,} word pieces."
    )
    return score
