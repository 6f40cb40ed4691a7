"""Laws of the training of the network that reads dates, on a few hundred of them."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from data.tokenizers import CharTokenizer
from data.translation import Example, encode_answers
from inference.translation import DateTranslator
from models.translation import Translation, TranslationConfig, TranslationNetwork
from training import evaluate, reproduce, translation, translation_report
from training.translation import TranslationTraining, dates_checksum, load_splits, main

SIZES = ["--embedding-size=6", "--encoder-size=8", "--decoder-size=8", "--attention-size=6"]
RUN = ["--train-dates=160", "--valid-dates=20", "--test-dates=30", "--batch-size=16",
       "--epochs=2", "--device=cpu"]  # fmt: skip


@pytest.fixture(autouse=True)
def _few_other_days(monkeypatch):
    monkeypatch.setattr(translation_report, "OTHER_DAYS", 3)


def train(folder: Path, *flags: str) -> Path:
    """Run the script below ``folder``; the checkpoint folder."""
    places = [f"--{name}-dir={folder / name}" for name in ("output", "run", "results")]
    return main([*places, *SIZES, *RUN, *flags])


def test_the_script_leaves_a_whole_checkpoint(tmp_path):
    folder = train(tmp_path)
    assert folder == tmp_path / "output" / "dates-lstm"
    assert {file.name for file in folder.iterdir()} == {
        "config.json", "model.safetensors", "tokenizer.json", "metrics.json", "history.csv",
        "README.md",
    }  # fmt: skip
    assert (tmp_path / "results" / "curves" / "dates-lstm.svg").is_file()
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["test_dates"] == 30
    assert 0 < metrics["baseline"]["exact"] < metrics["baseline"]["english"] <= 1
    assert sum(entry["dates"] for entry in metrics["styles"].values()) == 30
    assert sum(entry["dates"] for entry in metrics["languages"].values()) == 30
    assert metrics["provenance"]["script"] in reproduce.SCRIPTS
    card = (folder / "README.md").read_text()
    assert "21th of august 1979" in card  # a style that fails, in a network that knows nothing yet
    assert "dateutil" in card
    assert DateTranslator.from_pretrained(folder).translate("3 May 1979").model == "dates-lstm"


def test_the_same_seed_gives_the_same_weights(tmp_path):
    first, again, other = (
        load_file(train(tmp_path / name, *flags) / "model.safetensors")
        for name, flags in (("a", []), ("b", []), ("c", ["--seed=2", "--epochs=1"]))
    )
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["head.weight"], other["head.weight"])


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(tmp_path, monkeypatch):
    whole = load_file(train(tmp_path / "whole") / "model.safetensors")
    steps, step = iter(range(100)), translation._Task.step

    def interrupted(self: Any, rows: np.ndarray) -> Any:
        if next(steps) == 13:  # in the middle of the second epoch
            signal.raise_signal(signal.SIGINT)
        return step(self, rows)

    with monkeypatch.context() as patch:
        patch.setattr(translation._Task, "step", interrupted)
        with pytest.raises(SystemExit, match="--resume"):
            train(tmp_path / "halves")
    assert not (tmp_path / "halves" / "output").exists()
    halves = load_file(train(tmp_path / "halves", "--resume") / "model.safetensors")
    assert all(torch.equal(whole[name], halves[name]) for name in whole)


def task(**changes: Any) -> translation._Task:
    training = TranslationTraining(**{"train_dates": 100, "valid_dates": 9, "test_dates": 1}
                                   | {"batch_size": 16} | changes)  # fmt: skip
    splits = load_splits(training)
    tokenizer = CharTokenizer.from_text("".join(e.source for e in splits.train + splits.valid))
    torch.manual_seed(0)
    config = TranslationConfig(tokenizer.vocab_size, 60, 16, encoder_size=32)
    network = TranslationNetwork(config)
    return translation._Task(network, training, tokenizer, splits, torch.device("cpu"))


def test_every_date_is_learned_from_once_an_epoch_and_in_another_order_each_time():
    made = task()
    first, second = (made.batches(epoch) for epoch in (1, 2))
    for batches in (first, second):
        assert sorted(np.concatenate(batches)) == list(range(100))
    assert not np.array_equal(first[0], second[0])
    again = made.batches(1)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


def test_the_loss_falls():
    made = task(train_dates=200)
    optimizer = torch.optim.Adam(made.model.parameters(), lr=0.01)
    losses = []
    for epoch in range(1, 5):
        for rows in made.batches(epoch):
            result = made.step(rows)
            optimizer.zero_grad()
            result.loss.backward()
            optimizer.step()
            losses.append(result.loss.item())
    assert np.mean(losses[-5:]) < losses[0] - 0.5


def test_a_network_that_knows_the_answer_has_no_loss():
    answers = torch.from_numpy(encode_answers(["1979-05-03", "2016-08-21"]))
    logits = 50.0 * torch.nn.functional.one_hot(answers, 11)
    assert translation._loss(logits, answers).item() == pytest.approx(0, abs=1e-6)
    assert translation._loss(logits, answers.flip(0)).item() > 10


def test_a_date_is_exact_when_the_network_has_written_it_itself():
    made = task()
    written = torch.from_numpy(made.valid.answers.copy())
    written[4:, 9] += 1  # a character wrong in all but four
    made.model.translate = lambda *batch: Translation(written, written, written)
    with torch.no_grad():
        assert made.validate()["exact"] == pytest.approx(4 / 9)


def test_the_test_dates_are_not_learned_from(tmp_path, monkeypatch):
    whole = load_file(train(tmp_path / "a", "--epochs=1") / "model.safetensors")
    make = translation.make_splits

    def other_test(*sizes: int) -> Any:
        splits = make(*sizes)
        splits.test[:] = [Example("1979", "1979-05-03", "ISO", "")] * len(splits.test)
        return splits

    monkeypatch.setattr(translation, "make_splits", other_test)
    blind = load_file(train(tmp_path / "b", "--epochs=1") / "model.safetensors")
    assert all(torch.equal(whole[name], blind[name]) for name in whole)


def test_the_checksum_sees_any_date():
    splits = load_splits(TranslationTraining(train_dates=5, valid_dates=5, test_dates=5))
    before = dates_checksum(splits)
    splits.test[-1] = Example(splits.test[-1].source, "1979-05-03", "ISO", "")
    assert dates_checksum(splits) != before


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ("thursday 3 may 1979", "1979-05-03"),
        ("3.5.1979", "1979-05-03"),
        ("1979-05-03", "1979-05-03"),
        ("5/13/1979", "1979-05-13"),
        ("torsdag den 3. maj", ""),
        ("99999999999999999999", ""),
    ],
)
def test_the_baseline_reads_what_rules_can_read(source, answer):
    assert translation_report.by_rules(source) == answer


def test_a_style_that_fails_is_listed_the_worst_first():
    entry = {"dates": 9, "baseline": 0.0}
    metrics = {
        "styles": {"ISO": entry | {"exact": 1.0}, "full": entry | {"exact": 0.98}},
        "other_styles": {"no blanks": entry | {"exact": 0.5}, "typos": entry | {"exact": 0.99}},
    }
    assert translation_report.failing(metrics) == {"no blanks": 0.5, "full": 0.98}


def test_the_evaluation_finds_the_figures_of_the_training_again(tmp_path):
    folder = train(tmp_path, "--epochs=1")
    metrics = json.loads((folder / "metrics.json").read_text())
    again, rows = evaluate.EVALUATIONS["translation"](folder, metrics, None)
    assert again["exact"] == metrics["exact"]
    assert again["baseline"] == metrics["baseline"]
    assert rows[0]["value"] == f"{metrics['exact']:.2%}"
