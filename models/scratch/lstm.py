"""The LSTM: a step as its equations read, whole sequences as fast as NumPy can, and backwards.

Numbers in brackets are those of ``theory/equations.md``. Hochreiter and Schmidhuber (1997) with the
forget gate of Gers et al. (2000); no peepholes, no projection, one layer, one direction
(``models.scratch.layers`` puts layers together).

Letters: n_x inputs, n_a hidden units, n_y outputs, m sequences, T_x steps. ``parameters`` holds
``Wf Wi Wc Wo`` (n_a, n_a + n_x), which act on [a_prev; xt], their biases ``bf bi bc bo`` (n_a, 1),
and, where predictions are wanted, ``Wy`` (n_y, n_a) and ``by`` (n_y, 1).
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
from models.scratch.output import predictions, sigmoid
from models.scratch.tape import Caches, StepCaches, feature_major, padded_steps, time_major

GATES = "ifoc"  # of the fused matrices inside a pass: the three sigmoids lie side by side


class LSTMCellCache(NamedTuple):
    """What one step leaves for its backward pass, in the course's order."""

    a_next: np.ndarray  # (n_a, m)
    c_next: np.ndarray  # (n_a, m)
    a_prev: np.ndarray  # (n_a, m)
    c_prev: np.ndarray  # (n_a, m)
    ft: np.ndarray  # (n_a, m), as the next three
    it: np.ndarray
    cct: np.ndarray
    ot: np.ndarray
    xt: np.ndarray  # (n_x, m)
    parameters: Mapping[str, np.ndarray]


class _Tape(NamedTuple):
    """A pass in time-major buffers. ``a`` and ``c`` begin with the initial states."""

    x: np.ndarray  # (T_x, m, n_x)
    a: np.ndarray  # (T_x + 1, m, n_a)
    c: np.ndarray  # (T_x + 1, m, n_a)
    gates: np.ndarray  # (T_x, m, 4, n_a), activated, in the order of GATES
    tanh_c: np.ndarray  # (T_x, m, n_a)
    padded: np.ndarray | None  # (T_x, m) bool
    parameters: Mapping[str, np.ndarray]


def lstm_cell_forward(
    xt: np.ndarray, a_prev: np.ndarray, c_prev: np.ndarray, parameters: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, LSTMCellCache]:
    """One step, (6.1) to (6.7).

    xt (n_x, m), a_prev and c_prev (n_a, m) -> a_next and c_next (n_a, m), yt_pred (n_y, m) or None
    without ``Wy``, and the cache. ValueError on a wrong shape or a number that is not finite.
    """
    xt = check_array("xt", xt, n_x=None, m=None)
    a_prev = check_array("a_prev", a_prev, n_a=None, m=xt.shape[1])
    c_prev = check_array("c_prev", c_prev, n_a=a_prev.shape[0], m=xt.shape[1])
    check_lstm_parameters(parameters, a_prev.shape[0], xt.shape[0])
    p = parameters
    concat = np.concatenate([a_prev, xt])
    ft = sigmoid(p["Wf"] @ concat + p["bf"])  # (6.1)
    it = sigmoid(p["Wi"] @ concat + p["bi"])  # (6.2)
    cct = np.tanh(p["Wc"] @ concat + p["bc"])  # (6.3)
    c_next = ft * c_prev + it * cct  # (6.4)
    ot = sigmoid(p["Wo"] @ concat + p["bo"])  # (6.5)
    a_next = ot * np.tanh(c_next)  # (6.6)
    yt_pred = predictions(a_next, p)  # (6.7)
    cache = LSTMCellCache(a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters)
    return a_next, c_next, yt_pred, cache


