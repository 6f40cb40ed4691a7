"""The verdict's path: the way of a sentiment network's state through a review, or through two
versions of it; and its door for programs. It follows the typing."""

from __future__ import annotations

from typing import Any

import gradio as gr

from inference.errors import EXPECTED_ERRORS
from inference.inside import MAX_WORDS
from inference.registry import Registry
from inference.verdict_path import VerdictPath, compare_paths
from inference.verdict_path import verdict_path as one_path
from tabs import html, path_html, settings
from tabs.common import NETWORK, PRIVATE, guarded
from tabs.texts import inside as texts
from tabs.texts import sentiment
from tabs.verdicts import LIVE, TASK, panel


def build(registry: Registry, tab: gr.Tab) -> None:
    """Add the form and the drawing to the Blocks context; the example is drawn when ``tab`` is
    opened."""
    gr.api(guarded(_api(registry)), api_name="verdict_path", **NETWORK)
    names = registry.names(TASK)
    gr.Markdown(texts.PATH_INTRO)
    with gr.Row():
        with gr.Column(min_width=300, scale=2):
            review, other = _versions()
            model = settings.model_choice(names, "path-model")
            gr.Examples(
                list(texts.PATH_EXAMPLES.values()), [review, other],
                example_labels=list(texts.PATH_EXAMPLES), label="Examples",
            )  # fmt: skip
        with gr.Column(min_width=300, scale=3):
            note = gr.HTML(elem_id="path-note")
            drawing = panel("path-drawing", texts.PATH_EMPTY)
    show = guarded(lambda *values: answered(registry, *values))
    form, outputs = [model, review, other], [note, drawing]
    gr.on([review.change, other.change, model.change], show, form, outputs, **LIVE)
    tab.select(show, form, outputs, **PRIVATE, show_progress="hidden")


def _versions() -> tuple[gr.Textbox, gr.Textbox]:
    """The review, and another version of it."""
    return (
        gr.Textbox(
            texts.PATH_REVIEW, label="Review", lines=4, max_lines=10, elem_id="path-review",
            placeholder=sentiment.REVIEW_EMPTY, info=f"at most {MAX_WORDS} words",
        ),
        gr.Textbox(
            texts.PATH_OTHER, label=texts.PATH_OTHER_LABEL, info=texts.PATH_OTHER_HELP, lines=4,
            max_lines=10, elem_id="path-other",
        ),
    )  # fmt: skip


def paths_of(
    registry: Registry, name: str | None, text: str | None, other: str | None
) -> tuple[VerdictPath, ...]:
    """The path of a review, and of its other version unless that is blank."""
    classifier = registry.load(TASK, name)
    if not (other or "").strip():
        return (one_path(classifier, text or ""),)
    return compare_paths(classifier, text or "", other)


def answered(registry: Registry, name: str | None, text: str, other: str) -> tuple[str, Any]:
    """(note, drawing); what cannot be drawn gets its sentence, and the last drawing stays."""
    try:
        paths = paths_of(registry, name, text, other)
    except EXPECTED_ERRORS as error:
        return html.notes([str(error)]), gr.skip()
    return "", path_html.drawing(paths)


def _api(registry: Registry) -> Any:
    def path(text: str, other: str = "", model: str | None = None) -> dict:
        return {"paths": [path.to_json() for path in paths_of(registry, model, text, other)]}

    path.__doc__ = (
        "The way of a sentiment network's state through a review, and through another version of "
        'it in the same plane: words, points, the probability of "positive" after each word '
        "(by the network or half named in running_of), and the share of the variance that each "
        f"direction of the plane explained. From 3 to {MAX_WORDS} words."
    )
    return path
