"""Why a review was judged as it was: what each word contributed, and what the verdict would be
without a part.

Contributions are integrated gradients (Sundararajan, Taly and Yan 2017, arXiv:1703.01365) of the
log-odds of "positive", along the straight path from a review of commas to the review. They add up
to the distance between the two verdicts, up to an error that comes with them. Parts left out are
exact: each is a verdict on the review without it. Nothing here draws, and nothing says what caused
a verdict in the world: both describe one network.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from data.errors import InputError
from data.sentiment import Pieces, cut
from inference.predictions import Attribution, Omission, SentimentPrediction
from inference.sentences import sentence_spans
from inference.sentiment import POSITIVE, SentimentClassifier
from models.sentiment import START_ID

# The piece that says nothing. A comma stands everywhere in reviews, so the network is at home on
# the path from it; from zero, which no text is, verdicts jump on the way and words inherit noise.
NEUTRAL = ","
MAX_PIECES = 4_096  # of a review that is explained (about 3,000 words; IMDB's longest has 2,500)
TOLERANCE = 0.05  # log-odds, of the whole path
FIRST_PANELS = 8  # of the path, before any is halved
MAX_POINTS = 129  # on the path
# Bounds on time and memory, in positions (pieces read): of all points on the path, of the points
# whose gradient is computed at once (a position takes about 20 H numbers), and of all variants.
MAX_PATH_POSITIONS = 131_072
BATCH_POSITIONS = 4_096
MAX_OMITTED_POSITIONS = 65_536
BY_WORD = 40  # words; what is longer is left out by the sentence


def explain(classifier: SentimentClassifier, text: str) -> Attribution:
    """The contribution of each word, and the effect of leaving out each word of a short review or
    each sentence of a long one. Raises InputError as ``attribute`` does."""
    attribution = attribute(classifier, text)
    unit, omissions = leave_out(classifier, attribution.words)
    return replace(attribution, unit=unit, omissions=omissions)


# ---- integrated gradients


def attribute(classifier: SentimentClassifier, text: str) -> Attribution:
    """The contribution of each word of a review, without anything left out.

    Raises InputError for a text that cannot be judged, or that has more than MAX_PIECES pieces.
    """
    cleaned = classifier.readable(text)
    pieces = cut(classifier.tokenizer, cleaned)
    if len(pieces.ids) > MAX_PIECES:
        raise InputError(
            f"The review is judged whole, but too long to be explained word by word "
            f"({len(pieces.ids):,} pieces, the limit is {MAX_PIECES:,}); paste a part of it."
        )
    path = _Path(classifier, pieces)
    path.refine()
    contributions = _by_word(path.contributions(), pieces, classifier)
    return Attribution(
        model=classifier.name,
        words=pieces.words,
        contributions=tuple(contributions.tolist()),
        logit=float(path.logits[-1]),
        baseline_logit=float(path.logits[0]),
        points=len(path.logits),
    )


class _Path:
    """The straight path of embeddings from a text of NEUTRAL pieces to a review, in panels.

    At each of P points stand the log-odds (P,) and their derivative along the path, by piece
    (P, T): gradient times distance, summed over the embedding (and over the halves, whose paths are
    walked at the same time). The trapezoid rule integrates a panel; as the log-odds at its ends are
    known, so is its error, and the worst panels are halved.
    """

    def __init__(self, classifier: SentimentClassifier, pieces: Pieces) -> None:
        self._network = classifier.network
        self._temperature = float(classifier.temperature(torch.tensor(float(len(pieces.ids)))))
        device = next(self._network.parameters()).device
        neutral = next(iter(classifier.tokenizer.encode(NEUTRAL)), START_ID)
        tokens = torch.from_numpy(pieces.ids.astype(np.int64)).to(device)[None]
        with torch.no_grad():
            ends = self._network.embed(tokens)
            self._starts = self._network.embed(torch.full_like(tokens, neutral))
        self._ways = [end - start for start, end in zip(self._starts, ends, strict=True)]
        self._most = min(MAX_POINTS, MAX_PATH_POSITIONS // tokens.shape[1])
        self._points = np.linspace(0, 1, FIRST_PANELS + 1)
        self.logits, self._slopes = self._measure(self._points)

    def refine(self) -> None:
        """Halve the worst panels until all errors together are within TOLERANCE, or the points
        used up."""
        while len(self._points) < self._most:
            errors = np.abs(self._panels().sum(1) - np.diff(self.logits))
            if errors.sum() <= TOLERANCE:
                return
            worst = np.argsort(-errors)[: self._most - len(self._points)]
            worst = worst[errors[worst] > TOLERANCE / (2 * len(errors))]
            middles = (self._points[worst] + self._points[worst + 1]) / 2
            logits, slopes = self._measure(middles)
            order = np.argsort(np.concatenate([self._points, middles]))
            self._points = np.concatenate([self._points, middles])[order]
            self.logits = np.concatenate([self.logits, logits])[order]
            self._slopes = np.concatenate([self._slopes, slopes])[order]

    def contributions(self) -> np.ndarray:
        """The contribution of each piece (T,), in log-odds."""
        return self._panels().sum(0)

    def _panels(self) -> np.ndarray:
        """The trapezoid rule over each panel, by piece (P - 1, T)."""
        widths = np.diff(self._points)[:, None]
        return widths * (self._slopes[:-1] + self._slopes[1:]) / 2

    def _measure(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Log-odds (P,) and slopes (P, T) at points of the path, in batches."""
        T = self._ways[0].shape[1]
        size = max(1, BATCH_POSITIONS // T)
        batches = [self._batch(points[i : i + size]) for i in range(0, len(points), size)]
        logits, slopes = zip(*batches, strict=True)
        return np.concatenate(logits), np.concatenate(slopes)

    def _batch(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        share = torch.tensor(points, dtype=torch.float32, device=self._ways[0].device)
        places = [
            (start + share[:, None, None] * way).requires_grad_()
            for start, way in zip(self._starts, self._ways, strict=True)
        ]
        lengths = torch.full((len(points),), places[0].shape[1], device=share.device)
        # cuDNN has no gradient outside training.
        with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
            logits = self._network.judge(places, lengths) / self._temperature
            gradients = torch.autograd.grad(logits.sum(), places)
        slopes = sum(
            (gradient * way).sum(-1).double()
            for gradient, way in zip(gradients, self._ways, strict=True)
        )
        return _numbers(logits), _numbers(slopes)


def _numbers(values: Tensor) -> np.ndarray:
    return values.detach().double().cpu().numpy()


def _by_word(values: np.ndarray, pieces: Pieces, classifier: SentimentClassifier) -> np.ndarray:
    """Values (T,) of pieces summed to the words (W,) that they belong to; 0 for a word of which
    nothing can be read."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    # Words before the first piece have none; `cut` gives them the first.
    begun = np.cumsum([bool(classifier.tokenizer.known(word)) for word in pieces.words]) > 0
    ends = np.where(begun, pieces.last_piece + 1, 0)
    return np.diff(sums[ends], prepend=0.0)


# ---- leaving out


def leave_out(
    classifier: SentimentClassifier, words: Sequence[str]
) -> tuple[str, tuple[Omission, ...]]:
    """What is left out ("word" or "sentence"), and the verdict without each, in reading order.

    Empty for what has only one part. Where the variants together would have more than
    MAX_OMITTED_POSITIONS pieces, neighbouring sentences are left out together.
    """
    unit, spans = _parts(words, len(cut(classifier.tokenizer, " ".join(words)).ids))
    if len(spans) < 2:
        return unit, ()
    rests = [" ".join([*words[:start], *words[end:]]) for start, end in spans]
    whole, *verdicts = classifier.predict_each([" ".join(words), *rests])
    omissions = []
    for (start, end), verdict in zip(spans, verdicts, strict=True):
        if isinstance(verdict, InputError):
            continue  # nothing readable is left to be judged
        effect = log_odds(whole) - log_odds(verdict)
        omissions.append(Omission(start, end, verdict.probabilities[POSITIVE], effect))
    return unit, tuple(omissions)


def _parts(words: Sequence[str], pieces: int) -> tuple[str, list[tuple[int, int]]]:
    """The unit that is left out, and the spans of words to leave out in turn."""
    most = max(1, MAX_OMITTED_POSITIONS // pieces)
    if len(words) <= min(BY_WORD, most):
        return "word", [(place, place + 1) for place in range(len(words))]
    spans = sentence_spans(words)
    together = math.ceil(len(spans) / most)
    groups = [spans[i : i + together] for i in range(0, len(spans), together)]
    return "sentence", [(group[0][0], group[-1][1]) for group in groups]


def log_odds(prediction: SentimentPrediction) -> float:
    """ln(p / (1 - p)) of P(positive), kept finite."""
    p = min(max(prediction.probabilities[POSITIVE], 1e-15), 1 - 1e-15)
    return math.log(p / (1 - p))


# ---- does deleting the top words move the verdict?


def deletion_curve(
    classifier: SentimentClassifier, texts: Sequence[str], shares: Sequence[float], seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean probability of the label that the whole review got, with shares of its words deleted:
    (S,) with those first that spoke most for the label, (S,) with as many at random.

    If the attribution is any good, the first falls faster. One word always stays; a rest that
    cannot be judged counts as 0.5. Raises InputError for a text that cannot be explained.
    """
    rng = np.random.default_rng(seed)
    sums = np.zeros((2, len(shares)))
    for text in texts:
        attribution = attribute(classifier, text)
        sign = 1 if attribution.logit > 0 else -1
        ranked = np.argsort(-sign * np.array(attribution.contributions), kind="stable")
        for row, order in enumerate((ranked, rng.permutation(len(ranked)))):
            rests = [_without(attribution.words, order, share) for share in shares]
            positive = np.array([
                0.5 if isinstance(verdict, InputError) else verdict.probabilities[POSITIVE]
                for verdict in classifier.predict_each(rests)
            ])  # fmt: skip
            sums[row] += positive if sign > 0 else 1 - positive
    by_attribution, by_chance = sums / len(texts)
    return by_attribution, by_chance


def _without(words: Sequence[str], order: np.ndarray, share: float) -> str:
    """The text without the first ``share`` of its words in ``order``; one stays."""
    gone = set(order[: min(round(share * len(words)), len(words) - 1)].tolist())
    return " ".join(word for place, word in enumerate(words) if place not in gone)
