"""What the tests of ``models.scratch`` share: drawn networks, the checks themselves, and modules
with one planted mistake, on which every check must fail."""

from __future__ import annotations

import inspect
import types
from dataclasses import dataclass

import numpy as np
import torch

from models.scratch import gru, lstm, rnn
from models.scratch.gradient_check import numeric_gradient, relative_error
from models.scratch.network import CharacterNetwork, NetworkConfig
from models.scratch.output import output_backward, softmax_backward

KINDS = ("rnn", "gru", "gru-cho", "lstm")
CELLS = ("rnn", "gru", "lstm")
MODULES = {"rnn": rnn, "gru": gru, "lstm": lstm}
TORCH_MODULES = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
N_Y = 2

CHARACTERS = "\nabcde"
NAMES = [[1, 2], [3], [4, 5, 1, 1, 2], [], [2, 2]]  # in numbers of CHARACTERS

# (kind, the right code, the wrong code): mistakes in the backward passes over whole sequences.
MUTANTS = [
    ("rnn", "slopes = 1 - tape.a[1 : T + 1] ** 2", "slopes = (1 - tape.a[1 : T + 1]) ** 2"),
    ("rnn", "da = dz[t] @ Waa  # (3.5)", "da = np.zeros_like(da)"),
    ("rnn", "tape.a[:T].reshape(T * m, n_a),  # (3.7)", "tape.a[1 : T + 1].reshape(T * m, n_a),"),
    ("lstm", "sigmoids - sigmoids * sigmoids", "sigmoids"),
    ("lstm", "dc *= f  # (7.8)", "dc *= 0"),
    ("lstm", "da = dz[t].reshape(m, -1) @ Wa  # (7.7)", "da = np.zeros_like(da)"),
    ("lstm", "da_o - da_o * tanh_c * tanh_c", "da_o"),
    ("lstm", "np.multiply(dc, c_prev, out=df)", "np.multiply(dc, c_prev + 1, out=df)"),
    ("gru", "(z - z * z)  # (9.2)", "z"),
    ("gru", "da = da * z + ", "da = da + "),
    ("gru", "np.multiply(drp, r, out=dp[t])", "np.multiply(drp, 1, out=dp[t])"),
    ("gru-cho", "drp = dn if weights.bna is not None else dn @ Wan", "drp = dn"),
]  # fmt: skip
# Mistakes that only padding brings to light.
PADDING_MUTANTS = [
    ("rnn", "np.copyto(dz[t], 0, where=ended)", "pass"),
    ("rnn", "da = np.where(ended, da, dz[t] @ Waa)", "da = dz[t] @ Waa"),
    ("lstm", "dz[t, ended] = 0", "pass;"),
    ("lstm", "dc[ended] = dc_held", "pass"),
    ("lstm", "da[ended] = da_held", "pass"),
    ("gru", "dgates[t, tape.padded[t]] = 0", "pass"),
    ("gru", "z = np.where(tape.padded[t][:, None], 1, z)", "pass;"),
]


def load_mutant(kind: str, right: str, wrong: str) -> types.ModuleType:
    """The module of a kind with ``right`` replaced by ``wrong`` in its source."""
    original = MODULES[kind.split("-")[0]]
    source = inspect.getsource(original)
    assert source.count(right) == 1, f"{right!r} is not in {original.__name__} once"
    mutant = types.ModuleType(original.__name__)
    exec(compile(source.replace(right, wrong), "mutant", "exec"), mutant.__dict__)
    return mutant


@dataclass
class Cell:
    """One kind of cell, called the same way for all; ``module`` may be a mutant."""

    kind: str
    module: types.ModuleType

    @classmethod
    def of(cls, kind: str) -> Cell:
        return cls(kind, MODULES[kind.split("-")[0]])

    @property
    def name(self) -> str:
        return self.kind.split("-")[0]

    @property
    def state_names(self) -> tuple[str, ...]:
        return ("a0", "c0") if self.name == "lstm" else ("a0",)

    @property
    def output_matrix(self) -> str:
        return "Wya" if self.name == "rnn" else "Wy"

    def cell_forward(self, xt, state, parameters):
        """-> (state, yt, cache)"""
        results = getattr(self.module, f"{self.name}_cell_forward")(xt, *state, parameters)
        return results[:-2], results[-2], results[-1]

    def cell_backward(self, dstate, cache):
        return getattr(self.module, f"{self.name}_cell_backward")(*dstate, cache)

    def forward(self, x, state, parameters, lengths=None):
        """-> (every state sequence, y, caches)"""
        if self.name == "lstm":
            a, y, c, caches = self.module.lstm_forward(x, state[0], parameters, state[1], lengths)
            return (a, c), y, caches
        function = getattr(self.module, f"{self.name}_forward")
        a, y, caches = function(x, state[0], parameters, lengths)
        return (a,), y, caches

    def backward(self, dstates, caches):
        if self.name == "lstm":
            return self.module.lstm_backward(dstates[0], caches, dstates[1])
        return getattr(self.module, f"{self.name}_backward")(dstates[0], caches)


