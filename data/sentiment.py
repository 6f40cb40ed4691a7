"""Film reviews as text -> sub-word pieces -> padded batches of token numbers.

`clean` is the one door for text: training and use both go through it, so that what the network
reads in the app is what it was trained on. The pieces are those of the language model that the
network begins as (`data.tokenizers`); `cut` knows to which typed word each piece belongs.
`held_out_split`, `cut_spans`, `bucketed` and `ReviewBatches` make the batches of an epoch as a pure
function of (reviews, seed, epoch).

It does NOT read or download reviews (data/sources.py does), know any network, or judge whether a
text is worth an answer (inference/sentiment.py does).
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.tokenizers import Tokenizer

PADDING_ID = 0  # what stands behind the end of a review in a batch; no network reads it
START = "\n"  # the piece that stands before every text, in the language model's training too

_TAG = re.compile(r"</?[A-Za-z!][^<>]{0,200}>")
# Control characters and halves of broken surrogate pairs part words; invisible format characters
# do not.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_TYPOGRAPHY = str.maketrans({
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u02bc": "'", "\u00b4": "'",
    "`": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u00ab": '"', "\u00bb": '"',
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": " - ", "\u2015": " - ",
    "\u2026": "...",
})  # fmt: skip
# Entities may be escaped more than once ("&amp;quot;"); a bound keeps a hostile text from costing
# n passes.
_UNESCAPE_PASSES = 3
_UNIT = re.compile(r"\w+(?:'\w+)*|[^\w\s]+")  # a word with its inner apostrophes, a run of marks
_SENTENCE_MARKS = (".", "!", "?")


def clean(text: str) -> str:
    """Plain text of a review in single-spaced words, as training and use both see it.

    HTML tags become spaces, entities the characters they stand for (up to three levels deep),
    curly quotes and dashes their typewriter forms; letters are composed (Unicode NFC). Case is
    kept: the tokenizer lowers it, and the reader sees the words as typed.
    """
    for _ in range(_UNESCAPE_PASSES):
        before = text
        text = unicodedata.normalize("NFC", html.unescape(text))
        text = _TAG.sub(" ", _CONTROL.sub(" ", _INVISIBLE.sub("", text)))
        if text == before:
            break
    text = text.translate(_TYPOGRAPHY)
    return " ".join(text.split())


@dataclass(frozen=True)
class Pieces:
    """One text, cut.

    ids: (T,) int32, the piece numbers. words: the W words as typed (runs without a space in the
    cleaned text). spans: (W, 2) first and one-past-last character of each word in the cleaned
    text. last_piece: (W,) position in ids of the last piece of each word.
    """

    ids: np.ndarray
    words: tuple[str, ...]
    spans: np.ndarray
    last_piece: np.ndarray


def encode(tokenizer: Tokenizer, texts: Sequence[str]) -> list[np.ndarray]:
    """Piece numbers of cleaned texts: one (T,) int32 array each, empty where nothing is known."""
    return [np.array(tokenizer.encode(_read(tokenizer, text)[0]), dtype=np.int32) for text in texts]


def _read(tokenizer: Tokenizer, text: str) -> tuple[str, Sequence[int]]:
    """What of a cleaned text is read, single-spaced, and where each character of it stands there.

    Characters that were never seen are left out, with the blanks that they would leave behind.
    """
    unseen = set(tokenizer.unseen(text))
    if not unseen:
        return text, range(len(text))
    places: list[int] = []
    for place, character in enumerate(text):
        if character in unseen or (character == " " and not places):
            continue
        if character == " " and text[places[-1]] == " ":
            places.pop()  # the blank that is read goes with the word behind it
        places.append(place)
    if places and text[places[-1]] == " ":
        places.pop()
    return "".join(text[place] for place in places), places


def cut(tokenizer: Tokenizer, text: str) -> Pieces:
    """Cut one cleaned text and say which pieces end which word."""
    read, places = _read(tokenizer, text)
    ids = tokenizer.encode(read)
    lengths = [len(tokenizer.piece(i)) for i in ids]
    # Where in the text each piece begins.
    starts = np.array(places, dtype=np.int64)[np.cumsum([0, *lengths[:-1]])[: len(ids)]]
    matches = list(re.finditer(r"\S+", text))
    spans = np.array([match.span() for match in matches], dtype=np.int64).reshape(-1, 2)
    # The last piece that starts before the end of the word.
    last = np.maximum(np.searchsorted(starts, spans[:, 1]) - 1, 0)
    return Pieces(
        np.array(ids, dtype=np.int32), tuple(match.group() for match in matches), spans, last
    )


def fragmentation(text: str, pieces: int) -> float:
    """``pieces`` of a cleaned text per word or run of marks: 1 when all are known whole, nan when
    there is none. English reviews have about 1.1, other languages often 2."""
    units = len(_UNIT.findall(text))
    return pieces / units if units else float("nan")


def sentence_marks(tokenizer: Tokenizer) -> np.ndarray:
    """Numbers of the pieces that end a sentence: those with a '.', '!' or '?'."""
    marks = (i for i, piece in enumerate(tokenizer.pieces) if set(piece) & set(_SENTENCE_MARKS))
    return np.array(sorted(marks), dtype=np.int32)


def held_out_split(texts: Sequence[str], count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the reviews to train on and of about `count` reviews to validate on.

    Copies of a review (equal once cleaned, whatever the case) stay on one side, so that the
    network is never validated on what it has learnt by heart. Both arrays are sorted.
    """
    groups: dict[str, list[int]] = {}
    for position, text in enumerate(texts):
        groups.setdefault(clean(text).lower(), []).append(position)
    copies = list(groups.values())
    held_out: list[int] = []
    for group in np.random.default_rng(seed).permutation(len(copies)):
        if len(held_out) >= count:
            break
        held_out.extend(copies[group])
    valid = np.array(sorted(held_out), dtype=np.int64)
    return np.setdiff1d(np.arange(len(texts)), valid), valid


