"""Where the sentences of a review end, as far as that can be told from its words.

A guess by rules, no parser. A mark ends a sentence when what follows does not begin in lower case
(where nobody begins sentences with a capital letter, every mark but "..." does), but not after a
title ("Mr."), an initial ("J. Edgar") or a common abbreviation ("e.g."). It does NOT part sentences
that are typed without a blank between them ("bad.The"), and an abbreviation that does end a
sentence is overlooked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

_END = re.compile(r"[.!?]+[\"')\]]*$")
# Written with a mark that ends nothing. "no." stands for a number only before one.
_ABBREVIATIONS = {
    "mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "gen", "col", "capt", "lt", "sgt", "rev",
    "hon", "vs", "e.g", "i.e", "cf", "u.s", "u.k", "d.c",
}  # fmt: skip
_WRITER = re.compile(r"I(?:['’]\w+)?\W*")  # a capital anywhere
_INITIALS = re.compile(r"(?:[A-Za-z]\.)*[A-HJ-Z]")  # a last "I." is the writer, not a name


def sentence_spans(words: Sequence[str]) -> list[tuple[int, int]]:
    """First and one-past-last word of each sentence; together they are all words, in order."""
    cased = any(
        _END.search(word) and _first(following).isupper() and not _WRITER.fullmatch(following)
        for word, following in pairwise(words)
    )
    ends = [
        place
        for place, (word, following) in enumerate(pairwise(words), start=1)
        if _ends(word, following, cased)
    ]
    return list(pairwise([0, *ends, len(words)])) if words else []


def _ends(word: str, following: str, cased: bool) -> bool:
    """Whether a sentence ends with ``word``; ``cased``: they begin with capital letters here."""
    mark = _END.search(word)
    if mark is None:
        return False
    marks = mark.group().rstrip("\"')]")
    stem = word[: mark.start()].lstrip("\"'([")
    if marks == "." and _is_abbreviation(stem, following):
        return False
    return not (_first(following).islower() and (cased or marks.endswith("...")))


def _first(word: str) -> str:
    """The first letter or digit of a word; empty when it has none."""
    return next((character for character in word if character.isalnum()), "")


def _is_abbreviation(stem: str, following: str) -> bool:
    if stem.lower() == "no":
        return following[:1].isdigit()
    return stem.lower() in _ABBREVIATIONS or _INITIALS.fullmatch(stem) is not None
