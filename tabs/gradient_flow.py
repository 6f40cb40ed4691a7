"""Gradient flow: how much gradient reaches back in RNN, GRU and LSTM, with new weights and trained;
and its door for programs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gradio as gr

from inference.errors import InputError
from inference.gradient_flow import MIN_LOSSES, GradientFlow, gradient_flow, untrained_flow
from inference.inside import MAX_CHARACTERS
from inference.measured import measured
from inference.registry import Registry
from tabs import flow_html, html
from tabs.common import NETWORK, PRIVATE, TWO_CORES, guarded
from tabs.settings import TASK
from tabs.texts import inside as texts
from tabs.texts import shared
from tabs.verdicts import panel

BIAS = 1.0  # where the slider begins, and the LSTM of the page began its training
LEAST = MIN_LOSSES + 3  # characters; of fewer there is no line


def build(registry: Registry, tab: gr.Tab) -> None:
    """Add the form and the drawings to the Blocks context; the example is measured when ``tab`` is
    opened first."""
    gr.api(guarded(_api(registry)), api_name="gradient_flow", **NETWORK)
    names = registry.names(TASK)
    there = {cell: name for cell, name in shared.SIDE_BY_SIDE.items() if name in names}
    gr.Markdown(texts.FLOW_INTRO)
    missing = [
        shared.NO_CELL.format(name=name, command=shared.TRAIN_CELL)
        for cell, name in shared.SIDE_BY_SIDE.items()
        if cell not in there
    ]
    if missing:
        gr.HTML(html.notes(missing), elem_id="flow-missing")
    if there:
        text, bias, measure = _form()
        note = gr.HTML(elem_id="flow-note")
        chart, shares = panel("flow-chart", texts.FLOW_EMPTY), panel("flow-shares", "")
        _wire(registry, there, tab, (text, bias, measure), [note, chart, shares])
    gr.HTML(flow_html.measured(measured("gradient_flow")), elem_id="flow-measured")


def _form() -> tuple[gr.Textbox, gr.Slider, gr.Button]:
    """The text, the forget bias, and the button that measures."""
    with gr.Row(equal_height=False):
        text = gr.Textbox(
            texts.FLOW_EXAMPLE, label="Your text", lines=4, max_lines=8, elem_id="flow-text",
            info=f"at most {MAX_CHARACTERS} characters", min_width=300, scale=3,
        )  # fmt: skip
        with gr.Column(min_width=280, scale=2):
            bias = gr.Slider(
                0, 5, BIAS, step=0.5, label=texts.FLOW_BIAS, info=texts.FLOW_BIAS_HELP,
                elem_id="flow-bias",
            )  # fmt: skip
            measure = gr.Button("Measure", variant="primary", elem_id="flow-measure")
    return text, bias, measure


def _wire(
    registry: Registry,
    there: dict[str, str],
    tab: gr.Tab,
    form: tuple[gr.Textbox, gr.Slider, gr.Button],
    outputs: list[gr.HTML],
) -> None:
    text, bias, measure = form
    show = guarded(lambda *values: answered(registry, there, *values))
    told = {**PRIVATE, "show_progress": "minimal", "show_progress_on": outputs[0]}
    last = {**told, "trigger_mode": "always_last"}
    gr.on([measure.click, bias.release], show, [text, bias], outputs, **last)
    opened = gr.State(False)
    tab.select(
        guarded(
            lambda before, *values: (True, *([gr.skip()] * 3 if before else show(*values)))
        ),
        [opened, text, bias], [opened, *outputs], **told,
    )  # fmt: skip


def answered(
    registry: Registry, there: dict[str, str], text: str, bias: float
) -> tuple[str, str, str]:
    """(note, chart, shares) of a text, for the networks ``there`` by cell: trained, and with
    new weights and the LSTM's forget bias ``bias``. InputError as ``gradient_flow``."""
    lines = _lines(registry, there, text, bias)
    flow = next(iter(lines.values()))
    if len(flow.pieces) < LEAST - 1:
        raise InputError(texts.FLOW_TOO_SHORT.format(least=LEAST))
    unseen = texts.FLOW_UNSEEN.format(characters=" ".join(map(repr, flow.skipped)))
    note = html.notes([unseen] if flow.skipped else [])
    return note, flow_html.chart(lines) + flow_html.table(lines), flow_html.shares(lines)


def _lines(
    registry: Registry, there: dict[str, str], text: str, bias: float
) -> dict[tuple[str, bool], GradientFlow]:
    """The flows by cell and whether they are those of the trained network, two at a time."""

    def one(key: tuple[str, bool]) -> GradientFlow:
        cell, trained = key
        predictor = registry.load(TASK, there[cell])
        if trained:
            return gradient_flow(predictor, text)
        return untrained_flow(predictor, text, bias if cell == "lstm" else 0.0)

    keys = [(cell, trained) for trained in (True, False) for cell in there]
    with ThreadPoolExecutor(TWO_CORES) as pool:
        return dict(zip(keys, pool.map(one, keys), strict=True))


def _api(registry: Registry) -> Any:
    def gradient(
        text: str,
        model: str = shared.SIDE_BY_SIDE["lstm"],
        untrained: bool = False,
        forget_bias: float = 0.0,
        layer: int = -1,
        seed: int = 0,
    ) -> dict:
        predictor = registry.load(TASK, model)
        if untrained:
            return untrained_flow(predictor, text, forget_bias, layer, seed).to_json()
        return gradient_flow(predictor, text, layer).to_json()

    gradient.__doc__ = (
        "How much gradient reaches back through a text network: by_distance (the median part left "
        "after 0, 1, 2, ... steps) and shares[loss][state] of the gradient that arrives. "
        "Untrained: new weights of the same shape, drawn by seed, with a forget bias. Layer -1 is "
        f"the top one; at most {MAX_CHARACTERS} characters."
    )
    return gradient
