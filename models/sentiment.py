"""The sentiment network: pieces of a review -> one logit, positive above zero.

One reading is: embedding -> recurrent layers -> pooling over the true length -> logit. The flagship
has two, its *halves*: one reads forward and one backward, each began as a language model of its
own, and the logit is the mean of both. The others have one, in one or in both directions.

A network that reads forward gives its verdict after every word in one pass (`running_logits`): what
has read t words knows nothing of the rest. This module does NOT tokenize, and knows no labels:
probabilities, labels and calibration belong to inference/sentiment.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from models.recurrence import run_layer

CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
# The readings of a network, each with the directions of its layers.
DIRECTIONS = {
    "forward": (("forward",),),
    "backward": (("backward",),),
    "bidirectional": (("forward", "backward"),),
    "halves": (("forward",), ("backward",)),
}
POOLINGS = ("concat", "attention")
START_ID = 0  # the piece that is read before every text, from either end


@dataclass(frozen=True)
class SentimentConfig:
    """What must be known to build the network again; saved in the checkpoint."""

    vocab_size: int = 0  # set by the tokenizer
    cell: str = field(default="lstm", metadata={"help": "recurrent cell", "choices": tuple(CELLS)})
    embedding_size: int = field(default=256, metadata={"help": "D, numbers a piece"})
    hidden_size: int = field(default=512, metadata={"help": "H, units a layer and direction"})
    num_layers: int = field(default=1, metadata={"help": "L, stacked layers"})
    directions: str = field(
        default="halves",
        metadata={"help": "which way the text is read", "choices": tuple(DIRECTIONS)},
    )
    pooling: str = field(
        default="concat",
        metadata={
            "help": "last, mean and maximum of the states, or their mean by learned attention",
            "choices": POOLINGS,
        },
    )
    word_dropout: float = field(
        default=0.1, metadata={"help": "share of the pieces that training does not see"}
    )
    embedding_dropout: float = field(
        default=0.3, metadata={"help": "share of the embedding's numbers dropped, a mask a review"}
    )
    layer_dropout: float = field(
        default=0.3, metadata={"help": "share of a layer's outputs dropped on the way to the next"}
    )
    recurrent_dropout: float = field(
        default=0.2, metadata={"help": "share of the recurrent weights dropped, a mask a batch"}
    )
    head_dropout: float = field(
        default=0.4, metadata={"help": "share of the pooled vector dropped"}
    )
    # A logit of n pieces is divided by temperature * n ** growth for a calibrated probability: of
    # a few words the network says less than it knows. Fitted, so not flags.
    temperature: float = 1.0
    temperature_growth: float = 0.0
    running_temperature: float = 1.0  # for the verdict after every word, of n pieces so far
    running_temperature_growth: float = 0.0

    def __post_init__(self) -> None:
        choices = {"cell": CELLS, "directions": DIRECTIONS, "pooling": POOLINGS}
        for name, known in choices.items():
            if getattr(self, name) not in known:
                raise ValueError(
                    f"{name} must be one of {', '.join(known)}, not {getattr(self, name)!r}"
                )
        for name in ("temperature", "running_temperature"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)}")
            growth = getattr(self, f"{name}_growth")
            if not -1 <= growth <= 1:
                raise ValueError(f"{name}_growth must be from -1 to 1, not {growth}")


class SentimentNetwork(nn.Module):
    """Recurrent classifier of reviews. No answer depends on padding or on the rest of the batch."""

    def __init__(self, config: SentimentConfig) -> None:
        super().__init__()
        self.config = config
        self.readings = nn.ModuleList(
            Reading(config, directions) for directions in DIRECTIONS[config.directions]
        )

    @property
    def can_run(self) -> bool:
        """Whether the network has a reading that gives its verdict after every word."""
        return self.readings[0].can_run

    def set_training_dtype(self, dtype: torch.dtype) -> None:
        """Compute the products of the layers in ``dtype`` while training (never in use)."""
        for reading in self.readings:
            reading.training_dtype = dtype

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Logits (N,) of whole reviews.

        tokens: (N, T) int64, padded on the right. lengths: (N,) int64, pieces in each, 1 to T.
        """
        return self.judge(self.embed(tokens), lengths)

    def embed(self, tokens: Tensor) -> list[Tensor]:
        """What each reading begins with: (N, T, D) for ``tokens`` (N, T)."""
        return [reading.embedding(tokens) for reading in self.readings]

    def judge(self, embedded: list[Tensor], lengths: Tensor) -> Tensor:
        """Logits (N,) of reviews as ``embed`` gives them: the mean over the readings."""
        logits = [reading(x, lengths) for reading, x in zip(self.readings, embedded, strict=True)]
        return torch.stack(logits).mean(0)

    def running_logits(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Logits (N, T) after every piece, from one pass of the first reading alone.

        Entry t is what that reading says of the first t + 1 pieces. Entries at and after a review's
        length say nothing. ValueError unless ``can_run``.
        """
        if not self.can_run:
            raise ValueError("this network has no verdict before it has read the whole text")
        return self.readings[0].running(self.readings[0].embedding(tokens), lengths)


class Reading(nn.Module):
    """One way through a review: layers in the given directions, a pooling and a logit of its own.

    Layers of two directions see each other's outputs; the start piece is read first from either
    end, as the language models that the halves begin as have learned it.
    """

    def __init__(self, config: SentimentConfig, directions: tuple[str, ...]) -> None:
        super().__init__()
        self.config, self.directions = config, directions
        self.training_dtype = torch.float32
        self.embedding = nn.Embedding(config.vocab_size, config.embedding_size)
        width = config.hidden_size * len(directions)
        sizes = [config.embedding_size] + [width] * (config.num_layers - 1)
        cell = CELLS[config.cell]
        # One module a layer and direction, so that training can drop recurrent weights.
        self.levels = nn.ModuleList(
            nn.ModuleList(cell(size, config.hidden_size, batch_first=True) for _ in directions)
            for size in sizes
        )
        attends = config.pooling == "attention"
        self.attention = Attention(width) if attends else None
        self.head_dropout = nn.Dropout(config.head_dropout)
        self.head = nn.Linear(width if attends else 3 * width, 1)
        self._initialize()

    def _initialize(self) -> None:
        """Start with small embeddings, orthogonal recurrence, and forget gates that are open."""
        H = self.config.hidden_size
        nn.init.normal_(self.embedding.weight, std=0.1)
        with torch.no_grad():
            for name, parameter in self.levels.named_parameters():
                if "weight_hh" in name:
                    for gate in parameter.split(H):
                        nn.init.orthogonal_(gate)
                elif "bias" in name:
                    parameter.zero_()
                    if self.config.cell == "lstm" and "bias_ih" in name:  # gate order i, f, g, o
                        parameter[H : 2 * H] = 1.0

    @property
    def can_run(self) -> bool:
        """Whether the verdict on every beginning comes from one pass."""
        return self.directions == ("forward",) and self.attention is None

    def forward(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Logits (N,) of embedded reviews (N, T, D); see ``SentimentNetwork.forward``."""
        outputs = self.read(embedded, lengths)  # (N, T, W)
        steps = torch.arange(outputs.shape[1], device=outputs.device)
        outside = (steps >= lengths[:, None])[:, :, None]  # (N, T, 1)
        if self.attention is not None:
            return self._judge(self.attention(outputs, outside))
        rows = torch.arange(len(lengths), device=outputs.device)
        ends = outputs[rows, lengths - 1], outputs[:, 0]  # where forward and backward end
        H = self.config.hidden_size
        last = [
            ends[direction == "backward"][:, i * H : (i + 1) * H]
            for i, direction in enumerate(self.directions)
        ]
        mean = outputs.masked_fill(outside, 0.0).sum(1) / lengths[:, None]
        most = outputs.masked_fill(outside, -torch.inf).amax(1)
        return self._judge(torch.cat([*last, mean, most], dim=-1))

    def running(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Logits (N, T) after every piece; see ``SentimentNetwork.running_logits``."""
        outputs = self.read(embedded, lengths)
        steps = torch.arange(1, outputs.shape[1] + 1, device=outputs.device)
        mean = outputs.cumsum(1) / steps[None, :, None]
        most = outputs.cummax(1).values
        return self._judge(torch.cat([outputs, mean, most], dim=-1))

    def read(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Outputs (N, T, W) of the top layers at each piece; padding is read last, from either end,
        and cannot reach the review."""
        N, T, _ = embedded.shape
        if lengths.shape != (N,) or T == 0 or int(lengths.min()) < 1 or int(lengths.max()) > T:
            raise ValueError(f"lengths must be ({N},) and within 1 and {T}")
        if self.training:
            embedded = self._drop_words(embedded)
        start = self.embedding.weight[START_ID].expand(N, 1, -1)
        x = torch.cat([start, embedded], dim=1)
        if self.training:
            x = _drop_channels(x, self.config.embedding_dropout)
        order = _from_the_end(lengths, T)
        for level, layers in enumerate(self.levels):
            if level and self.training:
                x = _drop_channels(x, self.config.layer_dropout)
            outputs = [
                self._run(layer, x, order if direction == "backward" else None)
                for layer, direction in zip(layers, self.directions, strict=True)
            ]
            x = torch.cat(outputs, dim=-1) if len(outputs) > 1 else outputs[0]
        return x[:, 1:]

    def _run(self, layer: nn.RNNBase, x: Tensor, order: Tensor | None) -> Tensor:
        """Outputs (N, 1 + T, H) of one layer, read in ``order`` (N, 1 + T) if one is given."""
        if order is not None:
            x = _reorder(x, order)
        if self.training:
            dropped = self.config.recurrent_dropout
            outputs = run_layer(layer, x, None, self.training_dtype, dropped)[0]
        else:
            outputs = layer(x)[0]
        return outputs if order is None else _reorder(outputs, order)

    def _drop_words(self, embedded: Tensor) -> Tensor:
        """Hide whole pieces."""
        kept = 1 - self.config.word_dropout
        return embedded * embedded.new_empty(*embedded.shape[:2], 1).bernoulli_(kept)

    def _judge(self, pooled: Tensor) -> Tensor:
        """Logits (...) of pooled vectors (..., K)."""
        return self.head(self.head_dropout(pooled)).squeeze(-1)


class Attention(nn.Module):
    """A weighted mean of the states: weights softmax(v . tanh(W h + b)) (Yang et al. 2016,
    "Hierarchical Attention Networks for Document Classification", eqs. 5 to 7)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.hidden, self.score = nn.Linear(width, width), nn.Linear(width, 1, bias=False)

    def forward(self, outputs: Tensor, outside: Tensor) -> Tensor:
        """(N, T, W), and where there is no review (N, T, 1), -> (N, W)."""
        scores = self.score(torch.tanh(self.hidden(outputs))).masked_fill(outside, -torch.inf)
        return (scores.softmax(1) * outputs).sum(1)


def _drop_channels(x: Tensor, share: float) -> Tensor:
    """Drop the same channels of (N, T, D) all through a review (Gal and Ghahramani, 2016)."""
    kept = 1 - share
    return x * (x.new_empty(x.shape[0], 1, x.shape[2]).bernoulli_(kept) / kept)


def _from_the_end(lengths: Tensor, T: int) -> Tensor:
    """The order (N, 1 + T) that reads each review from its end: the start, the pieces T - 1 to 0,
    the padding. It undoes itself."""
    steps = torch.arange(T + 1, device=lengths.device)
    turned = lengths[:, None] + 1 - steps
    return torch.where((steps == 0) | (steps > lengths[:, None]), steps, turned)


def _reorder(x: Tensor, order: Tensor) -> Tensor:
    """(N, T, D) with each row's steps in ``order`` (N, T)."""
    return x.gather(1, order[:, :, None].expand(-1, -1, x.shape[2]))
