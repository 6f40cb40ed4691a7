"""Laws of whole sequences that need no reference: one pass is many steps, a split changes nothing,
padding changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.scratch.layers import (
    bidirectional_forward,
    layer_forward,
    stacked_backward,
    stacked_forward,
    turn_round,
)
from tests.models.scratch.cases import (
    CELLS,
    KINDS,
    MUTANTS,
    PADDING_MUTANTS,
    Cell,
    draw_case,
    draw_parameters,
    load_mutant,
)

CLOSE = {"rtol": 0, "atol": 1e-12}
sizes = st.tuples(*[st.integers(1, 5)] * 4)  # n_x, n_a, m, T
seeds = st.integers(0, 2**31)


def difference(ours: dict, theirs: dict) -> float:
    """The largest difference of any two arrays under the same names."""
    assert set(ours) == set(theirs)
    return max(float(np.abs(ours[name] - theirs[name]).max()) for name in ours)


def by_steps(case) -> tuple[tuple, dict]:
    """The states and gradients of a case from the cell functions alone, in the course's loop."""
    cell, T = case.cell, case.x.shape[2]
    state, states, caches = case.state, [], []
    for t in range(T):
        state, _, cache = cell.cell_forward(case.x[:, :, t], state, case.parameters)
        states.append(state)
        caches.append(cache)
    gradients, upstream = {"dx": np.zeros_like(case.x)}, [np.zeros_like(s) for s in state]
    for t in reversed(range(T)):
        dstate = [d[:, :, t] + u for d, u in zip(case.dstates, upstream, strict=True)]
        of_step = cell.cell_backward(dstate, caches[t])
        gradients["dx"][:, :, t] = of_step.pop("dxt")
        upstream = [of_step.pop(f"d{name[0]}_prev") for name in cell.state_names]
        for name, gradient in of_step.items():
            gradients[name] = gradients.get(name, 0) + gradient
    gradients |= {f"d{n}": u for n, u in zip(cell.state_names, upstream, strict=True)}
    sequences = tuple(np.stack(parts, axis=2) for parts in zip(*states, strict=True))
    return sequences, gradients, caches


def by_sequence(case) -> tuple[tuple, dict]:
    states, _, caches = case.cell.forward(case.x, case.state, case.parameters, case.lengths)
    return states, case.cell.backward(case.dstates, caches)


def split_difference(case, at: int) -> float:
    """One pass over T_x against two with the state carried over and its gradient handed back."""
    cell, parameters = case.cell, case.parameters
    whole_states, whole = by_sequence(case)
    first, _, first_caches = cell.forward(case.x[:, :, :at], case.state, parameters)
    middle = tuple(s[:, :, -1] for s in first)
    second, _, second_caches = cell.forward(case.x[:, :, at:], middle, parameters)
    late = cell.backward(tuple(d[:, :, at:] for d in case.dstates), second_caches)
    carried = tuple(np.array(d[:, :, :at]) for d in case.dstates)
    for d, name in zip(carried, cell.state_names, strict=True):
        d[:, :, -1] += late.pop(f"d{name}")
    early = cell.backward(carried, first_caches)
    joined = {"dx": np.concatenate([early.pop("dx"), late.pop("dx")], axis=2)}
    joined |= {name: early[name] + late.get(name, 0) for name in early}
    states = [np.concatenate(pair, axis=2) for pair in zip(first, second, strict=True)]
    forward = max(np.abs(a - b).max() for a, b in zip(states, whole_states, strict=True))
    return max(float(forward), difference(joined, whole))


