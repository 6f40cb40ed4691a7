"""Laws of the model card of a sentiment network: it says what the network learned from."""

from __future__ import annotations

import pytest

from models.sentiment import SentimentConfig
from training.sentiment_card import card

SCORES = {"accuracy": 0.9, "nll": 0.2, "reviews": 40}


def data_of(**training: object) -> str:
    metrics = {
        "valid": SCORES, "test": SCORES, "baselines": {"bag_of_words": SCORES},
        "parameters": 1000, "training_minutes": 3.0,
        "training": {"pretrain": True, "rounds": 2, **training},
    }  # fmt: skip
    return card("x", SentimentConfig(80, "lstm", 8, 8), metrics).data


@pytest.mark.parametrize(
    ("training", "said"),
    [
        ({"pretrain": False, "rounds": 1}, (False, False)),
        ({"rounds": 1}, (True, False)),
        ({}, (True, True)),
    ],
)
def test_the_card_says_what_was_learned_of_the_unlabelled_reviews(training, said):
    data = data_of(**training)
    assert (
        "the language models also read the unlabelled ones" in data,
        "bag of word" in data,
    ) == said
