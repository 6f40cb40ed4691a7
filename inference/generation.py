"""A language model that writes: prompt in, ``Generation`` out.

``TextGenerator`` is what the page, the command line and the evaluation all call; ``CharacterModel``
and ``Writer`` are what it shares with ``inference.scratch``. Nothing here trains or shows anything.
"""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from data.errors import InputError
from data.generation import CharTokenizer
from inference.predictions import Generation
from models.checkpoint import CheckpointError, load_config, load_weights
from models.generation import GenerationConfig, LanguageModel

TASK = "generation"
MAX_PROMPT = 20_000  # characters
MAX_NEW_TOKENS = 10_000
MAX_TEMPERATURE = 5.0
MAX_SEED = 2**32 - 1
START = "\n"  # what the network reads where there is no prompt: a fresh line
SCORE_WINDOW = 4096  # characters read at once when a text is scored; bounds memory, changes nothing


class CharacterModel(ABC):
    """Whatever can write: a network over characters with its ``tokenizer`` and its ``name``."""

    tokenizer: CharTokenizer
    name: str

    @abstractmethod
    def pen(self, seed: int) -> Pen:
        """A fresh Pen, which draws by random numbers from ``seed``."""

    def write(
        self,
        prompt: str = "",
        max_new_tokens: int = 500,
        temperature: float = 0.8,
        seed: int = 0,
    ) -> Writer:
        """A Writer, which yields the continuation of ``prompt`` character by character.

        ``temperature`` divides the logits: 0 always takes the likeliest character, 1 draws from
        what the network believes. The same arguments give the same text on the same machine.
        Raises InputError with one sentence for arguments out of range.
        """
        _check_arguments(prompt, max_new_tokens, temperature, seed)
        return Writer(self, prompt, int(max_new_tokens), float(temperature), int(seed))

    def generate(
        self,
        prompt: str = "",
        max_new_tokens: int = 500,
        temperature: float = 0.8,
        seed: int = 0,
    ) -> Generation:
        """The whole continuation at once; arguments and errors as for ``write``."""
        writer = self.write(prompt, max_new_tokens, temperature, seed)
        for _ in writer:
            pass
        return writer.result()

    def line(
        self,
        prompt: str = "",
        max_new_tokens: int = 60,
        temperature: float = 0.8,
        seed: int = 0,
    ) -> Generation:
        """One line, such as a name: like ``generate``, but it ends before the first newline."""
        writer = self.write(prompt, max_new_tokens, temperature, seed)
        for character in writer:
            if character == "\n":
                break
        written = writer.result()
        return dataclasses.replace(written, text=written.text.removesuffix("\n"))

    def check_text(self, text: str) -> None:
        """Raise InputError unless ``text`` can be scored: known characters only, at least two."""
        unseen = self.tokenizer.unseen(text)
        if unseen:
            raise InputError(
                f"The text has characters that {self.name} never saw: {' '.join(unseen)}."
            )
        if len(text) < 2:
            raise InputError("A text must have at least two characters to be scored.")


class Pen(ABC):
    """A network in the middle of a text: it knows what it read and draws what comes next."""

    @abstractmethod
    def read(self, tokens: list[int]) -> None:
        """Read the tokens of a prompt, perhaps none; called once, before anything is drawn."""

    @abstractmethod
    def draw(self, temperature: float) -> tuple[int, float]:
        """The next token, drawn and read, and its surprise -ln p at temperature 1 in nats."""


class TextGenerator(CharacterModel):
    """A trained language model with its tokenizer; safe to share, it keeps no state of its own."""

    def __init__(self, model: LanguageModel, tokenizer: CharTokenizer, name: str) -> None:
        self.model, self.tokenizer, self.name = model, tokenizer, name

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> TextGenerator:
        """Load a checkpoint folder; CheckpointError with one sentence when it cannot be used."""
        folder = Path(folder)
        config = load_config(folder, TASK, GenerationConfig)
        tokenizer = load_tokenizer(folder, config.vocab_size)
        model = LanguageModel(config)
        load_weights(folder, model)
        return cls(model, tokenizer, folder.name)

    def pen(self, seed: int) -> Pen:
        """A fresh Pen, which draws by random numbers from ``seed``."""
        return _TorchPen(self, seed)

    @torch.inference_mode()
    def nats_per_char(self, text: str, window: int | None = None) -> float:
        """Mean -ln p of each character of ``text`` given those before it, but the first.

        With ``window`` None the text is read in one pass with carried state (stateful); with a
        number the state starts at zero every ``window`` characters (cold), as language models with
        a fixed context are measured. Raises InputError for unseen characters or fewer than two.
        """
        self.check_text(text)
        tokens = torch.tensor(self.tokenizer.encode(text))
        inputs, targets = tokens[:-1], tokens[1:]
        total = self._stateful(inputs, targets) if window is None else self._cold(
            inputs, targets, window
        )  # fmt: skip
        return total / len(targets)

    def _stateful(self, inputs: Tensor, targets: Tensor) -> float:
        total, state = 0.0, None
        for i in range(0, len(inputs), SCORE_WINDOW):
            logits, state = self.model(inputs[None, i : i + SCORE_WINDOW], state)
            total += _nats(logits, targets[None, i : i + SCORE_WINDOW])
        return total

    def _cold(self, inputs: Tensor, targets: Tensor, window: int) -> float:
        whole = len(inputs) // window * window
        rows, wanted = inputs[:whole].view(-1, window), targets[:whole].view(-1, window)
        total = 0.0
        for i in range(0, len(rows), 64):
            total += _nats(self.model(rows[i : i + 64])[0], wanted[i : i + 64])
        if whole < len(inputs):
            total += _nats(self.model(inputs[None, whole:])[0], targets[None, whole:])
        return total


