"""Laws of the sentiment training, on made-up reviews whose label is in two words of many."""

from __future__ import annotations

import json
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import data.reviews
import training.sentiment
from data.errors import InputError
from data.sources import Reviews
from data.tokenizers import SubwordTokenizer, load_tokenizer
from inference.generation import TextGenerator
from inference.sentiment import SentimentClassifier
from models.checkpoint import save_checkpoint
from models.generation import GenerationConfig, LanguageModel
from models.sentiment import SentimentConfig, SentimentNetwork
from training.run import RunConfig
from training.sentiment import (
    begin,
    language_model_folder,
    main,
    prepare,
    split,
    subset,
    with_verdicts,
)
from training.sentiment_tuning import (
    TrainingConfig,
    TrainingData,
    fit,
    held_out_logits,
    rate_groups,
    worst_step,
)

FILLER = list("acdefgiklmnopqrstuvy.,!")  # words of one letter that say nothing
TELLING = (["bad", "awful", "dull"], ["good", "great", "lovely"])
SIZES = ["--embedding_size=12", "--hidden_size=12", "--head_dropout=.1", "--embedding_dropout=.1"]
RUN = [
    "--vocab_size=80",
    "--valid_reviews=40",
    "--epochs=3",
    "--learning_rate=.02",
    "--rate_decay=1",
]
PLAIN = ["--no-pretrain", "--directions=forward", "--rounds=1"]
FLAGSHIP = ["--rounds=2", "--epochs_unlabelled=1", "--adversarial=0.5"]


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
    for module in (training.sentiment, data.reviews):
        monkeypatch.setattr(module, "load_imdb", lambda name, _: made_up(240, seeds[name]))


def train(folder: Path, *flags: str, stages: Sequence[str] = PLAIN) -> Path:
    """Run the script below `folder`; the checkpoint folder."""
    places = ["--output_dir", "weights", "--run_dir", "runs", "--results_dir", "results"]
    places[1::2] = [str(folder / place) for place in places[1::2]]
    main([*places, *SIZES, *RUN, *stages, *flags])
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

    def interrupted(*batch: Any) -> Any:
        if next(steps) == 10:  # in the middle of the second epoch
            signal.raise_signal(signal.SIGINT)
        return step(*batch)

    step = training.sentiment_tuning._step
    with monkeypatch.context() as patch:
        patch.setattr(training.sentiment_tuning, "_step", interrupted)
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


def small(data: TrainingData) -> SentimentNetwork:
    torch.manual_seed(0)
    shape = {"embedding_size": 8, "hidden_size": 8, "directions": "forward"}
    return SentimentNetwork(SentimentConfig(data.tokenizer.vocab_size, **shape))


def test_held_out_reviews_teach_nothing(tmp_path):
    """Neither the pieces nor the weights change when the held-out reviews do (but for the epoch
    that is chosen, so one epoch is run)."""
    reviews, options = made_up(120, 5), TrainingConfig(valid_reviews=30, vocab_size=80)
    _, valid_rows = split(reviews, options)
    other = Reviews(list(reviews.texts), reviews.labels.copy())
    for row in valid_rows:
        other.texts[row], other.labels[row] = reviews.texts[row][::-1], 1 - reviews.labels[row]
    weights = []
    for given in (reviews, other):
        data = prepare(given, options, None)
        network = small(data)
        fit(network, data, options, 1, tmp_path / str(len(weights)), resume=False)
        weights.append((network.state_dict(), data.tokenizer.pieces))
    assert weights[0][1] == weights[1][1]
    assert all(torch.equal(a, weights[1][0][name]) for name, a in weights[0][0].items())


def test_held_out_logits_keep_their_labels():
    reviews, options = made_up(80, 3), TrainingConfig(valid_reviews=40, vocab_size=80)
    data = prepare(reviews, options, None)
    network = small(data)
    logits, targets = held_out_logits(network, data)
    assert targets.tolist() == data.valid_targets.tolist()
    for row in (0, 17, 39):
        tokens = torch.from_numpy(data.valid[row][None].astype(np.int64))
        alone = network(tokens, torch.tensor([tokens.shape[1]]))
        torch.testing.assert_close(logits[row : row + 1], alone, atol=1e-5, rtol=0)


def test_the_adversary_s_step_has_its_length_and_raises_the_loss():
    x = torch.randn(4, 6, 3, requires_grad=True)
    loss = (x**2).mean() + x.sum(dim=(1, 2)).sigmoid().mean()
    step = worst_step(x.detach(), torch.autograd.grad(loss, x)[0], 0.1)
    rms = x.detach().pow(2).mean().sqrt()
    torch.testing.assert_close(step.flatten(1).norm(dim=1), (0.1 * rms).expand(4))
    y = x.detach() + step
    assert (y**2).mean() + y.sum(dim=(1, 2)).sigmoid().mean() > loss


def test_the_deeper_the_slower():
    network = SentimentNetwork(SentimentConfig(9, num_layers=2))
    groups = rate_groups(network, 0.9, 3)
    rates = {id(p): group["lr"] for group in groups for p in group["params"]}
    for reading in network.readings:
        assert rates[id(reading.head.weight)] == pytest.approx(0.9)
        assert rates[id(reading.levels[1][0].weight_hh_l0)] == pytest.approx(0.3)
        assert rates[id(reading.levels[0][0].weight_hh_l0)] == pytest.approx(0.1)
        assert rates[id(reading.embedding.weight)] == pytest.approx(0.9 / 27)
    assert len(rates) == len(list(network.parameters()))


LANGUAGE = {
    "LANGUAGE_MODEL": {"hidden_size": 12, "embedding_size": 12},
    "LANGUAGE_MODEL_TRAINING": {"epochs": 1, "vocab_size": 80, "batch_size": 4, "sampled": 20},
}


