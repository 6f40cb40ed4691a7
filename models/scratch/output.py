"""The ends of a network: sigmoid, softmax, the output layer, cross-entropy. No recurrence.

Numbers in brackets are those of ``theory/equations.md``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.scratch.checks import check_array


def sigmoid(z: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-z)), any shape; written with tanh, which never overflows."""
    return 0.5 * np.tanh(0.5 * z) + 0.5


def softmax(z: np.ndarray) -> np.ndarray:
    """Probabilities along axis 0 (2.1): (n_y, ...) -> (n_y, ...)."""
    exponentials = np.exp(z - z.max(axis=0, keepdims=True))
    exponentials /= exponentials.sum(axis=0, keepdims=True)
    return exponentials


def softmax_backward(dy: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The gradient by the scores of ``y = softmax(scores)``; all (n_y, ...)."""
    return y * (dy - (dy * y).sum(axis=0, keepdims=True))


def output_forward(a: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Scores of every step at once (1.2): a (n_a, m[, T_x]), W (n_y, n_a), b (n_y, 1) ->
    (n_y, m[, T_x])."""
    check_array("the matrix of the output layer", W, n_y=None, n_a=a.shape[0])
    check_array("the bias of the output layer", b, n_y=len(W), **{"1": 1})
    return _unflat(_flat(a) @ W.T + b.T, a)


def predictions(
    a: np.ndarray, parameters: Mapping[str, np.ndarray], matrix: str = "Wy"
) -> np.ndarray | None:
    """softmax of the scores (1.3): a (n_a, m[, T_x]) -> (n_y, m[, T_x]), or None when
    ``parameters`` has no ``matrix``."""
    if matrix not in parameters:
        return None
    return softmax(output_forward(a, parameters[matrix], parameters["by"]))


def output_backward(
    dscores: np.ndarray, a: np.ndarray, W: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """dscores (n_y, m[, T_x]), a (n_a, m[, T_x]) -> da as a, dW (n_y, n_a), db (n_y, 1); (3.1) and
    the first part of (3.2)."""
    rows = _flat(dscores)
    return _unflat(rows @ W, a), rows.T @ _flat(a), rows.sum(axis=0)[:, None]


def cross_entropy(
    scores: np.ndarray, targets: np.ndarray, valid: np.ndarray | None = None
) -> tuple[float, np.ndarray]:
    """The sum over all valid places of -ln softmax(scores)[target], in nats (2.2),
    and its gradient (2.3), (11.4).

    scores (n_y, m, T_x); targets (m, T_x) whole numbers in 0..n_y-1; valid (m, T_x) bool, all when
    None. Returns (loss, dscores), dscores (n_y, m, T_x) = softmax - one-hot, zero where not valid.
    """
    scores = check_array("scores", scores, n_y=None, m=None, T_x=None)
    targets = np.asarray(targets)
    n_y = scores.shape[0]
    if targets.shape != scores.shape[1:]:
        raise ValueError(
            f"targets has shape {targets.shape}, but (m, T_x) = {scores.shape[1:]} is expected."
        )
    if not np.issubdtype(targets.dtype, np.integer):
        raise ValueError(f"targets is of type {targets.dtype}, but whole numbers are expected.")
    if targets.min() < 0 or targets.max() >= n_y:
        raise ValueError(f"targets must lie in 0..{n_y - 1}.")
    shifted = scores - scores.max(axis=0, keepdims=True)
    probabilities = np.exp(shifted)
    total = probabilities.sum(axis=0, keepdims=True)
    probabilities /= total
    chosen = (targets[None], *np.indices(targets.shape)[:, None])
    losses = np.log(total) - shifted[chosen]
    probabilities[chosen] -= 1.0
    if valid is not None:
        losses = losses * valid
        probabilities *= valid
    return float(losses.sum()), probabilities


def _flat(a: np.ndarray) -> np.ndarray:
    """(F, m, T_x) -> (T_x * m, F), or (F, m) -> (m, F): one row a step and sequence."""
    return a.T.reshape(-1, a.shape[0])


def _unflat(rows: np.ndarray, like: np.ndarray) -> np.ndarray:
    """The reverse of ``_flat`` for an array with the batch and the steps of ``like``."""
    return rows.reshape(*like.shape[:0:-1], rows.shape[1]).T
