"""How it learned: learning curves, and what a network wrote at stages of its training."""

from __future__ import annotations

from typing import Any

import gradio as gr

from inference.registry import Registry
from tabs import figures, html, settings, text_html
from tabs.common import AT_ONCE, guarded
from tabs.settings import TASK
from tabs.texts import text as texts


def build(registry: Registry, page: gr.Blocks) -> None:
    """Add the curves and the samples to the Blocks context."""
    names = registry.names(TASK)
    gr.Markdown(texts.LEARN_INTRO)
    if not names:
        return
    model = settings.model_choice(names, "learn-model")
    known = gr.HTML(elem_id="learn-about")
    plot = gr.Plot(show_label=False, elem_id="learn-plot")
    gr.Markdown("#### What it wrote on its way")
    stage = gr.Radio([], show_label=False, elem_id="learn-stage", container=False)
    sample = gr.HTML(elem_id="learn-sample")

    def show(name: str) -> tuple[Any, ...]:
        stages = registry.stages(name)
        choices = [(_stage_label(number, stages), number) for number in range(len(stages))]
        last = len(stages) - 1
        return (
            html.model_line(name, text_html.facts(registry.metrics(name))),
            _curves(registry, names, name),
            gr.Radio(choices, value=last if stages else None, visible=bool(stages)),
            _sample(registry, name, last),
        )

    outputs = [known, plot, stage, sample]
    handler = guarded(show)
    page.load(handler, model, outputs, **AT_ONCE)
    model.change(handler, model, outputs, **AT_ONCE)
    stage.input(
        guarded(lambda name, number: _sample(registry, name, number)), [model, stage], sample,
        **AT_ONCE,
    )  # fmt: skip


def _curves(registry: Registry, names: list[str], name: str) -> Any:
    """The chosen network's curves among those of its corpus and its kind of token, whose losses can
    be compared; None without a history."""
    if not registry.history(name):
        return None

    def told(other: str) -> tuple[str | None, str]:
        metrics = registry.metrics(other)
        return metrics.get("corpus"), metrics.get("tokenizer", "char")

    histories = {other: registry.history(other) for other in names if told(other) == told(name)}
    token = "character" if told(name)[1] == "char" else "token"
    return figures.learning_curves(name, {n: rows for n, rows in histories.items() if rows}, token)


def _stage_label(number: int, stages: list[dict[str, Any]]) -> str:
    end = " (end)" if number == len(stages) - 1 else ""
    return f"step {stages[number]['step']:,}{end}"


def _sample(registry: Registry, name: str, number: int) -> str:
    stages = registry.stages(name)
    if not stages:
        return html.notes([texts.NO_STAGES.format(model=name)])
    return text_html.stage(stages[min(number, len(stages) - 1)])
