"""A checkpoint carries the record of its training, and that record trains it again."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.checkpoint import CheckpointError
from models.generation import GenerationConfig
from training import corpora, generation_report, provenance, reproduce, scratch
from training.corpora import Source
from training.flags import parse_flags, to_argv
from training.language_model import GenerationTraining
from training.provenance import NO_COMMIT, Start, checksum, commit

NAMES = "".join(f"{a}{b}{c}\n" for a in ("ta", "bo", "mi", "ku") for b in ("ra", "no", "ki")
                for c in ("x", "saur", "zo"))  # fmt: skip
FLAGS = ["--name=names", "--hidden_size=8", "--epochs=2", "--batch_size=8", "--show_every=0",
         "--learning_rate=0.013", "--seed=3"]  # fmt: skip


@pytest.fixture
def trained(monkeypatch, tmp_path) -> Path:
    """The folder of a small NumPy network, where the app looks for it."""
    names = Source("Dinosaur names", "lines", lambda data_dir: NAMES)
    monkeypatch.setitem(corpora.CORPORA, "dinosaurs", names)
    monkeypatch.setattr(corpora, "MIN_CHARACTERS", 100)
    monkeypatch.setattr(generation_report, "SAMPLED_LINES", 5)
    monkeypatch.setenv("RNN_LAB_WEIGHTS", str(tmp_path / "weights"))
    places = [f"--{n}_dir={tmp_path / n}" for n in ("run", "results")]
    return scratch.main([*FLAGS, *places, f"--output_dir={tmp_path / 'weights'}"])


def again(tmp_path: Path, capsys, *flags: str) -> dict[str, str]:
    """What the command prints, by the name before the colon."""
    capsys.readouterr()
    reproduce.main(["names", f"--out={tmp_path / 'again'}", *flags])
    lines = [line for line in capsys.readouterr().out.splitlines() if ": " in line]
    return dict(line.split(": ", 1) for line in lines)


def test_the_record_says_what_was_run_with_what(trained):
    record = json.loads((trained / "metrics.json").read_text())["provenance"]
    assert record["script"] == "training.scratch"
    assert {"--hidden-size=8", "--learning-rate=0.013", "--seed=3", "--corpus=dinos"} <= set(
        record["argv"]
    )
    assert not any("dir" in flag or "name" in flag for flag in record["argv"])
    assert record["config"]["ScratchTraining"]["epochs"] == 2
    assert {name: len(told) for name, told in record["data"].items()} == {"dinosaurs": 64}
    assert record["seed"] == 3
    assert record["commit"] == commit()
    assert set(record["versions"]) >= {"python", "torch", "numpy"}
    assert record["minutes"] >= 0
    assert "training.scratch" in (trained / "README.md").read_text()


def test_training_again_gives_the_same_weights_and_figures(trained, tmp_path, capsys):
    told = again(tmp_path, capsys)
    assert told.pop("weights") == "the same, bit for bit"
    records = ("script", "argv", "config", "seed", "commit", "data", "versions", "machine")
    assert {part: told[part] for part in records} == dict.fromkeys(records, "the same")
    assert not any("then" in text for text in told.values())
    assert (tmp_path / "again" / "weights" / "names" / "model.safetensors").is_file()


def test_other_data_is_noticed(trained, tmp_path, capsys, monkeypatch):
    other = Source("Dinosaur names", "lines", lambda data_dir: NAMES.replace("k", "g"))
    monkeypatch.setitem(corpora.CORPORA, "dinosaurs", other)
    told = again(tmp_path, capsys)
    assert "then" in told["data"]
    assert "differ by" in told["weights"] or "another shape" in told["weights"]


def test_a_figure_that_changed_is_shown(trained, tmp_path, capsys):
    path = trained / "metrics.json"
    metrics = json.loads(path.read_text())
    metrics["validation_nats_per_char"] = 9.5
    path.write_text(json.dumps(metrics))
    assert again(tmp_path, capsys)["validation_nats_per_char"].startswith("9.5 then")


@pytest.mark.parametrize(
    ("metrics", "sentence"),
    [
        ({}, "has no record"),
        ({"provenance": {"script": "os", "argv": []}}, "does not name a training"),
        ({"provenance": {"script": "training.scratch", "argv": "rm"}}, "does not name a training"),
    ],
)
def test_a_record_that_cannot_be_run_is_refused(trained, metrics, sentence):
    (trained / "metrics.json").write_text(json.dumps(metrics))
    with pytest.raises(CheckpointError, match=sentence):
        reproduce.main(["names"])


def test_a_published_checkpoint_trains_again_from_its_record(hub, trained, tmp_path, capsys):
    from training.publish import publish

    publish(trained, "alice/names")
    (trained / "config.json").unlink()
    trained.rename(tmp_path / "elsewhere")
    capsys.readouterr()
    reproduce.main(["alice/names", "--revision=v1", f"--out={tmp_path / 'again'}"])
    assert "weights: the same, bit for bit" in capsys.readouterr().out


def test_flags_come_back_from_their_dataclasses():
    network = GenerationConfig(cell="gru", hidden_size=7, dropout=1e-5)
    training = GenerationTraining(text="-a b.txt", learning_rate=3e-4, selection_share=None)
    argv = to_argv(network, training)
    again = parse_flags(argv, GenerationConfig, GenerationTraining, description="")
    assert again == (network, training)


def test_a_checksum_tells_data_apart():
    labels = np.array([0, 1])
    frame = pd.DataFrame({"Date": pd.to_datetime(["2024-01-02"]), "Close": [1.0]})
    sums = [
        checksum("ab"), checksum("a", "b"), checksum(["ab"], labels),
        checksum(["ab"], labels[::-1]), checksum(frame), checksum(frame.assign(Close=1.1)),
    ]  # fmt: skip
    assert len(set(sums)) == len(sums)
    assert checksum(["a", "b"]) == checksum("a", "b")
    assert checksum(frame) == checksum(frame.copy())


def test_the_commit_is_that_of_the_start_and_marks_changes(tmp_path, monkeypatch):
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(["git", "-C", tmp_path, *identity, *arguments], check=True)

    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    assert commit() == NO_COMMIT
    git("init", "--quiet")
    (tmp_path / "a.py").write_text("a = 1\n")
    git("add", ".")
    git("commit", "--quiet", "-m", "a")
    start = Start.now()
    assert len(start.commit) == 40
    (tmp_path / "new.txt").write_text("not code")
    assert commit() == start.commit
    (tmp_path / "a.py").write_text("a = 2\n")
    assert commit() == f"{start.commit}+changes"
