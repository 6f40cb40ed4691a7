"""The plain recurrent network: a step as its equations read, whole sequences fast, and backwards.

Numbers in brackets are those of ``theory/equations.md``. Elman (1990), tanh, one layer, one
direction (``models.scratch.layers`` puts layers together).

Letters: n_x inputs, n_a hidden units, n_y outputs, m sequences, T_x steps. ``parameters`` holds
``Wax`` (n_a, n_x), ``Waa`` (n_a, n_a), ``ba`` (n_a, 1) and, where predictions are wanted, ``Wya``
(n_y, n_a) and ``by`` (n_y, 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from models.scratch.checks import (
    check_array,
    check_lengths,
    check_parameters,
    check_upstream,
)
from models.scratch.output import predictions
from models.scratch.tape import Caches, StepCaches, feature_major, padded_steps, time_major


class RNNCellCache(NamedTuple):
    """What one step leaves for its backward pass, in the course's order."""

    a_next: np.ndarray  # (n_a, m)
    a_prev: np.ndarray  # (n_a, m)
    xt: np.ndarray  # (n_x, m)
    parameters: Mapping[str, np.ndarray]


class _Tape(NamedTuple):
    """A pass in time-major buffers. ``a`` begins with the initial state."""

    x: np.ndarray  # (T_x, m, n_x)
    a: np.ndarray  # (T_x + 1, m, n_a)
    padded: np.ndarray | None  # (T_x, m) bool
    parameters: Mapping[str, np.ndarray]


def rnn_cell_forward(
    xt: np.ndarray, a_prev: np.ndarray, parameters: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray | None, RNNCellCache]:
    """One step, (1.1) to (1.3).

    xt (n_x, m), a_prev (n_a, m) -> a_next (n_a, m), yt_pred (n_y, m) or None without ``Wya``, and
    the cache. ValueError on a wrong shape or a number that is not finite.
    """
    xt = check_array("xt", xt, n_x=None, m=None)
    a_prev = check_array("a_prev", a_prev, n_a=None, m=xt.shape[1])
    check_rnn_parameters(parameters, a_prev.shape[0], xt.shape[0])
    p = parameters
    a_next = np.tanh(p["Wax"] @ xt + p["Waa"] @ a_prev + p["ba"])  # (1.1)
    return a_next, predictions(a_next, p, "Wya"), RNNCellCache(a_next, a_prev, xt, parameters)


def rnn_cell_backward(da_next: np.ndarray, cache: RNNCellCache) -> dict[str, np.ndarray]:
    """One step back, (3.3) to (3.8).

    da_next (n_a, m) -> dxt (n_x, m), da_prev (n_a, m), dWax (n_a, n_x), dWaa (n_a, n_a),
    dba (n_a, 1).
    """
    a_next, a_prev, xt, parameters = cache
    da_next = check_array("da_next", da_next, n_a=a_next.shape[0], m=a_next.shape[1])
    dz = da_next * (1 - a_next**2)  # (3.3)
    return {
        "dxt": parameters["Wax"].T @ dz,  # (3.4)
        "da_prev": parameters["Waa"].T @ dz,  # (3.5)
        "dWax": dz @ xt.T,  # (3.6)
        "dWaa": dz @ a_prev.T,  # (3.7)
        "dba": dz.sum(axis=1, keepdims=True),  # (3.8)
    }


def rnn_forward(
    x: np.ndarray,
    a0: np.ndarray,
    parameters: Mapping[str, np.ndarray],
    lengths: Sequence[int] | np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray | None, Caches]:
    """All steps, with the inputs of every step in one product (1.4).

    x (n_x, m, T_x), a0 (n_a, m); ``lengths`` (m,), all T_x when None, holds the state after a
    sequence's end (11.2). Returns a (n_a, m, T_x), y (n_y, m, T_x) or None without ``Wya``, and the
    caches. ``a`` is read-only: the backward pass needs it.
    """
    x = check_array("x", x, n_x=None, m=None, T_x=None)
    a0 = check_array("a0", a0, n_a=None, m=x.shape[1])
    check_rnn_parameters(parameters, a0.shape[0], x.shape[0])
    padded = padded_steps(check_lengths(lengths, *x.shape[1:]), x.shape[2])
    tape = _run(time_major(x), a0.T, parameters, padded)
    a = feature_major(tape.a[1:])
    caches = Caches(StepCaches(tape, x.shape[2], _cell_cache), x)
    return a, predictions(a, parameters, "Wya"), caches


