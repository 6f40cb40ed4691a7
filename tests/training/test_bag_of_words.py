"""Laws of the linear baseline."""

from __future__ import annotations

import numpy as np
import pytest

from training.bag_of_words import BagConfig, BagOfWords, features, majority_accuracy, measure

TEXTS = ["a good film", "a film of good music", "a bad film", "music of bad taste"] * 5
LABELS = np.array([1, 1, 0, 0] * 5)


def test_features_are_words_and_neighbours_in_lower_case():
    assert features("Not BAD,<br />not bad!") == {
        "not", "bad", ",", "!", "not bad", "bad ,", ", not", "bad !",
    }  # fmt: skip
    assert features("Not BAD, not bad!", pairs=False) == {"not", "bad", ",", "!"}


@pytest.mark.parametrize("naive_bayes", [True, False])
def test_it_learns_which_words_tell(naive_bayes):
    bag = BagOfWords(BagConfig(naive_bayes=naive_bayes)).fit(TEXTS, LABELS)
    good, bad = bag.probabilities(["a good film", "a bad film"])
    assert good > 0.9
    assert bad < 0.1
    assert measure(bag, TEXTS, LABELS)["accuracy"] == 1


def test_word_pairs_tell_what_words_cannot():
    texts = ["not good", "not bad", "very good", "very bad"] * 5
    labels = np.array([0, 1, 1, 0] * 5)
    bag = BagOfWords(BagConfig(penalty=1e-6)).fit(texts, labels)
    assert measure(bag, texts, labels)["accuracy"] == 1
    words = BagOfWords(BagConfig(penalty=1e-6, pairs=False)).fit(texts, labels)
    assert len(words) == 4
    assert measure(words, texts, labels)["accuracy"] == 0.5


def test_rare_features_are_left_out():
    bag = BagOfWords(BagConfig(min_reviews=2)).fit([*TEXTS, "unique"], np.append(LABELS, 1))
    assert "unique" not in bag._index
    assert "good" in bag._index


def test_a_text_without_a_known_feature_is_judged_by_the_bias_wherever_it_stands():
    bag = BagOfWords(BagConfig()).fit(TEXTS, LABELS)
    unknown = bag.probabilities(["zzz"])[0]
    np.testing.assert_allclose(bag.probabilities(["zzz", "good", "zzz"])[[0, 2]], unknown)


def test_the_majority_is_of_the_training_labels():
    assert majority_accuracy(np.array([0, 0, 1]), np.array([0, 1, 1, 1])) == 0.25
    assert majority_accuracy(np.array([0, 1]), np.array([1, 1, 0])) == pytest.approx(2 / 3)
