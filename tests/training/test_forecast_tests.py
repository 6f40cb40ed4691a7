"""Laws of the tests of significance, against hand-worked values, scipy and statsmodels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from training.forecast_tests import (
    christoffersen,
    diebold_mariano,
    kupiec,
    newey_west_variance,
    usual_lags,
)

RNG = np.random.default_rng(0)


def wandering(count: int, persistence: float = 0.5, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal(count)
    for t in range(1, count):
        noise[t] += persistence * noise[t - 1]
    return noise


# Newey-West and Diebold-Mariano


def test_newey_west_equals_the_hand_worked_value() -> None:
    # Around 2.5: -1.5, -0.5, 0.5, 1.5; g0 = 5 / 4, g1 = (0.75 - 0.25 + 0.75) / 4.
    values = np.array([1.0, 2.0, 3.0, 4.0])
    assert newey_west_variance(values, 0) == pytest.approx(1.25 / 4)
    assert newey_west_variance(values, 1) == pytest.approx((1.25 + 2 * 0.5 * 0.3125) / 4)
    assert math.isnan(newey_west_variance(values[:0], 1))


@pytest.mark.parametrize("lags", [0, 1, 7, 300])
def test_newey_west_is_that_of_statsmodels(lags: int) -> None:
    linear_model = pytest.importorskip("statsmodels.api", reason="a training dependency").OLS
    values = wandering(200)
    lags = min(lags, 199)
    fit = linear_model(values, np.ones(200)).fit(cov_type="HAC", cov_kwds={"maxlags": lags})
    assert newey_west_variance(values, lags) == pytest.approx(fit.bse[0] ** 2)


def test_the_usual_lags_grow_slowly_with_the_days() -> None:
    assert [usual_lags(count) for count in (10, 69, 100, 279, 1397)] == [2, 3, 4, 5, 7]


def test_diebold_mariano_without_lags_is_the_paired_t_test() -> None:
    losses, rival = RNG.exponential(size=(2, 40))
    ours = diebold_mariano(losses, rival, lags=0)
    np.testing.assert_allclose(ours, stats.ttest_rel(losses, rival))


def test_diebold_mariano_corrects_for_overlapping_steps() -> None:
    losses, rival = wandering(80, seed=1), np.zeros(80)
    one, five = diebold_mariano(losses, rival, 1, lags=6), diebold_mariano(losses, rival, 5, lags=6)
    expected = math.sqrt((81 - 10 + 20 / 80) / 80) / math.sqrt(79 / 80)
    assert five.statistic / one.statistic == pytest.approx(expected)
    # So many steps have at least so many lags.
    assert diebold_mariano(losses, rival, 5, lags=0) == diebold_mariano(losses, rival, 5, lags=4)


def test_diebold_mariano_is_negative_for_the_better_and_turns_with_the_two() -> None:
    better, worse = RNG.exponential(size=300), RNG.exponential(size=300) + 0.5
    verdict, turned = diebold_mariano(better, worse), diebold_mariano(worse, better)
    assert verdict.statistic < -3
    assert verdict.p_value < 0.01
    assert turned.statistic == pytest.approx(-verdict.statistic)


def test_diebold_mariano_seldom_rejects_equals_that_correlate() -> None:
    p_values = [
        diebold_mariano(wandering(300, 0.3, seed), np.zeros(300)).p_value for seed in range(300)
    ]
    assert 0.02 < np.mean(np.array(p_values) < 0.05) < 0.11


@pytest.mark.parametrize(
    "difference", [[], [1.0], [0.0] * 9, [0.1] * 9, [1.0, 2.0]], ids=["none", "one", "0", ".1", "s"]
)
def test_diebold_mariano_is_undefined_without_a_difference_that_varies(
    difference: list[float],
) -> None:
    steps = 2 if len(difference) == 2 else 1  # more steps than the days can tell of
    assert all(map(math.isnan, diebold_mariano(difference, np.zeros(len(difference)), steps)))


# Kupiec and Christoffersen


def test_kupiec_equals_the_hand_worked_value() -> None:
    # 5 misses in 250 days at 1 %: 2 (245 ln(0.98 / 0.99) + 5 ln(0.02 / 0.01)) = 1.9568
    verdict = kupiec(np.arange(250) < 5, 0.01)
    assert verdict.statistic == pytest.approx(1.9568, abs=1e-4)
    assert verdict.p_value == pytest.approx(math.erfc(math.sqrt(1.9568 / 2)), abs=1e-4)


@settings(deadline=None)
@given(found=st.integers(0, 60), promised=st.floats(0.01, 0.5))
def test_kupiec_is_the_ratio_of_binomial_likelihoods(found: int, promised: float) -> None:
    binomial = stats.binom(60, found / 60).logpmf(found) - stats.binom(60, promised).logpmf(found)
    verdict = kupiec(np.arange(60) < found, promised)
    assert verdict.statistic == pytest.approx(max(2 * binomial, 0.0), abs=1e-9)


def test_kupiec_is_defined_for_no_miss_and_for_misses_only() -> None:
    assert kupiec(np.zeros(100, bool), 0.05).statistic == pytest.approx(-200 * math.log(0.95))
    assert kupiec(np.ones(3, bool), 0.05).statistic == pytest.approx(-6 * math.log(0.05))
    assert all(map(math.isnan, kupiec(np.zeros(0, bool), 0.05)))


def test_as_many_misses_as_promised_are_no_evidence() -> None:
    assert kupiec(np.arange(100) < 5, 0.05) == (pytest.approx(0.0, abs=1e-9), pytest.approx(1.0))


def test_christoffersen_equals_the_hand_worked_value() -> None:
    # 0 0 1 1 0 0 0 1 0 0: after a hit 4 hits and 2 misses, after a miss 2 hits and 1 miss.
    misses = np.array([0, 0, 1, 1, 0, 0, 0, 1, 0, 0], dtype=bool)
    independence, joint = christoffersen(misses, 0.3)
    assert independence.statistic == pytest.approx(0.0, abs=1e-12)  # a third in both
    assert joint.statistic == pytest.approx(0.0, abs=1e-12)  # 3 of 10, as promised
    half = christoffersen(misses, 0.5)[1]
    expected = 2 * (3 * math.log(0.3 / 0.5) + 7 * math.log(0.7 / 0.5))
    assert half.statistic == pytest.approx(expected)
    assert half.p_value == pytest.approx(math.exp(-expected / 2))  # chi-squared with 2 degrees


@settings(deadline=None)
@given(misses=st.lists(st.booleans(), min_size=8, max_size=60))
def test_independence_is_the_g_test_of_the_table_of_transitions(misses: list[bool]) -> None:
    series = np.array(misses)
    table = np.array(
        [[((series[:-1] == i) & (series[1:] == j)).sum() for j in (0, 1)] for i in (0, 1)]
    )
    independence, joint = christoffersen(series, 0.2)
    if (table.sum(axis=1) == 0).any():
        assert math.isnan(independence.p_value)
        assert math.isnan(joint.p_value)
    elif (table.sum(axis=0) == 0).any():  # only one outcome ever follows
        assert independence.p_value == pytest.approx(1.0)
    else:
        found = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
        assert independence.statistic == pytest.approx(found.statistic, abs=1e-9)
        assert independence.p_value == pytest.approx(found.pvalue, abs=1e-6)
        assert joint.statistic == pytest.approx(found.statistic + kupiec(series, 0.2).statistic)


def test_misses_that_come_in_runs_are_found_out() -> None:
    misses = np.tile(np.arange(100) < 5, 4)
    independence, joint = christoffersen(misses, 0.05)
    assert kupiec(misses, 0.05).p_value == pytest.approx(1.0)
    assert independence.p_value < 1e-6
    assert joint.p_value < 1e-6


@pytest.mark.parametrize("misses", [[], [False] * 9, [False, False, True], [True] * 9])
def test_christoffersen_is_undefined_where_nothing_follows_a_miss_or_a_hit(
    misses: list[bool],
) -> None:
    for verdict in christoffersen(np.array(misses, dtype=bool), 0.05):
        assert all(map(math.isnan, verdict))
