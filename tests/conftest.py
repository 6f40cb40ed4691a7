"""Small checkpoints of all three tasks, made on the spot: the app and the command line run on them
as they run on the real ones."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from data.generation import CharTokenizer
from data.sentiment import ReviewTokenizer
from models.checkpoint import save_checkpoint, write_json
from models.forecasting import ForecastConfig, QuantileNetwork
from models.generation import GenerationConfig, LanguageModel
from models.sentiment import SentimentConfig, SentimentNetwork

ALPHABET = "\n !,.:;'?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
REVIEWS = [
    "a wonderful film with superb acting and a moving story",
    "what a waste of time, the plot is dull and the jokes fall flat",
    "not bad at all, I liked the music and the cast",
] * 4


@pytest.fixture(scope="session")
def weights_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the three default checkpoints, untrained and tiny."""
    torch.manual_seed(0)
    root = tmp_path_factory.mktemp("weights")
    _generation(root / "shakespeare-lstm")
    _sentiment(root / "sentiment-lstm")
    _forecasting(root / "forecast-lstm")
    return root


def _generation(folder: Path) -> None:
    tokenizer = CharTokenizer.from_text(ALPHABET)
    config = GenerationConfig(tokenizer.vocab_size, "lstm", 8, 16, 1, 0.0)
    save_checkpoint(folder, "generation", config, LanguageModel(config))
    tokenizer.save(folder)
    metrics = {
        "corpus": "shakespeare", "parameters": 3000, "validation_nats_per_char": 4.1,
        "baseline": "6-gram", "baseline_nats_per_char": 1.9,
    }  # fmt: skip
    write_json(folder / "metrics.json", metrics)


def _sentiment(folder: Path) -> None:
    tokenizer = ReviewTokenizer.train(REVIEWS, 120)
    config = SentimentConfig(
        vocab_size=tokenizer.vocab_size, embedding_size=8, hidden_size=12, num_layers=1
    )
    save_checkpoint(folder, "sentiment", config, SentimentNetwork(config))
    tokenizer.save(folder)
    metrics = {
        "test": {"accuracy": 0.5, "reviews": 100},
        "baselines": {"bag_of_words": {"accuracy": 0.9}},
    }
    write_json(folder / "metrics.json", metrics)


def _forecasting(folder: Path) -> None:
    config = ForecastConfig(hidden_size=8)
    save_checkpoint(folder, "forecasting", config, QuantileNetwork(config))
    write_json(folder / "metrics.json", {})
