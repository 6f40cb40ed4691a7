"""Train a language model: ``python -m training.generation``.

Corpus -> tokenizer -> network -> truncated back-propagation through time with carried state ->
checkpoint folder. What is measured afterwards is in ``training.generation_report``.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from data.copying import CopyIndex
from data.errors import InputError
from data.tokenizers import Tokenizer, train_tokenizer
from inference.generation import TASK, TextGenerator
from models.checkpoint import read_json, save_checkpoint, write_json
from models.generation import GenerationConfig, LanguageModel
from training import corpora, generation_report
from training.card import write_history
from training.flags import parse_flags
from training.language_model import GenerationTraining, fit, training_dtype
from training.processes import processes
from training.provenance import Start, checksum, record
from training.publish import Publishing
from training.reports import Reporting, Reports
from training.run import RunConfig, pick_device, seed_everything
from training.script import run_script

MAX_INDEXED = 5_000_000  # characters; the index of copies has 1.5 bytes for each


@dataclass(frozen=True)
class Trained:
    """A finished run: the best network and how it came about."""

    model: LanguageModel
    tokenizer: Tokenizer
    corpus: corpora.Corpus
    history: list[dict[str, float]]
    stages: list[dict[str, Any]]
    network: GenerationConfig  # as asked for
    start: Start


def main(argv: Sequence[str] | None = None) -> Path:
    """Train, evaluate and write the checkpoint folder; returns it. Raises InputError for a text
    that cannot be learned, SourceError for a corpus that cannot be had."""
    run, publishing, network, training, reporting = parse_flags(
        argv, RunConfig, Publishing, GenerationConfig, GenerationTraining, Reporting,
        description=__doc__.split("\n")[0],
    )  # fmt: skip
    folder = produce(run, network, training, reporting.begin())
    publishing.finish(folder)
    return folder


def produce(
    run: RunConfig,
    network: GenerationConfig,
    training: GenerationTraining,
    reports: Reports | None = None,
) -> Path:
    """What ``main`` does, once its flags are read."""
    corpus = load_corpus(training, run.data_dir)
    for warning in corpus.warnings:
        print(f"Warning: {warning}", file=sys.stderr)
    if reports:
        reports.say(stage="begin", warnings=corpus.warnings, **generation_report.goals(corpus))
    name = run.name or f"{corpus.name}-{network.cell}"
    run = dataclasses.replace(run, name=name)
    folder = Path(run.output_dir) / name
    trained = train(run, network, training, corpus, reports)
    if reports:
        reports.say(stage="measuring")
    if processes().is_main:
        write(folder, trained, training, run)
    processes().wait()
    if reports:
        reports.say(stage="end", folder=str(folder))
    return folder


def write(folder: Path, trained: Trained, training: GenerationTraining, run: RunConfig) -> None:
    """The checkpoint folder and the curves (none without a folder for results); of a network that
    reads backward its weights only."""
    if training.direction == "backward":
        write_network(folder, trained, training)
        return
    metrics = write_checkpoint(folder, trained, training)
    if run.results_dir:
        from training.curves import write_curves  # its matplotlib is not where the page runs

        token = "character" if training.tokenizer == "char" else "token"
        title = f"{run.name}: nats a {token}"
        write_curves(trained.history, Path(run.results_dir), run.name, title)
    print(f"{folder}: {metrics['validation_nats_per_char']:.4f} nats/character (stateful)")


def load_corpus(training: GenerationTraining, data_dir: str | None) -> corpora.Corpus:
    """The text that ``training`` names."""
    return corpora.load(
        training.corpus, training.text, Path(data_dir) if data_dir else None,
        training.selection_share, tokenizer=training.tokenizer, unit=training.unit,
    )  # fmt: skip


def train(
    run: RunConfig,
    network: GenerationConfig,
    training: GenerationTraining,
    corpus: corpora.Corpus,
    reports: Reports | None = None,
) -> Trained:
    """Train a network on ``corpus``; its validation text is not read. The network's vocabulary is
    that of the text."""
    start = Start.now()
    seed_everything(training.seed)
    if training.start_from is None:
        # The alphabet is the whole text's, as is usual; words are counted in the training text.
        tokenizer = train_tokenizer(
            training.tokenizer, corpus.splits.train, training.vocab_size, alphabet=corpus.text
        )
        model = LanguageModel(dataclasses.replace(network, vocab_size=tokenizer.vocab_size))
    else:
        model, tokenizer = start_from(Path(training.start_from), network, corpus)
    device = pick_device(run.device)
    model.to(device).training_dtype = training_dtype(training.precision, device)
    run_folder = Path(run.run_dir) / run.name
    history, stages = fit(
        model, tokenizer, corpus.splits, training, run_folder, run.resume, reports
    )
    return Trained(model, tokenizer, corpus, history, stages, network, start)


def start_from(
    folder: Path, network: GenerationConfig, corpus: corpora.Corpus
) -> tuple[LanguageModel, Tokenizer]:
    """The network of a checkpoint with the dropout of ``network``, and its tokenizer. InputError
    when that cannot read all of ``corpus``, CheckpointError for a folder that cannot be used."""
    trained = TextGenerator.from_pretrained(folder)
    unseen = trained.tokenizer.unseen(corpus.text)
    if unseen:
        raise InputError(
            f"The text has characters that {folder.name} never saw: {' '.join(unseen)}; remove "
            "them, or train without --start-from."
        )
    dropout = ("dropout", "input_dropout", "recurrent_dropout")
    config = dataclasses.replace(
        trained.model.config, **{name: getattr(network, name) for name in dropout}
    )
    model = LanguageModel(config)
    model.load_state_dict(trained.model.state_dict())
    return model, trained.tokenizer


def write_network(folder: Path, trained: Trained, training: GenerationTraining) -> None:
    """Write what is needed to use the network, and how it came about."""
    dtype = getattr(torch, training.stored_as)
    save_checkpoint(folder, TASK, trained.model.config, trained.model, dtype)
    trained.tokenizer.save(folder)
    write_history(folder / "history.csv", trained.history)


def write_checkpoint(
    folder: Path, trained: Trained, training: GenerationTraining
) -> dict[str, Any]:
    """Write the checkpoint folder with all that belongs to it; returns its metrics.

    Reads the validation text, once.
    """
    splits, history = trained.corpus.splits, trained.history
    write_network(folder, trained, training)
    write_json(folder / "stages.json", trained.stages)
    if len(learned := splits.train + splits.selection) <= MAX_INDEXED:
        CopyIndex.from_text(learned).save(folder)
    best = min(history, key=lambda row: row["valid_loss"])
    metrics = {
        "corpus": trained.corpus.name,
        "title": trained.corpus.title,
        "unit": trained.corpus.unit,
        "tokenizer": training.tokenizer,
        "cell": trained.model.config.cell,
        "parameters": sum(p.numel() for p in trained.model.parameters()),
        **generation_report.evaluate(folder, trained.corpus),
        "training": dataclasses.asdict(training),
        "epochs": history[-1]["epoch"],
        "best_epoch": best["epoch"],
        "selection_nats_per_token": best["valid_loss"],
        "mean_gradient_norm": sum(row["gradient_norm"] for row in history) / len(history),
        "training_minutes": sum(row["seconds"] for row in history) / 60,
    }
    metrics["provenance"] = record(
        trained.start, "training.generation", (trained.network, training), training.seed,
        {trained.corpus.name: checksum(trained.corpus.text)},
    )  # fmt: skip
    if training.start_from is not None:
        before = read_json(Path(training.start_from) / "metrics.json")
        metrics["before"] = {key: before[key] for key in ("training", "training_minutes")}
        metrics["training_minutes"] += before["training_minutes"]
    generation_report.write_docs(folder, history, metrics)
    return metrics


if __name__ == "__main__":
    run_script(main)
