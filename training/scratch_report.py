"""The numbers and papers of a NumPy checkpoint: scores beside a baseline, samples, the model card.

Everything is measured through ``NumpyGenerator``, the class that the app ships.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data.generation import TextSplits
from inference.scratch import NumpyGenerator
from training.baselines import best_ngram
from training.card import ModelCard, Result, write_checkpoint_docs
from training.corpora import CORPORA
from training.generation_report import novelty
from training.metrics import bits_per_char, perplexity

SAMPLE_SETTINGS = (("", 0.5, 1), ("", 0.8, 2), ("", 1.0, 3))
SHOWN_LINES = 12
TITLES = {name: source.title for name, source in CORPORA.items()}


def evaluate(folder: Path, splits: TextSplits) -> dict[str, Any]:
    """The numbers of record, beside the best n-gram model of order 2 to 6 (chosen, like the epoch,
    on the selection text). Reads the validation text; call it when nothing is left to choose."""
    generator = NumpyGenerator.from_pretrained(folder)
    nats = generator.nats_per_char(splits.validation)
    # Lines are guessed from their first character on, so a newline stands before the first one.
    lead = "\n" if generator.unit == "lines" else ""
    baseline, baseline_nats = best_ngram(splits, generator.tokenizer.vocab_size, lead)
    metrics = {
        "validation_characters": len(splits.validation),
        "validation_nats_per_char": nats,
        "validation_bits_per_char": bits_per_char(nats),
        "validation_perplexity": perplexity(nats),
        "baseline": baseline,
        "baseline_nats_per_char": baseline_nats,
    }
    if generator.unit == "lines":
        metrics |= novelty(generator, splits)
    return metrics


def write_docs(
    folder: Path, history: Sequence[dict[str, float]], metrics: dict[str, Any], unit: str
) -> None:
    """Write samples.txt, history.csv, metrics.json and the card into the checkpoint folder."""
    generator = NumpyGenerator.from_pretrained(folder)
    (folder / "samples.txt").write_text(samples(generator), encoding="utf-8")
    card = model_card(folder.name, metrics, unit)
    write_checkpoint_docs(folder, history=history, metrics=metrics, card=card)


def samples(generator: NumpyGenerator) -> str:
    """What the network writes at three settings."""
    parts = []
    for prompt, temperature, seed in SAMPLE_SETTINGS:
        text = generator.generate(prompt, 400, temperature, seed).text
        if generator.unit == "lines":
            text = "\n".join(text.split("\n")[:SHOWN_LINES])
        head = f"=== prompt {prompt!r}, temperature {temperature}, seed {seed}"
        parts.append(f"{head}\n{prompt}{text}\n")
    return "\n".join(parts)


def model_card(name: str, metrics: dict[str, Any], unit: str) -> ModelCard:
    """The card of a NumPy language model."""
    corpus, training = metrics["corpus"], metrics["training"]
    title = TITLES.get(corpus, corpus)
    if unit == "lines":
        split = "a tenth of the lines, drawn at random"
        data = (
            f"{title}: the different lines in an order drawn at random; eight tenths for training, "
            "one to choose the epoch, one read once, at the end."
        )
    else:
        split = "last 10 %"
        data = (
            f"{title}: the first 90 % for training (5 % of that, from its middle, to choose the "
            "epoch), the last 10 % read once, at the end."
        )
    source = f"--corpus {training['corpus']}" if training["text"] is None else "--text FILE"
    return ModelCard(
        name=name,
        title=name,
        task_tag="text-generation",
        description=(
            f"A recurrent language model over characters ({training['cell'].upper()}, "
            f"{training['hidden_size']} units), trained on {title} by RNN Lab in NumPy alone, with "
            "hand-written back-propagation through time "
            f"(`python -m training.scratch {source} --cell {training['cell']}`)."
        ),
        data=data,
        limits=(
            "It learned the look of its text, not its meaning; "
            "it knows only that text's characters."
        ),
        usage=(
            "from inference.scratch import NumpyGenerator\n\n"
            f'generator = NumpyGenerator.from_pretrained("weights/{name}")\n'
            'print(generator.line("", temperature=0.8, seed=1).text)'
        ),
        results=[
            Result(
                "nats_per_char", "Nats a character", metrics["validation_nats_per_char"], title,
                split, metrics["baseline"], metrics["baseline_nats_per_char"],
            )
        ],
        library="numpy",
    )  # fmt: skip