def rnn_backward(
    da: np.ndarray, caches: tuple[Sequence[tuple], np.ndarray]
) -> dict[str, np.ndarray]:
    """All steps back, (3.3) to (3.9) from the last step to the first.

    da (n_a, m, T), the gradient of every a_t; T may be less than T_x: the first T steps count then.
    ``caches`` are those of ``rnn_forward``, or (a list of cell caches, x). Returns dx (n_x, m, T),
    da0 (n_a, m), dWax (n_a, n_x), dWaa (n_a, n_a), dba (n_a, 1).
    """
    steps = caches[0]
    tape = steps.tape if isinstance(steps, StepCaches) else _tape_of(steps)
    da = check_upstream("da", da, tape.a[1:].shape)
    n_a, m, T = da.shape
    dz, da0 = _unroll(tape, time_major(da))
    rows = dz.reshape(T * m, n_a)  # one row a step and sequence
    dx = (rows @ tape.parameters["Wax"]).reshape(T, m, -1)  # (3.4)
    return {
        "dx": dx.transpose(2, 1, 0),
        "da0": da0.T,
        "dWax": rows.T @ tape.x[:T].reshape(T * m, -1),  # (3.6), all steps in one product
        "dWaa": rows.T @ tape.a[:T].reshape(T * m, n_a),  # (3.7)
        "dba": rows.sum(axis=0)[:, None],  # (3.8)
    }


def check_rnn_parameters(parameters: Mapping[str, np.ndarray], n_a: int, n_x: int) -> None:
    """ValueError unless the matrices and biases fit, and the output layer if given."""
    shapes: dict[str, dict[str, int | None]] = {
        "Wax": {"n_a": n_a, "n_x": n_x},
        "Waa": {"n_a": n_a, "n_a_prev": n_a},
        "ba": {"n_a": n_a, "1": 1},
    }
    check_parameters(parameters, shapes, n_a)


def _run(
    x: np.ndarray, a0: np.ndarray, parameters: Mapping[str, np.ndarray], padded: np.ndarray | None
) -> _Tape:
    """The forward pass on time-major x (T_x, m, n_x) from a0 (m, n_a)."""
    (T, m, _), n_a = x.shape, a0.shape[1]
    Wax, Waa, ba = (parameters[name] for name in ("Wax", "Waa", "ba"))
    a = np.empty((T + 1, m, n_a), np.result_type(x, Wax))
    a[0] = a0
    np.matmul(x.reshape(T * m, -1), Wax.T, out=a[1:].reshape(T * m, n_a))  # (1.4)
    a[1:] += ba[:, 0]
    for t in range(T):
        a[t + 1] += a[t] @ Waa.T
        np.tanh(a[t + 1], out=a[t + 1])
        if padded is not None:
            np.copyto(a[t + 1], a[t], where=padded[t][:, None])
    return _Tape(x, a, padded, parameters)


def _unroll(tape: _Tape, da_out: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From the last step to the first: da_out (T, m, n_a) -> the gradient by tanh's argument dz
    (T, m, n_a), and da0 (m, n_a)."""
    Waa = tape.parameters["Waa"]
    T, m, n_a = da_out.shape
    slopes = 1 - tape.a[1 : T + 1] ** 2
    dz = np.empty_like(slopes)
    da = np.zeros((m, n_a), dz.dtype)
    for t in reversed(range(T)):
        da += da_out[t]
        np.multiply(da, slopes[t], out=dz[t])  # (3.3)
        if tape.padded is None:
            da = dz[t] @ Waa  # (3.5)
        else:  # where a sequence has ended, gradients pass the step untouched (11.3)
            ended = tape.padded[t][:, None]
            np.copyto(dz[t], 0, where=ended)
            da = np.where(ended, da, dz[t] @ Waa)
    return dz, da


def _cell_cache(tape: _Tape, t: int) -> RNNCellCache:
    """The cell cache of step t, views of the tape."""
    return RNNCellCache(tape.a[t + 1].T, tape.a[t].T, tape.x[t].T, tape.parameters)


def _tape_of(steps: Sequence[tuple]) -> _Tape:
    """The tape of a learner's own loop over ``rnn_cell_forward``."""
    caches = [RNNCellCache(*step) for step in steps]
    if not caches:
        raise ValueError("caches holds no step.")
    a = np.stack([caches[0].a_prev.T, *(cache.a_next.T for cache in caches)])
    return _Tape(np.stack([c.xt.T for c in caches]), a, None, caches[0].parameters)
