"""A GPU on loan: who asks for one, that it changes no answer, and that the page goes on without."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from data.errors import InputError
from inference.registry import Registry
from tabs import gpu

ROOT = Path(__file__).parents[2]
TEXTS = ["a wonderful film", "", None, "what a waste of time"] * 200
# Stands for the package of ZeroGPU, as strict as it: a GPU function must be there at the start.
SPACES = """
import sys
assert "torch" not in sys.modules, "torch was imported before spaces"
functions = []
def GPU(duration):
    def mark(function):
        functions.append((function.__name__, duration))
        return function
    return mark
"""


@pytest.fixture
def lent(monkeypatch):
    """As on a machine with a GPU, but for the device."""
    monkeypatch.setattr(gpu.torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(gpu, "DEVICE", "cpu")


def answers(judge: object, texts: list[str | None]) -> list[tuple]:
    found = {row: answer for batch in judge.as_judged(texts) for row, answer in batch.items()}
    assert sorted(found) == list(range(len(texts)))
    return [
        str(found[row]) if isinstance(found[row], InputError)
        else (found[row].label, round(found[row].score, 5))
        for row in range(len(texts))
    ]  # fmt: skip


def counted(monkeypatch, result: object = None) -> list[int]:
    """How many texts each call for a GPU has; with a ``result`` that is an error, it fails."""
    calls, judge = [], gpu.judge

    def ask(folder: str, texts: list) -> list:
        calls.append(len(texts))
        if result is not None:
            raise result
        return judge(folder, texts)

    monkeypatch.setattr(gpu, "judge", ask)
    return calls


def test_many_reviews_get_the_same_answers_from_the_gpu(lent, weights_dir, monkeypatch):
    registry = Registry(weights_dir)
    expected = answers(registry.load("sentiment"), TEXTS)
    calls = counted(monkeypatch)
    assert answers(gpu.classifier(registry, None), TEXTS) == expected
    assert calls == [len(TEXTS)]


def test_few_reviews_do_not_ask_for_a_gpu(lent, weights_dir, monkeypatch):
    calls = counted(monkeypatch)
    answers(gpu.classifier(Registry(weights_dir), None), TEXTS[:50])
    assert calls == []


def test_when_no_gpu_is_lent_the_cpu_judges_and_it_is_not_asked_again(
    lent, weights_dir, monkeypatch
):
    registry = Registry(weights_dir)
    expected = answers(registry.load("sentiment"), TEXTS)
    calls = counted(monkeypatch, RuntimeError("You have exceeded your GPU quota"))
    judge = gpu.classifier(registry, None)
    assert answers(judge, TEXTS) == expected
    assert answers(judge, TEXTS) == expected
    assert calls == [len(TEXTS)]


def test_without_a_gpu_nothing_is_different(weights_dir, monkeypatch):
    monkeypatch.setattr(gpu.torch.cuda, "is_available", lambda: False)
    registry = Registry(weights_dir)
    assert gpu.classifier(registry, None) is registry.load("sentiment")


def test_on_zerogpu_the_app_has_one_short_gpu_function_and_asks_before_torch(weights_dir, tmp_path):
    (tmp_path / "spaces.py").write_text(SPACES)
    environment = os.environ | {
        "PYTHONPATH": str(tmp_path), "RNN_LAB_WEIGHTS": str(weights_dir),
        "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    run = subprocess.run(
        [sys.executable, "-c", "import app, spaces; print(spaces.functions)"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == f"[('judge', {gpu.SECONDS})]"
    assert gpu.SECONDS <= 30
