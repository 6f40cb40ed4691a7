"""What all tabs share: a line about the model, one sentence for whatever goes wrong, and the wiring
of what takes long."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from inference.errors import EXPECTED_ERRORS
from inference.own_text import Shelf
from inference.registry import PINS_FILE, Registry
from tabs import html
from tabs.texts import shared as texts

log = logging.getLogger(__name__)

# The networks share two cores: a few visitors at once is as fast as it gets.
NETWORK = {"concurrency_id": "network", "concurrency_limit": 4}
TWO_CORES = 2  # networks that are looked into at once, of one visitor
# For the page's own events; the public ones are made by gr.api.
PRIVATE = {"api_visibility": "private", **NETWORK}
# For events that only rearrange the page.
AT_ONCE = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
PAUSE = 600  # ms without a key, after which what is costly follows a text that is typed
# What streams: more visitors at once than will come, so that nobody waits for another's end.
STREAM = {
    "api_visibility": "private",
    "show_progress": "hidden",
    "concurrency_id": "writing",
    "concurrency_limit": 20,
}


def about(
    registry: Registry | Shelf,
    task: str,
    name: str | None,
    facts: Callable[[dict[str, Any]], list[str]],
) -> str:
    """What is known of a model in one line, or how to get one when there is none."""
    if name is not None:
        return html.model_line(name, facts(registry.metrics(name)))
    return html.notes([
        f"There is no network for {task} in {registry.weights_dir.name}/; "
        f"train one with python -m training.{task}."
    ])  # fmt: skip


def missed(registry: Registry) -> str:
    """What should have come from the Hub and did not, and what serves instead; for each reason
    once."""
    names: dict[str, list[str]] = {}
    for name, reason in registry.missed.items():
        names.setdefault(reason, []).append(name)
    sentences = []
    for reason, missing in names.items():
        bundled = all(registry.is_here(name) or name == PINS_FILE for name in missing)
        instead = texts.HUB_BUNDLED if bundled else texts.HUB_NOTHING
        told = texts.HUB_MISSED.format(names=", ".join(missing), reason=reason)
        sentences.append(f"{told} {instead}")
    return html.notes(sentences)


def sentence(error: Exception) -> gr.Error:
    """What the visitor gets to read: the error's own sentence when it is one that we wrote, else
    a general one (and the stack trace goes to the log)."""
    if isinstance(error, EXPECTED_ERRORS):
        return gr.Error(str(error), print_exception=False)
    log.exception("unexpected error", exc_info=error)
    return gr.Error(texts.WENT_WRONG, print_exception=False)


def guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a handler so that each exception becomes one sentence."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            raise sentence(error) from error

    return wrapper


def guarded_stream(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same for a handler that yields."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            yield from function(*args, **kwargs)
        except Exception as error:
            raise sentence(error) from error

    return wrapper


def wire_stream(
    presses: dict[gr.Button, tuple[Callable[..., Any], Sequence[Any]]],
    stop: gr.Button,
    outputs: Sequence[gr.components.Component],
    finish: Callable[..., Any] | None = None,
    finish_inputs: Sequence[Any] = (),
) -> None:
    """Let each button of ``presses`` stream its generator (handler, inputs) into ``outputs``, and
    ``stop`` end any of them.

    While one streams, the buttons are off and Stop is on; the browser switches them by itself, at
    once. At rest the first button is on, and the others once the first output holds something.
    After a Stop, ``finish`` gets ``finish_inputs`` and makes the last outputs.
    """
    buttons = [*presses, stop]
    rest = ["true", *["Boolean(shown)"] * (len(presses) - 1), "false"]
    busy = {"outputs": buttons, "js": switch(*["false"] * len(presses), "true"), **AT_ONCE}
    idle = {"inputs": outputs[0], "outputs": buttons, "js": switch(*rest), **AT_ONCE}
    streams = []
    for button, (handler, inputs) in presses.items():
        button.click(None, outputs[0], **busy)
        stream = button.click(guarded_stream(handler), inputs, outputs, **STREAM)
        after(stream, fn=None, **idle)
        streams.append(stream)
    stopped = stop.click(None, **idle, cancels=streams)
    if finish is not None:
        stopped.then(guarded(finish), finish_inputs, outputs, **AT_ONCE)


def switch(*interactive: str) -> str:
    """JavaScript that switches buttons on and off, each by an expression; in them ``shown`` is the
    first input."""
    updates = ", ".join(f'{{__type__: "update", interactive: {on}}}' for on in interactive)
    return f"(shown) => [{updates}]"


def after(stream: gr.events.Dependency, **event: Any) -> None:
    """Let an event follow a stream, however that ends: after an error, then() does not run."""
    stream.then(**event)
    stream.failure(**event)


def press(button: gr.Button, unless: gr.components.Component | None = None) -> dict[str, Any]:
    """Arguments of an event that presses ``button``, in the browser; nothing while it is off, or
    once ``unless`` holds something."""
    js = f"(shown) => {{ if (!shown) document.getElementById('{button.elem_id}').click() }}"
    return {"fn": None, "inputs": unless, "js": js, **AT_ONCE}


def press_at_rest(text: gr.Textbox, button: gr.Button) -> None:
    """Press ``button`` whenever the text has changed and then rested for PAUSE.

    The event is "change", since Gradio's "input" misses what is deleted, pasted or typed on a
    phone.
    """
    timer = f"window.pause_{button.elem_id.replace('-', '_')}"
    press = f"() => document.getElementById('{button.elem_id}').click()"
    rest = f"() => {{ clearTimeout({timer}); {timer} = setTimeout({press}, {PAUSE}); }}"
    text.change(None, js=rest, **AT_ONCE)
