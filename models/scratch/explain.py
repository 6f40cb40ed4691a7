"""A walk through one tiny network, forwards and backwards, with every number on the screen.

    python -m models.scratch.explain --cell lstm

Each step shows its gates and states with their shapes; on the way back each gradient stands beside
the one that central differences give. Numbers in brackets are those of ``theory/equations.md``. It
only shows what the cell functions compute: nothing is computed here but the numeric gradients.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.scratch.gradient_check import numeric_gradient, relative_error
from models.scratch.gru import gru_cell_backward, gru_cell_forward
from models.scratch.layers import CELLS, State, check_cell, zero_state
from models.scratch.lstm import lstm_cell_backward, lstm_cell_forward
from models.scratch.network import NetworkConfig
from models.scratch.rnn import rnn_cell_backward, rnn_cell_forward

N_X, N_A = 2, 3
FORWARD = {"rnn": rnn_cell_forward, "gru": gru_cell_forward, "lstm": lstm_cell_forward}
# What a cell cache holds that is worth a look, in the order of its making, and what it means.
SHOWN = {
    "rnn": {"a_next": "new state (1.1)"},
    "gru": {
        "rt": "reset gate (8.1)",
        "zt": "keep gate (8.2)",
        "pt": "state's share of the candidate (8.3)",
        "nt": "candidate (8.4)",
        "a_next": "new state (8.5)",
    },
    "lstm": {
        "ft": "forget gate (6.1)",
        "it": "input gate (6.2)",
        "cct": "candidate (6.3)",
        "c_next": "new cell state (6.4)",
        "ot": "output gate (6.5)",
        "a_next": "new state (6.6)",
    },
}


@dataclass
class Example:
    """A tiny network and what it reads: one sequence, and a loss that weighs every state."""

    cell: str
    parameters: dict[str, np.ndarray]
    x: np.ndarray  # (n_x, 1, T_x)
    weights: np.ndarray  # (n_a, 1, T_x): the loss is the sum of weights * a, so da is weights

    @classmethod
    def draw(cls, cell: str, steps: int, seed: int) -> Example:
        """An example with random numbers in float64."""
        if steps < 1:
            raise ValueError(f"steps is {steps}, but 1 or more is expected.")
        rng = np.random.default_rng(seed)
        # The shapes of a layer of this cell, from a network that reads N_X characters.
        shapes = NetworkConfig(check_cell(cell), "ab"[:N_X], hidden_size=N_A).shapes()
        parameters = {
            name.removeprefix("layers.0."): rng.standard_normal(shape)
            for name, shape in shapes.items()
            if name.startswith("layers.0.")
        }
        x = rng.standard_normal((N_X, 1, steps))
        return cls(cell, parameters, x, rng.standard_normal((N_A, 1, steps)))

    def run(
        self, state: State, first: int = 0, parameters: dict[str, np.ndarray] | None = None
    ) -> tuple[float, list[tuple]]:
        """The loss of the steps from ``first`` on, begun in ``state``, and their caches.
        ``parameters`` replace the example's in the step ``first`` alone."""
        loss, caches = 0.0, []
        for t in range(first, self.x.shape[2]):
            of_step = parameters if parameters and t == first else self.parameters
            results = FORWARD[self.cell](self.x[:, :, t], *state, of_step)
            state = results[: len(state)]
            loss += float((self.weights[:, :, t] * state[0]).sum())
            caches.append(results[-1])
        return loss, caches

    def step_back(self, t: int, upstream: State, cache: tuple) -> dict[str, np.ndarray]:
        """The gradients of step t, given those that step t+1 hands back."""
        da = self.weights[:, :, t] + upstream[0]
        if self.cell == "lstm":
            return lstm_cell_backward(da, upstream[1], cache)
        return (rnn_cell_backward if self.cell == "rnn" else gru_cell_backward)(da, cache)


