"""Simple features of a text, one number for each of its tokens, for correlations with units.

A feature says what stands there once the token has been read. They look at characters only and know
no network; "a name at the start of a line" looks ahead to the end of the line, as no network can.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

# What is inside, from the mark before it on; the last quote may be open.
QUOTES = re.compile(r'"([^"]*)"?|“([^”]*)”?')
SPEAKER = re.compile(r"^([A-Z][^:\n]{0,40}):$", re.MULTILINE)  # as a play names who speaks
VOWELS = "aeiouAEIOU"


def character_features(pieces: Sequence[str]) -> dict[str, np.ndarray]:
    """The features (T,) of a text's tokens by name: "inside quotes", "upper case", "after a vowel"
    and "a name at the start of a line" are 0 or 1, "place in the line" counts characters since the
    last newline. A token of several characters has the feature of its last one."""
    text = "".join(pieces)
    last = np.cumsum([len(piece) for piece in pieces]) - 1
    characters = np.array(list(text))
    newlines = np.where(characters == "\n", np.arange(len(text)), -1)
    features = {
        "inside quotes": _inside(QUOTES, text),
        "place in the line": np.arange(len(text)) - np.maximum.accumulate(newlines),
        "upper case": np.array([character.isupper() for character in text]),
        "after a vowel": np.isin(characters, list(VOWELS)),
        "a name at the start of a line": _inside(SPEAKER, text),
    }
    return {name: values[last].astype(np.float64) for name, values in features.items()}


def _inside(pattern: re.Pattern[str], text: str) -> np.ndarray:
    """At which characters of a text a match has begun and its group has not ended: once the mark
    that closes a quote has been read, what comes next stands outside."""
    found = np.zeros(len(text), bool)
    for match in pattern.finditer(text):
        found[match.start() : match.end(match.lastindex or 0)] = True
    return found
