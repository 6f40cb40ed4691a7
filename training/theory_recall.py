"""The recall task of ``theory/``: name the first of T random symbols after the last one.

The smallest task that needs memory: chance is 1 in 8, and nothing but the first symbol helps. Small
networks of ``models.scratch`` learn it, with the gradient perhaps cut after some steps.
"""

from __future__ import annotations

import numpy as np

from models.scratch.batches import one_hot
from models.scratch.layers import layer_backward, layer_forward
from models.scratch.optimizers import Adam, clip_by_norm
from models.scratch.output import cross_entropy, output_backward, output_forward
from training.theory_measures import HIDDEN, SYMBOLS, Network, new_parameters

BATCH = 64
LEARNING_RATE = 3e-3
CLIP_NORM = 1.0
LAST = 50  # training steps over which the final accuracy is taken


def recall_curve(
    network: Network, length: int, steps: int, seed: int, cut: int | None = None
) -> np.ndarray:
    """Accuracy on fresh sequences at each of ``steps`` training steps, (steps,).

    ``length`` is T; ``cut`` lets the gradient go back so many steps only (11.8), all when None.
    """
    rng = np.random.default_rng(seed)
    layer = new_parameters(network, rng)
    bound = 1 / np.sqrt(HIDDEN)
    output = {
        "Wy": rng.uniform(-bound, bound, (SYMBOLS, HIDDEN)),
        "by": np.zeros((SYMBOLS, 1)),
    }
    optimizer, right = Adam(LEARNING_RATE), []
    for _ in range(steps):
        symbols = rng.integers(SYMBOLS, size=(BATCH, length))
        gradients, accuracy = _gradients(network.cell, symbols, layer, output, cut or length)
        optimizer.update(layer | output, clip_by_norm(gradients, CLIP_NORM)[0])
        right.append(accuracy)
    return np.array(right)


def _gradients(
    cell: str,
    symbols: np.ndarray,
    layer: dict[str, np.ndarray],
    output: dict[str, np.ndarray],
    window: int,
) -> tuple[dict[str, np.ndarray], float]:
    """Gradients of the mean loss through the last ``window`` steps, and the accuracy."""
    x, wanted = one_hot(symbols, SYMBOLS), symbols[:, :1]
    head, tail = x[:, :, :-window], x[:, :, -window:]
    state = layer_forward(cell, head, None, layer)[1] if head.shape[2] else None
    a, _, caches = layer_forward(cell, tail, state, layer)
    scores = output_forward(a[:, :, -1:], output["Wy"], output["by"])
    _, dscores = cross_entropy(scores, wanted)
    da_last, dWy, dby = output_backward(dscores / len(wanted), a[:, :, -1:], output["Wy"])
    da = np.zeros_like(a)
    da[:, :, -1:] = da_last
    _, _, gradients = layer_backward(cell, da, caches)
    named = {name.removeprefix("d"): value for name, value in gradients.items()}
    accuracy = float((scores.argmax(axis=0) == wanted).mean())
    return named | {"Wy": dWy, "by": dby}, accuracy


def summary(curves: np.ndarray, solved: float = 0.95) -> dict[str, list[float | None]]:
    """Of curves (seeds, steps): the accuracy over the last 50 steps of each seed, and the step at
    which the mean over 50 steps first reached ``solved`` (None: never)."""
    smooth = np.array([np.convolve(curve, np.ones(LAST) / LAST, "valid") for curve in curves])
    reached = [
        int(np.argmax(row >= solved)) + LAST if (row >= solved).any() else None for row in smooth
    ]
    return {"accuracy": [round(float(row[-1]), 4) for row in smooth], "solved_at": reached}