def explain(cell: str, steps: int = 3, seed: int = 0) -> Iterator[str]:
    """The lines of the walk-through."""
    example = Example.draw(cell, steps, seed)
    start = zero_state(cell, N_A, 1)
    loss, caches = example.run(start)
    yield f"A {cell.upper()} cell: n_x = {N_X} inputs, n_a = {N_A} units, m = 1 sequence,"
    yield f"T_x = {steps} steps. The initial state is zero. Parameters:"
    for name, value in example.parameters.items():
        yield from _matrix(name, value)
    yield "\nFORWARDS"
    for t, cache in enumerate(caches):
        yield f"\nstep {t}"
        yield _column("xt", cache.xt, "input")
        for name, meaning in SHOWN[cell].items():
            yield _column(name, getattr(cache, name), meaning)
    yield f"\nloss = sum of weights * a over all steps = {loss:.10f}"
    yield "\nBACKWARDS, from the last step to the first; beside each gradient the numeric one,"
    yield "(loss(v + 1e-5) - loss(v - 1e-5)) / 2e-5 of the steps from here on (3.10)."
    yield "A db of a step is also the gradient by what stands inside that sigma or tanh."
    totals: dict[str, np.ndarray] = {}
    upstream = start
    for t in reversed(range(steps)):
        gradients = example.step_back(t, upstream, caches[t])
        yield from _step_back_lines(example, t, upstream, gradients, caches[t])
        upstream = tuple(gradients[f"d{part}_prev"] for part in "ac"[: len(start)])
        for name in example.parameters:
            totals[name] = totals.get(name, 0) + gradients[f"d{name}"]
    yield "\nALL STEPS TOGETHER: the weights are shared, so the steps' gradients add up"
    for name, value in example.parameters.items():
        numeric = numeric_gradient(lambda: example.run(start)[0], value)
        yield from _matrix(f"d{name}", totals[name], numeric)


def _step_back_lines(
    example: Example, t: int, upstream: State, gradients: dict[str, np.ndarray], cache: tuple
) -> Iterator[str]:
    """What step t receives and what it hands on."""
    state = [np.array(cache.a_prev)]
    yield f"\nstep {t}"
    yield _column("da_next", example.weights[:, :, t] + upstream[0], "by a: loss and step after")
    if example.cell == "lstm":
        state.append(np.array(cache.c_prev))
        yield _column("dc_next", upstream[1], "by c: step after")

    of_step = {name: value.copy() for name, value in example.parameters.items()}

    def loss_from_here() -> float:
        return example.run(tuple(state), t, of_step)[0]

    for name in (name for name in of_step if name.startswith("b")):
        yield from _beside(
            f"d{name}", gradients[f"d{name}"], numeric_gradient(loss_from_here, of_step[name])
        )
    for part, value in zip(("a_prev", "c_prev"), state, strict=False):
        yield from _beside(
            f"d{part}", gradients[f"d{part}"], numeric_gradient(loss_from_here, value)
        )
    dx = numeric_gradient(loss_from_here, example.x[:, :, t])
    yield from _beside("dxt", gradients["dxt"], dx)


def _column(name: str, value: np.ndarray, meaning: str) -> str:
    numbers = "  ".join(f"{number:+.6f}" for number in value[:, 0])
    return f"  {name:8} {value.shape!s:7} {numbers}   {meaning}"


def _beside(name: str, analytic: np.ndarray, numeric: np.ndarray) -> Iterator[str]:
    yield _column(name, analytic, "by hand")
    error = relative_error(numeric, analytic)
    yield _column("", numeric, f"numeric; relative error {error:.1e} (3.11)")


def _matrix(name: str, value: np.ndarray, numeric: np.ndarray | None = None) -> Iterator[str]:
    note = ""
    if numeric is not None:
        error = relative_error(numeric, value)
        note = f"   by hand | numeric; relative error {error:.1e} (3.11)"
    yield f"  {name} {value.shape}{note}"
    for index, row in enumerate(value):
        line = "    " + "  ".join(f"{number:+.6f}" for number in row)
        if numeric is not None:
            line += "  |  " + "  ".join(f"{number:+.6f}" for number in numeric[index])
        yield line


def main(argv: Sequence[str] | None = None) -> None:
    """Print the walk-through."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cell", choices=CELLS, default="lstm", help="which cell (lstm)")
    parser.add_argument("--steps", type=int, default=3, help="steps of the sequence (3)")
    parser.add_argument("--seed", type=int, default=0, help="of the random numbers (0)")
    flags = parser.parse_args(argv)
    try:
        for line in explain(flags.cell, flags.steps, flags.seed):
            print(line)
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
