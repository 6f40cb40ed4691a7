"""Training in NumPy: it learns, repeats itself, resumes to the same weights, says what is wrong."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from data.errors import InputError
from data.generation import TextSplits
from inference.scratch import NumpyGenerator
from training import corpora, generation_report, scratch, scratch_loop
from training.corpora import Source

ROOT = Path(__file__).parents[2]
NAMES = "".join(
    f"{a}{b}{c}\n"
    for a in ("ta", "bo", "mi", "ku")
    for b in ("ra", "no", "ki")
    for c in ("x", "saur")
) * 2 + "".join(f"{a}{b}zo\n" for a in ("ta", "bo", "mi", "ku") for b in ("la", "so", "pe", "du"))
PROSE = "".join(f"{i % 7} times {i % 3} makes {(i % 7) * (i % 3)};\n" for i in range(150))
SMALL = ["--hidden_size", "16", "--learning_rate", "0.02", "--batch_size", "8",
         "--bptt_steps", "16", "--averaging", "0.5", "--show_every", "0"]  # fmt: skip


@pytest.fixture
def train(monkeypatch, tmp_path):
    names = Source("Dinosaur names", "lines", lambda data_dir: NAMES)
    monkeypatch.setitem(corpora.CORPORA, "dinosaurs", names)
    monkeypatch.setattr(corpora, "MIN_CHARACTERS", 100)
    monkeypatch.setattr(generation_report, "SAMPLED_LINES", 20)

    def run(name: str, *flags: str) -> Path:
        folders = ["--output_dir", tmp_path / "w", "--run_dir", tmp_path / "runs",
                   "--results_dir", tmp_path / "results", "--name", name]  # fmt: skip
        return scratch.main([*map(str, folders), *SMALL, *flags])

    return run


def weights(folder: Path) -> dict[str, np.ndarray]:
    return load_file(folder / "model.safetensors")


def same(first: Path, second: Path) -> bool:
    a, b = weights(first), weights(second)
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_training_writes_a_checkpoint_that_beats_its_start_and_loads(train, tmp_path, cell):
    folder = train("net", "--cell", cell, "--epochs", "20", "--batch_size", "4")
    assert {p.name for p in folder.iterdir()} == {
        "README.md", "config.json", "history.csv", "metrics.json", "model.safetensors",
        "samples.txt", "tokenizer.json",
    }  # fmt: skip
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["validation_nats_per_char"] < 2.0  # a guess among 19 characters costs 2.9
    assert metrics["baseline_nats_per_char"] > 0
    assert 0 <= metrics["new_share"] <= 1
    rows = (folder / "history.csv").read_text().splitlines()
    assert rows[0].startswith("epoch,train_loss,valid_loss")
    generator = NumpyGenerator.from_pretrained(folder)
    assert generator.network.config.cell == cell
    splits = scratch.load(scratch.ScratchTraining(), None).splits
    again = generator.nats_per_char(splits.validation)
    assert metrics["validation_nats_per_char"] == pytest.approx(again)
    for suffix in ("html", "svg"):
        assert (tmp_path / "results" / "curves" / f"net.{suffix}").stat().st_size > 1000


def test_the_same_seed_trains_the_same_weights_and_another_seed_others(train):
    first, again = train("a", "--epochs", "1"), train("b", "--epochs", "1")
    assert same(first, again)
    assert not same(first, train("c", "--epochs", "1", "--seed", "2"))


def test_the_validation_lines_are_no_part_of_training(train, monkeypatch):
    first = train("a", "--epochs", "2")
    kept = corpora.split_lines

    def changed(text: str) -> object:
        splits = kept(text)
        letters = random.Random(1).sample(splits.validation, len(splits.validation))
        return type(splits)(splits.train, splits.selection, "".join(letters))

    monkeypatch.setattr(corpora, "split_lines", changed)
    assert same(first, train("b", "--epochs", "2"))


@pytest.mark.parametrize("unit", ["lines", "windows"])
def test_a_run_that_was_stopped_anywhere_arrives_at_the_same_weights(
    train, monkeypatch, tmp_path, unit
):
    flags = ["--epochs", "2", "--num_layers", "2", "--unit", unit, "--batch_size", "3"]
    whole = train("whole", *flags)
    step, calls = scratch_loop.NumpyTrainer._step, 0

    def stop_soon(trainer: scratch_loop.NumpyTrainer, *arguments: object) -> None:
        nonlocal calls
        step(trainer, *arguments)
        calls += 1
        trainer.stop_request.is_set = calls in (2, 9)

    monkeypatch.setattr(scratch_loop.NumpyTrainer, "_step", stop_soon)
    with pytest.raises(SystemExit, match="--resume"):
        train("parts", *flags)
    with pytest.raises(SystemExit, match="--resume"):
        train("parts", *flags, "--resume")
    assert same(whole, train("parts", *flags, "--resume"))
    assert calls > 9


def test_any_text_file_can_be_learned(train, tmp_path):
    path = tmp_path / "prose.txt"
    path.write_text(PROSE)
    folder = train("prose", "--text", str(path), "--epochs", "3")
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["corpus"] == "prose"
    assert metrics["validation_nats_per_char"] < 2.0  # ln of the alphabet's size is 2.8
    assert "new_share" not in metrics
    assert NumpyGenerator.from_pretrained(folder).unit == "windows"


@pytest.mark.parametrize("unit", ["lines", "windows"])
def test_the_state_is_carried_along_running_text_and_never_between_names(train, monkeypatch, unit):
    network, given, left = scratch.CharacterNetwork, [], []
    inner = network.loss_and_gradients

    def recorded(self: object, batch: object, states: object = None) -> object:
        result = inner(self, batch, states)
        given.append(states)
        left.append(result.states)
        return result

    monkeypatch.setattr(network, "loss_and_gradients", recorded)
    train("net", "--unit", unit, "--epochs", "2", "--batch_size", "3")
    anew = [k for k, states in enumerate(given) if states is None]
    if unit == "lines":
        assert anew == list(range(len(given)))
        return
    assert anew == [0, len(given) // 2]  # where an epoch begins
    assert all(given[k] is left[k - 1] for k in range(len(given)) if k not in anew)


def test_the_screen_shows_the_smoothed_loss_and_names(train, capsys):
    train("net", "--epochs", "1", "--show_every", "2")
    lines = [line for line in capsys.readouterr().out.splitlines() if "smoothed loss" in line]
    assert lines[0].startswith("step 2: smoothed loss 2.")
    assert lines[0].count(",") == scratch.SHOWN_LINES - 1


def test_samples_on_screen_change_nothing(train):
    assert same(train("a", "--epochs", "1"), train("b", "--epochs", "1", "--show_every", "1"))


def test_the_kept_weights_are_those_of_the_best_epoch(train):
    folder = train("net", "--epochs", "40", "--learning_rate", "0.3", "--patience", "2")
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["best_epoch"] == metrics["epochs"] - 2
    splits = scratch.load(scratch.ScratchTraining(), None).splits
    kept = NumpyGenerator.from_pretrained(folder).nats_per_char(splits.selection)
    assert metrics["selection_nats_per_char"] == pytest.approx(kept, rel=1e-5)


def test_a_state_of_another_cell_is_refused(train):
    train("net", "--epochs", "1", "--cell", "lstm")
    with pytest.raises(InputError, match="cell 'lstm', not 'gru'"):
        train("net", "--epochs", "2", "--cell", "gru", "--resume")


def test_nothing_or_damage_to_resume_is_told(train, tmp_path):
    with pytest.raises(InputError, match="nothing to resume"):
        train("net", "--resume")
    train("net", "--epochs", "1")
    path = tmp_path / "runs" / "net" / scratch_loop.STATE_FILE
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(InputError, match="damaged"):
        train("net", "--resume")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"short", "5 characters"),
        ("naïve".encode("latin-1") * 900, "not UTF-8"),
    ],
)
def test_texts_that_cannot_be_learned_get_one_sentence(train, tmp_path, content, message):
    path = tmp_path / "text.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        train("net", "--text", str(path))


def test_a_text_shorter_than_a_window_is_refused(train, tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(PROSE[:500])
    with pytest.raises(InputError, match="500 characters, too few to learn from windows of 430"):
        train("net", "--text", str(path), "--bptt_steps", "430")


def test_a_small_text_is_learned_with_a_warning(train, tmp_path, capsys):
    path = tmp_path / "text.txt"
    path.write_text(PROSE)
    train("net", "--text", str(path), "--epochs", "1")
    assert f"The text has {len(PROSE):,} characters;" in capsys.readouterr().err


def test_the_command_ends_with_a_sentence_and_status_2(tmp_path):
    command = [sys.executable, "-m", "training.scratch", "--text", str(tmp_path / "none.txt")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.strip().endswith("none.txt cannot be read: No such file or directory.")


@pytest.mark.parametrize(("flag", "value"), [("--epochs", "0"), ("--averaging", "1")])
def test_a_bad_flag_value_ends_with_a_sentence(train, capsys, flag, value):
    with pytest.raises(SystemExit):
        train("net", flag, value)
    assert "must be at least" in capsys.readouterr().err


def test_a_network_that_repeats_the_text_writes_nothing_new(train):
    generator = NumpyGenerator.from_pretrained(train("net", "--epochs", "1"))
    drawn = "".join(f"{generator.line('', 100, 1.0, seed).text}\n" for seed in range(20))
    repeated = generation_report.novelty(generator, TextSplits(drawn, "", "torosaurus\n"))
    assert repeated["new_share"] == repeated["distance_to_nearest"] == 0
    others = generation_report.novelty(generator, TextSplits("x" * 90 + "\n", "", "y\n"))
    assert others["new_share"] == 1
    assert others["distance_to_nearest"] > 80
