"""One unit at a time: its value at each character, and the units that go with something simple.

``read_neurons`` gives the states of a layer over a text with what the network expected next
(Karpathy, 2015, "The Unreasonable Effectiveness of Recurrent Neural Networks"); ``rank_units`` says
how each unit's value correlates with simple features of a longer text. A correlation is all that it
is: nothing here says that a unit means something, or that the network uses it so. Of many units
some correlate with anything on a short text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from inference.features import character_features
from inference.inside import Network, ReviewNetwork, open_up, rounded
from inference.sampling import log_probabilities

GUESSES = 5  # likeliest next characters
MIN_SHARE = 0.01  # of the places at which a feature must differ, or chance makes the correlation


@dataclass(frozen=True, eq=False)
class NeuronReading:
    """The states of a layer over a text.

    ``states`` (M, H) are the values of all units, within -1 and 1, after each of the ``pieces``
    (characters, or words of a review). ``guesses`` has for each place the likeliest next tokens
    with their probabilities, the likeliest first; none for a review.
    """

    model: str
    layer: int
    pieces: tuple[str, ...]
    states: np.ndarray
    guesses: tuple[tuple[tuple[str, float], ...], ...]
    skipped: tuple[str, ...] = ()

    def unit(self, number: int) -> np.ndarray:
        """The values (M,) of one unit."""
        return self.states[:, number]

    def to_json(self, units: tuple[int, ...]) -> dict[str, Any]:
        """The fields as plain JSON values, with the values of some units."""
        return {
            "model": self.model,
            "layer": self.layer,
            "pieces": list(self.pieces),
            "units": {str(number): rounded(self.unit(number), 3) for number in units},
            "guesses": [[[piece, round(p, 4)] for piece, p in row] for row in self.guesses],
            "skipped": list(self.skipped),
        }


@dataclass(frozen=True, eq=False)
class UnitRanking:
    """How the units of a layer correlate with simple features over ``places`` places of a text.

    ``correlations`` (F, H) are Pearson's r of each of the ``features`` that the text has enough of
    with each unit; 0 for a unit that never moves.
    """

    model: str
    layer: int
    places: int
    features: tuple[str, ...]
    correlations: np.ndarray

    def best(self, most: int = 10) -> list[tuple[int, str, float]]:
        """The units with the strongest correlations, each once with its feature and r."""
        if not self.features:
            return []
        chosen = np.abs(self.correlations).argmax(0)
        r = self.correlations[chosen, np.arange(len(chosen))]
        order = np.argsort(-np.abs(r), kind="stable")[:most]
        return [(int(unit), self.features[chosen[unit]], float(r[unit])) for unit in order]

    def of(self, feature: str, most: int = 3) -> list[tuple[int, float]]:
        """The units that correlate most strongly with one of the features, with r."""
        r = self.correlations[self.features.index(feature)]
        order = np.argsort(-np.abs(r), kind="stable")[:most]
        return [(int(unit), float(r[unit])) for unit in order]

    def to_json(self) -> dict[str, Any]:
        """The strongest correlations, over all and by feature, as plain JSON values."""
        return {
            "model": self.model,
            "layer": self.layer,
            "places": self.places,
            "best": [[unit, feature, round(r, 4)] for unit, feature, r in self.best()],
            "features": {
                feature: [[unit, round(r, 4)] for unit, r in self.of(feature)]
                for feature in self.features
            },
        }


def read_neurons(predictor: Any, text: str, layer: int = -1) -> NeuronReading:
    """The states of a layer (-1 is the top one) over a text. InputError for a text that is too
    short or too long (``inference.inside``), or a layer that is not there."""
    network = open_up(predictor)
    layer = network.layer(layer)
    passage = network.read(text)
    guesses: tuple = ()
    if not isinstance(network, ReviewNetwork):
        guesses = tuple(_guesses(network, row) for row in network.expected(passage)[1:])
    states = passage.values(layer)["hidden"]
    return NeuronReading(network.name, layer, passage.pieces, states, guesses, passage.skipped)


def rank_units(predictor: Any, text: str, layer: int = -1) -> UnitRanking:
    """The units of a layer by their correlation with simple features over a text of up to
    MAX_LONG characters, or with the verdict so far over a review. The longer the text, the less of
    it is chance. InputError as for ``read_neurons``."""
    network = open_up(predictor)
    layer = network.layer(layer)
    if isinstance(network, ReviewNetwork):
        states = network.read(text).values(layer)["hidden"]
        verdict = predictor.predict([text], running=True)[0]
        features = {"the verdict so far": np.array(verdict.running)}
    else:
        states = np.concatenate([part["hidden"] for part in network.stream(text, layer)])
        features = character_features(network.pieces(text))
    kept = {name: value for name, value in features.items() if _varies(value)}
    r = [correlations(states, value) for value in kept.values()]
    table = np.array(r).reshape(len(kept), states.shape[1])
    return UnitRanking(network.name, layer, len(states), tuple(kept), table)


def correlations(states: np.ndarray, feature: np.ndarray) -> np.ndarray:
    """Pearson's r of ``feature`` (M,) with each column of ``states`` (M, H); 0 where either never
    changes."""
    a, b = states - states.mean(0), feature - feature.mean()
    scale = np.sqrt((a * a).sum(0) * (b * b).sum())
    return np.divide(b @ a, scale, out=np.zeros(states.shape[1]), where=scale > 0)


def _varies(feature: np.ndarray) -> bool:
    """Whether a feature has at least two values, none of them nearly everywhere."""
    _, counts = np.unique(feature, return_counts=True)
    return len(feature) - counts.max() >= max(2, MIN_SHARE * len(feature))


def _guesses(network: Network, logits: np.ndarray) -> tuple[tuple[str, float], ...]:
    log_p = log_probabilities(logits)
    order = np.argsort(-log_p, kind="stable")[:GUESSES]
    piece = network.tokenizer.piece
    return tuple((piece(int(token)), float(np.exp(log_p[token]))) for token in order)
