"""Figures of a sentiment network on labelled reviews, and of its baselines on the same.

What the training script measures when it ends; `training.sentiment_exam` asks for more. Nothing
here trains the network or writes a file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from tqdm import tqdm

from data.sources import Reviews
from inference.sentiment import POSITIVE, SentimentClassifier
from training.bag_of_words import BagConfig, BagOfWords, majority_accuracy, measure
from training.calibration import scores

Judge = Callable[[Sequence[str]], np.ndarray]  # texts -> P(positive) (N,)


def judge_of(classifier: SentimentClassifier) -> Judge:
    """The shipped predictor as a function of texts, with a progress bar; texts are read whole."""

    def judge(texts: Sequence[str]) -> np.ndarray:
        with tqdm(total=len(texts), desc=classifier.name, unit="review") as bar:
            verdicts = classifier.predict(texts, progress=lambda done, _: bar.update(done - bar.n))
        return np.array([verdict.probabilities[POSITIVE] for verdict in verdicts])

    return judge


def evaluate(classifier: SentimentClassifier, reviews: Reviews) -> dict[str, float]:
    """Figures of the shipped predictor: see `scores`."""
    return scores(judge_of(classifier)(reviews.texts), reviews.labels)


def baselines(train: Reviews, test: Reviews) -> dict[str, dict[str, float]]:
    """The majority label and the bag of words, fitted and measured on the same reviews."""
    bag = BagOfWords(BagConfig()).fit(train.texts, train.labels)
    return {
        "majority": {"accuracy": majority_accuracy(train.labels, test.labels)},
        "bag_of_words": measure(bag, test.texts, test.labels),
    }
