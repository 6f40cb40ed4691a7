"""Train a small network: the form, the curves that move, the figures, and the checkpoint out and
in."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from inference import memory
from inference.errors import InputError
from inference.live import LiveTraining
from tabs import live, memory_form, memory_html
from tabs.common import guarded
from tabs.memory_form import SERIES, paths_of
from tabs.memory_html import TrainingView
from tabs.texts import memory as texts

SCRIPT = "training.memory"
MOST_SECONDS = 120
SLACK = 60  # seconds for what is not learning: to start, to read a file, to examine
SAID = "element.setAttribute('role', 'status')"


def build() -> None:
    """Add the form, what it shows and its events to the Blocks context."""
    gr.Markdown(texts.TRAIN_SMALL_INTRO)
    with gr.Row(equal_height=False):
        with gr.Column(scale=4, min_width=300):
            form = memory_form.build(MOST_SECONDS)
        with gr.Column(scale=7, min_width=320):
            with gr.Row():
                go = gr.Button("Train", variant="primary", elem_id="memory-train", min_width=90)
                stop = gr.Button("Stop", interactive=False, elem_id="memory-stop", min_width=70)
                save = gr.DownloadButton(
                    "Download", interactive=False, elem_id="memory-save", min_width=100
                )
            about = gr.HTML(elem_id="memory-status")
            view = gr.HTML(memory_html.curves(TrainingView()), elem_id="memory-curves")
            figures = gr.HTML(elem_id="memory-figures", js_on_load=SAID)
    running = gr.State(None)
    folder = Path(save.GRADIO_CACHE)
    live.wire(
        go, stop, lambda *values: trained(folder, *values), form.inputs,
        [running, about, view, figures, save], about,
        f'<div class="status">{texts.LIVE_WAITS}</div>',
    )  # fmt: skip
    with gr.Accordion("Load a checkpoint", open=False):
        gr.Markdown(texts.LOAD_INTRO)
        with gr.Row(elem_classes="aligned-end"):
            archive = gr.File(
                label="Checkpoint (.zip)", file_types=[".zip"], elem_id="memory-zip", height=120,
                scale=4,
            )  # fmt: skip
            test = gr.Button("Test it", elem_id="memory-test", scale=1, min_width=100)
        loaded = gr.HTML(elem_id="memory-loaded")
    test.click(
        guarded(tested), [archive, form.files], loaded, api_visibility="private", **SERIES
    )  # fmt: skip
    gr.api(guarded(_train), api_name="train_memory", **live.PLACES)


def trained(folder: Path, *values: Any) -> Iterator[tuple[Any, ...]]:
    """Frames of (the training, status, curves, figures, file to save); ``values`` are those of the
    form. InputError for what cannot be trained."""
    flags, seconds = memory_form.flags(*values)
    off = gr.update(value=None, interactive=False)
    view = TrainingView()
    with tempfile.TemporaryDirectory() as work, _started(work, flags, seconds) as training:
        yield training, memory_html.status(view), memory_html.curves(view), "", off
        for reports in live.heard(training):
            for report in reports:
                view.hear(report)
            yield gr.skip(), memory_html.status(view), memory_html.curves(view), *[gr.skip()] * 2
        metrics = view.end["metrics"]
        yield (
            gr.skip(), memory_html.status(view), memory_html.curves(view),
            memory_html.told(metrics["told"]) + memory_html.examination(metrics),
            gr.update(value=_zipped(folder, view.end["folder"]), interactive=True),
        )  # fmt: skip


def tested(archive: str | None, files: list[str] | str | None) -> str:
    """A checkpoint that somebody brings: what it is, and its figures on a test made now."""
    if archive is None:
        raise InputError(texts.LOAD_NEEDED)
    with tempfile.TemporaryDirectory() as work:
        memory.unpack(archive, Path(work))
        predictor = memory.MemoryPredictor.from_pretrained(work)
    predictor.name = Path(archive).stem
    test = predictor.test_again(paths_of(files))
    metrics = {"test": test.to_json(), "answer": predictor.series.answer}
    count = sum(parameter.numel() for parameter in predictor.network.parameters())
    return memory_html.checkpoint_line(
        predictor.name, predictor.series, predictor.network.config.cell, count
    ) + memory_html.examination(metrics, are_new=predictor.series.problem in texts.PROBLEM_TITLES)


def _started(work: str, flags: list[str], seconds: float) -> LiveTraining:
    places = [f"--output-dir={work}", "--reports"]
    return LiveTraining(
        SCRIPT, [*flags, *places], seconds=seconds + SLACK, megabytes=live.MEGABYTES
    )


def _zipped(folder: Path, checkpoint: str) -> str:
    """The checkpoint as a zip in the folder that Gradio serves and clears."""
    place = folder / secrets.token_hex(16) / Path(checkpoint).name
    place.parent.mkdir(parents=True)
    return shutil.make_archive(str(place), "zip", checkpoint)


def _train(
    problem: str = "recall",
    distance: int = 20,
    cell: str = "lstm",
    hidden_size: int = 32,
    num_layers: int = 1,
    direction: str = "forward",
    forget_bias: float | None = None,
    optimizer: str = "adam",
    learning_rate: float = 0.003,
    clip_norm: float = 1.0,
    seconds: float = 20,
    seed: int = 1,
) -> dict:
    """Train a small network on a made-up problem (recall, adding, copying, leader, leader-speed)
    and get its figures on a test: metrics, and the history of its training. At most 120 seconds."""
    flags, seconds = memory_form.flags(
        texts.MADE_UP, problem, distance, None, "auto", cell, hidden_size, num_layers, direction,
        forget_bias, optimizer, learning_rate, clip_norm, seconds, seed,
    )  # fmt: skip
    view = TrainingView()
    with tempfile.TemporaryDirectory() as work, _started(work, flags, seconds) as training:
        for report in training.reports():
            view.hear(report)
    return {"metrics": view.end["metrics"], "history": view.rows}
