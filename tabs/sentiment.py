"""The sentiment tab: a review in, the verdict and its way there, word by word."""

from __future__ import annotations

from typing import Any

import gradio as gr

from inference.registry import Registry
from tabs import figures, html, texts
from tabs.common import NETWORK, PRIVATE, about, guarded

TASK = "sentiment"


def build(registry: Registry, demo: gr.Blocks) -> None:
    """Add the tab's components and events to the Blocks context."""
    names = registry.names(TASK)
    gr.Markdown(texts.SENTIMENT_INTRO)
    with gr.Row():
        with gr.Column(scale=5, min_width=320):
            review = gr.Textbox(
                texts.SENTIMENT_EXAMPLES[2], label="Review", lines=8, max_lines=14,
                elem_id="review", placeholder="Type or paste a film review.",
            )  # fmt: skip
            with gr.Row():
                score = gr.Button("Judge", variant="primary", elem_id="score")
                clear = gr.ClearButton([review], value="Clear", elem_id="review-clear")
            model = gr.Dropdown(
                names, value=names[0] if names else None, label="Model", elem_id="score-model",
                visible=len(names) != 1,
            )  # fmt: skip
        with gr.Column(scale=5, min_width=320):
            verdict = gr.HTML(elem_id="verdict")
            words = gr.HTML(elem_id="verdict-words")
    gr.Markdown("#### How the probability moved while the network read")
    plot = gr.Plot(show_label=False, elem_id="running-plot")
    gr.HTML(
        about(registry, TASK, names[0] if names else None, html.sentiment_facts),
        elem_id="score-about",
    )
    examples = gr.Examples(
        [[text] for text in texts.SENTIMENT_EXAMPLES], [review], label="Examples"
    )

    def judge(text: str, name: str) -> tuple[str, str, Any]:
        prediction = registry.load(TASK, name).predict([text or ""], running=True)[0]
        return (
            html.verdict(prediction),
            html.moving_words(prediction),
            figures.running_probability(prediction),
        )

    handler, outputs = guarded(judge), [verdict, words, plot]
    score.click(handler, [review, model], outputs, **PRIVATE)
    review.submit(handler, [review, model], outputs, **PRIVATE)
    examples.load_input_event.then(handler, [review, model], outputs, **PRIVATE)
    if names:
        demo.load(handler, [review, model], outputs, show_progress="hidden", **PRIVATE)
    clear.click(lambda: ("", "", None), outputs=outputs, queue=False, api_visibility="private")
    gr.api(guarded(_api(registry)), api_name="score", **NETWORK)


def _api(registry: Registry) -> Any:
    def score(text: str, model: str | None = None) -> dict:
        """Judge an English film review: label, score, probabilities, model, notes, and the
        probability of "positive" after each word."""
        prediction = registry.load(TASK, model).predict([text], running=True)[0]
        running = [round(p, 4) for p in prediction.running]
        return prediction.to_json() | {"words": list(prediction.tokens), "running": running}

    return score
