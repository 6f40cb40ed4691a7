"""Train a language model: ``python -m training.generation``.

Corpus -> tokenizer -> network -> truncated back-propagation through time with carried state ->
checkpoint folder. What is measured afterwards is in ``training.generation_report``.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from data.copying import CopyIndex
from data.errors import InputError
from data.generation import TextSplits, stream_batches
from data.sources import SourceError
from data.tokenizers import Tokenizer, train_tokenizer
from inference.generation import TASK, TextGenerator
from models.checkpoint import CheckpointError, read_json, save_checkpoint, write_json
from models.generation import GenerationConfig, LanguageModel, detach
from training import corpora, generation_report
from training.curves import write_curves
from training.flags import option, parse_flags
from training.loop import (
    RunConfig,
    StepResult,
    Trainer,
    aside,
    cosine_with_warmup,
    pick_device,
    seed_everything,
    write_history,
)
from training.sampled_softmax import SampledSoftmax
from training.timing import shortest_times

SELECTION_STREAMS = 50  # the selection text is read in so many parallel pieces, for speed
SELECTION_STEPS = 64  # tokens of each at once, for the memory of their logits
STAGES = (100, 300, 1000, 3000)  # steps of training after which a sample is kept; and the end
STAGE_LENGTH = 300  # tokens
MAX_INDEXED = 5_000_000  # characters; the index of copies has 1.5 bytes for each


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


@dataclass(frozen=True)
class Trained:
    """A finished run: the best network and how it came about."""

    model: LanguageModel
    tokenizer: Tokenizer
    corpus: corpora.Corpus
    history: list[dict[str, float]]
    stages: list[dict[str, Any]]


def main(argv: Sequence[str] | None = None) -> Path:
    """Train, evaluate and write the checkpoint folder; returns it. Raises InputError for a text
    that cannot be learned, SourceError for a corpus that cannot be had."""
    run, network, training = parse_flags(
        argv, RunConfig, GenerationConfig, GenerationTraining, description=__doc__.split("\n")[0]
    )
    return produce(run, network, training)


def produce(run: RunConfig, network: GenerationConfig, training: GenerationTraining) -> Path:
    """What ``main`` does, once its flags are read."""
    corpus = load_corpus(training, run.data_dir)
    for warning in corpus.warnings:
        print(f"Warning: {warning}", file=sys.stderr)
    name = run.name or f"{corpus.name}-{network.cell}"
    run = dataclasses.replace(run, name=name)
    folder = Path(run.output_dir) / name
    trained = train(run, network, training, corpus)
    if training.direction == "backward":
        write_network(folder, trained, training)
        return folder
    metrics = write_checkpoint(folder, trained, training)
    token = "character" if training.tokenizer == "char" else "token"
    write_curves(trained.history, Path(run.results_dir), name, f"{name}: nats a {token}")
    print(f"{folder}: {metrics['validation_nats_per_char']:.4f} nats/character (stateful)")
    return folder


def load_corpus(training: GenerationTraining, data_dir: str | None) -> corpora.Corpus:
    """The text that ``training`` names."""
    return corpora.load(
        training.corpus, training.text, Path(data_dir) if data_dir else None,
        training.selection_share, tokenizer=training.tokenizer, unit=training.unit,
    )  # fmt: skip


def train(
    run: RunConfig, network: GenerationConfig, training: GenerationTraining, corpus: corpora.Corpus
) -> Trained:
    """Train a network on ``corpus``; its validation text is not read. The network's vocabulary is
    that of the text."""
    seed_everything(training.seed)
    if training.start_from is None:
        # The alphabet is the whole text's, as is usual; words are counted in the training text.
        tokenizer = train_tokenizer(
            training.tokenizer, corpus.splits.train, training.vocab_size, alphabet=corpus.text
        )
        model = LanguageModel(dataclasses.replace(network, vocab_size=tokenizer.vocab_size))
    else:
        model, tokenizer = start_from(Path(training.start_from), network, corpus)
    model.to(pick_device(run.device))
    model.training_dtype = training_dtype(training.precision)
    history, stages = fit(
        model, tokenizer, corpus.splits, training, Path(run.run_dir) / run.name, run.resume
    )
    return Trained(model, tokenizer, corpus, history, stages)


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


def fit(
    model: LanguageModel,
    tokenizer: Tokenizer,
    splits: TextSplits,
    training: GenerationTraining,
    run_folder: Path,
    resume: bool,
) -> tuple[list[dict[str, float]], list[dict[str, Any]]]:
    """Train ``model`` in place on ``splits.train``, keeping the epoch that is best on
    ``splits.selection``; returns the history, and loss and sample at the stages of training."""
    device = model.embedding.weight.device
    tokens = _tokens(tokenizer, splits.train, training.direction)
    selection = _tokens(tokenizer, splits.selection, training.direction).to(device)
    sampler = None
    if training.sampled:
        sampler = SampledSoftmax(tokens, model.config.vocab_size, training.sampled)
    per_character = len(selection) / len(splits.selection)  # tokens
    characters_a_step = training.batch_size * training.bptt_steps / per_character
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay
    )
    trainer = Trainer(
        model, optimizer, run_folder, epochs=training.epochs, patience=training.patience,
        clip_norm=training.clip_norm, average=training.average,
        schedule=cosine_with_warmup(training.warmup, training.floor),
        unit="characters" if training.tokenizer == "char" else "tokens",
    )  # fmt: skip

    def batches(epoch: int) -> list[tuple[int, Tensor, Tensor]]:
        streams = stream_batches(
            tokens, training.batch_size, training.bptt_steps, training.seed, epoch
        )
        return [(i, inputs, targets) for i, (inputs, targets) in enumerate(streams)]

    def step(batch: tuple[int, Tensor, Tensor]) -> StepResult:
        i, inputs, targets = batch
        if trainer.steps in STAGES and training.direction == "forward":
            trainer.carry.setdefault("stages", []).append(stage())
        state = trainer.carry.get("state") if i > 0 else None  # a new epoch begins anew
        inputs, targets, state = inputs.to(device), targets.to(device), _to(state, device)
        if sampler:
            x, state = model.read(inputs, state)
            loss, metrics = sampler.loss(x, targets, *model.softmax, model.training_dtype), {}
        else:
            logits, state = model(inputs, state)
            loss, accuracy = _loss(logits, targets)
            metrics = {"accuracy": accuracy}
        trainer.carry["state"] = detach(state)
        return StepResult(loss, targets.numel(), metrics)

    def stage() -> dict[str, Any]:
        with aside(model):
            generator = TextGenerator(model, tokenizer, run_folder.name)
            return {
                "step": trainer.steps,
                "loss": validate()["loss"] * per_character,  # nats
                "text": generator.generate("", STAGE_LENGTH, temperature=0.8, seed=1).text,
            }

    def validate() -> dict[str, float]:
        return _validate(model, selection)

    history = trainer.fit(batches, step, validate, resume=resume)
    if training.direction == "backward":  # it would write from right to left
        return history, []
    stages = [*trainer.carry.get("stages", []), stage()]
    for row in stages:
        row["characters"] = round(row["step"] * characters_a_step)
    return history, stages


def training_dtype(precision: str) -> torch.dtype:
    """The number format of ``precision``; for "auto" the faster one here, which is measured, since
    bfloat16 without hardware for it is far slower than float32."""
    if precision != "auto":
        return getattr(torch, precision)
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
        "epochs": len(history),
        "best_epoch": best["epoch"],
        "selection_nats_per_token": best["valid_loss"],
        "mean_gradient_norm": sum(row["gradient_norm"] for row in history) / len(history),
        "training_minutes": sum(row["seconds"] for row in history) / 60,
    }
    if training.start_from is not None:
        before = read_json(Path(training.start_from) / "metrics.json")
        metrics["before"] = {key: before[key] for key in ("training", "training_minutes")}
        metrics["training_minutes"] += before["training_minutes"]
    generation_report.write_docs(folder, history, metrics)
    return metrics


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (InputError, SourceError, CheckpointError) as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