@pytest.fixture
def _small_language_models(monkeypatch):
    monkeypatch.setattr(data.reviews, "RARE", 1)
    monkeypatch.setattr(data.reviews, "HELD_OUT", 40)
    for name, changes in LANGUAGE.items():
        value = replace(getattr(training.sentiment, name), **changes)
        monkeypatch.setattr(training.sentiment, name, value)


@pytest.mark.usefixtures("_small_language_models")
def test_the_flagship_goes_through_its_stages(tmp_path):
    folder = train(tmp_path, *FLAGSHIP, "--name", "whole", stages=())
    assert (
        SentimentClassifier.from_pretrained(folder.parent / "whole").config.directions == "halves"
    )
    writer = TextGenerator.from_pretrained(tmp_path / "weights" / "reviews-lstm")
    assert writer.generate("a", 5, seed=1).text
    rows = (folder.parent / "whole" / "history.csv").read_text().splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == list("111222") + list("34")
    # The halves begin as their language models: one step of a rate of nothing changes nothing.
    run = replace(RunConfig(), output_dir=str(tmp_path / "weights"), run_dir=str(tmp_path / "runs"))
    for direction in ("forward", "backward"):
        model = language_model_folder(run, direction)
        pieces = load_tokenizer(model).vocab_size
        config = SentimentConfig(pieces, "lstm", 12, 12, directions=direction)
        tensors = load_file(model / "model.safetensors")
        (reading,) = begin(run, TrainingConfig(), config).readings
        assert torch.equal(reading.embedding.weight, tensors["embedding.weight"].float())
        (layer,) = reading.levels[0]
        assert torch.equal(layer.weight_hh_l0, tensors["layers.0.weight_hh_l0"].float())


def test_the_second_round_learns_of_the_bag_of_words_what_the_network_does_not_know(tmp_path):
    torch.manual_seed(0)
    reviews, run = made_up(240, 0), RunConfig(name="x", run_dir=str(tmp_path))
    settings = TrainingConfig(valid_reviews=40, vocab_size=80)
    labelled = prepare(reviews, settings, None)
    pieces = labelled.tokenizer.vocab_size
    network = SentimentNetwork(SentimentConfig(pieces, "lstm", 12, 12, directions="forward"))
    (tmp_path / "x").mkdir()
    taught = with_verdicts(labelled, network, run, settings, 2)
    assert len(taught.train) == len(taught.train_targets) == 200 + 240
    verdicts = taught.train_targets[200:]
    assert ((verdicts > 0.5) == made_up(240, 2).labels).mean() > 0.95
    again = with_verdicts(labelled, network, replace(run, resume=True), settings, 2)
    np.testing.assert_array_equal(again.train_targets, taught.train_targets)


def test_each_round_learns_what_the_network_of_the_round_before_says(tmp_path, monkeypatch):
    """Of the unlabelled reviews once, whatever the number of the round."""
    settings = TrainingConfig(pretrain=False, rounds=3, valid_reviews=40, vocab_size=80, epochs=1,
                              epochs_unlabelled=1)  # fmt: skip
    labelled, taught, judges = prepare(made_up(240, 0), settings, None), [], []

    def fitted(network, data, *others):
        taught.append(len(data.train))
        return fit(network, data, *others)

    def judged(data, network, *others):
        judges.append(network.readings[0].head.weight.detach().clone())
        return with_verdicts(data, network, *others)

    monkeypatch.setattr(training.sentiment, "fit", fitted)
    monkeypatch.setattr(training.sentiment, "with_verdicts", judged)
    shape = {"embedding_size": 8, "hidden_size": 8, "directions": "forward"}
    config = SentimentConfig(labelled.tokenizer.vocab_size, **shape)
    run = RunConfig(name="x", run_dir=str(tmp_path))
    _, histories = training.sentiment.train(run, settings, config, labelled)
    assert list(histories) == ["forward-1", "forward-2", "forward-3"]
    assert taught == [200, 440, 440]
    assert not torch.equal(*judges)


@pytest.mark.usefixtures("_small_language_models")
def test_two_machines_that_share_the_work_end_where_one_does(tmp_path):
    whole = train(tmp_path / "one", *FLAGSHIP, "--name", "x", stages=()).parent / "x"
    for stage in ("forward-1", "backward-1", "forward-2", "backward-2"):
        train(tmp_path / "two", *FLAGSHIP, "--name", "x", "--resume", "--only", stage, stages=())
    assert not (tmp_path / "two" / "weights" / "x").exists()
    shared = train(tmp_path / "two", *FLAGSHIP, "--name", "x", "--resume", stages=()).parent / "x"
    first, second = (load_file(folder / "model.safetensors") for folder in (whole, shared))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_language_model_of_another_shape_is_refused(tmp_path):
    tokenizer = SubwordTokenizer.train("a good film\n" * 9, 30)
    config = GenerationConfig(tokenizer.vocab_size, "lstm", 8, 8, 1)
    save_checkpoint(tmp_path / "reviews-lstm", "generation", config, LanguageModel(config))
    tokenizer.save(tmp_path / "reviews-lstm")
    with pytest.raises(InputError, match="hidden-size"):
        train(tmp_path.parent / tmp_path.name, "--directions", "forward", "--output_dir",
              str(tmp_path), stages=())  # fmt: skip


def test_subset_keeps_texts_with_their_labels():
    part = subset(Reviews(["a", "b", "c"], np.array([0, 1, 0])), np.array([2, 1]))
    assert (part.texts, part.labels.tolist()) == (["c", "b"], [0, 1])
