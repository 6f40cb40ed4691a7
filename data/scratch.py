"""From a text to what the NumPy networks read: lines or windows as padded batches of numbers.

*Lines* are texts of their own (names), each read from a zero state; *windows* are pieces of one
running text, whose state is carried over. Nothing here downloads or knows a network.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from data.errors import InputError
from data.generation import TextSplits, shuffle_lines, split_text, stream_batches

LINE_END = "\n"  # begins and ends every line: read first, written last
MIN_LINES = 10
POOL = 8  # batches that are sorted by length together: little padding, and still a random order


@dataclass(frozen=True)
class Batch:
    """N sequences of up to T characters, filled up with zeros after their ``lengths``."""

    inputs: np.ndarray  # (N, T) whole numbers
    targets: np.ndarray  # (N, T), the inputs one step later
    lengths: np.ndarray  # (N,)

    @property
    def valid(self) -> np.ndarray:
        """(N, T) bool, true at characters and false at filling."""
        return np.arange(self.inputs.shape[1]) < self.lengths[:, None]

    @property
    def count(self) -> int:
        """The number of characters to be guessed."""
        return int(self.lengths.sum())


def read_text(path: str | Path) -> str:
    """The content of a UTF-8 text file, line ends as newlines; InputError when there is none."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text; save it with the encoding UTF-8.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    if not text.strip():
        raise InputError(f"{path} is empty; give a text to learn from.")
    return text


def split_lines(text: str, seed: int = 0, share: float = 0.1) -> TextSplits:
    """The different lines of ``text`` in an order drawn with ``seed``, cut between lines into
    train, selection and validation, the last two with ``share`` of the lines each.

    No line is in two parts. Raises InputError for fewer than ten lines.
    """
    lines = shuffle_lines(text, seed).splitlines(keepends=True)
    if len(lines) < MIN_LINES:
        raise InputError(
            f"The text has {len(lines)} different lines, too few to train and validate on; "
            f"give at least {MIN_LINES}, or read it as running text with --unit windows."
        )
    part = max(1, int(len(lines) * share))
    cut, head = len(lines) - 2 * part, len(lines) - part
    return TextSplits("".join(lines[:cut]), "".join(lines[cut:head]), "".join(lines[head:]))


def split_windows(text: str, bptt_steps: int) -> TextSplits:
    """``text`` cut in order, as ``data.generation`` does; InputError when it is shorter than one
    window of ``bptt_steps`` characters."""
    if len(text) <= bptt_steps:
        raise InputError(
            f"The text has {len(text):,} characters, too few for one window of {bptt_steps}; "
            "give a longer text or lower --bptt_steps."
        )
    return split_text(text)


def pad(sequences: Sequence[Sequence[int]]) -> Batch:
    """Sequences of n + 1 tokens as a Batch with n inputs and n targets each."""
    lengths = np.array([len(sequence) - 1 for sequence in sequences])
    inputs, targets = np.zeros((2, len(sequences), lengths.max()), dtype=np.int64)
    for row, sequence in enumerate(sequences):
        inputs[row, : lengths[row]] = sequence[:-1]
        targets[row, : lengths[row]] = sequence[1:]
    return Batch(inputs, targets, lengths)


def line_batches(
    sequences: Sequence[Sequence[int]], batch_size: int, seed: int, epoch: int
) -> list[Batch]:
    """All ``sequences`` once, in batches of like length; a function of the seed and the epoch.

    They are shuffled, sorted within pools of POOL batches, cut, and the batches shuffled.
    """
    order = random.Random(seed * 100_003 + epoch)
    shuffled = order.sample(list(sequences), len(sequences))
    batches = []
    for start in range(0, len(shuffled), POOL * batch_size):
        pool = sorted(shuffled[start : start + POOL * batch_size], key=len)
        batches += [pad(pool[i : i + batch_size]) for i in range(0, len(pool), batch_size)]
    order.shuffle(batches)
    return batches


def window_batches(
    tokens: Sequence[int], num_streams: int, bptt_steps: int, seed: int, epoch: int
) -> list[Batch]:
    """The batches of ``data.generation.stream_batches`` without any filling: batch b goes on where
    batch b-1 ended."""
    num_streams = max(1, min(num_streams, (len(tokens) - 1) // bptt_steps))
    streams = stream_batches(torch.tensor(tokens), num_streams, bptt_steps, seed, epoch)
    return [
        Batch(inputs.numpy(), targets.numpy(), np.full(len(inputs), inputs.shape[1]))
        for inputs, targets in streams
    ]
