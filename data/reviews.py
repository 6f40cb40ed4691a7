"""The film reviews that need no label: as one text for a language model, and one by one.

Left out are the reviews on which the classifier is chosen and calibrated, and every text that
stands in the test split too: whatever is measured on those was never read before, not even without
its label. Nothing here knows a vocabulary or a network.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from data.sentiment import clean, held_out_split
from data.sources import load_imdb

HELD_OUT, HELD_OUT_SEED = 2500, 0  # labelled reviews, for choices and calibration
RARE = 20  # a character seen less often is left out; its piece would stay as it was drawn


def language_model_text(data_dir: Path | None = None) -> str:
    """The training and unlabelled reviews as lines, a review a line. SourceError."""
    labelled = load_imdb("train", data_dir).texts
    kept, _ = held_out_split(labelled, HELD_OUT, HELD_OUT_SEED)
    texts = [labelled[row] for row in kept] + load_imdb("unsupervised", data_dir).texts
    forbidden = set(map(_line, load_imdb("test", data_dir).texts))
    return without_rare("".join(f"{line}\n" for line in map(_line, texts) if line not in forbidden))


def unlabelled_reviews(data_dir: Path | None = None) -> list[str]:
    """The unlabelled reviews of IMDB (Maas et al., 2011), each as ``language_model_text`` reads it,
    without copies of held-out labelled ones too. SourceError."""
    labelled = load_imdb("train", data_dir).texts
    _, held_out = held_out_split(labelled, HELD_OUT, HELD_OUT_SEED)
    kept_apart = load_imdb("test", data_dir).texts + [labelled[row] for row in held_out]
    forbidden = set(map(_line, kept_apart))
    lines = map(_line, load_imdb("unsupervised", data_dir).texts)
    return [line for line in lines if line not in forbidden]


def without_rare(text: str, least: int = RARE) -> str:
    """``text`` without the characters that it has fewer than ``least`` times."""
    rare = (character for character, count in Counter(text).items() if count < least)
    return text.translate(dict.fromkeys(map(ord, rare)))


def _line(text: str) -> str:
    return clean(text).lower()
