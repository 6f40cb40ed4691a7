"""The film shows the values that make the states, and the saturation counts them."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
import torch

from data.errors import InputError
from inference.gates import OPEN, SHUT, gate_film, saturation
from inference.inside import open_up
from models.scratch.batches import START, one_hot
from models.scratch.layers import stacked_forward

TEXT = "bad cafe\nhe abc"


@pytest.mark.parametrize("layer", [0, 1])
def test_the_film_holds_the_lstm_equations_at_every_step(networks, layer):
    film = gate_film(networks["lstm"], TEXT, layer)
    v = film.values
    assert list(v) == ["forget", "input", "candidate", "cell", "output", "hidden"]
    before = np.vstack([np.zeros((1, len(film.units))), v["cell"][:-1]])
    np.testing.assert_allclose(v["cell"], v["forget"] * before + v["input"] * v["candidate"])
    np.testing.assert_allclose(v["hidden"], v["output"] * np.tanh(v["cell"]))


def test_the_film_of_a_numpy_network_is_that_of_its_own_caches(networks):
    predictor = networks["numpy-lstm-lines"]
    network = predictor.network
    tokens = [START, *network.config.encode("cafe")]
    x = one_hot(np.array([tokens]), network.config.vocab_size)
    _, _, caches = stacked_forward("lstm", x, network.layers())
    film = gate_film(predictor, "cafe", 1)
    for t, step in enumerate(list(caches[1][0])[1:]):  # the film begins with the first character
        np.testing.assert_allclose(film.values["forget"][t], step.ft[list(film.units), 0])
        np.testing.assert_allclose(film.values["hidden"][t], step.a_next[list(film.units), 0])


def test_the_units_that_move_most_are_shown_first(text_network):
    whole = gate_film(text_network, TEXT)
    memory = whole.values.get("cell", whole.values["hidden"])
    moves = np.ptp(np.tanh(memory), axis=0)
    assert (np.diff(moves) <= 0).all()
    few = gate_film(text_network, TEXT, most=3)
    assert few.units == whole.units[:3]
    assert few.hidden_size == len(whole.units) == 9
    np.testing.assert_array_equal(few.values["hidden"], whole.values["hidden"][:, :3])


def test_the_saturation_is_the_share_of_the_steps_of_a_film(networks):
    for kind in ("gru", "lstm", "mogrifier", "numpy-gru-lines"):
        predictor = networks[kind]
        values = open_up(predictor).read(TEXT).values(1)
        found = saturation(predictor, TEXT)
        assert found.steps == len(TEXT)
        assert list(found.shut) == list(found.open) == list(open_up(predictor).cells[1].gates)
        for gate, shut in found.shut.items():
            np.testing.assert_allclose(shut, (values[gate] < SHUT).mean(0))
            np.testing.assert_allclose(found.open[gate], (values[gate] > OPEN).mean(0))


def test_a_gate_with_a_large_bias_is_always_open_and_with_a_small_one_always_shut(networks):
    predictor = copy.copy(networks["lstm"])
    predictor.model = copy.deepcopy(predictor.model)
    with torch.no_grad():
        bias = predictor.model.layers[1].bias_ih_l0
        bias[9:18] = 40  # forget; i f g o
        bias[27:] = -40  # output
    found = saturation(predictor, TEXT)
    assert (found.open["forget"] == 1).all()
    assert (found.shut["output"] == 1).all()
    assert not (found.shut["forget"] + found.open["output"]).any()


def test_a_network_without_gates_has_a_film_but_no_saturation(networks):
    assert list(gate_film(networks["rnn"], TEXT).values) == ["hidden"]
    with pytest.raises(InputError, match="no gates"):
        saturation(networks["rnn"], TEXT)


def test_a_review_is_filmed_word_by_word(reviewer):
    film = gate_film(reviewer, "The cat sat on the mat.")
    assert film.pieces == ("The", "cat", "sat", "on", "the", "mat.")
    assert film.values["forget"].shape == (6, 7)


def test_json_holds_the_values_by_unit(networks):
    film = gate_film(networks["gru"], TEXT, 0, most=2)
    answer = json.loads(json.dumps(film.to_json()))
    assert set(answer["values"]) == {"reset", "keep", "candidate", "hidden"}
    np.testing.assert_allclose(answer["values"]["keep"], film.values["keep"].T, atol=1e-3)
    found = saturation(networks["gru"], TEXT, 0)
    answer = json.loads(json.dumps(found.to_json()))
    np.testing.assert_allclose(answer["shut"]["reset"], found.shut["reset"], atol=1e-4)
