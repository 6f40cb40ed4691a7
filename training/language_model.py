"""Fit a language model to a text: windows, steps, samples on the way, the choice of the epoch.

Truncated back-propagation through time with carried state. Where the text comes from and what is
written and measured afterwards stands in ``training.generation``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from data.generation import TextSplits, stream_batches
from data.tokenizers import Tokenizer
from inference.generation import TextGenerator
from models.generation import LanguageModel, detach
from training import corpora
from training.flags import option
from training.loop import StepResult, Trainer, aside, cosine_with_warmup
from training.reports import Reports
from training.sampled_softmax import SampledSoftmax
from training.timing import shortest_times

SELECTION_STREAMS = 50  # the selection text is read in so many parallel pieces, for speed
SELECTION_STEPS = 64  # tokens of each at once, for the memory of their logits
STAGES = (100, 300, 1000, 3000)  # steps of training after which a sample is kept; and the end
STAGE_LENGTH = 300  # tokens
REPORTED_LENGTH = 160  # tokens of the sample in a report: a second's work for 40 of them


@dataclass(frozen=True)
class GenerationTraining:
    """How the language model is trained."""

    corpus: str = option("shakespeare", "the text to learn", choices=tuple(corpora.CORPORA))
    text: str | None = option(None, "a UTF-8 file to learn instead of the corpus")
    unit: str = option(
        "auto", "windows of running text, or lines that are texts of their own, such as names",
        choices=("auto", "windows", "lines"),
    )  # fmt: skip
    tokenizer: str = option("char", "what is one token", choices=("char", "word", "subword"))
    vocab_size: int = option(8000, "V, tokens of a word or subword tokenizer, at most")
    seed: int = option(1, "of weights, dropout and windows")
    epochs: int = option(10, "passes over the training text, at most")
    patience: int = option(4, "epochs without a better loss after which training ends")
    seconds: float = option(
        0.0, "time to train in, with what it takes to judge the weights on the way; it takes the "
        "place of epochs and patience; 0: they decide",
    )  # fmt: skip
    batch_size: int = option(32, "N, parallel streams of text")
    bptt_steps: int = option(128, "T, tokens through which gradients flow back")
    learning_rate: float = option(3e-3, "of AdamW, at the top of the schedule")
    weight_decay: float = option(0.05, "of AdamW")
    warmup: float = option(0.03, "share of the run with a rising learning rate")
    floor: float = option(0.0, "learning rate at the end of the schedule, as a share of its top")
    average: float = option(
        0.0, "share of the run, at its end, over which the weights are averaged; wants a floor"
    )
    start_from: str | None = option(
        None, "checkpoint folder to go on from with this text: its weights, its tokens, its shape"
    )
    clip_norm: float = option(1.0, "bound on the norm of the gradient")
    sampled: int = option(
        0, "tokens drawn in each step, against which alone the right ones are judged; 0: all tokens"
    )
    direction: str = option(
        "forward", "which way the text is read; a backward network is for use by others only",
        choices=("forward", "backward"),
    )  # fmt: skip
    precision: str = option(
        "auto", "of the products in training; auto is the faster one here",
        choices=("auto", "float32", "bfloat16"),
    )  # fmt: skip
    selection_share: float | None = option(
        None, "share of the text on which the epoch is chosen; else 0.05 of a running text, 0.1 of "
        "a list",
    )  # fmt: skip
    stored_as: str = option(
        "float32", "number format of the weights in the file", choices=("float32", "float16")
    )

    def __post_init__(self) -> None:
        if not 0 <= self.seconds < math.inf:
            raise ValueError("seconds must be 0 or more")


def fit(
    model: LanguageModel,
    tokenizer: Tokenizer,
    splits: TextSplits,
    training: GenerationTraining,
    run_folder: Path,
    resume: bool,
    reports: Reports | None = None,
) -> tuple[list[dict[str, float]], list[dict[str, Any]]]:
    """Train ``model`` in place on ``splits.train``, keeping the weights that are best on
    ``splits.selection``; returns the history, and loss and sample at the stages of training.

    ``reports`` gets each row of the history, in nats a character, with a short sample.
    """
    course = _Course(model, tokenizer, splits, training, run_folder, reports)
    history = course.trainer.fit(course.batches, course.step, course.validate, resume=resume)
    return history, course.finished_stages()


class _Course:
    """The training of one model: what the Trainer asks for, and samples on the way."""

    def __init__(
        self,
        model: LanguageModel,
        tokenizer: Tokenizer,
        splits: TextSplits,
        training: GenerationTraining,
        run_folder: Path,
        reports: Reports | None,
    ) -> None:
        self.model, self.training, self.reports = model, training, reports
        self.writer = TextGenerator(model, tokenizer, run_folder.name)
        self.device = model.embedding.weight.device
        self.tokens = _tokens(tokenizer, splits.train, training.direction)
        self.selection = _tokens(tokenizer, splits.selection, training.direction).to(self.device)
        self.per_character = len(self.selection) / len(splits.selection)  # tokens
        self.sampler = None
        if training.sampled:
            self.sampler = SampledSoftmax(self.tokens, model.config.vocab_size, training.sampled)
        self.trainer = self._trainer(run_folder)

    def _trainer(self, run_folder: Path) -> Trainer:
        training, live = self.training, {}
        if self.reports:
            live = {"tell": self._report, "is_enough": lambda: self.reports.stop_is_asked}
        optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay
        )
        return Trainer(
            self.model, optimizer, run_folder, epochs=training.epochs, patience=training.patience,
            clip_norm=training.clip_norm, average=training.average, seconds=training.seconds,
            schedule=cosine_with_warmup(training.warmup, training.floor),
            unit="characters" if training.tokenizer == "char" else "tokens", **live,
        )  # fmt: skip

    def batches(self, epoch: int) -> list[tuple[int, Tensor, Tensor]]:
        """The windows of an epoch, each with its number."""
        training = self.training
        streams = stream_batches(
            self.tokens, training.batch_size, training.bptt_steps, training.seed, epoch
        )
        return [(i, inputs, targets) for i, (inputs, targets) in enumerate(streams)]

    def step(self, batch: tuple[int, Tensor, Tensor]) -> StepResult:
        """The loss of one window, read from the state that the one before it left."""
        i, inputs, targets = batch
        carry = self.trainer.carry
        if self.trainer.steps in STAGES and self.training.direction == "forward":
            carry.setdefault("stages", []).append(self._stage())
        state = carry.get("state") if i > 0 else None  # a new epoch begins anew
        inputs, targets = inputs.to(self.device), targets.to(self.device)
        state = _to(state, self.device)
        if self.sampler:
            x, state = self.model.read(inputs, state)
            softmax, dtype = self.model.softmax, self.model.training_dtype
            loss, metrics = self.sampler.loss(x, targets, *softmax, dtype), {}
        else:
            logits, state = self.model(inputs, state)
            loss, accuracy = _loss(logits, targets)
            metrics = {"accuracy": accuracy}
        carry["state"] = detach(state)
        return StepResult(loss, targets.numel(), metrics)

    def validate(self) -> dict[str, float]:
        """Loss and accuracy on the selection text."""
        return _validate(self.model, self.selection)

    def finished_stages(self) -> list[dict[str, Any]]:
        """The stages of a finished training; none of a backward one, whose samples would run from
        right to left."""
        if self.training.direction == "backward":
            return []
        stages = [*self.trainer.carry.get("stages", []), self._stage()]
        training = self.training
        characters_a_step = training.batch_size * training.bptt_steps / self.per_character
        for row in stages:
            row["characters"] = round(row["step"] * characters_a_step)
        return stages

    def _stage(self) -> dict[str, Any]:
        with aside(self.model):
            return {
                "step": self.trainer.steps,
                "loss": self.validate()["loss"] * self.per_character,  # nats
                "text": self._sample(STAGE_LENGTH),
            }

    def _sample(self, length: int) -> str:
        return self.writer.generate("", length, temperature=0.8, seed=1).text

    def _report(self, row: dict[str, float]) -> None:
        with aside(self.model):
            sample = self._sample(REPORTED_LENGTH)
        clock = self.trainer.clock
        self.reports.say(
            stage="learning", passes=row["epoch"], steps=self.trainer.steps,
            seconds=clock.spent if clock else None,
            train_loss=row["train_loss"] * self.per_character,
            valid_loss=row["valid_loss"] * self.per_character,
            best=self.trainer.best_epoch == row["epoch"],
            rate=row["rate"] / self.per_character, text=sample,
        )  # fmt: skip


def training_dtype(precision: str, device: torch.device) -> torch.dtype:
    """The number format of ``precision``; for "auto" the faster one on ``device``: bfloat16 on a
    GPU, on a CPU what a measurement says, since without hardware for it bfloat16 is far slower than
    float32."""
    if precision != "auto":
        return getattr(torch, precision)
    if device.type == "cuda":
        return torch.bfloat16
    state, weight = torch.randn(64, 512), torch.randn(2048, 512)

    def product(dtype: torch.dtype) -> Callable[[], Tensor]:
        a, b = state.to(dtype), weight.to(dtype).t()
        return lambda: a @ b

    exact, rough = shortest_times([product(torch.float32), product(torch.bfloat16)], 20)
    return torch.float32 if exact <= rough else torch.bfloat16


def _loss(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Mean nats a token, and the share of tokens guessed right."""
    loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
    return loss, (logits.argmax(-1) == targets).float().mean()


