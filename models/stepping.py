"""The fast way of one step at a time through a ``LanguageModel``: what writing is made of.

One step is a few matrix-vector products, so its time is that of reading the weights from memory.
NumPy reads them 1.3 to 1.6 times as fast as torch does on one core, and
``np.vecdot`` never splits a product over threads: what is written depends on no setting, and many
can write at once without waiting for each other's threads. The weights are views of the model's
own, so that writers share them; a ``Stepper`` holds nothing but the state of its one sequence.

Equal to ``torch.nn`` to rounding. Nothing here draws a token or trains.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

# For small vocabularies the first layer's product with each token's embedding is made beforehand;
# for large ones the table would be larger than the weights.
MAX_TABLE_TOKENS = 256


class Stepper:
    """Reads one token after another; made by ``LanguageModel.stepper``."""

    def __init__(self, model: nn.Module, state: list[Any]) -> None:
        cell = CELL_STEPS[model.config.cell]
        self.cells = [
            cell(layer, item) for layer, item in zip(model.layers, state, strict=True)
        ]  # fmt: skip
        self._embedding = _view(model.embedding.weight)  # (V, D)
        self._weight, self._bias = map(_view, model.softmax)  # (V, K), (V,)
        tied = model.config.tied
        self._projection = (
            (_view(model.projection.weight), _view(model.projection.bias)) if tied else ()
        )
        self._table = None
        if cell.takes_projection and len(self._embedding) <= MAX_TABLE_TOKENS:
            first = self.cells[0]
            self._table = first.project_all(model.embedding.weight)  # (V, gates * H)

    def __call__(self, token: int) -> Tensor:
        """Read ``token``; returns the logits (V,) of the next one, in memory of their own."""
        first = self.cells[0]
        if self._table is None:
            first.read(self._embedding[token])
        else:
            first.advance(self._table[token])
        h = first.h
        for cell in self.cells[1:]:
            cell.read(h)
            h = cell.h
        if self._projection:
            weight, bias = self._projection
            h = np.vecdot(weight, h) + bias
        logits = np.vecdot(self._weight, h)
        logits += self._bias
        return torch.from_numpy(logits)

    def fork(self) -> Stepper:
        """Another one that stands at the same place and goes its own way."""
        twin = copy.copy(self)
        twin.cells = [cell.fork() for cell in self.cells]
        return twin


class _CellStep:
    """One step of one layer. ``h`` (H,) is its state and output, changed in place.

    ``advance`` takes the part of the gates that comes from the input, W_ih x + b, so that it can
    be looked up; a cell that changes its input first has ``takes_projection`` False and overrides
    ``read`` instead.
    """

    takes_projection = True

    def __init__(self, layer: nn.RNNBase, state: Any) -> None:
        self._W_ih, self._W_hh = _view(layer.weight_ih_l0), _view(layer.weight_hh_l0)
        self._bias = _view(layer.bias_ih_l0 + layer.bias_hh_l0)
        self.h = _copy(state)
        self._make_room()

    def _make_room(self) -> None:
        """Buffers that a step fills, of this sequence alone: (gates * H,) both."""
        self._projected, self._gates = np.empty_like(self._bias), np.empty_like(self._bias)

    def project_all(self, inputs: Tensor) -> np.ndarray:
        """W_ih x + b of each row of ``inputs`` (V, D) -> (V, gates * H)."""
        W_ih, bias = torch.from_numpy(self._W_ih), torch.from_numpy(self._bias)
        return F.linear(inputs.detach().cpu(), W_ih, bias).numpy()

    def read(self, x: np.ndarray) -> None:
        """One step with the input ``x`` (D,)."""
        np.vecdot(self._W_ih, x, out=self._projected)
        self._projected += self._bias
        self.advance(self._projected)

    def advance(self, projected: np.ndarray) -> None:
        """One step with ``projected`` (gates * H,), which is left as it is."""
        raise NotImplementedError

    def fork(self) -> _CellStep:
        """See Stepper."""
        twin = copy.copy(self)
        twin.h = self.h.copy()
        twin._make_room()
        return twin


class _RnnStep(_CellStep):
    """h = tanh(W_ih x + W_hh h + b)."""

    def advance(self, projected: np.ndarray) -> None:
        """See _CellStep."""
        np.vecdot(self._W_hh, self.h, out=self._gates)
        self._gates += projected
        np.tanh(self._gates, out=self.h)


class _GruStep(_CellStep):
    """r, z = sigmoid(...), n = tanh(W_in x + b_in + r (W_hn h + b_hn)), h = (1 - z) n + z h."""

    def __init__(self, layer: nn.GRU, state: Any) -> None:
        super().__init__(layer, state)
        H = layer.hidden_size
        self._bias_hn = _view(layer.bias_hh_l0)[2 * H :]  # goes in beside the state, where r is
        self._bias[2 * H :] = _view(layer.bias_ih_l0)[2 * H :]

    def advance(self, projected: np.ndarray) -> None:
        """See _CellStep."""
        H, gates, h = len(self.h), self._gates, self.h
        np.vecdot(self._W_hh, h, out=gates)
        rz, n = gates[: 2 * H], gates[2 * H :]
        rz += projected[: 2 * H]
        rz *= 0.5  # sigmoid(a) = tanh(a / 2) / 2 + 1 / 2, and NumPy's tanh is fast
        np.tanh(rz, out=rz)
        rz *= 0.5
        rz += 0.5
        n += self._bias_hn
        n *= rz[:H]
        n += projected[2 * H :]
        np.tanh(n, out=n)
        h -= n
        h *= rz[H:]
        h += n


class _LstmStep(_CellStep):
    """i, f, g, o from W_ih x + W_hh h + b; c = f c + i g, h = o tanh(c)."""

    def __init__(self, layer: nn.LSTM, state: Any) -> None:
        H = layer.hidden_size
        # sigmoid(a) = tanh(a / 2) / 2 + 1 / 2, so that all four gates are one tanh.
        self._scale = np.repeat(np.array([0.5, 0.5, 1, 0.5], np.float32), H)
        self._shift = np.repeat(np.array([0.5, 0.5, 0, 0.5], np.float32), H)
        self.c = _copy(state[1])
        super().__init__(layer, state[0])

    def _make_room(self) -> None:
        super()._make_room()
        self.c, self._tanh_c = self.c.copy(), np.empty_like(self.c)
        self._i, self._f, self._g, self._o = self._gates.reshape(4, -1)

    def advance(self, projected: np.ndarray) -> None:
        """See _CellStep."""
        self._advance(self.h, projected)

    def _advance(self, h: np.ndarray, projected: np.ndarray) -> None:
        gates, c = self._gates, self.c
        np.vecdot(self._W_hh, h, out=gates)
        gates += projected
        gates *= self._scale
        np.tanh(gates, out=gates)
        gates *= self._scale
        gates += self._shift
        c *= self._f
        self._i *= self._g
        c += self._i
        np.tanh(c, out=self._tanh_c)
        np.multiply(self._o, self._tanh_c, out=self.h)


class MogrifierStep(_LstmStep):
    """An LSTM whose input and state modulate each other first (``models.recurrence``)."""

    takes_projection = False

    def __init__(self, layer: nn.LSTM, state: Any) -> None:
        super().__init__(layer, state)
        # Transposed, so that each product reads memory in order.
        self._rounds = [
            (np.ascontiguousarray(_view(down).T), np.ascontiguousarray(_view(up).T))
            for down, up in zip(layer.down, layer.up, strict=True)
        ]  # fmt: skip

    def read(self, x: np.ndarray) -> None:
        """See _CellStep."""
        h = self.h
        for k, (down, up) in enumerate(self._rounds):
            # 2 sigmoid(a) = tanh(a / 2) + 1
            scale = np.vecdot(up, np.vecdot(down, x if k % 2 else h))
            scale *= 0.5
            np.tanh(scale, out=scale)
            scale += 1
            if k % 2:
                h = h * scale
            else:
                x = x * scale
        np.vecdot(self._W_ih, x, out=self._projected)
        self._projected += self._bias
        self._advance(h, self._projected)


CELL_STEPS: dict[str, type[_CellStep]] = {
    "rnn": _RnnStep, "gru": _GruStep, "lstm": _LstmStep, "mogrifier": MogrifierStep,
}  # fmt: skip


def _view(parameter: Tensor) -> np.ndarray:
    """The numbers of a tensor where they are (a copy when that is not the CPU's memory)."""
    return parameter.detach().cpu().numpy()


def _copy(state: Tensor) -> np.ndarray:
    """The state of one sequence (1, 1, H) -> (H,), in memory of its own."""
    return _view(state).reshape(-1).copy()
