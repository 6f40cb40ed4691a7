"""From a text to what a language model reads: characters as numbers, splits, parallel streams.

Nothing here downloads (``data.sources`` does) or knows a network.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from data.errors import InputError

TOKENIZER_FILE = "tokenizer.json"


@dataclass(frozen=True)
class CharTokenizer:
    """One number a character: its place in ``characters``, which is sorted and without repeats."""

    characters: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.characters or list(self.characters) != sorted(set(self.characters)):
            raise ValueError(
                "the characters of a tokenizer must be sorted, single and at least one"
            )
        object.__setattr__(self, "_index", {c: i for i, c in enumerate(self.characters)})

    @classmethod
    def from_text(cls, text: str) -> CharTokenizer:
        """The tokenizer of all characters of ``text``."""
        if not text:
            raise InputError("The text is empty; give a text to learn from.")
        return cls(tuple(sorted(set(text))))

    @property
    def vocab_size(self) -> int:
        """V, the number of characters known."""
        return len(self.characters)

    def encode(self, text: str) -> list[int]:
        """The numbers of the known characters of ``text``; unknown ones are left out (``unseen``
        tells them)."""
        return [self._index[c] for c in text if c in self._index]

    def unseen(self, text: str) -> tuple[str, ...]:
        """The characters of ``text`` that have no number, each once, in order of appearance."""
        return tuple(dict.fromkeys(c for c in text if c not in self._index))

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of some numbers."""
        return "".join(self.characters[token] for token in tokens)

    def save(self, folder: Path) -> None:
        """Write ``tokenizer.json`` into a checkpoint folder."""
        content = {"type": "characters", "characters": "".join(self.characters)}
        text = json.dumps(content, ensure_ascii=False, indent=2)
        (folder / TOKENIZER_FILE).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> CharTokenizer:
        """Read ``tokenizer.json``; ValueError that names the file when it is missing or wrong."""
        path = Path(folder) / TOKENIZER_FILE
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return cls(tuple(content["characters"]))
        except FileNotFoundError:
            raise ValueError(f"{path} is missing.") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path} is not the tokenizer of a text network.") from error


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
