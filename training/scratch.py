"""Train a character network in NumPy: ``python -m training.scratch --corpus dinos --cell gru``.

Text -> lines or windows -> network of ``models.scratch`` -> validation text, read once ->
checkpoint folder, curves. What the network writes is shown as it learns. The recurrence, its
gradients and the optimiser are NumPy; torch, which the rest of the house uses, computes nothing.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from data.errors import InputError
from data.generation import TextSplits
from data.tokenizers import CharTokenizer
from inference.scratch import UNITS, NumpyGenerator
from models.scratch.batches import Batch, name_batches, window_batches
from models.scratch.layers import CELLS
from models.scratch.network import CharacterNetwork, NetworkConfig
from training import corpora
from training.corpora import Corpus
from training.curves import write_curves
from training.flags import option, parse_flags
from training.loop import cosine_with_warmup
from training.provenance import Start, checksum, record
from training.publish import Publishing
from training.scratch_loop import NumpyTrainer, Recipe
from training.scratch_report import evaluate, write_docs
from training.script import run_script

CORPORA = {"dinos": "dinosaurs", "shakespeare": "shakespeare"}  # as flags; as training.corpora says
SHOWN_LINES = 5  # names on screen at a time
SHOWN_CHARACTERS = 200  # of running text


@dataclass(frozen=True)
class NumpyRunConfig:
    """Where a run reads and writes; says nothing about what is trained."""

    name: str = option("", "name of the checkpoint folder; empty: after text and cell")
    output_dir: str = option("weights", "folder that gets the finished checkpoint folder")
    run_dir: str = option("runs", "folder for the state of unfinished runs")
    results_dir: str = option("results", "folder for the curves")
    data_dir: str | None = option(None, "folder with raw data at hand; else it is downloaded")
    resume: bool = option(False, "go on from the last saved state of the run of this name")


@dataclass(frozen=True)
class ScratchTraining:
    """What is trained, and how."""

    corpus: str = option("dinos", "the text to learn", choices=tuple(CORPORA))
    text: str | None = option(None, "a UTF-8 text file to learn instead of a corpus")
    unit: str = option(
        "auto", "lines are texts of their own (names), windows are pieces of one running text; "
        "auto: lines for names in alphabetical order, else windows", choices=("auto", *UNITS),
    )  # fmt: skip
    cell: str = option("lstm", "recurrent cell", choices=CELLS)
    hidden_size: int = option(100, "H, units a layer")
    num_layers: int = option(1, "L, stacked layers")
    seed: int = option(1, "of weights and batches")
    epochs: int = option(30, "passes over the training text, at most")
    patience: int = option(8, "epochs without a better loss after which training ends")
    batch_size: int = option(16, "N, lines or parallel streams of text")
    bptt_steps: int = option(64, "T, characters of a window, through which gradients flow back")
    learning_rate: float = option(0.02, "of Adam, at the top of the schedule")
    warmup: float = option(0.03, "share of the run with a rising learning rate")
    weight_decay: float = option(0.1, "share of a matrix taken off a step, times the rate")
    averaging: float = option(0.99, "share of the running mean of the weights kept a step")
    clip_norm: float = option(1.0, "bound on the norm of the gradient")
    show_every: int = option(200, "steps between samples on screen; 0 shows none")

    def __post_init__(self) -> None:
        sizes = ("hidden_size", "num_layers", "epochs", "patience", "batch_size", "bptt_steps")
        for name in sizes:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")
        if min(self.learning_rate, self.clip_norm) <= 0:
            raise ValueError("learning_rate and clip_norm must be above 0")
        if min(self.seed, self.show_every, self.weight_decay) < 0:
            raise ValueError("seed, show_every and weight_decay must be at least 0")
        if not (0 <= self.averaging < 1 and 0 <= self.warmup < 1):
            raise ValueError("averaging and warmup must be at least 0 and below 1")


def main(argv: Sequence[str] | None = None) -> Path:
    """Train, evaluate and write the checkpoint folder; returns it. Raises InputError."""
    start = Start.now()
    run, publishing, training = parse_flags(
        argv, NumpyRunConfig, Publishing, ScratchTraining, description=__doc__.split(":")[0]
    )
    corpus = load(training, run.data_dir)
    for warning in corpus.warnings:
        tqdm.write(warning, file=sys.stderr)
    unit, splits = corpus.unit, corpus.splits
    name = run.name or f"{corpus.name}-numpy-{training.cell}"
    # The alphabet is the whole text's, as is usual; no count of it is learned from.
    characters = CharTokenizer.from_text(corpus.text).characters
    shape = NetworkConfig(
        training.cell, "".join(characters), training.hidden_size, training.num_layers
    )
    network = CharacterNetwork.initialise(shape, training.seed)

    history = fit(network, unit, splits, training, Path(run.run_dir) / name, run.resume)
    folder = Path(run.output_dir) / name
    NumpyGenerator(network, unit, name).save(folder)
    best = min(history, key=lambda row: row["valid_loss"])
    metrics = {"corpus": corpus.name} | evaluate(folder, splits)
    metrics |= {
        "training": dataclasses.asdict(training),
        "training_minutes": round(sum(row["seconds"] for row in history) / 60, 3),
        "device": "cpu (NumPy)",
        "epochs": len(history),
        "best_epoch": best["epoch"],
        "selection_nats_per_char": best["valid_loss"],
        "parameters": sum(value.size for value in network.parameters.values()),
        "provenance": record(
            start, "training.scratch", (training,), training.seed,
            {corpus.name: checksum(corpus.text)},
        ),
    }  # fmt: skip
    write_docs(folder, history, metrics, unit)
    write_curves(history, Path(run.results_dir), name, f"{name}: nats a character")
    tqdm.write(
        f"{folder}: {metrics['validation_nats_per_char']:.4f} nats/character, "
        f"{metrics['baseline']} {metrics['baseline_nats_per_char']:.4f}"
    )
    publishing.finish(folder)
    return folder


def load(training: ScratchTraining, data_dir: str | None) -> Corpus:
    """The text to learn, cut in parts. Raises InputError or SourceError."""
    folder = None if data_dir is None else Path(data_dir)
    corpus = corpora.load(CORPORA[training.corpus], training.text, folder, unit=training.unit)
    if corpus.unit == "windows" and len(corpus.splits.train) <= training.bptt_steps:
        raise InputError(
            f"The text has {len(corpus.text):,} characters, too few to learn from windows of "
            f"{training.bptt_steps}; give a longer text or lower --bptt-steps."
        )
    return corpus


def fit(
    network: CharacterNetwork,
    unit: str,
    splits: TextSplits,
    training: ScratchTraining,
    run_folder: Path,
    resume: bool,
) -> list[dict[str, float]]:
    """Train ``network`` in place on ``splits.train``, keeping the epoch that is best on
    ``splits.selection``; returns the history."""
    recipe = Recipe(
        epochs=training.epochs, patience=training.patience, learning_rate=training.learning_rate,
        clip_norm=training.clip_norm, weight_decay=training.weight_decay,
        averaging=training.averaging, schedule=cosine_with_warmup(training.warmup),
    )  # fmt: skip
    trainer = NumpyTrainer(network, run_folder, recipe)

    def validate(averaged: CharacterNetwork) -> float:
        return NumpyGenerator(averaged, unit, "the network").nats_per_char(splits.selection)

    def show(trainer: NumpyTrainer) -> None:
        if training.show_every and trainer.progress.steps % training.show_every == 0:
            tqdm.write(screen(trainer, unit))

    batches = batch_maker(network.config, unit, splits.train, training)
    return trainer.fit(batches, validate, show, carry_states=unit == "windows", resume=resume)


def batch_maker(
    shape: NetworkConfig, unit: str, text: str, training: ScratchTraining
) -> Callable[[int], list[Batch]]:
    """A function of the epoch: all lines in an order of their own, or all windows from another
    starting point."""
    size, steps = training.batch_size, training.bptt_steps

    def lines_of(epoch: int) -> list[Batch]:
        rng = np.random.default_rng([training.seed, epoch])
        return name_batches(lines, end, size, rng)

    def windows_of(epoch: int) -> list[Batch]:
        rng = np.random.default_rng([training.seed, epoch])
        streams = max(1, min(size, (len(tokens) - 1) // steps))
        spare = (len(tokens) - 1) // streams - steps  # keeps at least one whole window a stream
        start = int(rng.integers(max(1, min(steps, spare))))
        return window_batches(tokens[start:], streams, steps)

    if unit == "lines":
        lines, end = [shape.encode(line) for line in text.splitlines()], shape.encode("\n")[0]
        return lines_of
    tokens = shape.encode(text)
    return windows_of


def screen(trainer: NumpyTrainer, unit: str) -> str:
    """The smoothed loss and what the network writes now; the same step shows the same."""
    at, generator = trainer.progress, NumpyGenerator(trainer.averaged(), unit, "")
    head = f"step {at.steps}: smoothed loss {at.smoothed:.4f} nats a character"
    if unit == "windows":
        return f"{head}\n{generator.generate('', SHOWN_CHARACTERS, 0.8, at.steps).text}\n"
    names = [generator.line("", 40, 0.8, at.steps + i).text for i in range(SHOWN_LINES)]
    return f"{head}; {', '.join(name.capitalize() for name in names)}"


if __name__ == "__main__":
    run_script(main)
