"""What all tabs share: one way to turn what goes wrong into one sentence on the page."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

import gradio as gr

from inference.errors import EXPECTED_ERRORS
from tabs.texts import WENT_WRONG

log = logging.getLogger(__name__)

# The networks share two cores: a few visitors at once is as fast as it gets.
NETWORK = {"concurrency_id": "network", "concurrency_limit": 4}


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
