"""The neuron reader: a text coloured by one unit, what was expected next, and the units that go
with something simple.

The states of all units go to the browser together, so that ``neurons.js`` changes the unit there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from inference.neurons import NeuronReading, UnitRanking, rank_units, read_neurons
from inference.registry import Registry
from tabs.common import NETWORK, guarded
from tabs.inside_form import SENTIMENT, drawn, form, kind_of, long_text, predictor, wire
from tabs.inside_html import TOLD, counted, frame, status, strip
from tabs.inside_values import neuron_value
from tabs.texts import inside as texts

CONTROLS = (
    '<div class="unit-line"><label>Unit <input type="range" class="unit-range" min="0" max="0" '
    'value="0" aria-label="Unit"></label><input type="number" class="unit-field" min="0" value="0" '
    'aria-label="Number of the unit"> <span class="unit-count"></span></div>'
    '<div class="feature-line"><label>goes with <select class="feature" aria-label="Feature" '
    'disabled></select></label><div class="chips" role="group" aria-label="Units"></div></div>'
    '<p class="ranked-said"></p>'
)
SCALE = (
    '<p class="unit-scale"><span class="plus">▲ +1</span><span class="none">0</span>'
    '<span class="minus">▼ −1</span> the unit’s value; underlined: the guess that came</p>'
)
VIEW = frame("neurons-look", CONTROLS + TOLD + strip("The text", "reader") + SCALE, "neurons")


def build(registry: Registry) -> None:
    """Add the view's components and events to the Blocks context."""
    gr.Markdown(texts.NEURONS_INTRO)
    shown = form(registry, "neurons")
    if shown is not None:
        line = gr.HTML(elem_id="neurons-status")
        view = drawn(VIEW, "neurons.js", "neurons-view")
        kept: dict[tuple[str, int], UnitRanking] = {}  # over the long texts, by network and layer
        wire(registry, shown, lambda *values: frames(registry, kept, *values), line, [view])
    gr.api(guarded(_api(registry)), api_name="neurons", **NETWORK)


def frames(
    registry: Registry, kept: dict[tuple[str, int], UnitRanking], text: str, name: str, layer: int
) -> Iterator[tuple[str, Any]]:
    """Frames (status, value): the text at once, the ranking when it is made."""
    network = predictor(registry, name)
    reading = read_neurons(network, text, layer)
    here = rank_units(network, text, layer)
    told = status(_facts(reading), {reading.model: reading.skipped})
    long = None if kind_of(registry, name) == SENTIMENT else long_text(registry, name)
    if long is None:
        yield told, neuron_value(reading, here, None, _said_here(reading, here))
        return
    passage, source = long
    if (name, layer) not in kept:
        yield told, neuron_value(reading, None, None, texts.NEURONS_LATER)
        kept[name, layer] = rank_units(network, passage, layer)
    ranking, units = kept[name, layer], reading.states.shape[1]
    said = texts.NEURONS_RANKED.format(places=ranking.places, source=source, units=units)
    yield told, neuron_value(reading, ranking, here, said)


def _facts(reading: NeuronReading) -> list[str]:
    units = f"layer {reading.layer + 1}, {reading.states.shape[1]:,} units"
    return [reading.model, units, counted(reading.pieces, words=not reading.guesses)]


def _said_here(reading: NeuronReading, here: UnitRanking) -> str:
    """What a ranking over the visitor's own text is worth."""
    if not here.features:
        return texts.NEURONS_UNRANKED
    return texts.NEURONS_RANKED_HERE.format(
        places=counted(reading.pieces, words=not reading.guesses), units=reading.states.shape[1]
    )


def _api(registry: Registry) -> Any:
    def neurons(
        text: str, model: str | None = None, layer: int = -1, units: list[int] | None = None
    ) -> dict:
        network = predictor(registry, model)
        ranking = rank_units(network, text, layer)
        wanted = [unit for unit, _, _ in ranking.best()] if units is None else units
        reading = read_neurons(network, text, layer)
        known = tuple(unit for unit in wanted if 0 <= unit < reading.states.shape[1])
        return reading.to_json(known) | {"ranking": ranking.to_json()}

    neurons.__doc__ = (
        "The values of some units of a layer (-1: the top one) over a text: model, layer, pieces, "
        "units (values by number; without any asked for, those that correlate best), guesses (the "
        "likeliest next characters), skipped, and ranking: how the units correlate with simple "
        "features of this text."
    )
    return neurons
