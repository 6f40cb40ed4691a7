"""Train a character language model: ``python -m training.generation``.

Corpus -> tokenizer -> splits -> network -> truncated back-propagation through time with carried
state -> validation text, read once -> checkpoint folder, curves.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from data.generation import (
    CharTokenizer,
    TextSplits,
    shuffle_lines,
    split_text,
    stream_batches,
)
from data.sources import load_dinosaurs, load_shakespeare
from inference.generation import TASK, TextGenerator
from models.checkpoint import save_checkpoint
from models.generation import GenerationConfig, LanguageModel, detach
from training.baselines import NGramModel
from training.card import ModelCard, Result, write_checkpoint_docs
from training.curves import write_curves
from training.flags import option, parse_flags
from training.loop import (
    RunConfig,
    StepResult,
    Trainer,
    cosine_with_warmup,
    pick_device,
    seed_everything,
)
from training.metrics import bits_per_char, perplexity

CORPORA = {
    "shakespeare": load_shakespeare,
    "dinosaurs": lambda data_dir: shuffle_lines(load_dinosaurs(data_dir).lower()),
}
CORPUS_NAMES = {"shakespeare": "Tiny Shakespeare", "dinosaurs": "Dinosaur names"}
SELECTION_STREAMS = 50  # the selection text is read in so many parallel pieces, for speed
COLD_WINDOW = 256  # characters, as nanoGPT's published figures are measured
NGRAM_ORDER = 6
SAMPLE_SETTINGS = [("ROMEO:", 0.8, 1), ("To be, or not to be", 0.5, 2), ("", 1.0, 3)]


@dataclass(frozen=True)
class GenerationTraining:
    """How the language model is trained."""

    corpus: str = option("shakespeare", "the text to learn", choices=tuple(CORPORA))
    seed: int = option(1, "of weights, dropout and windows")
    epochs: int = option(10, "passes over the training text, at most")
    patience: int = option(4, "epochs without a better loss after which training ends")
    batch_size: int = option(32, "N, parallel streams of text")
    bptt_steps: int = option(128, "T, characters through which gradients flow back")
    learning_rate: float = option(3e-3, "of AdamW, at the top of the schedule")
    weight_decay: float = option(0.05, "of AdamW")
    warmup: float = option(0.03, "share of the run with a rising learning rate")
    clip_norm: float = option(1.0, "bound on the norm of the gradient")


def main(argv: Sequence[str] | None = None) -> Path:
    """Train, evaluate and write the checkpoint folder; returns it."""
    run, network, training = parse_flags(
        argv, RunConfig, GenerationConfig, GenerationTraining, description=__doc__.split("\n")[0]
    )
    name = run.name or f"{training.corpus}-{network.cell}"
    seed_everything(training.seed)
    device = pick_device(run.device)

    splits = split_text(CORPORA[training.corpus](run.data_dir))
    # The alphabet is the whole text's, as is usual for this corpus; no count of it is learned from.
    tokenizer = CharTokenizer.from_text(splits.train + splits.selection + splits.validation)
    config = dataclasses.replace(network, vocab_size=tokenizer.vocab_size)

    model = LanguageModel(config).to(device)
    history = fit(model, tokenizer, splits, training, Path(run.run_dir) / name, device, run.resume)
    minutes = sum(row["seconds"] for row in history) / 60
    folder = Path(run.output_dir) / name
    save_checkpoint(folder, TASK, config, model)
    tokenizer.save(folder)
    best = min(history, key=lambda row: row["valid_loss"])
    metrics = {"corpus": training.corpus} | evaluate(folder, splits)
    metrics |= {
        "training": dataclasses.asdict(training),
        "training_minutes": round(minutes, 1),
        "device": str(device),
        "epochs": len(history),
        "best_epoch": best["epoch"],
        "selection_nats_per_char": best["valid_loss"],
        "parameters": sum(p.numel() for p in model.parameters()),
    }
    card = model_card(name, training.corpus, metrics)
    write_checkpoint_docs(folder, history=history, metrics=metrics, card=card)
    write_samples(folder)
    write_curves(history, Path(run.results_dir), name, f"{name}: nats a character")
    print(f"{folder}: {metrics['validation_nats_per_char']:.4f} nats/character (stateful)")
    return folder


def fit(
    model: LanguageModel,
    tokenizer: CharTokenizer,
    splits: TextSplits,
    training: GenerationTraining,
    run_folder: Path,
    device: torch.device,
    resume: bool,
) -> list[dict[str, float]]:
    """Train ``model`` in place on ``splits.train``, keeping the epoch that is best on
    ``splits.selection``; returns the history."""
    train = torch.tensor(tokenizer.encode(splits.train))
    selection = torch.tensor(tokenizer.encode(splits.selection)).to(device)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay
    )
    trainer = Trainer(
        model, optimizer, run_folder, epochs=training.epochs, patience=training.patience,
        clip_norm=training.clip_norm, schedule=cosine_with_warmup(training.warmup),
        unit="characters",
    )  # fmt: skip

    def batches(epoch: int) -> list[tuple[int, Tensor, Tensor]]:
        streams = stream_batches(
            train, training.batch_size, training.bptt_steps, training.seed, epoch
        )
        return [(i, inputs, targets) for i, (inputs, targets) in enumerate(streams)]

    def step(batch: tuple[int, Tensor, Tensor]) -> StepResult:
        i, inputs, targets = batch
        state = trainer.carry.get("state") if i > 0 else None  # a new epoch begins anew
        logits, state = model(inputs.to(device), _to(state, device))
        trainer.carry["state"] = detach(state)
        loss, accuracy = _loss(logits, targets.to(device))
        return StepResult(loss, targets.numel(), {"accuracy": accuracy})

    def validate() -> dict[str, float]:
        length = (len(selection) - 1) // SELECTION_STREAMS or 1
        rows = (len(selection) - 1) // length
        inputs = selection[: rows * length].view(rows, length)
        targets = selection[1 : rows * length + 1].view(rows, length)
        loss, accuracy = _loss(model(inputs)[0], targets)
        return {"loss": float(loss), "accuracy": float(accuracy)}

    return trainer.fit(batches, step, validate, resume=resume)


def _loss(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Mean nats a character, and the share of characters guessed right."""
    loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
    return loss, (logits.argmax(-1) == targets).float().mean()


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


