"""The loop loses no work, and the same seed gives the same weights."""

from __future__ import annotations

import math
import os
import resource
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from training import clock
from training.loop import StepResult, Trainer, cosine_with_warmup
from training.run import seed_everything
from training.run_state import load_state, save_state

INPUTS = torch.linspace(-1, 1, 60).reshape(20, 3)
TARGETS = INPUTS.sum(1, keepdim=True).sin()


class Interrupter:
    """A step that asks its own process to stop at the given number of calls."""

    def __init__(self, model: nn.Module, at: int | None = None, number: int = signal.SIGTERM):
        self.model, self.at, self.signal, self.calls = model, at, number, 0

    def __call__(self, rows: torch.Tensor) -> StepResult:
        self.calls += 1
        if self.calls == self.at:
            os.kill(os.getpid(), self.signal)
        loss = nn.functional.mse_loss(self.model(INPUTS[rows]), TARGETS[rows])
        return StepResult(loss, len(rows), {"accuracy": 0.5})


def make_trainer(
    folder: Path, epochs: int = 6, patience: int = 10, average: float = 0.0
) -> Trainer:
    seed_everything(3)
    model = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.3), nn.Tanh(), nn.Linear(8, 1))
    return Trainer(
        model, torch.optim.AdamW(model.parameters(), lr=0.05), folder, epochs=epochs,
        patience=patience, clip_norm=1.0, schedule=cosine_with_warmup(0.1), unit="rows",
        average=average,
    )  # fmt: skip


def batches(epoch: int) -> list[torch.Tensor]:
    order = torch.randperm(20, generator=torch.Generator().manual_seed(epoch))
    return list(order.split(5))


def fit(trainer: Trainer, at: int | None = None, resume: bool = False) -> list[dict]:
    step = Interrupter(trainer.model, at)
    return trainer.fit(batches, step, lambda: validated(trainer), resume=resume)


def validated(trainer: Trainer) -> dict[str, float]:
    loss = nn.functional.mse_loss(trainer.model(INPUTS), TARGETS)
    return {"loss": float(loss), "accuracy": 0.5}


