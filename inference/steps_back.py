"""The way back through time as learners write it: a loop over the steps, last to first.

``models.scratch`` has the same three functions faster, with all steps in one product; here each
line is one thought, so that one line can be wrong and be shown (``inference.bug_clinic``). What is
here is right: the tests hold it to those functions. Nothing here is for training.

Numbers in brackets are those of ``theory/equations.md``; letters: n_x inputs, n_a units, m
sequences, T_x steps. Each function takes da (n_a, m, T_x), the gradient of every a_t, the cell
caches of the steps, and the cell's own backward function; it returns "d" + name for every parameter
of the cell, dx (n_x, m, T_x) and da0 (n_a, m).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

CellBackward = Callable[..., dict[str, np.ndarray]]


def rnn_through_time(
    da: np.ndarray, caches: Sequence[Any], cell_backward: CellBackward
) -> dict[str, np.ndarray]:
    """All steps of a plain RNN back, (3.2) to (3.9)."""
    totals, dx, da_prevt = _nothing_yet(da, caches)
    for t in reversed(range(da.shape[2])):
        step = cell_backward(da[:, :, t] + da_prevt, caches[t])  # (3.2)
        dx[:, :, t] = step["dxt"]
        totals["dWax"] += step["dWax"]
        totals["dWaa"] += step["dWaa"]
        totals["dba"] += step["dba"]
        da_prevt = step["da_prev"]
    return {**totals, "dx": dx, "da0": da_prevt}


def gru_through_time(
    da: np.ndarray, caches: Sequence[Any], cell_backward: CellBackward
) -> dict[str, np.ndarray]:
    """All steps of a GRU back, (9.1) to (9.8)."""
    totals, dx, da_prevt = _nothing_yet(da, caches)
    for t in reversed(range(da.shape[2])):
        step = cell_backward(da[:, :, t] + da_prevt, caches[t])
        dx[:, :, t] = step["dxt"]
        for gate in "rzn":
            totals[f"dW{gate}"] += step[f"dW{gate}"]
            totals[f"db{gate}"] += step[f"db{gate}"]
        totals["dbna"] += step["dbna"]
        da_prevt = step["da_prev"]
    return {**totals, "dx": dx, "da0": da_prevt}


def lstm_through_time(
    da: np.ndarray, caches: Sequence[Any], cell_backward: CellBackward
) -> dict[str, np.ndarray]:
    """All steps of an LSTM back, (7.1) to (7.9); dc0 (n_a, m) besides."""
    totals, dx, da_prevt = _nothing_yet(da, caches)
    dc_prevt = np.zeros_like(da_prevt)
    for t in reversed(range(da.shape[2])):
        step = cell_backward(da[:, :, t] + da_prevt, dc_prevt, caches[t])
        dx[:, :, t] = step["dxt"]
        for gate in "fico":
            totals[f"dW{gate}"] += step[f"dW{gate}"]
            totals[f"db{gate}"] += step[f"db{gate}"]
        da_prevt = step["da_prev"]
        dc_prevt = step["dc_prev"]
    return {**totals, "dx": dx, "da0": da_prevt, "dc0": dc_prevt}


def _nothing_yet(
    da: np.ndarray, caches: Sequence[Any]
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Zeros for the sums, for dx, and for what the step after the last one hands back."""
    totals = {f"d{name}": np.zeros_like(value) for name, value in caches[0].parameters.items()}
    n_x, m = caches[0].xt.shape
    return totals, np.zeros((n_x, m, da.shape[2])), np.zeros(da.shape[:2])
