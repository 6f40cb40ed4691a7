"""The registry finds checkpoints by task, loads each once, and explains what it cannot load."""

from __future__ import annotations

import shutil

import pytest

from inference.forecasting import Forecaster
from inference.generation import TextGenerator
from inference.registry import PREDICTORS, Registry
from inference.sentiment import SentimentClassifier
from models.checkpoint import CheckpointError


@pytest.fixture
def weights(weights_dir, tmp_path):
    return shutil.copytree(weights_dir, tmp_path / "weights")


@pytest.mark.parametrize(
    ("task", "kind"),
    [
        ("generation", TextGenerator),
        ("sentiment", SentimentClassifier),
        ("forecasting", Forecaster),
    ],
)
def test_each_task_has_its_predictor(weights, task, kind):
    assert isinstance(Registry(weights).load(task), kind)


def test_a_checkpoint_is_loaded_once(weights):
    registry = Registry(weights)
    assert registry.load("generation") is registry.load("generation", "shakespeare-lstm")


def test_names_are_by_task_with_the_default_first(weights):
    shutil.copytree(weights / "shakespeare-lstm", weights / "a-novel")
    shutil.copytree(weights / "shakespeare-lstm", weights / "broken")
    (weights / "broken" / "config.json").write_text("{")
    (weights / "notes").mkdir()
    assert Registry(weights).names("generation") == ["shakespeare-lstm", "a-novel"]
    assert Registry(weights).names("sentiment") == ["sentiment-lstm"]


@pytest.mark.parametrize("task", PREDICTORS)
def test_an_empty_folder_says_how_to_train(tmp_path, task):
    registry = Registry(tmp_path)
    assert registry.names(task) == []
    with pytest.raises(CheckpointError, match=rf"python -m training\.{task}"):
        registry.load(task)


@pytest.mark.parametrize("name", ["../shakespeare-lstm", "..", ".", "", "a/b", "/etc", "x" * 300])
def test_a_name_is_never_a_path(weights, name):
    with pytest.raises(CheckpointError):
        Registry(weights).load("generation", name)


@pytest.mark.parametrize("loaded_before", [False, True])
def test_a_model_of_another_task_is_refused(weights, loaded_before):
    registry = Registry(weights)
    if loaded_before:
        registry.load("sentiment", "sentiment-lstm")
    with pytest.raises(CheckpointError, match="a sentiment network, not one for generation"):
        registry.load("generation", "sentiment-lstm")


@pytest.mark.parametrize("task", PREDICTORS)
def test_truncated_weights_are_a_sentence(weights, task):
    registry = Registry(weights)
    path = weights / registry.names(task)[0] / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(CheckpointError, match=r"model\.safetensors is truncated"):
        registry.load(task)
