"""The steps of a small network that learns while somebody watches: checks, an early end, the best
weights.

A check is a row of the history: means over the steps since the one before, and the validation.
Unlike ``training.loop`` it keeps no state to resume from, since a run takes a minute or two. Where
the examples come from and where the checkpoint goes is ``training.memory``'s affair.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import nn

from data.memory import Baseline, Examples
from inference.memory import explained
from models.memory import MemoryNetwork
from training.flags import option

OPTIMIZERS = ("adam", "rmsprop", "sgd")
SOLVED, SOLVED_CHECKS = 0.999, 5  # a validation score this high so often in a row: nothing to learn
VALID_ROWS = 500  # of the validation part, looked at in each check
Row = dict[str, float]


@dataclass(frozen=True)
class MemoryTraining:
    """How the network is trained."""

    seed: int = option(1, "seed of weights, examples and their order")
    steps: int = option(3_000, "training steps, at most")
    seconds: float = option(300.0, "time for them, at most")
    check_every: int = option(20, "steps from one validation to the next")
    patience: int = option(60, "validations without a better loss before stopping")
    batch_size: int = option(64, "sequences a step")
    optimizer: str = option("adam", "how a step is made of the gradient", OPTIMIZERS)
    learning_rate: float = option(3e-3, "of the optimiser; sgd needs more, about 0.5")
    clip_norm: float = option(1.0, "bound of the global gradient norm; 0: none")

    def __post_init__(self) -> None:
        for name, most in (
            ("steps", 1_000_000), ("check_every", 10_000), ("patience", 100_000),
            ("batch_size", 1_024),
        ):  # fmt: skip
            if not 1 <= getattr(self, name) <= most:
                raise ValueError(f"{name} must be 1 to {most:,}, not {getattr(self, name)}")
        if not 0 < self.seconds <= 86_400:
            raise ValueError(f"give some seconds to learn in, at most a day, not {self.seconds:g}")
        if not 0 < self.learning_rate <= 100:
            raise ValueError(f"learning_rate must be above 0, not {self.learning_rate:g}")
        if not 0 <= self.clip_norm < math.inf:
            raise ValueError(f"clip_norm must be 0 (none) or more, not {self.clip_norm:g}")


def fit(
    network: MemoryNetwork,
    batches: Iterator[Examples],
    valid: Examples,
    baseline: Baseline,
    training: MemoryTraining,
    tell: Callable[[Row], None],
    is_stopped: Callable[[], bool],
) -> tuple[list[Row], str]:
    """Train ``network``, which then holds the weights with the best validation loss; the history,
    one row a check, and why it ended, in words.

    ``tell`` gets each row; ``is_stopped`` is asked after every step, like the time. ``baseline`` is
    what a number's score counts from. A loss that is not finite ends the training; what was best
    before stays.
    """
    optimizer = _optimizer(network, training)
    started, history, ended, step = time.monotonic(), [], "", 0
    best_loss, best_check, solved = math.inf, 0, 0
    best = {name: value.clone() for name, value in network.state_dict().items()}

    def is_over() -> bool:
        return is_stopped() or time.monotonic() - started >= training.seconds

    while not ended:
        count = min(training.check_every, training.steps - step)
        taken, row = _learn(network, optimizer, batches, count, baseline, training, is_over)
        step += taken
        row |= {"step": step, **_validate(network, valid, baseline)}
        row["seconds"] = round(time.monotonic() - started, 3)
        history.append(row)
        tell(row)
        if row["valid_loss"] < best_loss:
            best_loss, best_check = row["valid_loss"], len(history)
            best = {name: value.clone() for name, value in network.state_dict().items()}
        solved = solved + 1 if row["valid_score"] >= SOLVED else 0
        stale = len(history) - best_check
        ended = "it was stopped" if is_stopped() else _end(row, solved, stale, is_over(), training)
    network.load_state_dict(best)
    network.eval()
    return history, ended


def _end(row: Row, solved: int, stale: int, is_late: bool, training: MemoryTraining) -> str:
    """Why a training ends after the check ``row``; empty when it goes on. ``solved`` and ``stale``
    count the checks in a row with nothing left to learn, and without a better loss."""
    if not math.isfinite(row["train_loss"] + row["valid_loss"]):
        return "the loss was no longer a number; lower the learning rate, or clip"
    if solved >= SOLVED_CHECKS:
        return "there was nothing left to learn"
    if stale >= training.patience:
        return "the validation loss no longer fell"
    if is_late:
        return "the time was up"
    return "all steps were taken" if row["step"] >= training.steps else ""


def _optimizer(network: MemoryNetwork, training: MemoryTraining) -> torch.optim.Optimizer:
    kinds = {"adam": torch.optim.Adam, "rmsprop": torch.optim.RMSprop, "sgd": torch.optim.SGD}
    return kinds[training.optimizer](network.parameters(), lr=training.learning_rate)


def _learn(
    network: MemoryNetwork,
    optimizer: torch.optim.Optimizer,
    batches: Iterator[Examples],
    steps: int,
    baseline: Baseline,
    training: MemoryTraining,
    is_over: Callable[[], bool],
) -> tuple[int, Row]:
    """Take some steps, at least one, and fewer when it is over; how many, and the means over
    them."""
    network.train()
    taken, sums = 0, dict.fromkeys(("train_loss", "train_score", "gradient_norm", "clipped"), 0.0)
    while taken < steps and not (taken and is_over()):
        batch = next(batches)
        targets = torch.from_numpy(batch.y)
        outputs = network(torch.from_numpy(batch.x))
        loss = network.loss(outputs, targets)
        optimizer.zero_grad()
        loss.backward()
        bound = training.clip_norm or math.inf
        norm = float(nn.utils.clip_grad_norm_(network.parameters(), bound))
        if math.isfinite(norm):  # else the step would spoil all weights
            optimizer.step()
        sums["train_loss"] += loss.item()
        sums["train_score"] += _score(network, outputs.detach(), targets, loss.item(), baseline)
        sums["gradient_norm"] += norm
        sums["clipped"] += norm > bound
        taken += 1
    return taken, {name: total / taken for name, total in sums.items()}


def _validate(network: MemoryNetwork, valid: Examples, baseline: Baseline) -> Row:
    network.eval()
    with torch.inference_mode():
        outputs = network(torch.from_numpy(valid.x))
        targets = torch.from_numpy(valid.y)
        loss = network.loss(outputs, targets).item()
        score = _score(network, outputs, targets, loss, baseline)
    return {"valid_loss": loss, "valid_score": score}


def _score(
    network: MemoryNetwork,
    outputs: torch.Tensor,
    targets: torch.Tensor,
    loss: float,
    baseline: Baseline,
) -> float:
    """The share that is right, or of the variance explained."""
    if network.config.answer == "number":
        return explained(loss, baseline)
    return float(network.right(outputs, targets))
