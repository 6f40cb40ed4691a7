"""Weights to and from ``torch.nn.RNN``, ``LSTM`` and ``GRU``, as NumPy arrays: torch is not needed.

Numbers in brackets are those of ``theory/equations.md``. PyTorch stacks the gates of a layer in one
matrix for the input and one for the state, in the order i, f, g, o (LSTM) and r, z, n (GRU), and
keeps two biases, which it adds: ours go into ``bias_ih``, zeros into ``bias_hh`` (6.8), except for
the GRU's n, whose two biases differ (8.4). Shapes are torch's: ``weight_ih_l0`` (k n_a, n_x),
``weight_hh_l0`` (k n_a, n_a), ``bias_ih_l0`` and ``bias_hh_l0`` (k n_a,), with k 1, 4 or 3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from models.scratch.layers import check_cell, hidden_size

TORCH_GATES = {"lstm": "ifco", "gru": "rzn"}  # our letters in torch's order; its g is our c
KINDS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")

Parameters = Mapping[str, np.ndarray]


def to_torch(
    cell: str, layers: Sequence[Parameters], backward_layers: Sequence[Parameters] = ()
) -> dict[str, np.ndarray]:
    """The state dict of a ``torch.nn`` module with the weights of ``layers``.

    ``backward_layers``, one for each layer, makes it that of a bidirectional module. ValueError for
    Cho's GRU, which torch does not have.
    """
    if backward_layers and len(backward_layers) != len(layers):
        raise ValueError(f"{len(layers)} layers, but {len(backward_layers)} backward_layers.")
    state = {}
    for suffix, direction in (("", layers), ("_reverse", backward_layers)):
        for index, parameters in enumerate(direction):
            arrays = _layer_to_torch(check_cell(cell), parameters)
            state |= {f"{kind}_l{index}{suffix}": arrays[kind] for kind in KINDS}
    return state


def from_torch(
    cell: str, state: Mapping[str, np.ndarray]
) -> tuple[list[dict[str, np.ndarray]], list[dict[str, np.ndarray]]]:
    """The reverse of ``to_torch``: (layers, backward_layers), the latter empty for one direction.

    ``state`` may hold whatever ``np.asarray`` reads, so tensors of a state dict too. ValueError
    when an entry is missing, left over or of another shape.
    """
    check_cell(cell)
    numbers = {name.split("_l")[1].removesuffix("_reverse") for name in state if "_l" in name}
    suffixes = ["", "_reverse"] if any(name.endswith("_reverse") for name in state) else [""]
    expected = {
        f"{kind}_l{index}{suffix}"
        for suffix in suffixes
        for index in range(max(len(numbers), 1))
        for kind in KINDS
    }
    odd = sorted(set(state) ^ expected)
    if odd:
        what = "lacks" if odd[0] in expected else "has the unknown"
        raise ValueError(f"the state dict {what} {odd[0]!r}.")
    directions = [
        [_layer_from_torch(cell, f"_l{index}{suffix}", state) for index in range(len(numbers))]
        for suffix in suffixes
    ]
    return directions[0], directions[1] if len(directions) == 2 else []


def _layer_to_torch(cell: str, parameters: Parameters) -> dict[str, np.ndarray]:
    n_a = hidden_size(parameters)
    if cell == "rnn":
        bias = parameters["ba"][:, 0]
        arrays = [parameters["Wax"], parameters["Waa"], bias, np.zeros_like(bias)]
    else:
        if cell == "gru" and "bna" not in parameters:
            raise ValueError("torch.nn.GRU resets after the product; Cho's GRU does not fit it.")
        W = np.concatenate([parameters[f"W{gate}"] for gate in TORCH_GATES[cell]])
        bias = np.concatenate([parameters[f"b{gate}"][:, 0] for gate in TORCH_GATES[cell]])
        bias_hh = np.zeros_like(bias)
        if cell == "gru":
            bias_hh[2 * n_a :] = parameters["bna"][:, 0]
        arrays = [W[:, n_a:], W[:, :n_a], bias, bias_hh]
    return {kind: np.array(array) for kind, array in zip(KINDS, arrays, strict=True)}


def _layer_from_torch(
    cell: str, suffix: str, state: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    arrays = [np.asarray(state[kind + suffix]) for kind in KINDS]
    n_a, n_x = (np.shape(array)[-1] if np.ndim(array) else 0 for array in (arrays[1], arrays[0]))
    gates = TORCH_GATES.get(cell, "a")
    rows = len(gates) * n_a
    for kind, array, shape in zip(
        KINDS, arrays, [(rows, n_x), (rows, n_a), (rows,), (rows,)], strict=True
    ):
        if array.shape != shape:
            raise ValueError(f"{kind + suffix} has shape {array.shape}, but {shape} is expected.")
    weight_ih, weight_hh, bias_ih, bias_hh = arrays
    if cell == "rnn":
        bias = (bias_ih + bias_hh)[:, None]
        return {"Wax": weight_ih.copy(), "Waa": weight_hh.copy(), "ba": bias}
    own_bias = np.array(bias_hh)
    parameters = {}
    if cell == "gru":
        parameters["bna"] = own_bias[2 * n_a :, None].copy()
        own_bias[2 * n_a :] = 0
    W = np.split(np.hstack([weight_hh, weight_ih]), len(gates))
    b = np.split((bias_ih + own_bias)[:, None], len(gates))
    for gate, W_gate, b_gate in zip(gates, W, b, strict=True):
        parameters |= {f"W{gate}": W_gate.copy(), f"b{gate}": b_gate}
    return parameters
