"""The gate film: each gate and state of a layer over a text, and how often its gates are shut or
open over a longer one.

The film goes to the browser as a whole; ``gates.js`` paints it and moves through it there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from inference.errors import InputError
from inference.gates import SHOWN_UNITS, GateFilm, gate_film, saturation
from inference.registry import Registry
from tabs import html, inside_html
from tabs.common import NETWORK, guarded
from tabs.inside_form import SENTIMENT, drawn, form, kind_of, long_text, predictor, wire
from tabs.inside_html import TOLD, counted, frame, status, strip
from tabs.inside_values import film_value
from tabs.texts import inside as texts

CONTROLS = (
    '<div class="film-line"><button type="button" class="play">Play</button>'
    '<input type="range" class="time" min="0" max="0" value="0" aria-label="Place in the text">'
    "</div>"
)
SCALES = (
    '<p class="film-scales"><span>a gate: 0 <i class="of-gates"></i> 1</span>'
    '<span>a state: −1 <i class="of-states"></i> 1</span></p>'
)
VIEW = frame(
    "gates-look", CONTROLS + strip("The text") + TOLD + SCALES + '<div class="maps"></div>', "gates"
)


def build(registry: Registry) -> None:
    """Add the view's components and events to the Blocks context."""
    gr.Markdown(texts.GATES_INTRO)
    shown = form(registry, "gates")
    if shown is not None:
        line = gr.HTML(elem_id="gates-status")
        view = drawn(VIEW, "gates.js", "gates-view")
        scatter = gr.HTML(elem_id="gates-saturation")
        kept: dict[tuple[str, int], str] = {}  # scatters over the long texts
        wire(
            registry, shown, lambda *values: frames(registry, kept, *values), line, [view, scatter]
        )
    gr.api(guarded(_api(registry)), api_name="gates", **NETWORK)


def frames(
    registry: Registry, kept: dict[tuple[str, int], str], text: str, name: str, layer: int
) -> Iterator[tuple[Any, ...]]:
    """Frames (status, film, scatter): the film at once, the scatter when it is counted."""
    network, words = predictor(registry, name), kind_of(registry, name) == SENTIMENT
    film = gate_film(network, text, layer)
    told = status(_facts(film, words), {film.model: film.skipped})
    value, long = film_value(film, words), long_text(registry, name)
    if long is None:
        yield told, value, _scatter(network, text, layer, texts.YOUR_TEXT)
        return
    if (name, layer) in kept:
        yield told, value, kept[name, layer]
        return
    yield told, value, inside_html.later()
    kept[name, layer] = _scatter(network, long[0], layer, long[1])
    yield gr.skip(), gr.skip(), kept[name, layer]


def _scatter(network: Any, text: str, layer: int, source: str) -> str:
    """How often the gates are shut or open, or why there is nothing to count."""
    try:
        return inside_html.saturation(saturation(network, text, layer), source)
    except InputError as error:
        return html.notes([str(error)])


def _facts(film: GateFilm, words: bool) -> list[str]:
    shown, units = len(film.units), film.hidden_size
    return [
        film.model,
        f"layer {film.layer + 1}, "
        + (f"{shown} of {units:,} units" if shown < units else f"{units:,} units"),
        counted(film.pieces, words),
    ]


def _api(registry: Registry) -> Any:
    def gates(
        text: str, model: str | None = None, layer: int = -1, most: int = SHOWN_UNITS
    ) -> dict:
        network = predictor(registry, model)
        answer = gate_film(network, text, layer, max(1, most)).to_json()
        try:
            answer["saturation"] = saturation(network, text, layer).to_json()
        except InputError:  # a network without gates
            answer["saturation"] = None
        return answer

    gates.__doc__ = (
        "What a layer (-1: the top one) of a network did at each character of a text, or word of a "
        "review: model, layer, pieces, units (the liveliest, at most as many as asked for), "
        "hidden_size, values (by gate or state, [unit][piece]), skipped; and saturation: by gate, "
        "the share of the steps at which each unit's gate was shut (below 0.1) and open (above "
        "0.9), null where there are no gates."
    )
    return gates