def evaluate(folder: Path, splits: TextSplits) -> dict[str, Any]:
    """The numbers of record, by the class that the app ships, beside the n-gram baseline.

    Reads the validation text; call it once, when nothing is left to choose.
    """
    generator = TextGenerator.from_pretrained(folder)
    stateful = generator.nats_per_char(splits.validation)
    ngram = NGramModel(NGRAM_ORDER, generator.tokenizer.vocab_size)
    ngram.fit(splits.train + splits.selection)
    baseline = ngram.nats_per_char(splits.validation)
    return {
        "validation_characters": len(splits.validation),
        "validation_nats_per_char": stateful,
        "validation_bits_per_char": bits_per_char(stateful),
        "validation_perplexity": perplexity(stateful),
        "validation_nats_per_char_cold": generator.nats_per_char(splits.validation, COLD_WINDOW),
        "cold_window": COLD_WINDOW,
        "baseline": f"{NGRAM_ORDER}-gram, Witten-Bell",
        "baseline_nats_per_char": baseline,
    }


def write_samples(folder: Path) -> None:
    """What the network writes at three settings, as samples.txt beside the weights."""
    generator = TextGenerator.from_pretrained(folder)
    parts = []
    for prompt, temperature, seed in SAMPLE_SETTINGS:
        if generator.tokenizer.unseen(prompt):
            prompt = ""
        text = generator.generate(prompt, 400, temperature, seed).text
        parts.append(
            f"=== prompt {prompt!r}, temperature {temperature}, seed {seed}\n{prompt}{text}\n"
        )
    (folder / "samples.txt").write_text("\n".join(parts), encoding="utf-8")


def model_card(name: str, corpus: str, metrics: dict[str, Any]) -> ModelCard:
    """The card of a language model."""
    title = CORPUS_NAMES[corpus]
    results = [
        Result(
            "nats_per_char", "Nats a character, one pass with carried state",
            metrics["validation_nats_per_char"], title, "last 10 %",
            metrics["baseline"], metrics["baseline_nats_per_char"],
        ),
        Result(
            "nats_per_char_cold", f"Nats a character, windows of {COLD_WINDOW} from a zero state",
            metrics["validation_nats_per_char_cold"], title, "last 10 %",
            metrics["baseline"], metrics["baseline_nats_per_char"],
        ),
    ]  # fmt: skip
    return ModelCard(
        name=name,
        title=name,
        task_tag="text-generation",
        description=(
            f"A recurrent language model over characters, trained on {title} by RNN Lab "
            f"(`python -m training.generation --corpus {corpus}`)."
        ),
        data=(
            f"{title}: the first 90 % for training (5 % from their middle to choose the epoch), "
            "the last 10 % read once, at the end."
        ),
        limits=(
            "It learned the look of its text, not its meaning; "
            "it knows only that text's characters."
        ),
        usage=(
            "from inference.generation import TextGenerator\n\n"
            f'generator = TextGenerator.from_pretrained("weights/{name}")\n'
            "print(generator.generate(max_new_tokens=300, temperature=0.8, seed=1).text)"
        ),
        results=results,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
