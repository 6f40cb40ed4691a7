"""The training script, small: it learns, repeats itself, and writes a checkpoint that loads."""

from __future__ import annotations

import json
import os
import signal

import pytest
import torch
from safetensors.torch import load_file

from inference.generation import TextGenerator
from training import generation
from training.baselines import NGramModel
from training.metrics import accuracy_interval, bits_per_char, perplexity

TEXT = "".join(f"{i % 7} times {i % 3} makes {(i % 7) * (i % 3)};\n" for i in range(400))
SMALL = ["--hidden_size", "24", "--embedding_size", "8", "--num_layers", "1", "--dropout", "0.1",
         "--batch_size", "8", "--bptt_steps", "16", "--learning_rate", "0.02"]  # fmt: skip


@pytest.fixture
def train(monkeypatch, tmp_path):
    monkeypatch.setitem(generation.CORPORA, "shakespeare", lambda data_dir: TEXT)

    def run(name: str, *flags: str):
        folders = ["--output_dir", tmp_path / "w", "--run_dir", tmp_path / name,
                   "--results_dir", tmp_path / "results", "--name", name]  # fmt: skip
        return generation.main([*map(str, folders), *SMALL, *flags])

    return run


def test_training_writes_a_checkpoint_that_beats_its_start_and_loads(train, tmp_path):
    folder = train("net", "--epochs", "4")
    assert {p.name for p in folder.iterdir()} == {
        "README.md", "config.json", "history.csv", "metrics.json", "model.safetensors",
        "samples.txt", "tokenizer.json",
    }  # fmt: skip
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["validation_nats_per_char"] < 1.6  # ln of the alphabet's size is 3.1
    assert metrics["validation_characters"] == round(0.1 * len(TEXT))
    rows = (folder / "history.csv").read_text().splitlines()
    assert rows[0].startswith("epoch,train_loss,train_accuracy,valid_loss,valid_accuracy")
    assert len(rows) == 5
    again = TextGenerator.from_pretrained(folder).nats_per_char(TEXT[-len(TEXT) // 10 :])
    assert metrics["validation_nats_per_char"] == pytest.approx(again, rel=0.02)
    assert "model-index" in (folder / "README.md").read_text()
    for suffix in ("html", "svg"):
        assert (tmp_path / "results" / "curves" / f"net.{suffix}").stat().st_size > 1000


def test_the_same_seed_trains_the_same_weights_and_another_seed_others(train):
    first = load_file(train("a", "--epochs", "1") / "model.safetensors")
    again = load_file(train("b", "--epochs", "1") / "model.safetensors")
    other = load_file(train("c", "--epochs", "1", "--seed", "2") / "model.safetensors")
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["head.weight"], other["head.weight"])


def test_a_run_stopped_in_the_middle_of_an_epoch_arrives_at_the_same_weights(train, monkeypatch):
    whole = load_file(train("whole", "--epochs", "2") / "model.safetensors")
    calls, detach = [], generation.detach

    def stop_at_the_fortieth_window(state):
        calls.append(None)
        if len(calls) == 40:
            os.kill(os.getpid(), signal.SIGTERM)
        return detach(state)

    monkeypatch.setattr(generation, "detach", stop_at_the_fortieth_window)
    with pytest.raises(SystemExit, match="--resume"):
        train("broken", "--epochs", "2")
    resumed = load_file(train("broken", "--epochs", "2", "--resume") / "model.safetensors")
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_the_last_ten_percent_are_no_part_of_training(train, monkeypatch):
    first = load_file(train("a", "--epochs", "1") / "model.safetensors")
    # The same letters in another order at the end: alphabet and lengths stay, its content goes.
    head = len(TEXT) - len(TEXT) // 10
    changed = TEXT[:head] + "".join(sorted(TEXT[head:]))
    monkeypatch.setitem(generation.CORPORA, "shakespeare", lambda data_dir: changed)
    other = load_file(train("b", "--epochs", "1") / "model.safetensors")
    assert all(torch.equal(first[name], other[name]) for name in first)


def test_a_bad_flag_value_ends_with_a_sentence(train, capsys):
    with pytest.raises(SystemExit):
        train("net", "--dropout", "1.5")
    assert "dropout must be" in capsys.readouterr().err


def test_ngram_probabilities_sum_to_one_whatever_the_history():
    model = NGramModel(3, 4).fit("abcabcaab")
    for history in ("", "a", "ab", "zz", "xab"):
        assert sum(model.probability(c, history) for c in "abcd") == pytest.approx(1)


def test_ngram_matches_a_hand_worked_value():
    # Order 1 on "aab": n(a) = 2, n(b) = 1, 3 characters of 2 kinds, alphabet of 2.
    # p(a) = (2 + 2 * 1/2) / (3 + 2) = 3/5.
    assert NGramModel(1, 2).fit("aab").probability("a", "") == pytest.approx(0.6)
    # Order 2: after "a" came a once and b once, so p(a|a) = (1 + 2 * 0.6) / (2 + 2) = 0.55.
    assert NGramModel(2, 2).fit("aab").probability("a", "a") == pytest.approx(0.55)


def test_metrics_match_hand_worked_values():
    assert bits_per_char(0.6931471805599453) == pytest.approx(1.0)
    assert perplexity(0.0) == 1.0
    low, high = accuracy_interval(0.5, 100)
    assert (low, high) == (pytest.approx(0.40383, abs=1e-5), pytest.approx(0.59617, abs=1e-5))
    with pytest.raises(ValueError, match="at least one"):
        accuracy_interval(0.5, 0)
