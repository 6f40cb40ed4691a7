"""Pure functions from what was found inside a network to the values that the scripts of the tab's
views draw (``influence.js``, ``neurons.js``, ``gates.js``).

Plain JSON, no HTML: the scripts put each text on the page as text. Many numbers travel packed, as
bytes in base64.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from inference.gates import GateFilm
from inference.influence import Influence
from inference.neurons import NeuronReading, UnitRanking
from tabs.texts import inside as texts

NEAR, BACK = 5, 20  # pieces: what counts as near, and as far
RANKED = 8  # units that are listed for a feature
ALL_FEATURES = "any of them"
STATES = ("candidate", "cell", "hidden")


def packed(values: np.ndarray) -> str:
    """Values (M, U) within -1 and 1 as a string of U rows of M bytes, 0 to 200 for -1.00 to
    1.00."""
    whole = np.rint(100 * np.clip(values.T, -1, 1)).astype(np.int16) + 100
    return _base64(whole.astype(np.uint8))


def packed_rows(rows: Sequence[np.ndarray]) -> str:
    """Rows of shares, one after the other, as a string of two bytes a share, in thousandths. (Of a
    list, Gradio would look at each number.)"""
    whole = np.rint(1000 * np.concatenate(rows)).astype("<u2")
    return _base64(whole)


def _base64(whole: np.ndarray) -> str:
    return base64.b64encode(whole.tobytes()).decode("ascii")


# ---- what did it look at


def influence_value(maps: Mapping[str, Influence], words: bool) -> dict[str, Any]:
    """A row for each map by its title; with ``words`` they are of reviews, else of texts."""
    return {"words": words, "rows": [_row(title, found, words) for title, found in maps.items()]}


def _row(title: str, found: Influence, words: bool) -> dict[str, Any]:
    shares = [row[: number + words] for number, row in enumerate(found.shares())]
    return {
        "title": title,
        "model": found.model,
        "said": reach(shares, "words" if words else "characters"),
        "pieces": list(found.pieces),
        "targets": list(found.targets),
        "shares": packed_rows(shares),
    }


def reach(shares: Sequence[np.ndarray], units: str) -> str:
    """How much of the influence comes from the last NEAR pieces, on average over the predictions
    with more pieces behind them, and how much from before the last BACK, over those with more than
    that; empty for a text that is too short."""
    near = [row[-NEAR:].sum() for row in shares if len(row) > NEAR]
    far = [row[:-BACK].sum() for row in shares if len(row) > BACK]
    if not near:
        return ""
    said = texts.INFLUENCE_REACH.format(near=f"{np.mean(near):.0%}", last=NEAR, units=units)
    if far:
        said += texts.INFLUENCE_FAR.format(far=f"{np.mean(far):.1%}", back=BACK)
    return said.replace("%", " %") + "."


# ---- neuron reader


def neuron_value(
    reading: NeuronReading,
    ranking: UnitRanking | None,
    here: UnitRanking | None,
    said: str,
) -> dict[str, Any]:
    """The states of all units and the guesses, with the units that ``ranking`` puts first and their
    correlation in ``here``, a ranking of the same text as ``reading`` (None where that is it)."""
    return {
        "model": reading.model,
        "layer": reading.layer,
        "words": not reading.guesses,
        "pieces": list(reading.pieces),
        "count": reading.states.shape[1],
        "units": packed(reading.states),
        "guesses": [
            [part for piece, p in row for part in (piece, round(p, 3))] for row in reading.guesses
        ],
        "ranked": None if ranking is None else ranked(ranking, here),
        "said": said,
    }


def ranked(ranking: UnitRanking, here: UnitRanking | None) -> dict[str, list[list[Any]]]:
    """For each feature, any of them first, the units that go with it best: [unit, feature, r, r
    here]."""

    def row(unit: int, feature: str, r: float) -> list[Any]:
        local = None
        if here is not None and feature in here.features:
            local = round(float(here.correlations[here.features.index(feature), unit]), 3)
        return [unit, feature, round(r, 3), local]

    by_feature = {
        feature: [row(unit, feature, r) for unit, r in ranking.of(feature, RANKED)]
        for feature in ranking.features
    }
    if len(by_feature) < 2:
        return by_feature
    return {ALL_FEATURES: [row(*best) for best in ranking.best(RANKED)], **by_feature}


# ---- gate film


def film_value(film: GateFilm, words: bool) -> dict[str, Any]:
    """All values of the film; gates are within 0 and 1, STATES within -1 and 1."""
    return {
        "model": film.model,
        "layer": film.layer,
        "words": words,
        "pieces": list(film.pieces),
        "units": list(film.units),
        "gates": [
            {
                "name": name,
                "title": texts.GATES[name],
                "gate": name not in STATES,
                "packed": packed(np.tanh(value) if name == "cell" else value),
            }
            for name, value in film.values.items()
        ],
    }
