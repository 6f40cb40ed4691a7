"""Trainings that visitors watch: a seat, the frames of what was heard, and the buttons.

The training runs beside the page (``inference.live``). Each view says by a ``Watched`` what it
trains and what that looks like; everything else is the same for all, and here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import gradio as gr

from inference.live import LiveTraining
from inference.seats import SEATS
from tabs import html
from tabs.common import AT_ONCE, after, guarded, guarded_stream, switch
from tabs.texts import shared as texts

FRAME_SECONDS = 0.2  # from frame to frame
PATIENCE = 20.0  # seconds that a visitor waits for a seat: a race is over by then
LOOK_SECONDS = 1.0  # from one look at a page that waits to the next: is it still there?
# The seats are the limit. Gradio's would let visitors wait without a word, and without an end.
SEATED = {"concurrency_limit": None}


class Watched(Protocol):
    """A training to be watched. It is made of the values of a form and refuses at once what cannot
    be trained (InputError); nothing runs before ``started``."""

    def started(self) -> AbstractContextManager[LiveTraining]:
        """The training, while the context lasts."""

    def hear(self, report: dict[str, Any]) -> None:
        """Take in a report."""

    def frame(self) -> tuple[Any, ...]:
        """What the outputs show of the reports so far; at first there are none."""

    def result(self) -> tuple[Any, ...]:
        """What they show in the end; called before the context of the training ends."""


def frames(watched: Watched, visitor: str, width: int) -> Iterator[tuple[Any, ...]]:
    """What ``width`` outputs show, the first of them the status: that ``visitor`` waits, then the
    training as it goes. InputError when there is no seat, and as ``LiveTraining.reports``."""
    rest = [gr.skip()] * (width - 1)
    with SEATS.place(visitor) as place:
        for _ in place.wait(PATIENCE, LOOK_SECONDS):
            yield html.small(texts.LIVE_WAITS.format(limit=SEATS.limit)), *rest
        if place.is_stopped:
            yield html.small(texts.LIVE_NOT_BEGUN), *rest
            return
        with watched.started() as training:
            place.begin(training)
            yield watched.frame()
            for reports in heard(training):
                for report in reports:
                    watched.hear(report)
                yield watched.frame()
            result = watched.result()
    yield result


def heard(training: LiveTraining) -> Iterator[list[dict[str, Any]]]:
    """The reports of a training in lists, one a frame; an empty one when nothing new was said."""
    reports, due = [], time.monotonic() + FRAME_SECONDS
    for report in training.reports(FRAME_SECONDS):
        reports += [report] if report else []
        if time.monotonic() >= due:
            yield reports
            reports, due = [], time.monotonic() + FRAME_SECONDS
    if reports:
        yield reports


def run(watched: Watched, visitor: str) -> None:
    """The training without a page, for the API: until its end, ``hear`` gets everything. The same
    seats, the same wait; errors as of ``frames``."""
    with SEATS.place(visitor) as place:
        for _ in place.wait(PATIENCE, LOOK_SECONDS):
            pass
        with watched.started() as training:
            for report in training.reports():
                watched.hear(report)


def wire(
    go: gr.Button,
    stop: gr.Button,
    make: Callable[..., Watched],
    inputs: Sequence[gr.components.Component],
    outputs: Sequence[gr.components.Component],
) -> gr.events.Dependency:
    """Let ``go`` show in ``outputs``, the first of them the status, the training that ``make``
    makes of ``inputs``, and ``stop`` ask it to end with what it has; returns the event that shows.

    While it shows, ``go`` is off and ``stop`` is on; the browser switches them by itself, at once.
    When the page is closed, Gradio closes the generator, and so ends the training or the wait.
    """

    def shown(request: gr.Request, *values: Any) -> Iterator[tuple[Any, ...]]:
        yield from frames(make(*values), request.session_hash or "", len(outputs))

    buttons = {"fn": None, "outputs": [go, stop], **AT_ONCE}
    go.click(js=switch("false", "true"), **buttons)
    stream = go.click(
        guarded_stream(shown), inputs, outputs, api_visibility="private", show_progress="hidden",
        **SEATED,
    )  # fmt: skip
    after(stream, js=switch("true", "false"), **buttons)
    stream.failure(lambda: "", None, outputs[0], **AT_ONCE)
    stop.click(guarded(_stop), None, stop, **AT_ONCE)
    return stream


def _stop(request: gr.Request) -> dict[str, Any]:
    """Stop what this visitor trains; once is enough."""
    stopped = SEATS.stop(request.session_hash or "")
    return gr.update(interactive=False) if stopped else gr.skip()
