"""Text <-> numbers for a language model: by characters, by words, by sub-words.

Each token stands for its *piece* of text, and every character of the training text is a piece of
its own, so a text of known characters comes back exactly from its tokens. No token means "unknown"
or "padding": whoever types "[PAD]" or "<unk>" has typed these characters. Words and sub-words are
learned within the runs of ``_WORD`` and never reach across them. Where the training text has no
upper case, what is typed in it is read in lower case.

Nothing here knows a network or reads a text file. Reviews are cut by ``data.sentiment``, which
lowers the case and pads.
"""

from __future__ import annotations

import functools
import json
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from tokenizers import Tokenizer as BpeTokenizer
from tokenizers import models, trainers

from data.errors import InputError

TOKENIZER_FILE = "tokenizer.json"

# A word with its inner apostrophes, or a run of marks, each with the blank before it; or a run of
# white space up to that blank. Every character is in exactly one run. The bound is for text without
# blanks (Chinese, a genome), which would be one word as long as the file.
_WORD = re.compile(r" ?\w{1,64}(?:['’]\w{1,64})*| ?[^\w\s]{1,64}|\s{1,64}(?= \S)|\s{1,64}")
_MIN_COUNT = 2  # what stands in a text once is not worth a piece
_REMEMBERED = 100_000  # words


