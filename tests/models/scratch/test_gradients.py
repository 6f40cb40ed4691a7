"""Every gradient by hand equals the numeric one, and a planted mistake is found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.scratch.gradient_check import numeric_gradient, relative_error
from models.scratch.layers import (
    bidirectional_backward,
    bidirectional_forward,
    stacked_backward,
    stacked_forward,
)
from models.scratch.output import cross_entropy, softmax_backward
from tests.models.scratch.cases import (
    CELLS,
    KINDS,
    MUTANTS,
    PADDING_MUTANTS,
    Cell,
    draw_case,
    draw_parameters,
    load_mutant,
    without_output,
)

LIMIT = 1e-7


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("m", "lengths"), [(1, None), (3, None), (3, [2, 5, 1])])
def test_every_gradient_of_a_sequence_is_the_numeric_one(kind, m, lengths):
    errors = draw_case(kind, m=m, lengths=lengths).numeric_errors()
    assert max(errors.values()) < LIMIT, errors


@settings(max_examples=15, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_the_numeric_ones_at_any_size(kind, data):
    n_x, n_a, m, T = (data.draw(st.integers(1, 3), label=name) for name in ("n_x", "n_a", "m", "T"))
    lengths = data.draw(st.none() | st.lists(st.integers(1, T), min_size=m, max_size=m))
    case = draw_case(kind, n_x, n_a, m, T, lengths, seed=data.draw(st.integers(0, 2**31)))
    gradients = case.gradients()
    arrays = {"x": case.x, **case.parameters}
    arrays |= dict(zip(case.cell.state_names, case.state, strict=True))
    for name, array in arrays.items():
        # Absolute too: a gradient that is nearly zero has no relative precision.
        numeric = numeric_gradient(case.loss, array)
        np.testing.assert_allclose(gradients[f"d{name}"], numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("kind", "right", "wrong"), MUTANTS)
def test_a_planted_mistake_fails_the_numeric_check(kind, right, wrong):
    mutant = Cell(kind, load_mutant(kind, right, wrong))
    assert max(draw_case(kind, cell=mutant).numeric_errors().values()) > 1e-3


@pytest.mark.parametrize(("kind", "right", "wrong"), PADDING_MUTANTS)
def test_a_mistake_in_padded_steps_fails_the_numeric_check(kind, right, wrong):
    mutant = Cell(kind, load_mutant(kind, right, wrong))
    assert max(draw_case(kind, cell=mutant).numeric_errors().values()) < LIMIT
    padded = draw_case(kind, lengths=[2, 5, 1], cell=mutant)
    assert max(padded.numeric_errors().values()) > 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_every_gradient_of_a_step_is_the_numeric_one(kind):
    assert max(step_errors(draw_case(kind)).values()) < LIMIT


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("rnn", "(1 - a_next**2)", "(1 - a_next) ** 2"),
        ("lstm", '"dc_prev": dc * ft', '"dc_prev": dc'),
        ("lstm", "dc * c_prev * ft * (1 - ft)", "dc * c_prev * ft"),
        ("gru", "dp = drp * rt", "dp = drp"),
        ("gru-cho", "(rt * a_prev, dn)", "(a_prev, dn)"),
    ],
)
def test_a_planted_mistake_in_a_step_fails_its_check(kind, right, wrong):
    mutant = Cell(kind, load_mutant(kind, right, wrong))
    assert max(step_errors(draw_case(kind, cell=mutant)).values()) > 1e-3


def step_errors(case) -> dict[str, float]:
    """The errors of one step's gradients, with random upstream gradients."""
    xt, dstate = case.x[:, :, 0], tuple(d[:, :, 0] for d in case.dstates)
    parameters = without_output(case.parameters)

    def loss() -> float:
        state, _, _ = case.cell.cell_forward(xt, case.state, parameters)
        return float(sum((d * s).sum() for d, s in zip(dstate, state, strict=True)))

    _, _, cache = case.cell.cell_forward(xt, case.state, parameters)
    gradients = case.cell.cell_backward(dstate, cache)
    arrays = {"dxt": xt, **{f"d{name}": value for name, value in parameters.items()}}
    names = (f"d{name[0]}_prev" for name in case.cell.state_names)
    arrays |= dict(zip(names, case.state, strict=True))
    assert set(arrays) == set(gradients)
    return {k: relative_error(numeric_gradient(loss, v), gradients[k]) for k, v in arrays.items()}


