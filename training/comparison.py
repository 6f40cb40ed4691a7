"""RNN, GRU and LSTM on the same terms: ``python -m training.comparison``.

Equal parameters (the widths below), equal data, equal schedule, an equal search for the learning
rate, several seeds. The search is judged on the selection text; the validation text is read once a
finished run. Each run's outcome is kept in ``--run_dir``, so the command can be stopped and called
again; when all are there it writes the checkpoints (of the first seed, not of the best one),
``results/comparison/results.json`` and the figure of the learning curves.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from models.checkpoint import read_json, write_json
from models.generation import GenerationConfig, LanguageModel
from training import generation
from training.corpora import Corpus
from training.curves import write_comparison, write_curves
from training.flags import option, parse_flags
from training.language_model import GenerationTraining, training_dtype
from training.run import RunConfig
from training.script import run_script
from training.timing import shortest_times

# H of two layers on 65 characters and D = 128: 955,495, 956,685 and 946,625 parameters.
HIDDEN_SIZES = {"rnn": 530, "gru": 300, "lstm": 256}
NETWORK = GenerationConfig(dropout=0.25)
TRAINING = GenerationTraining(epochs=7, patience=7, bptt_steps=64, stored_as="float16")
OUTCOME = "outcome.json"
TIMED_STEPS, TIMED_VOCAB = 10, 65
RESULTS = Path("comparison") / "results.json"


@dataclass(frozen=True)
class Comparison:
    """The terms, the same for all cells."""

    network: GenerationConfig = NETWORK
    training: GenerationTraining = TRAINING
    rates: tuple[float, ...] = (1e-3, 2e-3, 4e-3, 8e-3)
    search_epochs: int = 1
    seeds: int = option(3, "runs of each cell at its best learning rate, with seeds 1, 2, ...")


def main(argv: Sequence[str] | None = None) -> None:
    """Search, train and report, skipping what an earlier call has finished."""
    run, terms = parse_flags(argv, RunConfig, Comparison, description=__doc__.split("\n")[0])
    compare(run, terms)


def compare(run: RunConfig, terms: Comparison) -> None:
    """See the head of this file; ``run.name`` is not used."""
    corpus = generation.load_corpus(terms.training, run.data_dir)
    root = Path(run.run_dir) / "comparison"
    networks = {
        cell: dataclasses.replace(terms.network, cell=cell, hidden_size=size)
        for cell, size in HIDDEN_SIZES.items()
    }
    search = {
        cell: [search_rate(root, run, network, terms, corpus, rate) for rate in terms.rates]
        for cell, network in networks.items()
    }
    runs = []
    for seed in range(1, terms.seeds + 1):  # a seed of all cells first, should time run out
        for cell, tried in search.items():
            rate = min(tried, key=lambda row: row["selection_loss"])["learning_rate"]
            training = dataclasses.replace(terms.training, seed=seed, learning_rate=rate)
            runs.append(full_run(root, run, networks[cell], training, corpus))
    results = Path(run.results_dir)
    for first in runs[: len(networks)]:
        name = f"{corpus.name}-{first['cell']}"
        trained, shipped = root / f"{first['cell']}-seed-1" / name, Path(run.output_dir) / name
        shutil.copytree(trained, shipped, dirs_exist_ok=True)
        write_curves(first["history"], results, name, f"{name}: nats a character")
    cells = {cell: summary([r for r in runs if r["cell"] == cell]) for cell in networks}
    for cell, rate in training_rates(networks, terms.training).items():
        cells[cell]["characters_per_second"] = rate
    write_json(results / RESULTS, {"cells": cells, "search": search, "runs": runs})
    write_comparison(runs, results, f"{corpus.title}: RNN, GRU and LSTM of equal size")


def summary(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the runs of one cell came to; lists are in the order of the seeds."""
    metrics = [run["metrics"] for run in runs]
    return {
        "parameters": metrics[0]["parameters"],
        "learning_rate": metrics[0]["training"]["learning_rate"],
        "seeds": [run["seed"] for run in runs],
        "validation_nats_per_char": [m["validation_nats_per_char"] for m in metrics],
        "validation_nats_per_char_cold": [m["validation_nats_per_char_cold"] for m in metrics],
        # Before clipping, which begins at 1.
        "gradient_norm_first_epoch": [run["history"][0]["gradient_norm"] for run in runs],
        "gradient_norm_last_epoch": [run["history"][-1]["gradient_norm"] for run in runs],
    }


def training_rates(
    networks: dict[str, GenerationConfig], training: GenerationTraining
) -> dict[str, float]:
    """Characters a second in training here, in the fastest of a few steps. The cells take turns,
    since minutes of runs at different hours tell more of the machine than of the cell."""
    tokens = torch.randint(0, TIMED_VOCAB, (training.batch_size, training.bptt_steps))
    dtype = training_dtype(training.precision, torch.device("cpu"))

    def make_step(config: GenerationConfig) -> Callable[[], None]:
        model = LanguageModel(dataclasses.replace(config, vocab_size=TIMED_VOCAB))
        model.training_dtype = dtype
        optimizer = torch.optim.AdamW(model.parameters())

        def step() -> None:
            optimizer.zero_grad()
            model(tokens)[0].logsumexp(-1).mean().backward()
            optimizer.step()

        return step

    seconds = shortest_times([make_step(config) for config in networks.values()], TIMED_STEPS)
    return {cell: tokens.numel() / s for cell, s in zip(networks, seconds, strict=True)}


def search_rate(
    root: Path, run: RunConfig, network: GenerationConfig, terms: Comparison, corpus: Corpus,
    rate: float,
) -> dict[str, Any]:  # fmt: skip
    """A short training at ``rate`` and its loss on the selection text."""
    name = f"{network.cell}-rate-{rate:g}"
    if not (root / name / OUTCOME).is_file():
        training = dataclasses.replace(
            terms.training, learning_rate=rate, epochs=terms.search_epochs
        )
        trained = generation.train(_run(run, root, name), network, training, corpus)
        loss = min(row["valid_loss"] for row in trained.history)
        write_json(root / name / OUTCOME, {"learning_rate": rate, "selection_loss": loss})
    return read_json(root / name / OUTCOME)


def full_run(
    root: Path, run: RunConfig, network: GenerationConfig, training: GenerationTraining,
    corpus: Corpus,
) -> dict[str, Any]:  # fmt: skip
    """A whole training with its checkpoint, its numbers and its history."""
    name = f"{network.cell}-seed-{training.seed}"
    if not (root / name / OUTCOME).is_file():
        trained = generation.train(_run(run, root, name), network, training, corpus)
        folder = root / name / f"{corpus.name}-{network.cell}"
        metrics = generation.write_checkpoint(folder, trained, training)
        outcome = {
            "cell": network.cell,
            "seed": training.seed,
            "metrics": metrics,
            "history": trained.history,
            "stages": trained.stages,
        }
        write_json(root / name / OUTCOME, outcome)
    return read_json(root / name / OUTCOME)


def _run(run: RunConfig, root: Path, name: str) -> RunConfig:
    """The run of that name below ``root``, resumed when it was broken off."""
    return dataclasses.replace(
        run, name=name, run_dir=str(root), resume=(root / name / "state.safetensors").is_file()
    )


if __name__ == "__main__":
    run_script(main)
