"""From a text to what a language model reads: splits for training, parallel streams of tokens.

Nothing here downloads (``data.sources`` does), turns text into numbers (``data.tokenizers``) or
knows a network.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import torch
from torch import Tensor

from data.errors import InputError

MIN_LINES = 10


@dataclass(frozen=True)
class TextSplits:
    """A text cut in three: ``validation`` is its end, ``selection`` a piece from the middle of the
    part before, ``train`` the rest of that part.

    Tiny Shakespeare's convention is 90 % for training and the last 10 % for validation. All choices
    here (when to stop, which epoch to keep) are made on ``selection``, so that the validation text
    is read at the end only, like a test set. The selection is not the end of the training part,
    because the cut at 90 % goes through a play: without that play's first half the validation text
    would be much harder than it is by the convention (for a 6-gram 1.99 instead of 1.70 nats).
    """

    train: str
    selection: str
    validation: str

    @property
    def text(self) -> str:
        """All parts, one after the other."""
        return self.train + self.selection + self.validation


def split_text(
    text: str, validation_share: float = 0.1, selection_share: float = 0.05
) -> TextSplits:
    """Cut ``text``; ``selection_share`` is a share of the part before the validation."""
    head = int(len(text) * (1 - validation_share))
    size = int(head * selection_share)
    start = (head - size) // 2
    if min(start, size, len(text) - head) < 2:
        raise InputError(
            f"The text has {len(text):,} characters, too few to train and validate on; "
            "give at least a few thousand."
        )
    return TextSplits(
        train=text[:start] + text[start + size : head],
        selection=text[start : start + size],
        validation=text[head:],
    )


def shuffle_lines(text: str, seed: int = 0) -> str:
    """The different non-empty lines of ``text`` in an order drawn with ``seed``, each with its
    newline. For a list such as names from A to Z, where a cut in order would validate on T to Z."""
    lines = sorted({line.strip() for line in text.splitlines()} - {""})
    random.Random(seed).shuffle(lines)
    return "".join(f"{line}\n" for line in lines)


def split_lines(
    text: str, seed: int = 0, validation_share: float = 0.1, selection_share: float = 0.1
) -> TextSplits:
    """The different lines of ``text`` in an order drawn with ``seed``, cut between lines into
    train, selection and validation; both shares are of all lines, and give one line at least.

    No line is in two parts. Raises InputError for fewer than ten lines or no line to train on.
    """
    lines = shuffle_lines(text, seed).splitlines(keepends=True)
    head = len(lines) - max(1, int(len(lines) * validation_share))
    cut = head - max(1, int(len(lines) * selection_share))
    if len(lines) < MIN_LINES or cut < 1:
        raise InputError(
            f"The text has {len(lines)} different lines, too few to train and validate on; "
            f"give at least {MIN_LINES}, or read it as running text with --unit windows."
        )
    return TextSplits("".join(lines[:cut]), "".join(lines[cut:head]), "".join(lines[head:]))


def stream_batches(
    tokens: Tensor, num_streams: int, bptt_steps: int, seed: int, epoch: int
) -> list[tuple[Tensor, Tensor]]:
    """Batches for truncated back-propagation through time with carried state.

    ``tokens`` (length,) is cut into ``num_streams`` parallel streams, each read from left to right
    in windows of ``bptt_steps``: batch b goes on where batch b-1 ended. The cut begins at another
    place each epoch, so that windows fall differently. Returns (inputs, targets), both (N, T), the
    targets being the inputs one step later.
    """
    generator = torch.Generator().manual_seed(seed * 100_003 + epoch)
    length = (len(tokens) - 1) // num_streams
    if length < 1:
        raise InputError(
            f"{len(tokens):,} characters cannot feed {num_streams} streams; lower batch_size."
        )
    spare = max(1, min(bptt_steps, length - 1))
    start = int(torch.randint(0, spare, (1,), generator=generator))
    length = (len(tokens) - 1 - start) // num_streams
    span = tokens[start : start + length * num_streams + 1]
    inputs = span[:-1].view(num_streams, length)
    targets = span[1:].view(num_streams, length)
    return [
        (inputs[:, i : i + bptt_steps], targets[:, i : i + bptt_steps])
        for i in range(0, length, bptt_steps)
    ]
