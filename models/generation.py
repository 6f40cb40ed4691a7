"""The language model over characters: an embedding, stacked recurrent layers, a softmax.

Two ways through the same weights: ``forward`` reads whole sequences (training, reading
a prompt, scoring a text), ``stepper`` makes the fast way of one step at a time (writing).
It knows numbers only: text belongs to ``data.tokenizers``, drawing one of them to
``inference.generation``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.recurrence import MogrifierLSTM, run_layer
from models.stepping import Stepper

CELLS = ("rnn", "gru", "lstm", "mogrifier")

# One entry a layer: h of shape (1, N, H), or for an LSTM the pair (h, c), as torch.nn has it.
State = list[Any]


@dataclass(frozen=True)
class GenerationConfig:
    """The shape of the network; ``vocab_size`` is set by the text."""

    vocab_size: int = 0
    cell: str = field(default="lstm", metadata={"help": "recurrent cell", "choices": CELLS})
    embedding_size: int = field(default=128, metadata={"help": "D, numbers a character"})
    hidden_size: int = field(default=512, metadata={"help": "H, units a layer"})
    num_layers: int = field(default=2, metadata={"help": "L, stacked layers"})
    dropout: float = field(
        default=0.5, metadata={"help": "share of each layer's outputs dropped, one mask a window"}
    )
    input_dropout: float = field(
        default=0.0, metadata={"help": "share of the embedding's outputs dropped, likewise"}
    )
    recurrent_dropout: float = field(
        default=0.0, metadata={"help": "share of the recurrent weights dropped, one mask a window"}
    )
    tied: bool = field(
        default=False,
        metadata={"help": "the embedding is the softmax's matrix too; for large vocabularies"},
    )
    mogrifier_rounds: int = field(
        default=4,
        metadata={"help": "of a mogrifier: input and state modulate each other"},
    )
    mogrifier_rank: int = field(
        default=32, metadata={"help": "of a mogrifier: rank of the matrices that do it"}
    )

    def __post_init__(self) -> None:
        if self.cell not in CELLS:
            raise ValueError(f"cell must be one of {', '.join(CELLS)}, not {self.cell!r}")
        if min(self.embedding_size, self.hidden_size, self.num_layers) < 1 or self.vocab_size < 0:
            raise ValueError("the sizes of the network must be at least 1")
        for name in ("dropout", "input_dropout", "recurrent_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 0 and below 1")
        if min(self.mogrifier_rounds, self.mogrifier_rank) < 1:
            raise ValueError("mogrifier_rounds and mogrifier_rank must be at least 1")


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
    al. (2014), the variant of ``torch.nn``; both with gates in the order of ``torch.nn``;
    mogrifier: Melis et al. (2020).
    """

    def __init__(self, config: GenerationConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.embedding_size)
        sizes = [config.embedding_size] + [config.hidden_size] * config.num_layers
        # One module a layer instead of num_layers=L, so that dropout between layers can be locked.
        self.layers = nn.ModuleList(
            _layer(config, sizes[i], sizes[i + 1]) for i in range(config.num_layers)
        )
        self.input_dropout = LockedDropout(config.input_dropout)
        self.dropout = LockedDropout(config.dropout)
        self.training_dtype = torch.float32  # of the products in training; never in use
        if config.tied:  # Press and Wolf (2017), with a projection where H is not D
            self.embedding.weight.data.mul_(config.embedding_size**-0.5)  # as a softmax begins
            self.projection = nn.Linear(config.hidden_size, config.embedding_size)
            self.bias = nn.Parameter(torch.zeros(config.vocab_size))
        else:
            self.head = nn.Linear(config.hidden_size, config.vocab_size)
        if config.cell in ("lstm", "mogrifier"):
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
        x, after = self.read(tokens, state)
        return F.linear(x, *self.softmax), after

    @property
    def softmax(self) -> tuple[Tensor, Tensor]:
        """Matrix (V, K) and bias (V,) between what ``read`` gives and the logits."""
        if self.config.tied:
            return self.embedding.weight, self.bias
        return self.head.weight, self.head.bias

    def read(self, tokens: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """As ``forward``, up to the softmax: (N, T, K), where K is D if ``tied``, else H."""
        x = self.input_dropout(self.embedding(tokens))
        after = []
        for i, layer in enumerate(self.layers):
            before = None if state is None else state[i]
            if self.training:
                dropped = self.config.recurrent_dropout
                x, last = run_layer(layer, x, before, self.training_dtype, dropped)
            else:
                x, last = layer(x, before)
            after.append(last)
            x = self.dropout(x)
        return self.projection(x) if self.config.tied else x, after

    def stepper(self, state: State) -> Stepper:
        """What reads one token at a time, from ``state`` of one sequence (N = 1) on: called with a
        token it returns the logits (V,) of the next. One step of ``torch.nn.LSTM`` costs many times
        its arithmetic on a CPU, since its weights are packed anew at each call."""
        return Stepper(self, state)


def _layer(config: GenerationConfig, input_size: int, hidden_size: int) -> nn.RNNBase:
    if config.cell == "mogrifier":
        rounds, rank = config.mogrifier_rounds, config.mogrifier_rank
        return MogrifierLSTM(input_size, hidden_size, rounds, rank)
    kind = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}[config.cell]
    return kind(input_size, hidden_size, batch_first=True)


def detach(state: State) -> State:
    """The state as a constant, where back-propagation through time is cut."""
    return [
        tuple(part.detach() for part in item) if isinstance(item, tuple) else item.detach()
        for item in state
    ]
