"""One exam for every judge of reviews: the networks and their baselines get the same texts.

The test split, with and without the reviews that also stand in what was learned from; whole
sentences cut from test reviews, by length; the challenge file; and how far the probabilities can be
believed. Nothing is fitted to these texts; the baselines learn from the training side.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data.challenge import Challenge, load_challenge
from data.reviews import HELD_OUT
from data.sentiment import clean
from data.sources import Reviews, load_imdb
from inference.attribution import deletion_curve
from inference.sentiment import SentimentClassifier
from training.bag_of_words import BagConfig, BagOfWords, majority_accuracy
from training.calibration import reliability, scores, sure
from training.metrics import accuracy_interval
from training.sentiment import head, split, subset
from training.sentiment_evaluation import Judge, judge_of
from training.sentiment_tuning import TrainingConfig
from training.short_texts import CUT_WORDS, short_cuts

CUT_REVIEWS = 5000  # test reviews that are cut, evenly from the split
CUT_SEED = 0
DELETION_REVIEWS, DELETION_SEED = 200, 0
DELETED = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)  # shares of a review's words


@dataclass(frozen=True, eq=False)
class Exam:
    """What is learned from, what is chosen on, and what is asked.

    ``in_train`` and ``in_unlabelled`` (N,) mark the test reviews that stand there too; ``cuts``
    holds, by the number of words, cuts of the test reviews of ``cut_rows`` (M,).
    """

    train: Reviews
    held_out: Reviews
    test: Reviews
    in_train: np.ndarray
    in_unlabelled: np.ndarray
    cut_rows: np.ndarray
    cuts: dict[int, Reviews]
    challenge: Challenge


@functools.cache
def load_exam(
    data_dir: Path | None,
    valid_reviews: int = HELD_OUT,
    train_reviews: int = 0,
    test_reviews: int = 0,
) -> Exam:
    """The exam on the IMDB reviews; the numbers are those of ``TrainingConfig``. SourceError."""
    labelled, test = load_imdb("train", data_dir), load_imdb("test", data_dir)
    sizes = TrainingConfig(valid_reviews=valid_reviews, train_reviews=train_reviews)
    train_rows, held_out_rows = split(labelled, sizes)
    test = head(test, test_reviews)
    rows = evenly(len(test.texts), CUT_REVIEWS)
    cuts = {words: short_cuts(subset(test, rows), words, CUT_SEED) for words in CUT_WORDS}
    return Exam(
        subset(labelled, train_rows),
        subset(labelled, held_out_rows),
        test,
        copies(test.texts, labelled.texts),
        copies(test.texts, load_imdb("unsupervised", data_dir).texts),
        rows,
        {words: reviews for words, reviews in cuts.items() if reviews.texts},
        load_challenge(),
    )


def evenly(total: int, count: int) -> np.ndarray:
    """``count`` of ``total`` rows at even distances; all when there are no more."""
    return np.unique(np.linspace(0, total - 1, min(total, count)).astype(np.int64))


def copies(texts: Sequence[str], seen: Iterable[str]) -> np.ndarray:
    """(N,) which texts also stand in ``seen``: equal once cleaned, whatever the case."""
    known = {clean(text).lower() for text in seen}
    return np.array([clean(text).lower() in known for text in texts], dtype=bool)


def examine(judge: Judge, exam: Exam) -> dict[str, Any]:
    """All figures of one judge; see the head of this file."""
    labels, positive = exam.test.labels, judge(exam.test.texts)
    short = {str(n): (judge(cuts.texts), cuts) for n, cuts in exam.cuts.items()}
    short["all"] = positive[exam.cut_rows], subset(exam.test, exam.cut_rows)
    copied = exam.in_train | exam.in_unlabelled
    return {
        "test": {
            **interval_scores(positive, labels),
            "copies_in_train": int(exam.in_train.sum()),
            "copies_in_unlabelled": int(exam.in_unlabelled.sum()),
            "copies": int(copied.sum()),
            "without_copies": interval_scores(positive[~copied], labels[~copied]),
        },
        "cuts": {
            words: {
                **interval_scores(answers, cuts.labels),
                "of_reviews": len(exam.cut_rows),
                "mean_words": float(np.mean([len(clean(text).split()) for text in cuts.texts])),
            }
            for words, (answers, cuts) in short.items()
        },
        "challenge": challenge_scores(judge(exam.challenge.texts), exam.challenge),
        "calibration": {
            "sure": sure(positive, labels),
            "bins": reliability(positive, labels),
            "bins_of_cuts": {
                words: reliability(answers, cuts.labels) for words, (answers, cuts) in short.items()
            },
        },
    }


def interval_scores(positive: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """`scores` with the 95 % interval of the accuracy."""
    figures = scores(positive, labels)
    interval = accuracy_interval(figures["accuracy"], len(labels))
    return {**figures, "interval_95": list(interval)}


def challenge_scores(positive: np.ndarray, challenge: Challenge) -> dict[str, Any]:
    """Accuracy on the challenge file, by kind, and where P(positive) (N,) fails.

    pairs: share of the pairs of which both are right; a quarter by guessing, none for who never
    reads the word that was turned.
    """
    right = (positive > 0.5) == (challenge.labels == 1)
    kinds = {kind: {"right": 0, "texts": 0} for kind in challenge.kinds}
    for kind, is_right in zip(challenge.kinds, right, strict=True):
        kinds[kind]["right"] += int(is_right)
        kinds[kind]["texts"] += 1
    return {
        "accuracy": float(right.mean()),
        "interval_95": list(accuracy_interval(float(right.mean()), len(right))),
        "texts": len(right),
        "pairs": float(right.reshape(-1, 2).all(1).mean()),
        "kinds": kinds,
        "failures": [
            {
                "text": challenge.texts[row],
                "kind": challenge.kinds[row],
                "positive": round(float(positive[row]), 4),
            }
            for row in np.flatnonzero(~right)
        ],
    }


@functools.cache
def examine_baselines(exam: Exam) -> dict[str, Any]:
    """The majority label, and the bag of words fitted on the training side, on the same exam."""
    bag = BagOfWords(BagConfig()).fit(exam.train.texts, exam.train.labels)
    figures = examine(bag.probabilities, exam)
    del figures["challenge"]["failures"]
    return {
        "majority": {"accuracy": majority_accuracy(exam.train.labels, exam.test.labels)},
        "bag_of_words": {
            **figures["test"],
            "cuts": figures["cuts"],
            "challenge": figures["challenge"],
        },
    }


def examine_network(classifier: SentimentClassifier, exam: Exam) -> dict[str, Any]:
    """All figures of record of a checkpoint: the exam, its baselines, and how fast the verdict
    falls when the words that speak most for it are deleted."""
    return {
        **examine(judge_of(classifier), exam),
        "baselines": examine_baselines(exam),
        "deletion": deletion(classifier, exam.held_out),
    }


def deletion(classifier: SentimentClassifier, reviews: Reviews) -> dict[str, Any]:
    """The curves of `inference.attribution.deletion_curve` on at most DELETION_REVIEWS reviews."""
    texts = [reviews.texts[row] for row in evenly(len(reviews.texts), DELETION_REVIEWS)]
    curves = deletion_curve(classifier, texts, DELETED, DELETION_SEED)
    return {
        "reviews": len(texts),
        "shares": list(DELETED),
        **dict(zip(("by_attribution", "by_chance"), (c.tolist() for c in curves), strict=True)),
    }
