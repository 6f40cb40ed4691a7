"""The temperatures of a sentiment network, fitted by length on reviews that it did not learn from.

Nothing here trains the network, or reads the test split.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from data.sentiment import clean, encode
from data.sources import Reviews
from data.tokenizers import Tokenizer
from models.sentiment import SentimentConfig, SentimentNetwork
from training.calibration import fit_temperature_by_length
from training.sentiment_tuning import logits_of
from training.short_texts import CUT_WORDS, short_cuts

CUT_SEED = 0


def calibrated(
    network: SentimentNetwork, tokenizer: Tokenizer, held_out: Reviews
) -> SentimentConfig:
    """The network's config with the temperatures that fit the held-out reviews, and a short text of
    each length cut from each of them, best: of its verdict, and of that after every word, which the
    forward half alone gives."""
    parts = [held_out, *(short_cuts(held_out, words, CUT_SEED) for words in CUT_WORDS)]
    texts = [clean(text) for part in parts for text in part.texts]
    pieces = encode(tokenizer, texts)
    lengths = torch.tensor([len(review) for review in pieces])
    labels = torch.from_numpy(np.concatenate([part.labels for part in parts]))

    def fitted(judge: SentimentNetwork) -> tuple[float, float]:
        return fit_temperature_by_length(logits_of(judge, pieces), lengths, labels)

    whole = running = fitted(network)
    if len(network.readings) > 1:
        half = SentimentNetwork(replace(network.config, directions="forward"))
        half.readings[0].load_state_dict(network.readings[0].state_dict())
        running = fitted(half.to(next(network.parameters()).device))
    return replace(
        network.config, temperature=whole[0], temperature_growth=whole[1],
        running_temperature=running[0], running_temperature_growth=running[1],
    )  # fmt: skip
