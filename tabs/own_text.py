"""Your own text: a network learns what a visitor pastes or uploads, before their eyes, in a process
beside the page; then it is theirs to write with and to download.

The network lives in the visitor's session.
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from inference import own_text
from inference.live import LiveTraining
from inference.own_text import Course, OwnNetwork, OwnText, OwnTraining
from inference.registry import Registry
from tabs import live, own_text_html, settings
from tabs.common import AT_ONCE, PRIVATE, guarded, press
from tabs.settings import TASK
from tabs.texts import shared
from tabs.texts import text as texts
from tabs.writing import WritingForm

FIRST_SECONDS = 60


@dataclass(frozen=True)
class _View:
    """What a training shows."""

    status: gr.HTML
    curves: gr.HTML
    samples: gr.HTML
    result: gr.HTML
    write: gr.Button
    save: gr.DownloadButton


def network_state() -> gr.State:
    """Where a visitor's network lives: in their session, which ends an hour after they leave."""
    return gr.State(None, delete_callback=_forget)


def _forget(own: OwnNetwork | None) -> None:
    if own is not None:
        own.forget()


def build(registry: Registry, own: gr.State, tabs: gr.Tabs, writing: WritingForm) -> None:
    """Add the form, the course of the training and its events to the Blocks context; the finished
    network goes into ``own`` and is offered by the form ``writing`` in ``tabs``."""
    gr.Markdown(texts.OWN_INTRO)
    with gr.Row(equal_height=False):
        with gr.Column(scale=4, min_width=290):
            form, train, stop = _form()
        with gr.Column(scale=5, min_width=290):
            view = _view()
    folder, names = Path(view.save.GRADIO_CACHE), registry.names(TASK)
    stream = live.wire(
        train, stop, lambda *values: TextTraining(folder, *values), [*form, own],
        [view.status, view.curves, view.samples, view.result, view.write, view.save, own],
    )  # fmt: skip
    stream.then(lambda own: gr.update(choices=choices(names, own)), own, writing.model, **AT_ONCE)
    view.write.click(
        guarded(lambda own: _taken_up(registry, own)), own,
        [tabs, writing.model, writing.prompt], **AT_ONCE,
    ).then(**press(writing.generate))  # fmt: skip


def _view() -> _View:
    """Before a training: what will be where."""
    status = gr.HTML(elem_id="own-status")
    curves = gr.HTML(own_text_html.curves(Course(FIRST_SECONDS)), elem_id="own-curves")
    result = gr.HTML(elem_id="own-result")
    with gr.Row():
        write = gr.Button(
            texts.OWN_WRITE, variant="primary", visible=False, elem_id="own-write", min_width=120
        )
        save = gr.DownloadButton(
            "Download the network", visible=False, elem_id="own-save", min_width=120
        )
    gr.Markdown(texts.OWN_SAMPLES_TITLE)
    samples = gr.HTML(own_text_html.samples(Course(FIRST_SECONDS)), elem_id="own-samples")
    return _View(status, curves, samples, result, write, save)


