"""Small sequence problems that need memory, made from a seed, each with what guessing achieves.

Delayed recall and copying (Hochreiter and Schmidhuber, 1997; Arjovsky et al., 2016), adding (in the
form of Le et al., 2015), and two kinds of made-up measurements with classes. What a network must
know of a problem, or of a person's own data (``data.series_files``), is a ``Series``. Nothing here
trains, and nothing is read from a file.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

SYMBOLS = 8  # K of delayed recall and of copying
COPIED = 10  # symbols to copy
MARKER = SYMBOLS + 1  # of copying: "now write"; 0 is a blank
OWN = "own"  # the problem of a person's own data
NOISE = 0.5  # standard deviation added to made-up measurements, whose waves go from -1 to 1
SLOW, FAST = (14.0, 20.0), (6.0, 9.0)  # steps of a period
MIN_DISTANCE, MAX_DISTANCE = 5, 200  # steps


@dataclass(frozen=True)
class Series:
    """What a network reads and what it answers; kept in its checkpoint.

    ``answer``: "class" (one of ``classes`` for a sequence), "number" (one for a sequence) or
    "symbols" (one of ``classes`` at each step; the first of them is the blank). Inputs are read as
    (x - mean) / std, by feature; a number is answered as target_mean + target_std * output.
    """

    problem: str  # a name of PROBLEMS, or OWN
    distance: int  # steps: of a problem what it was made with, of own data the longest sequence
    features: tuple[str, ...]
    answer: str
    classes: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()  # (D,); empty: inputs are read as they are
    std: tuple[float, ...] = ()
    target_mean: float = 0.0
    target_std: float = 1.0

    @property
    def output_size(self) -> int:
        """Numbers that the network gives for a sequence, or at each step."""
        return 1 if self.answer == "number" else len(self.classes)


@dataclass(frozen=True)
class Examples:
    """N sequences with their answers: ``x`` (N, T, D) float32; ``y`` (N,) int64 or float32, or for
    symbols (N, T) int64. As a network takes them: normalised, classes as numbers."""

    x: np.ndarray
    y: np.ndarray

    def __len__(self) -> int:
        return len(self.x)

    def part(self, rows: np.ndarray | slice) -> Examples:
        """Some of the sequences."""
        return Examples(self.x[rows], self.y[rows])


@dataclass(frozen=True)
class Baseline:
    """What can be had without reading the sequence: the mean ``loss`` (nats, or squared error), and
    the ``score``, the share that is right (for numbers 0, the share of the variance explained)."""

    name: str
    loss: float
    score: float


@dataclass(frozen=True)
class Problem:
    """A problem: ``make`` gives N new examples of a distance, ``series`` what they are."""

    make: Callable[[np.random.Generator, int, int], Examples]
    series: Callable[[int], Series]
    baseline: Callable[[int], Baseline]


def make_examples(problem: str, distance: int, count: int, rng: np.random.Generator) -> Examples:
    """``count`` new examples; ValueError for an unknown problem or an impossible distance."""
    check(problem, distance)
    return PROBLEMS[problem].make(rng, count, distance)


def check(problem: str, distance: int) -> None:
    """Raise ValueError, in one sentence, for what no examples can be made of."""
    if problem not in PROBLEMS:
        raise ValueError(f"the problem must be one of {', '.join(PROBLEMS)}, not {problem!r}")
    if not MIN_DISTANCE <= distance <= MAX_DISTANCE:
        raise ValueError(
            f"the distance must be {MIN_DISTANCE} to {MAX_DISTANCE} steps, not {distance}"
        )


def guessing(counts: np.ndarray, name: str = "always the most frequent class") -> Baseline:
    """The baseline of classes of which ``counts`` (C,) were seen: the entropy of their shares, and
    the share of the most frequent."""
    shares = counts[counts > 0] / counts.sum()
    return Baseline(name, float(-(shares * np.log(shares)).sum()), float(shares.max()))


def _recall(rng: np.random.Generator, count: int, distance: int) -> Examples:
    """The first of T symbols is asked for after the last one; the others distract."""
    symbols = rng.integers(SYMBOLS, size=(count, distance))
    return Examples(_one_hot(symbols, SYMBOLS), symbols[:, 0])


def _adding(rng: np.random.Generator, count: int, distance: int) -> Examples:
    """Numbers from 0 to 1, and marks at two of them, one in each half: their sum is wanted."""
    x = np.zeros((count, distance, 2), np.float32)
    x[:, :, 0] = rng.random((count, distance))
    rows, half = np.arange(count), distance // 2
    first, second = rng.integers(half, size=count), rng.integers(half, distance, size=count)
    x[rows, first, 1] = x[rows, second, 1] = 1
    return Examples(x, x[rows, first, 0] + x[rows, second, 0])  # float32


def _copying(rng: np.random.Generator, count: int, distance: int) -> Examples:
    """Ten symbols, blanks, a mark: then the ten are to be written; T = distance + 20."""
    read = np.zeros((count, distance + 2 * COPIED), np.int64)
    written = np.zeros_like(read)
    symbols = rng.integers(1, SYMBOLS + 1, size=(count, COPIED))
    read[:, :COPIED] = symbols
    read[:, distance + COPIED - 1] = MARKER
    written[:, -COPIED:] = symbols
    return Examples(_one_hot(read, SYMBOLS + 2), written)


def _leader(rng: np.random.Generator, count: int, distance: int) -> Examples:
    """Two noisy waves, one a quarter of a period ahead, and a feature of noise alone: class 0 when
    the first wave leads. No single step tells it."""
    leads = rng.integers(2, size=count)
    return Examples(_waves(rng, leads, rng.uniform(FAST[0], SLOW[1], count), distance), leads)


def _leader_speed(rng: np.random.Generator, count: int, distance: int) -> Examples:
    """The same with two speeds: class = 2 * (fast) + (the second leads)."""
    classes = rng.integers(4, size=count)
    fast = classes >= 2
    periods = np.where(fast, rng.uniform(*FAST, count), rng.uniform(*SLOW, count))
    return Examples(_waves(rng, classes % 2, periods, distance), classes)


def _waves(
    rng: np.random.Generator, leads: np.ndarray, periods: np.ndarray, distance: int
) -> np.ndarray:
    """(N, T, 3) float32; ``leads`` and ``periods`` are (N,)."""
    phases = rng.uniform(0, 2 * np.pi, (len(leads), 1))
    angles = phases + 2 * np.pi * np.arange(distance) / periods[:, None]
    ahead = np.where(leads == 0, 1, -1)[:, None] * np.pi / 2
    clean = np.stack([np.sin(angles + ahead), np.sin(angles), np.zeros_like(angles)], axis=2)
    return (clean + rng.normal(0, NOISE, clean.shape)).astype(np.float32)


def _one_hot(symbols: np.ndarray, size: int) -> np.ndarray:
    """(N, T) -> (N, T, size) float32."""
    return np.eye(size, dtype=np.float32)[symbols]


_WAVES = ("wave A", "wave B", "noise")
_LETTERS = tuple("ABCDEFGH")
PROBLEMS: dict[str, Problem] = {
    "recall": Problem(
        _recall,
        lambda distance: Series("recall", distance, _LETTERS, "class", _LETTERS),
        lambda distance: Baseline("guessing", math.log(SYMBOLS), 1 / SYMBOLS),
    ),
    "adding": Problem(
        _adding,
        lambda distance: Series("adding", distance, ("number", "mark"), "number"),
        lambda distance: Baseline("always 1", 1 / 6, 0.0),  # the variance of two uniform numbers
    ),
    "copying": Problem(
        _copying,
        lambda distance: Series(
            "copying", distance, ("blank", *_LETTERS, "mark"), "symbols", ("blank", *_LETTERS)
        ),
        lambda distance: Baseline(
            "blanks, then guessing",
            COPIED * math.log(SYMBOLS) / (distance + 2 * COPIED),
            1 / SYMBOLS,
        ),
    ),
    "leader": Problem(
        _leader,
        lambda distance: Series("leader", distance, _WAVES, "class", ("A leads", "B leads")),
        lambda distance: guessing(np.ones(2), "guessing"),
    ),
    "leader-speed": Problem(
        _leader_speed,
        lambda distance: Series(
            "leader-speed", distance, _WAVES, "class",
            ("A leads, slow", "B leads, slow", "A leads, fast", "B leads, fast"),
        ),
        lambda distance: guessing(np.ones(4), "guessing"),
    ),
}  # fmt: skip
