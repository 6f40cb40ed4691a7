"""The challenge file: short texts of this project's own, written to be hard, with the reason why.

``challenge.csv`` has the columns text, label, kind and reason. Rows come in pairs that differ in as
little as possible and have opposite labels, the positive one first: who does not read the word that
was turned gets one of the two wrong. None was taken from a data set. It is for testing only:
nothing is trained, chosen or tuned on it.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PATH = Path(__file__).with_name("challenge.csv")
COLUMNS = ("text", "label", "kind", "reason")
LABELS = {"negative": 0, "positive": 1}
# What each text is hard by, or easy.
KINDS = (
    "plain", "negation", "double negation", "contrast", "understatement", "sarcasm", "comparison",
    "conditional", "actors", "mixed", "slang", "typos", "capitals", "very short", "not a film",
    "misleading words",
)  # fmt: skip


@dataclass(frozen=True)
class Challenge:
    """N texts, what they say (``labels`` (N,), 1 positive and 0 negative), and why each is hard.

    Texts 2k and 2k + 1 are a pair of one kind, positive and negative.
    """

    texts: tuple[str, ...]
    labels: np.ndarray
    kinds: tuple[str, ...]
    reasons: tuple[str, ...]


def load_challenge(path: Path = PATH) -> Challenge:
    """Read a challenge file; ValueError, naming the line, where one is not as it should be."""
    with Path(path).open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise ValueError(f"{path} must have the columns {', '.join(COLUMNS)}")
        rows = list(reader)
    for line, row in enumerate(rows, start=2):
        if None in row or not all(row.values()):
            raise ValueError(f"{path}, line {line}: not one value for each column")
        if row["label"] not in LABELS or row["kind"] not in KINDS:
            raise ValueError(f"{path}, line {line}: label {row['label']!r}, kind {row['kind']!r}")
        expected = "positive" if line % 2 == 0 else "negative"
        if row["label"] != expected or row["kind"] != rows[(line - 2) // 2 * 2]["kind"]:
            raise ValueError(f"{path}, line {line}: not the {expected} half of a pair of one kind")
    if len(rows) % 2:
        raise ValueError(f"{path}: the last text has no pair")
    return Challenge(
        tuple(row["text"] for row in rows),
        np.array([LABELS[row["label"]] for row in rows], dtype=np.int64),
        tuple(row["kind"] for row in rows),
        tuple(row["reason"] for row in rows),
    )
