"""Figures of the sentiment task: of the shipped predictor, its baselines, its temperature.

The same functions serve the training script and `training.evaluate`, so that a figure is made one
way. Nothing here trains the network or writes a file.
"""

from __future__ import annotations

import numpy as np
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from data.sources import Reviews
from inference.sentiment import POSITIVE, SentimentClassifier
from training.bag_of_words import BagConfig, BagOfWords, majority_accuracy, measure

TEMPERATURES = np.exp(np.linspace(np.log(0.25), np.log(4.0), 401))
CALIBRATION_BINS = 15


def evaluate(classifier: SentimentClassifier, reviews: Reviews) -> dict[str, float]:
    """Figures of the shipped predictor on labelled reviews, read whole: see `scores`."""
    with tqdm(total=len(reviews.texts), desc="evaluating", unit="review") as bar:
        verdicts = classifier.predict(
            reviews.texts, progress=lambda done, _: bar.update(done - bar.n)
        )
    return scores(np.array([v.probabilities[POSITIVE] for v in verdicts]), reviews.labels)


def scores(positive: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Accuracy, likelihood and calibration of P(positive) (N,) against labels (N,).

    accuracy: share of labels that got more than one half. nll: mean of -log p(label), nats per
    review. ece: sum over 15 equal bins of confidence of |accuracy - mean confidence| times the
    bin's share (Guo et al. 2017, equation 3); empty bins count nothing. reviews: N.
    """
    of_label = np.clip(np.where(labels == 1, positive, 1 - positive), 1e-12, 1.0)
    confidence = np.maximum(positive, 1 - positive)
    right = (positive > 0.5) == (labels == 1)
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gaps = np.bincount(bins, right - confidence, CALIBRATION_BINS)
    return {
        "accuracy": float(right.mean()),
        "nll": float(-np.log(of_label).mean()),
        "ece": float(np.abs(gaps).sum() / len(labels)),
        "reviews": len(labels),
    }


def baselines(train: Reviews, test: Reviews) -> dict[str, dict[str, float]]:
    """The majority label and the bag of words, fitted and measured on the same reviews."""
    bag = BagOfWords(BagConfig()).fit(train.texts, train.labels)
    return {
        "majority": {"accuracy": majority_accuracy(train.labels, test.labels)},
        "bag_of_words": measure(bag, test.texts, test.labels),
    }


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """The divisor of the logits (N,) with the lowest negative log-likelihood of the labels (N,).

    Guo et al. 2017 (arXiv:1706.04599), section 4.2; it changes no label. Searched on 401 steps of
    0.25 to 4.
    """
    target = labels.double()
    losses = [
        F.binary_cross_entropy_with_logits(logits.double() / float(temperature), target).item()
        for temperature in TEMPERATURES
    ]
    return round(float(TEMPERATURES[int(np.argmin(losses))]), 4)
