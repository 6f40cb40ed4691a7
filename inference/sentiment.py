"""Reviews in, verdicts out: the predictor of the page, the command line and the evaluation.

`SentimentClassifier.predict` answers or raises; `predict_each` is for files, where one bad line
must not cost the others. Reviews are read whole, in batches of like length, and come back in
their order. It does NOT train, draw, read files or download.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from data.errors import InputError
from data.sentiment import START, clean, cut, encode, fragmentation, pad
from data.tokenizers import Tokenizer
from inference.predictions import SentimentPrediction
from inference.vocabulary import load_tokenizer
from models.checkpoint import CheckpointError, load_config, load_weights
from models.places import locate
from models.sentiment import START_ID, SentimentConfig, SentimentNetwork

TASK = "sentiment"
NEGATIVE, POSITIVE = "negative", "positive"
MAX_CHARACTERS = 100_000  # per review, before cleaning
NOT_SURE = (0.4, 0.6)  # P(positive) between these is no verdict
WHOLE, FORWARD_HALF = "whole network", "forward half"  # whose the running probability is
SHOWN_UNSEEN = 10  # characters
SHORT_WORDS = 4  # fewer words than this are called very short
# Bounds on memory, not on input: reviews that are cut and sorted at a time, and piece positions
# per batch.
GROUP = 2_048
BATCH_PIECES = 4_096
GOLDEN_RATIO = (5**0.5 - 1) / 2  # its multiples, less their whole part, are spread evenly
FOREIGN_LETTERS = 0.3  # share of letters beyond ASCII
# Pieces per word above which a text looks foreign, with and without a common English word in it.
# Of the first and last four words of English reviews 5 in 100 are above, of twenty 1 in 700.
FOREIGN_FRAGMENTATION = {True: 2.5, False: 1.3}
ENOUGH_WORDS = 3  # fewer words say nothing about the language
_MARKS = ".,;:!?'\"()-"
# Common in English and not words of its neighbours ("was", "in" and "no" are).
_ENGLISH = {"the", "and", "of", "to", "is", "it", "this", "that", "with", "for"} | {
    "but", "not", "i", "you", "they", "my", "are"
}  # fmt: skip

Progress = Callable[[int, int], None]  # (reviews done, reviews in all)
T = TypeVar("T")


class SentimentClassifier:
    """Judges film reviews in English with a network from a checkpoint folder."""

    def __init__(
        self,
        config: SentimentConfig,
        network: SentimentNetwork,
        tokenizer: Tokenizer,
        name: str,
    ) -> None:
        self.config, self.network = config, network.eval()
        self.tokenizer, self.name = tokenizer, name

    @classmethod
    def from_pretrained(
        cls,
        place: str | Path,
        device: str | torch.device = "cpu",
        revision: str | None = None,
    ) -> SentimentClassifier:
        """Load a checkpoint folder, or USER/NAME of the Hub (`models.places`), whose name is the
        model's.

        Raises CheckpointError, naming the file, when one is missing, broken or of another model.
        """
        folder, name = locate(place, revision)
        config = load_config(folder, TASK, SentimentConfig)
        tokenizer = load_tokenizer(folder, config.vocab_size)
        if tokenizer.piece(START_ID) != START:
            raise CheckpointError(f"{folder / 'tokenizer.json'} has no piece to begin a review.")
        network = SentimentNetwork(config)
        load_weights(folder, network)
        return cls(config, network.to(device), tokenizer, name)

    @property
    def can_run(self) -> bool:
        """Whether `running` can be asked for."""
        return self.network.can_run

    def predict(
        self, texts: Sequence[str], running: bool = False, progress: Progress | None = None
    ) -> list[SentimentPrediction]:
        """One verdict per text, in order.

        running: also give the words and P(positive) after each, by the whole network or its forward
        half; ValueError unless `can_run`. progress: called with (done, all) after each batch.
        Raises InputError for the first text that cannot be judged (`readable` says which can).
        """
        cleaned = {row: self.readable(text) for row, text in enumerate(texts)}
        verdicts = _collected(self._judged(texts, cleaned, running), len(texts), progress)
        return [verdicts[row] for row in cleaned]

    def predict_each(
        self, texts: Sequence[str], running: bool = False, progress: Progress | None = None
    ) -> list[SentimentPrediction | InputError]:
        """Like `predict`, but a text that cannot be judged gets its InputError in its place."""
        answers = _collected(self.as_judged(texts, running), len(texts), progress)
        return [answers[row] for row in range(len(texts))]

    def as_judged(
        self, texts: Sequence[str], running: bool = False
    ) -> Iterator[dict[int, SentimentPrediction | InputError]]:
        """What `predict_each` answers, by row, as it comes: first what cannot be judged, then a
        batch at a time. Who stops asking has the answers up to then."""
        cleaned: dict[int, str] = {}
        refused: dict[int, InputError] = {}
        for row, text in enumerate(texts):
            try:
                cleaned[row] = self.readable(text)
            except InputError as error:
                refused[row] = error
        if refused:
            yield refused
        yield from self._judged(texts, cleaned, running)

    def _judged(
        self, texts: Sequence[str], cleaned: dict[int, str], running: bool
    ) -> Iterator[dict[int, SentimentPrediction]]:
        """Verdicts on the rows of ``cleaned``, a batch at a time."""
        waiting = iter(cleaned)
        while group := list(islice(waiting, GROUP)):
            reviews = encode(self.tokenizer, [cleaned[row] for row in group])
            for places in _batches([len(review) for review in reviews]):
                batch = [reviews[place] for place in places]
                curves = self._running(batch) if running else [None] * len(batch)
                verdicts = {}
                for place, positive, curve in zip(
                    places, self._positive(batch), curves, strict=True
                ):
                    row = group[place]
                    verdict = self._verdict(texts[row], cleaned[row], len(reviews[place]), positive)
                    verdicts[row] = (
                        verdict if curve is None else self._with_curve(verdict, cleaned[row], curve)
                    )
                yield verdicts

    def temperature(self, pieces: Tensor, running: bool = False) -> Tensor:
        """What the logits of texts of so many pieces are divided by for a probability that can be
        believed; ``running``: those of the verdict after every word."""
        config = self.config
        if running:
            return config.running_temperature * pieces**config.running_temperature_growth
        return config.temperature * pieces**config.temperature_growth

    def _positive(self, reviews: Sequence[np.ndarray]) -> list[float]:
        """P(positive) of each review."""
        tokens, lengths = self._tensors(reviews)
        with torch.inference_mode():
            logits = self.network(tokens, lengths).double()
        return torch.sigmoid(logits / self.temperature(lengths.double())).tolist()

    def _running(self, reviews: Sequence[np.ndarray]) -> list[np.ndarray]:
        """P(positive) of each review after every piece (T,)."""
        with torch.inference_mode():
            logits = self.network.running_logits(*self._tensors(reviews)).double()
        read = torch.arange(1, logits.shape[1] + 1, device=logits.device, dtype=logits.dtype)
        after = torch.sigmoid(logits / self.temperature(read, running=True)).cpu().numpy()
        return [row[: len(review)] for row, review in zip(after, reviews, strict=True)]

    def _tensors(self, reviews: Sequence[np.ndarray]) -> tuple[Tensor, Tensor]:
        """Tokens (N, T) and lengths (N,) where the network is."""
        device = next(self.network.parameters()).device
        tokens, lengths = (torch.from_numpy(array).to(device) for array in pad(reviews))
        return tokens, lengths

    def _verdict(
        self, text: str, cleaned: str, pieces: int, positive: float
    ) -> SentimentPrediction:
        probabilities = {NEGATIVE: 1 - positive, POSITIVE: positive}
        label = POSITIVE if positive > 0.5 else NEGATIVE
        return SentimentPrediction(
            text=text,
            label=label,
            score=probabilities[label],
            probabilities=probabilities,
            model=self.name,
            notes=notes(
                cleaned, fragmentation(cleaned, pieces), positive, self.tokenizer.unseen(cleaned)
            ),
        )

    def _with_curve(
        self, verdict: SentimentPrediction, cleaned: str, after: np.ndarray
    ) -> SentimentPrediction:
        pieces = cut(self.tokenizer, cleaned)
        whole = len(self.network.readings) == 1
        return replace(
            verdict,
            tokens=pieces.words,
            running=tuple(after[pieces.last_piece].tolist()),
            running_of=WHOLE if whole else FORWARD_HALF,
        )

    def readable(self, text: str) -> str:
        """The cleaned text of a review that can be judged; InputError for any other."""
        cleaned = readable(text)
        if not any(character.isalpha() for character in self.tokenizer.known(cleaned)):
            raise InputError(
                f"There is nothing here that {self.name} can read; write in English, please."
            )
        return cleaned


def readable(text: str) -> str:
    """The cleaned text of what may be a review; InputError for what cannot be."""
    if not isinstance(text, str):
        raise InputError("A review must be text; there is none here.")
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"The review has {len(text):,} characters; the limit is {MAX_CHARACTERS:,}, so "
            "please shorten it."
        )
    cleaned = clean(text)
    if not cleaned:
        raise InputError("The review is empty; type or paste a sentence or two about a film.")
    if not any(character.isalpha() for character in cleaned):
        raise InputError("There are no words in this review; write a sentence or two about a film.")
    return cleaned


def notes(
    cleaned: str, fragmentation: float, positive: float, unseen: Sequence[str] = ()
) -> tuple[str, ...]:
    """A sentence for each doubt about the verdict; none for an ordinary review.

    fragmentation: pieces per word. unseen: characters of the text that the network does not know.
    """
    found = []
    words = len(cleaned.split())
    if words < SHORT_WORDS:
        counted = "one word" if words == 1 else f"{words} words"
        found.append(f"This is very short ({counted}); a sentence or two can be judged better.")
    if unseen:
        left_out = sum(cleaned.count(character) for character in unseen) / len(cleaned)
        found.append(
            f"The network never saw {' '.join(unseen[:SHOWN_UNSEEN])}"
            f"{' and others' if len(unseen) > SHOWN_UNSEEN else ''}, so {left_out:.0%} of the text "
            "was left out."
        )
    if not looks_english(cleaned, fragmentation):
        found.append("This does not look like English, the only language of the training reviews.")
    if NOT_SURE[0] <= positive <= NOT_SURE[1]:
        found.append(
            "The network is not sure; its training had no neutral reviews, so this does not "
            "mean neutral."
        )
    return tuple(found)


def looks_english(cleaned: str, fragmentation: float) -> bool:
    """Whether the letters are mostly ASCII and the words mostly known whole (a guess, no detector).

    fragmentation: pieces per word of the text, as the tokenizer counts them.
    """
    letters = [character for character in cleaned if character.isalpha()]
    beyond_ascii = sum(not letter.isascii() for letter in letters)
    if beyond_ascii > FOREIGN_LETTERS * len(letters):
        return False
    words = [word.strip(_MARKS) for word in cleaned.lower().split()]
    if len(words) < ENOUGH_WORDS:
        return True
    return fragmentation <= FOREIGN_FRAGMENTATION[not _ENGLISH.isdisjoint(words)]


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Rows of like length together, in batches of at most BATCH_PIECES positions or one review.

    Short and long batches take turns, so that the number of reviews done grows steadily.
    """
    batches: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if not batches or (len(batches[-1]) + 1) * lengths[row] > BATCH_PIECES:
            batches.append([])
        batches[-1].append(row)
    return [batches[i] for i in sorted(range(len(batches)), key=lambda i: i * GOLDEN_RATIO % 1)]


def _collected(
    batches: Iterator[dict[int, T]], total: int, progress: Progress | None
) -> dict[int, T]:
    """All answers by row; progress is told after each batch."""
    answers: dict[int, T] = {}
    for batch in batches:
        answers |= batch
        if progress is not None:
            progress(len(answers), total)
    return answers
