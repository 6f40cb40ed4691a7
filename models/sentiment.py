"""The sentiment network: pieces of a review -> one logit, positive above zero.

embedding -> recurrent layers, left to right -> [last, mean, maximum] over the true length -> logit

Reading in one direction only makes the verdict after every word exact and free
(`running_logits`): the network that has read t words knows nothing of the rest. It does NOT
tokenize, and knows no labels: probabilities, labels and calibration belong to
inference/sentiment.py. Pooling by last, mean and maximum: Howard and Ruder 2018
(arXiv:1801.06146), section 3.3.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


@dataclass(frozen=True)
class SentimentConfig:
    """What must be known to build the network again; saved in the checkpoint."""

    cell: str = field(default="lstm", metadata={"help": "recurrent cell", "choices": tuple(CELLS)})
    vocab_size: int = field(default=12_000, metadata={"help": "pieces in the vocabulary, at most"})
    embedding_size: int = field(default=128, metadata={"help": "numbers per piece"})
    hidden_size: int = field(default=256, metadata={"help": "units per recurrent layer"})
    num_layers: int = field(default=1, metadata={"help": "recurrent layers"})
    word_dropout: float = field(
        default=0.1, metadata={"help": "probability that training does not see a piece, per piece"}
    )
    embedding_dropout: float = field(
        default=0.3,
        metadata={"help": "probability that a channel of the embedding is zeroed, per review"},
    )
    layer_dropout: float = field(
        default=0.3, metadata={"help": "probability of zeroing a unit between layers, per step"}
    )
    head_dropout: float = field(
        default=0.5,
        metadata={"help": "probability of zeroing a unit of the pooled vector, per review"},
    )
    temperature: float = (
        1.0  # divides the logit for calibrated probabilities; fitted, so not a flag
    )

    def __post_init__(self) -> None:
        if self.cell not in CELLS:
            raise ValueError(f"cell must be one of {', '.join(CELLS)}, not {self.cell!r}")
        if self.temperature <= 0:
            raise ValueError(f"temperature must be above 0, not {self.temperature}")


class SentimentNetwork(nn.Module):
    """Recurrent classifier of reviews. No answer depends on padding or on the rest of the batch."""

    def __init__(self, config: SentimentConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.embedding_size, padding_idx=0)
        self.recurrent = CELLS[config.cell](
            config.embedding_size, config.hidden_size, config.num_layers, batch_first=True,
            dropout=config.layer_dropout if config.num_layers > 1 else 0.0,
        )  # fmt: skip
        self.head_dropout = nn.Dropout(config.head_dropout)
        self.head = nn.Linear(3 * config.hidden_size, 1)
        self._initialize()

    def _initialize(self) -> None:
        """Start with small embeddings, orthogonal recurrence, and forget gates that are open."""
        nn.init.normal_(self.embedding.weight, std=0.1)
        with torch.no_grad():
            self.embedding.weight[0].zero_()
            for name, parameter in self.recurrent.named_parameters():
                if "weight_hh" in name:
                    for gate in parameter.split(self.config.hidden_size):
                        nn.init.orthogonal_(gate)
                elif "bias" in name:
                    parameter.zero_()
                    if self.config.cell == "lstm" and "bias_ih" in name:  # gate order i, f, g, o
                        parameter[self.config.hidden_size : 2 * self.config.hidden_size] = 1.0

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Logits (N,) of whole reviews.

        tokens: (N, T) int64, padded on the right with 0. lengths: (N,) int64, pieces in each, 1
        to T.
        """
        outputs = self._read(tokens, lengths)  # (N, T, H)
        steps = torch.arange(tokens.shape[1], device=tokens.device)
        outside = (steps >= lengths[:, None])[:, :, None]  # (N, T, 1)
        last = outputs[torch.arange(len(lengths), device=tokens.device), lengths - 1]
        mean = outputs.masked_fill(outside, 0.0).sum(1) / lengths[:, None]
        most = outputs.masked_fill(outside, -torch.inf).amax(1)
        return self._judge(torch.cat([last, mean, most], dim=-1))

    def running_logits(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Logits (N, T) after every piece, from one pass.

        Entry t is what `forward` says of the first t + 1 pieces. Entries at and after a review's
        length say nothing.
        """
        outputs = self._read(tokens, lengths)
        steps = torch.arange(1, tokens.shape[1] + 1, device=tokens.device)
        mean = outputs.cumsum(1) / steps[None, :, None]
        most = outputs.cummax(1).values
        return self._judge(torch.cat([outputs, mean, most], dim=-1))

    def _read(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Outputs (N, T, H) of the top layer; padding is read last and cannot reach the review."""
        N, T = tokens.shape
        if lengths.shape != (N,) or T == 0 or int(lengths.min()) < 1 or int(lengths.max()) > T:
            raise ValueError(f"lengths must be ({N},) and within 1 and {T}")
        embedded = self.embedding(tokens)  # (N, T, D)
        if self.training:
            embedded = self._drop(embedded)
        return self.recurrent(embedded)[0]

    def _drop(self, embedded: Tensor) -> Tensor:
        """Hide whole pieces, and the same channels all through a review (arXiv:1512.05287)."""
        N, T, D = embedded.shape
        kept_words = embedded.new_empty(N, T, 1).bernoulli_(1 - self.config.word_dropout)
        kept = 1 - self.config.embedding_dropout
        channels = embedded.new_empty(N, 1, D).bernoulli_(kept) / kept
        return embedded * kept_words * channels

    def _judge(self, pooled: Tensor) -> Tensor:
        """Logits (...) of pooled vectors (..., 3H)."""
        return self.head(self.head_dropout(pooled)).squeeze(-1)
