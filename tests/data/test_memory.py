"""Laws of the made-up problems: what is asked can be answered, and guessing gets the baseline."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import memory
from data.memory import PROBLEMS, make_examples


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("problem", PROBLEMS)
@given(distance=st.integers(5, 60), count=st.integers(1, 20))
def test_examples_have_the_shapes_that_the_series_says(problem, distance, count):
    examples, series = make_examples(problem, distance, count, rng()), None
    series = PROBLEMS[problem].series(distance)
    N, _T, D = examples.x.shape
    assert (count, len(series.features)) == (N, D)
    assert examples.x.dtype == np.float32
    if series.answer == "number":
        assert (examples.y.dtype, examples.y.shape) == (np.float32, (count,))
    else:
        assert examples.y.dtype == np.int64
        assert 0 <= examples.y.min() <= examples.y.max() < series.output_size
        assert examples.y.shape == (examples.x.shape[:2] if series.answer == "symbols" else (N,))


@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_same_seed_makes_the_same_examples_and_another_one_others(problem):
    first, again, other = (make_examples(problem, 10, 5, rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first.x, again.x)
    assert np.array_equal(first.y, again.y)
    assert not np.array_equal(first.x, other.x)


def test_recall_asks_for_the_first_symbol_and_nothing_else_tells_it():
    examples = make_examples("recall", 12, 4000, rng())
    symbols = examples.x.argmax(-1)
    assert (examples.x.sum(-1) == 1).all()
    assert np.array_equal(symbols[:, 0], examples.y)
    later = (symbols[:, 1:] == examples.y[:, None]).mean(axis=0)
    assert np.abs(later - 1 / 8).max() < 0.03


def test_adding_asks_for_the_sum_of_one_marked_number_in_each_half():
    examples = make_examples("adding", 11, 500, rng())
    numbers, marks = examples.x[:, :, 0], examples.x[:, :, 1]
    assert (marks[:, :5].sum(1) == 1).all()
    assert (marks[:, 5:].sum(1) == 1).all()
    assert (numbers * marks).sum(1) == pytest.approx(examples.y)


def test_copying_asks_for_the_ten_symbols_after_the_mark_in_order():
    examples = make_examples("copying", 15, 50, rng())
    read = examples.x.argmax(-1)
    assert read.shape == (50, 35)
    assert np.array_equal(examples.y[:, -10:], read[:, :10])
    assert (examples.y[:, :-10] == 0).all()
    assert (read[:, :10] > 0).all()
    assert (np.flatnonzero(read[0] == 9) == [24]).all()  # ten answers follow it
    assert (read[:, 10:24] == 0).all()


@pytest.mark.parametrize(("problem", "classes"), [("leader", 2), ("leader-speed", 4)])
def test_no_single_step_tells_the_class_of_waves_but_two_steps_do(problem, classes):
    examples = make_examples(problem, 40, 4000, rng())
    assert np.bincount(examples.y).min() > 0.8 * 4000 / classes
    means = np.array([examples.x[examples.y % 2 == c].mean(axis=0) for c in range(2)])
    assert np.abs(means).max() < 0.15
    # A leads B by a quarter of a period: A(t) B(t+1) - A(t+1) B(t) has the sign of the class.
    a, b = examples.x[:, :, 0], examples.x[:, :, 1]
    turn = (a[:, :-1] * b[:, 1:] - a[:, 1:] * b[:, :-1]).sum(1)
    assert ((turn > 0) == (examples.y % 2 == 0)).mean() > 0.95


def test_the_baselines_are_what_guessing_gets():
    big = 20_000
    adding = make_examples("adding", 10, big, rng())
    assert PROBLEMS["adding"].baseline(10).loss == pytest.approx(
        float(((adding.y - 1) ** 2).mean()), rel=0.03
    )
    recall = make_examples("recall", 5, big, rng())
    assert PROBLEMS["recall"].baseline(5).score == pytest.approx((recall.y == 3).mean(), abs=0.01)
    assert PROBLEMS["recall"].baseline(5).loss == pytest.approx(math.log(8))
    assert PROBLEMS["copying"].baseline(80).loss == pytest.approx(10 * math.log(8) / 100)
    assert (PROBLEMS["leader"].baseline(9).score, PROBLEMS["leader-speed"].baseline(9).score) == (
        0.5, 0.25,
    )  # fmt: skip


def test_guessing_knows_the_shares_and_ignores_what_never_came():
    found = memory.guessing(np.array([3, 1, 0]))
    assert found.score == 0.75
    assert found.loss == pytest.approx(-(0.75 * math.log(0.75) + 0.25 * math.log(0.25)))


@pytest.mark.parametrize(("problem", "distance"), [("nothing", 20), ("recall", 4), ("adding", 201)])
def test_what_no_examples_can_be_made_of_is_a_sentence(problem, distance):
    with pytest.raises(ValueError, match="must be"):
        make_examples(problem, distance, 1, rng())
