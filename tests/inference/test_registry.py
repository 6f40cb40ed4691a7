"""The registry finds checkpoints by task, loads each once, and explains what it cannot load."""

from __future__ import annotations

import json
import math
import shutil

import pytest

from inference.forecasting import Forecaster
from inference.generation import TextGenerator
from inference.registry import PREDICTORS, Registry
from inference.sentiment import SentimentClassifier
from inference.translation import DateTranslator
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
        ("translation", DateTranslator),
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


def test_the_best_network_is_the_default_when_it_is_there(weights):
    shutil.copytree(weights / "shakespeare-lstm", weights / "shakespeare-best")
    shutil.copytree(weights / "shakespeare-lstm", weights / "a-novel")
    registry = Registry(weights)
    assert registry.names("generation") == ["shakespeare-best", "shakespeare-lstm", "a-novel"]
    assert registry.load("generation").name == "shakespeare-best"


def test_a_history_is_its_rows_as_numbers(weights):
    path = weights / "shakespeare-lstm" / "history.csv"
    path.write_text("epoch,train_loss\n1,2.5\n2,nan\n")
    first, second = Registry(weights).history("shakespeare-lstm")
    assert first == {"epoch": 1.0, "train_loss": 2.5}
    assert math.isnan(second["train_loss"])


@pytest.mark.parametrize(
    "content", [None, "", "epoch,loss\n1,x\n", "epoch\n1,2\n", "a,b\n1\n", "\0"]
)
def test_an_unreadable_history_is_empty(weights, content):
    path = weights / "shakespeare-lstm" / "history.csv"
    path.unlink(missing_ok=True)
    if content is not None:
        path.write_text(content)
    assert Registry(weights).history("shakespeare-lstm") == []


def test_stages_are_what_the_training_wrote(weights):
    stages = [{"step": 100, "characters": 409600, "loss": 2.31, "text": "the"}]
    path = weights / "shakespeare-lstm" / "stages.json"
    assert Registry(weights).stages("shakespeare-lstm") == []
    path.write_text(json.dumps(stages))
    assert Registry(weights).stages("shakespeare-lstm") == stages
    for content in ("{}", "[", "3"):
        path.write_text(content)
        assert Registry(weights).stages("shakespeare-lstm") == []


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
