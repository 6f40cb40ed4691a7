"""The tab that looks inside the trained networks, on the visitor's own text: one view a sub-tab.

What the views compute is in ``inference.inside`` and its neighbours; nothing is computed before a
view is first seen (``tabs/strip.js``).
"""

from __future__ import annotations

import gradio as gr

from inference.registry import Registry
from tabs import gates, gradient_check, gradient_flow, influence, neurons, verdict_path
from tabs.texts import inside as texts


def build(registry: Registry) -> None:
    """Add the tab's components and events to the Blocks context."""
    gr.Markdown(texts.INSIDE_INTRO)
    with gr.Tabs(overflow_behavior="wrap", elem_id="inside-tabs"):
        with gr.Tab("What did it look at", id="influence"):
            influence.build(registry)
        with gr.Tab("Neuron reader", id="neurons"):
            neurons.build(registry)
        with gr.Tab("Gate film", id="gates"):
            gates.build(registry)
        with gr.Tab("Gradient flow", id="flow") as flow:
            gradient_flow.build(registry, flow)
        with gr.Tab("The verdict's path", id="path") as path:
            verdict_path.build(registry, path)
        with gr.Tab("Gradient check", id="gradient-check") as check:
            gradient_check.build(check)
