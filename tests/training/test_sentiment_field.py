"""The field: equal terms, nothing trained twice, nothing chosen on the test split."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import training.sentiment
import training.sentiment_exam
import training.sentiment_field as sentiment_field
from data.sources import Reviews
from inference.sentiment import SentimentClassifier
from models.sentiment import SentimentConfig, SentimentNetwork
from training.run import RunConfig
from training.sentiment_exam import load_exam
from training.sentiment_field import BAGS, NETWORKS, TITLES, Terms, best, compare
from training.sentiment_report import FIELD, FLAGSHIP

FILLER = list("acdefgiklmnopqrstuvy")  # words of one letter that say nothing
TELLING = (["bad", "awful", "dull"], ["good", "great", "lovely"])
TINY = SentimentConfig(
    embedding_size=8, hidden_size=8, directions="forward", word_dropout=0.0, embedding_dropout=0.0,
    recurrent_dropout=0.0, head_dropout=0.0,
)  # fmt: skip
TERMS = Terms(
    rates=(1e-6, 2e-2), penalties=(3e-5, 10.0), epochs=2, valid_reviews=40, test_reviews=60
)


def made_up(split: str, data_dir: object) -> Reviews:
    """Reviews with three telling words each; in the test split every label is turned, so that who
    chose on it would choose the worst."""
    rng = np.random.default_rng(len(split))
    labels = np.repeat([0, 1], 60)
    texts = []
    for label in labels:
        words = [*rng.choice(FILLER, rng.integers(3, 12)), *rng.choice(TELLING[label], 3)]
        texts.append(" ".join(rng.permutation(words)).capitalize() + ".")
    return Reviews(texts, 1 - labels if split == "test" else labels)


@pytest.fixture(scope="module")
def field(tmp_path_factory) -> Iterator[tuple[Path, Callable[[], None]]]:
    """The folder of all that a field of two tiny networks writes, and what runs it again."""
    root = tmp_path_factory.mktemp("field")
    networks = {
        "sentiment-rnn": replace(TINY, cell="rnn"),
        "sentiment-attention": replace(TINY, pooling="attention"),
    }
    plain = replace(sentiment_field.PLAIN, vocab_size=60, batch_size=8, precision="float32")

    def run() -> None:
        places = [str(root / place) for place in ("weights", "runs", "results")]
        compare(RunConfig("", *places), TERMS)

    load_exam.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        for module in (training.sentiment, training.sentiment_exam, sentiment_field):
            patch.setattr(module, "load_imdb", made_up)
        patch.setattr(sentiment_field, "NETWORKS", networks)
        patch.setattr(sentiment_field, "PLAIN", plain)
        run()
        yield root, run
    load_exam.cache_clear()


def read(root: Path) -> dict:
    return json.loads((root / "results" / FIELD).read_text())


def test_the_networks_have_equal_parameters_within_two_percent_and_fit_in_two_megabytes():
    counts = []
    for config in NETWORKS.values():
        network = SentimentNetwork(replace(config, vocab_size=8000))
        counts.append(sum(parameter.numel() for parameter in network.parameters()))
    assert max(counts) < 1.02 * min(counts)
    assert 2 * max(counts) < 2.2e6  # bytes, as float16
    assert set(NETWORKS) == set(TITLES)
    assert FLAGSHIP not in NETWORKS


def test_nothing_but_the_labels_teaches_them():
    training = Terms().training(1e-3, 5)
    assert not training.pretrain
    assert training.rounds == 1
    assert training.adversarial == training.cut_probability == 0
    assert (training.learning_rate, training.epochs, training.patience) == (1e-3, 5, 5)


def test_the_field_searches_trains_and_measures_all_alike(field):
    root, _ = field
    results = read(root)
    assert set(results["search"]) == {"sentiment-rnn", "sentiment-attention", *BAGS}
    for name, tried in results["search"].items():
        values = TERMS.penalties if name in BAGS else TERMS.rates
        assert [row["value"] for row in tried] == list(values)
    for name, history in results["histories"].items():
        assert len(history) == TERMS.epochs
        classifier = SentimentClassifier.from_pretrained(root / "weights" / name)
        assert classifier.config.vocab_size == len(classifier.tokenizer.pieces)
        metrics = json.loads((root / "weights" / name / "metrics.json").read_text())
        assert metrics["test"]["reviews"] == 60
        assert metrics["training"]["learning_rate"] == best(results["search"][name])
    words, pairs = results["bags"]["words"], results["bags"]["word pairs"]
    assert pairs["parameters"] > words["parameters"] > 1
    assert set(results["reviews_per_second"]) == {*results["histories"], *BAGS}
    assert min(results["reviews_per_second"].values()) > 0
    assert results["majority"] == 0.5
    for suffix in ("html", "svg"):
        assert (root / "results" / FIELD.parent / f"curves.{suffix}").stat().st_size > 1000


def test_held_out_reviews_decide_and_the_test_split_does_not(field):
    results = read(field[0])
    assert best(results["search"]["sentiment-rnn"]) == 2e-2
    assert best(results["search"]["words"]) == 3e-5
    assert results["bags"]["words"]["metrics"]["test"]["accuracy"] < 0.1


def test_what_is_finished_is_not_trained_again(field, monkeypatch):
    root, run = field
    before = read(root)
    monkeypatch.setattr(training.sentiment, "train", None)
    run()
    again = read(root)
    for key in ("search", "histories"):
        assert again[key] == before[key]
    assert again["bags"]["words"]["metrics"] == before["bags"]["words"]["metrics"]
