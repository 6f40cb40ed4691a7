"""A text that is being written: token by token, to be left and taken up again at any place.

``Pen`` is what a network must offer for that; ``Writer`` draws from it and keeps what it wrote.
Nothing here knows how a network computes.
"""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from data.tokenizers import Tokenizer
from inference.predictions import Generation, Piece
from inference.sampling import Sampling, log_probabilities

CIRCLE_ROUNDS = 3  # a text goes round in circles when its end says the same so many times
CIRCLE_LENGTH = 40  # and this is at least so many characters long


class Pen(ABC):
    """A network in the middle of a text: it knows what it read and scores what may come next."""

    @abstractmethod
    def logits(self) -> np.ndarray:
        """The scores (V,) of the next token."""

    @abstractmethod
    def take(self, token: int) -> None:
        """Read one token; no sooner than ``logits`` asks for it."""

    @abstractmethod
    def fork(self) -> Pen:
        """Another pen at the same place, which goes its own way."""


@dataclass(frozen=True, eq=False)
class Bookmark:
    """The place that a Writer came to, to go on from any number of times. For memory only."""

    model: str
    prompt: str
    written: str  # after the prompt, by all Writers so far
    seed: int
    skipped: tuple[str, ...]
    pen: Pen
    rng: np.random.Generator


class Writer(Iterator[Piece]):
    """One text being written: iterate to get its tokens, ``result()`` for what there is."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        start: Bookmark,
        max_new_tokens: int,
        sampling: Sampling,
        alternatives: int = 0,
    ) -> None:
        self.remaining = max_new_tokens
        self._tokenizer, self._start, self._sampling = tokenizer, start, sampling
        self._alternatives = alternatives
        self._pen, self._rng = start.pen.fork(), copy.deepcopy(start.rng)
        self._pieces: list[Piece] = []

    def __next__(self) -> Piece:
        if self.remaining <= 0:
            raise StopIteration
        logits = self._pen.logits()
        token = self._sampling.draw(logits, self._rng)
        piece = look(log_probabilities(logits), token, self._tokenizer, self._alternatives)
        self._pen.take(token)
        self.remaining -= 1
        self._pieces.append(piece)
        return piece

    def result(self) -> Generation:
        """What was written so far."""
        start, text = self._start, self._text()
        nats = sum(piece.nats for piece in self._pieces)
        return Generation(
            prompt=start.prompt + start.written,
            text=text,
            seed=start.seed,
            model=start.model,
            bits_per_char=nats / len(text) / math.log(2) if text else 0.0,
            skipped=start.skipped,
            pieces=tuple(self._pieces),
            notes=self._notes(start.written + text),
        )

    def bookmark(self) -> Bookmark:
        """The place come to, from which ``LanguageGenerator.resume`` goes on exactly as this Writer
        would; it stays there when this Writer goes on."""
        start = self._start
        return Bookmark(
            start.model, start.prompt, start.written + self._text(), start.seed, start.skipped,
            self._pen.fork(), copy.deepcopy(self._rng),
        )  # fmt: skip

    def _text(self) -> str:
        return "".join(piece.text for piece in self._pieces)

    def _notes(self, written: str) -> tuple[str, ...]:
        begin = circle_start(written) if self._sampling.greedy else None
        if begin is None:
            return ()
        return (
            f"From character {begin + 1:,} on the text goes round in circles, as it does when the "
            "likeliest is always taken; raise the temperature to get out.",
        )


def look(log_p: np.ndarray, token: int, tokenizer: Tokenizer, alternatives: int) -> Piece:
    """The Piece of ``token``, which came where ``log_p`` (V,) was expected."""
    others = ()
    if alternatives:
        count = min(alternatives, len(log_p))
        best = np.argpartition(-log_p, count - 1)[:count]
        best = best[np.argsort(-log_p[best], kind="stable")]
        others = tuple((tokenizer.piece(int(i)), math.exp(log_p[i])) for i in best)
    return Piece(tokenizer.piece(token), -float(log_p[token]), others)


def circle_start(text: str) -> int | None:
    """Where the end of ``text`` begins to say the same again and again, None if it does not.

    That is the longest end of at least CIRCLE_LENGTH characters that is CIRCLE_ROUNDS or more
    rounds of one period. Found by the failure function of Knuth, Morris and Pratt (1977) on the
    text read backwards: there the first m characters have the period m - failure[m].
    """
    backwards, failure = text[::-1], [0]
    for character in backwards[1:]:
        k = failure[-1]
        while k and backwards[k] != character:
            k = failure[k - 1]
        failure.append(k + (backwards[k] == character))
    for m in range(len(text), CIRCLE_LENGTH - 1, -1):
        if (m - failure[m - 1]) * CIRCLE_ROUNDS <= m:
            return len(text) - m
    return None
