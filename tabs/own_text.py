"""Your own text: a network learns what a visitor pastes or uploads, before their eyes, in a process
beside the page; then it is theirs to write with and to download.

One training at a time for each visitor, few for all. The network lives in the visitor's session.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from inference import own_text
from inference.live import Seats
from inference.own_text import Course, OwnNetwork, OwnText, OwnTraining
from inference.registry import Registry
from tabs import own_text_html, settings
from tabs.common import AT_ONCE, PRIVATE, guarded, guarded_stream, press
from tabs.settings import TASK
from tabs.texts import shared
from tabs.texts import text as texts
from tabs.writing import WritingForm

# Each training keeps one core busy, and the page wants one as well.
SEATS = Seats(max(1, min(4, (os.cpu_count() or 2) - 1)))
# More than there are seats, so that whoever finds none is told so at once.
TRAINING = {"concurrency_id": "training", "concurrency_limit": 20, "api_visibility": "private",
            "show_progress": "hidden"}  # fmt: skip
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
            status = gr.HTML(elem_id="own-status")
            curves = gr.HTML(own_text_html.curves(Course(FIRST_SECONDS)), elem_id="own-curves")
            result = gr.HTML(elem_id="own-result")
            with gr.Row():
                write = gr.Button(
                    texts.OWN_WRITE, variant="primary", visible=False, elem_id="own-write",
                    min_width=120,
                )  # fmt: skip
                save = gr.DownloadButton(
                    "Download the network", visible=False, elem_id="own-save", min_width=120
                )
            gr.Markdown(texts.OWN_SAMPLES_TITLE)
            samples = gr.HTML(own_text_html.samples(Course(FIRST_SECONDS)), elem_id="own-samples")
    view = _View(status, curves, samples, result, write, save)
    _wire_training(registry, form, train, stop, view, own, writing)
    write.click(
        guarded(lambda own: _taken_up(registry, own)), own,
        [tabs, writing.model, writing.prompt], **AT_ONCE,
    ).then(**press(writing.generate))  # fmt: skip


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


def _wire_training(
    registry: Registry, form: list[gr.components.Component], train: gr.Button, stop: gr.Button,
    view: _View, own: gr.State, writing: WritingForm,
) -> None:  # fmt: skip
    """Train streams into the view; Stop lets the training end with what it has learned."""
    running, folder = gr.State(None), Path(view.save.GRADIO_CACHE)
    shown = [view.status, view.curves, view.samples, view.result, view.write, view.save]
    # One more and one less, by the browser, at once; Stop comes with the training itself.
    busy = "() => ({__type__: 'update', interactive: false})"
    rest = (
        "() => [{__type__: 'update', interactive: true}, {__type__: 'update', interactive: false}]"
    )
    train.click(None, None, train, js=busy, **AT_ONCE)
    stream = train.click(
        guarded_stream(_trained(folder)), [*form, own], [*shown, stop, running, own], **TRAINING
    )
    names = registry.names(TASK)
    stream.then(None, None, [train, stop], js=rest, **AT_ONCE)
    stream.then(lambda own: gr.update(choices=choices(names, own)), own, writing.model, **AT_ONCE)
    failed = rest.removesuffix("]") + ", '']"
    stream.failure(None, None, [train, stop, view.status], js=failed, **AT_ONCE)
    stop.click(guarded(_stopped), running, stop, **AT_ONCE)


def choices(names: list[str], own: OwnNetwork | None) -> list[tuple[str, str]]:
    """What a visitor can choose to write with, as title and name: their own network first."""
    titles = settings.titles(names)
    if own is None:
        return titles
    others = [(title, name) for title, name in titles if name != own.name]
    return [(texts.OWN_TITLE.format(name=own.name), own.name), *others]


def _trained(folder: Path) -> Any:
    """The handler of Train; the zips go into ``folder``, which Gradio serves."""

    def trained(
        text: str | None, known: OwnText, cell: str, seconds: float, own: OwnNetwork | None,
        request: gr.Request,
    ) -> Iterator[tuple[Any, ...]]:  # fmt: skip
        training = OwnTraining(own_text.pasted(text, known), cell, seconds)
        with SEATS.take(request.session_hash or ""), training:
            course, heard = training.course, time.monotonic()
            hidden = gr.update(visible=False)
            yield (
                own_text_html.progress(course, 0), own_text_html.curves(course),
                own_text_html.samples(course), "", hidden, hidden, gr.update(interactive=True),
                training, gr.skip(),
            )  # fmt: skip
            for is_new in training.heard():
                heard = time.monotonic() if is_new else heard
                # The script's own clock, and what has gone by since it told its time.
                spent = course.rows[-1]["seconds"] + time.monotonic() - heard if course.rows else 0
                told = own_text_html.progress(course, spent)
                drawn = (gr.skip(), gr.skip())
                if is_new:
                    drawn = own_text_html.curves(course), own_text_html.samples(course)
                yield told, *drawn, *(gr.skip(),) * 6
            network = training.network(folder / secrets.token_hex(16))
        _forget(own)
        yield (
            own_text_html.progress(course, course.seconds), gr.skip(), gr.skip(),
            own_text_html.result(network.name, network.metrics, course),
            gr.update(visible=True), gr.update(value=str(network.archive), visible=True),
            gr.skip(), None, network,
        )  # fmt: skip

    return trained


def _stopped(training: OwnTraining | None) -> dict[str, Any]:
    """Ask the running training to end with what it has; once is enough."""
    if training is not None:
        training.stop()
    return gr.update(interactive=False)


def _taken_up(registry: Registry, own: OwnNetwork | None) -> tuple[Any, ...]:
    """Open the form that writes, with the visitor's network and where it may begin."""
    if own is None:
        return gr.skip(), gr.skip(), gr.skip()
    model = gr.update(choices=choices(registry.names(TASK), own), value=own.name)
    return gr.Tabs(selected="write"), model, own.prompt