def cut_spans(
    reviews: Sequence[np.ndarray], marks: np.ndarray, probability: float, max_pieces: int,
    rng: np.random.Generator,
) -> np.ndarray:  # fmt: skip
    """(N, 2) first and one-past-last piece to read of each review.

    With the given probability a review is cut to a few whole sentences in a row (people type one
    or two, reviews have a dozen); whatever is still longer than max_pieces is cut to that many,
    somewhere.
    """
    spans = np.array([(0, len(review)) for review in reviews], dtype=np.int64).reshape(-1, 2)
    cut = rng.random(len(reviews)) < probability
    wanted = rng.geometric(0.35, len(reviews))  # sentences: 2.9 on average
    place = rng.random((len(reviews), 2))
    for i in np.flatnonzero(cut):
        edges = np.append(np.flatnonzero(np.isin(reviews[i], marks)) + 1, len(reviews[i]))
        edges = np.unique(np.append(0, edges))
        first = int(place[i, 0] * max(len(edges) - wanted[i], 1))
        spans[i] = edges[first], edges[min(first + wanted[i], len(edges) - 1)]
    excess = spans[:, 1] - spans[:, 0] - max_pieces
    long = excess > 0
    spans[long, 0] += (place[long, 1] * (excess[long] + 1)).astype(np.int64)
    spans[long, 1] = spans[long, 0] + max_pieces
    return spans


def bucketed(
    lengths: np.ndarray, batch_size: int, rng: np.random.Generator | None
) -> list[np.ndarray]:
    """Positions of each batch, so that a batch holds reviews of like length and little is padding.

    With rng: reviews are shuffled, sorted by length within pools of 50 batches, and the batches
    shuffled. Without: plain order of length, for evaluation.
    """
    if rng is None:
        order = np.argsort(lengths, kind="stable")
        return [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
    order = rng.permutation(len(lengths))
    batches = []
    for start in range(0, len(order), 50 * batch_size):
        pool = order[start : start + 50 * batch_size]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        batches.extend(pool[i : i + batch_size] for i in range(0, len(pool), batch_size))
    return [batches[i] for i in rng.permutation(len(batches))]


def pad(reviews: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Reviews as tokens (N, T) int64, padded on the right, and their lengths (N,)."""
    lengths = np.array([len(review) for review in reviews], dtype=np.int64)
    tokens = np.full((len(reviews), int(lengths.max(initial=0))), PADDING_ID, dtype=np.int64)
    for row, review in zip(tokens, reviews, strict=True):
        row[: len(review)] = review
    return tokens, lengths


# Tokens (N, T) and lengths (N,), int64, and targets (N,): labels, or probabilities of "positive".
Batch = tuple[np.ndarray, np.ndarray, np.ndarray]


class ReviewBatches(Sequence):
    """The batches of one epoch, padded when asked for; a slice is the batches left to do."""

    def __init__(
        self,
        reviews: Sequence[np.ndarray],
        targets: np.ndarray,
        spans: np.ndarray,
        order: list[np.ndarray],
    ) -> None:
        self._reviews, self._targets, self._spans, self._order = reviews, targets, spans, order

    @classmethod
    def of_epoch(
        cls, reviews: Sequence[np.ndarray], targets: np.ndarray, marks: np.ndarray, *,
        batch_size: int, cut_probability: float, max_pieces: int, seed: int, epoch: int,
    ) -> ReviewBatches:  # fmt: skip
        """Shuffled and cut for training; the same seed and epoch give the same batches."""
        rng = np.random.default_rng([seed, epoch])
        spans = cut_spans(reviews, marks, cut_probability, max_pieces, rng)
        return cls(reviews, targets, spans, bucketed(spans[:, 1] - spans[:, 0], batch_size, rng))

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, index: int | slice) -> Batch | ReviewBatches:
        if isinstance(index, slice):
            return ReviewBatches(self._reviews, self._targets, self._spans, self._order[index])
        rows = self._order[index]
        cut = [self._reviews[row][slice(*self._spans[row])] for row in rows]
        return *pad(cut), self._targets[rows]
