"""Train a small network: the form, the curves that move, the figures, and the checkpoint out and
in."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from inference import archives, memory
from inference.errors import InputError
from inference.live import LiveTraining
from tabs import live, memory_form, memory_html
from tabs.common import guarded
from tabs.memory_form import SERIES, paths_of
from tabs.memory_html import TrainingView
from tabs.texts import memory as texts

SCRIPT = "training.memory"
SLACK = 60  # seconds for what is not learning: to start, to read a file, to examine
SAID = "element.setAttribute('role', 'status')"


def build() -> None:
    """Add the form, what it shows and its events to the Blocks context."""
    gr.Markdown(texts.TRAIN_SMALL_INTRO)
    with gr.Row(equal_height=False):
        with gr.Column(scale=4, min_width=300):
            form = memory_form.build()
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
    folder = Path(save.GRADIO_CACHE)  # Gradio serves and clears it
    live.wire(
        go, stop, lambda *values: SmallTraining(*values, folder=folder), form.inputs,
        [about, view, figures, save],
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
    gr.api(guarded(_train), api_name="train_memory", **live.SEATED)


class SmallTraining:
    """The training of a small network that a visitor watches (``live.Watched``); frames of (status,
    curves, figures, file to save). ``values`` are those of the form; ``folder`` gets the file, and
    only a page needs one. InputError where the visitor's data are missing."""

    def __init__(self, *values: Any, folder: Path | None = None) -> None:
        self.view, self._folder = TrainingView(), folder
        self._flags, self._seconds = memory_form.flags(*values)

    @contextlib.contextmanager
    def started(self) -> Iterator[LiveTraining]:
        """The script that trains; the checkpoint that it makes is gone at the end."""
        with tempfile.TemporaryDirectory() as work:
            flags = [*self._flags, f"--output-dir={work}", "--reports"]
            with LiveTraining(SCRIPT, flags, seconds=self._seconds + SLACK) as training:
                yield training

    def hear(self, report: dict[str, Any]) -> None:
        """Take in a report."""
        self.view.hear(report)

    def frame(self) -> tuple[Any, ...]:
        """How it goes; figures and file come at the end."""
        off = gr.update(value=None, interactive=False)
        return memory_html.status(self.view), memory_html.curves(self.view), "", off

    def result(self) -> tuple[Any, ...]:
        """The figures of the test, and the checkpoint as a zip."""
        metrics = self.view.end["metrics"]
        archive = archives.pack(Path(self.view.end["folder"]), self._folder)
        return (
            memory_html.status(self.view), memory_html.curves(self.view),
            memory_html.told(metrics["told"]) + memory_html.examination(metrics),
            gr.update(value=str(archive), interactive=True),
        )  # fmt: skip


def tested(archive: str | None, files: list[str] | str | None) -> str:
    """A checkpoint that somebody brings: what it is, and its figures on a test made now."""
    if archive is None:
        raise InputError(texts.LOAD_NEEDED)
    with tempfile.TemporaryDirectory() as work:
        archives.unpack(archive, Path(work), memory.FILES)
        predictor = memory.MemoryPredictor.from_pretrained(work)
    predictor.name = Path(archive).stem
    test = predictor.test_again(paths_of(files))
    metrics = {"test": test.to_json(), "answer": predictor.series.answer}
    count = sum(parameter.numel() for parameter in predictor.network.parameters())
    return memory_html.checkpoint_line(
        predictor.name, predictor.series, predictor.network.config.cell, count
    ) + memory_html.examination(metrics, are_new=predictor.series.problem in texts.PROBLEM_TITLES)


def _train(
    request: gr.Request,
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
    and get its figures on a test: metrics, and the history of its training. At most 120 seconds,
    after 20 of waiting while others train."""
    training = SmallTraining(
        texts.MADE_UP, problem, distance, None, "auto", cell, hidden_size, num_layers,
        direction, forget_bias, optimizer, learning_rate, clip_norm, seconds, seed,
    )  # fmt: skip
    live.run(training, request.session_hash or "")
    return {"metrics": training.view.end["metrics"], "history": training.view.rows}
