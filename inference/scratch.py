"""The NumPy networks write and read: the interface of TextGenerator over ``models.scratch``.

A checkpoint is the house's folder with the task ``generation-numpy``. Nothing here trains.
"""

from __future__ import annotations

import copy
import io
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from data.copying import CopyIndex
from data.errors import InputError
from data.tokenizers import CharTokenizer
from inference.generation import START as FRESH_LINE
from inference.generation import LanguageGenerator, load_copies
from inference.reading import Expectations, expectations
from inference.vocabulary import load_tokenizer
from inference.writing import Pen
from models.checkpoint import (
    CONFIG_FILE,
    WEIGHTS_FILE,
    CheckpointError,
    load_config,
    read_weights,
    write_json,
    write_weights,
)
from models.places import locate
from models.scratch.batches import START, one_hot, pad_names
from models.scratch.layers import check_cell, stacked_forward
from models.scratch.network import CharacterNetwork, NetworkConfig
from models.scratch.output import output_forward

TASK = "generation-numpy"
UNITS = ("lines", "windows")
TOKENS_AT_ONCE = 4096  # read in one call; bounds memory, changes nothing


@dataclass(frozen=True)
class NumpyGenerationConfig:
    """The shape of the network, and what a text was to it in training.

    ``unit`` "lines": each line is a text of its own, begun from a zero state (names);
    "windows": one running text.
    """

    vocab_size: int
    cell: str
    hidden_size: int
    num_layers: int
    unit: str

    def __post_init__(self) -> None:
        check_cell(self.cell)
        if self.unit not in UNITS:
            raise ValueError(f"unit is {self.unit!r}, but one of {', '.join(UNITS)} is expected.")
        sizes = (self.vocab_size, self.hidden_size, self.num_layers)
        if not all(isinstance(size, int) and size >= 1 for size in sizes):
            raise ValueError("the sizes must be whole numbers of at least 1.")


