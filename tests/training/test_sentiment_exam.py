"""Laws of the exam: the same texts for all, each with its own label, and nothing counted twice."""

from __future__ import annotations

import numpy as np
import pytest

import training.sentiment_exam as sentiment_exam
from data.challenge import Challenge, load_challenge
from data.sources import Reviews
from inference.sentiment import SentimentClassifier
from training.sentiment_exam import (
    Exam,
    challenge_scores,
    copies,
    deletion,
    evenly,
    examine,
    examine_baselines,
    examine_network,
    load_exam,
)

GOOD, BAD = "A good film.", "A bad film."
LONG = [f"{GOOD} It has music number {i} and a long story." for i in range(6)]
LONG += [f"{BAD} It has music number {i} and a long story." for i in range(6)]
LABELS = np.array([1] * 6 + [0] * 6)
PAIRS = Challenge(
    ("good", "bad", "not bad", "not good"), np.array([1, 0, 1, 0]),
    ("plain", "plain", "negation", "negation"), ("Why.",) * 4,
)  # fmt: skip


def naive(texts: list[str]) -> np.ndarray:
    """Reads one word: right where "good" is meant, wrong where it is negated."""
    return np.array([0.9 if "good" in text else 0.2 for text in texts])


@pytest.fixture
def exam():
    marked = np.arange(12) == 0
    return Exam(
        Reviews(LONG, LABELS), Reviews(LONG[4:8], LABELS[4:8]), Reviews(LONG, LABELS),
        marked, marked, np.array([0, 11]), {5: Reviews([GOOD, BAD], np.array([1, 1]))}, PAIRS,
    )  # fmt: skip


def test_a_judge_is_asked_everything_and_its_answers_keep_their_labels(exam):
    figures = examine(naive, exam)
    assert (figures["test"]["accuracy"], figures["test"]["reviews"]) == (1, 12)
    low, high = figures["test"]["interval_95"]
    assert 0.7 < low < high == pytest.approx(1)
    assert figures["cuts"]["5"]["accuracy"] == 0.5
    assert figures["cuts"]["5"]["mean_words"] == 3
    assert (figures["cuts"]["all"]["accuracy"], figures["cuts"]["all"]["reviews"]) == (1, 2)
    assert all(row["of_reviews"] == 2 for row in figures["cuts"].values())
    assert sum(row["reviews"] for row in figures["calibration"]["bins"]) == 12
    assert set(figures["calibration"]["bins_of_cuts"]) == {"5", "all"}
    assert figures["calibration"]["sure"]["share"] == 0


def test_copies_are_counted_once_and_left_out(exam):
    test = examine(naive, exam)["test"]
    assert (test["copies_in_train"], test["copies_in_unlabelled"], test["copies"]) == (1, 1, 1)
    assert test["without_copies"]["reviews"] == 11


def test_a_copy_is_a_copy_whatever_its_case_and_markup():
    seen = ["A GOOD film.", "another<br />"]
    assert copies(["a good<br />film.", "A good film!", "Another "], seen).tolist() == [
        True, False, True,
    ]  # fmt: skip


def test_who_reads_one_word_gets_half_of_the_pairs_that_turn_it():
    figures = challenge_scores(naive(PAIRS.texts), PAIRS)
    assert (figures["accuracy"], figures["pairs"], figures["texts"]) == (0.5, 0.5, 4)
    assert figures["kinds"] == {
        "plain": {"right": 2, "texts": 2}, "negation": {"right": 0, "texts": 2},
    }  # fmt: skip
    assert figures["failures"] == [
        {"text": "not bad", "kind": "negation", "positive": 0.2},
        {"text": "not good", "kind": "negation", "positive": 0.9},
    ]


def test_who_always_says_the_same_gets_no_pair():
    challenge = load_challenge()
    figures = challenge_scores(np.full(len(challenge.texts), 0.9), challenge)
    assert (figures["accuracy"], figures["pairs"]) == (0.5, 0)


@pytest.mark.parametrize(("total", "count", "rows"), [(3, 5, [0, 1, 2]), (9, 3, [0, 4, 8])])
def test_rows_are_taken_from_everywhere(total, count, rows):
    assert evenly(total, count).tolist() == rows


def test_the_baselines_are_examined_like_a_network(exam):
    figures = examine_baselines(exam)
    assert figures["majority"]["accuracy"] == 0.5
    assert figures["bag_of_words"]["accuracy"] == 1
    assert set(figures["bag_of_words"]["cuts"]) == {"5", "all"}
    assert figures["bag_of_words"]["challenge"]["kinds"]["plain"]["right"] == 2


def test_a_checkpoint_has_every_figure_of_record(exam, weights_dir):
    classifier = SentimentClassifier.from_pretrained(weights_dir / "sentiment-lstm")
    figures = examine_network(classifier, exam)
    assert set(figures) == {
        "test", "cuts", "challenge", "calibration", "baselines", "deletion",
    }  # fmt: skip
    curves = figures["deletion"]
    assert curves["reviews"] == 4
    assert len(curves["by_attribution"]) == len(curves["by_chance"]) == len(curves["shares"])
    assert curves["by_attribution"][0] == pytest.approx(curves["by_chance"][0])
    assert deletion(classifier, exam.held_out) == curves


def test_the_exam_keeps_what_is_learned_from_apart_from_what_is_asked(monkeypatch):
    def made_up(split: str, data_dir: None) -> Reviews:
        texts = [f"{split} review {i}. {LONG[i % 12]}" for i in range(60)]
        if split != "train":
            texts[15] = "train review 3. " + LONG[3]
        return Reviews(texts, LABELS[np.arange(60) % 12])

    monkeypatch.setattr(sentiment_exam, "load_imdb", made_up)
    load_exam.cache_clear()
    exam = load_exam(None, valid_reviews=10)
    load_exam.cache_clear()
    assert len(exam.held_out.texts) == 10
    assert len(exam.train.texts) == 50
    assert not set(exam.train.texts) & set(exam.held_out.texts)
    assert np.flatnonzero(exam.in_train).tolist() == [15]
    assert np.flatnonzero(exam.in_unlabelled).tolist() == [15]
    assert set(exam.cuts) == {5, 10, 20}  # no review is long enough for more
    for text, label in zip(exam.cuts[5].texts, exam.cuts[5].labels, strict=True):
        assert "film" not in text or label == ("good" in text)
