"""A character network in NumPy: one-hot characters, layers of one cell, an output layer, a loss.

Numbers in brackets are those of ``theory/equations.md``. It computes losses and gradients and
generates; the optimiser (``models.scratch.optimizers``), the batches (``models.scratch.batches``)
and the files (``models.scratch.storage``) are not its affair. No dropout, no embedding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from models.scratch.batches import START, Batch, one_hot
from models.scratch.layers import (
    State,
    check_cell,
    stacked_backward,
    stacked_forward,
    zero_state,
)
from models.scratch.output import cross_entropy, output_backward, output_forward
from models.scratch.sampling import draw_token
from models.scratch.tape import Caches

GATES = {"lstm": "fico", "gru": "rzn"}


@dataclass(frozen=True)
class NetworkConfig:
    """What makes a network, without its weights."""

    cell: str  # rnn, gru (PyTorch's variant) or lstm
    characters: str  # what it can read and write, sorted; the place of one is its number
    hidden_size: int = 100  # n_a, units a layer
    num_layers: int = 1

    def __post_init__(self) -> None:
        check_cell(self.cell)
        if not self.characters or list(self.characters) != sorted(set(self.characters)):
            raise ValueError("characters must be sorted, single and at least one.")
        if min(self.hidden_size, self.num_layers) < 1:
            raise ValueError("hidden_size and num_layers must be 1 or more.")

    @property
    def vocab_size(self) -> int:
        """n_x and n_y, the number of characters."""
        return len(self.characters)

    def encode(self, text: str) -> list[int]:
        """The numbers of the characters; ValueError that names those unseen in training."""
        index = {character: number for number, character in enumerate(self.characters)}
        unseen = [character for character in dict.fromkeys(text) if character not in index]
        if unseen:
            raise ValueError(
                f"This network never saw {' '.join(map(repr, unseen))}; "
                f"it knows {self.characters!r}."
            )
        return [index[character] for character in text]

    def shapes(self) -> dict[str, tuple[int, int]]:
        """The shape of every parameter: ``layers.0.Wf``, …, ``output.Wy``, ``output.by``."""
        shapes = {}
        n_a, n_y = self.hidden_size, self.vocab_size
        for layer in range(self.num_layers):
            n_x = n_y if layer == 0 else n_a
            of_layer = {"Wax": (n_a, n_x), "Waa": (n_a, n_a), "ba": (n_a, 1)}
            if self.cell != "rnn":
                gates = GATES[self.cell]
                of_layer = {f"W{gate}": (n_a, n_a + n_x) for gate in gates}
                of_layer |= {f"b{gate}": (n_a, 1) for gate in gates}
            if self.cell == "gru":
                of_layer["bna"] = (n_a, 1)
            shapes |= {f"layers.{layer}.{name}": shape for name, shape in of_layer.items()}
        return shapes | {"output.Wy": (n_y, n_a), "output.by": (n_y, 1)}


class LossAndGradients(NamedTuple):
    """What one batch tells."""

    loss: float  # mean nats per character
    count: int  # characters it was taken over
    gradients: dict[str, np.ndarray]  # of the mean loss, under the parameters' names
    states: list[State]  # last states of every layer, to carry over (11.8)


class CharacterNetwork:
    """The network of ``config`` with ``parameters``, a dict of arrays that updates change in place.

    ValueError when an array is missing, left over, of another shape or not finite.
    """

    def __init__(self, config: NetworkConfig, parameters: dict[str, np.ndarray]) -> None:
        shapes = config.shapes()
        odd = sorted(set(shapes) ^ set(parameters))
        if odd:
            state = "lack" if odd[0] in shapes else "have the unknown"
            raise ValueError(f"the parameters of this {config.cell} network {state} {odd[0]!r}.")
        for name, shape in shapes.items():
            if parameters[name].shape != shape:
                raise ValueError(
                    f"{name} has shape {parameters[name].shape}, but {shape} is expected."
                )
            if not np.isfinite(parameters[name]).all():
                raise ValueError(f"{name} holds numbers that are not finite.")
        self.config = config
        self.parameters = parameters

    @classmethod
    def initialise(
        cls, config: NetworkConfig, seed: int = 0, forget_bias: float = 1.0
    ) -> CharacterNetwork:
        """Weights drawn from U(-1/sqrt(n_a), 1/sqrt(n_a)) as PyTorch does, biases 0, and
        ``forget_bias`` for the LSTM's forget gate, so that it remembers at first (4.6)."""
        rng = np.random.default_rng(seed)
        bound = config.hidden_size**-0.5
        parameters = {}
        for name, shape in config.shapes().items():
            matrix = name.split(".")[-1].startswith("W")
            parameters[name] = rng.uniform(-bound, bound, shape) if matrix else np.zeros(shape)
            if name.endswith(".bf"):
                parameters[name] += forget_bias
        return cls(config, parameters)

    def layers(self) -> list[dict[str, np.ndarray]]:
        """The parameters of every layer under the cell's own names; the arrays themselves."""
        layers: list[dict[str, np.ndarray]] = [{} for _ in range(self.config.num_layers)]
        for name, value in self.parameters.items():
            part, *rest = name.split(".")
            if part == "layers":
                layers[int(rest[0])][rest[1]] = value
        return layers

    def zero_states(self, m: int) -> list[State]:
        """The states before anything was read by ``m`` sequences."""
        config, dtype = self.config, self.parameters["output.Wy"].dtype
        state = zero_state(config.cell, config.hidden_size, m, dtype)
        return [tuple(part.copy() for part in state) for _ in range(config.num_layers)]

    def loss(self, batch: Batch, states: list[State] | None = None) -> tuple[float, list[State]]:
        """Mean nats per character of ``batch``, and the last states."""
        a, states, _ = self._read(batch.inputs, states, batch.lengths)
        total, _ = cross_entropy(self._scores(a), batch.targets, batch.valid)
        return total / int(batch.lengths.sum()), states

    def loss_and_gradients(
        self, batch: Batch, states: list[State] | None = None
    ) -> LossAndGradients:
        """The mean loss and its gradient by every parameter (2.2), (2.3), (11.4). ``states``, zero
        when None, are carried in, but no gradient goes back into them."""
        a, last_states, caches = self._read(batch.inputs, states, batch.lengths)
        total, dscores = cross_entropy(self._scores(a), batch.targets, batch.valid)
        count = int(batch.lengths.sum())
        dscores /= count
        da, dW, db = output_backward(dscores, a, self.parameters["output.Wy"])
        gradients = {"output.Wy": dW, "output.by": db}
        for index, of_layer in enumerate(stacked_backward(self.config.cell, da, caches).layers):
            gradients |= {f"layers.{index}.{name[1:]}": g for name, g in of_layer.items()}
        return LossAndGradients(total / count, count, gradients, last_states)

    def step(self, tokens: Any, states: list[State]) -> tuple[np.ndarray, list[State]]:
        """One character for each of m sequences: tokens (m,) -> scores (n_y, m) and the states."""
        a, states, _ = self._read(np.asarray(tokens)[:, None], states, None)
        return self._scores(a)[:, :, 0], states

    def generate(
        self,
        prompt: str = "",
        max_new_tokens: int = 50,
        temperature: float = 1.0,
        top_k: int | None = None,
        seed: int | None = None,
        stop: str | None = "\n",
    ) -> Iterator[str]:
        """The characters after ``prompt``, one by one as they are drawn (12.1), (12.2), without
        ``stop``, which ends it. ValueError on a character unseen in training."""
        if stop is not None:
            self.config.encode(stop)
        tokens = np.array([[START, *self.config.encode(prompt)]])
        if max_new_tokens < 0:
            raise ValueError(f"max_new_tokens is {max_new_tokens}, but 0 or more is expected.")
        return self._generate(tokens, max_new_tokens, temperature, top_k, seed, stop)

    def _generate(
        self,
        tokens: np.ndarray,
        max_new_tokens: int,
        temperature: float,
        top_k: int | None,
        seed: int | None,
        stop: str | None,
    ) -> Iterator[str]:
        # Apart from ``generate``, so that bad input is refused there and not at the first step.
        rng = np.random.default_rng(seed)
        a, states, _ = self._read(tokens, None, None)
        scores = self._scores(a[:, :, -1:])[:, :, 0]
        for _ in range(max_new_tokens):
            token = draw_token(scores[:, 0], rng, temperature, top_k)
            character = self.config.characters[token]
            if character == stop:
                return
            yield character
            scores, states = self.step([token], states)

    def _read(
        self, inputs: np.ndarray, states: list[State] | None, lengths: np.ndarray | None
    ) -> tuple[np.ndarray, list[State], list[Caches]]:
        dtype = self.parameters["output.Wy"].dtype
        x = one_hot(inputs, self.config.vocab_size, dtype)
        return stacked_forward(self.config.cell, x, self.layers(), states, lengths)

    def _scores(self, a: np.ndarray) -> np.ndarray:
        return output_forward(a, self.parameters["output.Wy"], self.parameters["output.by"])