class NumpyGenerator(LanguageGenerator):
    """A NumPy network with its tokenizer; safe to share, it keeps no state of its own."""

    def __init__(
        self, network: CharacterNetwork, unit: str, name: str, copies: CopyIndex | None = None
    ) -> None:
        self.network, self.unit, self.name, self.copies = network, unit, name, copies
        self.tokenizer = CharTokenizer(tuple(network.config.characters))

    @classmethod
    def from_pretrained(cls, place: str | Path, revision: str | None = None) -> NumpyGenerator:
        """Load a checkpoint folder, or USER/NAME of the Hub (``models.places``); CheckpointError
        with one sentence when it cannot be used."""
        folder, name = locate(place, revision)
        config = load_config(folder, TASK, NumpyGenerationConfig)
        tokenizer = load_tokenizer(folder, config.vocab_size)
        shape = NetworkConfig(
            config.cell, "".join(tokenizer.characters), config.hidden_size, config.num_layers
        )
        tensors = read_weights(folder, _load_tensors)
        try:
            network = CharacterNetwork(shape, tensors)
        except ValueError as error:
            path = folder / WEIGHTS_FILE
            raise CheckpointError(f"{path} does not fit config.json: {error}") from error
        return cls(network, config.unit, name, load_copies(folder))

    @property
    def fresh_line(self) -> int:
        """The token of a newline, which a network that knows single lines always has."""
        return self.tokenizer.encode(FRESH_LINE)[0]

    def save(self, folder: Path) -> None:
        """Write config, weights (as float32) and tokenizer into a checkpoint folder."""
        shape = self.network.config
        config = NumpyGenerationConfig(
            shape.vocab_size, shape.cell, shape.hidden_size, shape.num_layers, self.unit
        )
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / CONFIG_FILE, {"task": TASK, **asdict(config)})
        arrays = {
            name: np.ascontiguousarray(array, np.float32)
            for name, array in self.network.parameters.items()
        }
        write_weights(folder, lambda part: save_file(arrays, part))
        self.tokenizer.save(folder)

    def pen(self, tokens: list[int]) -> Pen:
        """See LanguageGenerator; of a prompt of many lines a network that knows single ones reads
        the last."""
        if self.unit == "lines":
            tokens = [START, *tokens[_after_last(self.fresh_line, tokens) :]]
        tokens, states = tokens or self.tokenizer.encode(FRESH_LINE) or [0], None
        for i in range(0, len(tokens), TOKENS_AT_ONCE):
            logits, states = self.forward(np.array([tokens[i : i + TOKENS_AT_ONCE]]), states)
        return _NumpyPen(self, logits[0, -1], states)

    def known(self, text: str) -> str:
        """See LanguageGenerator; the last of single lines ends, too."""
        known = super().known(text)
        unended = self.unit == "lines" and known and not known.endswith(FRESH_LINE)
        return known + FRESH_LINE if unended else known

    def expectations(self, text: str, window: int | None) -> Expectations:
        """See LanguageGenerator. Of lines, each begins anew and all of it is expected, its newline
        too; of running text the first character is not."""
        if self.unit == "windows":
            return expectations(self.forward, self.tokenizer, text, window, TOKENS_AT_ONCE)
        if window is not None:
            raise InputError(f"{self.name} begins each line anew; leave the window out.")
        return self._line_expectations(text)

    def forward(self, tokens: np.ndarray, states: Any) -> tuple[np.ndarray, Any]:
        """tokens (N, T), which may be START, from ``states`` (zeros when None) -> logits (N, T, V)
        and the states after them."""
        config, weights = self.network.config, self.network.parameters
        x = one_hot(tokens, config.vocab_size)
        a, states, _ = stacked_forward(config.cell, x, self.network.layers(), states)
        scores = output_forward(a, weights["output.Wy"], weights["output.by"])
        return scores.transpose(1, 2, 0), states

    def _line_expectations(self, text: str) -> Expectations:
        """As many lines side by side as are read at once; a line that is too long by itself."""
        waiting: list[list[int]] = []
        for line in io.StringIO(text, newline="\n"):
            tokens = self.tokenizer.encode(line.removesuffix("\n"))
            longest = max(map(len, [*waiting, tokens])) + 1
            if waiting and longest * (len(waiting) + 1) > TOKENS_AT_ONCE:
                yield from self._expect_lines(waiting)
                waiting = []
            waiting.append(tokens)
        if waiting:
            yield from self._expect_lines(waiting)

    def _expect_lines(self, lines: list[list[int]]) -> Expectations:
        batch, states = pad_names(lines, self.fresh_line), None
        for i in range(0, batch.inputs.shape[1], TOKENS_AT_ONCE):
            part = np.s_[:, i : i + TOKENS_AT_ONCE]
            logits, states = self.forward(batch.inputs[part], states)
            yield logits[batch.valid[part]], batch.targets[part][batch.valid[part]]


class _NumpyPen(Pen):
    """The pen of a NumpyGenerator."""

    def __init__(self, source: NumpyGenerator, logits: np.ndarray, states: Any) -> None:
        self._source, self._logits, self._states = source, logits, states
        self._unread: int | None = None

    def logits(self) -> np.ndarray:
        """See Pen; after a line that ended, a network that knows single lines begins anew."""
        if self._unread is not None:
            token, states, source = self._unread, self._states, self._source
            if source.unit == "lines" and token == source.fresh_line:
                token, states = START, None
            logits, self._states = source.forward(np.array([[token]]), states)
            self._logits, self._unread = logits[0, 0], None
        return self._logits

    def take(self, token: int) -> None:
        """See Pen."""
        self._unread = token

    def fork(self) -> Pen:
        """See Pen; a step makes new states and leaves the old ones as they are."""
        return copy.copy(self)


def _after_last(token: int, tokens: list[int]) -> int:
    """The place behind the last ``token``, 0 without any."""
    return len(tokens) - tokens[::-1].index(token) if token in tokens else 0


def _load_tensors(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a weights file as float64, which is what NumPy computes in."""
    return {name: array.astype(np.float64) for name, array in load_file(path).items()}