def test_the_same_seed_gives_the_same_weights(tmp_path):
    first = make_trainer(tmp_path / "a")
    losses = [row["train_loss"] for row in fit(first)]
    second = make_trainer(tmp_path / "b")
    assert [row["train_loss"] for row in fit(second)] == losses
    for one, other in zip(first.model.parameters(), second.model.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("average", [0.0, 0.6])
@pytest.mark.parametrize("at", [1, 7, 13])
def test_an_interrupted_run_arrives_at_the_same_weights(tmp_path, at, average):
    whole = make_trainer(tmp_path / "whole", average=average)
    history = fit(whole)
    broken = make_trainer(tmp_path / "broken", average=average)
    with pytest.raises(SystemExit, match="--resume"):
        fit(broken, at=at)
    resumed = make_trainer(tmp_path / "broken", average=average)
    again = fit(resumed, resume=True)
    assert [r["train_loss"] for r in again] == [r["train_loss"] for r in history]
    for one, other in zip(whole.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(one, other)


def test_the_mean_of_the_last_steps_is_validated_and_kept(tmp_path):
    trainer = make_trainer(tmp_path, epochs=4, average=0.75)
    seen, optimize = [], trainer._optimize

    def watched(*arguments: Any) -> Any:
        flags = optimize(*arguments)
        seen.append(trainer.model[0].weight.detach().clone())
        return flags

    trainer._optimize = watched
    judged = iter((3.0, 2.0, 1.0, 4.0))  # the third epoch is the best
    trainer.fit(batches, Interrupter(trainer.model), lambda: {"loss": next(judged)})
    mean = torch.stack(seen[4:]).mean(0)  # 4 epochs of 4 steps, all but the first
    torch.testing.assert_close(trainer.mean.weights["0.weight"], mean)
    torch.testing.assert_close(trainer.model[0].weight, torch.stack(seen[4:12]).mean(0))


def test_training_stops_early_and_keeps_the_best_weights(tmp_path):
    trainer = make_trainer(tmp_path, epochs=50, patience=2)
    losses = iter([3.0, 1.0, 2.0, 2.0, 0.5, 0.1])
    kept = {}

    def validate() -> dict[str, float]:
        loss = next(losses)
        if loss == 1.0:
            kept.update({k: v.clone() for k, v in trainer.model.state_dict().items()})
        return {"loss": loss}

    history = trainer.fit(batches, Interrupter(trainer.model), validate)
    assert len(history) == 4
    for name, value in trainer.model.state_dict().items():
        assert torch.equal(value, kept[name])


def test_resuming_a_finished_run_trains_no_further(tmp_path):
    trainer = make_trainer(tmp_path)
    history = fit(trainer)
    again = make_trainer(tmp_path)
    assert fit(again, at=1, resume=True) == history


def test_ctrl_c_ends_between_two_steps_and_a_second_one_at_once(tmp_path):
    trainer = make_trainer(tmp_path)
    step = Interrupter(trainer.model, 3, signal.SIGINT)
    with pytest.raises(SystemExit):
        trainer.fit(batches, step, dict)
    assert load_state(tmp_path / "state.safetensors")["step_in_epoch"] == 3

    def hang(rows: torch.Tensor) -> StepResult:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("the second Ctrl-C did not interrupt")

    with pytest.raises(KeyboardInterrupt):
        make_trainer(tmp_path).fit(batches, hang, dict)


def test_resuming_nothing_says_so(tmp_path):
    with pytest.raises(SystemExit, match="nothing to resume"):
        fit(make_trainer(tmp_path), resume=True)


def test_gradients_are_clipped_to_the_norm(tmp_path):
    trainer = make_trainer(tmp_path)
    trainer._optimize(StepResult(1e6 * trainer.model(INPUTS).square().mean(), 20))
    norm = torch.cat([p.grad.flatten() for p in trainer.model.parameters()]).norm()
    assert float(norm) == pytest.approx(1.0, abs=1e-3)
    assert trainer.totals["gradient_norm"] > 20  # what is reported is the norm before clipping


def test_state_survives_a_round_trip(tmp_path):
    state = {"a": [torch.arange(3), {"deep": (1, 2.5, None)}], 7: "text", "infinite": math.inf}
    save_state(tmp_path / "state.safetensors", state)
    loaded = load_state(tmp_path / "state.safetensors")
    assert torch.equal(loaded["a"][0], torch.arange(3))
    assert loaded["a"][1] == {"deep": [1, 2.5, None]}
    assert loaded[7] == "text"
    assert loaded["infinite"] == math.inf


def test_the_schedule_rises_then_falls_to_its_floor():
    factor = cosine_with_warmup(0.1, floor=0.2)
    assert factor(0.0) == 0.0
    assert factor(0.1) == pytest.approx(1.0)
    assert factor(1.0) == pytest.approx(0.2)
    assert factor(0.3) > factor(0.6) > factor(0.9)


# By the clock


class Hand:
    """A clock's hand that the test moves; ``time`` for ``training.clock``."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def hand(monkeypatch) -> Hand:
    hand = Hand()
    monkeypatch.setattr(clock, "time", hand)
    return hand


def timed(folder: Path, hand: Hand, seconds: float, **how: Any) -> tuple[Trainer, list[dict]]:
    """A trainer whose steps take a second each, and its history."""
    model = make_trainer(folder).model
    trainer = Trainer(
        model, torch.optim.AdamW(model.parameters(), lr=1.0), folder, epochs=1, patience=1,
        clip_norm=1.0, schedule=lambda progress: 1 - progress, unit="rows", seconds=seconds, **how,
    )  # fmt: skip
    step = Interrupter(model)

    def slow(rows: torch.Tensor) -> StepResult:
        hand.now += 1
        return step(rows)

    return trainer, trainer.fit(batches, slow, lambda: validated(trainer))


def test_by_the_clock_the_time_ends_the_training_and_the_schedule_follows_it(tmp_path, hand):
    trainer, history = timed(tmp_path, hand, 10)
    assert trainer.steps == 10  # four a pass: epochs and patience say nothing
    assert [row["epoch"] for row in history] == [step / 4 for step in range(1, 11)]
    rates = [row["learning_rate"] for row in history]
    assert rates == pytest.approx([1 - second / 10 for second in range(10)])


def test_a_judgement_that_takes_long_is_made_seldom(tmp_path, hand):
    def tell(row: dict[str, float]) -> None:
        hand.now += 5

    _, history = timed(tmp_path, hand, 200, tell=tell)
    assert hand.now == pytest.approx(200, abs=5)
    assert len(history) == 5  # after 5, 55, 105, 155 and 200 seconds: a tenth of the time


def test_what_was_asked_to_be_enough_ends_with_the_best_weights(tmp_path):
    trainer = make_trainer(tmp_path, epochs=50)
    step = Interrupter(trainer.model)
    trainer.is_enough = lambda: step.calls >= 6
    told = []
    trainer.tell = told.append
    history = trainer.fit(batches, step, lambda: validated(trainer))
    assert step.calls == 6
    assert [row["epoch"] for row in history] == [1, 1.5]
    assert told == history
    best = min(history, key=lambda row: row["valid_loss"])
    with torch.inference_mode():
        assert validated(trainer)["loss"] == pytest.approx(best["valid_loss"])


def test_enough_before_the_first_step_still_gives_weights(tmp_path):
    trainer = make_trainer(tmp_path)
    trainer.is_enough = lambda: True
    assert len(fit(trainer)) == 1


# Kills and broken files


def in_a_child(work: Callable[[], None]) -> int:
    """Let a child process do ``work``; what ``os.waitpid`` says of its end."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except SystemExit as end:
            print(end, file=sys.stderr, flush=True)
            os._exit(3)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def test_a_run_that_is_killed_ten_times_arrives_at_the_same_weights(tmp_path, monkeypatch):
    """At any moment: between two steps, while the state is written, and before it is renamed."""
    whole = make_trainer(tmp_path / "whole", epochs=8)
    fit(whole)
    rng = np.random.default_rng(0)

    def killed(moment: int, during_save: bool) -> None:
        count = 0

        def replace(source: Path, target: Path, plain: Any = os.replace) -> None:
            nonlocal count
            count += 1
            if during_save and count == moment:
                source.write_bytes(source.read_bytes()[:100])  # the disk got no more of it
                os.kill(os.getpid(), signal.SIGKILL)
            plain(source, target)

        monkeypatch.setattr(os, "replace", replace)
        trainer = make_trainer(tmp_path / "broken", epochs=8)
        trainer.save_minutes = 0.0
        step = Interrupter(trainer.model, None if during_save else moment, signal.SIGKILL)
        resume = (tmp_path / "broken" / "state.safetensors").is_file()
        trainer.fit(batches, step, lambda: validated(trainer), resume=resume)

    for k in range(10):
        ended = in_a_child(partial(killed, int(rng.integers(2, 5)), bool(k % 2)))
        assert os.WTERMSIG(ended) == signal.SIGKILL
    resumed = make_trainer(tmp_path / "broken", epochs=8)
    fit(resumed, resume=True)
    assert 1 < resumed.steps == whole.steps
    for one, other in zip(whole.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_full_disk_ends_the_run_with_a_sentence_and_the_state_before_stands(tmp_path, capfd):
    trainer = make_trainer(tmp_path)
    with pytest.raises(SystemExit):
        fit(trainer, at=3)

    def full() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # else the kernel ends the process
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        again = make_trainer(tmp_path)
        fit(again, at=2, resume=True)

    assert os.WEXITSTATUS(in_a_child(full)) == 3
    assert "make room and go on with --resume" in capfd.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["state.safetensors"]
    assert load_state(tmp_path / "state.safetensors")["step_in_epoch"] == 3


def test_a_damaged_state_and_that_of_another_network_are_said(tmp_path):
    with pytest.raises(SystemExit):
        fit(make_trainer(tmp_path), at=3)
    other = make_trainer(tmp_path)
    other.model = nn.Linear(3, 1)
    with pytest.raises(SystemExit, match="another network"):
        fit(other, resume=True)
    path = tmp_path / "state.safetensors"
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(SystemExit, match="truncated or damaged"):
        fit(make_trainer(tmp_path), resume=True)
