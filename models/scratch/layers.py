"""Layers on layers, and both directions at once, for any of the three cells.

Numbers in brackets are those of ``theory/equations.md``. A state is a tuple: (a,) for the RNN and
the GRU, (a, c) for the LSTM, each (n_a, m). No output layer and no loss here
(``models.scratch.output``), no dropout anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from models.scratch.checks import check_array, check_lengths
from models.scratch.gru import gru_backward, gru_forward
from models.scratch.lstm import lstm_backward, lstm_forward
from models.scratch.rnn import rnn_backward, rnn_forward
from models.scratch.tape import Caches

CELLS = ("rnn", "gru", "lstm")

Parameters = Mapping[str, np.ndarray]
State = tuple[np.ndarray, ...]


class StackedGradients(NamedTuple):
    """What ``stacked_backward`` gives."""

    dx: np.ndarray  # (n_x, m, T_x)
    dstates: list[State]  # by the initial states, one a layer
    layers: list[dict[str, np.ndarray]]  # "d" + name for every parameter, one dict a layer


class BidirectionalGradients(NamedTuple):
    """What ``bidirectional_backward`` gives; pairs are (forward, backward)."""

    dx: np.ndarray  # (n_x, m, T_x)
    dstates: tuple[State, State]
    layers: tuple[dict[str, np.ndarray], dict[str, np.ndarray]]


def check_cell(cell: str) -> str:
    """``cell`` itself; ValueError when it is none of CELLS."""
    if cell not in CELLS:
        raise ValueError(f"cell is {cell!r}, but one of {', '.join(CELLS)} is expected.")
    return cell


def hidden_size(parameters: Parameters) -> int:
    """n_a, from the parameters of any cell."""
    for name in ("Waa", "Wf", "Wr"):
        if name in parameters:
            return len(parameters[name])
    raise ValueError(f"parameters {sorted(parameters)} are those of no cell.")


def zero_state(cell: str, n_a: int, m: int, dtype: Any = np.float64) -> State:
    """The state before anything was read."""
    return tuple(np.zeros((n_a, m), dtype) for _ in range(2 if check_cell(cell) == "lstm" else 1))


def layer_forward(
    cell: str,
    x: np.ndarray,
    state: State | None,
    parameters: Parameters,
    lengths: Sequence[int] | np.ndarray | None = None,
) -> tuple[np.ndarray, State, Caches]:
    """One layer of any cell: x (n_x, m, T_x), state zero when None -> a (n_a, m, T_x), each
    sequence's last state, the caches."""
    x = check_array("x", x, n_x=None, m=None, T_x=None)
    if state is None:
        state = zero_state(cell, hidden_size(parameters), x.shape[1], x.dtype)
    parts = 2 if check_cell(cell) == "lstm" else 1
    if len(state) != parts:
        raise ValueError(f"the state of a {cell} layer has {parts} part(s), not {len(state)}.")
    if cell == "lstm":
        a, _, c, caches = lstm_forward(x, state[0], parameters, state[1], lengths)
        return a, (a[:, :, -1].copy(), c[:, :, -1].copy()), caches
    forward = rnn_forward if cell == "rnn" else gru_forward
    a, _, caches = forward(x, state[0], parameters, lengths)
    return a, (a[:, :, -1].copy(),), caches


def layer_backward(
    cell: str, da: np.ndarray, caches: Caches, dstate: State | None = None
) -> tuple[np.ndarray, State, dict[str, np.ndarray]]:
    """One layer back: da (n_a, m, T_x) and dstate, the gradient of the last state -> dx, the
    gradient of the initial state, and those of the parameters ("d" + name)."""
    dc = None
    if dstate is not None:
        da = check_array("da", da, n_a=None, m=None, T_x=None).copy()
        n_a, m, _ = da.shape
        dstate = [check_array("dstate", part, n_a=n_a, m=m) for part in dstate]
        da[:, :, -1] += dstate[0]
        if cell == "lstm":
            dc = np.zeros_like(da)
            dc[:, :, -1] = dstate[1]
    if check_cell(cell) == "lstm":
        gradients = lstm_backward(da, caches, dc)
        before = (gradients.pop("da0"), gradients.pop("dc0"))
    else:
        gradients = (rnn_backward if cell == "rnn" else gru_backward)(da, caches)
        before = (gradients.pop("da0"),)
    return gradients.pop("dx"), before, gradients