def padding_difference(case) -> float:
    """A padded batch against its sequences one by one, each cut to its own length."""
    padded_states, padded = by_sequence(case)
    total, worst = {}, 0.0
    for k, length in enumerate(case.lengths):
        column = slice(k, k + 1)
        x, state = case.x[:, column, :length], tuple(s[:, column] for s in case.state)
        # The held state is each sequence's last one: what comes in after the end belongs to it.
        dstates = tuple(np.array(d[:, column, :length]) for d in case.dstates)
        for d, whole in zip(dstates, case.dstates, strict=True):
            d[:, :, -1] += whole[:, column, length:].sum(axis=2)
        states, _, caches = case.cell.forward(x, state, case.parameters)
        alone = case.cell.backward(dstates, caches)
        worst = max(worst, float(np.abs(padded["dx"][:, column, :length] - alone.pop("dx")).max()))
        for name, s, held in zip(case.cell.state_names, states, padded_states, strict=True):
            worst = max(worst, float(np.abs(held[:, column, :length] - s).max()))
            worst = max(
                worst, float(np.abs(held[:, column, length:] - s[:, :, -1:]).max(initial=0))
            )
            before = alone.pop(f"d{name}")
            worst = max(worst, float(np.abs(padded[f"d{name}"][:, column] - before).max()))
        total = {name: total.get(name, 0) + gradient for name, gradient in alone.items()}
    return max(worst, difference(total, {name: padded[name] for name in total}))


@settings(max_examples=25, deadline=None)
@given(sizes=sizes, seed=seeds)
@pytest.mark.parametrize("kind", KINDS)
def test_a_sequence_is_its_steps_one_after_the_other(kind, sizes, seed):
    case = draw_case(kind, *sizes, seed=seed)
    states, gradients = by_sequence(case)
    step_states, step_gradients, _ = by_steps(case)
    for ours, theirs in zip(states, step_states, strict=True):
        np.testing.assert_allclose(ours, theirs, **CLOSE)
    assert difference(gradients, step_gradients) < 1e-12


@pytest.mark.parametrize("kind", KINDS)
def test_a_learners_own_list_of_cell_caches_goes_back_as_well(kind):
    case = draw_case(kind)
    _, gradients, caches = by_steps(case)
    plain = [tuple(cache) for cache in caches]
    assert difference(case.cell.backward(case.dstates, (plain, case.x)), gradients) < 1e-12


@settings(max_examples=25, deadline=None)
@given(sizes=sizes, seed=seeds, data=st.data())
@pytest.mark.parametrize("kind", KINDS)
def test_one_pass_equals_two_with_carried_state(kind, sizes, seed, data):
    n_x, n_a, m, T = sizes
    at = data.draw(st.integers(1, T))
    assert split_difference(draw_case(kind, n_x, n_a, m, T + 1, seed=seed), at) < 1e-12


@settings(max_examples=25, deadline=None)
@given(sizes=sizes, seed=seeds, data=st.data())
@pytest.mark.parametrize("kind", KINDS)
def test_a_padded_batch_equals_its_sequences_one_by_one(kind, sizes, seed, data):
    *_, m, T = sizes
    lengths = data.draw(st.lists(st.integers(1, T), min_size=m, max_size=m))
    assert padding_difference(draw_case(kind, *sizes, lengths=lengths, seed=seed)) < 1e-12


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_after_a_sequences_end_is_not_read(kind):
    case = draw_case(kind, lengths=[2, 5, 1])
    states, gradients = by_sequence(case)
    case.x[:, 0, 2:] = case.x[:, 2, 1:].max() + 7
    again, gradients_again = by_sequence(case)
    assert all(np.array_equal(a, b) for a, b in zip(states, again, strict=True))
    assert difference(gradients, gradients_again) == 0
    assert not gradients["dx"][:, 0, 2:].any()


