"""Many reviews: a pasted list or a file in, counts, a histogram and the judged table out.

A table is judged in frames, so that it can be watched and stopped; what is done is kept. The file
is read from where the visitor's upload lies, and nothing else of it is held.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from inference.registry import Registry
from inference.review_table import Judging, ReviewTable, open_table, pasted_table
from inference.streaming import Turns, bursts
from tabs import figures, gpu, review_html, settings
from tabs.common import PRIVATE, guarded, wire_stream
from tabs.texts import sentiment as texts

TASK = "sentiment"
MAX_ROWS = 100_000
MAX_BYTES = 150_000_000  # 100,000 whole film reviews
FRAME_SECONDS = 0.7  # from count to count
MAX_WAIT = 20.0  # seconds from plot to plot; drawing is the browser's work, so ever more seldom
TURNS = Turns()  # tables at work at the same time: they leave a core to the others


def build(registry: Registry, demo: gr.Blocks) -> None:
    """Add the form, the results and their events to the Blocks context."""
    gr.Markdown(texts.MANY_INTRO)
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=280) as lines:
            pasted = gr.Textbox(
                texts.MANY_PASTED, label="Reviews, one a line", lines=6, max_lines=12,
                elem_id="many-text", placeholder="Paste reviews, one a line.",
            )  # fmt: skip
        with gr.Column(scale=5, min_width=280):
            upload = gr.File(
                label=texts.MANY_FILE.format(rows=MAX_ROWS, megabytes=MAX_BYTES / 1e6),
                file_types=[".csv", ".tsv", ".tab", ".txt"], elem_id="many-file", height=165,
            )  # fmt: skip
    with gr.Row(visible=False, equal_height=False) as about_file:
        with gr.Column(scale=5, min_width=280):
            told = gr.HTML(elem_id="many-told")
        with gr.Column(scale=5, min_width=280):
            column = gr.Dropdown([], label="Column with the reviews", elem_id="many-column")
            header = gr.Checkbox(label=texts.MANY_HEADER, elem_id="many-header")
    with gr.Row(elem_classes="aligned-end"):
        with gr.Column(scale=5, min_width=280):
            model = settings.model_choice(registry.names(TASK), "many-model")
        with gr.Column(scale=5, min_width=280), gr.Row():
            judge = gr.Button("Judge", variant="primary", elem_id="many-judge", min_width=90)
            stop = gr.Button("Stop", interactive=False, elem_id="many-stop", min_width=80)
            save = gr.DownloadButton(
                "Download", interactive=False, elem_id="many-save", min_width=100
            )
    table = gr.State(None)
    form = [lines, about_file, told, column, header, table]
    upload.upload(guarded(_opened), [upload], form, **PRIVATE)
    header.input(guarded(_opened), [upload, header], form, **PRIVATE)
    upload.clear(_closed, None, form, queue=False, api_visibility="private")
    column.input(
        guarded(lambda table, column: review_html.file_told(table, column, MAX_ROWS)),
        [table, column], told, **PRIVATE,
    )  # fmt: skip
    _results_of(registry, judge, stop, save, [model, pasted, upload, table, column])


def _results_of(
    registry: Registry, judge: gr.Button, stop: gr.Button, save: gr.DownloadButton,
    form: list[gr.components.Component],
) -> None:  # fmt: skip
    """The results below the form, and the buttons that make them."""
    status = gr.HTML(elem_id="many-status")
    plot = gr.Plot(show_label=False, elem_id="many-plot", visible=False)
    agreement = gr.HTML(elem_id="many-agreement")
    rows = gr.Dataframe(
        headers=review_html.HEADERS, datatype=["number", "str", "number", "str", "str"],
        column_widths=[75, 115, 130, 390, 320], wrap=True, max_height=480,
        interactive=False, visible=False, elem_id="many-rows", buttons=[],
    )  # fmt: skip
    judging, folder = gr.State(None), Path(save.GRADIO_CACHE)
    wire_stream(
        {judge: (lambda *values: judged(registry, folder, *values), form)},
        stop,
        [status, plot, agreement, rows, save, judging],
        lambda judging: stopped(folder, judging),
        [judging],
    )


def judged(
    registry: Registry, folder: Path, name: str | None, text: str | None, path: str | None,
    table: ReviewTable | None, column: int | None,
) -> Iterator[tuple[Any, ...]]:  # fmt: skip
    """Frames of (status, plot, agreement, rows, file to save, judging); the file while there is
    one, else the pasted lines."""
    if path is None:
        table, column = pasted_table(text or ""), 0
    elif table is None or column is None or table.source.path != Path(path):
        table = open_table(path, max_bytes=MAX_BYTES)
        column = table.column
    judging = Judging(gpu.classifier(registry, name), table, column, MAX_ROWS)
    hidden = gr.update(visible=False)
    begun = review_html.progress(judging.summary(), 0.0)
    yield begun, hidden, "", hidden, gr.update(value=None, interactive=False), judging
    started, due = time.monotonic(), 0.0
    for _ in bursts(judging.run(), FRAME_SECONDS, TURNS):
        seconds = time.monotonic() - started
        told = review_html.progress(judging.summary(), seconds)
        if seconds >= due:
            due = seconds + min(max(seconds, 1.0), MAX_WAIT)
            yield *_results(judging, told, running=True), gr.skip(), judging
        else:
            told += review_html.counts(judging.summary())
            yield told, gr.skip(), gr.skip(), gr.skip(), gr.skip(), judging
    told = review_html.finished(judging.summary(), judging.model, time.monotonic() - started)
    yield *_results(judging, told), _saved(folder, judging), judging


def stopped(folder: Path, judging: Judging | None) -> tuple[Any, ...]:
    """The last frame after a Stop: what is done, and the file with all rows; nothing changes when
    nothing had begun."""
    if judging is None:
        return (gr.skip(),) * 6
    judging.stop()
    told = review_html.finished(judging.summary(), judging.model, 0.0)
    return *_results(judging, told), _saved(folder, judging), judging


def _results(judging: Judging, told: str, running: bool = False) -> tuple[Any, ...]:
    """Status, plot, agreement and rows of what is done so far."""
    summary = judging.summary()
    cells = review_html.cells(judging, running)
    return (
        told + review_html.counts(summary),
        gr.update(value=figures.probability_histogram(summary.histogram), visible=True),
        review_html.agreement(summary.agreement) + review_html.shown(len(cells), summary.rows),
        gr.update(value=cells, visible=True),
    )


def _saved(folder: Path, judging: Judging) -> dict[str, Any]:
    """The judged table as a file behind the button, in the folder that Gradio serves and clears."""
    path = folder / secrets.token_hex(16) / f"{Path(judging.table.source.name).stem}-judged.csv"
    path.parent.mkdir(parents=True)
    judging.write(path)
    return gr.update(value=str(path), interactive=True)


def _opened(path: str | None, header: bool | None = None) -> tuple[Any, ...]:
    """The form for a file: what it is like, which column to judge; the pasted lines rest."""
    if path is None:
        return _closed()
    table = open_table(path, header, MAX_BYTES)
    names = [name[:60] for name in table.columns]
    choices = [
        (name if names.count(name) == 1 else f"{name} (column {number})", number - 1)
        for number, name in enumerate(names, 1)
    ]
    return (
        gr.update(visible=False),
        gr.update(visible=True),
        review_html.file_told(table, table.column, MAX_ROWS),
        gr.update(choices=choices, value=table.column),
        table.header is not None,
        table,
    )


def _closed() -> tuple[Any, ...]:
    """The form without a file."""
    return gr.update(visible=True), gr.update(visible=False), "", gr.skip(), gr.skip(), None
