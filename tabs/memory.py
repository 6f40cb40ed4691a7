"""The memory tab: four networks race, and a small one is trained on a problem or on own data."""

from __future__ import annotations

import gradio as gr

from tabs import memory_race, memory_training


def build() -> None:
    """Add the tab's components and events to the Blocks context."""
    with gr.Tabs(overflow_behavior="wrap", elem_id="memory-tabs"):
        with gr.Tab("The race", id="race"):
            memory_race.build()
        with gr.Tab("Train a small network", id="train"):
            memory_training.build()
