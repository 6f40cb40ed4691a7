"""An encoder and a decoder with attention: characters of any number -> an answer of fixed length.

A bidirectional LSTM reads the source; an LSTM writes the answer, a character a step, and looks at
all states of the encoder before each (Bahdanau et al., 2015; equations 13.1 to 13.3 of
theory/equations.md, "(13.1)" below). It is fed its own previous character. This module does NOT
know what the characters are, nor that an answer is a date: that is data/translation.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


@dataclass(frozen=True)
class TranslationConfig:
    """What must be known to build the network again; saved in the checkpoint."""

    source_vocab_size: int = 0  # set by the tokenizer
    longest: int = 0  # characters of the longest source in training
    answer_vocab_size: int = 11
    answer_length: int = 10  # characters
    embedding_size: int = field(default=24, metadata={"help": "D, numbers a character"})
    encoder_size: int = field(default=64, metadata={"help": "units of the encoder, a direction"})
    decoder_size: int = field(default=96, metadata={"help": "H, units of the decoder"})
    attention_size: int = field(default=48, metadata={"help": "units of the attention's layer"})

    def __post_init__(self) -> None:
        for name in ("embedding_size", "encoder_size", "decoder_size", "attention_size",
                     "answer_vocab_size", "answer_length"):  # fmt: skip
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")


class Translation(NamedTuple):
    """Answers of N sources: ``tokens`` (N, U), the probability (N, U) that the network gave to each
    of them, and the attention (N, U, T), whose rows sum to one."""

    tokens: Tensor
    probabilities: Tensor
    attention: Tensor


class _Memory(NamedTuple):
    """What the decoder looks at: states a (N, T, E), W_h a (N, T, A), and where there is no
    character (N, T)."""

    states: Tensor
    keys: Tensor
    outside: Tensor


class TranslationNetwork(nn.Module):
    """Shapes: N sources of T characters, U characters an answer, V its alphabet, E = 2 encoder
    sizes, A attention units. No answer depends on padding or on the rest of the batch."""

    def __init__(self, config: TranslationConfig) -> None:
        super().__init__()
        self.config = config
        D, H, E = config.embedding_size, config.decoder_size, 2 * config.encoder_size
        self.source_embedding = nn.Embedding(config.source_vocab_size, D)
        self.encoder = nn.LSTM(D, config.encoder_size, batch_first=True, bidirectional=True)
        self.start = nn.Linear(E, H)
        # The last row stands for "nothing written yet".
        self.answer_embedding = nn.Embedding(config.answer_vocab_size + 1, D)
        self.query = nn.Linear(H, config.attention_size)
        self.key = nn.Linear(E, config.attention_size, bias=False)
        self.score = nn.Linear(config.attention_size, 1, bias=False)
        self.decoder = nn.LSTMCell(D + E, H)
        self.head = nn.Linear(H + E, config.answer_vocab_size)

    def forward(self, sources: Tensor, lengths: Tensor, answers: Tensor) -> Tensor:
        """Logits (N, U, V) of each character, given the true ones before it (teacher forcing).

        sources: (N, T) int64, padded on the right. lengths: (N,) int64, 1 to T. answers: (N, U).
        """
        memory, (s, c) = self._read(sources, lengths)
        logits = []
        for previous in [self._nothing(len(sources)), *answers.unbind(1)[:-1]]:
            step, _, (s, c) = self._step(memory, previous, s, c)
            logits.append(step)
        return torch.stack(logits, dim=1)

    def translate(
        self, sources: Tensor, lengths: Tensor, forced: Tensor | None = None
    ) -> Translation:
        """The likeliest character at each step (greedy), fed back into the next.

        ``forced`` (N, U) int64 holds characters that are written whatever the network thinks, and
        -1 where it is free; other arguments as for ``forward``.
        """
        memory, (s, c) = self._read(sources, lengths)
        previous, steps = self._nothing(len(sources)), []
        for u in range(self.config.answer_length):
            logits, attention, (s, c) = self._step(memory, previous, s, c)
            probabilities = logits.softmax(-1)
            previous = probabilities.argmax(-1)
            if forced is not None:
                previous = torch.where(forced[:, u] >= 0, forced[:, u], previous)
            steps.append((previous, probabilities.gather(1, previous[:, None])[:, 0], attention))
        return Translation(*(torch.stack(part, dim=1) for part in zip(*steps, strict=True)))

    def _nothing(self, count: int) -> Tensor:
        """What stands before the first character of ``count`` answers."""
        nothing, device = self.config.answer_vocab_size, self.head.weight.device
        return torch.full((count,), nothing, device=device)

    def _read(self, sources: Tensor, lengths: Tensor) -> tuple[_Memory, tuple[Tensor, Tensor]]:
        """The encoder's states, and the decoder's first state: s from what the backward reading
        and the forward one have seen at their ends, c = 0."""
        N, T = sources.shape
        if lengths.shape != (N,) or T == 0 or int(lengths.min()) < 1 or int(lengths.max()) > T:
            raise ValueError(f"lengths must be ({N},) and within 1 and {T}")
        packed = pack_padded_sequence(
            self.source_embedding(sources), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        outputs, (ends, _) = self.encoder(packed)
        states, _ = pad_packed_sequence(outputs, batch_first=True, total_length=T)
        outside = torch.arange(T, device=sources.device) >= lengths.to(sources.device)[:, None]
        s = torch.tanh(self.start(torch.cat([ends[0], ends[1]], dim=-1)))
        return _Memory(states, self.key(states), outside), (s, torch.zeros_like(s))

    def _step(
        self, memory: _Memory, previous: Tensor, s: Tensor, c: Tensor
    ) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
        """One character: logits (N, V), attention (N, T), and the new state, two (N, H)."""
        energies = self.score(torch.tanh(self.query(s)[:, None] + memory.keys))[..., 0]  # (13.1)
        attention = energies.masked_fill(memory.outside, -torch.inf).softmax(-1)  # (13.2)
        context = torch.bmm(attention[:, None], memory.states)[:, 0]  # (13.3)
        s, c = self.decoder(torch.cat([self.answer_embedding(previous), context], dim=-1), (s, c))
        return self.head(torch.cat([s, context], dim=-1)), attention, (s, c)
