"""The text tab: write, side by side, read my text, how it learned, your own text; and its doors for
programs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr

from inference.generation import MAX_NEW_TOKENS, MAX_READ_CHARACTERS
from inference.registry import Registry
from tabs import learning, own_text, reading, side_by_side, writing
from tabs.common import NETWORK, guarded
from tabs.settings import TASK


def build(registry: Registry, page: gr.Blocks) -> None:
    """Add the tab's components and events to the Blocks context."""
    own = own_text.network_state()
    with gr.Tabs(overflow_behavior="wrap", elem_id="text-tabs") as tabs:
        with gr.Tab("Write", id="write"):
            form = writing.build(registry, own)
        with gr.Tab("Side by side", id="side"):
            side_by_side.build(registry)
        with gr.Tab("Read my text", id="read"):
            reading.build(registry)
        with gr.Tab("How it learned", id="learn"):
            learning.build(registry, page)
        with gr.Tab("Your own text", id="own"):
            own_text.build(registry, own, tabs, form)
    gr.api(guarded(_generate(registry)), api_name="generate", **NETWORK)
    gr.api(guarded(_read(registry)), api_name="read", **NETWORK)


def warm(registry: Registry) -> None:
    """Load the default network and write one character, so that the first visitor need not wait;
    nothing happens where there is no network."""
    if registry.names(TASK):
        registry.load(TASK).generate(max_new_tokens=1)


def _generate(registry: Registry) -> Any:
    def generate(
        prompt: str = "",
        model: str | None = None,
        max_new_tokens: int = 400,
        temperature: float = 0.8,
        seed: int = 1,
        top_k: int = 0,
        top_p: float = 1.0,
    ) -> dict:
        generator = registry.load(TASK, model)
        return generator.generate(prompt, max_new_tokens, temperature, seed, top_k, top_p).to_json()

    generate.__doc__ = (
        "Let a network go on where a prompt ends: prompt, text, seed, model, bits_per_char. "
        f"At most {MAX_NEW_TOKENS:,} characters; temperature 0 is greedy; top_k 0 and top_p 1 draw "
        "from all characters."
    )
    return generate


def _read(registry: Registry) -> Any:
    def read(text: str, model: str | None = None, window: int | None = None) -> dict:
        reading = registry.load(TASK, model).read(text, window)
        return replace(reading, pieces=()).to_json()  # the whole; its parts would be megabytes

    read.__doc__ = (
        "How surprising a text is to a network: characters, skipped (never seen), nats_per_char "
        f"and bits_per_char. At most {MAX_READ_CHARACTERS:,} characters; with a window the "
        "network starts anew after that many."
    )
    return read
