"""A gradient check of the NumPy cells, and what it finds when one line of them is wrong.

The gradients by hand come from a loop over the cell's own backward function
(``inference.steps_back``, ``models.scratch``), the numeric ones from central differences of the
loss. A mistake is a line of that code and the wrong one that stands in its place: the source of the
one function is changed and compiled, so that what is shown is what ran, and the real functions stay
as they are. This module does NOT explain the mistakes: that is for the page.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from data.errors import InputError
from inference import steps_back
from inference.sampling import is_whole
from models.scratch import gru, lstm, rnn
from models.scratch.gradient_check import numeric_gradient, relative_error
from models.scratch.layers import CELLS, layer_forward
from models.scratch.network import NetworkConfig

INPUTS, SEQUENCES = 3, 2  # n_x and m of the example
UNITS, STEPS = (2, 5), (1, 6)  # smallest and largest n_a and T_x
WRONG = 1e-5  # an entry with a larger relative error is wrong; a right one stays far below
FLOOR = 1e-4  # added to the size of an entry: rounding makes a share of an entry near 0 mean little

CELL_BACKWARD = {
    "rnn": rnn.rnn_cell_backward,
    "gru": gru.gru_cell_backward,
    "lstm": lstm.lstm_cell_backward,
}
THROUGH_TIME = {
    "rnn": steps_back.rnn_through_time,
    "gru": steps_back.gru_through_time,
    "lstm": steps_back.lstm_through_time,
}


@dataclass(frozen=True)
class Patch:
    """One line of a function, and the wrong one in its place (empty: the line is missing)."""

    function: Callable[..., dict[str, np.ndarray]]
    right: str
    wrong: str

    def source(self) -> str:
        """The source of the function with the mistake."""
        source = inspect.getsource(self.function)
        if source.count(self.right) != 1:
            raise ValueError(f"{self.right!r} is not in {self.function.__name__} once.")
        return source.replace(self.right, self.wrong)

    def apply(self) -> Callable[..., dict[str, np.ndarray]]:
        """The function with the mistake; the right one is not touched."""
        namespace = dict(self.function.__globals__)
        exec(compile(self.source(), f"{self.function.__name__} with a mistake", "exec"), namespace)
        return namespace[self.function.__name__]

    def diff(self, context: int = 2) -> list[str]:
        """The changed line with its neighbours, each line begun with "-", "+" or a blank."""
        right = inspect.getsource(self.function).splitlines()
        lines = difflib.unified_diff(right, self.source().splitlines(), n=context, lineterm="")
        return [line.rstrip() for line in lines if not line.startswith(("---", "+++", "@@"))]

    def place(self) -> str:
        """Where the function stands: its file in the repository, and its name."""
        return f"{self.function.__module__.replace('.', '/')}.py, {self.function.__name__}"


_HANDED_ON = "cell_backward(da[:, :, t] + da_prevt, "
_ALONE = "cell_backward(da[:, :, t], "
_BIASES = 'totals[f"db{gate}"] += step[f"db{gate}"]'
_LAST_BIASES = 'totals[f"db{gate}"] = step[f"db{gate}"]'
# The well-known mistakes, each for the cells in which it can be made.
MISTAKES: dict[str, dict[str, Patch]] = {
    "no_time": {
        cell: Patch(function, _HANDED_ON, _ALONE) for cell, function in THROUGH_TIME.items()
    },
    "derivative": {
        "rnn": Patch(rnn.rnn_cell_backward, "(1 - a_next**2)", "(1 - a_next) ** 2"),
        "gru": Patch(gru.gru_cell_backward, "(a_prev - nt) * zt * (1 - zt)", "(a_prev - nt) * zt"),
        "lstm": Patch(
            lstm.lstm_cell_backward, "dc * c_prev * ft * (1 - ft)", "dc * c_prev * ft"
        ),
    },
    "transposed": {
        "rnn": Patch(rnn.rnn_cell_backward, 'parameters["Waa"].T @ dz', 'parameters["Waa"] @ dz'),
        "gru": Patch(gru.gru_cell_backward, "Waz.T @ dz", "Waz @ dz"),
    },
    "no_carry": {
        "gru": Patch(gru.gru_cell_backward, "da_next * zt + War.T", "War.T"),
        "lstm": Patch(
            steps_back.lstm_through_time, '        dc_prevt = step["dc_prev"]\n', ""
        ),
    },
    "bias_sum": {
        "rnn": Patch(
            steps_back.rnn_through_time,
            'totals["dba"] += step["dba"]', 'totals["dba"] = step["dba"]',
        ),
        "gru": Patch(steps_back.gru_through_time, _BIASES, _LAST_BIASES),
        "lstm": Patch(steps_back.lstm_through_time, _BIASES, _LAST_BIASES),
    },
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class CheckedArray:
    """The gradient of one array, by hand and numeric, of the same shape."""

    name: str  # such as dWaa
    by_hand: np.ndarray
    numeric: np.ndarray

    @property
    def errors(self) -> np.ndarray:
        """|numeric - by hand| / (|numeric| + |by hand| + FLOOR), entry by entry."""
        size = np.abs(self.numeric) + np.abs(self.by_hand) + FLOOR
        return np.abs(self.numeric - self.by_hand) / size

    @property
    def wrong(self) -> np.ndarray:
        """Which entries are wrong, as booleans."""
        return self.errors > WRONG

    @property
    def error(self) -> float:
        """The relative error over all entries (3.11)."""
        return relative_error(self.numeric, self.by_hand)

    @property
    def worst(self) -> tuple[int, ...]:
        """The place of the entry with the largest error."""
        return tuple(int(i) for i in np.unravel_index(self.errors.argmax(), self.errors.shape))


@dataclass(frozen=True, eq=False)
class GradientCheck:
    """Every array of an example: the parameters, then the inputs and the initial states."""

    cell: str
    units: int
    steps: int
    mistake: str | None
    arrays: tuple[CheckedArray, ...]

    @property
    def patch(self) -> Patch | None:
        """What was made wrong."""
        return None if self.mistake is None else MISTAKES[self.mistake][self.cell]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values: for each array its shape, both gradients, the relative error, and how
        many entries are wrong."""
        return {
            "cell": self.cell,
            "units": self.units,
            "steps": self.steps,
            "mistake": self.mistake,
            "arrays": {
                array.name: {
                    "shape": list(array.numeric.shape),
                    "by_hand": array.by_hand.tolist(),
                    "numeric": array.numeric.tolist(),
                    "relative_error": array.error,
                    "wrong_entries": int(array.wrong.sum()),
                }
                for array in self.arrays
            },
        }


