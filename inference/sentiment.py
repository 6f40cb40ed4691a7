"""Reviews in, verdicts out: the predictor of the page, the command line and the evaluation.

`SentimentClassifier.predict` answers or raises; `predict_each` is for files, where one bad line
must not cost the others. Reviews are read whole, in batches of like length, and come back in
their order. It does NOT train, draw, read files or download.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from data.errors import InputError
from data.sentiment import ReviewTokenizer, clean, pad
from inference.predictions import SentimentPrediction
from models.checkpoint import CheckpointError, load_config, load_weights
from models.sentiment import SentimentConfig, SentimentNetwork

TASK = "sentiment"
NEGATIVE, POSITIVE = "negative", "positive"
MAX_CHARACTERS = 100_000  # per review, before cleaning
NOT_SURE = (0.4, 0.6)  # P(positive) between these is no verdict
SHORT_WORDS = 4  # fewer words than this are called very short
# Bounds on memory, not on input: reviews that are cut and sorted at a time, and piece positions
# per batch.
GROUP = 2_048
BATCH_PIECES = 16_384
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


class SentimentClassifier:
    """Judges film reviews in English with a network from a checkpoint folder."""

    def __init__(
        self,
        config: SentimentConfig,
        network: SentimentNetwork,
        tokenizer: ReviewTokenizer,
        name: str,
    ) -> None:
        self.config, self.network = config, network.eval()
        self.tokenizer, self.name = tokenizer, name

    @classmethod
    def from_pretrained(
        cls, folder: Path, device: str | torch.device = "cpu"
    ) -> SentimentClassifier:
        """Load a checkpoint folder, whose name is the model's.

        Raises CheckpointError, naming the file, when one is missing, broken or of another model.
        """
        folder = Path(folder)
        config = load_config(folder, TASK, SentimentConfig)
        try:
            tokenizer = ReviewTokenizer.load(folder)
        except ValueError as error:
            raise CheckpointError(str(error)) from error
        if tokenizer.vocab_size != config.vocab_size:
            raise CheckpointError(
                f"{folder / 'tokenizer.json'} has {tokenizer.vocab_size:,} pieces, but "
                f"config.json asks for {config.vocab_size:,}."
            )
        network = SentimentNetwork(config)
        load_weights(folder, network)
        return cls(config, network.to(device), tokenizer, folder.name)

    def predict(
        self, texts: Sequence[str], running: bool = False, progress: Progress | None = None
    ) -> list[SentimentPrediction]:
        """One verdict per text, in order.

        running: also give the words and P(positive) after each. progress: called with (done, all)
        after each batch. Raises InputError for the first text that cannot be judged (`readable`
        says which can).
        """
        cleaned = [readable(text) for text in texts]
        return self._judge(texts, cleaned, running, progress)

    def predict_each(
        self, texts: Sequence[str], running: bool = False, progress: Progress | None = None
    ) -> list[SentimentPrediction | InputError]:
        """Like `predict`, but a text that cannot be judged gets its InputError in its place."""
        answers: list[SentimentPrediction | InputError | None] = [None] * len(texts)
        cleaned: dict[int, str] = {}
        for row, text in enumerate(texts):
            try:
                cleaned[row] = readable(text)
            except InputError as error:
                answers[row] = error
        kept = [texts[row] for row in cleaned]
        verdicts = self._judge(kept, list(cleaned.values()), running, progress)
        for row, verdict in zip(cleaned, verdicts, strict=True):
            answers[row] = verdict
        return answers

    def _judge(
        self, texts: Sequence[str], cleaned: Sequence[str], running: bool, progress: Progress | None
    ) -> list[SentimentPrediction]:
        verdicts: list[SentimentPrediction] = []
        for start in range(0, len(texts), GROUP):
            group = slice(start, start + GROUP)
            report = None if progress is None else _shifted(progress, start, len(texts))
            verdicts += self._judge_group(texts[group], cleaned[group], running, report)
        return verdicts

    def _judge_group(
        self, texts: Sequence[str], cleaned: Sequence[str], running: bool,
        report: Callable[[int], None] | None,
    ) -> list[SentimentPrediction]:  # fmt: skip
        """Verdicts of at most GROUP texts; report is called with the number done."""
        reviews = self.tokenizer.encode(cleaned)
        verdicts: dict[int, SentimentPrediction] = {}
        for rows in _batches([len(review) for review in reviews]):
            for row, after in zip(
                rows, self._probabilities([reviews[r] for r in rows], running), strict=True
            ):
                verdicts[row] = self._verdict(
                    texts[row], cleaned[row], reviews[row], after, running
                )
            if report is not None:
                report(len(verdicts))
        return [verdicts[row] for row in range(len(texts))]

    @torch.inference_mode()
    def _probabilities(self, reviews: Sequence[np.ndarray], running: bool) -> list[np.ndarray]:
        """P(positive) of each review: after every piece (T,) when running, else at the end (1,)."""
        device = self.network.head.weight.device
        tokens, lengths = (torch.from_numpy(array).to(device) for array in pad(reviews))
        if running:
            logits = self.network.running_logits(tokens, lengths)
        else:
            logits, lengths = self.network(tokens, lengths)[:, None], torch.ones_like(lengths)
        probabilities = torch.sigmoid(logits.double() / self.config.temperature).cpu().numpy()
        return [row[:length] for row, length in zip(probabilities, lengths.tolist(), strict=True)]

    def _verdict(
        self, text: str, cleaned: str, review: np.ndarray, after: np.ndarray, running: bool
    ) -> SentimentPrediction:
        positive = float(after[-1])
        probabilities = {NEGATIVE: 1 - positive, POSITIVE: positive}
        label = POSITIVE if positive > 0.5 else NEGATIVE
        words, curve = (), ()
        if running:
            pieces = self.tokenizer.pieces(cleaned)
            words, curve = pieces.words, tuple(after[pieces.last_piece].tolist())
        return SentimentPrediction(
            text=text,
            label=label,
            score=probabilities[label],
            probabilities=probabilities,
            model=self.name,
            tokens=words,
            running=curve,
            notes=notes(cleaned, self.tokenizer.fragmentation(review), positive),
        )


def readable(text: str) -> str:
    """The cleaned text of a review that can be judged; InputError for any other."""
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


def notes(cleaned: str, fragmentation: float, positive: float) -> tuple[str, ...]:
    """A sentence for each doubt about the verdict; none for an ordinary review."""
    found = []
    words = len(cleaned.split())
    if words < SHORT_WORDS:
        counted = "one word" if words == 1 else f"{words} words"
        found.append(f"This is very short ({counted}); a sentence or two can be judged better.")
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
    """Rows sorted by length, in batches of at most BATCH_PIECES positions or one review."""
    batches: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if not batches or (len(batches[-1]) + 1) * lengths[row] > BATCH_PIECES:
            batches.append([])
        batches[-1].append(row)
    return batches


def _shifted(progress: Progress, start: int, total: int) -> Callable[[int], None]:
    """Progress of one group as progress of the whole."""
    return lambda done: progress(start + done, total)