@dataclass(frozen=True)
class Tokenizer(ABC):
    """What all tokenizers do; ``characters`` is sorted and without repeats."""

    kind: ClassVar[str]
    file_type: ClassVar[str]  # "type" in tokenizer.json

    characters: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.characters or list(self.characters) != sorted(set(self.characters)):
            raise ValueError(
                "the characters of a tokenizer must be sorted, single and at least one"
            )
        if any(len(character) != 1 for character in self.characters):
            raise ValueError("a character of a tokenizer must be one character")

    @cached_property
    def pieces(self) -> tuple[str, ...]:
        """The text of each token (V,): the characters, then what is longer."""
        return tuple(dict.fromkeys([*self.characters, *self._longer_pieces()]))

    @cached_property
    def _index(self) -> dict[str, int]:
        return {piece: token for token, piece in enumerate(self.pieces)}

    @property
    def vocab_size(self) -> int:
        """V, the number of pieces."""
        return len(self.pieces)

    @abstractmethod
    def encode(self, text: str) -> list[int]:
        """The tokens of ``known(text)``."""

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of some tokens."""
        return "".join(map(self.piece, tokens))

    def piece(self, token: int) -> str:
        """The text that ``token`` adds to what is written."""
        return self.pieces[token]

    @cached_property
    def _lowers(self) -> bool:
        return all(character == character.lower() for character in self.characters)

    def _fold(self, text: str) -> str:
        """``text``, as long as before, in lower case if there is no upper case to be read."""
        if not self._lowers or text.islower():
            return text
        # Letter by letter: a dotted capital I would become two, a last Sigma another letter.
        lowered = {ord(c): c.lower() for c in set(text)}
        return text.translate({c: lower for c, lower in lowered.items() if len(lower) == 1})

    def unseen(self, text: str) -> tuple[str, ...]:
        """The characters of ``text`` that cannot be read, each once, in order of appearance."""
        found = (c for c in set(text) if self._fold(c) not in self._index)
        return tuple(sorted(found, key=text.index))

    def known(self, text: str) -> str:
        """``text`` as it is read: without the characters that cannot be, and in lower case where
        no upper case was ever seen."""
        unseen = self.unseen(text)
        text = text.translate(dict.fromkeys(map(ord, unseen))) if unseen else text
        return self._fold(text)

    def save(self, folder: Path) -> None:
        """Write ``tokenizer.json`` into a checkpoint folder."""
        content = {"type": self.file_type, "characters": "".join(self.characters)}
        text = json.dumps(content | self._content(), ensure_ascii=False, indent=2)
        (Path(folder) / TOKENIZER_FILE).write_text(text + "\n", encoding="utf-8")

    def _longer_pieces(self) -> Iterable[str]:
        """The pieces of more than one character."""
        return ()

    def _content(self) -> dict[str, list]:
        """What the file holds besides type and characters."""
        return {}


@dataclass(frozen=True)
class CharTokenizer(Tokenizer):
    """One token a character: its place in ``characters``."""

    kind = "char"
    file_type = "characters"

    @classmethod
    def from_text(cls, text: str) -> CharTokenizer:
        """The tokenizer of all characters of ``text``; InputError when it is empty."""
        return cls(_characters(text))

    def encode(self, text: str) -> list[int]:
        """See Tokenizer."""
        return [self._index[c] for c in self.known(text)]


class _RunTokenizer(Tokenizer):
    """A tokenizer that cuts each run of ``_WORD`` by itself."""

    def encode(self, text: str) -> list[int]:
        """See Tokenizer."""
        cut = self._remembered_cut
        return [token for word in _words(self.known(text)) for token in cut(word)]

    @cached_property
    def _remembered_cut(self) -> Callable[[str], list[int]]:
        return functools.lru_cache(_REMEMBERED)(self._cut)  # texts say the same words many times

    @abstractmethod
    def _cut(self, word: str) -> list[int]:
        """The tokens of one run of known characters."""


@dataclass(frozen=True)
class WordTokenizer(_RunTokenizer):
    """One token a frequent word (with the blank before it) or mark; rare words are spelled."""

    kind = "word"
    file_type = "words"

    words: tuple[str, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        known = set(self.characters)
        if any(len(word) < 2 or not known.issuperset(word) for word in self.words):
            raise ValueError("a word must be two or more of the tokenizer's characters")
        if len(set(self.words)) < len(self.words):
            raise ValueError("the words of a tokenizer must be different")

    @classmethod
    def train(cls, text: str, vocab_size: int, alphabet: str = "") -> WordTokenizer:
        """The words of ``text`` that stand in it twice or more, the most frequent first; the
        arguments are those of ``train_tokenizer``."""
        characters = _characters(text + alphabet, vocab_size)
        counts = Counter(_words(text))
        repeated = (w for w, count in counts.items() if count >= _MIN_COUNT and len(w) > 1)
        ranked = sorted(repeated, key=lambda word: (-counts[word], word))
        return cls(characters, tuple(ranked[: vocab_size - len(characters)]))

    def _longer_pieces(self) -> Iterable[str]:
        return self.words

    def _content(self) -> dict[str, list]:
        return {"words": list(self.words)}

    def _cut(self, word: str) -> list[int]:
        token = self._index.get(word)
        return [self._index[c] for c in word] if token is None else [token]


@dataclass(frozen=True)
class SubwordTokenizer(_RunTokenizer):
    """Byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909) over whole characters: within a
    word neighbours are merged in the order of ``merges``, the most frequent pairs first."""

    kind = "subword"
    file_type = "subwords"

    merges: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        known = set(self.characters)
        for first, second in self.merges:
            if not {first, second} <= known:
                raise ValueError(f"the merge of {first!r} and {second!r} comes before its parts")
            known.add(first + second)
        if len(set(self.merges)) < len(self.merges):
            raise ValueError("the merges of a tokenizer must be different")

    @classmethod
    def train(cls, text: str, vocab_size: int, alphabet: str = "") -> SubwordTokenizer:
        """The merges of the pairs that stand in ``text`` twice or more; the same text gives the
        same merges. The arguments are those of ``train_tokenizer``."""
        characters = _characters(text + alphabet, vocab_size)
        # No mark inside words ("##"): with one, the library numbers the marked characters in the
        # order of a hash table, and breaks ties between pairs by these numbers.
        trainer = trainers.BpeTrainer(
            vocab_size=vocab_size, min_frequency=_MIN_COUNT, initial_alphabet=list(characters),
            show_progress=False,
        )  # fmt: skip
        library = BpeTokenizer(models.BPE())
        library.train_from_iterator(_words(text), trainer)
        merges = map(tuple, json.loads(library.to_str())["model"]["merges"])
        # A pair can come up anew after other merges have made the same piece in another way.
        return cls(characters, tuple(dict.fromkeys(merges)))

    @cached_property
    def _bpe(self) -> models.BPE:
        return models.BPE(vocab=self._index, merges=list(self.merges))

    def _longer_pieces(self) -> Iterable[str]:
        return (first + second for first, second in self.merges)

    def _content(self) -> dict[str, list]:
        return {"merges": [list(pair) for pair in self.merges]}

    def _cut(self, word: str) -> list[int]:
        return [token.id for token in self._bpe.tokenize(word)]


TOKENIZERS: dict[str, type[Tokenizer]] = {
    cls.kind: cls for cls in (CharTokenizer, WordTokenizer, SubwordTokenizer)
}


def train_tokenizer(kind: str, text: str, vocab_size: int, alphabet: str = "") -> Tokenizer:
    """A tokenizer of ``kind`` "char", "word" or "subword", learned from ``text``.

    It has at most ``vocab_size`` pieces (one by characters has as many as there are). All
    characters of ``text`` are among them, and those of ``alphabet``, a text of which nothing else
    is learned, such as the one kept for validation. Raises InputError for an empty text, or when
    the characters alone are more than ``vocab_size``.
    """
    if kind == CharTokenizer.kind:
        return CharTokenizer.from_text(text + alphabet)
    learners = {cls.kind: cls for cls in (WordTokenizer, SubwordTokenizer)}
    return learners[kind].train(text, vocab_size, alphabet)


def load_tokenizer(folder: Path) -> Tokenizer:
    """Read the ``tokenizer.json`` of a checkpoint; ValueError that names the file when it is
    missing or damaged."""
    path = Path(folder) / TOKENIZER_FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        types = {cls.file_type: cls for cls in TOKENIZERS.values()}
        cls = types[content.pop("type")]
        return cls(**{name: _as_tuple(values) for name, values in content.items()})
    except FileNotFoundError:
        raise ValueError(f"{path} is missing.") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is not the tokenizer of a text network.") from error


def _as_tuple(values: Iterable) -> tuple:
    """JSON has no tuples; a string is the tuple of its characters."""
    return tuple(tuple(item) if isinstance(item, list) else item for item in values)


def _characters(text: str, vocab_size: int | None = None) -> tuple[str, ...]:
    """The characters of ``text``, sorted; InputError when there are none or too many."""
    characters = tuple(sorted(set(text)))
    if not characters:
        raise InputError("The text is empty; give a text to learn from.")
    if vocab_size is not None and len(characters) > vocab_size:
        raise InputError(
            f"The text has {len(characters):,} different characters, more than the {vocab_size:,} "
            "pieces of the vocabulary; raise --vocab-size, or read it by characters."
        )
    return characters


def _words(text: str) -> Iterator[str]:
    """``text`` in the runs of ``_WORD``; joined they are the text again."""
    return (match.group() for match in _WORD.finditer(text))
