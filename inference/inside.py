"""A predictor opened up: its layers as cells that show every gate, and one text read with them.

``open_up`` takes any predictor that reads forward (``TextGenerator``, ``NumpyGenerator``,
``SentimentClassifier``) and gives a ``Network``; ``Network.read`` gives a ``Passage``, from which
the views of ``inference.influence``, ``neurons``, ``gates``, ``gradient_flow`` and ``verdict_path``
are computed. Nothing here measures or draws anything, and nothing is kept between two calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from data.errors import InputError
from data.sentiment import cut
from inference.generation import TextGenerator
from inference.scratch import NumpyGenerator
from inference.sentiment import SentimentClassifier
from models.cells import CELLS, GateCell, State, Trace, explicit
from models.scratch.batches import START
from models.scratch.torch_layout import KINDS, to_torch
from models.sentiment import START_ID

MAX_CHARACTERS = 300  # of a text that is looked into step by step
MAX_WORDS = 200  # of a review
MAX_LONG = 20_000  # characters of a text of which only sums or states are kept
AT_ONCE = 500  # steps of a long text whose gates are in memory together


@dataclass(frozen=True)
class Segment:
    """Tokens that are read from a zero state on. After ``inputs[k]`` the network expects token
    ``first`` + k of the text; it has read the one before, unless ``inputs[k]`` only begins."""

    first: int
    inputs: tuple[int, ...]


@dataclass(frozen=True)
class Passage:
    """What a network did with one text.

    ``pieces`` are the M parts of the text that it is shown in (tokens, or words of a review), and
    ``tokens`` what was read. Of each segment there are the traces of all layers. ``places`` (M,) is
    the token after which a part has been read.
    """

    pieces: tuple[str, ...]
    tokens: tuple[int, ...]
    skipped: tuple[str, ...]
    segments: tuple[tuple[Segment, list[Trace]], ...]
    places: np.ndarray

    def values(self, layer: int) -> dict[str, np.ndarray]:
        """All that a layer computed, after each part of the text, (M, K) by name."""
        per_token: dict[str, np.ndarray] = {}
        for segment, traces in self.segments:
            for name, value in traces[layer].values.items():
                rows = numbers(value[0])
                per_token.setdefault(name, np.zeros((len(self.tokens), rows.shape[1])))
                begins = max(0, 1 - segment.first)  # steps before the first token
                at = segment.first - 1 + begins
                per_token[name][at : at + len(rows) - begins] = rows[begins:]
        return {name: value[self.places] for name, value in per_token.items()}


class Network:
    """The layers of a predictor, from the numbers of a token to the state at the top.

    ``embedding`` (V, D) has a row for each token, ``weight`` (V, H) and ``bias`` (V,) turn the top
    state into logits (of a review: (1, 3 H) and (1,), for the pooled states). ``fresh_line`` is the
    token at which a network begins anew, None where it never does.
    """

    def __init__(
        self,
        name: str,
        tokenizer: Any,
        embedding: Tensor,
        cells: list[GateCell],
        head: tuple[Tensor, Tensor],
        fresh_line: int | None = None,
    ) -> None:
        self.name, self.tokenizer, self.cells = name, tokenizer, cells
        self.embedding, (self.weight, self.bias) = embedding, head
        self.fresh_line = fresh_line

    def layer(self, number: int) -> int:
        """The place of layer ``number`` (-1 is the top one); InputError when there is none."""
        layers = len(self.cells)
        if not -layers <= number < layers:
            raise InputError(f"{self.name} has {layers} layer(s), numbered from 0.")
        return number % layers

    def read(self, text: str) -> Passage:
        """Read a text of at least two known characters; InputError when it is shorter, or longer
        than MAX_CHARACTERS."""
        tokens = tuple(self.tokens(text, MAX_CHARACTERS))
        pieces, unseen = tuple(map(self.tokenizer.piece, tokens)), self.tokenizer.unseen(text)
        return Passage(pieces, tokens, unseen, self._read(tokens), np.arange(len(tokens)))

    def _read(self, tokens: Sequence[int]) -> tuple[tuple[Segment, list[Trace]], ...]:
        return tuple((part, self.trace(part.inputs, None)) for part in self.segments(tokens))

    def tokens(self, text: str, most: int) -> list[int]:
        """The tokens of a text of two known characters to ``most``; InputError for any other."""
        if not isinstance(text, str):
            raise InputError("The text must be a text.")
        _check_length(text, most)
        tokens = self.tokenizer.encode(text)
        if len(tokens) < 2:
            raise InputError(
                f"There is too little to read: give at least two characters that {self.name} knows."
            )
        return tokens

    def pieces(self, text: str) -> tuple[str, ...]:
        """The tokens of a text of up to MAX_LONG characters, as text."""
        return tuple(map(self.tokenizer.piece, self.tokens(text, MAX_LONG)))

    def segments(self, tokens: Sequence[int]) -> list[Segment]:
        """``tokens`` as they are read: in one go, or each line from its START on."""
        if self.fresh_line is None:
            return [Segment(1, tuple(tokens))]
        ends = [place for place, token in enumerate(tokens) if token == self.fresh_line]
        starts = [0, *(end + 1 for end in ends)]
        return [
            Segment(start, (START, *tokens[start:end]))
            for start, end in zip(starts, [*ends, len(tokens)], strict=True)
        ]

    def embed(self, inputs: Sequence[int]) -> Tensor:
        """What the lowest layer is given for some tokens, (1, S, D); zeros for START."""
        tokens = torch.tensor(inputs, device=self.embedding.device)
        known = (tokens != START)[:, None].to(self.embedding.dtype)
        return (self.embedding[tokens.clamp(min=0)] * known)[None]

    @torch.no_grad()
    def trace(self, inputs: Sequence[int], states: list[State] | None) -> list[Trace]:
        """The traces of all layers reading ``inputs`` from ``states``, zeros when None."""
        x, traces = self.embed(inputs), []
        for number, cell in enumerate(self.cells):
            traces.append(cell.read(x, None if states is None else states[number]))
            x = traces[-1].hidden
        return traces

    def stream(self, text: str, layer: int) -> Iterator[dict[str, np.ndarray]]:
        """What a layer does with a text of up to MAX_LONG characters, part by part: values (n, K)
        by name, a row for each token in its order."""
        for segment in self.segments(self.tokens(text, MAX_LONG)):
            states, skip = None, int(segment.first == 0)
            for start in range(0, len(segment.inputs), AT_ONCE):
                traces = self.trace(segment.inputs[start : start + AT_ONCE], states)
                states = [trace.last for trace in traces]
                values = traces[layer].values.items()
                yield {name: numbers(value[0])[skip:] for name, value in values}
                skip = 0

    def expected(self, passage: Passage) -> np.ndarray:
        """Of a text: the logits (T + 1, V) of each token and of the one after the last; NaN where
        the network expects nothing, at the first token of a running text."""
        logits = np.full((len(passage.tokens) + 1, len(self.bias)), np.nan)
        for segment, traces in passage.segments:
            rows = traces[-1].hidden[0] @ self.weight.T + self.bias
            logits[segment.first : segment.first + len(rows)] = numbers(rows)
        return logits


class ReviewNetwork(Network):
    """The half of a sentiment network that reads forward; its parts are the words of a review."""

    def __init__(self, classifier: SentimentClassifier) -> None:
        if not classifier.can_run:
            raise InputError(f"{classifier.name} has no half that reads a review forward.")
        reading = classifier.network.readings[0]
        head = (reading.head.weight.detach(), reading.head.bias.detach())
        cells = [explicit(level[0]) for level in reading.levels]
        embedding = reading.embedding.weight.detach()
        super().__init__(classifier.name, classifier.tokenizer, embedding, cells, head)
        self._readable = classifier.readable

    def read(self, text: str) -> Passage:
        """Read a review; InputError when it cannot be judged or has more than MAX_WORDS words."""
        cleaned = self._readable(text)
        pieces = cut(self.tokenizer, cleaned)
        if len(pieces.words) > MAX_WORDS:
            raise InputError(
                f"The review has {len(pieces.words):,} words; give at most {MAX_WORDS:,}."
            )
        tokens, unseen = tuple(pieces.ids.tolist()), self.tokenizer.unseen(cleaned)
        read = self._read(tokens)
        return Passage(pieces.words, tokens, unseen, read, pieces.last_piece)

    def tokens(self, text: str, most: int) -> list[int]:
        """See Network; a review of one word is enough."""
        cleaned = self._readable(text)
        _check_length(cleaned, most)
        return self.tokenizer.encode(cleaned)

    def segments(self, tokens: Sequence[int]) -> list[Segment]:
        """The whole review behind the piece that stands before every text."""
        return [Segment(0, (START_ID, *tokens))]


def open_up(predictor: Any) -> Network:
    """The layers of a text network, or of the half of a sentiment network that reads forward;
    InputError for a predictor without such layers."""
    if isinstance(predictor, SentimentClassifier):
        return ReviewNetwork(predictor)
    if isinstance(predictor, TextGenerator):
        return _open_torch(predictor)
    if isinstance(predictor, NumpyGenerator):
        return _open_numpy(predictor)
    raise InputError(f"{predictor.name} cannot be looked into; choose a text or sentiment network.")


def _open_torch(generator: TextGenerator) -> Network:
    model = generator.model
    weight, bias = (part.detach() for part in model.softmax)
    if model.config.tied:  # what stands between the top state and the softmax is linear too
        bias = weight @ model.projection.bias.detach() + bias
        weight = weight @ model.projection.weight.detach()
    cells = [explicit(layer) for layer in model.layers]
    embedding = model.embedding.weight.detach()
    return Network(generator.name, generator.tokenizer, embedding, cells, (weight, bias))


def _open_numpy(generator: NumpyGenerator) -> Network:
    network = generator.network
    cell, arrays = network.config.cell, to_torch(network.config.cell, network.layers())
    cells = [
        CELLS[cell](*(torch.from_numpy(arrays[f"{kind}_l{layer}"]) for kind in KINDS))
        for layer in range(network.config.num_layers)
    ]
    weight = torch.from_numpy(network.parameters["output.Wy"])
    bias = torch.from_numpy(network.parameters["output.by"][:, 0])
    embedding = torch.eye(network.config.vocab_size, dtype=weight.dtype)  # it reads one-hot
    fresh_line = generator.fresh_line if generator.unit == "lines" else None
    return Network(
        generator.name, generator.tokenizer, embedding, cells, (weight, bias), fresh_line
    )


def at_own_step(rows: Tensor) -> Callable[[int], Tensor]:
    """For ``models.cells.pull_back``: each of S losses has the gradient of its row (S, H) by the
    top state of its own step, and by no other directly."""
    return lambda t: F.pad(rows[t : t + 1], (0, 0, 0, len(rows) - t - 1))


def numbers(values: Tensor) -> np.ndarray:
    """A tensor as float64."""
    return values.detach().double().cpu().numpy()


def rounded(values: np.ndarray, digits: int) -> list:
    """An array as JSON; what is not a number is null."""
    nested = np.round(values, digits).astype(object)
    nested[~np.isfinite(values)] = None
    return nested.tolist()


def _check_length(text: str, most: int) -> None:
    if len(text) > most:
        raise InputError(f"The text has {len(text):,} characters; give at most {most:,}.")