def lstm_cell_backward(
    da_next: np.ndarray, dc_next: np.ndarray, cache: LSTMCellCache
) -> dict[str, np.ndarray]:
    """One step back, (7.1) to (7.9).

    da_next and dc_next (n_a, m) -> dxt (n_x, m), da_prev and dc_prev (n_a, m), dWf dWi dWc dWo
    (n_a, n_a + n_x), dbf dbi dbc dbo (n_a, 1).
    """
    _, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters = cache
    n_a, m = a_prev.shape
    da_next = check_array("da_next", da_next, n_a=n_a, m=m)
    dc_next = check_array("dc_next", dc_next, n_a=n_a, m=m)
    tanh_c = np.tanh(c_next)
    dc = dc_next + da_next * ot * (1 - tanh_c**2)  # (7.1)
    before = {  # gradients by what stands inside each sigma or tanh
        "o": da_next * tanh_c * ot * (1 - ot),  # (7.2)
        "c": dc * it * (1 - cct**2),  # (7.3)
        "i": dc * cct * it * (1 - it),  # (7.4)
        "f": dc * c_prev * ft * (1 - ft),  # (7.5)
    }
    concat = np.concatenate([a_prev, xt])
    dconcat = sum(parameters[f"W{gate}"].T @ d for gate, d in before.items())  # (7.7), (7.9)
    gradients = {"dxt": dconcat[n_a:], "da_prev": dconcat[:n_a], "dc_prev": dc * ft}  # (7.8)
    for gate in "fico":
        gradients[f"dW{gate}"] = before[gate] @ concat.T  # (7.6)
        gradients[f"db{gate}"] = before[gate].sum(axis=1, keepdims=True)
    return gradients


def lstm_forward(
    x: np.ndarray,
    a0: np.ndarray,
    parameters: Mapping[str, np.ndarray],
    c0: np.ndarray | None = None,
    lengths: Sequence[int] | np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray, Caches]:
    """All steps: (6.8) with the inputs of every step in one product, then (6.4) and (6.6).

    x (n_x, m, T_x), a0 and c0 (n_a, m), c0 zero when None; ``lengths`` (m,), all T_x when None,
    holds the state after a sequence's end (11.2). Returns a (n_a, m, T_x), y (n_y, m, T_x) or None
    without ``Wy``, c (n_a, m, T_x) and the caches. ``a`` and ``c`` are read-only: the backward
    pass needs them.
    """
    x = check_array("x", x, n_x=None, m=None, T_x=None)
    a0 = check_array("a0", a0, n_a=None, m=x.shape[1])
    c0 = np.zeros_like(a0) if c0 is None else c0
    c0 = check_array("c0", c0, n_a=a0.shape[0], m=x.shape[1])
    check_lstm_parameters(parameters, a0.shape[0], x.shape[0])
    padded = padded_steps(check_lengths(lengths, *x.shape[1:]), x.shape[2])
    tape = _run(time_major(x), a0.T, c0.T, parameters, padded)
    a, c = feature_major(tape.a[1:]), feature_major(tape.c[1:])
    caches = Caches(StepCaches(tape, x.shape[2], _cell_cache), x)
    return a, predictions(a, parameters), c, caches