@dataclass
class Case:
    """A cell with numbers: weights, inputs, states and random upstream gradients of all outputs."""

    cell: Cell
    parameters: dict[str, np.ndarray]
    x: np.ndarray
    state: tuple[np.ndarray, ...]
    lengths: np.ndarray | None
    dstates: tuple[np.ndarray, ...]
    dy: np.ndarray

    def gradients(self) -> dict[str, np.ndarray]:
        """By hand, of sum(dstates * states) + sum(dy * y)."""
        states, y, caches = self.cell.forward(self.x, self.state, self.parameters, self.lengths)
        W = self.parameters[self.cell.output_matrix]
        da, dW, db = output_backward(softmax_backward(self.dy, y), states[0], W)
        gradients = self.cell.backward((self.dstates[0] + da, *self.dstates[1:]), caches)
        return gradients | {f"d{self.cell.output_matrix}": dW, "dby": db}

    def loss(self) -> float:
        states, y, _ = self.cell.forward(self.x, self.state, self.parameters, self.lengths)
        of_states = sum((d * s).sum() for d, s in zip(self.dstates, states, strict=True))
        return float(of_states + (self.dy * y).sum())

    def numeric_errors(self) -> dict[str, float]:
        """The relative error (3.11) of every gradient."""
        gradients = self.gradients()
        arrays = {"x": self.x, **self.parameters}
        arrays |= dict(zip(self.cell.state_names, self.state, strict=True))
        assert set(gradients) == {f"d{name}" for name in arrays}
        return {
            name: relative_error(numeric_gradient(self.loss, array), gradients[f"d{name}"])
            for name, array in arrays.items()
        }


def draw_parameters(kind, n_x, n_a, rng, outputs=False) -> dict[str, np.ndarray]:
    """Random weights of one layer, every bias included; small enough that rounding errors do not
    explode over the steps."""
    if kind == "rnn":
        shapes = {"Wax": (n_a, n_x), "Waa": (n_a, n_a), "ba": (n_a, 1)}
    else:
        gates = {"lstm": "fico", "gru": "rzn", "gru-cho": "ruc"}[kind]
        shapes = {f"W{gate}": (n_a, n_a + n_x) for gate in gates}
        shapes |= {f"b{gate}": (n_a, 1) for gate in gates}
        if kind == "gru":
            shapes["bna"] = (n_a, 1)
    if outputs:
        shapes |= {"Wya" if kind == "rnn" else "Wy": (N_Y, n_a), "by": (N_Y, 1)}
    return {name: 0.5 * rng.standard_normal(shape) for name, shape in shapes.items()}


def draw_case(kind, n_x=3, n_a=4, m=3, T=5, lengths=None, seed=0, cell=None) -> Case:
    """A random case; ``cell`` replaces the right one by a mutant."""
    rng = np.random.default_rng(seed)
    cell = cell or Cell.of(kind)
    parts = range(len(cell.state_names))
    return Case(
        cell,
        draw_parameters(kind, n_x, n_a, rng, outputs=True),
        rng.standard_normal((n_x, m, T)),
        tuple(rng.standard_normal((n_a, m)) for _ in parts),
        None if lengths is None else np.array(lengths),
        tuple(rng.standard_normal((n_a, m, T)) for _ in parts),
        rng.standard_normal((N_Y, m, T)),
    )


def without_output(parameters: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The parameters of the cell alone."""
    return {k: v for k, v in parameters.items() if k not in ("Wy", "Wya", "by")}


def network(cell="lstm", num_layers=2, hidden_size=5, seed=0) -> CharacterNetwork:
    """A new character network that knows CHARACTERS."""
    config = NetworkConfig(cell, CHARACTERS, hidden_size, num_layers)
    return CharacterNetwork.initialise(config, seed)
