"""Laws of the sentiment training, on made-up reviews whose label is in two words of many."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import training.sentiment
from data.sources import Reviews
from inference.sentiment import SentimentClassifier
from models.sentiment import SentimentConfig, SentimentNetwork
from training.sentiment import TrainingConfig, fit, held_out_logits, main, prepare, split, subset

FILLER = list("acdefgiklmnopqrstuvy.,!")  # words of one letter that say nothing
TELLING = (["bad", "awful", "dull"], ["good", "great", "lovely"])
SIZES = [
    "--vocab_size",
    "80",
    "--embedding_size",
    "12",
    "--hidden_size",
    "12",
    "--head_dropout",
    "0.1",
]
RUN = [
    "--valid_reviews",
    "40",
    "--epochs",
    "3",
    "--learning_rate",
    "0.02",
    "--embedding_dropout",
    "0.1",
]


def made_up(count: int, seed: int) -> Reviews:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    texts = []
    for label in labels:
        words = [*rng.choice(FILLER, rng.integers(3, 25)), *rng.choice(TELLING[label], 2)]
        texts.append(" ".join(rng.permutation(words)))
    return Reviews(texts, labels)


@pytest.fixture(autouse=True)
def _no_data(monkeypatch):
    """The script sees made-up splits instead of the dataset."""
    seeds = {"train": 0, "test": 1, "unsupervised": 2}
    monkeypatch.setattr(training.sentiment, "load_imdb", lambda name, _: made_up(240, seeds[name]))


def train(folder: Path, *flags: str) -> Path:
    """Run the script below `folder`; the checkpoint folder."""
    places = ["--output_dir", "weights", "--run_dir", "runs", "--results_dir", "results"]
    places[1::2] = [str(folder / place) for place in places[1::2]]
    main([*places, *SIZES, *RUN, *flags])
    return folder / "weights" / "sentiment-lstm"


def test_the_script_leaves_a_whole_checkpoint_that_has_learnt(tmp_path):
    folder = train(tmp_path)
    assert {file.name for file in folder.iterdir()} == {
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "metrics.json",
        "history.csv",
        "README.md",
    }
    assert (tmp_path / "results" / "curves" / "sentiment-lstm.svg").is_file()
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["test"]["reviews"] == 240
    assert metrics["test"]["accuracy"] > 0.8
    assert metrics["baselines"]["bag_of_words"]["accuracy"] > 0.8
    assert metrics["bytes"] == (folder / "model.safetensors").stat().st_size
    verdicts = SentimentClassifier.from_pretrained(folder).predict(["a great film", "a dull film"])
    assert [verdict.label for verdict in verdicts] == ["positive", "negative"]


def test_the_same_seed_gives_the_same_weights(tmp_path):
    first = load_file(train(tmp_path / "a") / "model.safetensors")
    second = load_file(train(tmp_path / "b") / "model.safetensors")
    other = load_file(train(tmp_path / "c", "--seed", "1") / "model.safetensors")
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(tmp_path, monkeypatch):
    whole = load_file(train(tmp_path / "whole") / "model.safetensors")
    steps = iter(range(100))

    def interrupted(network: SentimentNetwork, *batch: torch.Tensor) -> torch.Tensor:
        if next(steps) == 10:  # in the middle of the second epoch
            signal.raise_signal(signal.SIGINT)
        return forward(network, *batch)

    forward = SentimentNetwork.forward
    with monkeypatch.context() as patch:
        patch.setattr(SentimentNetwork, "forward", interrupted)
        with pytest.raises(SystemExit, match="--resume"):
            train(tmp_path / "halves")
    assert not (tmp_path / "halves" / "weights").exists()
    halves = load_file(train(tmp_path / "halves", "--resume") / "model.safetensors")
    assert all(torch.equal(whole[name], halves[name]) for name in whole)


def test_a_small_run_uses_few_reviews_of_both_labels(tmp_path):
    folder = train(tmp_path, "--train_reviews", "60", "--test_reviews", "30")
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["test"]["reviews"] == 30
    assert 0.3 < metrics["baselines"]["majority"]["accuracy"] < 0.7


@pytest.mark.parametrize("cell", ["rnn", "gru"])
def test_other_cells_train_too(cell, tmp_path):
    train(tmp_path, "--cell", cell, "--epochs", "1")
    folder = tmp_path / "weights" / f"sentiment-{cell}"
    assert SentimentClassifier.from_pretrained(folder).config.cell == cell


def test_held_out_reviews_teach_nothing(tmp_path):
    """Neither the pieces nor the weights change when the held-out reviews do (but for the epoch
    that is chosen, so one epoch is run)."""
    reviews, options = made_up(120, 5), TrainingConfig(epochs=1, valid_reviews=30)
    train_rows, valid_rows = split(reviews, options)
    other = Reviews(list(reviews.texts), reviews.labels.copy())
    for row in valid_rows:
        other.texts[row], other.labels[row] = "zzz xyzzy", 1 - other.labels[row]
    weights = []
    for given in (reviews, other):
        data = prepare(given, train_rows, valid_rows, vocab_size=80)
        torch.manual_seed(0)
        network = SentimentNetwork(
            SentimentConfig(vocab_size=data.tokenizer.vocab_size, embedding_size=8, hidden_size=8)
        )
        fit(network, data, options, tmp_path / str(len(weights)), resume=False)
        weights.append((network.state_dict(), data.tokenizer.vocab_size))
    assert weights[0][1] == weights[1][1]
    assert all(torch.equal(a, weights[1][0][name]) for name, a in weights[0][0].items())


def test_held_out_logits_keep_their_labels():
    reviews, options = made_up(80, 3), TrainingConfig(valid_reviews=40)
    data = prepare(reviews, *split(reviews, options), vocab_size=80)
    network = SentimentNetwork(
        SentimentConfig(vocab_size=data.tokenizer.vocab_size, embedding_size=8, hidden_size=8)
    )
    logits, labels = held_out_logits(network, data, options)
    order = np.argsort([len(review) for review in data.valid], kind="stable")
    assert labels.tolist() == data.valid_labels[order].tolist()
    first = torch.from_numpy(data.valid[order[0]][None].astype(np.int64))
    alone = network(first, torch.tensor([first.shape[1]]))
    torch.testing.assert_close(logits[:1], alone, atol=1e-5, rtol=0)


def test_subset_keeps_texts_with_their_labels():
    part = subset(Reviews(["a", "b", "c"], np.array([0, 1, 0])), np.array([2, 1]))
    assert (part.texts, part.labels.tolist()) == (["c", "b"], [0, 1])
