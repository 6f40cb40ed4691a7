"""What all tabs share: a line about the model, and one sentence for whatever goes wrong."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

import gradio as gr

from inference.errors import EXPECTED_ERRORS
from inference.registry import Registry
from tabs import html
from tabs.texts import WENT_WRONG

log = logging.getLogger(__name__)

# The networks share two cores: a few visitors at once is as fast as it gets.
NETWORK = {"concurrency_id": "network", "concurrency_limit": 4}
# For the page's own events; the public ones are made by gr.api.
PRIVATE = {"api_visibility": "private", **NETWORK}


def about(
    registry: Registry,
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


def sentence(error: Exception) -> gr.Error:
    """What the visitor gets to read: the error's own sentence when it is one that we wrote, else
    a general one (and the stack trace goes to the log)."""
    if isinstance(error, EXPECTED_ERRORS):
        return gr.Error(str(error), print_exception=False)
    log.exception("unexpected error", exc_info=error)
    return gr.Error(WENT_WRONG, print_exception=False)


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
