"""The language model over characters: an embedding, stacked recurrent layers, a softmax.

Two ways through the same weights: ``forward`` reads whole sequences by ``torch.nn`` (training,
reading a prompt, scoring a text), ``stepper`` makes the fast way of one step at a time (writing).
It knows numbers only: characters belong to ``data.generation``, drawing one of them to
``inference.generation``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}

# One entry a layer: h of shape (1, N, H), or for an LSTM the pair (h, c), as torch.nn has it.
State = list[Any]


@dataclass(frozen=True)
class GenerationConfig:
    """The shape of the network; ``vocab_size`` is set by the text."""

    vocab_size: int = 0
    cell: str = field(default="lstm", metadata={"help": "recurrent cell", "choices": tuple(CELLS)})
    embedding_size: int = field(default=128, metadata={"help": "D, numbers a character"})
    hidden_size: int = field(default=512, metadata={"help": "H, units a layer"})
    num_layers: int = field(default=2, metadata={"help": "L, stacked layers"})
    dropout: float = field(
        default=0.5, metadata={"help": "share of each layer's outputs dropped, one mask a window"}
    )

    def __post_init__(self) -> None:
        if self.cell not in CELLS:
            raise ValueError(f"cell must be one of {', '.join(CELLS)}, not {self.cell!r}")
        if min(self.embedding_size, self.hidden_size, self.num_layers) < 1 or self.vocab_size < 0:
            raise ValueError("the sizes of the network must be at least 1")
        if not 0 <= self.dropout < 1:
            raise ValueError("dropout must be at least 0 and below 1")


class LockedDropout(nn.Module):
    """Dropout with one mask for all time steps of a window (Gal and Ghahramani, 2016)."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """(N, T, D) -> (N, T, D); the identity in eval mode."""
        if not self.training or self.p == 0:
            return x
        keep = 1 - self.p
        mask = torch.empty(x.shape[0], 1, x.shape[2], device=x.device).bernoulli_(keep) / keep
        return x * mask


class LanguageModel(nn.Module):
    """p(next character | all characters before it), by a stack of recurrent layers.

    LSTM: Hochreiter and Schmidhuber (1997) with the forget gate of Gers et al. (2000); GRU: Cho et
    al. (2014), the variant of ``torch.nn``; both with gates in the order of ``torch.nn``.
    """

    def __init__(self, config: GenerationConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.embedding_size)
        sizes = [config.embedding_size] + [config.hidden_size] * config.num_layers
        # One module a layer instead of num_layers=L, so that dropout between layers can be locked.
        self.layers = nn.ModuleList(
            CELLS[config.cell](sizes[i], sizes[i + 1], batch_first=True)
            for i in range(config.num_layers)
        )
        self.dropout = LockedDropout(config.dropout)
        self.head = nn.Linear(config.hidden_size, config.vocab_size)
        if config.cell == "lstm":
            self._open_forget_gates()

    def _open_forget_gates(self) -> None:
        """Start with a forget bias of 1 (Jozefowicz et al., 2015); gate order i, f, g, o."""
        H = self.config.hidden_size
        with torch.no_grad():
            for layer in self.layers:
                layer.bias_ih_l0[H : 2 * H].fill_(1.0)
                layer.bias_hh_l0[H : 2 * H].zero_()

    def forward(self, tokens: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Read ``tokens`` (N, T) from ``state`` (zeros if None).

        Returns the logits of the next character after each (N, T, V), and the state after the last.
        """
        x = self.embedding(tokens)
        after = []
        for i, layer in enumerate(self.layers):
            x, last = layer(x, None if state is None else state[i])
            after.append(last)
            x = self.dropout(x)
        return self.head(x), after

    def stepper(self, state: State) -> Callable[[int], Tensor]:
        """A function that reads one token and returns the logits (V,) of the next, from ``state``
        of one sequence (N = 1) on.

        One step of ``torch.nn.LSTM`` costs many times its arithmetic on a CPU, since its weights
        are packed anew at each call; here the first layer's input product is a table look-up and
        each layer is two matrix-vector products.
        """
        layers = [_LayerStep(layer, self.config.cell) for layer in self.layers]
        table = F.linear(self.embedding.weight, layers[0].weight_ih, layers[0].bias_ih)  # (V, 4H)
        states = [_flat(item) for item in state]
        weight, bias = self.head.weight, self.head.bias

        @torch.inference_mode()
        def step(token: int) -> Tensor:
            projected = table[token]
            for i, layer in enumerate(layers):
                if i > 0:
                    projected = torch.addmv(layer.bias_ih, layer.weight_ih, states[i - 1][0])
                states[i] = layer(projected, states[i])
            return torch.addmv(bias, weight, states[-1][0])

        return step


def _flat(state: Any) -> tuple[Tensor, ...]:
    """The state of a layer for one sequence, as a tuple of (H,) tensors."""
    parts = state if isinstance(state, tuple) else (state,)
    return tuple(part.reshape(-1) for part in parts)


class _LayerStep:
    """One step of one layer, written out; equal to ``torch.nn`` to rounding."""

    def __init__(self, layer: nn.Module, cell: str) -> None:
        self.weight_ih, self.bias_ih = layer.weight_ih_l0.detach(), layer.bias_ih_l0.detach()
        self.weight_hh, self.bias_hh = layer.weight_hh_l0.detach(), layer.bias_hh_l0.detach()
        self.update = {"rnn": self._rnn, "gru": self._gru, "lstm": self._lstm}[cell]

    def __call__(self, projected: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """``projected`` is W_ih x + b_ih; returns the state after the step, h first."""
        recurrent = torch.addmv(self.bias_hh, self.weight_hh, state[0])
        return self.update(projected, recurrent, state)

    @staticmethod
    def _rnn(projected: Tensor, recurrent: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return (torch.tanh(projected + recurrent),)

    @staticmethod
    def _gru(projected: Tensor, recurrent: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        p_r, p_z, p_n = projected.chunk(3)
        u_r, u_z, u_n = recurrent.chunk(3)
        r, z = torch.sigmoid(p_r + u_r), torch.sigmoid(p_z + u_z)
        n = torch.tanh(p_n + r * u_n)
        return (torch.lerp(n, state[0], z),)

    @staticmethod
    def _lstm(
        projected: Tensor, recurrent: Tensor, state: tuple[Tensor, ...]
    ) -> tuple[Tensor, ...]:
        i, f, g, o = (projected + recurrent).chunk(4)
        c = torch.sigmoid(f) * state[1] + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


def detach(state: State) -> State:
    """The state as a constant, where back-propagation through time is cut."""
    return [
        tuple(part.detach() for part in item) if isinstance(item, tuple) else item.detach()
        for item in state
    ]
