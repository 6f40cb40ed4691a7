"""From the scores of a network to one drawn token: temperature, top-k, top-p, one random number.

NumPy only, and few calls of it: this runs once for every character that is written. Nothing here
knows a network or a text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from data.errors import InputError

MAX_TEMPERATURE = 5.0
GREEDY_BELOW = 1e-6  # temperature where all but the likeliest have lost, and divisions overflow


@dataclass(frozen=True)
class Sampling:
    """How the next token is drawn from a network's logits.

    ``temperature`` divides the logits: 0 always takes the likeliest token, 1 draws from what the
    network believes. Of the result only the ``top_k`` likeliest tokens are kept (0: all), and of
    these the fewest that have at least ``top_p`` of the probability (1: all); of equally likely
    ones the first in the vocabulary. Raises InputError with one sentence for settings out of range.
    """

    temperature: float = 0.8
    top_k: int = 0
    top_p: float = 1.0

    def __post_init__(self) -> None:
        if not is_number(self.temperature) or not 0 <= self.temperature <= MAX_TEMPERATURE:
            raise InputError(f"The temperature must be a number from 0 to {MAX_TEMPERATURE:g}.")
        if not is_whole(self.top_k, 0, math.inf):
            raise InputError("Top-k must be a whole number, 0 for all tokens.")
        if not is_number(self.top_p) or not 0 < self.top_p <= 1:
            raise InputError("Top-p must be a number above 0 and at most 1, 1 for all tokens.")

    @property
    def greedy(self) -> bool:
        """Whether chance has no part in it."""
        return self.temperature < GREEDY_BELOW or self.top_k == 1

    def draw(self, logits: np.ndarray, rng: np.random.Generator) -> int:
        """One token for ``logits`` (V,); takes one random number from ``rng``, greedy or not."""
        chance = rng.random()
        if self.greedy:
            return int(logits.argmax())
        cumulative = self._weights(logits).cumsum()
        # chance < 1, so the place is before the end, and never in a token of no weight.
        return int(cumulative.searchsorted(chance * cumulative[-1], side="right"))

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        """What ``draw`` draws from: (V,) -> (V,)."""
        if self.greedy:
            return (np.arange(len(logits)) == logits.argmax()).astype(np.float64)
        weights = self._weights(logits)
        return weights / weights.sum()

    def _weights(self, logits: np.ndarray) -> np.ndarray:
        """The probabilities up to a common factor, 0 for tokens that are left out."""
        weights = np.exp((logits - np.maximum.reduce(logits)) / np.float64(self.temperature))
        if 0 < self.top_k < len(logits) or self.top_p < 1:
            kept, everything = self._kept(weights), weights
            weights = np.zeros_like(everything)
            weights[kept] = everything[kept]
        return weights

    def _kept(self, weights: np.ndarray) -> np.ndarray:
        """The tokens that stay, the likeliest first."""
        order = np.argsort(-weights, kind="stable")
        if self.top_k:
            order = order[: int(self.top_k)]
        if self.top_p < 1:
            cumulative = weights[order].cumsum()
            enough = cumulative.searchsorted(self.top_p * cumulative[-1], side="left")
            order = order[: enough + 1]
        return order


def log_probabilities(logits: np.ndarray) -> np.ndarray:
    """ln p at temperature 1, in float64: (..., V) -> (..., V)."""
    gaps = logits - np.maximum.reduce(logits, axis=-1, keepdims=True)
    gaps = gaps.astype(np.float64)
    return gaps - np.log(np.add.reduce(np.exp(gaps), axis=-1, keepdims=True))


def is_number(value: object) -> bool:
    """Whether ``value`` is a finite int or float (True and False are not)."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def is_whole(value: object, low: float, high: float) -> bool:
    """Whether ``value`` is a whole number from ``low`` to ``high``."""
    return is_number(value) and value == int(value) and low <= value <= high
