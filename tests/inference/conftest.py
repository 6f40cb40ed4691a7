"""A tiny untrained network over ten characters, and others over words and sub-words."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from data.tokenizers import CharTokenizer, Tokenizer, train_tokenizer
from inference.generation import TASK, TextGenerator
from models.checkpoint import save_checkpoint
from models.generation import GenerationConfig, LanguageModel

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
