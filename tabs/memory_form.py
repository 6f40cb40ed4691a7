"""The form of the small network: the problem or own data, the network, and how it learns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from inference.errors import InputError
from inference.memory import OWN_LIMITS, describe
from tabs import memory_html
from tabs.common import AT_ONCE, guarded
from tabs.texts import memory as texts

# Reading somebody's file: one at a time, since each may take some hundred megabytes.
SERIES = {"concurrency_id": "series", "concurrency_limit": 1}
MOST_SECONDS = 120  # to learn: others want the seat, too


@dataclass(frozen=True)
class Form:
    """The components that ``flags`` takes the values of, in its order; and the upload among
    them."""

    inputs: list[gr.components.Component]
    files: gr.File


def build() -> Form:
    """Add the form to the Blocks context."""
    source, problem, distance, files, answer = _what_is_learned()
    with gr.Group():
        cell = gr.Radio(_choices(texts.CELL_CHOICES), value="lstm", label="Cell",
                        elem_id="memory-cell")  # fmt: skip
        hidden = gr.Slider(4, 128, 32, step=4, label="Hidden size", elem_id="memory-hidden")
        layers = gr.Slider(1, 3, 1, step=1, label="Layers", elem_id="memory-layers")
        direction = gr.Radio(_choices(texts.DIRECTION_CHOICES), value="forward", label="Reads",
                             elem_id="memory-direction")  # fmt: skip
        bias = gr.Dropdown(_choices(texts.FORGET_CHOICES), value="3", label="Forget bias",
                           elem_id="memory-bias")  # fmt: skip
        cell.change(
            None, cell, bias, js="(cell) => ({__type__: 'update', visible: cell === 'lstm'})",
            **AT_ONCE,
        )  # fmt: skip
    with gr.Accordion("How it learns", open=False):
        optimizer = gr.Radio(["adam", "rmsprop", "sgd"], value="adam", label="Optimiser",
                             elem_id="memory-optimizer")  # fmt: skip
        rate = gr.Number(0.003, label="Learning rate", info=texts.RATE_HELP, minimum=0,
                         elem_id="memory-rate")  # fmt: skip
        clip = gr.Slider(0, 5, 1, step=0.1, label="Clipping", info=texts.CLIP_HELP,
                         elem_id="memory-clip")  # fmt: skip
        seed = gr.Number(1, label="Seed", precision=0, minimum=0, maximum=10**6,
                         elem_id="memory-seed")  # fmt: skip
    seconds = gr.Slider(5, MOST_SECONDS, 30, step=5, label="Seconds", info=texts.SECONDS_HELP,
                        elem_id="memory-seconds")  # fmt: skip
    inputs = [source, problem, distance, files, answer, cell, hidden, layers, direction, bias,
              optimizer, rate, clip, seconds, seed]  # fmt: skip
    return Form(inputs, files)


def flags(
    source: str, problem: str, distance: float, files: list[str] | str | None, answer: str,
    cell: str, hidden: float, layers: float, direction: str, bias: Any, optimizer: str,
    rate: float | None, clip: float, seconds: float | None, seed: float | None,
) -> tuple[list[str], float]:  # fmt: skip
    """The flags of the script for these values, and the seconds that it may learn, MOST_SECONDS at
    most. What the script refuses, it says itself."""
    if source == texts.OWN_DATA:
        paths = paths_of(files)
        if not paths:
            raise InputError(texts.OWN_NEEDED)
        what = [f"--data={paths[0]}", f"--answer={answer}"]
        what += [f"--labels={path}" for path in paths[1:]]
    else:
        what = [f"--problem={problem}", f"--distance={distance:.0f}"]
    if cell == "lstm" and bias not in (None, ""):
        what.append(f"--forget-bias={float(bias)}")
    seconds = min(float(seconds or 0), MOST_SECONDS)
    return [
        *what, f"--cell={cell}", f"--hidden-size={hidden:.0f}", f"--num-layers={layers:.0f}",
        f"--direction={direction}", f"--optimizer={optimizer}", f"--learning-rate={rate or 0}",
        f"--clip-norm={clip}", f"--seconds={seconds}", f"--seed={int(seed or 0)}",
        "--steps=100000", "--patience=150",
    ], seconds  # fmt: skip


def paths_of(files: list[str] | str | None) -> list[str]:
    """The uploaded files as a list; the browser gives one alone when there is one."""
    return [files] if isinstance(files, str) else list(files or [])


def _what_is_learned() -> tuple[gr.components.Component, ...]:
    source = gr.Radio([texts.MADE_UP, texts.OWN_DATA], value=texts.MADE_UP, show_label=False,
                      container=False, elem_id="memory-source")  # fmt: skip
    with gr.Column(elem_id="memory-made") as made:
        problem = gr.Dropdown(
            [(title, name) for name, title in texts.PROBLEM_TITLES.items()], value="recall",
            label="Problem", elem_id="memory-problem",
        )  # fmt: skip
        about = gr.HTML(memory_html.told([texts.PROBLEM_TOLD["recall"]]), elem_id="memory-about")
        distance = gr.Slider(5, 80, 20, step=1, label="Distance, steps", elem_id="memory-distance")
    with gr.Column(visible=False, elem_id="memory-own") as own:
        gr.HTML(memory_html.told([texts.OWN_TOLD.format(limits=OWN_LIMITS)]))
        files = gr.File(
            label=texts.OWN_SEQUENCES, file_count="multiple", height=130, elem_id="memory-file",
            file_types=[".npz", ".npy", ".csv", ".tsv", ".txt"],
        )  # fmt: skip
        answer = gr.Radio(_choices(texts.ANSWERS_ARE), value="auto", label="The labels are",
                          elem_id="memory-answer")  # fmt: skip
        found = gr.HTML(elem_id="memory-found")
    source.change(
        lambda chosen: (gr.update(visible=chosen == texts.MADE_UP),
                        gr.update(visible=chosen == texts.OWN_DATA)),
        source, [made, own], **AT_ONCE,
    )  # fmt: skip
    problem.change(
        lambda name: memory_html.told([texts.PROBLEM_TOLD[name]]), problem, about, **AT_ONCE
    )  # fmt: skip
    gr.on(
        [files.change, answer.change], guarded(_found), [files, answer], found,
        api_visibility="private", show_progress="minimal", **SERIES,
    )  # fmt: skip
    return source, problem, distance, files, answer


def _found(files: list[str] | str | None, answer: str) -> str:
    """What is in the uploaded files, before anything is learned; nothing while there are none, or
    while the labels of an .npy are still to come."""
    paths = paths_of(files)
    if not paths:
        return ""
    return memory_html.told(describe(paths, answer))


def _choices(titles: dict[str, str]) -> list[tuple[str, str]]:
    return [(title, value) for value, title in titles.items()]
