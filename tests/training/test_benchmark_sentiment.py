"""Laws of the judging benchmark: the rivals do what they are called, on reviews of real lengths."""

from __future__ import annotations

import statistics
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from data.sources import Reviews
from inference.sentiment import SentimentClassifier
from training import benchmark
from training import benchmark_sentiment as bench

TEXTS = [f"{'a film that goes on, ' * (i * 5 % 7)}number {i}" for i in range(9)]


@pytest.fixture
def classifier(weights_dir) -> SentimentClassifier:
    return SentimentClassifier.from_pretrained(weights_dir / "sentiment-lstm")


@pytest.fixture
def quick(monkeypatch):
    """A benchmark that takes a moment, with a small stand-in for the transformer."""
    monkeypatch.setattr(bench, "REVIEWS", 6)
    monkeypatch.setattr(bench, "PADDED_REVIEWS", 4)
    monkeypatch.setattr(bench, "WORDS", (3, 5, 7))
    monkeypatch.setattr(bench, "LATENCY_REPEATS", 2)
    monkeypatch.setattr(bench, "VOCABULARY", 60)
    monkeypatch.setattr(bench, "MERGED", 50)
    monkeypatch.setattr(bench, "SentimentConfig", partial(bench.SentimentConfig, hidden_size=4))
    monkeypatch.setattr(bench, "distilbert", lambda: (torch.sum, "DistilBERT"))


def test_padded_batches_say_what_sorted_ones_say(classifier, monkeypatch):
    monkeypatch.setattr(bench, "PADDED_BATCH", 4)
    padded = bench.judge_padded(classifier, TEXTS)
    ours = [verdict.probabilities["positive"] for verdict in classifier.predict(TEXTS)]
    assert padded == pytest.approx(ours, abs=1e-5)


def test_each_way_judges_the_reviews_that_are_counted(classifier, quick):
    ways = bench.rivals(classifier, TEXTS)
    assert [n for _, n in ways.values()] == [9, 4, bench.SENTENCES, 9]
    ours, padded, _, bag = [run() for run, _ in ways.values()]
    assert (len(ours), len(padded), len(bag)) == (9, 4, 9)


def test_the_transformer_is_as_large_as_distilbert():
    model = bench.DistilBert().eval()
    assert sum(parameter.numel() for parameter in model.parameters()) == 66_955_010
    with torch.inference_mode():
        assert model(torch.zeros(2, 5, dtype=torch.long)).shape == (2, 2)


def test_made_up_reviews_are_as_long_as_real_ones_and_the_same_each_time():
    rng = np.random.default_rng(0)
    texts, origin = bench.table_of_reviews(rng, None)
    lengths = [len(text.split()) for text in texts]
    assert (len(texts), origin) == (bench.REVIEWS, "made-up reviews")
    assert statistics.median(lengths) == pytest.approx(174, abs=2)
    assert statistics.mean(lengths) == pytest.approx(231, rel=0.05)
    assert min(lengths) >= 10
    assert lengths != sorted(lengths)
    assert bench.table_of_reviews(np.random.default_rng(0), None)[0] == texts


def test_real_reviews_are_taken_from_all_lengths(tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "REVIEWS", 4)
    texts = ["a" * (i * 7 % 20 + 1) for i in range(20)]

    def load(split: str, data_dir: Path) -> Reviews:
        assert (split, data_dir) == ("test", tmp_path)
        return Reviews(texts, np.zeros(20))

    monkeypatch.setattr(bench, "load_imdb", load)
    found, origin = bench.table_of_reviews(np.random.default_rng(0), tmp_path)
    assert origin == "test reviews"
    assert sorted(map(len, found)) == [3, 8, 13, 18]


def test_the_flagship_is_measured_where_there_is_one(weights_dir, tmp_path, monkeypatch, quick):
    untrained = bench.flagship(tmp_path, TEXTS)
    assert untrained.name == "untrained sentiment"
    assert bench.described(untrained).endswith("halves, lstm, 1 x 4, embedding 256, 60 pieces")
    monkeypatch.setattr(bench, "FLAGSHIP", "sentiment-lstm")
    assert bench.flagship(weights_dir, TEXTS).name == "sentiment-lstm"


def test_the_table_says_what_was_measured(quick, tmp_path):
    lines = bench.sentiment(1, 1, tmp_path)
    assert "halves, lstm" in lines[0]
    assert "threads: 1" in lines[0]
    assert [line.split()[3] for line in lines[1:4]] == ["3", "5", "7"]
    assert all("median" in line and "ms" in line for line in lines[1:4])
    assert "6 made-up reviews" in lines[5]
    starts = ["ours, batches", "ours, padded", "DistilBERT, 512 tokens", "bag of word pairs"]
    assert all(line.startswith(start) for line, start in zip(lines[7:], starts, strict=True))
    assert lines[7].endswith("1.00 x")


def test_the_command_hands_on_its_folders(monkeypatch, capsys, tmp_path):
    asked = []

    def measured(repeats: int, threads: int, **folders: Path) -> list[str]:
        asked.append((repeats, threads, folders))
        return ["a table"]

    monkeypatch.setitem(benchmark.BENCHMARKS, "sentiment", (measured, 5, (1,)))
    for name in benchmark.THREADS:
        monkeypatch.setenv(name, "1")
    assert benchmark.main(["sentiment", "--data-dir", str(tmp_path), "--repeats", "2"]) == 0
    assert asked == [(2, 1, {"data_dir": tmp_path})]
    assert "a table" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        benchmark.main(["scratch", "--weights-dir", "x"])
