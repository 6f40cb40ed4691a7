"""Gradient check: the NumPy cells beside numeric gradients, and known mistakes to switch on."""

from __future__ import annotations

from typing import Any

import gradio as gr

from inference.bug_clinic import STEPS, UNITS, check_gradients, mistakes_of
from tabs import gradient_check_html
from tabs.common import NETWORK, PRIVATE, guarded
from tabs.texts import clinic as texts
from tabs.texts import shared
from tabs.verdicts import SCRIPT

FIRST = ("lstm", 3, 4)  # cell, units, steps
NONE = "none"  # of the mistakes
LAST_ONE = {**PRIVATE, "trigger_mode": "always_last", "show_progress": "hidden"}


def build(tab: gr.Tab) -> None:
    """Add the form and the result to the Blocks context; the first check runs when ``tab`` is
    opened."""
    first, units_of_first, steps_of_first = FIRST
    gr.Markdown(texts.CLINIC_INTRO)
    with gr.Row():
        cell = gr.Radio(
            [(title, name) for name, title in shared.CELL_TITLES.items()], value=first,
            label="Cell", elem_id="clinic-cell", min_width=260,
        )  # fmt: skip
        units = gr.Slider(
            *UNITS, units_of_first, step=1, label="Units", elem_id="clinic-units", min_width=200
        )
        steps = gr.Slider(
            *STEPS, steps_of_first, step=1, label="Steps", elem_id="clinic-steps", min_width=200
        )
    mistake = gr.Radio(
        choices(first), value=NONE, label="Mistake", info=texts.CLINIC_MISTAKE_HELP,
        elem_id="clinic-mistake",
    )  # fmt: skip
    result = gr.HTML(js_on_load=SCRIPT, apply_default_css=False, elem_id="clinic-result")

    form = [cell, units, steps, mistake]
    show = guarded(checked)
    gr.on([mistake.input, units.change, steps.change], show, form, result, **LAST_ONE)
    tab.select(show, form, result, **LAST_ONE)
    cell.input(guarded(moved), form, [mistake, result], **LAST_ONE)
    gr.api(guarded(_gradient_check), api_name="gradient_check", **NETWORK)


def choices(cell: str) -> list[tuple[str, str]]:
    """What can be switched on for a cell: (title, value)."""
    offered = [(texts.CLINIC_MISTAKES[name], name) for name in mistakes_of(cell)]
    return [(texts.CLINIC_NO_MISTAKE, NONE), *offered]


def checked(cell: str, units: int, steps: int, mistake: str) -> str:
    """The result for the values of the form."""
    chosen = None if mistake == NONE else mistake
    return gradient_check_html.result(check_gradients(cell, units, steps, chosen))


def moved(cell: str, units: int, steps: int, mistake: str) -> tuple[Any, str]:
    """The mistakes of another cell, and its result: with the same mistake where it has it."""
    kept = mistake if mistake in mistakes_of(cell) else NONE
    return gr.Radio(choices(cell), value=kept), checked(cell, units, steps, kept)


def _gradient_check(
    cell: str = "lstm", units: int = 3, steps: int = 4, mistake: str | None = None
) -> dict:
    """Check the gradients of a NumPy cell on a small example: for each array its shape, the
    gradient by hand, the numeric one, the relative error and the number of wrong entries. A mistake
    is one of no_time, derivative, transposed (rnn, gru), no_carry (gru, lstm), bias_sum."""
    return check_gradients(cell, units, steps, mistake).to_json()
