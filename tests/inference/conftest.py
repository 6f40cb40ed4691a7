"""Tiny untrained networks: of every kind over ten characters, and some over words, sub-words and
reviews."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from data.tokenizers import CharTokenizer, Tokenizer, train_tokenizer
from inference.generation import TASK, TextGenerator
from inference.scratch import NumpyGenerator
from inference.sentiment import SentimentClassifier
from models.checkpoint import save_checkpoint
from models.generation import GenerationConfig, LanguageModel
from models.scratch.network import CharacterNetwork, NetworkConfig
from models.sentiment import SentimentConfig, SentimentNetwork

ALPHABET = "\n abcdefgh"
# Some lines begin with blanks, so that "\n " is a piece.
SENTENCES = "the cat sat on the mat\n  the dog sat on the cat,\n  and the mat was flat\n" * 3


def make_model(vocab_size: int) -> LanguageModel:
    torch.manual_seed(0)
    model = LanguageModel(GenerationConfig(vocab_size, "lstm", 6, 12, 2, 0.5))
    with torch.no_grad():
        # A memory strong enough for what was read to matter, opinions enough for temperatures.
        model.embedding.weight.mul_(2)
        for parameter in model.layers.parameters():
            parameter.mul_(4)
        model.head.weight.mul_(4)
    return model.eval()


def make_generator(tokenizer: Tokenizer) -> TextGenerator:
    return TextGenerator(make_model(tokenizer.vocab_size), tokenizer, "tiny")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights") / "tiny"
    tokenizer = CharTokenizer.from_text(ALPHABET)
    model = make_model(tokenizer.vocab_size)
    save_checkpoint(folder, TASK, model.config, model)
    tokenizer.save(folder)
    return folder


@pytest.fixture(scope="session")
def generator(folder: Path) -> TextGenerator:
    return TextGenerator.from_pretrained(folder)


@pytest.fixture(scope="session", params=["char", "word", "subword"])
def any_generator(request: pytest.FixtureRequest) -> TextGenerator:
    """One for each kind of tokenizer, trained on SENTENCES."""
    return make_generator(train_tokenizer(request.param, SENTENCES, 40))


def make_predictor(kind: str) -> Any:
    """A tiny untrained text network of any kind in double precision, for the views inside it."""
    if kind.startswith("numpy"):
        _, cell, unit = kind.split("-")
        network = CharacterNetwork.initialise(NetworkConfig(cell, ALPHABET, 9, 2), seed=1)
        for name in network.parameters:
            network.parameters[name] *= 2
        return NumpyGenerator(network, unit, kind)
    torch.manual_seed(1)
    cell, tied = kind.removesuffix("-tied"), kind.endswith("-tied")
    config = GenerationConfig(
        len(ALPHABET), cell, 6, 9, 2, tied=tied, mogrifier_rounds=3, mogrifier_rank=2
    )
    model = LanguageModel(config).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(2)
    return TextGenerator(model, CharTokenizer.from_text(ALPHABET), kind)


KINDS = (
    "rnn", "gru", "lstm", "mogrifier", "lstm-tied",
    "numpy-rnn-windows", "numpy-gru-lines", "numpy-lstm-lines",
)  # fmt: skip


@pytest.fixture(scope="session", params=KINDS)
def text_network(request: pytest.FixtureRequest) -> Any:
    """One text network of every kind."""
    return make_predictor(request.param)


@pytest.fixture(scope="session")
def networks() -> dict[str, Any]:
    """The text networks by kind."""
    return {kind: make_predictor(kind) for kind in KINDS}


@pytest.fixture(scope="session")
def reviewer() -> SentimentClassifier:
    """A tiny untrained network of two halves over sub-words, in double precision."""
    tokenizer = train_tokenizer("subword", SENTENCES, 40)
    config = SentimentConfig(
        tokenizer.vocab_size, embedding_size=5, hidden_size=7, num_layers=2, directions="halves"
    )
    torch.manual_seed(2)
    network = SentimentNetwork(config).double().eval()
    with torch.no_grad():
        for reading in network.readings:
            reading.embedding.weight.normal_()
            reading.head.weight.normal_()
    return SentimentClassifier(config, network, tokenizer, "tiny-reviews")
