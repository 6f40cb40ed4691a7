"""A small recurrent network over sequences of numbers, with one answer a sequence or one a step.

What the numbers and the answers mean is data/memory.py's to say. This module does NOT train.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
ANSWERS = ("class", "number", "symbols")
DIRECTIONS = ("forward", "both")
MAX_HIDDEN, MAX_LAYERS, MAX_SIZE = 256, 4, 1_000  # a checkpoint of a stranger builds no more


@dataclass(frozen=True)
class MemoryConfig:
    """What must be known to build the network again; saved in the checkpoint."""

    input_size: int = 1  # D, set by the data
    output_size: int = 1  # numbers an answer, set by the data
    answer: str = "class"  # set by the data: "class", "number" or "symbols"
    cell: str = field(default="lstm", metadata={"help": "the cell", "choices": tuple(CELLS)})
    hidden_size: int = field(default=32, metadata={"help": "H, units of a layer and a direction"})
    num_layers: int = field(default=1, metadata={"help": "layers on top of each other"})
    direction: str = field(
        default="forward",
        metadata={"help": "reads forward, or both ways", "choices": DIRECTIONS},
    )
    forget_bias: float | None = field(
        default=None, metadata={"help": "an LSTM's forget bias at the start; as PyTorch draws it"}
    )

    def __post_init__(self) -> None:
        for name, allowed in (
            ("cell", tuple(CELLS)), ("answer", ANSWERS), ("direction", DIRECTIONS),
        ):  # fmt: skip
            if getattr(self, name) not in allowed:
                given = getattr(self, name)
                raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {given!r}")
        for name, most in (
            ("hidden_size", MAX_HIDDEN), ("num_layers", MAX_LAYERS), ("input_size", MAX_SIZE),
            ("output_size", MAX_SIZE),
        ):  # fmt: skip
            if not 1 <= getattr(self, name) <= most:
                raise ValueError(f"{name} must be 1 to {most}, not {getattr(self, name)}")
        if self.forget_bias is not None:
            if self.cell != "lstm":
                raise ValueError(f"only an LSTM has a forget bias; the cell is {self.cell}")
            if not -10 <= self.forget_bias <= 10:
                raise ValueError(f"forget_bias must be -10 to 10, not {self.forget_bias}")


class MemoryNetwork(nn.Module):
    """Recurrent layers and a linear one. Shapes: N sequences, T steps, D features, C outputs."""

    def __init__(self, config: MemoryConfig) -> None:
        super().__init__()
        self.config = config
        both = config.direction == "both"
        self.layers = CELLS[config.cell](
            config.input_size, config.hidden_size, config.num_layers, batch_first=True,
            bidirectional=both,
        )  # fmt: skip
        self.head = nn.Linear((1 + both) * config.hidden_size, config.output_size)
        if config.forget_bias is not None:
            self._set_forget_bias(config.forget_bias)

    def forward(self, x: Tensor) -> Tensor:
        """x (N, T, D) -> outputs (N, C), for symbols (N, T, C).

        The answer for a sequence is made of the state after its last step; of a network that reads
        both ways also of the state after the first step, where its backward half ends.
        """
        states, _ = self.layers(x)
        if self.config.answer == "symbols":
            return self.head(states)
        H = self.config.hidden_size
        return self.head(torch.cat([states[:, -1, :H], states[:, 0, H:]], dim=-1))

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Mean cross entropy in nats of classes (N,) or (N, T) int64; mean squared error of numbers
        (N,) float."""
        if self.config.answer == "number":
            return F.mse_loss(outputs[:, 0], targets)
        return F.cross_entropy(outputs.flatten(0, -2), targets.flatten())

    def right(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The share of classes that are right; of symbols, where the right one is no blank (0)."""
        right = outputs.argmax(-1) == targets
        if self.config.answer == "symbols":
            right = right[targets != 0]
        return right.float().mean()

    def _set_forget_bias(self, value: float) -> None:
        """Give the forget gates of all layers this bias. PyTorch adds two biases; the second one
        becomes zero there, so that the sum is ``value``."""
        H = self.config.hidden_size
        with torch.no_grad():
            for name, parameter in self.layers.named_parameters():
                if name.startswith("bias"):
                    forget = slice(H, 2 * H)  # gate order i, f, g, o
                    parameter[forget] = value if name.startswith("bias_ih") else 0.0
