"""A checkpoint of a small network: answers, figures, and what a stranger's zip may hold."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from data import memory
from data.errors import InputError
from data.memory import Baseline, Examples, Series, make_examples
from inference.measured import measured
from inference.memory import (
    TASK,
    MemoryPredictor,
    explained,
    save_series,
)
from inference.memory import (
    test_examples as problem_test,  # else pytest would take it for a test
)
from inference.registry import Registry
from models.checkpoint import CheckpointError, save_checkpoint
from models.memory import MemoryConfig, MemoryNetwork

OWN = Series("own", 5, ("a", "b"), "class", ("no", "yes"), (1.0, 2.0), (3.0, 4.0))
NUMBER = Series("own", 5, ("a", "b"), "number", (), (0.0, 0.0), (1.0, 1.0), 10.0, 2.0)


def write(folder: Path, series: Series, **changes) -> Path:
    torch.manual_seed(0)
    config = MemoryConfig(
        len(series.features), series.output_size, series.answer, hidden_size=6, **changes
    )
    save_checkpoint(folder, TASK, config, MemoryNetwork(config))
    save_series(folder, series)
    return folder


def recall() -> Series:
    return memory.PROBLEMS["recall"].series(10)


@pytest.mark.parametrize("series", [recall(), OWN, NUMBER, memory.PROBLEMS["copying"].series(8)])
def test_a_saved_network_answers_as_before(tmp_path, series):
    predictor = MemoryPredictor.from_pretrained(write(tmp_path / "net", series))
    again = MemoryPredictor.from_pretrained(tmp_path / "net")
    assert again.series == series
    x = np.random.default_rng(0).normal(size=(3, 7, len(series.features)))
    first, second = predictor.predict(x).to_json(), again.predict(x).to_json()
    assert first == second
    assert json.loads(json.dumps(first))["model"] == "net"
    assert len(first.get("labels", first.get("numbers"))) == 3


def test_raw_input_is_brought_to_the_scale_of_the_training():
    class Echo(MemoryNetwork):
        def forward(self, x):
            return x[:, 0]

    predictor = MemoryPredictor(Echo(MemoryConfig(2, 2)), OWN, "echo")
    answers = predictor.predict(np.array([[[4.0, 2.0]], [[1.0, 6.0]]]))  # (1, 0) and (0, 1)
    assert answers.labels == ("no", "yes")
    assert answers.probabilities[0, 0] == pytest.approx(np.e / (np.e + 1))


def test_a_number_is_answered_in_its_own_unit():
    class Half(MemoryNetwork):
        def forward(self, x):
            return torch.full((len(x), 1), 0.5)

    predictor = MemoryPredictor(Half(MemoryConfig(2, 1, "number")), NUMBER, "half")
    assert predictor.predict(np.zeros((2, 5, 2))).numbers.tolist() == [11.0, 11.0]
    targets = np.array([0.5, 1.5], np.float32)
    found = predictor.examine(Examples(np.zeros((2, 5, 2), np.float32), targets),
                              Baseline("mean", 1.0, 0.0))  # fmt: skip
    assert (found.loss, found.score) == (0.5, 0.5)
    assert found.error == pytest.approx(1.0)  # of 10 + 2 * 1.5 = 13
    assert found.pairs == ((11.0, 11.0), (13.0, 11.0))


def test_the_figures_are_those_of_a_hand_count():
    class Says(MemoryNetwork):
        def forward(self, x):
            return 9.0 * torch.nn.functional.one_hot(torch.tensor([0, 1, 1, 1]), 3).float()

    series = dataclasses.replace(OWN, classes=("a", "b", "c"))
    predictor = MemoryPredictor(Says(MemoryConfig(2, 3)), series, "says")
    examples = Examples(np.zeros((4, 5, 2), np.float32), np.array([0, 0, 1, 2]))
    found = predictor.examine(examples, memory.guessing(np.array([2, 1, 1])))
    assert found.confusion == ((1, 1, 0), (0, 1, 0), (0, 1, 0))
    assert found.score == 0.5
    assert [entry["recall"] for entry in found.per_class] == [0.5, 1.0, 0.0]
    assert [entry["precision"] for entry in found.per_class] == [1.0, pytest.approx(1 / 3), None]


def test_blanks_are_left_out_of_the_figures_of_symbols(tmp_path):
    series = memory.PROBLEMS["copying"].series(8)
    predictor = MemoryPredictor.from_pretrained(write(tmp_path / "net", series))
    examples = make_examples("copying", 8, 20, np.random.default_rng(0))
    found = predictor.examine(examples, memory.PROBLEMS["copying"].baseline(8))
    assert sum(map(sum, found.confusion)) == 200
    assert sum(found.confusion[0]) == 0


def test_the_test_of_a_problem_is_the_same_for_all_its_networks(tmp_path):
    first, second = (problem_test("recall", 10)[0] for _ in range(2))
    assert np.array_equal(first.x, second.x)
    predictor = MemoryPredictor.from_pretrained(write(tmp_path / "net", recall()))
    assert predictor.test_again() == predictor.examine(*problem_test("recall", 10))


def test_a_network_of_own_data_is_tested_on_a_file(tmp_path):
    predictor = MemoryPredictor.from_pretrained(write(tmp_path / "net", OWN))
    with pytest.raises(InputError, match="give such a file"):
        predictor.test_again()
    x = np.random.default_rng(0).normal(size=(30, 5, 2))
    np.savez(tmp_path / "mine.npz", x=x, y=np.array(["no", "yes", "no"] * 10))
    found = predictor.test_again([tmp_path / "mine.npz"])
    assert found.examples == 30
    assert found.baseline.score == pytest.approx(2 / 3)


@pytest.mark.parametrize("shape", [(3, 5), (3, 5, 1), (0, 5, 2), (3, 0, 2)])
def test_input_of_another_shape_is_a_sentence(tmp_path, shape):
    predictor = MemoryPredictor.from_pretrained(write(tmp_path / "net", OWN))
    with pytest.raises(InputError, match="samples, time steps, 2"):
        predictor.predict(np.zeros(shape))
    with pytest.raises(InputError, match="missing or infinite"):
        predictor.predict(np.full((1, 5, 2), np.nan))


def edit(folder: Path, **changes) -> None:
    values = json.loads((folder / "series.json").read_text()) | changes
    (folder / "series.json").write_text(json.dumps(values))


@pytest.mark.parametrize(
    "changes",
    [{"features": ["a"]}, {"classes": ["no"]}, {"answer": "number"}, {"std": [0.0, 1.0]},
     {"std": [1.0]}, {"mean": ["x", "y"]}, {"target_std": 0}, {"extra": 1},
     {"problem": "recall", "distance": 10}, {"problem": "recall", "distance": 10**9},
     {"classes": [1, 2]}, {"target_mean": float("inf")}],
)  # fmt: skip
def test_a_description_that_does_not_fit_is_refused(tmp_path, changes):
    folder = write(tmp_path / "net", OWN)
    edit(folder, **changes)
    with pytest.raises(CheckpointError, match=r"series\.json"):
        MemoryPredictor.from_pretrained(folder)


def test_the_registry_finds_the_networks_of_the_task(tmp_path):
    write(tmp_path / "recall-lstm", recall())
    write(tmp_path / "other", OWN)
    registry = Registry(tmp_path)
    assert registry.names(TASK) == ["recall-lstm", "other"]
    assert registry.load(TASK).name == "recall-lstm"


def test_a_stranger_s_config_builds_no_huge_network(tmp_path):
    folder = write(tmp_path / "net", OWN)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_size": 10**6}))
    with pytest.raises(CheckpointError, match="hidden_size"):
        MemoryPredictor.from_pretrained(folder)


def test_the_variance_explained_of_nothing_is_nothing():
    assert explained(0.25, Baseline("mean", 0.5, 0)) == 0.5
    assert explained(0.25, Baseline("mean", 0.0, 0)) == 0


def test_races_that_cannot_be_read_are_none(tmp_path):
    assert measured("memory", tmp_path, "no.json") == {}