def stacked_forward(
    cell: str,
    x: np.ndarray,
    layers: Sequence[Parameters],
    states: Sequence[State] | None = None,
    lengths: Sequence[int] | np.ndarray | None = None,
) -> tuple[np.ndarray, list[State], list[Caches]]:
    """Layers on top of each other (11.7): x (n_x, m, T_x) -> a (n_a, m, T_x) of the top layer, the
    last state and the caches of every layer. States are zero when None."""
    if not layers:
        raise ValueError("layers is empty, but at least one is expected.")
    if states is not None and len(states) != len(layers):
        raise ValueError(f"states holds {len(states)}, but one for each of {len(layers)} layers.")
    last_states, all_caches = [], []
    for index, parameters in enumerate(layers):
        state = None if states is None else states[index]
        x, last, caches = layer_forward(cell, x, state, parameters, lengths)
        last_states.append(last)
        all_caches.append(caches)
    return x, last_states, all_caches


def stacked_backward(
    cell: str, da: np.ndarray, caches: Sequence[Caches], dstates: Sequence[State] | None = None
) -> StackedGradients:
    """Back through all layers, the top one first: da (n_a, m, T_x) of the top layer, dstates the
    gradients of the last states (zero when None)."""
    befores, gradients = [], []
    for index in reversed(range(len(caches))):
        dstate = None if dstates is None else dstates[index]
        da, before, of_layer = layer_backward(cell, da, caches[index], dstate)
        befores.insert(0, before)
        gradients.insert(0, of_layer)
    return StackedGradients(da, befores, gradients)


def turn_round(x: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Every sequence of x (F, m, T_x) from its last step to its first, padding left in place
    (11.5); its own reverse."""
    steps = np.arange(x.shape[2])
    ends = np.asarray(lengths)[:, None]
    source = np.where(steps < ends, ends - 1 - steps, steps)  # (m, T_x)
    return np.take_along_axis(x, source[None], axis=2)


def bidirectional_forward(
    cell: str,
    x: np.ndarray,
    layers: tuple[Parameters, Parameters],
    states: tuple[State, State] | None = None,
    lengths: Sequence[int] | np.ndarray | None = None,
) -> tuple[np.ndarray, tuple[State, State], tuple]:
    """One layer that reads from the left and one that reads from the right (11.6).

    x (n_x, m, T_x) -> a (2 n_a, m, T_x), the forward states on top; the last states of both (that
    of the backward layer is the one after the first step of x); the caches.
    """
    x = check_array("x", x, n_x=None, m=None, T_x=None)
    ends = check_lengths(lengths, *x.shape[1:])
    left, right = (None, None) if states is None else states
    a_left, last_left, caches_left = layer_forward(cell, x, left, layers[0], lengths)
    turned = turn_round(x, ends)
    a_right, last_right, caches_right = layer_forward(cell, turned, right, layers[1], lengths)
    a = np.concatenate([a_left, turn_round(a_right, ends)])
    return a, (last_left, last_right), (caches_left, caches_right, ends)


def bidirectional_backward(
    cell: str, da: np.ndarray, caches: tuple, dstates: tuple[State, State] | None = None
) -> BidirectionalGradients:
    """Back through both directions: da (2 n_a, m, T_x)."""
    caches_left, caches_right, ends = caches
    n_a, m = caches_left.steps[0].a_next.shape
    da = check_array("da", da, **{"2 n_a": 2 * n_a, "m": m, "T_x": None})
    da_left, da_right = np.split(da, 2)
    left, right = (None, None) if dstates is None else dstates
    dx, before_left, of_left = layer_backward(cell, da_left, caches_left, left)
    turned, before_right, of_right = layer_backward(
        cell, turn_round(da_right, ends), caches_right, right
    )
    dx = dx + turn_round(turned, ends)
    return BidirectionalGradients(dx, (before_left, before_right), (of_left, of_right))
