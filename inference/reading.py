"""How a network's expectations meet a text that is there already, in parts that fit into memory.

Nothing here knows how a network computes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from data.tokenizers import Tokenizer
from inference.predictions import Piece
from inference.sampling import log_probabilities
from inference.writing import look

# Part by part, the logits (T, V) at T places and the tokens (T,) that came there.
Expectations = Iterator[tuple[np.ndarray, np.ndarray]]
# tokens (N, T) and the state before them (None: zeros) -> logits (N, T, V), the state after them
Forward = Callable[[np.ndarray, Any], tuple[np.ndarray, Any]]

BLOCK_CHARACTERS = 1_000_000  # of text turned into tokens at once
MAX_TOKENS = 8192  # read at once
MAX_LOGITS = 4_000_000  # and fewer tokens where the vocabulary is large


def tokens_at_once(vocab_size: int) -> int:
    """How many tokens a network reads in one call, over all sequences of a batch."""
    return max(1, min(MAX_TOKENS, MAX_LOGITS // vocab_size))


def expectations(
    forward: Forward, tokenizer: Tokenizer, text: str, window: int | None, at_once: int
) -> Expectations:
    """What a network expected at each token of ``text`` but the first, in order.

    The state is carried through the whole text, or starts at zero every ``window`` tokens. Of the
    text ``at_once`` tokens are read in one call, which changes nothing but the memory it takes.
    """
    state = None
    for inputs, targets in _parts(_blocks(tokenizer, text), window or at_once, at_once):
        if window is None:
            logits, state = forward(inputs[None], state)
            yield logits[0], targets
        else:
            yield from _cold(forward, inputs, targets, window, at_once)


def sum_up(
    expected: Expectations, tokenizer: Tokenizer, pieces: list[Piece] | None, alternatives: int
) -> tuple[float, int]:
    """Total surprise in nats, and the number of characters that it is of. Each token is added to
    ``pieces`` with that many ``alternatives``, unless that is None."""
    lengths = np.array([len(tokenizer.piece(token)) for token in range(tokenizer.vocab_size)])
    nats, characters = 0.0, 0
    for logits, tokens in expected:
        log_p = log_probabilities(logits)
        nats -= float(log_p[np.arange(len(tokens)), tokens].sum())
        characters += int(lengths[tokens].sum())
        if pieces is not None:
            rows = zip(log_p, tokens.tolist(), strict=True)
            pieces += [look(row, token, tokenizer, alternatives) for row, token in rows]
    return nats, characters


def _cold(
    forward: Forward, inputs: np.ndarray, targets: np.ndarray, window: int, at_once: int
) -> Expectations:
    """``inputs`` in windows from a zero state: whole ones side by side, then what is left over, or
    one that is too long to be read at once."""
    whole = len(inputs) // window * window if window <= at_once else 0
    if whole:
        logits, _ = forward(inputs[:whole].reshape(-1, window), None)
        yield logits.reshape(whole, -1), targets[:whole]
    state = None
    for i in range(whole, len(inputs), at_once):
        logits, state = forward(inputs[None, i : i + at_once], state)
        yield logits[0], targets[i : i + at_once]


def _parts(
    blocks: Iterator[np.ndarray], window: int, at_once: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Inputs and targets, the inputs one token later, cut after whole windows: as many as are read
    at once, at least one."""
    size = max(1, at_once // window) * window
    waiting = np.empty(0, np.int64)
    for block in blocks:
        waiting = np.concatenate([waiting, block])
        while len(waiting) > size:
            yield waiting[:size], waiting[1 : size + 1]
            waiting = waiting[size:]
    if len(waiting) > 1:
        yield waiting[:-1], waiting[1:]


def _blocks(tokenizer: Tokenizer, text: str) -> Iterator[np.ndarray]:
    """The tokens of ``text``; a long text is cut into blocks at line ends, where there are any."""
    start = 0
    while start < len(text):
        end = start + BLOCK_CHARACTERS
        if end < len(text):
            end = text.rfind("\n", start, end) + 1 or end
        yield np.array(tokenizer.encode(text[start:end]), np.int64)
        start = end
