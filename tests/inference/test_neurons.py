"""Units are read as the network has them, and ranked by correlations that are Pearson's."""

from __future__ import annotations

import json

import numpy as np
import pytest

from data.errors import InputError
from inference.features import character_features
from inference.inside import open_up
from inference.neurons import correlations, rank_units, read_neurons
from inference.sampling import log_probabilities

TEXT = "bad cafe\nhe abc\n"
REVIEW = "The cat sat on the mat, and the dog was flat."


def features_of(text: str) -> dict[str, str]:
    """The features of a text by characters, 0 and 1 as a string."""
    found = character_features(list(text))
    return {name: "".join(f"{int(v)}" for v in values) for name, values in found.items()}


def test_the_features_are_what_they_are_called():
    text = 'Ab "cE" d\nROM:\nno\nA b:x'
    found = features_of(text)
    assert found["upper case"] == "".join(str(int(c.isupper())) for c in text)
    assert found["after a vowel"] == "".join(str(int(c in "aeiouAEIOU")) for c in text)
    assert found["inside quotes"] == "000111".ljust(len(text), "0")
    assert found["a name at the start of a line"] == ("0" * 10 + "111").ljust(len(text), "0")
    assert found["place in the line"][:9] == "123456789"
    assert found["place in the line"][9:14] == "01234"


def test_a_quote_that_is_open_at_the_end_is_inside_to_the_end():
    assert features_of('a "bc')["inside quotes"] == "00111"
    assert features_of("a “b” c")["inside quotes"] == "0011000"


def test_a_longer_token_has_the_feature_of_its_last_character():
    found = character_features(["\nth", "e", " D"])
    assert found["place in the line"].tolist() == [2, 3, 5]
    assert found["after a vowel"].tolist() == [0, 1, 0]
    assert found["upper case"].tolist() == [0, 0, 1]


def test_correlations_are_pearsons():
    rng = np.random.default_rng(0)
    states, feature = rng.normal(size=(50, 4)), rng.normal(size=50)
    states[:, 2] = -3 * feature + 1
    states[:, 3] = 7
    r = correlations(states, feature)
    expected = [np.corrcoef(column, feature)[0, 1] for column in states.T[:3]]
    np.testing.assert_allclose(r[:3], expected)
    assert r[2] == pytest.approx(-1)
    assert r[3] == 0


def test_the_states_and_the_guesses_are_the_networks_own(text_network):
    read = read_neurons(text_network, TEXT, 0)
    network = open_up(text_network)
    passage = network.read(TEXT)
    np.testing.assert_array_equal(read.states, passage.values(0)["hidden"])
    np.testing.assert_array_equal(read.unit(3), read.states[:, 3])
    probabilities = np.exp(log_probabilities(network.expected(passage)[1:]))
    for row, guesses in zip(probabilities, read.guesses, strict=True):
        best = np.sort(row)[::-1][:5]
        np.testing.assert_allclose([p for _, p in guesses], best)
        pieces = [network.tokenizer.encode(piece)[0] for piece, _ in guesses]
        np.testing.assert_allclose(row[pieces], best)


def test_the_unit_that_goes_with_a_feature_comes_first(networks, monkeypatch):
    text = "abc DEF\n" * 20
    values = np.random.default_rng(0).normal(size=(len(text), 9))
    upper = np.array([c.isupper() for c in text], float)
    values[:, 4] = -upper

    def stream(network, text, layer):
        yield {"hidden": values[:60]}
        yield {"hidden": values[60:]}

    monkeypatch.setattr("inference.inside.Network.stream", stream)
    monkeypatch.setattr("inference.inside.Network.pieces", lambda network, text: tuple(text))
    found = rank_units(networks["lstm"], text)
    assert found.best(2)[0] == (4, "upper case", pytest.approx(-1))
    assert found.of("upper case", 1) == [(4, pytest.approx(-1))]
    assert len(found.best(50)) == 9
    assert found.places == len(text)
    assert "inside quotes" not in found.features  # the text has none
    assert found.correlations.shape == (len(found.features), 9)


def test_every_network_is_ranked(text_network):
    found = rank_units(text_network, TEXT * 3)
    assert set(found.features) == {"place in the line", "after a vowel"}
    strengths = [abs(r) for _, _, r in found.best()]
    assert strengths == sorted(strengths, reverse=True)
    assert json.loads(json.dumps(found.to_json()))["places"] == len(TEXT) * 3


def test_a_text_without_any_feature_ranks_nothing(networks):
    assert rank_units(networks["numpy-rnn-windows"], "\n" * 20).best() == []


def test_the_units_of_a_review_are_ranked_by_the_verdict_so_far(reviewer):
    found = rank_units(reviewer, REVIEW)
    running = reviewer.predict([REVIEW], running=True)[0].running
    read = read_neurons(reviewer, REVIEW)
    ((unit, feature, r),) = found.best(1)
    assert feature == "the verdict so far"
    assert r == pytest.approx(np.corrcoef(read.unit(unit), running)[0, 1])
    assert read.guesses == ()


def test_json_holds_the_units_that_are_asked_for(networks):
    read = read_neurons(networks["lstm"], TEXT)
    answer = json.loads(json.dumps(read.to_json((2, 5))))
    assert set(answer["units"]) == {"2", "5"}
    np.testing.assert_allclose(answer["units"]["5"], read.unit(5), atol=1e-3)
    assert len(answer["guesses"]) == len(TEXT)


def test_a_layer_that_is_not_there_is_refused(networks):
    for view in (read_neurons, rank_units):
        with pytest.raises(InputError, match="2 layer"):
            view(networks["lstm"], TEXT, 2)
