"""Read my text: each network's surprise at a visitor's text, and where the chosen one had it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from inference.errors import InputError
from inference.generation import MAX_READ_CHARACTERS
from inference.predictions import Reading
from inference.registry import Registry
from tabs import settings, surprise, text_html
from tabs.common import press, wire_stream
from tabs.settings import TASK
from tabs.sheet import sheet
from tabs.texts import text as texts
from tabs.writing import ALTERNATIVES

MAX_SHOWN = 10_000  # pieces on the sheet, so that the browser stays quick


def build(registry: Registry) -> None:
    """Add the form, the table and the sheet to the Blocks context."""
    names = registry.names(TASK)
    gr.Markdown(texts.READ_INTRO)
    with gr.Row():
        with gr.Column(scale=4, min_width=280):
            text = gr.Textbox(
                next(iter(texts.READ_EXAMPLES.values())), label="Your text", lines=7, max_lines=14,
                elem_id="read-text", placeholder="Type or paste a text.",
                info=f"at most {MAX_READ_CHARACTERS:,} characters",
            )  # fmt: skip
            model = settings.model_choice(names, "read-model")
            with gr.Row():
                read = gr.Button("Read", variant="primary", elem_id="read", min_width=100)
                stop = gr.Button("Stop", interactive=False, elem_id="read-stop", min_width=80)
        with gr.Column(scale=5, min_width=280):
            page = sheet("read-output", ("sure",), texts.READ_EMPTY, tools=False)
            status = gr.HTML(elem_id="read-status")
    table = gr.HTML(elem_id="read-table")
    examples = gr.Examples(
        [[example] for example in texts.READ_EXAMPLES.values()], [text],
        example_labels=list(texts.READ_EXAMPLES), label="Examples",
    )  # fmt: skip
    wire_stream(
        {read: (lambda *values: readings(registry, names, *values), [text, model])},
        stop,
        [page, status, table],
    )
    examples.load_input_event.then(**press(read))


def readings(
    registry: Registry, names: list[str], text: str, chosen: str | None
) -> Iterator[tuple[Any, str, str]]:
    """Frames of (sheet, status, table): the chosen network first, then one row more a frame."""
    text = text or ""
    reading = registry.load(TASK, chosen).read(text, alternatives=ALTERNATIVES)
    pieces = reading.pieces[:MAX_SHOWN]
    page = surprise.head_line(reading.model) + surprise.piece_lines(pieces)
    metrics = {name: registry.metrics(name) for name in names}
    shown = sum(len(piece.text) for piece in pieces)
    status = text_html.reading_status(reading, metrics.get(reading.model, {}), shown)
    rows: list[Reading | str] = [reading]
    yield page, status, text_html.readings_table(rows, metrics, reading.model, len(text))
    for name in names:
        if name != reading.model:
            rows.append(_reading_or_name(registry, name, text))
            table = text_html.readings_table(rows, metrics, reading.model, len(text))
            yield gr.skip(), gr.skip(), table


def _reading_or_name(registry: Registry, name: str, text: str) -> Reading | str:
    """What a network makes of a text, or its name when it cannot read it."""
    try:
        return registry.load(TASK, name).measure(text)
    except InputError:
        return name
