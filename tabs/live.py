"""What the views share that train a network while the visitor watches: the buttons, and how often
they show what was heard. The training runs beside the page (``inference.live``)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr

from inference.live import LiveTraining
from tabs.common import AT_ONCE, guarded_stream
from tabs.streaming import bursts

FRAME_SECONDS = 0.2  # from frame to frame
MEGABYTES = 3_000  # that one training may hold
AT_A_TIME = 2  # trainings on the machine; more visitors wait for their turn
PLACES = {"concurrency_id": "live-training", "concurrency_limit": AT_A_TIME}
# Of the events that stream a training.
LIVE = {"api_visibility": "private", "show_progress": "hidden", **PLACES}
_NOBODY_WAITS = threading.Semaphore(AT_A_TIME)  # the work is done in other processes


def heard(training: LiveTraining) -> Iterator[list[dict[str, Any]]]:
    """The reports of a training in lists, one a frame. InputError and RuntimeError as
    ``LiveTraining.reports``."""
    yield from bursts(training.reports(), FRAME_SECONDS, _NOBODY_WAITS)


def wire(
    go: gr.Button,
    stop: gr.Button,
    handler: Callable[..., Any],
    inputs: Sequence[Any],
    outputs: Sequence[gr.components.Component],
    status: gr.HTML,
    waiting: str,
) -> None:
    """Let ``go`` stream ``handler`` (a generator) into ``outputs``, of which the first is a State
    that it gives the LiveTraining; ``stop`` asks that one to end with what it has.

    While it streams, ``go`` is off and ``stop`` is on, and until the first frame ``status`` says
    ``waiting``. When the page is closed, Gradio closes the generator and so ends the training.
    """
    running = outputs[0]
    busy, idle = _switch(False, True), _switch(True, False)
    go.click(None, None, [go, stop], js=busy, **AT_ONCE)
    go.click(lambda: waiting, None, status, **AT_ONCE)
    stream = go.click(guarded_stream(handler), inputs, outputs, **LIVE)
    stream.then(None, None, [go, stop], js=idle, **AT_ONCE)
    stream.failure(None, None, [go, stop], js=idle, **AT_ONCE)  # after an error, no then()
    stream.failure(lambda: "", None, status, **AT_ONCE)
    stop.click(None, None, [go, stop], js=_switch(False, False), **AT_ONCE)
    stop.click(_ask, running, None, **AT_ONCE)


def _ask(training: LiveTraining | None) -> None:
    if training is not None:
        training.stop()


def _switch(go: bool, stop: bool) -> str:
    """JavaScript that switches the two buttons on or off."""
    states = ", ".join(
        f'{{__type__: "update", interactive: {str(on).lower()}}}' for on in (go, stop)
    )
    return f"() => [{states}]"
