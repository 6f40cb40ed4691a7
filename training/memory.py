"""Train a small network that has to remember: ``python -m training.memory``, from top to bottom.

A made-up problem (``--problem``, new examples at every step) or own sequences (``--data``) -> a
recurrent network -> a checkpoint folder with its figures on examples that were not learned from.
The page starts this very script (``--reports``), so it needs nothing beyond requirements.txt.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from data import memory
from data.memory import OWN, Examples
from data.series_files import read_series
from data.series_splits import AUTO, CLASS, NUMBER, Splits, make_splits
from inference.memory import TASK, Examination, MemoryPredictor, save_series, test_examples
from models.checkpoint import save_checkpoint
from models.memory import MemoryConfig, MemoryNetwork
from training import memory_report
from training.flags import option, parse_flags
from training.memory_loop import VALID_ROWS, MemoryTraining, Row, fit
from training.provenance import Start, checksum, record
from training.reports import Reports
from training.run import seed_everything
from training.script import run_script


@dataclass(frozen=True)
class MemoryData:
    """What is learned."""

    problem: str = option("recall", "a made-up problem", tuple(memory.PROBLEMS))
    distance: int = option(20, "its time steps")
    data: str | None = option(None, "own data instead: .npz, CSV, or an .npy of the sequences")
    labels: str | None = option(None, "the .npy with the labels, where --data is an .npy")
    answer: str = option(AUTO, "what own labels are", (AUTO, CLASS, NUMBER))

    def __post_init__(self) -> None:
        if self.data is None:
            memory.check(self.problem, self.distance)


@dataclass(frozen=True)
class MemoryRun:
    """Where the checkpoint goes and who watches. The same fields as of other trainings, as far as
    they make sense here."""

    name: str = option("", "name of the checkpoint folder; empty: the task's own default")
    output_dir: str = option("weights", "folder that gets the finished checkpoint folder")
    run_dir: str = option("runs", "not used: a run is too short to be resumed")
    results_dir: str = option("results", "not used: training.evaluate writes the results")
    data_dir: str | None = option(None, "not used: nothing is downloaded")
    reports: bool = option(False, "say reports for the page, and stop when it asks")


def main(argv: Sequence[str] | None = None) -> Path:
    """Train, examine and write the checkpoint folder; returns it. InputError for data that cannot
    be used."""
    start = Start.now()
    run, data, network, training = parse_flags(
        argv, MemoryRun, MemoryData, MemoryConfig, MemoryTraining,
        description=__doc__.split("\n")[0],
    )  # fmt: skip
    reports = Reports() if run.reports else None
    torch.set_num_threads(1)  # a step is too small to be split over cores
    splits = load_splits(data, training.seed)
    name = run.name or f"{splits.series.problem}-{network.cell}"
    folder = Path(run.output_dir) / name
    watcher = _Watcher(training, splits, reports)
    model, history, ended = train(network, training, data, splits, watcher)

    save_checkpoint(folder, TASK, model.config, model)
    save_series(folder, splits.series)
    metrics = memory_report.metrics(
        examine(folder, splits), model, splits, history, ended
    ) | {
        "training": dataclasses.asdict(training),
        "training_minutes": round(history[-1]["seconds"] / 60, 3),
        "provenance": record(
            start, "training.memory", (data, network, training), training.seed,
            {"test": checksum(splits.test.x, splits.test.y)},
        ),
    }  # fmt: skip
    memory_report.write_docs(folder, history, metrics)
    watcher.end(folder, metrics)
    return folder


def load_splits(data: MemoryData, seed: int) -> Splits:
    """What is learned from, what chooses when to stop, and the test. Of a made-up problem the first
    part is empty: its examples are made as they are needed."""
    if data.data is not None:
        files = [data.data] if data.labels is None else [data.data, data.labels]
        return make_splits(read_series(files), data.answer, seed)
    series = memory.PROBLEMS[data.problem].series(data.distance)
    rng = np.random.default_rng((seed, 1))
    valid = memory.make_examples(data.problem, data.distance, VALID_ROWS, rng)
    test, baseline = test_examples(data.problem, data.distance)
    return Splits(series, valid.part(slice(0)), valid, test, baseline, ())


def train(
    network: MemoryConfig,
    training: MemoryTraining,
    data: MemoryData,
    splits: Splits,
    watcher: _Watcher,
) -> tuple[MemoryNetwork, list[Row], str]:
    """The network with the best validation loss, the history and why it ended. The test is not
    read."""
    seed_everything(training.seed)
    series = splits.series
    model = MemoryNetwork(dataclasses.replace(
        network, input_size=len(series.features), output_size=series.output_size,
        answer=series.answer,
    ))  # fmt: skip
    rng = np.random.default_rng(training.seed)
    batches = (
        _shuffled(splits.train, training.batch_size, rng) if series.problem == OWN
        else _made(data, training.batch_size, rng)
    )  # fmt: skip
    valid = splits.valid.part(slice(VALID_ROWS))
    history, ended = fit(
        model, batches, valid, splits.baseline, training, watcher.tell, watcher.is_stopped
    )
    return model, history, ended


def examine(folder: Path, splits: Splits) -> Examination:
    """The figures of a checkpoint on the test part."""
    return MemoryPredictor.from_pretrained(folder).examine(splits.test, splits.baseline)


def _made(data: MemoryData, size: int, rng: np.random.Generator) -> Iterator[Examples]:
    """New examples for each step, without end."""
    while True:
        yield memory.make_examples(data.problem, data.distance, size, rng)


def _shuffled(examples: Examples, size: int, rng: np.random.Generator) -> Iterator[Examples]:
    """All examples in a new order, again and again."""
    while True:
        order = rng.permutation(len(examples))
        for start in range(0, len(order), size):
            yield examples.part(order[start : start + size])


class _Watcher:
    """Tells of a run, to the page or at the terminal."""

    def __init__(self, training: MemoryTraining, splits: Splits, reports: Reports | None) -> None:
        self.training, self.reports = training, reports
        if reports is not None:
            reports.say(
                kind="start", told=splits.told, answer=splits.series.answer,
                baseline=dataclasses.asdict(splits.baseline), clip_norm=training.clip_norm,
            )  # fmt: skip
        else:
            print("\n".join(splits.told), file=sys.stderr)

    def is_stopped(self) -> bool:
        """Whether the page has asked to end with what is learned."""
        return self.reports is not None and self.reports.stop_is_asked

    def tell(self, row: Row) -> None:
        """A row of the history."""
        spent = max(row["step"] / self.training.steps, row["seconds"] / self.training.seconds)
        if self.reports is not None:
            self.reports.say(kind="check", progress=round(min(spent, 1.0), 4), **row)
            return
        shown = ", ".join(f"{name} {row[name]:.4f}" for name in (
            "train_loss", "valid_loss", "train_score", "valid_score", "gradient_norm"))  # fmt: skip
        print(f"step {row['step']}: {shown}", file=sys.stderr)

    def end(self, folder: Path, metrics: dict[str, Any]) -> None:
        """The last word."""
        if self.reports is not None:
            self.reports.say(kind="end", folder=str(folder), metrics=metrics)
        else:
            test, baseline = metrics["test"], metrics["test"]["baseline"]
            print(f"{folder}: {metrics['score_name']} {test['score']:.4f} on {test['examples']:,} "
                  f"examples of the test ({baseline['name']}: {baseline['score']:.4f}); "
                  f"{metrics['ended']}")  # fmt: skip


if __name__ == "__main__":
    run_script(main)
