"""What did it look at: how strongly each character that was read acted on each prediction, of the
three cells side by side, or of the running verdict on a review.

The map of a text goes to the browser as a whole; ``influence.js`` lights it up there.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gradio as gr

from inference.influence import Influence, influence
from inference.registry import Registry
from tabs import html
from tabs.common import AT_ONCE, NETWORK, TWO_CORES, guarded, press
from tabs.inside_form import SENTIMENT, drawn, examples, listen, look_button, predictor, text_box
from tabs.inside_html import counted, frame, status
from tabs.inside_values import influence_value
from tabs.texts import inside as texts
from tabs.texts import shared

VIEW = frame("influence-look", f'<p class="empty">{texts.INFLUENCE_EMPTY}</p>', "influence")


def build(registry: Registry) -> None:
    """Add the view's components and events to the Blocks context."""
    gr.Markdown(texts.INFLUENCE_INTRO)
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=280):
            text = text_box("influence")
        with gr.Column(scale=2, min_width=280):
            way = gr.Radio(
                [(title, name) for name, title in texts.INFLUENCE_WAYS.items()], value="cells",
                label="Read it as", elem_id="influence-way",
            )  # fmt: skip
            look = look_button("influence")
    examples(text)
    line = gr.HTML(elem_id="influence-status")
    view = drawn(VIEW, "influence.js", "influence-view")
    gr.HTML(f'<div class="limits">{texts.INFLUENCE_LEFT_OUT}</div>', elem_id="influence-limits")
    listen(look, text, lambda *values: frames(registry, *values), [text, way], [line, view])
    example = way.input(guarded(_example), [way, text], text, **AT_ONCE)
    example.then(**press(look))
    gr.api(guarded(_api(registry)), api_name="influence", **NETWORK)


def frames(registry: Registry, text: str, way: str) -> Iterator[tuple[str, Any]]:
    """One frame (status, value): the maps of the networks that are there."""
    missing: list[str] = []
    if way == "review":
        chosen = {"The verdict on a review": registry.load(SENTIMENT).name}
    else:
        chosen = {}
        for cell, name in shared.SIDE_BY_SIDE.items():
            if registry.is_here(name):
                chosen[shared.CELL_TITLES[cell]] = name
            else:
                missing.append(shared.NO_CELL.format(name=name, command=shared.TRAIN_CELL))
    maps = dict(zip(chosen, _maps(registry, [*chosen.values()], text or ""), strict=True))
    if not maps:
        yield html.notes(missing), gr.skip()
        return
    words, skipped = way == "review", {found.model: found.skipped for found in maps.values()}
    told = status([counted(next(iter(maps.values())).pieces, words)], skipped)
    yield told + html.notes(missing), influence_value(maps, words)


def _example(way: str, text: str) -> Any:
    """An example to be read that way, in place of an example for the other way; else nothing
    new."""
    ours = {"cells": "shakespeare", "review": SENTIMENT}
    fitting = texts.INSIDE_EXAMPLES[ours[way]]
    return fitting if text in texts.INSIDE_EXAMPLES.values() else gr.skip()


def _maps(registry: Registry, names: list[str], text: str) -> list[Influence]:
    """The maps of several networks, side by side: what a map needs are large products of matrices,
    which let another core work at another map."""
    networks = [predictor(registry, name) for name in names]
    with ThreadPoolExecutor(TWO_CORES) as pool:
        return list(pool.map(lambda network: influence(network, text), networks))


def _api(registry: Registry) -> Any:
    def look(text: str, model: str | None = None, predicted: bool = False) -> dict:
        return influence(predictor(registry, model), text, predicted).to_json()

    look.__doc__ = (
        "The influence of each character read on each prediction of a network of text: model, "
        "pieces, targets (whose logit it is), shares (a row for each prediction, of the influence "
        "of each piece), sums, skipped (never seen). With predicted, the logit is that of the "
        "likeliest character, else of the one that came. Of a sentiment network: of each word on "
        "the verdict after each word."
    )
    return look
