"""A predictor opened up computes what the predictor itself does, on its own and shipped weights."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch

from data.errors import InputError
from inference import inside
from inference.forecasting import Forecaster
from inference.generation import TextGenerator
from inference.inside import MAX_CHARACTERS, MAX_LONG, MAX_WORDS, open_up
from inference.registry import Registry
from models.checkpoint import CheckpointError

WEIGHTS = Path(__file__).parents[2] / "weights"
TEXT = "abc dfeh\nbad cafe\n\nhead"
REVIEW = "The cat sat on the mat, and the dog was flat."
SHIPPED = [path.parent.name for path in sorted(WEIGHTS.glob("*/config.json"))]


@pytest.fixture
def as_shipped(text_network):
    """A text network in the precision that it is used in."""
    predictor = copy.copy(text_network)
    if isinstance(predictor, TextGenerator):
        predictor.model = copy.deepcopy(predictor.model).float()
    return predictor


def own_logits(predictor, text: str) -> np.ndarray:
    """What the predictor expects at each token that it can expect something at."""
    return np.concatenate([logits for logits, _ in predictor.expectations(text, None)])


def opened_logits(predictor, text: str) -> np.ndarray:
    network = open_up(predictor)
    expected = network.expected(network.read(text))
    return expected[~np.isnan(expected).any(1)]


def test_the_logits_are_those_of_the_predictor(as_shipped):
    ours, theirs = opened_logits(as_shipped, TEXT), own_logits(as_shipped, TEXT + "\n")
    np.testing.assert_allclose(ours, theirs[: len(ours)], rtol=0, atol=1e-5)
    assert len(ours) == len(TEXT) + as_shipped.name.endswith("lines")


def test_what_comes_after_the_text_is_expected_as_a_pen_expects_it(as_shipped):
    pen = as_shipped.pen(as_shipped.tokenizer.encode(TEXT))
    np.testing.assert_allclose(opened_logits(as_shipped, TEXT)[-1], pen.logits(), atol=1e-5)
    pen.take(as_shipped.tokenizer.encode("\n")[0])  # where a network of lines begins anew
    np.testing.assert_allclose(opened_logits(as_shipped, TEXT + "\n")[-1], pen.logits(), atol=1e-5)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_logits_of_every_shipped_network_are_its_own(name):
    registry, text = Registry(WEIGHTS, ""), "the moon, the sun\nand all the stars\nabove\n"
    task = {"generation-numpy": "generation"}.get(registry.kind(name), registry.kind(name))
    try:
        predictor = registry.load(task, name)
    except CheckpointError as error:
        pytest.skip(f"it does not load: {error}")
    if task not in ("generation", "sentiment"):
        pytest.skip("it is not looked into; its layers are compared in tests/models/test_cells.py")
    if task == "sentiment" and not predictor.can_run:
        with pytest.raises(InputError, match="forward"):
            open_up(predictor)
    elif task == "sentiment":
        verdict = predictor.predict([REVIEW], running=True)[0].running
        np.testing.assert_allclose(running(predictor, REVIEW), verdict, rtol=0, atol=1e-5)
    else:
        text = predictor.known(text)
        ours, theirs = opened_logits(predictor, text), own_logits(predictor, text)
        np.testing.assert_allclose(ours[: len(theirs)], theirs, rtol=0, atol=2e-5)


def running(classifier, text: str) -> np.ndarray:
    """P(positive) after each word, from the states of the opened network."""
    network = open_up(classifier)
    passage = network.read(text)
    ((_, traces),) = passage.segments
    hidden = inside.numbers(traces[-1].hidden[0, 1:])
    mean = hidden.cumsum(0) / np.arange(1, len(hidden) + 1)[:, None]
    pooled = np.concatenate([hidden, mean, np.maximum.accumulate(hidden)], 1)
    logits = pooled @ inside.numbers(network.weight)[0] + inside.numbers(network.bias)
    read = torch.arange(1.0, len(logits) + 1)
    after = 1 / (1 + np.exp(-logits / classifier.temperature(read, running=True).numpy()))
    return after[passage.places]


def test_a_review_is_read_as_the_classifier_reads_it(reviewer):
    verdict = reviewer.predict([REVIEW], running=True)[0]
    np.testing.assert_allclose(running(reviewer, REVIEW), verdict.running, rtol=0, atol=1e-12)
    assert open_up(reviewer).read(REVIEW).pieces == verdict.tokens


def test_a_long_text_in_parts_gives_what_it_gives_at_once(text_network, monkeypatch):
    network, text = open_up(text_network), TEXT * 3
    whole = network.read(text).values(1)
    monkeypatch.setattr(inside, "AT_ONCE", 4)
    parts = list(network.stream(text, 1))
    assert len(parts) > 5
    for name, values in whole.items():
        np.testing.assert_allclose(np.concatenate([part[name] for part in parts]), values)


def test_a_network_of_single_lines_begins_each_anew(networks):
    network = open_up(networks["numpy-lstm-lines"])
    values = network.read("abc\nabc\nabd").values(1)["hidden"]
    np.testing.assert_array_equal(values[:4], values[4:8])
    running_text = open_up(networks["lstm"]).read("abc\nabc\nabd").values(1)["hidden"]
    assert not np.allclose(running_text[:3], running_text[4:7])


def test_unseen_characters_are_left_out_and_named(networks):
    passage = open_up(networks["lstm"]).read("a!b?c")
    assert passage.pieces == ("a", "b", "c")
    assert passage.skipped == ("!", "?")


@pytest.mark.parametrize("text", ["", "a", "!?", "a!", None, "ab" * MAX_CHARACTERS])
def test_a_text_that_is_too_short_or_too_long_is_refused_in_a_sentence(networks, text):
    with pytest.raises(InputError, match=r"^.+\.$"):
        open_up(networks["lstm"]).read(text)


@pytest.mark.parametrize("text", ["", "12 34", "a " * (MAX_WORDS + 1)])
def test_a_review_that_cannot_be_looked_into_is_refused_in_a_sentence(reviewer, text):
    with pytest.raises(InputError, match=r"^.+\.$"):
        open_up(reviewer).read(text)


def test_a_long_text_has_a_limit_too(networks):
    with pytest.raises(InputError, match="characters"):
        next(open_up(networks["rnn"]).stream("a" * (MAX_LONG + 1), 0))


def test_a_layer_that_is_not_there_is_refused(networks):
    network = open_up(networks["rnn"])
    assert [network.layer(number) for number in (0, 1, -1, -2)] == [0, 1, 1, 0]
    for number in (2, -3):
        with pytest.raises(InputError, match=r"2 layer"):
            network.layer(number)


def test_a_predictor_without_such_layers_is_refused():
    forecaster = Forecaster.__new__(Forecaster)
    forecaster.name = "forecast"
    with pytest.raises(InputError, match="forecast cannot be looked into"):
        open_up(forecaster)
