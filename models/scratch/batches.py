"""Mini-batches of token numbers: whole names of unequal length, or windows of one long text.

The network is given ``START``, a column of zeros, where nothing was read before; it also fills the
places after a sequence's end, which ``lengths`` says not to read. No characters here, only numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

START = -1


class Batch(NamedTuple):
    """What a network reads and should answer, step by step."""

    inputs: np.ndarray  # (m, T_x) whole numbers, START where there is no token
    targets: np.ndarray  # (m, T_x) the token after each input; 0 after a sequence's end
    lengths: np.ndarray  # (m,) steps of each sequence

    @property
    def valid(self) -> np.ndarray:
        """(m, T_x) bool, the mask (11.1)."""
        return np.arange(self.inputs.shape[1]) < self.lengths[:, None]


def one_hot(tokens: np.ndarray, n_x: int, dtype: type = np.float64) -> np.ndarray:
    """tokens (m, T_x) -> (n_x, m, T_x), zero where a token is START."""
    tokens = np.asarray(tokens)
    if tokens.ndim != 2 or tokens.size == 0 or not np.issubdtype(tokens.dtype, np.integer):
        raise ValueError(
            f"tokens has shape {tokens.shape} and type {tokens.dtype}, "
            "but whole numbers of shape (m, T_x) are expected."
        )
    if tokens.min() < START or tokens.max() >= n_x:
        raise ValueError(f"tokens must lie in 0..{n_x - 1}, or be START ({START}).")
    # Made time-major, as a pass wants it, and seen from the other side.
    vectors = np.zeros((tokens.shape[1], tokens.shape[0], n_x), dtype)
    rows, steps = np.nonzero(tokens != START)
    vectors[steps, rows, tokens[rows, steps]] = 1
    return vectors.transpose(2, 1, 0)


def pad_names(names: Sequence[Sequence[int]], end: int) -> Batch:
    """One batch of all ``names``: each is read from START on and must be followed by ``end``."""
    lengths = np.array([len(name) + 1 for name in names])
    inputs = np.full((len(names), lengths.max()), START)
    targets = np.zeros_like(inputs)
    for row, name in enumerate(names):
        inputs[row, 1 : len(name) + 1] = name
        targets[row, : len(name) + 1] = [*name, end]
    return Batch(inputs, targets, lengths)


def name_batches(
    names: Sequence[Sequence[int]], end: int, batch_size: int, rng: np.random.Generator
) -> list[Batch]:
    """All ``names`` once, in an order drawn with ``rng``; the last batch may be smaller."""
    if not names:
        raise ValueError("The corpus holds no name; give at least one.")
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}, but 1 or more is expected.")
    order = rng.permutation(len(names))
    return [
        pad_names([names[k] for k in order[start : start + batch_size]], end)
        for start in range(0, len(order), batch_size)
    ]


def window_batches(tokens: Sequence[int], num_streams: int, window: int) -> list[Batch]:
    """A long text as ``num_streams`` parallel streams in windows of ``window`` steps.

    Batch b+1 goes on where batch b ended, so that the state can be carried over (11.8). The last
    window is shorter where the text ends; what does not fill the streams is left out.
    """
    tokens = np.asarray(tokens)
    if tokens.size == 0:
        raise ValueError("The corpus is empty; give a text to learn from.")
    if min(num_streams, window) < 1:
        raise ValueError(f"num_streams={num_streams} and window={window} must be 1 or more.")
    length = (len(tokens) - 1) // num_streams
    if length < window:
        raise ValueError(
            f"The corpus has {len(tokens):,} characters, but {num_streams} stream(s) of windows "
            f"of {window} need at least {num_streams * window + 1:,}."
        )
    inputs = tokens[: length * num_streams].reshape(num_streams, length)
    targets = tokens[1 : length * num_streams + 1].reshape(num_streams, length)
    batches = []
    for start in range(0, length, window):
        part = inputs[:, start : start + window]
        lengths = np.full(num_streams, part.shape[1])
        batches.append(Batch(part, targets[:, start : start + window], lengths))
    return batches
