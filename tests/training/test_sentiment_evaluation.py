"""Laws of the figures that the training script writes."""

from __future__ import annotations

import numpy as np
import pytest

from data.sources import Reviews
from inference.sentiment import SentimentClassifier
from training.sentiment_evaluation import baselines, evaluate, judge_of

TEXTS = ["a good film", "a film of good music", "a bad film", "music of bad taste"] * 5
LABELS = np.array([1, 1, 0, 0] * 5)


@pytest.fixture(scope="module")
def classifier(weights_dir):
    return SentimentClassifier.from_pretrained(weights_dir / "sentiment-lstm")


def test_a_judge_gives_what_the_predictor_says_in_the_order_of_the_texts(classifier):
    texts = ["a dull film", "superb", "I liked the music and the cast, and the jokes fall flat"]
    expected = [verdict.probabilities["positive"] for verdict in classifier.predict(texts)]
    assert judge_of(classifier)(texts) == pytest.approx(expected)


def test_the_figures_are_those_of_the_predictor(classifier):
    says = judge_of(classifier)(TEXTS)
    assert evaluate(classifier, Reviews(TEXTS, (says > 0.5).astype(int)))["accuracy"] == 1
    assert evaluate(classifier, Reviews(TEXTS, (says <= 0.5).astype(int)))["accuracy"] == 0


def test_the_baselines_learn_from_the_training_side_and_answer_the_other():
    figures = baselines(Reviews(TEXTS, LABELS), Reviews(["good", "bad"], np.array([1, 0])))
    assert figures["bag_of_words"]["accuracy"] == 1
    assert figures["majority"]["accuracy"] == 0.5
