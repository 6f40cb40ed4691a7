"""From dates that people write to arrays: cleaning, source strings and answers as numbers.

An answer is the date in ISO 8601, always ten characters: 1979-05-03. The written dates themselves
are made in ``data.written_dates``; the characters of the source side are a ``CharTokenizer``. This
module does NOT parse dates: that is what the network is for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ANSWER_CHARACTERS = "-0123456789"
ANSWER_LENGTH = len("1979-05-03")
FREE = "_"  # in a forced answer: a place that is left to the network
FREE_ID = -1

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
_ANSWER_ID = {character: number for number, character in enumerate(ANSWER_CHARACTERS)}
_YEAR = re.compile(r"[0-9]{4}")
_DAY_AND_MONTH = re.compile(r"(?<!\d)(\d{1,2})([/-])(\d{1,2})\2\d{4}(?!\d)")


@dataclass(frozen=True)
class Example:
    """A written date (as ``clean`` leaves it), its answer, and how it was written."""

    source: str
    answer: str
    style: str
    language: str  # an ISO 639 code; empty for dates of digits alone


def clean(text: str) -> str:
    """``text`` as the network reads it: NFKC (full-width digits become digits), every dash a
    hyphen, lower case, one blank for each run of white space, none at the ends."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_DASHES).lower().split())


def is_ambiguous(cleaned: str) -> bool:
    """Whether a date such as 3/5/1979 or 03-05-1979 stands in ``cleaned``, whose first number may
    be the day or the month. With dots the day comes first, in every language that uses them."""
    pairs = ((int(match[1]), int(match[3])) for match in _DAY_AND_MONTH.finditer(cleaned))
    return any(1 <= a <= 12 and 1 <= b <= 12 and a != b for a, b in pairs)


def has_year(cleaned: str) -> bool:
    """Whether ``cleaned`` has four digits in a row, without which a year can be of any century."""
    return _YEAR.search(cleaned) is not None


def has_day(cleaned: str) -> bool:
    """Whether ``cleaned`` has a digit that is not one of the year's four."""
    return re.search(r"[0-9]", _YEAR.sub("", cleaned, count=1)) is not None


def pad(sources: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Rows of tokens side by side: (N, T) int64, padded on the right with 0, and lengths (N,)."""
    lengths = np.array([len(source) for source in sources], dtype=np.int64)
    padded = np.zeros((len(sources), int(lengths.max())), dtype=np.int64)
    for row, source in zip(padded, sources, strict=True):
        row[: len(source)] = source
    return padded, lengths


def encode_answers(answers: Sequence[str]) -> np.ndarray:
    """Answers of ten characters as (N, 10) int64; FREE_ID where a character is FREE. KeyError for
    another character, ValueError for another length."""
    rows = [[FREE_ID if c == FREE else _ANSWER_ID[c] for c in answer] for answer in answers]
    if any(len(row) != ANSWER_LENGTH for row in rows):
        raise ValueError(f"an answer has {ANSWER_LENGTH} characters")
    return np.array(rows, dtype=np.int64)


def decode_answer(tokens: Sequence[int]) -> str:
    """The text of the tokens of one answer."""
    return "".join(ANSWER_CHARACTERS[token] for token in tokens)