@pytest.mark.parametrize(("kind", "right", "wrong"), MUTANTS)
def test_a_planted_mistake_breaks_the_law_of_steps(kind, right, wrong):
    case = draw_case(kind, cell=Cell(kind, load_mutant(kind, right, wrong)))
    assert difference(by_sequence(case)[1], by_steps(case)[1]) > 1e-3


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("rnn", '"da0": da0.T', '"da0": 2 * da0.T'),
        ("lstm", "a[0], c[0] = a0, c0", "a[0], c[0] = a0, 0"),
        ("lstm", '"dc0": dc0.T', '"dc0": 0 * dc0.T'),
        ("gru", "a[0] = a0", "a[0] = 0"),
    ],
)
def test_a_planted_mistake_breaks_the_law_of_splits(kind, right, wrong):
    case = draw_case(kind, cell=Cell(kind, load_mutant(kind, right, wrong)))
    assert split_difference(case, 2) > 1e-3


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        *PADDING_MUTANTS,
        ("rnn", "np.copyto(a[t + 1], a[t], where=padded[t][:, None])", "pass"),
        ("lstm", "np.copyto(c[t + 1], c[t], where=padded[t][:, None])", "pass"),
        ("lstm", "np.copyto(a[t + 1], a[t], where=padded[t][:, None])", "pass"),
        ("gru", "np.copyto(a[t + 1], a[t], where=padded[t][:, None])", "pass"),
    ],
)
def test_a_planted_mistake_breaks_the_law_of_padding(kind, right, wrong):
    mutant = Cell(kind, load_mutant(kind, right, wrong))
    assert padding_difference(draw_case(kind, lengths=[2, 5, 1], cell=mutant)) > 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_a_backward_pass_over_fewer_steps_is_that_of_the_shorter_sequence(kind):
    case, short = draw_case(kind, T=6), draw_case(kind, T=6)
    _, _, caches = case.cell.forward(case.x, case.state, case.parameters)
    short.x, short.dstates = short.x[:, :, :4], tuple(d[:, :, :4] for d in short.dstates)
    assert difference(case.cell.backward(short.dstates, caches), by_sequence(short)[1]) < 1e-12


@pytest.mark.parametrize("cell", CELLS)
def test_two_layers_are_one_after_the_other(cell):
    rng = np.random.default_rng(0)
    layers = [draw_parameters(cell, n, 4, rng) for n in (3, 4)]
    x, lengths = rng.standard_normal((3, 2, 5)), [5, 2]
    a, states, _ = stacked_forward(cell, x, layers, None, lengths)
    below, state_below, _ = layer_forward(cell, x, None, layers[0], lengths)
    above, state_above, _ = layer_forward(cell, below, None, layers[1], lengths)
    assert np.array_equal(a, above)
    for ours, theirs in zip(states, (state_below, state_above), strict=True):
        assert all(np.array_equal(p, q) for p, q in zip(ours, theirs, strict=True))
        assert np.array_equal(states[1][0], a[:, :, -1])


def test_the_last_state_of_the_stack_takes_its_own_gradient():
    rng = np.random.default_rng(0)
    layers = [draw_parameters("gru", n, 4, rng) for n in (3, 4)]
    x = rng.standard_normal((3, 2, 5))
    _, _, caches = stacked_forward("gru", x, layers)
    da = np.zeros((4, 2, 5))
    da[:, :, -1] = 1
    dstates = [(np.zeros((4, 2)),), (np.ones((4, 2)),)]
    by_output = stacked_backward("gru", da, caches)
    by_state = stacked_backward("gru", 0 * da, caches, dstates)
    np.testing.assert_allclose(by_output.dx, by_state.dx, **CLOSE)


@settings(max_examples=25, deadline=None)
@given(m=st.integers(1, 4), T=st.integers(1, 6), data=st.data())
def test_turning_round_twice_changes_nothing_and_padding_stays(m, T, data):
    lengths = np.array(data.draw(st.lists(st.integers(1, T), min_size=m, max_size=m)))
    x = np.random.default_rng(0).standard_normal((2, m, T))
    turned = turn_round(x, lengths)
    assert np.array_equal(turn_round(turned, lengths), x)
    for k, length in enumerate(lengths):
        assert np.array_equal(turned[:, k, :length], x[:, k, :length][:, ::-1])
        assert np.array_equal(turned[:, k, length:], x[:, k, length:])


@pytest.mark.parametrize("cell", CELLS)
def test_the_backward_direction_is_the_forward_one_on_the_turned_sequence(cell):
    rng = np.random.default_rng(0)
    layers = tuple(draw_parameters(cell, 3, 4, rng) for _ in range(2))
    x = rng.standard_normal((3, 1, 5))
    a, _, _ = bidirectional_forward(cell, x, layers)
    turned, _, _ = layer_forward(cell, x[:, :, ::-1], None, layers[1])
    assert np.array_equal(a[4:], turned[:, :, ::-1])


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_pass_returns_cannot_be_changed_by_mistake(kind):
    case = draw_case(kind)
    states, _, _ = case.cell.forward(case.x, case.state, case.parameters)
    for sequence in states:
        with pytest.raises(ValueError, match="read-only"):
            sequence *= 2