def mistakes_of(cell: str) -> list[str]:
    """The names of the mistakes that can be made in a cell; InputError for a cell unknown here."""
    if cell not in CELLS:
        raise InputError(f"There is no cell {str(cell)[:40]!r}; choose one of {', '.join(CELLS)}.")
    return [name for name, patches in MISTAKES.items() if cell in patches]


def check_gradients(cell: str, units: int, steps: int, mistake: str | None = None) -> GradientCheck:
    """Check every gradient of a layer on a fixed random example, with a ``mistake`` or without.

    ``units`` is n_a, ``steps`` T_x. InputError for a cell, a size or a mistake that is not offered.
    """
    offered = mistakes_of(cell)
    for name, size, (low, high) in (("units", units, UNITS), ("steps", steps, STEPS)):
        if not is_whole(size, low, high):
            raise InputError(f"The number of {name} must be a whole number from {low} to {high}.")
    if mistake is not None and mistake not in offered:
        raise InputError(
            f"{str(mistake)[:40]!r} is no mistake for the {cell} cell; choose one of "
            f"{', '.join(offered)}."
        )
    example, numeric = _checked_example(cell, int(units), int(steps))
    by_hand = example.by_hand(None if mistake is None else MISTAKES[mistake][cell])
    arrays = (CheckedArray(name, by_hand[name], numeric[name]) for name in numeric)
    return GradientCheck(cell, int(units), int(steps), mistake, tuple(arrays))


@dataclass(frozen=True, eq=False)
class _Example:
    """A layer and what it reads; the loss is the sum of ``weights`` times every a_t."""

    cell: str
    parameters: dict[str, np.ndarray]
    x: np.ndarray  # (n_x, m, T_x)
    state: tuple[np.ndarray, ...]  # each (n_a, m); not zero, or a forget gate had nothing to forget
    weights: np.ndarray  # (n_a, m, T_x)

    @classmethod
    def draw(cls, cell: str, units: int, steps: int) -> _Example:
        """An example of any size, always the same; numbers small enough to keep the gates open."""
        rng = np.random.default_rng(0)
        shapes = NetworkConfig(cell, "abc"[:INPUTS], hidden_size=units).shapes()
        parameters = {
            name.removeprefix("layers.0."): 0.5 * rng.standard_normal(shape)
            for name, shape in shapes.items()
            if name.startswith("layers.0.")
        }
        x = rng.standard_normal((INPUTS, SEQUENCES, steps))
        parts = 2 if cell == "lstm" else 1
        state = tuple(rng.standard_normal((units, SEQUENCES)) for _ in range(parts))
        return cls(cell, parameters, x, state, rng.standard_normal((units, SEQUENCES, steps)))

    def arrays(self) -> dict[str, np.ndarray]:
        """What the loss is differentiated by, under the names of the gradients."""
        states = zip(("da0", "dc0"), self.state, strict=False)
        return {**{f"d{k}": v for k, v in self.parameters.items()}, "dx": self.x, **dict(states)}

    def loss(self) -> float:
        """The number that every gradient is one of."""
        a, _, _ = layer_forward(self.cell, self.x, self.state, self.parameters)
        return float((self.weights * a).sum())

    def by_hand(self, patch: Patch | None) -> dict[str, np.ndarray]:
        """The gradients of the loop, with a mistake in it or in its cell, or without."""
        _, _, caches = layer_forward(self.cell, self.x, self.state, self.parameters)
        functions = [THROUGH_TIME[self.cell], CELL_BACKWARD[self.cell]]
        if patch is not None:
            functions[functions.index(patch.function)] = patch.apply()
        through_time, cell_backward = functions
        return through_time(self.weights, list(caches.steps), cell_backward)


@lru_cache(maxsize=len(CELLS) * (UNITS[1] - UNITS[0] + 1) * (STEPS[1] - STEPS[0] + 1))
def _checked_example(cell: str, units: int, steps: int) -> tuple[_Example, dict[str, np.ndarray]]:
    """An example and its numeric gradients, which no mistake changes."""
    example = _Example.draw(cell, units, steps)
    numeric = {
        name: numeric_gradient(example.loss, array) for name, array in example.arrays().items()
    }
    return example, numeric
