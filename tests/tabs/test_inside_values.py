"""What travels to the views inside a network is what was found there, rounded and nothing else."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inference.gates import GateFilm
from inference.influence import Influence
from inference.neurons import NeuronReading, UnitRanking
from tabs import inside_values
from tabs.inside_values import ALL_FEATURES


def unpacked(packed: str, units: int) -> np.ndarray:
    """(U, M), as the scripts read it."""
    flat = np.frombuffer(base64.b64decode(packed), np.uint8).astype(float)
    return (flat.reshape(units, -1) - 100) / 100


def unpacked_rows(packed: str) -> list[int]:
    """All rows, one after the other, in thousandths."""
    return np.frombuffer(base64.b64decode(packed), "<u2").tolist()


def make_ranking(**fields) -> UnitRanking:
    correlations = np.array([[0.1, -0.9, 0.3], [0.5, 0.2, -0.6]])
    values = {"features": ("place", "upper case"), "correlations": correlations, **fields}
    return UnitRanking("net", 1, 40, **values)


@given(arrays(np.float64, (4, 3), elements=st.floats(-1, 1)))
def test_packed_values_come_back_to_two_decimals(values):
    found = unpacked(inside_values.packed(values), 3)
    np.testing.assert_allclose(found, values.T, atol=0.005 + 1e-12)


def test_what_is_out_of_bounds_is_packed_as_its_bound():
    assert unpacked(inside_values.packed(np.array([[-7.0], [7.0]])), 1).tolist() == [[-1, 1]]


def test_a_prediction_of_a_text_has_the_shares_of_all_that_stands_before_it():
    squared = np.tril(np.arange(12.0).reshape(4, 3), -1)
    found = Influence("net", tuple("abc"), ("", "b", "c", "d"), squared)
    value = inside_values.influence_value({"RNN": found}, words=False)
    (row,) = value["rows"]
    assert (row["title"], row["model"], row["pieces"]) == ("RNN", "net", ["a", "b", "c"])
    assert unpacked_rows(row["shares"]) == [1000, 462, 538, 300, 333, 367]


def test_a_verdict_has_the_shares_of_its_own_word_too():
    squared = np.tril(np.ones((2, 2)))
    found = Influence("net", ("not", "bad"), ("positive", "positive"), squared)
    value = inside_values.influence_value({"verdict": found}, words=True)
    assert value["words"]
    assert unpacked_rows(value["rows"][0]["shares"]) == [1000, 500, 500]


def test_reach_is_the_mean_share_of_the_near_and_of_the_far():
    even = [np.full(count, 1 / count) for count in (1, 10, 25)]
    said = inside_values.reach(even, "characters")
    # The last 5 of 10 and of 25: 50 % and 20 %; before the last 20 of 25: 20 %.
    assert said == (
        "On average 35 % of the influence comes from the last 5 characters, 20.0 % from more than "
        "20 back."
    )
    assert "more than" not in inside_values.reach(even[:2], "characters")
    assert inside_values.reach(even[:1], "characters") == ""


def test_units_are_listed_by_feature_with_what_they_do_on_the_text_itself():
    here = make_ranking(features=("upper case",), correlations=np.array([[0.4, 0.7, -0.2]]))
    listed = inside_values.ranked(make_ranking(), here)
    assert list(listed) == [ALL_FEATURES, "place", "upper case"]
    assert listed["place"] == [
        [1, "place", -0.9, None], [2, "place", 0.3, None], [0, "place", 0.1, None],
    ]  # fmt: skip
    assert listed["upper case"][0] == [2, "upper case", -0.6, -0.2]
    assert [row[:2] for row in listed[ALL_FEATURES]] == [
        [1, "place"], [2, "upper case"], [0, "upper case"],
    ]  # fmt: skip


def test_one_feature_needs_no_list_of_any_feature():
    one = make_ranking(features=("place",), correlations=np.array([[0.1, 0.2]]))
    assert list(inside_values.ranked(one, None)) == ["place"]
    none = make_ranking(features=(), correlations=np.zeros((0, 2)))
    assert inside_values.ranked(none, None) == {}


@pytest.mark.parametrize("ranking", [None, make_ranking()])
def test_a_reader_gets_all_units_and_the_guesses(ranking):
    states = np.array([[0.5, -0.25, 0], [1, 0.1, -1]])
    reading = NeuronReading("net", 1, ("a", "b"), states, ((("b", 0.75),), (("<", 0.5),)))
    value = inside_values.neuron_value(reading, ranking, None, "said")
    assert unpacked(value["units"], 3).tolist() == states.T.tolist()
    assert value["guesses"] == [["b", 0.75], ["<", 0.5]]
    assert not value["words"]
    assert (value["ranked"] is None) == (ranking is None)
    json.dumps(value)


def test_a_film_tells_gates_from_states_and_bounds_the_cell():
    values = {name: np.full((2, 1), 0.5) for name in ("forget", "cell", "hidden")}
    value = inside_values.film_value(GateFilm("net", 0, ("a", "b"), (7,), 9, values), words=False)
    assert [(gate["name"], gate["gate"]) for gate in value["gates"]] == [
        ("forget", True), ("cell", False), ("hidden", False),
    ]  # fmt: skip
    assert unpacked(value["gates"][1]["packed"], 1).tolist() == [[0.46, 0.46]]
    json.dumps(value)
