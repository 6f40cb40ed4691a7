"""The tab that looks inside: the gradients of the NumPy cells."""

from __future__ import annotations

import gradio as gr

from tabs import gradient_check


def build() -> None:
    """Add the tab's components and events to the Blocks context."""
    tabs = gr.Tabs(overflow_behavior="wrap", elem_id="inside-tabs")
    with tabs, gr.Tab("Gradient check", id="gradient-check") as check:
        gradient_check.build(check)
