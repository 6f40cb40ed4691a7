"""What a network looked at: how strongly each character it had read acted on each prediction.

The influence of character s on the prediction at place t is the sum over the vocabulary of
(d logit_t / d x_s)^2, where x_s is the one-hot input at s and logit_t that of one character at t
(Madsen, 2019, "Visualizing memorization in RNNs", calls it connectivity). It says how far the logit
would move with a small change of the input, not why the network predicted what it did. For a review
it is the verdict after each word, by the words before.

The gradients of all places come back together in one pass (``models.cells.pull_back``), so a map of
T characters costs about T^2 / 2 steps of the network, not T passes; of a text less, since what has
shrunk to NEGLIGIBLE is followed no further.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from inference.inside import Network, Passage, ReviewNetwork, at_own_step, open_up, rounded
from models.cells import Trace, pull_back
from models.scratch.batches import START

NEGLIGIBLE = 1e-4  # part of a gradient, as a norm; of the influence, its square, 1e-8


@dataclass(frozen=True, eq=False)
class Influence:
    """The map of one network and one text.

    ``pieces`` are the M characters (words of a review). ``squared`` (R, M) is the influence of
    piece s on prediction t. Of a text R = M + 1: prediction t is that of piece t, the last that of
    what comes after the text; row 0 is empty. Of a review R = M: prediction t is the verdict after
    word t. ``targets`` (R,) is whose logit it is.
    """

    model: str
    pieces: tuple[str, ...]
    targets: tuple[str, ...]
    squared: np.ndarray
    skipped: tuple[str, ...] = ()

    def shares(self) -> np.ndarray:
        """Each row over its sum (R, M); zeros where nothing had an influence."""
        sums = self.squared.sum(1, keepdims=True)
        return np.divide(self.squared, sums, out=np.zeros_like(self.squared), where=sums > 0)

    def to_json(self) -> dict[str, Any]:
        """The fields as plain JSON values: each prediction's shares, and the sums that they are
        shares of."""
        return {
            "model": self.model,
            "pieces": list(self.pieces),
            "targets": list(self.targets),
            "shares": rounded(self.shares(), 5),
            "sums": [float(f"{value:.5g}") for value in self.squared.sum(1)],
            "skipped": list(self.skipped),
        }


def influence(predictor: Any, text: str, predicted: bool = False) -> Influence:
    """The influence map of a text, or of the running verdict on a review.

    Of a text it is that of the logit of the character that came, and of the likeliest one after the
    last; with ``predicted`` of the likeliest one everywhere. InputError for a text that is too
    short or too long (``inference.inside``).
    """
    network = open_up(predictor)
    passage = network.read(text)
    if isinstance(network, ReviewNetwork):
        squared = _of_verdicts(network, passage)
        targets = ("positive",) * len(squared)
    else:
        chosen = _chosen(network.expected(passage), passage.tokens, predicted)
        squared = _of_logits(network, passage, chosen)
        targets = tuple("" if token < 0 else network.tokenizer.piece(token) for token in chosen)
    return Influence(network.name, passage.pieces, targets, squared, passage.skipped)


def _chosen(expected: np.ndarray, tokens: tuple[int, ...], predicted: bool) -> list[int]:
    """The token of each prediction whose logit is looked at; -1 where nothing is expected."""
    likeliest = [-1 if np.isnan(row).any() else int(row.argmax()) for row in expected]
    came = [token if guess >= 0 else -1 for token, guess in zip(tokens, likeliest, strict=False)]
    return likeliest if predicted else [*came, likeliest[-1]]


def _of_logits(network: Network, passage: Passage, chosen: list[int]) -> np.ndarray:
    """(T + 1, T) for the logits of the tokens ``chosen``."""
    squared = np.zeros((len(chosen), len(passage.tokens)))
    for segment, traces in passage.segments:
        steps = len(segment.inputs)
        rows = network.weight[chosen[segment.first : segment.first + steps]]  # (S, H)
        block = _squares(network, traces, at_own_step(rows), NEGLIGIBLE)  # row t after step t
        for place in range(steps):
            if segment.inputs[place] != START:
                read = segment.first + place - 1
                squared[segment.first : segment.first + steps, read] = block[:, place]
    return squared


def _of_verdicts(network: ReviewNetwork, passage: Passage) -> np.ndarray:
    """(M, M) for the logit after each word; the influence of a word is the sum over its pieces."""
    ((_, traces),) = passage.segments
    hidden = traces[-1].hidden[0, 1:]  # the start piece is not pooled
    by_last, by_mean, by_most = network.weight[0].chunk(3)
    steps, peak = len(hidden), hidden.cummax(0).indices  # where the maximum so far was reached

    def inject(t: int) -> Tensor:
        """Of step t of 1 + T: into the last, the mean and the maximum of the states so far."""
        if t == 0:  # the start piece has a row, but no verdict
            return hidden.new_zeros(steps + 1, len(by_last))
        verdicts = torch.arange(t, steps + 1, device=hidden.device)  # after so many pieces
        gradients = by_mean / verdicts[:, None] + by_most * (peak[verdicts - 1] == t - 1)
        gradients[0] += by_last
        return gradients

    block = _squares(network, traces, inject)[1:, 1:]  # (T, T)
    words = [*passage.places]
    # Pieces up to the last one of each word; a word without a piece of its own adds nothing.
    sums = np.concatenate([np.zeros((len(words), 1)), block[words].cumsum(1)], 1)
    ends = np.maximum.accumulate(np.array(words) + 1)
    return np.diff(sums[:, ends], axis=1, prepend=0.0)


@torch.inference_mode()
def _squares(
    network: Network,
    traces: list[Trace],
    inject: Callable[[int], Tensor],
    negligible: float = 0.0,
) -> np.ndarray:
    """(S, S): row t, column s the squared gradient of prediction t by the one-hot input of step
    s, summed over the vocabulary."""
    # sum_v (E_v . g)^2 = g (E^T E) g, with D^2 numbers in place of V D.
    gram = network.embedding.T @ network.embedding
    steps = traces[0].x.shape[1]
    squares = torch.zeros(steps, steps, dtype=gram.dtype, device=gram.device)
    for step, dx, _ in pull_back(network.cells, traces, inject, negligible):
        squares[step : step + len(dx), step] = ((dx @ gram) * dx).sum(1)
    return squares.double().cpu().numpy()