def lstm_backward(
    da: np.ndarray,
    caches: tuple[Sequence[tuple], np.ndarray],
    dc: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """All steps back, (7.1) to (7.9) from the last step to the first: truly through time.

    da (n_a, m, T), the gradient of every a_t, and dc (n_a, m, T), that of every c_t (zero when
    None). T may be less than T_x: the first T steps count then. ``caches`` are those of
    ``lstm_forward``, or (a list of cell caches, x). Returns dx (n_x, m, T), da0 and dc0 (n_a, m),
    dWf dWi dWc dWo (n_a, n_a + n_x), dbf dbi dbc dbo (n_a, 1).
    """
    steps = caches[0]
    tape = steps.tape if isinstance(steps, StepCaches) else _tape_of(steps)
    da = check_upstream("da", da, tape.tanh_c.shape)
    n_a, m, T = da.shape
    if dc is not None:
        dc = time_major(check_array("dc", dc, n_a=n_a, m=m, T_x=T))
    W = _fuse(tape.parameters, "W")
    dz, da0, dc0 = _unroll(tape, time_major(da), dc, W[:, :n_a])
    rows = dz.reshape(T * m, -1)  # one row a step and sequence
    # (7.6), all steps in one product; transposed, which BLAS does faster than rows.T @ ...
    seen = (tape.a[:T].reshape(T * m, n_a), tape.x[:T].reshape(T * m, -1))
    dW = np.concatenate([part.T @ rows for part in seen]).T  # (4 n_a, n_a + n_x)
    dx = (rows @ W[:, n_a:]).reshape(T, m, -1)  # (7.9)
    gradients = {"dx": dx.transpose(2, 1, 0), "da0": da0.T, "dc0": dc0.T}
    db = rows.sum(axis=0)[:, None]
    for k, gate in enumerate(GATES):
        block = slice(k * n_a, (k + 1) * n_a)
        gradients[f"dW{gate}"], gradients[f"db{gate}"] = dW[block], db[block]
    return gradients


def check_lstm_parameters(parameters: Mapping[str, np.ndarray], n_a: int, n_x: int) -> None:
    """ValueError unless every gate has its matrix and bias, and the output layer fits if given."""
    shapes: dict[str, dict[str, int | None]] = {}
    for gate in "fico":
        shapes[f"W{gate}"] = {"n_a": n_a, "n_a+n_x": n_a + n_x}
        shapes[f"b{gate}"] = {"n_a": n_a, "1": 1}
    check_parameters(parameters, shapes, n_a)


def _run(
    x: np.ndarray,
    a0: np.ndarray,
    c0: np.ndarray,
    parameters: Mapping[str, np.ndarray],
    padded: np.ndarray | None,
) -> _Tape:
    """The forward pass on time-major x (T_x, m, n_x) from a0 and c0 (m, n_a)."""
    (T, m, _), n_a = x.shape, a0.shape[1]
    # sigma(z) = tanh(z / 2) / 2 + 1/2: with the sigmoids' rows halved, one tanh serves all gates.
    W, b = _fuse(parameters, "W"), _fuse(parameters, "b")[:, 0]
    W[: 3 * n_a] *= 0.5
    b[: 3 * n_a] *= 0.5
    dtype = np.result_type(x, W)
    a, c = np.empty((T + 1, m, n_a), dtype), np.empty((T + 1, m, n_a), dtype)
    a[0], c[0] = a0, c0
    gates, tanh_c = np.empty((T, m, 4 * n_a), dtype), np.empty((T, m, n_a), dtype)
    np.matmul(x.reshape(T * m, -1), W[:, n_a:].T, out=gates.reshape(T * m, -1))  # (6.8)
    Wa = np.ascontiguousarray(W[:, :n_a].T)
    from_state = np.empty((m, 4 * n_a), dtype)
    for t in range(T):
        z = gates[t]
        np.matmul(a[t], Wa, out=from_state)
        z += from_state
        z += b
        np.tanh(z, out=z)
        sigmoids = z[:, : 3 * n_a]
        sigmoids *= 0.5
        sigmoids += 0.5
        i, f, o, cct = z.reshape(m, 4, n_a).swapaxes(0, 1)
        np.multiply(f, c[t], out=c[t + 1])  # (6.4)
        c[t + 1] += i * cct
        if padded is not None:
            np.copyto(c[t + 1], c[t], where=padded[t][:, None])
        np.tanh(c[t + 1], out=tanh_c[t])
        np.multiply(o, tanh_c[t], out=a[t + 1])  # (6.6)
        if padded is not None:
            np.copyto(a[t + 1], a[t], where=padded[t][:, None])
    return _Tape(x, a, c, gates.reshape(T, m, 4, n_a), tanh_c, padded, parameters)


def _unroll(
    tape: _Tape, da_out: np.ndarray, dc_out: np.ndarray | None, Wa: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """From the last step to the first: da_out, dc_out (T, m, n_a), Wa (4 n_a, n_a) -> the gradient
    by the gates' arguments dz (T, m, 4, n_a), and da0, dc0 (m, n_a)."""
    T, m, n_a = da_out.shape
    dz = np.empty((T, m, 4, n_a), np.result_type(da_out, tape.gates))
    da, dc = np.zeros((m, n_a), dz.dtype), np.zeros((m, n_a), dz.dtype)
    for t in reversed(range(T)):
        da += da_out[t]
        if dc_out is not None:
            dc += dc_out[t]
        ended = slice(0) if tape.padded is None else tape.padded[t]
        da_held, dc_held = da[ended].copy(), dc[ended].copy()
        _step_back(da, dc, tape.c[t], tape.gates[t], tape.tanh_c[t], dz[t])
        dz[t, ended] = 0  # where a sequence has ended, gradients pass the step untouched (11.3)
        dc[ended] = dc_held
        da = dz[t].reshape(m, -1) @ Wa  # (7.7)
        da[ended] = da_held
    return dz, da, dc


def _step_back(
    da: np.ndarray,
    dc: np.ndarray,
    c_prev: np.ndarray,
    gates: np.ndarray,
    tanh_c: np.ndarray,
    dz: np.ndarray,
) -> None:
    """One step back: fills dz (m, 4, n_a) and turns dc (m, n_a) from dc_t into dc_{t-1}. The rest:
    da, c_prev, tanh_c (m, n_a), gates (m, 4, n_a)."""
    i, f, o, cct = gates.swapaxes(0, 1)
    di, df, do, dcct = dz.swapaxes(0, 1)
    da_o = da * o
    dc += da_o - da_o * tanh_c * tanh_c  # (7.1)
    np.multiply(dc, cct, out=di)  # (7.4)
    np.multiply(dc, c_prev, out=df)  # (7.5)
    np.multiply(da, tanh_c, out=do)  # (7.2)
    sigmoids = gates[:, :3]
    dz[:, :3] *= sigmoids - sigmoids * sigmoids
    np.multiply(dc, i, out=dcct)  # (7.3)
    dcct -= dcct * cct * cct
    dc *= f  # (7.8)


def _fuse(parameters: Mapping[str, np.ndarray], kind: str) -> np.ndarray:
    """The four matrices (kind "W") or biases ("b") on top of each other, in the order of GATES."""
    blocks = [parameters[kind + gate] for gate in GATES]
    return np.concatenate(blocks, dtype=np.result_type(np.float32, *blocks))


def _cell_cache(tape: _Tape, t: int) -> LSTMCellCache:
    """The cell cache of step t, views of the tape."""
    i, f, o, cct = tape.gates[t].transpose(1, 2, 0)
    a_next, c_next, a_prev, c_prev = tape.a[t + 1].T, tape.c[t + 1].T, tape.a[t].T, tape.c[t].T
    return LSTMCellCache(a_next, c_next, a_prev, c_prev, f, i, cct, o, tape.x[t].T, tape.parameters)


def _tape_of(steps: Sequence[tuple]) -> _Tape:
    """The tape of a learner's own loop over ``lstm_cell_forward``."""
    caches = [LSTMCellCache(*step) for step in steps]
    if not caches:
        raise ValueError("caches holds no step.")
    first = caches[0]
    a = np.stack([first.a_prev.T, *(cache.a_next.T for cache in caches)])
    c = np.stack([first.c_prev.T, *(cache.c_next.T for cache in caches)])
    gates = np.stack([np.stack([s.it.T, s.ft.T, s.ot.T, s.cct.T], axis=1) for s in caches])
    x = np.stack([cache.xt.T for cache in caches])
    return _Tape(x, a, c, gates, np.tanh(c[1:]), None, first.parameters)
