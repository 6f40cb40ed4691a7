"""The gates of a trained network over time: a film of one layer, and how often gates are shut.

The film holds every value of a layer after each part of a text; the saturation says of each unit at
what share of the steps a gate is nearly shut (below 0.1) or open (above 0.9), as in Karpathy,
Johnson and Fei-Fei (2015, arXiv:1506.02078, figure 4): a forget gate that is always open keeps what
it has. Nothing here draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from data.errors import InputError
from inference.inside import open_up, rounded

SHUT, OPEN = 0.1, 0.9  # a gate below is shut, above is open
SHOWN_UNITS = 64
# What a film shows, in the order in which a step makes it. "recall" and the mogrifier's factors are
# left out: they are no gates, and have no fixed scale.
SHOWN = ("forget", "input", "reset", "keep", "candidate", "cell", "output", "hidden")


@dataclass(frozen=True, eq=False)
class GateFilm:
    """What a layer did at each of M parts of a text (characters, or words of a review).

    ``values`` are (M, U) by name, of the U ``units`` whose state moved most, the liveliest first,
    out of ``hidden_size``. Gates are within 0 and 1, "candidate" and "hidden" within -1 and 1;
    "cell" has no bounds.
    """

    model: str
    layer: int
    pieces: tuple[str, ...]
    units: tuple[int, ...]
    hidden_size: int
    values: dict[str, np.ndarray]
    skipped: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The fields as plain JSON values, the values as [unit][part]."""
        return {
            "model": self.model,
            "layer": self.layer,
            "pieces": list(self.pieces),
            "units": list(self.units),
            "hidden_size": self.hidden_size,
            "values": {name: rounded(value.T, 3) for name, value in self.values.items()},
            "skipped": list(self.skipped),
        }


@dataclass(frozen=True, eq=False)
class Saturation:
    """How often the gates of a layer are nearly shut or open, over ``steps`` steps.

    ``shut`` and ``open`` are the shares (H,) of the steps by gate.
    """

    model: str
    layer: int
    steps: int
    shut: dict[str, np.ndarray]
    open: dict[str, np.ndarray]

    def to_json(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return {
            "model": self.model,
            "layer": self.layer,
            "steps": self.steps,
            "shut": {gate: rounded(share, 4) for gate, share in self.shut.items()},
            "open": {gate: rounded(share, 4) for gate, share in self.open.items()},
        }


def gate_film(predictor: Any, text: str, layer: int = -1, most: int = SHOWN_UNITS) -> GateFilm:
    """The film of a layer (-1 is the top one), with at most ``most`` units. InputError for a text
    that is too short or too long (``inference.inside``), or a layer that is not there."""
    network = open_up(predictor)
    layer = network.layer(layer)
    passage = network.read(text)
    values = passage.values(layer)
    memory = values.get("cell", values["hidden"])
    moves = np.ptp(np.tanh(memory), axis=0)  # a cell that is far out counts as one at its bound
    units = np.argsort(-moves, kind="stable")[:most]
    return GateFilm(
        model=network.name,
        layer=layer,
        pieces=passage.pieces,
        units=tuple(units.tolist()),
        hidden_size=memory.shape[1],
        values={name: values[name][:, units] for name in SHOWN if name in values},
        skipped=passage.skipped,
    )


def saturation(predictor: Any, text: str, layer: int = -1) -> Saturation:
    """The saturation of a layer's gates over a long text; InputError for one that is too short or
    too long (``inference.inside``), a layer that is not there, or a network without gates."""
    network = open_up(predictor)
    layer = network.layer(layer)
    gates = network.cells[layer].gates
    if not gates:
        raise InputError(f"{network.name} has no gates; choose an LSTM or a GRU.")
    hidden_size, steps = network.cells[layer].hidden_size, 0
    shut = {gate: np.zeros(hidden_size) for gate in gates}
    opened = {gate: np.zeros(hidden_size) for gate in gates}
    for values in network.stream(text, layer):
        steps += len(values["hidden"])
        for gate in gates:
            shut[gate] += (values[gate] < SHUT).sum(0)
            opened[gate] += (values[gate] > OPEN).sum(0)
    return Saturation(
        model=network.name,
        layer=layer,
        steps=steps,
        shut={gate: count / steps for gate, count in shut.items()},
        open={gate: count / steps for gate, count in opened.items()},
    )
