"""How much gradient reaches back through a network, and how far: trained, or as it began.

Each character t that a network should predict gives a loss, -ln p. Its gradient by the state after
character s <= t, as a norm, says how much of what could be learned from t arrives at s; over the
distance t - s it is what "vanishing gradients" means. The state is the cell state of an LSTM, over
all paths, and the hidden state of any other cell ((4.7) of ``theory/equations.md``). As in the
itemised gradients of Cashman et al. (2017, RNNbow), each loss is kept apart.

It is measured on one text, for the weights there are; nothing is trained here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from data.errors import InputError
from inference.inside import Network, ReviewNetwork, at_own_step, open_up, rounded
from inference.sampling import is_number, is_whole
from models.cells import by_cell, pull_back

MIN_LOSSES = 5  # fewer say nothing about a distance
MAX_BIAS = 10.0


@dataclass(frozen=True, eq=False)
class GradientFlow:
    """The gradients of one network on one text.

    ``norms`` (T, T): row t is the loss of what comes after character t, column s the state after
    character s; NaN where no way leads back: for s > t, and over lines begun anew. ``pieces`` (T,)
    are the characters that have been read, ``targets`` (T,) those that the losses are of, and
    ``skipped`` those that the network has never seen and left out. What comes after the last
    character of the text is not known, so it is no state here. ``forget_bias`` is None for the
    trained network.
    """

    model: str
    layer: int
    pieces: tuple[str, ...]
    targets: tuple[str, ...]
    norms: np.ndarray
    forget_bias: float | None = None
    skipped: tuple[str, ...] = ()

    def by_distance(self) -> np.ndarray:
        """For k = 0, 1, ... the median over the losses of norm(t, t - k) / norm(t, t) (K,), as far
        as MIN_LOSSES losses go; 0 where it is too small for a number of the network's precision."""
        loss, state = np.tril_indices(len(self.norms))
        own = self.norms.diagonal()[loss]
        ratios = np.full(self.norms.shape, np.nan)  # row k: of k steps back
        ratios[loss - state, state] = np.divide(
            self.norms[loss, state], own, out=np.full_like(own, np.nan), where=own > 0
        )
        too_few = (~np.isnan(ratios)).sum(1) < MIN_LOSSES
        return np.nanmedian(ratios[: np.append(too_few, True).argmax()], axis=1)

    def shares(self) -> np.ndarray:
        """The share that each loss t has of the gradient that arrives at state s, by norm (T, T);
        the columns add up to 1."""
        norms = np.nan_to_num(self.norms)
        sums = norms.sum(0, keepdims=True)
        return np.divide(norms, sums, out=np.zeros_like(norms), where=sums > 0)

    def shares_by_distance(self, starts: Sequence[int]) -> np.ndarray:
        """Those shares summed over the losses that are ``starts[b]`` steps later or more, up to the
        next of the ascending starts (B, T)."""
        steps = np.arange(len(self.norms))
        later = np.searchsorted(starts, steps[:, None] - steps, side="right") - 1  # band of each
        shares = self.shares()
        return np.array([np.where(later == band, shares, 0).sum(0) for band in range(len(starts))])

    def to_json(self) -> dict[str, Any]:
        """The fields as plain JSON values: shares as [loss][state], ratios by distance."""
        return {
            "model": self.model,
            "layer": self.layer,
            "forget_bias": self.forget_bias,
            "pieces": list(self.pieces),
            "targets": list(self.targets),
            "by_distance": [float(f"{ratio:.4g}") for ratio in self.by_distance()],
            "shares": rounded(self.shares(), 5),
            "skipped": list(self.skipped),
        }


def gradient_flow(predictor: Any, text: str, layer: int = -1) -> GradientFlow:
    """The flow in a layer (-1 is the top one) of a trained text network. InputError for a text that
    is too short or too long (``inference.inside``), a layer that is not there, or a network that
    predicts no characters."""
    network = _text_network(predictor)
    return _flow(network, text, network.layer(layer), None)


def untrained_flow(
    predictor: Any, text: str, forget_bias: float = 0.0, layer: int = -1, seed: int = 0
) -> GradientFlow:
    """The flow in a network of the same shape with new weights, drawn as PyTorch draws them, and
    ``forget_bias`` as the bias of the gate that keeps: forget gate of an LSTM, update gate of a
    GRU. PyTorch itself begins near 0. Errors as for ``gradient_flow``."""
    if not is_number(forget_bias) or abs(forget_bias) > MAX_BIAS:
        raise InputError(f"The forget bias must be a number from -{MAX_BIAS:g} to {MAX_BIAS:g}.")
    if not is_whole(seed, 0, 2**32 - 1):
        raise InputError("The seed must be a whole number from 0 to 4,294,967,295.")
    network = _text_network(predictor)
    fresh = redraw(network, forget_bias, int(seed))
    return _flow(fresh, text, network.layer(layer), float(forget_bias))


def redraw(network: Network, forget_bias: float, seed: int) -> Network:
    """A network of the same shape with new weights, as PyTorch draws them."""
    rng = torch.Generator(network.embedding.device).manual_seed(seed)
    cells = [cell.redrawn(rng, forget_bias) for cell in network.cells]
    embedding, bound = network.embedding, network.weight.shape[1] ** -0.5
    if not torch.equal(embedding, torch.eye(*embedding.shape, dtype=embedding.dtype)):
        embedding = torch.empty_like(embedding).normal_(generator=rng)
    weight = torch.empty_like(network.weight).uniform_(-bound, bound, generator=rng)
    bias = torch.empty_like(network.bias).uniform_(-bound, bound, generator=rng)
    return Network(
        network.name, network.tokenizer, embedding, cells, (weight, bias), network.fresh_line
    )


def _text_network(predictor: Any) -> Network:
    network = open_up(predictor)
    if isinstance(network, ReviewNetwork):
        raise InputError(f"{network.name} predicts no characters; choose a text network.")
    return network


@torch.inference_mode()
def _flow(network: Network, text: str, layer: int, forget_bias: float | None) -> GradientFlow:
    passage = network.read(text)
    T = len(passage.tokens)
    norms = np.full((T, T), np.nan)
    for segment, traces in passage.segments:
        # The last step expects what is not known, unless a newline ends the line there.
        expected = passage.tokens[segment.first : segment.first + len(segment.inputs)]
        rows = _loss_gradients(network, traces[-1].hidden[0], expected)
        # What reaches a layer from above has passed no layer below it.
        cells = [network.cells[layer].without_input(), *network.cells[layer + 1 :]]
        back = pull_back(cells, traces[layer:], at_own_step(rows))
        for step, _, (state, *_) in back:
            by_state = by_cell(traces[layer], step, state) if len(state) == 2 else state[0]
            read = segment.first + step - 1
            if read >= 0:
                # Double, since the square of what has nearly vanished has vanished.
                column = by_state.double().norm(dim=1).cpu().numpy()
                norms[read : read + len(column), read] = column
    known = T - 1
    return GradientFlow(
        network.name, layer, passage.pieces[:known], passage.pieces[1:],
        norms[:known, :known], forget_bias, passage.skipped,
    )  # fmt: skip


def _loss_gradients(network: Network, hidden: Tensor, expected: tuple[int, ...]) -> Tensor:
    """The gradients of -ln p of what came after each step by the top state (S, H); zero after the
    last step where nothing came."""
    probabilities = (hidden @ network.weight.T + network.bias).softmax(-1)
    rows = torch.arange(len(expected))
    probabilities[rows, torch.tensor(expected, dtype=torch.long)] -= 1
    gradients = probabilities @ network.weight
    gradients[len(expected) :] = 0
    return gradients
