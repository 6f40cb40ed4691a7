"""Laws of the training of small networks: what it leaves, when it ends, what it needs."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from data.errors import InputError
from data.memory import PROBLEMS, Baseline, Examples, make_examples
from data.series_splits import Splits
from inference.live import LiveTraining
from inference.memory import MemoryPredictor
from models.memory import MemoryConfig, MemoryNetwork
from training import evaluate, memory_report, reproduce
from training.memory import MemoryData, load_splits, main
from training.memory_loop import MemoryTraining, fit

ROOT = Path(__file__).parents[2]
SMALL = ["--hidden-size=8", "--check-every=5", "--batch-size=16"]


def train(folder: Path, *flags: str) -> Path:
    return main([f"--output-dir={folder}", *SMALL, "--steps=20", *flags])


@pytest.mark.parametrize("problem", ["recall", "adding", "copying", "leader-speed"])
def test_the_script_leaves_a_whole_checkpoint(tmp_path, problem):
    folder = train(tmp_path, f"--problem={problem}", "--distance=6", "--cell=gru")
    assert folder == tmp_path / f"{problem}-gru"
    assert {file.name for file in folder.iterdir()} == {
        "config.json", "model.safetensors", "series.json", "metrics.json", "history.csv",
        "README.md",
    }  # fmt: skip
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["steps"] == 20
    assert metrics["test"] == json.loads(json.dumps(
        MemoryPredictor.from_pretrained(folder).test_again().to_json()
    ))  # fmt: skip
    assert metrics["test"]["baseline"]["name"] in (folder / "README.md").read_text()
    assert metrics["provenance"]["script"] in reproduce.SCRIPTS


def test_the_figures_of_record_are_made_anew_from_the_checkpoint(tmp_path):
    folder = train(tmp_path, "--distance=6")
    metrics = json.loads((folder / "metrics.json").read_text())
    found, (row,) = evaluate.evaluate_memory(folder, metrics, None)
    assert json.loads(json.dumps(found["test"])) == metrics["test"]
    assert row["baseline"] == "12.5% (guessing)"
    assert row["data"] == "recall over 6 steps, made up"


def test_own_data_is_learned_and_its_test_part_is_not_read(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 6, 2))
    np.savez(tmp_path / "mine.npz", x=x, y=np.where(x[:, 0, 0] > 0, "up", "down"))
    flags = [f"--data={tmp_path / 'mine.npz'}", "--cell=rnn"]
    folder = train(tmp_path / "a", *flags, "--steps=300")
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["test"]["score"] > 0.8 > metrics["test"]["baseline"]["score"]
    assert "120 samples of 6 steps" in metrics["told"][0]
    predictor = MemoryPredictor.from_pretrained(folder)
    assert set(predictor.predict(x).labels) == {"up", "down"}

    splits = load_splits(MemoryData(data=str(tmp_path / "mine.npz")), seed=1)
    kept = splits.test.x * np.array(splits.series.std) + np.array(splits.series.mean)
    other = x.copy()
    for sample in kept:  # the test samples become others of the same class
        row = int(np.abs(x - sample).sum((1, 2)).argmin())
        other[row] *= 3
    np.savez(tmp_path / "mine.npz", x=other, y=np.where(x[:, 0, 0] > 0, "up", "down"))
    blind = train(tmp_path / "b", *flags, "--steps=300")
    first, second = (load_file(f / "model.safetensors") for f in (folder, blind))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_same_seed_gives_the_same_weights(tmp_path):
    first, again, other = (
        load_file(train(tmp_path / name, f"--seed={seed}") / "model.safetensors")
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["head.weight"], other["head.weight"])


def made(problem: str = "leader", **changes):
    """What ``fit`` needs, with a small network on a made-up problem."""
    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    sizes = {"leader": (3, 2), "recall": (8, 8)}[problem]
    network = MemoryNetwork(MemoryConfig(*sizes, hidden_size=8))
    batches = (make_examples(problem, 12, 16, rng) for _ in itertools.count())
    training = MemoryTraining(**{"steps": 60, "check_every": 5} | changes)
    return network, batches, make_examples(problem, 12, 50, rng), Baseline("", 1, 0), training


WATCHED = (lambda row: None, lambda: False)  # nobody listens, nobody stops it


def test_the_best_weights_are_kept_and_the_loss_falls():
    network, batches, valid, baseline, training = made(steps=200, learning_rate=0.02)
    history, ended = fit(network, batches, valid, baseline, training, *WATCHED)
    best = min(row["valid_loss"] for row in history)
    with torch.no_grad():
        kept = float(network.loss(network(torch.from_numpy(valid.x)), torch.from_numpy(valid.y)))
    assert kept == pytest.approx(best, rel=1e-5)
    assert best < history[0]["valid_loss"] - 0.1
    assert ended in ("all steps were taken", "there was nothing left to learn")
    assert [row["step"] for row in history[:3]] == [5, 10, 15]


def test_a_stop_keeps_what_was_learned_so_far():
    told = []
    history, ended = fit(*made(), told.append, lambda: len(told) >= 3)
    assert (history, ended) == (told, "it was stopped")
    assert [row["step"] for row in told] == [5, 10, 15]


@pytest.mark.parametrize("changes", [{"seconds": 1e-9}, {}])
def test_a_stop_and_the_time_do_not_wait_for_the_next_validation(changes):
    watched = WATCHED if changes else (WATCHED[0], lambda: True)
    history, _ = fit(*made(steps=10_000, check_every=10_000, **changes), *watched)
    assert [row["step"] for row in history] == [1]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"patience": 2, "learning_rate": 1e-12}, "no longer fell"),
        ({"seconds": 1e-9}, "time was up"),
        ({"learning_rate": 90.0, "optimizer": "sgd", "clip_norm": 0.0, "steps": 3000}, None),
    ],
)
def test_a_training_ends_for_a_reason_that_it_tells(changes, why):
    history, ended = fit(*made(**changes), *WATCHED)
    if why is not None:
        assert why in ended
        assert len(history) < 12
    assert history


def test_a_loss_that_is_no_number_ends_it_and_leaves_finite_weights():
    network, batches, valid, baseline, training = made()
    spoiled = Examples(np.full((16, 12, 3), np.inf, np.float32), np.zeros(16, np.int64))
    mixed = itertools.chain(itertools.islice(batches, 5), itertools.repeat(spoiled))
    history, ended = fit(network, mixed, valid, baseline, training, *WATCHED)
    assert "no longer a number" in ended
    assert len(history) == 2
    assert all(torch.isfinite(p).all() for p in network.parameters())


def test_a_training_that_never_had_a_finite_loss_is_told_so():
    network, batches, valid, baseline, training = made()
    broken = Examples(np.full_like(valid.x, np.nan), valid.y)
    history, ended = fit(network, batches, broken, baseline, training, *WATCHED)
    series = PROBLEMS["leader"].series(12)
    splits = Splits(series, valid, valid, valid, baseline, ())
    test = MemoryPredictor(network, series, "net").examine(valid, baseline)
    found = memory_report.metrics(test, network, splits, history, ended)
    assert (found["validation_loss"], found["best_step"]) == (None, 5)
    assert "no longer a number" in found["ended"]


def test_clipping_is_counted_and_none_is_none():
    rows = [fit(*made(clip_norm=clip), *WATCHED)[0][0] for clip in (1e-6, 1e6, 0.0)]
    assert [row["clipped"] for row in rows] == [1.0, 0.0, 0.0]
    assert all(row["gradient_norm"] > 1e-3 for row in rows)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--seconds=0"], "some seconds"),
        (["--steps=0"], "steps must be"),
        (["--distance=2"], "distance must be"),
        (["--hidden-size=100000"], "hidden_size"),
        (["--cell=gru", "--forget-bias=1"], "only an LSTM"),
        (["--learning-rate=0"], "learning_rate"),
        (["--clip-norm=-1"], "clip_norm"),
        (["--problem=chess"], "invalid choice"),
        (["--data=gone.csv"], "cannot be read"),
    ],
)
def test_what_cannot_be_trained_is_a_sentence(tmp_path, flags, said, capsys):
    with pytest.raises((SystemExit, InputError)) as caught:
        train(tmp_path, *flags)
    assert said in f"{caught.value} {capsys.readouterr().err}"


def test_the_scripts_of_the_page_need_only_what_a_space_has(tmp_path):
    """In a process where accelerate, matplotlib and all other things of requirements-dev.txt cannot
    be imported."""
    lacking = ("accelerate", "matplotlib", "pyarrow", "scipy", "arch", "talib", "babel", "pytest")
    body = f"""
        import runpy, sys
        for name in {lacking!r}:
            sys.modules[name] = None
        sys.argv = sys.argv[1:]
        runpy.run_module(sys.argv[0], run_name="__main__")
    """
    (tmp_path / "run.py").write_text(textwrap.dedent(body))
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    for module, flags in (
        ("training.memory", [f"--output-dir={tmp_path}", *SMALL, "--steps=5"]),
        ("training.memory_race", ["--distance=5", "--steps=10"]),
    ):
        run = subprocess.run(
            [sys.executable, str(tmp_path / "run.py"), module, *flags], env=environment, cwd=ROOT,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr


def test_the_page_hears_the_start_every_check_and_the_end(tmp_path):
    flags = [f"--output-dir={tmp_path}", *SMALL, "--steps=20", "--distance=6", "--reports"]
    with LiveTraining("training.memory", flags, seconds=120, megabytes=3000) as training:
        start, *checks, end = training.reports()
    assert start["kind"] == "start"
    assert start["baseline"]["score"] == 0.125
    assert [check["step"] for check in checks] == [5, 10, 15, 20]
    assert checks[-1]["progress"] == 1.0
    assert (Path(end["folder"]) / "model.safetensors").is_file()
    assert end["metrics"]["steps"] == 20
