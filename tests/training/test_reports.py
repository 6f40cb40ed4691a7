"""A training under a listener: on what the page has installed, heard and stopped line by line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from data.generation import TextSplits
from training.baselines import NGramModel, goal_ngram

ROOT = Path(__file__).parents[2]
TEXT = "".join(f"{i % 7} times {i % 3} makes {(i % 7) * (i % 3)};\n" for i in range(400))
SMALL = ["--hidden_size=16", "--embedding_size=8", "--num_layers=1", "--batch_size=8",
         "--bptt_steps=16", "--precision=float32", "--device=cpu", "--results_dir="]  # fmt: skip
# What only requirements-dev.txt brings, by the name that is imported.
FOR_DEVELOPERS = ("pyarrow", "matplotlib", "talib", "babel", "accelerate", "scoringrules", "arch",
                  "scipy", "pytest", "hypothesis", "playwright")  # fmt: skip
WITHOUT = """
import runpy, sys
sys.modules.update(dict.fromkeys({missing!r}))  # importing them is an error now
sys.argv = ["generation", *{arguments!r}]
runpy.run_module("training.generation", run_name="__main__", alter_sys=True)
"""


@pytest.fixture
def start(tmp_path):
    """Starts the script with a listener, where nothing for developers is installed."""
    (tmp_path / "book.txt").write_text(TEXT)
    started = []

    def run(*flags: str) -> subprocess.Popen:
        arguments = [f"--text={tmp_path / 'book.txt'}", f"--output_dir={tmp_path / 'weights'}",
                     f"--run_dir={tmp_path / 'runs'}", "--reports", *SMALL, *flags]  # fmt: skip
        code = WITHOUT.format(missing=FOR_DEVELOPERS, arguments=arguments)
        process = subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def heard(process: subprocess.Popen) -> list[dict]:
    return [json.loads(line) for line in process.stdout if line.startswith("{")]


def test_the_script_tells_its_course_and_needs_what_the_page_has_only(start, tmp_path):
    process = start("--seconds=1.5")
    first, *rows, measuring, last = heard(process)
    assert process.wait() == 0
    assert (first["stage"], measuring["stage"], last["stage"]) == ("begin", "measuring", "end")
    assert first["characters"] == len(TEXT)
    assert first["baseline_nats_per_char"] < first["even_nats_per_char"]
    assert any("stands word for word" in warning for warning in first["warnings"])
    assert {row["stage"] for row in rows} == {"learning"}
    assert rows[-1]["valid_loss"] < rows[0]["valid_loss"]
    assert [row["seconds"] for row in rows] == sorted(row["seconds"] for row in rows)
    assert rows[-1]["seconds"] >= 1.5
    assert all(len(row["text"]) == 160 for row in rows)
    folder = Path(last["folder"])
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["selection_nats_per_token"] == min(row["valid_loss"] for row in rows)
    assert metrics["epochs"] == rows[-1]["passes"]
    assert (folder / "copies.safetensors").is_file()
    assert not (tmp_path / "results").exists()


def test_a_stop_gives_the_checkpoint_early(start):
    process = start("--seconds=600")
    for line in process.stdout:
        if '"learning"' in line:
            break
    process.stdin.write("stop\n")
    process.stdin.flush()
    *_, last = heard(process)
    assert process.wait() == 0
    metrics = json.loads((Path(last["folder"]) / "metrics.json").read_text())
    assert metrics["training_minutes"] < 5
    assert metrics["training"]["seconds"] == 600


def test_what_is_to_be_beaten_is_the_best_count_of_the_selection_text():
    splits = TextSplits(train="abcabdcacbd" * 9, selection="dcab" * 5, validation="?")
    name, nats = goal_ngram(splits, 5)
    losses = {o: NGramModel(o, 5).fit(splits.train).nats_per_char(splits.selection)
              for o in range(2, 7)}  # fmt: skip
    assert nats == pytest.approx(min(losses.values()))
    assert name == f"{min(losses, key=losses.get)}-gram, Witten-Bell"
