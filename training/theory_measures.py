"""What the figures of ``theory/`` measure, on new or trained networks of ``models.scratch``.

Numbers in brackets are equations of ``theory/equations.md``. Nothing here draws or writes a file;
``training.theory_figures`` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.scratch.batches import one_hot
from models.scratch.gru import gru_cell_backward
from models.scratch.layers import layer_backward, layer_forward
from models.scratch.lstm import lstm_cell_backward
from models.scratch.output import cross_entropy, output_backward, output_forward
from models.scratch.rnn import rnn_cell_backward

SYMBOLS = 8  # different input symbols of the measurements and of the recall task
HIDDEN = 32

Parameters = dict[str, np.ndarray]


@dataclass(frozen=True)
class Network:
    """A kind of new network: its ``cell``, the initial bias of the gate that keeps (forget gate of
    an LSTM, update gate of a GRU), and for an RNN the ``gain`` of an orthogonal W_aa, None for
    entries drawn evenly from +-1/sqrt(H)."""

    label: str
    cell: str
    keep_bias: float = 0.0
    gain: float | None = None


def new_parameters(network: Network, rng: np.random.Generator) -> Parameters:
    """Parameters as PyTorch draws them, but with all biases zero except the keeping gate's."""
    bound = 1 / np.sqrt(HIDDEN)

    def even(*shape: int) -> np.ndarray:
        return rng.uniform(-bound, bound, shape)

    zero = np.zeros((HIDDEN, 1))
    if network.cell == "rnn":
        recurrent = even(HIDDEN, HIDDEN)
        if network.gain is not None:
            recurrent = network.gain * np.linalg.qr(rng.standard_normal((HIDDEN, HIDDEN)))[0]
        return {"Wax": even(HIDDEN, SYMBOLS), "Waa": recurrent, "ba": zero}
    gates, keeper = ("fico", "f") if network.cell == "lstm" else ("rzn", "z")
    parameters = {f"W{gate}": even(HIDDEN, HIDDEN + SYMBOLS) for gate in gates}
    parameters |= {f"b{gate}": zero.copy() for gate in gates}
    parameters[f"b{keeper}"] += network.keep_bias
    if network.cell == "gru":
        parameters["bna"] = zero.copy()
    return parameters


def state_gradients(
    cell: str, x: np.ndarray, parameters: Mapping[str, np.ndarray], da_last: np.ndarray
) -> list[np.ndarray]:
    """The gradients by the states s_T, s_{T-1}, ..., s_0 of a loss whose gradient by a_T is
    ``da_last`` (n_a, m); s is the cell state for an LSTM (all paths together), else a."""
    da, dc = da_last, np.zeros_like(da_last)
    gradients = []
    caches = layer_forward(cell, x, None, parameters)[2]
    for t in reversed(range(x.shape[2])):
        step = caches[0][t]
        if cell == "lstm":
            gradients.append(dc + da * step.ot * (1 - np.tanh(step.c_next) ** 2))  # (7.1)
            back = lstm_cell_backward(da, dc, step)
            da, dc = back["da_prev"], back["dc_prev"]
        else:
            gradients.append(da)
            backward = rnn_cell_backward if cell == "rnn" else gru_cell_backward
            da = backward(da, step)["da_prev"]
    return [*gradients, dc if cell == "lstm" else da]


def jacobian_norms(network: Network, steps: int, seeds: int) -> list[float]:
    """Spectral norm of the product of Jacobians (4.2) over k = 0..steps, the median of ``seeds``.

    All n_a sequences of the batch are the same, and the identity stands in place of a gradient, so
    that column j of what comes back is row j of the product.
    """
    norms = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        symbols = np.repeat(rng.integers(SYMBOLS, size=(1, steps)), HIDDEN, axis=0)
        x, parameters = one_hot(symbols, SYMBOLS), new_parameters(network, rng)
        products = state_gradients(network.cell, x, parameters, np.eye(HIDDEN))
        norms.append([np.linalg.norm(product, 2) for product in products])
    return np.median(norms, axis=0).tolist()


def gradient_ratios(network: Network, steps: int, seeds: int, batch: int = 16) -> list[float]:
    """R(k) of (4.7) over k = 0..steps - 1, the median of ``seeds`` new networks on random symbols
    with a random gradient from above."""
    ratios = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        x = one_hot(rng.integers(SYMBOLS, size=(batch, steps)), SYMBOLS)
        parameters = new_parameters(network, rng)
        gradients = state_gradients(
            network.cell, x, parameters, rng.standard_normal((HIDDEN, batch))
        )
        norms = np.array([np.linalg.norm(gradient) for gradient in gradients[:-1]])
        ratios.append(norms / norms[0])
    return np.median(ratios, axis=0).tolist()


def spectral_radius(network: Network, seeds: int) -> float:
    """Largest absolute eigenvalue of the W_aa of an RNN, the median of ``seeds``."""
    radii = [
        np.abs(np.linalg.eigvals(new_parameters(network, np.random.default_rng(seed))["Waa"])).max()
        for seed in range(seeds)
    ]
    return float(np.median(radii))


def clipping_angles(network: Network, steps: int, limit: float) -> dict[str, float]:
    """One exploding gradient, clipped at ``limit`` by value (5.1) and by norm (5.3): its norm
    before and after, and by how many degrees it was turned."""
    rng = np.random.default_rng(0)
    x = one_hot(rng.integers(SYMBOLS, size=(16, steps)), SYMBOLS)
    parameters = new_parameters(network, rng)
    a, _, caches = layer_forward(network.cell, x, None, parameters)
    da = np.zeros_like(a)
    da[:, :, -1] = rng.standard_normal((HIDDEN, 16))
    _, _, gradients = layer_backward(network.cell, da, caches)
    whole = np.concatenate([gradients[f"d{name}"].ravel() for name in parameters])
    norm = np.linalg.norm(whole)
    by_value = np.clip(whole, -limit, limit)
    by_norm = whole * min(1, limit / (norm + 1e-6))
    return {
        "limit": limit,
        "norm": float(norm),
        "norm_by_value": float(np.linalg.norm(by_value)),
        "norm_by_norm": float(np.linalg.norm(by_norm)),
        "degrees_by_value": _degrees(whole, by_value),
        "degrees_by_norm": _degrees(whole, by_norm),
    }


def itemised_gradients(
    cell: str, tokens: Sequence[int], layer: Parameters, output: Parameters
) -> np.ndarray:
    """(T, T): row tau, column t is the norm of the gradient of the loss at step tau by the input
    of step t, for a trained network of one layer and its output layer (Wy, by) reading ``tokens``
    (T + 1,)."""
    x = one_hot(np.array([tokens[:-1]]), len(output["Wy"]))
    a, _, caches = layer_forward(cell, x, None, layer)
    scores = output_forward(a, output["Wy"], output["by"])
    _, dscores = cross_entropy(scores, np.array([tokens[1:]]))
    da, _, _ = output_backward(dscores, a, output["Wy"])
    rows = []
    for tau in range(da.shape[2]):
        alone = np.zeros_like(da)
        alone[:, :, tau] = da[:, :, tau]
        dx, _, _ = layer_backward(cell, alone, caches)
        rows.append(np.linalg.norm(dx[:, 0, :], axis=0))
    return np.array(rows)


def _degrees(a: np.ndarray, b: np.ndarray) -> float:
    cosine = a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
