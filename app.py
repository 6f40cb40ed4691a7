"""RNN Lab: the page. ``python app.py`` serves it; this file only puts the tabs together."""

from __future__ import annotations

import contextlib
import os

# Before gradio is imported: the page must not ask any outside host for anything.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
# Before torch is imported: a step of a network is too small to be split over cores (writing is five
# times slower on two busy ones), and visitors share the cores anyway.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Before torch is imported, too: what lends a GPU on a ZeroGPU Space; not installed elsewhere.
with contextlib.suppress(ImportError):
    import spaces  # noqa: F401

import gradio as gr

from inference.registry import Registry
from tabs import common, forecasting, generation, inside, memory, sentiment, style, translation
from tabs.texts import shared as texts


def build(registry: Registry | None = None) -> gr.Blocks:
    """The whole page over the checkpoints of ``registry`` (the bundled ones by default)."""
    registry = registry or Registry()
    with gr.Blocks(title=texts.TITLE, analytics_enabled=False) as page:
        gr.Markdown(texts.HERO, elem_id="hero")
        if registry.missed:
            gr.HTML(common.missed(registry), elem_id="hub-note")
        with gr.Tabs(overflow_behavior="wrap"):
            with gr.Tab("Text", id="text"):
                generation.build(registry, page)
            with gr.Tab("Sentiment", id="sentiment") as opinions:
                sentiment.build(registry, page, opinions)
            with gr.Tab("Stocks", id="stocks") as stocks:
                forecasting.build(registry, stocks)
            with gr.Tab("Dates", id="dates") as dates:
                translation.build(registry, dates)
            with gr.Tab("Inside", id="inside"):
                inside.build(registry)
            with gr.Tab("Memory", id="memory"):
                memory.build()
        gr.Markdown(texts.FOOT, elem_id="foot")
    return page.queue(max_size=32, default_concurrency_limit=4)


registry = Registry()
demo = build(registry)

if __name__ == "__main__":
    generation.warm(registry)
    demo.launch(**style.LAUNCH)
