"""Train the network that reads dates: ``python -m training.translation``, from top to bottom.

Days -> dates as people write them (``data.written_dates``) -> an encoder and a decoder with
attention -> a checkpoint folder. The data is made from the seed, so nothing is downloaded. What is
measured afterwards, on days that no training has seen, is in ``training.translation_report``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from data.tokenizers import CharTokenizer
from data.translation import Example, encode_answers, pad
from data.written_dates import DateSplits, make_splits
from inference.translation import TASK
from models.checkpoint import save_checkpoint
from models.translation import TranslationConfig, TranslationNetwork
from training import translation_report
from training.curves import write_curves
from training.flags import option, parse_flags
from training.loop import StepResult, Trainer, cosine_with_warmup
from training.processes import processes
from training.provenance import Start, checksum, record
from training.publish import Publishing
from training.run import RunConfig, pick_device, seed_everything
from training.script import run_script

POOL = 20  # batches whose dates are sorted by length among each other


@dataclass(frozen=True)
class TranslationTraining:
    """How the network is trained, and on how many dates."""

    seed: int = option(1, "seed of weights, dates and their order")
    train_dates: int = option(60_000, "dates to learn from, each of another day")
    valid_dates: int = option(3_000, "dates that choose the epoch")
    test_dates: int = option(10_000, "dates that are read once, at the end")
    epochs: int = option(8, "passes over the dates, at most")
    patience: int = option(3, "epochs without a better validation loss before stopping")
    batch_size: int = option(128, "dates a step")
    learning_rate: float = option(4e-3, "highest learning rate of Adam")
    clip_norm: float = option(1.0, "bound of the global gradient norm")


def main(argv: Sequence[str] | None = None) -> Path:
    """Train, evaluate and write the checkpoint folder and the curves; returns the folder.
    InputError for sizes that cannot be had."""
    start = Start.now()
    run, publishing, network, training = parse_flags(
        argv, RunConfig, Publishing, TranslationConfig, TranslationTraining,
        description=__doc__.split("\n")[0],
    )  # fmt: skip
    name = run.name or "dates-lstm"
    run = dataclasses.replace(run, name=name)
    folder = Path(run.output_dir) / name
    splits = load_splits(training)
    model, tokenizer, history = train(run, network, training, splits)
    if not processes().is_main:
        return folder

    save_checkpoint(folder, TASK, model.config, model)
    tokenizer.save(folder)
    metrics = {
        "parameters": sum(p.numel() for p in model.parameters()),
        **translation_report.evaluate(folder, splits.test),
        "validation_loss": min(row["valid_loss"] for row in history),
        "epochs": len(history),
        "training": dataclasses.asdict(training),
        "training_minutes": round(sum(row["seconds"] for row in history) / 60, 2),
        "provenance": record(
            start, "training.translation", (network, training), training.seed,
            {"dates": dates_checksum(splits)},
        ),
    }  # fmt: skip
    translation_report.write_docs(folder, history, metrics)
    write_curves(history, Path(run.results_dir), name, f"{name}: nats a character, exact dates")
    print(f"{folder}: {metrics['exact']:.2%} of {metrics['test_dates']:,} unseen dates are exact")
    publishing.finish(folder)
    return folder


def load_splits(training: TranslationTraining) -> DateSplits:
    """The dates that ``training`` asks for."""
    return make_splits(
        training.train_dates, training.valid_dates, training.test_dates, training.seed
    )


def dates_checksum(splits: DateSplits) -> str:
    """Changes with any date, and with the names that babel knows."""
    parts = (splits.train, splits.valid, splits.test)
    return checksum(*([f"{e.source}\t{e.answer}" for e in part] for part in parts))


def train(
    run: RunConfig, network: TranslationConfig, training: TranslationTraining, splits: DateSplits
) -> tuple[TranslationNetwork, CharTokenizer, list[dict[str, float]]]:
    """The network with the best validation loss, on the CPU, the tokenizer of the training dates,
    and the history. The test dates are not read."""
    seed_everything(training.seed)
    tokenizer = CharTokenizer.from_text("".join(e.source for e in splits.train))
    config = dataclasses.replace(
        network,
        source_vocab_size=tokenizer.vocab_size,
        longest=max(len(e.source) for e in splits.train),
    )
    device = pick_device(run.device)
    model = TranslationNetwork(config).to(device)
    trainer = Trainer(
        model,
        torch.optim.Adam(model.parameters(), lr=training.learning_rate),
        Path(run.run_dir) / run.name,
        epochs=training.epochs,
        patience=training.patience,
        clip_norm=training.clip_norm,
        schedule=cosine_with_warmup(0.05),
        unit="dates",
    )
    task = _Task(model, training, tokenizer, splits, device)
    history = trainer.fit(task.batches, task.step, task.validate, resume=run.resume)
    return model.cpu(), tokenizer, history


class _Task:
    """Batches, training step and validation of one run, as the loop asks for them."""

    def __init__(
        self,
        model: TranslationNetwork,
        training: TranslationTraining,
        tokenizer: CharTokenizer,
        splits: DateSplits,
        device: torch.device,
    ) -> None:
        self.model, self.training, self.device = model, training, device
        self.train = _Arrays.of(splits.train, tokenizer)
        self.valid = _Arrays.of(splits.valid, tokenizer)

    def batches(self, epoch: int) -> list[np.ndarray]:
        """Rows of the training dates, in an order drawn from (seed, epoch) alone. A batch holds
        dates of like length: less padding, nearly twice as fast."""
        rng, size = np.random.default_rng((self.training.seed, epoch)), self.training.batch_size
        batches = []
        for pool in _in_batches(rng.permutation(len(self.train)), POOL * size):
            batches += _in_batches(pool[np.argsort(self.train.lengths[pool], kind="stable")], size)
        return [batches[i] for i in rng.permutation(len(batches))]

    def step(self, rows: np.ndarray) -> StepResult:
        """Mean loss a character with the true characters before it (teacher forcing), and the share
        of dates of which each of the ten is the likeliest."""
        sources, lengths, answers = self.train.tensors(rows, self.device)
        logits = self.model(sources, lengths, answers)
        exact = (logits.argmax(-1) == answers).all(1).float().mean()
        return StepResult(_loss(logits, answers), len(rows), {"exact": exact})

    def validate(self) -> dict[str, float]:
        """The same loss, and the share of dates that are exact when the network reads what it wrote
        itself."""
        totals = {"loss": 0.0, "exact": 0.0}
        for rows in _in_batches(np.arange(len(self.valid)), self.training.batch_size):
            sources, lengths, answers = self.valid.tensors(rows, self.device)
            loss = _loss(self.model(sources, lengths, answers), answers)
            written = self.model.translate(sources, lengths).tokens
            totals["loss"] += float(loss) * len(rows)
            totals["exact"] += float((written == answers).all(1).sum())
        return {name: total / len(self.valid) for name, total in totals.items()}


@dataclass(frozen=True)
class _Arrays:
    """Dates as arrays: ``sources`` (N, T), ``lengths`` (N,), ``answers`` (N, U), all int64."""

    sources: np.ndarray
    lengths: np.ndarray
    answers: np.ndarray

    @classmethod
    def of(cls, examples: Sequence[Example], tokenizer: CharTokenizer) -> _Arrays:
        sources, lengths = pad([tokenizer.encode(e.source) for e in examples])
        return cls(sources, lengths, encode_answers([e.answer for e in examples]))

    def __len__(self) -> int:
        return len(self.lengths)

    def tensors(self, rows: np.ndarray, device: torch.device) -> tuple[torch.Tensor, ...]:
        """Sources, lengths and answers of some rows, without columns of padding alone."""
        lengths = self.lengths[rows]
        parts: tuple[Any, ...] = (self.sources[rows, : lengths.max()], lengths, self.answers[rows])
        return tuple(torch.from_numpy(part).to(device) for part in parts)


def _loss(logits: torch.Tensor, answers: torch.Tensor) -> torch.Tensor:
    """Mean cross entropy a character, in nats: logits (N, U, V), answers (N, U)."""
    return F.cross_entropy(logits.flatten(0, 1), answers.flatten())


def _in_batches(rows: np.ndarray, size: int) -> list[np.ndarray]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


if __name__ == "__main__":
    run_script(main)
