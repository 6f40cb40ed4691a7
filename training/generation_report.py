"""The numbers and papers of a language model: scores beside a baseline, samples, the model card.

Everything is measured through ``TextGenerator``, the class that the app ships.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data.generation import TextSplits
from data.names import distinct_share, mean_distance, new_share
from inference.generation import LanguageGenerator, TextGenerator
from training.baselines import best_ngram, goal_ngram
from training.card import ModelCard, Result, write_checkpoint_docs
from training.corpora import REVIEW_SHARES, Corpus
from training.metrics import bits_per_char, perplexity

COLD_WINDOW = 256  # tokens, as nanoGPT's published figures are measured
SAMPLE_LENGTH = 400  # tokens
SampleSetting = tuple[str, float, int]
SAMPLE_SETTINGS = (("ROMEO:", 0.8, 1), ("To be, or not to be", 0.5, 2), ("", 1.0, 3))
REVIEW_SETTINGS = (("this film", 0.8, 1), ("i hated", 0.6, 2), ("", 1.0, 3))
# By the unit of a corpus: the part that is kept out, and which part chooses the epoch.
SPLITS = {
    "windows": ("last 10 %", "{:.0%} of the rest, from its middle"),
    "lines": ("a tenth of the lines, drawn at random", "{:.0%} of the lines"),
    "reviews": ("1.4 % of the reviews, drawn at random", "{:.1%} of the reviews"),
}
SAMPLED_LINES = 500  # for the share of new names
SHOWN_LINES = 12


def goals(corpus: Corpus) -> dict[str, Any]:
    """What a network on ``corpus`` has to beat while it learns, in nats a character of the
    selection text: guessing evenly among its characters, and counting them."""
    kinds = len(set(corpus.text))
    baseline, nats = goal_ngram(corpus.splits, kinds, _lead(corpus.unit))
    return {
        "characters": len(corpus.text),
        "kinds": kinds,
        "even_nats_per_char": math.log(kinds),
        "baseline": baseline,
        "baseline_nats_per_char": nats,
    }


def evaluate(folder: Path, corpus: Corpus) -> dict[str, Any]:
    """The numbers of record, beside the best n-gram model of characters. Reads the validation text;
    call it once, when nothing is left to choose."""
    generator = TextGenerator.from_pretrained(folder)
    metrics = scores(generator, corpus.splits, corpus.unit)
    if corpus.unit == "lines":
        return metrics
    cold = generator.nats_per_char(corpus.splits.validation, COLD_WINDOW)
    return metrics | {"validation_nats_per_char_cold": cold, "cold_window": COLD_WINDOW}


def scores(generator: LanguageGenerator, splits: TextSplits, unit: str) -> dict[str, Any]:
    """How well the validation text is foreseen, beside the best n-gram model of characters (its
    order chosen, like the epoch, on the selection text); of a list also how new its lines are."""
    nats = generator.nats_per_char(splits.validation)
    baseline, baseline_nats = best_ngram(splits, len(set(splits.text)), _lead(unit))
    metrics = {
        "validation_characters": len(splits.validation),
        "validation_nats_per_char": nats,
        "validation_bits_per_char": bits_per_char(nats),
        "validation_perplexity": perplexity(nats),
        "baseline": baseline,
        "baseline_nats_per_char": baseline_nats,
    }
    return metrics | (novelty(generator, splits) if unit == "lines" else {})


def _lead(unit: str) -> str:
    """What stands before a text: lines are guessed from their first character on, so a newline."""
    return "\n" if unit == "lines" else ""


def novelty(generator: LanguageGenerator, splits: TextSplits) -> dict[str, Any]:
    """How new the lines are that are drawn at temperature 1: the share that stands nowhere in the
    list, the share of different ones, and the mean edit distance to the nearest line learned from,
    beside that of the real lines that were kept out."""
    lines = [generator.line("", 100, 1.0, seed).text for seed in range(SAMPLED_LINES)]
    learned, kept_out = (
        (splits.train + splits.selection).splitlines(),
        splits.validation.splitlines(),
    )
    return {
        "sampled_lines": len(lines),
        "new_share": new_share(lines, {*learned, *kept_out}),
        "distinct_share": distinct_share(lines),
        "distance_to_nearest": mean_distance(lines, learned),
        "distance_to_nearest_of_real": mean_distance(kept_out, learned),
    }


def write_docs(folder: Path, history: Sequence[dict[str, float]], metrics: dict[str, Any]) -> None:
    """Write samples.txt, history.csv, metrics.json and the card into the checkpoint folder."""
    generator = TextGenerator.from_pretrained(folder)
    settings = REVIEW_SETTINGS if metrics["unit"] == "reviews" else SAMPLE_SETTINGS
    text = samples(generator, metrics["unit"], settings)
    (folder / "samples.txt").write_text(text, encoding="utf-8")
    card = model_card(folder.name, metrics)
    write_checkpoint_docs(folder, history=history, metrics=metrics, card=card)


def samples(generator: LanguageGenerator, unit: str, settings: Sequence[SampleSetting]) -> str:
    """What the network writes at each of ``settings``: prompt, temperature and seed."""
    parts = []
    for prompt, temperature, seed in settings:
        if unit == "lines" or generator.tokenizer.unseen(prompt):
            prompt = ""
        text = generator.generate(prompt, SAMPLE_LENGTH, temperature, seed).text
        if unit == "lines":
            text = "\n".join(text.split("\n")[:SHOWN_LINES])
        head = f"=== prompt {prompt!r}, temperature {temperature}, seed {seed}"
        parts.append(f"{head}\n{prompt}{text}\n")
    return "\n".join(parts)


def model_card(name: str, metrics: dict[str, Any]) -> ModelCard:
    """The card of a language model."""
    title, training, unit = metrics["title"], metrics["training"], metrics["unit"]
    usual = {"windows": 0.05, "lines": 0.1, "reviews": REVIEW_SHARES["selection_share"]}[unit]
    split, choosing = SPLITS[unit]
    choosing = choosing.format(training["selection_share"] or usual)
    data = (
        f"{title}. Kept out and read once, at the end: {split}; kept to choose the epoch: "
        f"{choosing}; the rest is for training."
    )
    measures = [("nats_per_char", "Nats a character, one pass with carried state",
                 "validation_nats_per_char")]  # fmt: skip
    if unit != "lines":
        measures.append((
            "nats_per_char_cold", f"Nats a character, windows of {metrics['cold_window']} from a "
            "zero state", "validation_nats_per_char_cold",
        ))  # fmt: skip
    source = f"--corpus {training['corpus']}" if training["text"] is None else "--text FILE"
    token = {"char": "characters", "word": "words", "subword": "sub-words"}[metrics["tokenizer"]]
    return ModelCard(
        name=name,
        title=name,
        task_tag="text-generation",
        description=(
            f"A recurrent language model over {token} ({metrics['cell']}, "
            f"{metrics['parameters']:,} parameters), trained on {title} by RNN Lab "
            f"(`python -m training.generation {source} --cell {metrics['cell']}`)."
        ),
        data=data,
        limits=(
            "It learned the look of its text, not its meaning; "
            "it knows only that text's characters."
        ),
        usage=(
            "from inference.generation import TextGenerator\n\n"
            f'generator = TextGenerator.from_pretrained("weights/{name}")\n'
            "print(generator.generate(max_new_tokens=300, temperature=0.8, seed=1).text)"
        ),
        results=[
            Result(
                metric, measure, metrics[key], title, split,
                metrics["baseline"], metrics["baseline_nats_per_char"],
            )
            for metric, measure, key in measures
        ],
    )  # fmt: skip
