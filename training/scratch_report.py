"""The numbers and papers of a NumPy checkpoint: scores beside a baseline, samples, the model card.

Everything is measured through ``NumpyGenerator``, the class that the app ships.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data.generation import TextSplits
from inference.scratch import NumpyGenerator
from training.card import ModelCard, Result, write_checkpoint_docs
from training.corpora import CORPORA
from training.generation_report import samples, scores

SAMPLE_SETTINGS = (("", 0.5, 1), ("", 0.8, 2), ("", 1.0, 3))
TITLES = {name: source.title for name, source in CORPORA.items()}


def evaluate(folder: Path, splits: TextSplits) -> dict[str, Any]:
    """The numbers of record. Reads the validation text; call it when nothing is left to choose."""
    generator = NumpyGenerator.from_pretrained(folder)
    return scores(generator, splits, generator.unit)


def write_docs(
    folder: Path, history: Sequence[dict[str, float]], metrics: dict[str, Any], unit: str
) -> None:
    """Write samples.txt, history.csv, metrics.json and the card into the checkpoint folder."""
    generator = NumpyGenerator.from_pretrained(folder)
    text = samples(generator, generator.unit, SAMPLE_SETTINGS)
    (folder / "samples.txt").write_text(text, encoding="utf-8")
    card = model_card(folder.name, metrics, unit)
    write_checkpoint_docs(folder, history=history, metrics=metrics, card=card)


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
