"""The NumPy networks as writers: the interface of TextGenerator, computed by ``models.scratch``.

A checkpoint is the house's folder with the task ``generation-numpy``. Nothing here trains.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from data.generation import CharTokenizer
from inference.generation import START as FRESH_LINE
from inference.generation import CharacterModel, Pen, load_tokenizer
from models.checkpoint import CONFIG_FILE, WEIGHTS_FILE, CheckpointError, load_config, write_json
from models.scratch.batches import START, Batch, one_hot, pad_names, window_batches
from models.scratch.layers import check_cell, stacked_forward
from models.scratch.network import CharacterNetwork, NetworkConfig
from models.scratch.output import output_forward
from models.scratch.sampling import draw_token

TASK = "generation-numpy"
UNITS = ("lines", "windows")
SCORE_WINDOW = 1024  # characters read at once when a text is scored; bounds memory, changes nothing
SCORE_LINES = 256  # lines read at once, likewise


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


class NumpyGenerator(CharacterModel):
    """A NumPy network with its tokenizer; safe to share, it keeps no state of its own."""

    def __init__(self, network: CharacterNetwork, unit: str, name: str) -> None:
        self.network, self.unit, self.name = network, unit, name
        self.tokenizer = CharTokenizer(tuple(network.config.characters))

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> NumpyGenerator:
        """Load a checkpoint folder; CheckpointError with one sentence when it cannot be used."""
        folder = Path(folder)
        config = load_config(folder, TASK, NumpyGenerationConfig)
        tokenizer = load_tokenizer(folder, config.vocab_size)
        shape = NetworkConfig(
            config.cell, "".join(tokenizer.characters), config.hidden_size, config.num_layers
        )
        path = folder / WEIGHTS_FILE
        try:
            network = CharacterNetwork(shape, _load_tensors(path))
        except CheckpointError:
            raise
        except ValueError as error:
            raise CheckpointError(f"{path} does not fit config.json: {error}") from error
        return cls(network, config.unit, folder.name)

    def save(self, folder: Path) -> None:
        """Write config, weights (as float32) and tokenizer into a checkpoint folder."""
        shape = self.network.config
        config = NumpyGenerationConfig(
            shape.vocab_size, shape.cell, shape.hidden_size, shape.num_layers, self.unit
        )
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / CONFIG_FILE, {"task": TASK, **asdict(config)})
        part = folder / f"{WEIGHTS_FILE}.part"
        arrays = self.network.parameters.items()
        save_file({name: np.ascontiguousarray(array, np.float32) for name, array in arrays}, part)
        part.chmod(0o644)
        os.replace(part, folder / WEIGHTS_FILE)
        self.tokenizer.save(folder)

    def pen(self, seed: int) -> Pen:
        """A fresh Pen, which draws by random numbers from ``seed``."""
        return _NumpyPen(self, seed)

    def nats_per_char(self, text: str) -> float:
        """Mean -ln p of each character of ``text`` given those before it.

        Of lines, each begins anew and its newline counts; of running text the first character is
        not guessed. Raises InputError for unseen characters or fewer than two.
        """
        self.check_text(text)
        total, count, states = 0.0, 0, None
        for batch in self.batches(text):
            loss, states = self.network.loss(batch, None if self.unit == "lines" else states)
            total, count = total + loss * batch.lengths.sum(), count + batch.lengths.sum()
        return float(total / count)

    def batches(self, text: str) -> list[Batch]:
        """``text`` in order, as the network was trained to read it."""
        encode = self.tokenizer.encode
        if self.unit == "windows":
            return window_batches(encode(text), 1, min(SCORE_WINDOW, len(text) - 1))
        lines, end = [encode(line) for line in text.splitlines()], encode(FRESH_LINE)[0]
        chunks = (lines[i : i + SCORE_LINES] for i in range(0, len(lines), SCORE_LINES))
        return [pad_names(chunk, end) for chunk in chunks]


class _NumpyPen(Pen):
    """The pen of a NumpyGenerator; a token is read no sooner than the next one is wanted."""

    def __init__(self, source: NumpyGenerator, seed: int) -> None:
        self.network = source.network
        self._rng = np.random.default_rng(seed)
        self._states = self.network.zero_states(1)
        self._fresh_line = source.tokenizer.encode(FRESH_LINE)
        self._by_lines = source.unit == "lines"
        self._unread: int | None = None

    def read(self, tokens: list[int]) -> None:
        """The whole prompt in one pass; of a prompt of many lines to a network that knows single
        ones, the last line."""
        if self._by_lines:
            end = self._fresh_line[0]
            last = len(tokens) - tokens[::-1].index(end) if end in tokens else 0
            tokens = [START, *tokens[last:]]
        tokens = tokens or self._fresh_line or [0]
        config, layers = self.network.config, self.network.layers()
        x = one_hot(np.array([tokens]), config.vocab_size)
        a, self._states, _ = stacked_forward(config.cell, x, layers, self._states)
        weights = self.network.parameters
        scores = output_forward(a[:, :, -1:], weights["output.Wy"], weights["output.by"])
        self._scores = scores[:, 0, 0]

    def draw(self, temperature: float) -> tuple[int, float]:
        """See Pen; after a line that ended, a network that knows single lines begins anew."""
        if self._unread is not None:
            self._advance(self._unread)
        token = self._unread = draw_token(self._scores, self._rng, temperature)
        gaps = self._scores - self._scores.max()
        return token, float(np.log(np.exp(gaps).sum()) - gaps[token])

    def _advance(self, token: int) -> None:
        if self._by_lines and token == self._fresh_line[0]:
            token, self._states = START, self.network.zero_states(1)
        scores, self._states = self.network.step([token], self._states)
        self._scores = scores[:, 0]


def _load_tensors(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a weights file as float64, which is what NumPy computes in."""
    if not path.is_file():
        raise CheckpointError(f"{path} is missing.")
    try:
        return {name: array.astype(np.float64) for name, array in load_file(path).items()}
    except (SafetensorError, OSError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path} is truncated or damaged; fetch or train it again."
        ) from error
