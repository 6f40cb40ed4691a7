"""The comparison of the cells: equal terms, nothing trained twice, nothing chosen on the end."""

from __future__ import annotations

import dataclasses
import json

import pytest

from models.generation import GenerationConfig, LanguageModel
from training import comparison, corpora
from training.comparison import HIDDEN_SIZES, Comparison
from training.corpora import Source
from training.language_model import GenerationTraining
from training.run import RunConfig

TEXT = "".join(f"{i % 7} times {i % 3} makes {(i % 7) * (i % 3)};\n" for i in range(200))
TERMS = Comparison(
    network=GenerationConfig(embedding_size=8, num_layers=1, dropout=0.0),
    training=GenerationTraining(epochs=2, batch_size=4, bptt_steps=16, precision="float32"),
    rates=(1e-6, 2e-2),
    seeds=2,
)


@pytest.fixture
def compare(monkeypatch, tmp_path):
    source = Source("Tiny Shakespeare", "windows", lambda data_dir: TEXT)
    monkeypatch.setitem(corpora.CORPORA, "shakespeare", source)
    monkeypatch.setattr(comparison, "HIDDEN_SIZES", {"rnn": 16, "gru": 8, "lstm": 7})

    def run() -> dict:
        folders = {
            "output_dir": str(tmp_path / "weights"),
            "run_dir": str(tmp_path / "runs"),
            "results_dir": str(tmp_path / "results"),
        }
        comparison.compare(RunConfig(**folders), TERMS)
        return json.loads((tmp_path / "results" / comparison.RESULTS).read_text())

    return run


def test_the_networks_have_equal_parameters_within_five_percent():
    counts = []
    for cell, size in HIDDEN_SIZES.items():
        config = dataclasses.replace(
            Comparison().network, cell=cell, hidden_size=size, vocab_size=65
        )
        counts.append(sum(p.numel() for p in LanguageModel(config).parameters()))
    assert max(counts) < 1.05 * min(counts)


def test_the_comparison_searches_trains_every_seed_and_writes_what_it_found(compare, tmp_path):
    results = compare()
    assert {cell: row["learning_rate"] for cell, row in results["cells"].items()} == {
        "rnn": 2e-2, "gru": 2e-2, "lstm": 2e-2,
    }  # fmt: skip
    assert all(len(tried) == 2 for tried in results["search"].values())
    runs = results["runs"]
    assert [(run["cell"], run["seed"]) for run in runs] == [
        (cell, seed) for seed in (1, 2) for cell in ("rnn", "gru", "lstm")
    ]
    assert all(run["stages"][-1]["text"] for run in runs)
    for cell, row in results["cells"].items():
        losses = [r["metrics"]["validation_nats_per_char"] for r in runs if r["cell"] == cell]
        assert row["validation_nats_per_char"] == pytest.approx(losses)
        assert (tmp_path / "weights" / f"shakespeare-{cell}" / "model.safetensors").is_file()
        shipped = json.loads(
            (tmp_path / "weights" / f"shakespeare-{cell}/metrics.json").read_text()
        )
        assert shipped["training"]["seed"] == 1  # the first, not the best
        assert row["characters_per_second"] > 0
    for suffix in ("html", "svg"):
        assert (tmp_path / "results" / "curves" / f"comparison.{suffix}").stat().st_size > 1000


def test_what_is_finished_is_not_trained_again(compare, monkeypatch):
    first = compare()
    monkeypatch.setattr(comparison.generation, "train", None)
    again = compare()
    assert again["runs"] == first["runs"]
    assert again["search"] == first["search"]
