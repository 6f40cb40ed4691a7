"""What a language model learns from: a corpus of the house or a person's own file, cut in parts.

Flags in, a frozen ``Corpus`` out, with a sentence for each reason why the result may disappoint.
Nothing here turns text into numbers (``data.tokenizers``) or trains.
"""

from __future__ import annotations

import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from data.errors import InputError
from data.generation import MIN_LINES, TextSplits, split_lines, split_text
from data.reviews import language_model_text
from data.sources import load_dinosaurs, load_shakespeare
from data.text_files import read_text

MIN_CHARACTERS = 1_000  # of running text; below, the selection text is a sentence
# From so many characters on a network writes well by these tokens: users of char-rnn's kind found
# 200 kB too little; the smallest corpus in use for words, the Penn Treebank, has 5 million.
ENOUGH = {"char": 500_000, "subword": 2_000_000, "word": 5_000_000}
TOKENS = {"char": "characters", "subword": "sub-words", "word": "words"}
ENOUGH_LINES = 1_000
MANY_CHARACTERS = 300  # different ones; an English book has about 100
SHORT_LINE = 40  # characters; a list has mostly lines of at most so many
# English repeats a third of its runs of 6 characters within 20,000; drawn letters hardly any.
REPEATED_RUN, REPEATED_SHARE, REPEATED_IN = 6, 0.05, 200_000
COPIED_RUN, COPIED_SHARE, COPIED_CHECKS = 50, 0.1, 100


@dataclass(frozen=True)
class Source:
    """A corpus of the house: its title, its unit, and who loads it from a data folder."""

    title: str
    unit: str
    load: Callable[[Path | None], str]


CORPORA = {
    "shakespeare": Source("Tiny Shakespeare", "windows", load_shakespeare),
    "dinosaurs": Source(
        "Dinosaur names", "lines", lambda data_dir: load_dinosaurs(data_dir).lower()
    ),
    "reviews": Source("IMDB film reviews", "reviews", language_model_text),
}
# Reviews are many: of a hundredth of them the loss is known to a thousandth of a nat.
REVIEW_SHARES = {"validation_share": 0.014, "selection_share": 0.007}


@dataclass(frozen=True)
class Corpus:
    """A text to learn from.

    ``name`` can be part of a folder's name. ``unit``: "windows" are pieces of one running text,
    "lines" are texts of their own, such as names, in an order drawn at random, "reviews" are lines
    too, but long enough to be read like a running text. ``warnings`` are sentences for whoever
    started the training.
    """

    name: str
    title: str
    splits: TextSplits
    warnings: tuple[str, ...]
    unit: str

    @property
    def text(self) -> str:
        """All parts, one after the other."""
        return self.splits.text


def load(
    corpus: str,
    text: str | None,
    data_dir: Path | None,
    selection_share: float | None = None,
    *,
    tokenizer: str = "char",
    unit: str = "auto",
) -> Corpus:
    """The corpus of that name, or the UTF-8 file ``text`` instead of it.

    ``selection_share`` is that of ``split_text`` or ``split_lines``; None is theirs. ``tokenizer``
    ("char", "word", "subword") decides what is a small text. ``unit`` is "windows", "lines" or
    "auto": that of the corpus; of a file "lines" for short lines in alphabetical order, which are a
    list. Raises InputError for what cannot be learned, SourceError when a corpus cannot be had.
    """
    if selection_share is not None and not 0 < selection_share < 0.5:
        raise InputError(f"selection_share is {selection_share:g}; give a share from 0 to 0.5.")
    if text is not None:
        content, usual = read_text(text), "auto"
        name = title = safe_name(Path(text).stem)
    elif corpus in CORPORA:
        source = CORPORA[corpus]
        content, usual, name, title = source.load(data_dir), source.unit, corpus, source.title
    else:
        raise InputError(
            f"There is no corpus {corpus!r} (there: {', '.join(CORPORA)}); give a file by --text."
        )
    unit = usual if unit == "auto" else unit
    if unit == "auto":
        unit = "lines" if _is_list(content) else "windows"
    splits = _split(content, unit, selection_share)
    return Corpus(name, title, splits, tuple(_warnings(content, splits, unit, tokenizer)), unit)


