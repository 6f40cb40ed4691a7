"""The tab that looks inside the networks, on the visitor's own text: one sub-tab a view."""

from __future__ import annotations

import gradio as gr

from inference.registry import Registry
from tabs import gradient_flow, verdict_path


def build(registry: Registry) -> None:
    """Add the tab's views to the Blocks context; each draws its example when it is opened first."""
    with gr.Tabs(overflow_behavior="wrap", elem_id="inside-tabs"):
        with gr.Tab("Gradient flow", id="flow") as flow:
            gradient_flow.build(registry, flow)
        with gr.Tab("The verdict's path", id="path") as path:
            verdict_path.build(registry, path)
