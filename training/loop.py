"""The training loop that all tasks share: steps, validation, early stopping, and never losing work.

The state of a run (weights, best weights, optimiser, position in the epoch, random generators) is
written every few minutes and on Ctrl-C or a termination signal; ``--resume`` goes on from there and
arrives at the same weights as a run that was never interrupted. A run that is given seconds instead
of epochs follows the clock. The loop knows nothing about texts or prices: a task gives it batches,
a step and a validation.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from training.averaging import MeanWeights
from training.clock import Clock
from training.processes import processes
from training.run_state import (
    StateError,
    StopRequest,
    load_state,
    random_state,
    restore_random_state,
    save_state,
)

STATE_FILE = "state.safetensors"


@dataclass
class StepResult:
    """What one batch gave: the mean ``loss`` to back-propagate, the ``count`` of items behind it,
    and further means to report."""

    loss: Tensor
    count: int
    metrics: dict[str, float | Tensor] = field(default_factory=dict)


def cosine_with_warmup(warmup: float, floor: float = 0.0) -> Callable[[float], float]:
    """A schedule: progress in [0, 1] -> factor of the learning rate; linear up to 1 over the first
    ``warmup`` share of the run, then half a cosine down to ``floor``."""

    def factor(progress: float) -> float:
        if progress < warmup:
            return progress / warmup
        done = (progress - warmup) / (1 - warmup)
        return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * done))

    return factor


@contextmanager
def aside(model: nn.Module) -> Iterator[None]:
    """Use ``model`` in the middle of its training: in eval mode and without gradients."""
    training = model.training
    model.eval()
    with torch.inference_mode():
        yield
    model.train(training)


class Trainer:
    """Trains ``model`` with early stopping; after ``fit`` it holds the best validated weights.

    ``run_folder`` keeps the state of the run; ``unit`` names the items that a rate counts
    ("characters"). ``patience`` is the number of epochs without a better validation loss after
    which training ends, ``clip_norm`` the bound on the global gradient norm (Pascanu et al., 2013).
    Over the steps of the last ``average`` share of the run the weights are averaged, and their mean
    is what is validated and kept (Polyak and Juditsky, 1992; for language models Merity et al.,
    2018, section 3); that wants a learning rate which does not fall to zero.

    With ``seconds`` (above 0) the clock rules instead of ``epochs`` and ``patience``: the schedule
    follows the time, and the weights are judged every so often, in the middle of an epoch too, the
    history's number of which then is a fraction. ``tell`` gets each row of the history, which else
    is printed; ``is_enough`` is asked after each step, and ends the run as the last second would.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        run_folder: Path,
        *,
        epochs: int,
        patience: int,
        clip_norm: float,
        schedule: Callable[[float], float],
        unit: str,
        average: float = 0.0,
        save_minutes: float = 2.0,
        seconds: float = 0.0,
        tell: Callable[[dict[str, float]], None] | None = None,
        is_enough: Callable[[], bool] = lambda: False,
    ) -> None:
        self.model, self.optimizer, self.run_folder = model, optimizer, Path(run_folder)
        self.clock = Clock(seconds) if seconds else None
        self.tell, self.is_enough = tell or self._print, is_enough
        self.epochs, self.patience, self.clip_norm = epochs, patience, clip_norm
        self.schedule, self.unit, self.save_minutes = schedule, unit, save_minutes
        self.average, self.mean = average, MeanWeights(model)
        self.base_rates = [group["lr"] for group in optimizer.param_groups]
        self.carry: dict[str, Any] = {}  # what a task must not lose, such as a recurrent state
        self.history: list[dict[str, float]] = []
        self.best_loss, self.best_epoch, self.best_weights = math.inf, 0, {}
        self.epoch, self.step_in_epoch = 1, 0  # 1-based epoch; steps already done in it
        # Since the last judgement, which without a clock is since the epoch began:
        self.totals: dict[str, float] = {}  # sums, weighted by count
        self.seconds = 0.0  # of training, over all sittings
        self.steps = 0  # of the optimiser, since the beginning of the run
        self.processes = processes()

    def fit(
        self,
        batches: Callable[[int], Sequence[Any]],
        step: Callable[[Any], StepResult],
        validate: Callable[[], dict[str, float]],
        resume: bool = False,
    ) -> list[dict[str, float]]:
        """Run the epochs and return the history, one row a judgement, which is one an epoch unless
        the clock rules.

        ``batches(epoch)`` must be a function of the seed and the epoch alone. ``validate()`` runs
        in eval mode without gradients and returns at least "loss".
        """
        if self.clock and self.processes.count > 1:  # their clocks would part them
            raise SystemExit("A training by seconds is for one process; give it epochs.")
        if resume:
            self._load_state()
        elif self.processes.count > 1:  # each drops other units of its own rows
            torch.manual_seed(torch.initial_seed() + self.processes.rank)
        if self.clock:
            self.clock.start(sum(row["seconds"] for row in self.history) + self.seconds)
        with StopRequest() as self.stop_request:
            while not self._is_finished():
                epoch = batches(self.epoch)
                self._run_epoch(epoch, step)
                self._rest(validate, self.step_in_epoch / len(epoch))
        self.model.load_state_dict(self.best_weights)
        self.model.eval()
        return self.history

    def _is_finished(self) -> bool:
        """Whether the run is over; it is not before there are weights to keep."""
        if self.clock or self.is_enough():
            return bool(self.history) and self._is_over()
        patience_spent = self.best_epoch > 0 and self.epoch - 1 - self.best_epoch >= self.patience
        return self.epoch > self.epochs or patience_spent

    def _is_over(self) -> bool:
        return self.is_enough() or (self.clock is not None and self.clock.is_up)

    def _is_judgement_due(self) -> bool:
        """Whether to judge before the epoch ends."""
        return self._is_over() or (self.clock is not None and self.clock.is_judgement_due)

    def _run_epoch(self, batches: Sequence[Any], step: Callable[[Any], StepResult]) -> None:
        """Train to the end of the epoch, or until a judgement is due."""
        self.model.train()
        steps, last_save, started = len(batches), time.monotonic(), time.monotonic() - self.seconds
        with self._bar(steps) as bar:
            for batch in batches[self.step_in_epoch :]:
                progress = self._progress(steps)
                for group, rate in zip(self.optimizer.param_groups, self.base_rates, strict=True):
                    group["lr"] = rate * self.schedule(progress)
                due = time.monotonic() - last_save > 60 * self.save_minutes
                stop, due = self._optimize(
                    step(self.processes.share(batch)), self.stop_request.is_set, due
                )
                if self.average and progress >= 1 - self.average:
                    self.mean.add()
                self.step_in_epoch, self.steps = self.step_in_epoch + 1, self.steps + 1
                self.seconds = time.monotonic() - started
                self._show(bar)
                if stop or due:
                    self._save_state()
                    last_save = time.monotonic()
                if stop:
                    raise SystemExit(f"\nStopped in epoch {self.epoch}; go on with --resume.")
                if self._is_judgement_due():
                    return

    def _progress(self, steps: int) -> float:
        """The share of the run that is done, in [0, 1]; ``steps`` are those of an epoch."""
        if self.clock:
            return self.clock.progress
        return (self.epoch - 1 + self.step_in_epoch / steps) / self.epochs

    def _bar(self, steps: int) -> tqdm:
        """The progress in an epoch, for people; the rows of a run by the clock are its progress."""
        return tqdm(
            total=steps, initial=self.step_in_epoch, unit="batch",
            desc=f"epoch {self.epoch}/{self.epochs}", mininterval=1.0,
            disable=self.clock is not None or not self.processes.is_main,
        )  # fmt: skip

    def _show(self, bar: tqdm) -> None:
        bar.update()
        count = self.totals["count"]
        bar.set_postfix_str(
            f"loss {self.totals['loss'] / count:.4f}, {count / self.seconds:,.0f} {self.unit}/s",
            refresh=False,
        )

    def _optimize(self, result: StepResult, *flags: bool) -> list[bool]:
        """One step; for each flag whether any process raised it."""
        self.optimizer.zero_grad(set_to_none=True)
        result.loss.backward()
        flags = self.processes.average_gradients(self.model.parameters(), result.count, flags)
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.clip_norm)
        self.optimizer.step()
        values = {"loss": result.loss.detach(), "gradient_norm": norm, **result.metrics}
        for name, value in values.items():
            self.totals[name] = self.totals.get(name, 0.0) + float(value) * result.count
        self.totals["count"] = self.totals.get("count", 0) + result.count
        return flags

    def _rest(self, validate: Callable[[], dict[str, float]], done: float) -> None:
        """What is due when ``done`` of the epoch has been read: a judgement, the next epoch."""
        judged = self._is_judgement_due() or (done == 1 and self.clock is None)
        if judged:
            with self.clock.judging() if self.clock else nullcontext(), self.mean.in_use():
                self._judge(validate, self.epoch if done == 1 else self.epoch - 1 + done)
            self.totals, self.seconds = {}, 0.0
        if done == 1:
            self.epoch, self.step_in_epoch = self.epoch + 1, 0
        if judged and (self.clock is None or self._is_over()):
            self._save_state()

    def _judge(self, validate: Callable[[], dict[str, float]], epoch: float) -> None:
        with aside(self.model):
            valid = validate()
        self.totals = self.processes.sum(self.totals)
        count = self.totals.pop("count")
        norm = self.totals.pop("gradient_norm")
        row = {"epoch": epoch}
        row |= {f"train_{name}": total / count for name, total in self.totals.items()}
        row |= {f"valid_{name}": value for name, value in valid.items()}
        row["learning_rate"] = self.optimizer.param_groups[0]["lr"]
        row |= {
            "gradient_norm": norm / count,
            "seconds": self.seconds,
            "rate": count / self.seconds,
        }
        self.history.append(row)
        if valid["loss"] < self.best_loss:
            self.best_loss, self.best_epoch = valid["loss"], epoch
            self.best_weights = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        if self.processes.is_main:
            self.tell(row)

    def _print(self, row: dict[str, float]) -> None:
        valid = {k.removeprefix("valid_"): v for k, v in row.items() if k.startswith("valid_")}
        tqdm.write(
            f"epoch {row['epoch']:.4g}: train {row['train_loss']:.4f}, valid "
            + ", ".join(f"{name} {value:.4f}" for name, value in valid.items())
            + ("  (best)" if self.best_epoch == row["epoch"] else "")
        )

    def _save_state(self) -> None:
        """What all processes hold alike by the main one, the rest by each."""
        own = {
            "carry": self.carry,
            "totals": self.totals,
            "random": random_state(),
        }
        path, common = self._own_state_file(), {}
        if self.processes.is_main:
            path = self.run_folder / STATE_FILE
            common = {
                "model": self.model.state_dict(),
                "best_weights": self.best_weights,
                "mean_weights": self.mean.weights,
                "averaged_steps": self.mean.steps,
                "optimizer": self.optimizer.state_dict(),
                **{name: getattr(self, name) for name in _PLAIN_STATE},
            }
        try:
            save_state(path, common | own)
        except StateError as error:
            raise SystemExit(
                f"\n{error} The state before it stands: make room and go on with --resume."
            ) from error

    def _own_state_file(self) -> Path:
        return self.run_folder / f"state-{self.processes.rank}.safetensors"

    def _load_state(self) -> None:
        path = self.run_folder / STATE_FILE
        if not path.is_file():
            raise SystemExit(f"{path} is not there, so there is nothing to resume.")
        try:
            state = load_state(path)
            own = state if self.processes.is_main else load_state(self._own_state_file())
            self.model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
        except StateError as error:
            raise SystemExit(f"{error} Train without --resume to begin anew.") from error
        except (RuntimeError, ValueError) as error:
            raise SystemExit(
                f"{path} is of another network: give the flags of that run, or train without "
                "--resume to begin anew."
            ) from error
        self.best_weights = state["best_weights"]
        self.mean.weights, self.mean.steps = state["mean_weights"], state["averaged_steps"]
        for name in _PLAIN_STATE:
            setattr(self, name, state[name])
        self.carry, self.totals = own["carry"], own["totals"]
        restore_random_state(own["random"])


_PLAIN_STATE = (
    "history", "best_loss", "best_epoch", "epoch", "step_in_epoch", "seconds", "steps",
)  # fmt: skip
