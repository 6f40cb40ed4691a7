"""The measurements of gradients are of every run, and the record here bears the page out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from inference.generation import TextGenerator
from inference.gradient_flow import gradient_flow, untrained_flow
from inference.measured import measured
from training import corpora
from training import gradient_flow as script
from training.corpora import Source


@pytest.fixture
def record(page_weights: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict:
    """The script's record of the tiny networks, on 100 characters of three passages."""
    source = Source("Tiny Shakespeare", "windows", lambda data_dir: "To be, or not to be;\n" * 300)
    monkeypatch.setitem(corpora.CORPORA, "shakespeare", source)
    script.main([
        "--runs=3", "--characters=100", f"--weights_dir={page_weights}",
        f"--results_dir={tmp_path}",
    ])  # fmt: skip
    assert (tmp_path / "gradient_flow" / "gradient-flow.svg").stat().st_size > 1000
    return json.loads((tmp_path / "gradient_flow" / "measured.json").read_text())


def test_passages_are_evenly_spaced_and_apart():
    assert script.passages("abcdefgh", 4, 2) == ["ab", "cd", "ef", "gh"]
    assert script.passages("abcdefghij", 3, 2) == ["ab", "ef", "ij"]


def test_mean_and_range_are_those_of_the_runs(record):
    assert [row["label"] for row in record["networks"]] == [kind.label for kind in script.KINDS]
    for row in record["networks"]:
        runs = np.array(row["runs"])
        assert runs.shape == (3, len(script.DISTANCES))
        places = list(record["distances"])
        np.testing.assert_allclose(np.array(row["mean"])[places], runs.mean(0), rtol=2e-3)
        np.testing.assert_array_equal(np.array(row["low"])[places], runs.min(0))
        np.testing.assert_array_equal(np.array(row["high"])[places], runs.max(0))


def test_new_weights_are_drawn_for_each_run_and_trained_ones_are_those_shipped(page_weights):
    generator = TextGenerator.from_pretrained(page_weights / "shakespeare-lstm")
    passage = "To be, or not to be, that is the question."
    new, trained = script.Kind("", "lstm", 3.0), script.Kind("", "lstm")
    np.testing.assert_array_equal(
        new.flow(generator, passage, 2).norms, untrained_flow(generator, passage, 3.0, seed=2).norms
    )
    np.testing.assert_array_equal(
        trained.flow(generator, passage, 2).norms, gradient_flow(generator, passage).norms
    )


def test_the_same_measurement_gives_the_same_picture(record, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        script.draw(record, tmp_path / name / script.FIGURE)
    first, second = ((tmp_path / name / script.FIGURE).read_bytes() for name in ("a", "b"))
    assert first == second


@pytest.mark.parametrize("flags", [["--runs=2"], ["--characters=90"]])
def test_too_few_runs_or_characters_are_refused(flags, capsys):
    with pytest.raises(SystemExit):
        script.main(flags)
    assert "needs" in capsys.readouterr().err


def test_the_record_of_this_repository_says_what_the_page_says():
    """The forget bias lets a new LSTM reach far, and not its gates alone."""
    record = measured("gradient_flow")
    rows = {(r["cell"], r["trained"], r["forget_bias"]): r for r in record["networks"]}
    assert len(rows) == len(script.KINDS)
    assert all(len(row["runs"]) >= 3 for row in rows.values())
    plain, gated = rows["rnn", False, 0.0]["high"][20], rows["gru", False, 0.0]["high"][20]
    without, one, three = (rows["lstm", False, bias] for bias in (0.0, 1.0, 3.0))
    assert max(plain, gated, without["high"][20]) < 1e-3
    assert one["low"][20] > 100 * without["high"][20]
    assert three["low"][20] > 10 * one["high"][20]
