"""The dates tab: a written date in, the date in ISO 8601 out, where the network looked as it wrote
it, and what a forced character changes; and its door for programs."""

from __future__ import annotations

from typing import Any

import gradio as gr

from inference.errors import EXPECTED_ERRORS
from inference.registry import Registry
from tabs import html, translation_html
from tabs.common import NETWORK, PRIVATE, about, guarded
from tabs.texts import dates as texts
from tabs.translation_view import forced_in, view

TASK = "translation"
# Of many events while one is at work only the last runs, so that typing never waits.
LIVE = {**PRIVATE, "show_progress": "hidden", "trigger_mode": "always_last"}


def build(registry: Registry, tab: gr.Tab) -> None:
    """Add the tab's components and events to the Blocks context; the first date is read when
    ``tab`` is opened."""
    name = next(iter(registry.names(TASK)), None)
    metrics = {} if name is None else registry.metrics(name)
    gr.Markdown(texts.DATES_INTRO)
    with gr.Row(equal_height=False):
        with gr.Column(scale=4, min_width=290):
            text = gr.Textbox(
                texts.FIRST_DATE, label="A date", elem_id="date-text", max_lines=1,
                placeholder=texts.DATE_PLACEHOLDER, info=texts.DATE_HELP,
            )  # fmt: skip
            told = gr.HTML(
                js_on_load="element.setAttribute('role', 'status')",
                apply_default_css=False, elem_id="date-told",
            )  # fmt: skip
            gr.HTML(about(registry, TASK, name, translation_html.facts), elem_id="date-about")
        with gr.Column(scale=6, min_width=300):
            looked = view("date-view")
    _examples(text, metrics)
    if metrics.get("styles"):
        with gr.Accordion(texts.DATE_FIGURES_TITLE, open=False, elem_id="date-figures"):
            gr.HTML(translation_html.figures(metrics), apply_default_css=False)

    show = guarded(lambda *values: shown(registry, *values))
    text.change(guarded(lambda text: shown(registry, text, None)), text, [looked, told], **LIVE)
    gr.on([looked.input, tab.select], show, [text, looked], [looked, told], **LIVE)
    gr.api(guarded(_api(registry)), api_name="translate", **NETWORK)


def _examples(text: gr.Textbox, metrics: dict[str, Any]) -> None:
    """What to try; of styles that were never learned, with the share that is exact."""
    gr.Examples(
        [[written] for written, _ in texts.DATE_EXAMPLES.values()], [text],
        example_labels=list(texts.DATE_EXAMPLES), label="Examples",
    )  # fmt: skip
    labels = [
        translation_html.example_label(title, metrics.get("other_styles", {}).get(style))
        for style, (title, _, _) in texts.UNLEARNED_DATES.items()
    ]
    gr.Examples(
        [[written] for _, written, _ in texts.UNLEARNED_DATES.values()], [text],
        example_labels=labels, label=texts.UNLEARNED_TITLE,
    )  # fmt: skip


def shown(registry: Registry, text: str | None, looked: Any) -> tuple[Any, str]:
    """(view, what to say) for a text and what is forced in the view; where nothing can be read, an
    empty view and the sentence that says why."""
    try:
        found = registry.load(TASK).translate(text or "", forced_in(looked))
    except EXPECTED_ERRORS as error:
        return {}, html.notes([str(error)])
    return found.to_json(), translation_html.told(found, registry.metrics(found.model))


def _api(registry: Registry) -> Any:
    def translate(text: str, forced: str = "", model: str | None = None) -> dict:
        """Read a written date: the answer in ISO 8601, the probability of each of its characters,
        and the attention as [character of the answer][character of the source]. forced holds
        characters that the answer must have, with "_" for a free place, such as ____-12."""
        return registry.load(TASK, model).translate(text, forced).to_json()

    return translate