def assert_numeric_gradients(forward, backward, inputs, upstream) -> None:
    """Every gradient of several layers, for random upstream gradients on all outputs."""
    (x, layers, states), (da, dstates) = inputs, upstream

    def loss() -> float:
        a, last, _ = forward()
        pairs = zip(sum(dstates, ()), sum(last, ()), strict=True)
        return float((da * a).sum() + sum((d * s).sum() for d, s in pairs))

    gradients = backward(forward()[2])
    pairs = [(x, gradients.dx)]
    pairs += zip(sum(states, ()), sum(gradients.dstates, ()), strict=True)
    for parameters, of_layer in zip(layers, gradients.layers, strict=True):
        pairs += [(parameters[name], of_layer[f"d{name}"]) for name in parameters]
    for array, gradient in pairs:
        assert relative_error(numeric_gradient(loss, array), gradient) < LIMIT


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lengths", [None, [2, 4, 1]])
def test_two_layers_have_the_numeric_gradients(kind, lengths):
    cell, n_x, n_a, m, T = kind.split("-")[0], 2, 3, 3, 4
    rng = np.random.default_rng(1)
    layers = [draw_parameters(kind, n, n_a, rng) for n in (n_x, n_a)]
    x, da = rng.standard_normal((n_x, m, T)), rng.standard_normal((n_a, m, T))
    parts = 2 if cell == "lstm" else 1
    states, dstates = (
        [tuple(rng.standard_normal((n_a, m)) for _ in range(parts)) for _ in layers]
        for _ in range(2)
    )

    assert_numeric_gradients(
        lambda: stacked_forward(cell, x, layers, states, lengths),
        lambda caches: stacked_backward(cell, da, caches, dstates),
        (x, layers, states), (da, dstates),
    )  # fmt: skip


@pytest.mark.parametrize("cell", CELLS)
def test_both_directions_have_the_numeric_gradients(cell):
    n_x, n_a, m, T, lengths = 2, 3, 3, 4, [2, 4, 1]
    rng = np.random.default_rng(2)
    layers = tuple(draw_parameters(cell, n_x, n_a, rng) for _ in range(2))
    x, da = rng.standard_normal((n_x, m, T)), rng.standard_normal((2 * n_a, m, T))
    parts = 2 if cell == "lstm" else 1
    states, dstates = (
        tuple(tuple(rng.standard_normal((n_a, m)) for _ in range(parts)) for _ in layers)
        for _ in range(2)
    )

    assert_numeric_gradients(
        lambda: bidirectional_forward(cell, x, layers, states, lengths),
        lambda caches: bidirectional_backward(cell, da, caches, dstates),
        (x, layers, states), (da, dstates),
    )  # fmt: skip


def test_the_gradient_of_cross_entropy_is_the_numeric_one():
    rng = np.random.default_rng(3)
    scores, targets = rng.standard_normal((4, 3, 5)), rng.integers(0, 4, (3, 5))
    valid = rng.random((3, 5)) < 0.6
    _, dscores = cross_entropy(scores, targets, valid)
    numeric = numeric_gradient(lambda: cross_entropy(scores, targets, valid)[0], scores)
    assert relative_error(numeric, dscores) < LIMIT
    assert not dscores[:, ~valid].any()


def test_the_softmax_gradient_has_no_part_along_a_shift_of_all_scores():
    rng = np.random.default_rng(4)
    y = rng.dirichlet(np.ones(5), size=3).T
    assert np.abs(softmax_backward(rng.standard_normal((5, 3)), y).sum(axis=0)).max() < 1e-15


def test_the_check_itself_refuses_single_precision():
    with pytest.raises(ValueError, match="float32, but float64"):
        numeric_gradient(lambda: 0.0, np.zeros(2, np.float32))