def _form() -> tuple[list[gr.components.Component], gr.Button, gr.Button]:
    """Text, what is known of it, cell and seconds; Train and Stop."""
    first = own_text.company_names()
    known = gr.State(first)
    text = gr.Textbox(
        first.text, label=texts.OWN_PASTE, lines=9, max_lines=9, elem_id="own-text",
        placeholder="Paste a text.",
        info=texts.OWN_PASTE_HELP.format(
            least=own_text.MIN_CHARACTERS, most=own_text.MAX_CHARACTERS
        ),
    )  # fmt: skip
    with gr.Row():
        upload = gr.UploadButton(
            texts.OWN_FILE, file_types=["text", ".txt", ".md", ".csv"], size="sm",
            elem_id="own-file", min_width=120,
        )  # fmt: skip
        names = gr.Button(texts.OWN_NAMES, size="sm", elem_id="own-names", min_width=120)
    names.click(lambda: (first.text, first), None, [text, known], **AT_ONCE)
    # Queued, unlike the rest: only then does the page show the sentence of an error.
    upload.upload(guarded(_uploaded), upload, [text, known], **PRIVATE, show_progress="hidden")
    cell = gr.Radio(
        [(shared.CELL_TITLES[cell], cell) for cell in own_text.CELLS], value=own_text.CELLS[0],
        label="Cell", info=texts.OWN_CELL_HELP, elem_id="own-cell",
    )  # fmt: skip
    seconds = gr.Slider(
        own_text.MIN_SECONDS, own_text.MAX_SECONDS, FIRST_SECONDS, step=5,
        label=texts.OWN_SECONDS, info=texts.OWN_SECONDS_HELP, elem_id="own-seconds",
    )  # fmt: skip
    with gr.Row():
        train = gr.Button("Train", variant="primary", elem_id="own-train", min_width=100)
        stop = gr.Button("Stop", interactive=False, elem_id="own-stop", min_width=80)
    return [text, known, cell, seconds], train, stop


def _uploaded(path: str) -> tuple[str, OwnText]:
    """The text of a file, for the form."""
    own = own_text.own_file(path)
    return own.text, own


def choices(names: list[str], own: OwnNetwork | None) -> list[tuple[str, str]]:
    """What a visitor can choose to write with, as title and name: their own network first."""
    titles = settings.titles(names)
    if own is None:
        return titles
    others = [(title, name) for title, name in titles if name != own.name]
    return [(texts.OWN_TITLE.format(name=own.name), own.name), *others]


class TextTraining:
    """The training on a visitor's text that they watch (``live.Watched``); frames of (status,
    curves, samples, result, buttons to write and to save, the visitor's network). The zip goes into
    ``folder``; InputError for what cannot be learned."""

    def __init__(
        self, folder: Path, text: str | None, known: OwnText, cell: str, seconds: float,
        own: OwnNetwork | None,
    ) -> None:  # fmt: skip
        self.training = OwnTraining(own_text.pasted(text, known), cell, seconds)
        self._folder, self._before = folder, own
        self._is_new, self._heard = True, time.monotonic()

    def started(self) -> AbstractContextManager[LiveTraining]:
        """The script that trains."""
        return self.training.started()

    def hear(self, report: dict[str, Any]) -> None:
        """Take in a report."""
        self.training.hear(report)
        self._is_new, self._heard = True, time.monotonic()

    def frame(self) -> tuple[Any, ...]:
        """How it goes; curves and samples are drawn when there is something new, so that what a
        visitor marks or scrolls stays."""
        course, hidden = self.training.course, gr.update(visible=False)
        # The script's own clock, and what has gone by since it told its time.
        since = time.monotonic() - self._heard
        spent = course.rows[-1]["seconds"] + since if course.rows else 0
        drawn = (gr.skip(), gr.skip())
        if self._is_new:
            drawn = own_text_html.curves(course), own_text_html.samples(course)
        self._is_new = False
        return own_text_html.progress(course, spent), *drawn, "", hidden, hidden, gr.skip()

    def result(self) -> tuple[Any, ...]:
        """The network, in the place of the one before."""
        course, network = self.training.course, self.training.network(self._folder)
        _forget(self._before)
        return (
            own_text_html.progress(course, course.seconds), gr.skip(), gr.skip(),
            own_text_html.result(network.name, network.metrics, course),
            gr.update(visible=True), gr.update(value=str(network.archive), visible=True), network,
        )  # fmt: skip


def _taken_up(registry: Registry, own: OwnNetwork | None) -> tuple[Any, ...]:
    """Open the form that writes, with the visitor's network and where it may begin."""
    if own is None:
        return gr.skip(), gr.skip(), gr.skip()
    model = gr.update(choices=choices(registry.names(TASK), own), value=own.name)
    return gr.Tabs(selected="write"), model, own.prompt