class Writer(Iterator[str]):
    """One text being written: iterate to get its characters, ``result()`` for what there is."""

    def __init__(
        self,
        source: CharacterModel,
        prompt: str,
        max_new_tokens: int,
        temperature: float,
        seed: int,
    ) -> None:
        self.source, self.prompt, self.seed = source, prompt, seed
        self.temperature, self.remaining = temperature, max_new_tokens
        self.skipped = source.tokenizer.unseen(prompt)
        self._characters: list[str] = []
        self._surprise = 0.0  # nats, over all characters written
        self._pen = source.pen(seed)
        self._pen.read(source.tokenizer.encode(prompt))

    def __next__(self) -> str:
        if self.remaining <= 0:
            raise StopIteration
        token, nats = self._pen.draw(self.temperature)
        self._surprise += nats
        self.remaining -= 1
        self._characters.append(self.source.tokenizer.characters[token])
        return self._characters[-1]

    def result(self) -> Generation:
        """What was written so far."""
        count = len(self._characters)
        return Generation(
            prompt=self.prompt,
            text="".join(self._characters),
            seed=self.seed,
            model=self.source.name,
            bits_per_char=self._surprise / count / math.log(2) if count else 0.0,
            skipped=self.skipped,
        )


def load_tokenizer(folder: Path, vocab_size: int) -> CharTokenizer:
    """The tokenizer of a checkpoint; CheckpointError unless it knows ``vocab_size`` characters."""
    try:
        tokenizer = CharTokenizer.load(folder)
    except ValueError as error:
        raise CheckpointError(str(error)) from error
    if tokenizer.vocab_size != vocab_size:
        raise CheckpointError(
            f"{folder / 'tokenizer.json'} knows {tokenizer.vocab_size} characters, "
            f"but config.json asks for {vocab_size}."
        )
    return tokenizer


class _TorchPen(Pen):
    """The pen of a TextGenerator; a token is read no sooner than the next one is wanted."""

    def __init__(self, source: TextGenerator, seed: int) -> None:
        self.source = source
        self._generator = torch.Generator().manual_seed(seed)
        self._unread: int | None = None

    @torch.inference_mode()
    def read(self, tokens: list[int]) -> None:
        """The whole prompt in one call; the steps go on from its state."""
        tokens = tokens or self.source.tokenizer.encode(START) or [0]
        logits, state = self.source.model(torch.tensor([tokens]))
        self._logits, self._step = logits[0, -1], self.source.model.stepper(state)

    @torch.inference_mode()
    def draw(self, temperature: float) -> tuple[int, float]:
        """See Pen."""
        if self._unread is not None:
            self._logits = self._step(self._unread)
        log_probabilities = F.log_softmax(self._logits.float(), dim=-1)
        self._unread = sample_token(self._logits, temperature, self._generator)
        return self._unread, -float(log_probabilities[self._unread])


def sample_token(logits: Tensor, temperature: float, generator: torch.Generator) -> int:
    """Draw a token from ``logits`` (V,) divided by ``temperature``; 0 takes the likeliest."""
    if temperature == 0:
        return int(logits.argmax())
    # Shifting by the maximum first keeps tiny temperatures from overflowing to inf - inf.
    scaled = (logits - logits.max()) / temperature
    return int(torch.multinomial(F.softmax(scaled, dim=-1), 1, generator=generator))


def _nats(logits: Tensor, targets: Tensor) -> float:
    """Summed -ln p of ``targets`` (N, T) under ``logits`` (N, T, V), added up in float64."""
    losses = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none")
    return float(losses.double().sum())


def _check_arguments(prompt: str, max_new_tokens: float, temperature: float, seed: float) -> None:
    if not isinstance(prompt, str):
        raise InputError("The prompt must be a text.")
    if len(prompt) > MAX_PROMPT:
        raise InputError(f"The prompt has {len(prompt):,} characters; give at most {MAX_PROMPT:,}.")
    if not _is_whole(max_new_tokens, 1, MAX_NEW_TOKENS):
        raise InputError(f"The length must be a whole number from 1 to {MAX_NEW_TOKENS:,}.")
    if not _is_number(temperature) or not 0 <= temperature <= MAX_TEMPERATURE:
        raise InputError(f"The temperature must be a number from 0 to {MAX_TEMPERATURE:g}.")
    if not _is_whole(seed, 0, MAX_SEED):
        raise InputError(f"The seed must be a whole number from 0 to {MAX_SEED:,}.")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(value: object, low: int, high: int) -> bool:
    return _is_number(value) and value == int(value) and low <= value <= high
