"""The GRU: a step as its equations read, whole sequences fast, and backwards.

Numbers in brackets are those of ``theory/equations.md``. There are two GRUs, and the names of the
parameters tell them apart:

- ``Wr Wz Wn`` (n_a, n_a + n_x) on [a_prev; xt], ``br bz bn`` and ``bna`` (n_a, 1): ours and
  PyTorch's. The reset gate acts after the product with the state (8.4), whose bias is ``bna``; z is
  the share that is kept. What the state gives to all gates is one product, and the weights pass to
  ``torch.nn.GRU``.
- ``Wr Wu Wc`` and ``br bu bc``: Cho et al. (2014) in the course's names. The reset gate acts on the
  state before the product (8.6); u = 1 - z is the share that is renewed.

For predictions add ``Wy`` (n_y, n_a) and ``by`` (n_y, 1). One layer, one direction
(``models.scratch.layers`` puts layers together). Letters: n_x inputs, n_a hidden units, n_y
outputs, m sequences, T_x steps.
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

OURS, COURSE = "rzn", "ruc"  # the gates' letters in either naming


class GRUCellCache(NamedTuple):
    """What one step leaves for its backward pass."""

    a_next: np.ndarray  # (n_a, m), as all but the last two
    a_prev: np.ndarray
    rt: np.ndarray
    zt: np.ndarray
    nt: np.ndarray
    pt: np.ndarray  # what the reset gate multiplies: (8.3), or a_prev in Cho's variant
    xt: np.ndarray  # (n_x, m)
    parameters: Mapping[str, np.ndarray]


class _Weights(NamedTuple):
    """Either naming as stacked matrices, blocks r, z, n."""

    Wa: np.ndarray  # (3 n_a, n_a)
    Wx: np.ndarray  # (3 n_a, n_x)
    b: np.ndarray  # (3 n_a, 1)
    bna: np.ndarray | None  # (n_a, 1); None in Cho's variant


class _Tape(NamedTuple):
    """A pass in time-major buffers. ``a`` begins with the initial state."""

    x: np.ndarray  # (T_x, m, n_x)
    a: np.ndarray  # (T_x + 1, m, n_a)
    gates: np.ndarray  # (T_x, m, 3, n_a): r, z, n, activated
    p: np.ndarray  # (T_x, m, n_a)
    padded: np.ndarray | None  # (T_x, m) bool
    parameters: Mapping[str, np.ndarray]


def gru_cell_forward(
    xt: np.ndarray, a_prev: np.ndarray, parameters: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray | None, GRUCellCache]:
    """One step, (8.1) to (8.5), or with (8.6).

    xt (n_x, m), a_prev (n_a, m) -> a_next (n_a, m), yt_pred (n_y, m) or None without ``Wy``, and
    the cache. ValueError on a wrong shape or a number that is not finite.
    """
    xt = check_array("xt", xt, n_x=None, m=None)
    a_prev = check_array("a_prev", a_prev, n_a=None, m=xt.shape[1])
    check_gru_parameters(parameters, a_prev.shape[0], xt.shape[0])
    Wa, Wx, b, bna = _weights(parameters)
    War, Waz, Wan = np.split(Wa, 3)
    from_xr, from_xz, from_xn = np.split(Wx @ xt + b, 3)
    rt = sigmoid(from_xr + War @ a_prev)  # (8.1)
    zt = sigmoid(from_xz + Waz @ a_prev)  # (8.2)
    if bna is not None:
        pt = Wan @ a_prev + bna  # (8.3)
        nt = np.tanh(from_xn + rt * pt)  # (8.4)
    else:
        pt = a_prev
        nt = np.tanh(from_xn + Wan @ (rt * pt))  # (8.6)
    a_next = (1 - zt) * nt + zt * a_prev  # (8.5)
    cache = GRUCellCache(a_next, a_prev, rt, zt, nt, pt, xt, parameters)
    return a_next, predictions(a_next, parameters), cache


def gru_cell_backward(da_next: np.ndarray, cache: GRUCellCache) -> dict[str, np.ndarray]:
    """One step back, (9.1) to (9.8).

    da_next (n_a, m) -> dxt (n_x, m), da_prev (n_a, m), and "d" + name for every parameter of the
    cell, in its shape.
    """
    _, a_prev, rt, zt, nt, pt, xt, parameters = cache
    da_next = check_array("da_next", da_next, n_a=a_prev.shape[0], m=a_prev.shape[1])
    Wa, Wx, _, bna = _weights(parameters)
    War, Waz, Wan = np.split(Wa, 3)
    dn = da_next * (1 - zt) * (1 - nt**2)  # (9.1)
    dz = da_next * (a_prev - nt) * zt * (1 - zt)  # (9.2)
    drp = dn if bna is not None else Wan.T @ dn  # by the product of rt and pt
    dr = drp * pt * rt * (1 - rt)  # (9.3)
    dp = drp * rt  # (9.4)
    through_p = dp if bna is None else Wan.T @ dp
    dgates = np.concatenate([dr, dz, dn])
    # What the candidate's matrix is multiplied with, and the gradient by the result.
    seen, dseen = (rt * a_prev, dn) if bna is None else (a_prev, dp)
    dWa = np.concatenate([dr @ a_prev.T, dz @ a_prev.T, dseen @ seen.T])  # (9.5)
    return {
        "dxt": Wx.T @ dgates,  # (9.8)
        "da_prev": da_next * zt + War.T @ dr + Waz.T @ dz + through_p,  # (9.7)
        **_named(parameters, dWa, dgates @ xt.T, dgates.sum(axis=1), dp.sum(axis=1)),  # (9.6)
    }


def gru_forward(
    x: np.ndarray,
    a0: np.ndarray,
    parameters: Mapping[str, np.ndarray],
    lengths: Sequence[int] | np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray | None, Caches]:
    """All steps, (8.1) to (8.5), or with (8.6); the inputs of every step in one product.

    x (n_x, m, T_x), a0 (n_a, m); ``lengths`` (m,), all T_x when None, holds the state after a
    sequence's end (11.2). Returns a (n_a, m, T_x), y (n_y, m, T_x) or None without ``Wy``, and the
    caches. ``a`` is read-only: the backward pass needs it.
    """
    x = check_array("x", x, n_x=None, m=None, T_x=None)
    a0 = check_array("a0", a0, n_a=None, m=x.shape[1])
    check_gru_parameters(parameters, a0.shape[0], x.shape[0])
    padded = padded_steps(check_lengths(lengths, *x.shape[1:]), x.shape[2])
    tape = _run(time_major(x), a0.T, parameters, padded)
    a = feature_major(tape.a[1:])
    caches = Caches(StepCaches(tape, x.shape[2], _cell_cache), x)
    return a, predictions(a, parameters), caches


def gru_backward(
    da: np.ndarray, caches: tuple[Sequence[tuple], np.ndarray]
) -> dict[str, np.ndarray]:
    """All steps back, (9.1) to (9.8) from the last step to the first.

    da (n_a, m, T), the gradient of every a_t; T may be less than T_x: the first T steps count then.
    ``caches`` are those of ``gru_forward``, or (a list of cell caches, x). Returns dx (n_x, m, T),
    da0 (n_a, m), and "d" + name for every parameter of the cell, in its shape.
    """
    steps = caches[0]
    tape = steps.tape if isinstance(steps, StepCaches) else _tape_of(steps)
    da = check_upstream("da", da, tape.p.shape)
    n_a, m, T = da.shape
    weights = _weights(tape.parameters)
    dgates, dp, da0 = _unroll(tape, time_major(da), weights)
    rows, dp_rows = dgates.reshape(T * m, 3 * n_a), dp.reshape(T * m, n_a)
    a_rows, x_rows = tape.a[:T].reshape(T * m, n_a), tape.x[:T].reshape(T * m, -1)
    if weights.bna is not None:
        dWan = dp_rows.T @ a_rows
    else:
        dWan = rows[:, 2 * n_a :].T @ (tape.gates[:T, :, 0] * tape.a[:T]).reshape(T * m, n_a)
    dWa = np.concatenate([rows[:, : 2 * n_a].T @ a_rows, dWan])  # (9.5)
    dx = (rows @ weights.Wx).reshape(T, m, -1)  # (9.8)
    return {
        "dx": dx.transpose(2, 1, 0),
        "da0": da0.T,
        **_named(tape.parameters, dWa, rows.T @ x_rows, rows.sum(axis=0), dp_rows.sum(axis=0)),
    }


def check_gru_parameters(parameters: Mapping[str, np.ndarray], n_a: int, n_x: int) -> None:
    """ValueError unless every gate has its matrix and bias, and the output layer fits if given."""
    shapes: dict[str, dict[str, int | None]] = {}
    for gate in _letters(parameters):
        shapes[f"W{gate}"] = {"n_a": n_a, "n_a+n_x": n_a + n_x}
        shapes[f"b{gate}"] = {"n_a": n_a, "1": 1}
    if _letters(parameters) == OURS:
        shapes["bna"] = {"n_a": n_a, "1": 1}
    check_parameters(parameters, shapes, n_a)


def _run(
    x: np.ndarray, a0: np.ndarray, parameters: Mapping[str, np.ndarray], padded: np.ndarray | None
) -> _Tape:
    """The forward pass on time-major x (T_x, m, n_x) from a0 (m, n_a)."""
    (T, m, _), n_a = x.shape, a0.shape[1]
    Wa, Wx, b, bna = _weights(parameters)
    rows = x.reshape(T * m, -1) @ Wx.T
    rows += b[:, 0]
    gates = rows.reshape(T, m, 3, n_a)
    a, p = np.empty((T + 1, m, n_a), rows.dtype), np.empty((T, m, n_a), rows.dtype)
    a[0] = a0
    for t in range(T):
        r, z, n = gates[t].swapaxes(0, 1)
        if bna is not None:
            from_state = (a[t] @ Wa.T).reshape(m, 3, n_a)
            np.add(from_state[:, 2], bna[:, 0], out=p[t])  # (8.3)
        else:
            from_state = (a[t] @ Wa[: 2 * n_a].T).reshape(m, 2, n_a)
            p[t] = a[t]
        gates[t, :, :2] = sigmoid(gates[t, :, :2] + from_state[:, :2])  # (8.1), (8.2)
        reset = r * p[t]
        n += reset if bna is not None else reset @ Wa[2 * n_a :].T
        np.tanh(n, out=n)  # (8.4) or (8.6)
        a[t + 1] = n + z * (a[t] - n)  # (8.5)
        if padded is not None:
            np.copyto(a[t + 1], a[t], where=padded[t][:, None])
    return _Tape(x, a, gates, p, padded, parameters)


def _unroll(
    tape: _Tape, da_out: np.ndarray, weights: _Weights
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """From the last step to the first: da_out (T, m, n_a) -> the gradient by the gates' arguments
    (T, m, 3, n_a), by p (T, m, n_a), and da0 (m, n_a)."""
    T, m, n_a = da_out.shape
    Warz, Wan = weights.Wa[: 2 * n_a], weights.Wa[2 * n_a :]
    dgates = np.empty((T, m, 3, n_a), np.result_type(da_out, tape.gates))
    dp = np.empty((T, m, n_a), dgates.dtype)
    da = np.zeros((m, n_a), dgates.dtype)
    for t in reversed(range(T)):
        da += da_out[t]
        r, z, n = tape.gates[t].swapaxes(0, 1)
        dr, dz, dn = dgates[t].swapaxes(0, 1)
        dn[:] = da * (1 - z) * (1 - n * n)  # (9.1)
        dz[:] = da * (tape.a[t] - n) * (z - z * z)  # (9.2)
        drp = dn if weights.bna is not None else dn @ Wan
        dr[:] = drp * tape.p[t] * (r - r * r)  # (9.3)
        np.multiply(drp, r, out=dp[t])  # (9.4)
        if tape.padded is not None:  # as if nothing had come in
            dgates[t, tape.padded[t]] = 0
            dp[t, tape.padded[t]] = 0
            z = np.where(tape.padded[t][:, None], 1, z)  # gradients pass untouched (11.3)
        through_p = dp[t] if weights.bna is None else dp[t] @ Wan
        da = da * z + dgates[t, :, :2].reshape(m, -1) @ Warz + through_p  # (9.7)
    return dgates, dp, da


def _letters(parameters: Mapping[str, np.ndarray]) -> str:
    return COURSE if "Wu" in parameters else OURS


def _weights(parameters: Mapping[str, np.ndarray]) -> _Weights:
    """Either naming as stacked matrices; z = 1 - u turns the sign of what makes u."""
    letters = _letters(parameters)
    n_a = len(parameters["Wr"])
    W = np.concatenate([parameters[f"W{gate}"] for gate in letters])
    b = np.concatenate([parameters[f"b{gate}"] for gate in letters])
    if letters == COURSE:
        W[n_a : 2 * n_a] *= -1
        b[n_a : 2 * n_a] *= -1
    return _Weights(W[:, :n_a], W[:, n_a:], b, None if letters == COURSE else parameters["bna"])


def _named(
    parameters: Mapping[str, np.ndarray],
    dWa: np.ndarray,
    dWx: np.ndarray,
    db: np.ndarray,
    dbna: np.ndarray,
) -> dict[str, np.ndarray]:
    """Stacked gradients under the names of the parameters: the reverse of ``_weights``."""
    letters = _letters(parameters)
    gradients = {}
    blocks = zip(letters, np.split(np.hstack([dWa, dWx]), 3), np.split(db, 3), strict=True)
    for gate, dW_gate, db_gate in blocks:
        sign = -1 if gate == "u" else 1
        gradients[f"dW{gate}"], gradients[f"db{gate}"] = sign * dW_gate, sign * db_gate[:, None]
    if letters == OURS:
        gradients["dbna"] = dbna[:, None]
    return gradients


def _cell_cache(tape: _Tape, t: int) -> GRUCellCache:
    """The cell cache of step t, views of the tape."""
    r, z, n = tape.gates[t].transpose(1, 2, 0)
    a_next, a_prev = tape.a[t + 1].T, tape.a[t].T
    return GRUCellCache(a_next, a_prev, r, z, n, tape.p[t].T, tape.x[t].T, tape.parameters)


def _tape_of(steps: Sequence[tuple]) -> _Tape:
    """The tape of a learner's own loop over ``gru_cell_forward``."""
    caches = [GRUCellCache(*step) for step in steps]
    if not caches:
        raise ValueError("caches holds no step.")
    a = np.stack([caches[0].a_prev.T, *(cache.a_next.T for cache in caches)])
    gates = np.stack([np.stack([s.rt.T, s.zt.T, s.nt.T], axis=1) for s in caches])
    x, p = (np.stack([getattr(s, name).T for s in caches]) for name in ("xt", "pt"))
    return _Tape(x, a, gates, p, None, caches[0].parameters)