def safe_name(stem: str) -> str:
    """``stem`` as a part of a folder's name: letters, digits, "_", "." and "-" in its middle, at
    most 60. The names of the house's corpora get "-own", so that no file passes for one of them."""
    # Some file systems write an accent apart from its letter.
    name = re.sub(r"[^\w.]+", "-", unicodedata.normalize("NFC", stem))
    name = name[:60].strip("-._") or "text"
    return f"{name}-own" if name.casefold() in CORPORA else name


def _split(text: str, unit: str, selection_share: float | None) -> TextSplits:
    share = {} if selection_share is None else {"selection_share": selection_share}
    if unit == "lines":
        return split_lines(text, **share)
    if unit == "reviews":
        return split_lines(text, **REVIEW_SHARES | share)
    if len(text) < MIN_CHARACTERS:
        raise InputError(
            f"The text has {len(text):,} characters, too few to learn from; "
            f"give at least {MIN_CHARACTERS:,}, better {ENOUGH['char']:,} or more."
        )
    return split_text(text, **share)


def _is_list(text: str) -> bool:
    """Whether the lines are short and nine in ten stand in alphabetical order."""
    lines = [line.strip().casefold() for line in text.splitlines() if line.strip()]
    if len(lines) < MIN_LINES or statistics.median(map(len, lines)) > SHORT_LINE:
        return False
    return statistics.fmean(a <= b for a, b in pairwise(lines)) >= 0.9


def _warnings(text: str, splits: TextSplits, unit: str, tokenizer: str) -> Iterator[str]:
    """A sentence for each reason why the network may disappoint, with what to do about it."""
    if unit == "windows" and len(text) < ENOUGH[tokenizer]:
        otherwise = "expect little" if tokenizer == "char" else "read it by characters"
        yield (
            f"The text has {len(text):,} characters; a network on {TOKENS[tokenizer]} wants "
            f"{ENOUGH[tokenizer]:,} or more, so add text, or {otherwise}."
        )
    lines = splits.train.count("\n")
    if unit == "lines" and lines < ENOUGH_LINES:
        yield (
            f"The list has {lines:,} different lines to train on; with fewer than "
            f"{ENOUGH_LINES:,} the network mostly repeats them, so add some."
        )
    characters = len(set(text))
    if characters > MANY_CHARACTERS:
        yield (
            f"The text has {characters:,} different characters, and the network learns little of "
            "the rare ones; replace those that do not matter."
        )
    if unit == "windows" and repeated_share(text) < REPEATED_SHARE:
        yield (
            f"Hardly any run of {REPEATED_RUN} characters stands in the text twice, so there is "
            "little to learn from it; check that it is written language."
        )
    if unit == "windows" and (copied := copied_share(splits)) > COPIED_SHARE:
        yield (
            f"About {copied:.0%} of the validation text stands word for word in the training "
            "text, so the validation loss is too good to be true; remove the copies."
        )


def repeated_share(text: str) -> float:
    """Of the runs of ``REPEATED_RUN`` characters at the start of ``text`` (its first
    ``REPEATED_IN`` characters), the share that stands there more than once; 0 for no run."""
    text = text[:REPEATED_IN]
    runs = Counter(text[i : i + REPEATED_RUN] for i in range(len(text) - REPEATED_RUN + 1))
    return sum(count for count in runs.values() if count > 1) / max(1, runs.total())


def copied_share(splits: TextSplits) -> float:
    """Of ``COPIED_CHECKS`` evenly spaced runs of ``COPIED_RUN`` characters of the validation text,
    the share that stands verbatim in the training text; 0 for a shorter text."""
    text = splits.validation
    starts = range(0, len(text) - COPIED_RUN + 1, max(1, len(text) // COPIED_CHECKS))
    found = sum(text[i : i + COPIED_RUN] in splits.train for i in starts)
    return found / max(1, len(starts))
