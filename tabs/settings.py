"""The controls that say how a text is written, for every form that has them."""

from __future__ import annotations

import random

import gradio as gr

from inference.generation import MAX_SEED
from inference.registry import Registry
from tabs.texts import shared
from tabs.texts import text as texts

TASK = "generation"
MAX_LENGTH = 2_000  # characters at one press; Continue goes on


def model_choice(
    names: list[str], elem_id: str, label: str = "Model", chosen: int = 0
) -> gr.Dropdown:
    """A list of networks by their titles; the default one comes first."""
    return gr.Dropdown(
        titles(names), value=names[chosen] if names else None, label=label, elem_id=elem_id
    )


def titles(names: list[str]) -> list[tuple[str, str]]:
    """The title and the name of each network."""
    return [(shared.MODEL_TITLES.get(name, name), name) for name in names]


def length_slider(prefix: str, value: int = 400) -> gr.Slider:
    """How much to write."""
    return gr.Slider(
        50, MAX_LENGTH, value, step=50, label="Length", elem_id=f"{prefix}-length",
        info=texts.LENGTH_HELP,
    )  # fmt: skip


def temperature_slider(prefix: str) -> gr.Slider:
    """How boldly to draw."""
    return gr.Slider(
        0, 1.5, 0.8, step=0.05, label="Temperature", elem_id=f"{prefix}-temperature",
        info=texts.TEMPERATURE_HELP,
    )  # fmt: skip


def cut_sliders(prefix: str) -> tuple[gr.Slider, gr.Slider]:
    """Top-k and top-p, which cut off what is unlikely."""
    return (
        gr.Slider(
            0, 25, 0, step=1, label="Top-k", elem_id=f"{prefix}-top-k", info=texts.TOP_K_HELP
        ),
        gr.Slider(
            0.05, 1, 1, step=0.05, label="Top-p", elem_id=f"{prefix}-top-p", info=texts.TOP_P_HELP
        ),
    )


def seed_controls(prefix: str) -> tuple[gr.Number, gr.Checkbox]:
    """The seed, and whether the next text takes it again."""
    with gr.Group(elem_classes="seed"):
        seed = gr.Number(
            1, label="Seed", precision=0, minimum=0, maximum=MAX_SEED, elem_id=f"{prefix}-seed",
            info=texts.SEED_HELP,
        )  # fmt: skip
        keep = gr.Checkbox(
            False, label=texts.KEEP_SEED, info=texts.KEEP_SEED_HELP, elem_id=f"{prefix}-keep-seed"
        )
    return seed, keep


def seed_to_use(seed: float | None, keep: bool) -> float:
    """The seed in the field when it is to be kept (and there is one), else a new one."""
    return seed if keep and seed is not None else random.randrange(1_000_000)


def of_corpus(registry: Registry, names: list[str], corpus: str) -> str | None:
    """The first of the networks that was trained on a corpus; None when there is none."""
    return next((name for name in names if registry.metrics(name).get("corpus") == corpus), None)
