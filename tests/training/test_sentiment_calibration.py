"""The temperatures of a network are those that fit texts of all lengths, each half its own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from data.sentiment import encode
from data.sources import Reviews
from data.tokenizers import SubwordTokenizer
from models.sentiment import SentimentConfig, SentimentNetwork
from training.sentiment_calibration import CUT_SEED, calibrated
from training.sentiment_tuning import logits_of
from training.short_texts import short_cuts

SENTENCES = (
    "It is good.", "What a bad and dull film this was, and so long!", "I was there.",
    "My friends and I saw it in June, when it was new, and all went home happy.",
)  # fmt: skip


@pytest.fixture(scope="module")
def held_out(tokenizer) -> Reviews:
    """Reviews with the labels that the network gives them, most of the time."""
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(SENTENCES, rng.integers(1, 12))) for _ in range(200)]
    pieces = encode(tokenizer, texts)
    labels = (logits_of(make_network(tokenizer, "forward"), pieces) > 0).long().numpy()
    return Reviews(texts, np.where(rng.random(len(texts)) < 0.8, labels, 1 - labels))


@pytest.fixture(scope="module")
def tokenizer() -> SubwordTokenizer:
    return SubwordTokenizer.train("\n" + "\n".join(SENTENCES).lower(), 90)


def make_network(tokenizer: SubwordTokenizer, directions: str) -> SentimentNetwork:
    torch.manual_seed(0)
    network = SentimentNetwork(
        SentimentConfig(
            tokenizer.vocab_size, embedding_size=8, hidden_size=8, directions=directions
        )
    )
    with torch.no_grad():
        for reading in network.readings:
            reading.head.weight.normal_()
    return network


def loss(network, tokenizer, reviews: Reviews, temperature: float, growth: float) -> float:
    """Of the whole reviews and their cuts, each divided by the temperature of its length."""
    parts = [reviews, *(short_cuts(reviews, words, CUT_SEED) for words in (5, 10, 20, 50, 100))]
    pieces = encode(tokenizer, [text for part in parts for text in part.texts])
    lengths = torch.tensor([len(review) for review in pieces])
    labels = torch.from_numpy(np.concatenate([part.labels for part in parts])).double()
    logits = logits_of(network, pieces).double() / (temperature * lengths**growth)
    return F.binary_cross_entropy_with_logits(logits, labels).item()


def test_no_temperature_beside_the_fitted_one_fits_better(tokenizer, held_out):
    network = make_network(tokenizer, "forward")
    config = calibrated(network, tokenizer, held_out)
    temperature, growth = config.temperature, config.temperature_growth
    assert (config.running_temperature, config.running_temperature_growth) == (temperature, growth)
    assert growth != 0
    fitted = loss(network, tokenizer, held_out, temperature, growth)
    for other in ((temperature * 1.1, growth), (temperature / 1.1, growth),
                  (temperature, growth + 0.05), (temperature, growth - 0.05)):  # fmt: skip
        assert loss(network, tokenizer, held_out, *other) > fitted


def test_the_verdict_after_every_word_has_the_temperature_of_the_half_that_gives_it(
    tokenizer, held_out
):
    both = make_network(tokenizer, "halves")
    config = calibrated(both, tokenizer, held_out)
    forward = make_network(tokenizer, "forward")
    forward.readings[0].load_state_dict(both.readings[0].state_dict())
    alone = calibrated(forward, tokenizer, held_out)
    found = config.running_temperature, config.running_temperature_growth
    assert found == (alone.temperature, alone.temperature_growth)
    assert found != (config.temperature, config.temperature_growth)
