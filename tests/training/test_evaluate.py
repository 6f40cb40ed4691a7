"""The numbers of record of a classifier, from a checkpoint folder to the files."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict

import numpy as np
import pytest

from data.sources import Reviews
from models.checkpoint import write_json
from training import evaluate, sentiment_exam
from training.sentiment_tuning import TrainingConfig

TEXTS = ["A wonderful film with superb acting. I liked it.", "What a waste of time. It is dull."]


@pytest.fixture
def checkpoint(weights_dir, tmp_path, monkeypatch):
    """A trained-looking checkpoint below ``tmp_path`` and made-up reviews; the README is left
    alone."""
    folder = tmp_path / "weights" / "sentiment-lstm"
    shutil.copytree(weights_dir / "sentiment-lstm", folder)
    training = TrainingConfig(valid_reviews=10, test_reviews=20)
    metrics = {"parameters": 7_000, "training_minutes": 2.5, "training": asdict(training)}
    write_json(folder / "metrics.json", metrics)

    def made_up(split: str, data_dir: object) -> Reviews:
        texts = [f"{TEXTS[i % 2]} This is {split} review {i}." for i in range(40)]
        return Reviews(texts, np.arange(40) % 2)

    monkeypatch.setattr(sentiment_exam, "load_imdb", made_up)
    monkeypatch.setattr(evaluate.report, "write_readme", lambda *places: None)
    sentiment_exam.load_exam.cache_clear()
    yield folder
    sentiment_exam.load_exam.cache_clear()


def test_a_classifier_gets_its_record_and_its_reliability(checkpoint, tmp_path):
    places = [
        "--weights-dir",
        str(tmp_path / "weights"),
        "--results-dir",
        str(tmp_path / "results"),
    ]
    evaluate.main(["sentiment-lstm", *places])
    record = json.loads((tmp_path / "results" / "sentiment-lstm.json").read_text())
    assert (record["model"], record["task"]) == ("sentiment-lstm", "sentiment")
    assert (record["parameters"], record["training_minutes"]) == (7_000, 2.5)
    metrics = record["metrics"]
    assert set(metrics) == {
        "test", "cuts", "challenge", "calibration", "baselines", "deletion",
    }  # fmt: skip
    assert metrics["test"]["reviews"] == 20
    assert metrics["challenge"]["texts"] >= 200
    (row,) = record["table"]
    assert row["data"] == "IMDB, 20 test reviews"
    assert row["value"] == f"{metrics['test']['accuracy']:.2%}"
    bag = metrics["baselines"]["bag_of_words"]["accuracy"]
    assert row["baseline"].startswith(f"{bag:.2%} (NB-weighted bag of word pairs)")
    picture = tmp_path / "results" / "curves" / "sentiment-lstm-reliability.svg"
    assert picture.stat().st_size > 1000