def _tokens(tokenizer: Tokenizer, text: str, direction: str) -> Tensor:
    """The tokens of ``text``, from its end if read backward."""
    tokens = torch.tensor(tokenizer.encode(text))
    return tokens.flip(0) if direction == "backward" else tokens


def _validate(model: LanguageModel, selection: Tensor) -> dict[str, float]:
    """Loss and accuracy on the selection text (its tokens), read in parallel pieces."""
    length = (len(selection) - 1) // SELECTION_STREAMS or 1
    rows = (len(selection) - 1) // length
    inputs = selection[: rows * length].view(rows, length)
    targets = selection[1 : rows * length + 1].view(rows, length)
    state, totals = None, torch.zeros(2)
    for i in range(0, length, SELECTION_STEPS):
        part = targets[:, i : i + SELECTION_STEPS]
        logits, state = model(inputs[:, i : i + SELECTION_STEPS], state)
        totals += part.numel() * torch.stack(_loss(logits, part)).cpu()
    loss, accuracy = (totals / targets.numel()).tolist()
    return {"loss": loss, "accuracy": accuracy}


def _to(state: Any, device: torch.device) -> Any:
    """The carried state on ``device`` (a resumed one comes from the CPU, its pairs as lists)."""
    if state is None:
        return None
    return [
        tuple(part.to(device) for part in item)
        if isinstance(item, (tuple, list))
        else item.to(device)
        for item in state
    ]
