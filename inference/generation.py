"""A language model that writes and reads: prompt in, ``Generation`` out; text in, ``Reading`` out.

``TextGenerator`` is what the page, the command line and the evaluation all call;
``LanguageGenerator`` is what it shares with ``inference.scratch``. How a token is drawn stands in
``inference.sampling``, how a text grows in ``inference.writing``, how one is read in pieces in
``inference.reading``. Nothing here trains or shows anything.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch

from data import copying
from data.copying import CopyIndex
from data.errors import InputError
from data.tokenizers import Tokenizer
from inference.predictions import Copying, Generation, Piece, Reading
from inference.reading import Expectations, expectations, sum_up, tokens_at_once
from inference.sampling import Sampling, is_whole
from inference.vocabulary import load_tokenizer
from inference.writing import Bookmark, Pen, Writer
from models.checkpoint import CheckpointError, load_config, load_weights
from models.generation import GenerationConfig, LanguageModel
from models.places import locate

TASK = "generation"
MAX_PROMPT = 20_000  # characters
MAX_READ_CHARACTERS = 20_000  # of a text whose every token is looked at; more are only measured
MAX_NEW_TOKENS = 10_000
MAX_SEED = 2**32 - 1
START = "\n"  # what the network reads where there is no prompt: a fresh line


class LanguageGenerator(ABC):
    """Whatever can write and read: a network with its ``tokenizer`` and its ``name``."""

    tokenizer: Tokenizer
    name: str
    copies: CopyIndex | None  # of the text it was trained on, when the checkpoint has one

    @abstractmethod
    def pen(self, tokens: list[int]) -> Pen:
        """A Pen that has read ``tokens``, or what stands for no prompt when there are none."""

    @abstractmethod
    def expectations(self, text: str, window: int | None) -> Expectations:
        """What the network expected at each token of a text of known characters, as far as it can
        expect anything there. InputError when it cannot read in windows."""

    def write(
        self,
        prompt: str = "",
        max_new_tokens: int = 500,
        temperature: float = 0.8,
        seed: int = 0,
        top_k: int = 0,
        top_p: float = 1.0,
        alternatives: int = 0,
    ) -> Writer:
        """A Writer, which yields the continuation of ``prompt`` token by token.

        ``temperature``, ``top_k`` and ``top_p`` are explained at ``Sampling``; each token comes
        with the ``alternatives`` likeliest ones at its place. The same prompt, seed and sampling
        give the same text on the same machine. Raises InputError with one sentence for arguments
        out of range.
        """
        sampling = Sampling(temperature, top_k, top_p)
        _check_length(max_new_tokens)
        _check_prompt(prompt)
        if not is_whole(seed, 0, MAX_SEED):
            raise InputError(f"The seed must be a whole number from 0 to {MAX_SEED:,}.")
        start = Bookmark(
            self.name, prompt, "", int(seed), self.tokenizer.unseen(prompt),
            self.pen(self.tokenizer.encode(prompt)), np.random.default_rng(int(seed)),
        )  # fmt: skip
        return Writer(self.tokenizer, start, int(max_new_tokens), sampling, alternatives)

    def resume(
        self,
        bookmark: Bookmark,
        max_new_tokens: int = 500,
        temperature: float = 0.8,
        top_k: int = 0,
        top_p: float = 1.0,
        alternatives: int = 0,
    ) -> Writer:
        """A Writer that goes on where the one of ``bookmark`` stood: with the same sampling, what
        the two write is what one would have written. Its prompt is all text before.

        Arguments and errors as for ``write``; InputError also for a bookmark of another model.
        """
        if bookmark.model != self.name:
            raise InputError(f"This text was begun by {bookmark.model}; go on with the same model.")
        sampling = Sampling(temperature, top_k, top_p)
        _check_length(max_new_tokens)
        return Writer(self.tokenizer, bookmark, int(max_new_tokens), sampling, alternatives)

    def generate(
        self,
        prompt: str = "",
        max_new_tokens: int = 500,
        temperature: float = 0.8,
        seed: int = 0,
        top_k: int = 0,
        top_p: float = 1.0,
        alternatives: int = 0,
    ) -> Generation:
        """The whole continuation at once; arguments and errors as for ``write``."""
        writer = self.write(prompt, max_new_tokens, temperature, seed, top_k, top_p, alternatives)
        for _ in writer:
            pass
        return writer.result()

    def line(
        self,
        prompt: str = "",
        max_new_tokens: int = 60,
        temperature: float = 0.8,
        seed: int = 0,
        top_k: int = 0,
        top_p: float = 1.0,
    ) -> Generation:
        """One line, such as a name: like ``generate``, but it ends before the first newline."""
        writer = self.write(prompt, max_new_tokens, temperature, seed, top_k, top_p)
        for piece in writer:
            if "\n" in piece.text:
                break
        written = writer.result()
        pieces = tuple(piece for piece in written.pieces if "\n" not in piece.text)
        text = "".join(piece.text for piece in pieces)
        return dataclasses.replace(written, text=text, pieces=pieces)

    def read(self, text: str, window: int | None = None, alternatives: int = 0) -> Reading:
        """How surprising ``text`` is, token by token, with the ``alternatives`` likeliest ones.

        With ``window`` None the state is carried through the whole text (stateful); with a number
        it starts at zero every ``window`` tokens (cold). Characters never seen are left out and
        counted. Raises InputError with one sentence when too little is left, or for more than
        MAX_READ_CHARACTERS.
        """
        if len(text) > MAX_READ_CHARACTERS:
            raise InputError(
                f"The text has {len(text):,} characters; give at most {MAX_READ_CHARACTERS:,}."
            )
        pieces: list[Piece] = []
        reading = self._read(text, window, pieces, alternatives)
        return dataclasses.replace(reading, pieces=tuple(pieces))

    def measure(self, text: str, window: int | None = None) -> Reading:
        """How surprising ``text`` is on the whole: ``read`` without the tokens, so a text of any
        length. Memory grows with the text itself only."""
        return self._read(text, window, None, 0)

    def nats_per_char(self, text: str, window: int | None = None) -> float:
        """``measure`` for numbers of record: total -ln p over the number of characters.

        Raises InputError for unseen characters, which would make the figure better than it is, or
        for fewer than two characters.
        """
        unseen = self.tokenizer.unseen(text)
        if unseen:
            raise InputError(
                f"The text has characters that {self.name} never saw: {' '.join(unseen)}."
            )
        if len(text) < 2:
            raise InputError("A text must have at least two characters to be scored.")
        return self.measure(text, window).nats_per_char

    def copying(self, text: str) -> Copying | None:
        """How much of ``text`` stands verbatim in the training text; None when the checkpoint does
        not know its training text."""
        if self.copies is None:
            return None
        found = self.copies.check(text)
        return Copying(copying.WINDOW, found.share, found.longest, found.spans)

    def known(self, text: str) -> str:
        """``text`` as it is read."""
        return self.tokenizer.known(text)

    def _read(
        self, text: str, window: int | None, pieces: list[Piece] | None, alternatives: int
    ) -> Reading:
        """The reading without its pieces, which are added to ``pieces`` if it is there."""
        if window is not None and not is_whole(window, 1, float("inf")):
            raise InputError("The window must be a whole number of tokens, 1 or more.")
        unseen, known = self.tokenizer.unseen(text), self.known(text)
        counts = Counter(text) if unseen else {}
        expected = self.expectations(known, window)
        nats, guessed = sum_up(expected, self.tokenizer, pieces, alternatives)
        if not guessed:
            raise InputError(
                f"There is too little to read: give at least two characters that {self.name} knows."
            )
        if pieces and guessed < len(known):
            pieces.insert(0, Piece(known[: len(known) - guessed], float("nan")))
        skipped = {character: counts[character] for character in unseen}
        return Reading(known, self.name, len(known), nats / guessed, skipped, window)


class TextGenerator(LanguageGenerator):
    """A trained language model with its tokenizer; safe to share, it keeps no state of its own."""

    def __init__(
        self,
        model: LanguageModel,
        tokenizer: Tokenizer,
        name: str,
        copies: CopyIndex | None = None,
    ) -> None:
        self.model, self.tokenizer, self.name, self.copies = model, tokenizer, name, copies

    @classmethod
    def from_pretrained(cls, place: str | Path, revision: str | None = None) -> TextGenerator:
        """Load a checkpoint folder, or USER/NAME of the Hub (``models.places``); CheckpointError
        with one sentence when it cannot be used."""
        folder, name = locate(place, revision)
        config = load_config(folder, TASK, GenerationConfig)
        tokenizer = load_tokenizer(folder, config.vocab_size)
        model = LanguageModel(config)
        load_weights(folder, model)
        return cls(model, tokenizer, name, load_copies(folder))

    def pen(self, tokens: list[int]) -> Pen:
        """See LanguageGenerator; a prompt is read in few calls, the steps go on from its state."""
        tokens = tokens or self.tokenizer.encode(START) or [0]
        at_once, state = tokens_at_once(self.tokenizer.vocab_size), None
        for i in range(0, len(tokens), at_once):
            logits, state = self._forward(np.array([tokens[i : i + at_once]]), state)
        return _TorchPen(self.model.stepper(state), logits[0, -1])

    def expectations(self, text: str, window: int | None) -> Expectations:
        """See LanguageGenerator; the first token is not expected."""
        at_once = tokens_at_once(self.tokenizer.vocab_size)
        return expectations(self._forward, self.tokenizer, text, window, at_once)

    @torch.inference_mode()
    def _forward(self, tokens: np.ndarray, state: Any) -> tuple[np.ndarray, Any]:
        logits, state = self.model(torch.from_numpy(tokens), state)
        return logits.float().numpy(), state


class _TorchPen(Pen):
    """The pen of a TextGenerator."""

    def __init__(self, step: Any, logits: np.ndarray) -> None:
        self._step, self._logits, self._unread = step, logits, None

    def logits(self) -> np.ndarray:
        """See Pen."""
        if self._unread is not None:
            self._logits, self._unread = self._step(self._unread).numpy(), None
        return self._logits

    def take(self, token: int) -> None:
        """See Pen."""
        self._unread = token

    def fork(self) -> Pen:
        """See Pen."""
        twin = _TorchPen(self._step.fork(), self._logits)
        twin._unread = self._unread
        return twin


def load_copies(folder: Path) -> CopyIndex | None:
    """The index of a checkpoint's training text; None without one, CheckpointError for a damaged
    one."""
    if not (folder / copying.COPIES_FILE).is_file():
        return None
    try:
        return CopyIndex.load(folder)
    except ValueError as error:
        raise CheckpointError(str(error)) from error


def _check_prompt(prompt: str) -> None:
    if not isinstance(prompt, str):
        raise InputError("The prompt must be a text.")
    if len(prompt) > MAX_PROMPT:
        raise InputError(f"The prompt has {len(prompt):,} characters; give at most {MAX_PROMPT:,}.")


def _check_length(max_new_tokens: float) -> None:
    if not is_whole(max_new_tokens, 1, MAX_NEW_TOKENS):
        raise InputError(f"The length must be a whole number from 1 to {MAX_NEW_TOKENS:,}.")
