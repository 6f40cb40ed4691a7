"""The gradient check finds each mistake where theory says, and nothing in the code as it is."""

from __future__ import annotations

import inspect
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import InputError
from inference.bug_clinic import (
    CELL_BACKWARD,
    MISTAKES,
    STEPS,
    THROUGH_TIME,
    UNITS,
    WRONG,
    CheckedArray,
    Patch,
    _Example,
    check_gradients,
    mistakes_of,
)
from models.scratch.layers import CELLS, layer_backward, layer_forward

PAIRS = [(cell, mistake) for cell in CELLS for mistake in mistakes_of(cell)]
SIZES = st.tuples(st.integers(*UNITS), st.integers(*STEPS))


def touched(cell: str, mistake: str, steps: int, name: str) -> str:
    """Which entries of a gradient theory calls wrong: "all", "none", or all but those of the last
    step ("earlier", for dx)."""
    one = steps == 1
    if mistake == "bias_sum":  # nothing else is made from a bias's gradient
        return "none" if one or not name.startswith("db") or name == "dbna" else "all"
    if mistake == "derivative" and cell == "rnn":
        return "all"
    if mistake == "derivative":  # of one gate: in a single step it stays within that gate
        gate = {"gru": "z", "lstm": "f"}[cell]
        return "all" if not one or name in (f"dW{gate}", f"db{gate}", "dx", "da0") else "none"
    if mistake == "no_carry" and cell == "lstm":
        if name == "dc0":
            return "all"
        # The output gate's gradient needs da alone: right until a wrong dc has made a wrong da.
        if one or (steps == 2 and name in ("dWo", "dbo")):
            return "none"
    elif one:  # what is handed back goes into the initial state only
        return "all" if name == "da0" and mistake != "no_time" else "none"
    return "earlier" if name == "dx" else "all"


@settings(max_examples=25, deadline=None)
@given(SIZES)
@pytest.mark.parametrize(("cell", "mistake"), PAIRS)
def test_a_mistake_turns_exactly_the_entries_wrong_that_theory_says(cell, mistake, sizes):
    check = check_gradients(cell, *sizes, mistake)
    for array in check.arrays:
        expected = np.full(
            array.wrong.shape, touched(cell, mistake, sizes[1], array.name) != "none"
        )
        if touched(cell, mistake, sizes[1], array.name) == "earlier":
            expected[..., -1] = False
        np.testing.assert_array_equal(array.wrong, expected, err_msg=array.name)


@settings(max_examples=25, deadline=None)
@given(SIZES)
@pytest.mark.parametrize("cell", CELLS)
def test_the_code_as_it_is_has_no_wrong_entry_and_is_far_from_one(cell, sizes):
    check = check_gradients(cell, *sizes)
    assert max(array.errors.max() for array in check.arrays) < WRONG / 10
    assert max(array.error for array in check.arrays) < 1e-8


@pytest.mark.parametrize("cell", CELLS)
def test_the_loop_over_the_steps_gives_what_models_scratch_gives(cell):
    example = _Example.draw(cell, 4, 5)
    _, _, caches = layer_forward(cell, example.x, example.state, example.parameters)
    dx, dstate, of_parameters = layer_backward(cell, example.weights, caches)
    expected = {**of_parameters, "dx": dx, **dict(zip(("da0", "dc0"), dstate, strict=False))}
    by_hand = example.by_hand(None)
    assert by_hand.keys() == expected.keys() == example.arrays().keys()
    for name, value in expected.items():
        np.testing.assert_allclose(by_hand[name], value, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("cell", "mistake"), PAIRS)
def test_a_mistake_is_one_line_and_leaves_the_real_function_alone(cell, mistake):
    patch = MISTAKES[mistake][cell]
    before = inspect.getsource(patch.function)
    assert patch.apply() is not patch.function
    check_gradients(cell, 2, 2, mistake)
    assert inspect.getsource(patch.function) == before
    assert patch.function in (CELL_BACKWARD[cell], THROUGH_TIME[cell])
    assert not any(array.wrong.any() for array in check_gradients(cell, 2, 2).arrays)
    signs = [line[:1] for line in patch.diff()]
    assert signs.count("-") == 1
    assert signs.count("+") == (1 if patch.wrong else 0)
    (removed,) = (line[1:] for line in patch.diff() if line.startswith("-"))
    assert patch.right.strip() in removed


def test_mistakes_are_offered_only_where_they_can_be_made():
    assert mistakes_of("rnn") == ["no_time", "derivative", "transposed", "bias_sum"]
    assert mistakes_of("gru") == ["no_time", "derivative", "transposed", "no_carry", "bias_sum"]
    assert mistakes_of("lstm") == ["no_time", "derivative", "no_carry", "bias_sum"]
    # The LSTM's matrices are oblong: transposed, NumPy itself refuses them.
    oblong = Patch(CELL_BACKWARD["lstm"], 'parameters[f"W{gate}"].T', 'parameters[f"W{gate}"]')
    example = _Example.draw("lstm", 3, 2)
    with pytest.raises(ValueError, match="mismatch"):
        example.by_hand(oblong)


def test_a_patch_that_does_not_fit_the_code_is_refused():
    with pytest.raises(ValueError, match="is not in rnn_cell_backward once"):
        Patch(CELL_BACKWARD["rnn"], "no such line", "").apply()


def test_errors_are_relative_but_not_for_what_is_nearly_zero():
    array = CheckedArray("dW", np.array([[1.0, 2.0, 0.0]]), np.array([[1.0, 1.0, 1e-10]]))
    np.testing.assert_allclose(array.errors, [[0, 1 / 3, 1e-6]], rtol=1e-3)
    assert array.wrong.tolist() == [[False, True, False]]
    assert array.worst == (0, 1)
    assert array.error == pytest.approx(1 / (5**0.5 + 2**0.5))


def test_the_json_is_plain_and_whole():
    check = check_gradients("lstm", 2, 3, "bias_sum")
    answer = json.loads(json.dumps(check.to_json()))
    assert (answer["cell"], answer["mistake"]) == ("lstm", "bias_sum")
    assert answer["arrays"]["dWf"] | {"by_hand": 0, "numeric": 0, "relative_error": 0} == {
        "shape": [2, 5], "by_hand": 0, "numeric": 0, "relative_error": 0, "wrong_entries": 0,
    }  # fmt: skip
    assert answer["arrays"]["dbf"]["wrong_entries"] == 2
    np.testing.assert_array_equal(answer["arrays"]["dx"]["by_hand"], check.arrays[-3].by_hand)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("transformer", 3, 3), "no cell 'transformer'; choose one of rnn, gru, lstm"),
        ((None, 3, 3), "no cell"),
        (("rnn", 1, 3), "units must be a whole number from 2 to 5"),
        (("rnn", 10**9, 3), "units must be"),
        (("rnn", 2.5, 3), "units must be"),
        (("rnn", 3, 0), "steps must be a whole number from 1 to 6"),
        (("rnn", 3, float("nan")), "steps must be"),
        (("lstm", 3, 3, "transposed"), "no mistake for the lstm cell; choose one of no_time"),
        (("rnn", 3, 3, "<b>"), "'<b>' is no mistake"),
    ],
)
def test_what_is_not_offered_is_refused_with_a_sentence(arguments, sentence):
    with pytest.raises(InputError, match=sentence):
        check_gradients(*arguments)
