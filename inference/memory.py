"""Small recurrent networks over sequences of numbers: answers, and how good they are.

``MemoryPredictor`` is what the page, the command line and the training call: the figures of a
training are made by the class that answers. A checkpoint may come from a stranger
(``inference.archives``), so that its sizes are bounded. This module does NOT train or draw.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from data import memory, series_files, series_splits
from data.errors import InputError
from data.memory import OWN, Baseline, Examples, Series
from models.checkpoint import (
    CONFIG_FILE,
    WEIGHTS_FILE,
    CheckpointError,
    load_config,
    load_weights,
    read_json,
    write_json,
)
from models.memory import MemoryConfig, MemoryNetwork
from models.places import locate

TASK = "memory"
SERIES_FILE = "series.json"
# Of a checkpoint; nothing else is taken out of a zip that somebody brings.
FILES = (CONFIG_FILE, WEIGHTS_FILE, SERIES_FILE, "metrics.json", "history.csv", "README.md")
TEST_EXAMPLES, TEST_SEED = 1_000, 1_000_003  # of a made-up problem; no training draws from it
MAX_TESTED = 500_000  # time steps of a file on which a network is tested while a visitor waits
PAIRS = 300  # of truth and answer that are kept for a picture
BATCH = 256
OWN_LIMITS = series_files.LIMITS  # of own data, in words


@dataclass(frozen=True)
class Answers:
    """The answers to N sequences. Of classes: ``labels`` (for symbols one tuple a sequence) and
    ``probabilities`` (N, C), or (N, T, C); of numbers: ``numbers`` (N,) in their own unit."""

    model: str
    labels: tuple[Any, ...] = ()
    probabilities: np.ndarray | None = None
    numbers: np.ndarray | None = None

    def to_json(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        if self.numbers is not None:
            return {"model": self.model, "numbers": np.round(self.numbers, 6).tolist()}
        probabilities = np.round(self.probabilities, 6).tolist()
        return {"model": self.model, "labels": self.labels, "probabilities": probabilities}


@dataclass(frozen=True)
class Examination:
    """How good a network is on some examples, beside the baseline.

    ``loss``: mean nats or squared error (own numbers: in units of the variance learned from).
    ``score``: share that is right, or of the variance explained. ``confusion`` (C, C) counts truth
    by answer; ``per_class`` has precision and recall, None where they are not defined. ``pairs`` of
    a number are (truth, answer), some of them. ``error`` is the mean absolute error of a number.
    """

    examples: int
    loss: float
    score: float
    baseline: Baseline
    confusion: tuple[tuple[int, ...], ...] = ()
    per_class: tuple[dict[str, Any], ...] = ()
    pairs: tuple[tuple[float, float], ...] = ()
    error: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return dataclasses.asdict(self)


class MemoryPredictor:
    """Answers sequences with a network from a checkpoint folder."""

    def __init__(self, network: MemoryNetwork, series: Series, name: str) -> None:
        self.network, self.series, self.name = network.eval(), series, name

    @classmethod
    def from_pretrained(cls, place: str | Path, revision: str | None = None) -> MemoryPredictor:
        """Load a checkpoint folder, or USER/NAME of the Hub (`models.places`), whose name is the
        model's. Raises CheckpointError, naming the file that is missing, broken or odd."""
        folder, name = locate(place, revision)
        config = load_config(folder, TASK, MemoryConfig)
        series = _load_series(Path(folder) / SERIES_FILE)
        expected = (len(series.features), series.output_size, series.answer)
        if (config.input_size, config.output_size, config.answer) != expected:
            raise CheckpointError(f"{folder / SERIES_FILE} does not fit {CONFIG_FILE}.")
        network = MemoryNetwork(config)
        load_weights(folder, network)
        return cls(network, series, name)

    def predict(self, x: np.ndarray) -> Answers:
        """The answers to sequences (N, T, D), as they are measured: this brings them to scale.
        InputError for another shape or numbers that are not finite."""
        D = len(self.series.features)
        if x.ndim != 3 or x.shape[2] != D or 0 in x.shape:
            raise InputError(
                f"{self.name} reads arrays (samples, time steps, {D}), not {tuple(x.shape)}."
            )
        if not np.isfinite(x).all():
            raise InputError("There are numbers missing or infinite; fill or drop those samples.")
        outputs = self._outputs(series_splits.scaled(self.series, x, np.zeros(len(x))).x)
        if self.series.answer == "number":
            numbers = self.series.target_mean + self.series.target_std * outputs[:, 0].numpy()
            return Answers(self.name, numbers=numbers.astype(np.float64))
        chosen, classes = outputs.argmax(-1).tolist(), self.series.classes
        labels = tuple(
            tuple(classes[c] for c in row) if isinstance(row, list) else classes[row]
            for row in chosen
        )
        return Answers(self.name, labels, outputs.softmax(-1).double().numpy())

    def examine(self, examples: Examples, baseline: Baseline) -> Examination:
        """How good it is on ``examples``, which are on its scale."""
        outputs, targets = self._outputs(examples.x), torch.from_numpy(examples.y)
        if self.series.answer == "number":
            loss = float(((outputs[:, 0] - targets.float()) ** 2).mean())
            return self._numbers(outputs[:, 0].numpy(), examples.y, loss, baseline)
        loss = float(self.network.loss(outputs, targets))
        truth, said = examples.y.ravel(), outputs.argmax(-1).numpy().ravel()
        if self.series.answer == "symbols":  # blanks are easy, so they do not count
            truth, said = truth[examples.y.ravel() != 0], said[examples.y.ravel() != 0]
        C = len(self.series.classes)
        confusion = np.bincount(truth * C + said, minlength=C * C).reshape(C, C)
        return Examination(
            len(examples), loss, float((truth == said).mean()), baseline,
            tuple(tuple(map(int, row)) for row in confusion),
            tuple(_per_class(self.series.classes, confusion)),
        )  # fmt: skip

    def test_again(self, files: Sequence[str | Path] = ()) -> Examination:
        """Examine on new examples of its problem; a network of own data on the samples of
        ``files``, the first 500,000 steps of them. InputError when those are missing or do not
        fit."""
        if self.series.problem != OWN:
            examples, baseline = test_examples(self.series.problem, self.series.distance)
            return self.examine(examples, baseline)
        if not files:
            raise InputError(
                "This network was trained on somebody's own data; give such a file to test it on."
            )
        examples = series_splits.as_of(self.series, series_files.read_series(files))
        examples = examples.part(slice(max(1, MAX_TESTED // examples.x.shape[1])))
        if self.series.answer == "number":
            baseline = Baseline("always the mean", float(np.mean(examples.y**2)), 0.0)
        else:
            counts = np.bincount(examples.y, minlength=len(self.series.classes))
            baseline = memory.guessing(counts)
        return self.examine(examples, baseline)

    def _outputs(self, x: np.ndarray) -> torch.Tensor:
        with torch.inference_mode():
            parts = [
                self.network(torch.from_numpy(x[start : start + BATCH]))
                for start in range(0, len(x), BATCH)
            ]
        return torch.cat(parts)

    def _numbers(
        self, outputs: np.ndarray, targets: np.ndarray, loss: float, baseline: Baseline
    ) -> Examination:
        truth, said = (
            self.series.target_mean + self.series.target_std * values.astype(np.float64)
            for values in (targets, outputs)
        )
        pairs = zip(truth[:PAIRS].tolist(), said[:PAIRS].tolist(), strict=True)
        return Examination(
            len(targets), loss, explained(loss, baseline), baseline, pairs=tuple(pairs),
            error=float(np.abs(truth - said).mean()),
        )  # fmt: skip


def explained(loss: float, baseline: Baseline) -> float:
    """The share of the variance that an answer with this squared error explains: 1 - loss / that of
    the baseline; 0 where the baseline has none."""
    return 1 - loss / baseline.loss if baseline.loss > 0 else 0.0


def describe(files: Sequence[str | Path], answer: str) -> tuple[str, ...]:
    """What is in somebody's file, in sentences; InputError when it cannot be learned from."""
    return series_splits.make_splits(series_files.read_series(files), answer, 0).told


def read_sequences(path: str | Path) -> np.ndarray:
    """The array of an .npy file, without labels; InputError as ``data.series_files``."""
    return series_files.read_array(Path(path))


def test_examples(problem: str, distance: int) -> tuple[Examples, Baseline]:
    """The examples on which every network of a made-up problem is tested, and its baseline."""
    rng = np.random.default_rng((TEST_SEED, distance))
    examples = memory.make_examples(problem, distance, TEST_EXAMPLES, rng)
    return examples, memory.PROBLEMS[problem].baseline(distance)


def save_series(folder: Path, series: Series) -> None:
    """Write what a network reads and answers beside its weights."""
    write_json(folder / SERIES_FILE, dataclasses.asdict(series))


def _per_class(classes: Sequence[str], confusion: np.ndarray) -> list[dict[str, Any]]:
    """Precision and recall of each class; None where nothing was said or there."""
    found = []
    for c, name in enumerate(classes):
        right, there, said = (
            int(value) for value in (confusion[c, c], confusion[c].sum(), confusion[:, c].sum())
        )
        found.append({
            "class": name, "examples": there,
            "recall": right / there if there else None,
            "precision": right / said if said else None,
        })  # fmt: skip
    return found


def _load_series(path: Path) -> Series:
    """``series.json``, checked; CheckpointError that names it."""
    values = read_json(path)
    fields = {field.name for field in dataclasses.fields(Series)}
    if not isinstance(values, dict) or set(values) != fields:
        raise CheckpointError(f"{path} does not describe what a network reads.")
    try:
        series = Series(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})
        if series.problem != OWN:
            memory.check(series.problem, series.distance)
            sound = series == memory.PROBLEMS[series.problem].series(series.distance)
        else:
            sound = _is_sound(series)
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path} holds a bad value: {error}") from error
    if not sound:
        raise CheckpointError(f"{path} holds a bad value.")
    return series


def _is_sound(series: Series) -> bool:
    """Whether a description of own data is one that ``series_splits`` can have made."""
    numbers = [*series.mean, *series.std, series.target_mean, series.target_std]
    names = [*series.features, *series.classes]
    return (
        len(series.mean) == len(series.std) == len(series.features)
        and bool(np.isfinite(np.array(numbers, float)).all())
        and all(value > 0 for value in (*series.std, series.target_std))
        and all(isinstance(name, str) for name in names)
    )
