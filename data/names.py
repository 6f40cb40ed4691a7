"""Measures of generated names: how many are new, how many differ, how near they are to real ones.

Names are compared as they are: whoever wants case ignored lowers it first. Nothing here draws names
or knows a network.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from itertools import pairwise

import numpy as np

# What mean_distance compares at most, so that whatever file is read as lines ends in minutes.
MAX_NAMES, MAX_REAL, MAX_LENGTH = 1_000, 20_000, 100


def new_share(names: Sequence[str], known: Collection[str]) -> float:
    """Share of ``names`` that are not in ``known``, the names learned from; nan for no name."""
    known = set(known)
    return sum(name not in known for name in names) / len(names) if names else math.nan


def distinct_share(names: Sequence[str]) -> float:
    """Number of different names / number of names; nan for no name."""
    return len(set(names)) / len(names) if names else math.nan


def edit_distances(names: Sequence[str], others: Sequence[str]) -> np.ndarray:
    """Levenshtein distance of each of N names to each of M others: the least number of characters
    to insert, delete or replace that turns one into the other (Levenshtein, 1966).

    -> (N, M) int16. Each name costs one pass over the table of Wagner and Fischer (1974),
    d[i, j] = min(d[i-1, j] + 1, d[i-1, j-1] + (a[i] != b[j]), d[i, j-1] + 1), for all others at
    once.
    """
    lengths = np.array([len(other) for other in others], dtype=np.int64)
    codes = np.zeros((int(lengths.max(initial=0)), len(others)), dtype=np.uint32)
    for column, other in enumerate(others):
        codes[: len(other), column] = _codes(other)
    distances = np.empty((len(names), len(others)), dtype=np.int16)
    for row, name in enumerate(names):
        # Row i of the table as excess[j] = d[i, j] - j, which turns "d[i, j-1] + 1" into a running
        # minimum along j (here by hand: np.minimum.accumulate takes five times as long).
        excess = np.zeros((len(codes) + 1, len(others)), dtype=np.int16)
        for code in _codes(name):
            replaced = excess[:-1] - (codes == code)
            excess += 1
            np.minimum(excess[1:], replaced, out=excess[1:])
            for before, entry in pairwise(excess):
                np.minimum(before, entry, out=entry)
        distances[row] = excess[lengths, np.arange(len(others))] + lengths
    return distances


def mean_distance(names: Sequence[str], real: Sequence[str]) -> float:
    """Mean over ``names`` of the Levenshtein distance to the nearest of ``real``; nan where either
    is empty.

    0 for copies. How large it should be says the same mean for real names kept out of training.
    Of longer lists ``MAX_NAMES`` and ``MAX_REAL``, evenly spaced, are compared, and of longer names
    their first ``MAX_LENGTH`` characters.
    """
    if not names or not real:
        return math.nan
    distances = edit_distances(_sample(names, MAX_NAMES), _sample(real, MAX_REAL))
    return float(distances.min(axis=1).mean())


def _sample(names: Sequence[str], count: int) -> list[str]:
    """At most ``count`` of ``names``, evenly spaced, each cut to ``MAX_LENGTH``."""
    return [name[:MAX_LENGTH] for name in names[:: math.ceil(len(names) / count)]]


def _codes(name: str) -> np.ndarray:
    """The code points of ``name``, (T,) uint32."""
    return np.frombuffer(name.encode("utf-32-le", "surrogatepass"), np.uint32)
