"""Side by side: RNN, GRU and LSTM write from the same prompt and seed, streaming together."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import gradio as gr

from inference.registry import Registry
from inference.streaming import bursts
from tabs import html, settings, surprise, text_html
from tabs.common import wire_stream
from tabs.settings import TASK
from tabs.sheet import sheet
from tabs.texts import shared
from tabs.texts import text as texts
from tabs.writing import ALTERNATIVES


def build(registry: Registry) -> None:
    """Add the form and one column a cell to the Blocks context; a network that is not there says
    how to train it."""
    names = registry.names(TASK)
    there = {cell: name for cell, name in shared.SIDE_BY_SIDE.items() if name in names}
    gr.Markdown(texts.SIDE_INTRO)
    missing = [
        shared.NO_CELL.format(name=name, command=shared.TRAIN_CELL)
        for cell, name in shared.SIDE_BY_SIDE.items()
        if cell not in there
    ]
    if missing:
        gr.HTML(html.notes(missing), elem_id="side-missing")
    if not there:
        return
    prompt = gr.Textbox(
        texts.FIRST_PROMPTS["shakespeare"], label="Prompt", lines=2, max_lines=6,
        elem_id="side-prompt",
    )  # fmt: skip
    with gr.Row():
        go = gr.Button("Generate", variant="primary", elem_id="side-generate", min_width=100)
        stop = gr.Button("Stop", interactive=False, elem_id="side-stop", min_width=80)
    pages, told = _columns(registry, there)
    with gr.Row():
        with gr.Column(min_width=280):
            length = settings.length_slider("side", 300)
            temperature = settings.temperature_slider("side")
        with gr.Column(min_width=280):
            seed, keep = settings.seed_controls("side")
    wire_stream(
        {
            go: (
                lambda *values: written(registry, list(there.values()), *values),
                [prompt, length, temperature, seed, keep],
            )
        },
        stop,
        [*pages, *told, seed],
        lambda *shown: (*(gr.skip() for _ in pages), *map(text_html.stopped, shown), gr.skip()),
        told,
    )


def _columns(
    registry: Registry, there: dict[str, str]
) -> tuple[list[gr.components.Component], list[gr.components.Component]]:
    """One column a cell: its card, a sheet and a status; the sheets and the statuses."""
    pages, told = [], []
    with gr.Row(elem_id="side-columns"):
        for cell, name in there.items():
            with gr.Column(min_width=300):
                gr.HTML(text_html.cell_card(cell, name, registry.metrics(name)))
                pages.append(
                    sheet(f"side-{cell}", ("text", "sure"), texts.TEXT_EMPTY, "side", tools=False)
                )
                told.append(gr.HTML(elem_id=f"side-{cell}-status"))
    return pages, told


def written(
    registry: Registry, names: list[str], prompt: str, length: int, temperature: float,
    seed: float | None, keep: bool,
) -> Iterator[tuple[Any, ...]]:  # fmt: skip
    """Frames of (sheets, statuses, seed): each network writes a character in turn."""
    seed = settings.seed_to_use(seed, keep)
    writers = [
        registry.load(TASK, name).write(
            prompt or "", length, temperature, seed, alternatives=ALTERNATIVES
        )
        for name in names
    ]
    lines = [surprise.head_line(name, prompt or "", follow=True) for name in names]
    started = time.monotonic()

    def frame(finished: bool) -> tuple[Any, ...]:
        spent = time.monotonic() - started
        told = [text_html.status(writer.result(), spent, finished) for writer in writers]
        return (*lines, *told, seed)

    for burst in bursts(zip(*writers, strict=True)):
        fresh = map(surprise.piece_lines, zip(*burst, strict=True))
        lines = [old + new for old, new in zip(lines, fresh, strict=True)]
        yield frame(finished=False)
    yield frame(finished=True)
