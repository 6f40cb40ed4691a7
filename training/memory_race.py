"""RNN, GRU and LSTM race on delayed recall: ``python -m training.memory_race --distance 20``.

The LSTM runs twice, as PyTorch starts it and with a forget bias. All four see the same new
sequences at each step, and none takes a step more than another. The page starts this script
(``--reports``); many races with their means are ``training.memory_record``'s. Nothing is saved.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from data import memory
from models.memory import MemoryConfig, MemoryNetwork
from training.flags import option, parse_flags
from training.reports import Reports
from training.script import run_script

HIDDEN, BATCH, LEARNING_RATE, CLIP_NORM = 32, 64, 3e-3, 1.0
EVERY = 10  # training steps behind a point of a curve
LAST = 50  # training steps over which an accuracy is told
SOLVED = 0.95  # accuracy over LAST steps from which a network is said to remember
NAMES = ("rnn", "gru", "lstm", "lstm-forget")
SLOWEST_FIRST = ("gru", "lstm", "lstm-forget", "rnn")  # so that two threads end at the same time


@dataclass(frozen=True)
class RaceConfig:
    """What is raced, and how long."""

    distance: int = option(20, "steps of a sequence, whose first symbol is asked for at the end")
    forget_bias: float = option(3.0, "forget bias of the second LSTM at the start")
    seed: int = option(1, "seed of weights and sequences")
    steps: int = option(1200, "training steps of each network, at most")
    seconds: float = option(600.0, "time for all four together, at most")
    threads: int = option(2, "networks that learn at the same time")

    def __post_init__(self) -> None:
        memory.check("recall", self.distance)
        if not 0 < self.steps <= 100_000 or not 0 < self.seconds <= 86_400:
            raise ValueError("the race needs at least one step and some seconds; give more")


@dataclass(frozen=True)
class Outcome:
    """How a network did: the ``accuracy`` over its last steps, and the step at which its mean over
    LAST steps first reached SOLVED (None: never)."""

    accuracy: float
    solved_at: int | None


class Race:
    """Four networks in lockstep; ``curves`` holds the accuracy of each on the new sequences of
    every step, (steps,)."""

    def __init__(self, distance: int, forget_bias: float, seed: int) -> None:
        self.distance, self.rng = distance, np.random.default_rng(seed)
        self.curves: dict[str, list[float]] = {name: [] for name in NAMES}
        self.networks, self.optimizers = {}, {}
        for name in NAMES:
            torch.manual_seed(seed)
            self.networks[name] = MemoryNetwork(MemoryConfig(
                memory.SYMBOLS, memory.SYMBOLS, cell=name.partition("-")[0], hidden_size=HIDDEN,
                forget_bias=forget_bias if name == "lstm-forget" else None,
            ))  # fmt: skip
            parameters = self.networks[name].parameters()
            self.optimizers[name] = torch.optim.Adam(parameters, lr=LEARNING_RATE)

    def run(self, steps: int, pool: ThreadPoolExecutor) -> None:
        """Let each network take ``steps`` steps on the same sequences."""
        batches = [
            memory.make_examples("recall", self.distance, BATCH, self.rng) for _ in range(steps)
        ]
        # The slowest first, so that two threads end at about the same time.
        list(
            pool.map(lambda name: self._learn(name, batches), ("gru", "lstm", "lstm-forget", "rnn"))
        )

    def outcomes(self) -> dict[str, Outcome]:
        """How each has done so far."""
        return {name: outcome(curve) for name, curve in self.curves.items()}

    def is_over(self) -> bool:
        """Whether all four have solved it, so that nothing is left to see."""
        if not self.curves[NAMES[0]]:
            return False
        found = self.outcomes().values()
        return all(o.solved_at is not None and o.accuracy >= 0.99 for o in found)

    def _learn(self, name: str, batches: Sequence[memory.Examples]) -> None:
        network, optimizer = self.networks[name], self.optimizers[name]
        for batch in batches:
            targets = torch.from_numpy(batch.y)
            outputs = network(torch.from_numpy(batch.x))
            optimizer.zero_grad()
            network.loss(outputs, targets).backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP_NORM)
            optimizer.step()
            self.curves[name].append(float(network.right(outputs.detach(), targets)))


def outcome(curve: Sequence[float]) -> Outcome:
    """The outcome of the accuracies at each step, at least one of them."""
    window = min(LAST, len(curve))
    means = np.convolve(curve, np.ones(window) / window, "valid")
    # Half a ten-millionth below, so that sums of rounded shares do not decide.
    solved = means >= SOLVED - 1e-7
    full = window == LAST and bool(solved.any())
    return Outcome(float(means[-1]), int(solved.argmax()) + LAST if full else None)


def rounds(config: RaceConfig) -> Iterator[tuple[Race, float]]:
    """The race after each EVERY steps, and the seconds so far; it ends at ``config``'s steps or
    seconds, whichever comes first, or when all have solved it.

    The clock starts after the first round, in which torch makes itself ready.
    """
    race, done, started = Race(config.distance, config.forget_bias, config.seed), 0, None
    with ThreadPoolExecutor(config.threads) as pool:
        while done < config.steps and not race.is_over():
            race.run(min(EVERY, config.steps - done), pool)
            done = len(race.curves[NAMES[0]])
            started = started or time.monotonic()
            yield race, (seconds := time.monotonic() - started)
            if seconds >= config.seconds:
                return


def report(race: Race, seconds: float, config: RaceConfig) -> dict[str, Any]:
    """What is said after each round: the mean accuracy of the last EVERY steps, and the share of
    the race that is over."""
    done = len(race.curves[NAMES[0]])
    return {
        "step": done,
        "seconds": round(seconds, 2),
        "progress": round(min(1.0, max(done / config.steps, seconds / config.seconds)), 4),
        "accuracy": {
            name: round(float(np.mean(curve[-EVERY:])), 4) for name, curve in race.curves.items()
        },
        "outcome": {
            name: {"accuracy": round(o.accuracy, 4), "solved_at": o.solved_at}
            for name, o in race.outcomes().items()
        },
    }  # fmt: skip


@dataclass(frozen=True)
class _Listener:
    """Who listens."""

    reports: bool = option(False, "say reports for the page, and stop when it asks")


def main(argv: Sequence[str] | None = None) -> None:
    """Race once and tell how it went."""
    config, listener = parse_flags(
        argv, RaceConfig, _Listener, description=__doc__.split(":")[0]
    )  # fmt: skip
    torch.set_num_threads(1)  # of torch itself: each network has its own thread
    reports = Reports() if listener.reports else None
    said: dict[str, Any] = {}
    for race, seconds in rounds(config):
        said = report(race, seconds, config)
        if reports is None:
            shown = ", ".join(f"{name} {value:.2f}" for name, value in said["accuracy"].items())
            print(f"\rstep {said['step']}: {shown}", end="", file=sys.stderr)
        else:
            reports.say(**said)
            if reports.stop_is_asked:
                break
    if reports is None:
        print(file=sys.stderr)
        for name, found in said["outcome"].items():
            step = found["solved_at"]
            when = "never solved" if step is None else f"solved at step {step}"
            print(f"{name}\t{found['accuracy']:.3f}\t{when}")


if __name__ == "__main__":
    run_script(main)
