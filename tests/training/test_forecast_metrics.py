"""Laws of the scores of forecasts, against hand-worked values and scoringrules."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.forecasting import LEVELS
from training.forecast_metrics import (
    brier_score,
    coverage,
    crps,
    direction_hits,
    inside_band,
    level_index,
    level_weights,
    mase,
    naive_error,
    pinball_loss,
    pit_counts,
    probability_below,
)


@pytest.fixture(scope="module")
def scoringrules() -> object:
    return pytest.importorskip("scoringrules", reason="a training dependency")


def normal_quantiles(levels: np.ndarray) -> np.ndarray:
    return np.array([NormalDist().inv_cdf(level) for level in levels])


# Pinball loss and CRPS


def test_pinball_loss_equals_the_hand_worked_value() -> None:
    # Target 1 against quantiles 0 (too low: 0.9 * 1) and 3 (too high: 0.1 * 2) at the level 0.9.
    levels = np.array([0.9, 0.9])
    np.testing.assert_allclose(
        pinball_loss(np.array([0.0, 3.0]), np.array(1.0), levels), [0.9, 0.2]
    )
    tensors = pinball_loss(torch.tensor([0.0, 3.0]), torch.tensor(1.0), torch.tensor(levels))
    np.testing.assert_allclose(tensors, [0.9, 0.2])


def test_pinball_loss_is_that_of_scoringrules(scoringrules: object) -> None:
    rng = np.random.default_rng(0)
    quantiles, targets = np.sort(rng.normal(size=(50, len(LEVELS)))), rng.normal(size=50)
    ours = pinball_loss(quantiles, targets, np.array(LEVELS))
    for k, level in enumerate(LEVELS):
        expected = scoringrules.quantile_score(targets, quantiles[:, k], level)
        np.testing.assert_allclose(ours[:, k], expected)


@settings(deadline=None)
@given(levels=st.lists(st.floats(0.01, 0.99), min_size=1, max_size=20, unique=True))
def test_level_weights_share_out_the_whole_interval(levels: list[float]) -> None:
    weights = level_weights(np.array(sorted(levels)))
    assert (weights > 0).all()
    assert weights.sum() == pytest.approx(1.0)


def test_level_weights_reach_half_way_to_the_neighbours() -> None:
    np.testing.assert_allclose(level_weights(np.array([0.1, 0.5, 0.6])), [0.3, 0.25, 0.45])


@pytest.mark.parametrize("levels", [[0.5, 0.1], [0.5, 0.5], [0.0, 0.5], [0.5, 1.0], []])
def test_levels_that_do_not_ascend_inside_the_unit_interval_are_refused(
    levels: list[float],
) -> None:
    with pytest.raises(ValueError, match="ascend"):
        level_weights(np.array(levels))


@settings(deadline=None)
@given(values=st.lists(st.floats(-10, 10), min_size=1, max_size=15), target=st.floats(-12, 12))
def test_crps_on_middle_levels_is_exact_for_equally_likely_values(
    scoringrules: object, values: list[float], target: float
) -> None:
    quantiles = np.sort(values)
    levels = (np.arange(len(values)) + 0.5) / len(values)
    ours = crps(quantiles, np.array(target), levels)
    assert ours == pytest.approx(scoringrules.crps_quantile(target, quantiles, levels), abs=1e-9)
    assert ours == pytest.approx(scoringrules.crps_ensemble(target, quantiles), abs=1e-9)


@pytest.mark.parametrize("target", [-3.0, -0.4, 0.0, 1.0, 2.5])
def test_crps_of_dense_quantiles_is_that_of_the_normal(scoringrules: object, target: float) -> None:
    levels = np.arange(1, 2000) / 2000
    expected = scoringrules.crps_normal(target, 0.0, 1.0)
    ours = crps(normal_quantiles(levels), np.array(target), levels)
    assert ours == pytest.approx(expected, rel=2e-3)


def test_crps_on_the_shipped_levels_of_a_right_normal_is_two_thousandths_below_the_exact() -> None:
    # The pinball loss of a right quantile z is the Normal's density at z; the exact CRPS is
    # 1 / sqrt(pi).
    z = normal_quantiles(LEVELS)
    expected = 2.0 * level_weights(np.array(LEVELS)) @ np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    assert expected * math.sqrt(math.pi) == pytest.approx(0.9977, abs=1e-4)
    targets = normal_quantiles((np.arange(20_000) + 0.5) / 20_000)
    ours = crps(np.tile(z, (len(targets), 1)), targets, LEVELS).mean()
    assert ours == pytest.approx(expected, rel=1e-4)


def test_crps_of_one_certain_value_is_the_absolute_error() -> None:
    assert crps(np.full(len(LEVELS), 2.0), np.array(5.0), LEVELS) == pytest.approx(3.0)


# Calibration


def test_coverage_counts_the_targets_within_the_bounds() -> None:
    quantiles = np.tile([-1.0, 0.0, 1.0], (5, 1))
    targets = np.array([-2.0, -1.0, 0.0, 1.0, 3.0])
    levels = np.array([0.1, 0.5, 0.9])
    assert inside_band(quantiles, targets, levels, 0.8).tolist() == [False, True, True, True, False]
    assert coverage(quantiles, targets, levels, 0.8) == pytest.approx(0.6)
    with pytest.raises(ValueError, match=r"0\.25 is not among"):
        coverage(quantiles, targets, levels, 0.5)
    assert np.isnan(coverage(quantiles[:0], targets[:0], levels, 0.8))


def test_a_level_is_found_by_its_value() -> None:
    assert LEVELS[level_index(np.array(LEVELS), 0.95)] == 0.95
    with pytest.raises(ValueError, match=r"0\.015 is not among"):
        level_index(np.array(LEVELS), 0.015)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(-9.0, 0.05), (-1.0, 0.1), (-0.5, 0.3), (0.0, 0.5), (1.0, 0.7), (2.0, 0.9), (2.1, 0.95)],
)
def test_the_probability_below_a_value_lies_on_the_line_between_quantiles(
    value: float, expected: float
) -> None:
    levels = np.array([0.1, 0.5, 0.9])
    found = probability_below(np.array([-1.0, 0.0, 2.0]), value, levels)
    assert found == pytest.approx(expected)


def test_on_equal_quantiles_the_probability_below_is_the_middle_of_their_levels() -> None:
    levels = np.array([0.1, 0.3, 0.5, 0.9])
    quantiles = np.array([[0.0, 0.0, 0.0, 0.0], [-1.0, 0.0, 0.0, 1.0]])
    np.testing.assert_allclose(probability_below(quantiles, np.zeros(2), levels), [0.5, 0.4])


@settings(deadline=None)
@given(
    gaps=st.lists(
        st.one_of(st.just(0.0), st.floats(0.01, 5)),
        min_size=len(LEVELS) - 1,
        max_size=len(LEVELS) - 1,
    ),
    values=st.lists(st.floats(-5, 60), min_size=2, max_size=8),
)
def test_the_probability_below_never_falls_and_agrees_with_the_bands(
    gaps: list[float], values: list[float]
) -> None:
    quantiles, levels = np.append(0.0, np.cumsum(gaps)), np.array(LEVELS)
    values = np.sort(values)
    found = probability_below(np.tile(quantiles, (len(values), 1)), values, levels)
    assert (np.diff(found) >= -1e-12).all()
    assert ((found > 0) & (found < 1)).all()
    inside = inside_band(np.tile(quantiles, (len(values), 1)), values, levels, 0.8)
    # On a bound, and as near to it as rounding, either may hold.
    clear = ~(np.isin(values, quantiles) | np.isclose(found, 0.1) | np.isclose(found, 0.9))
    assert (inside == ((found > 0.1) & (found < 0.9)))[clear].all()


def test_the_pits_of_a_right_forecast_are_spread_evenly() -> None:
    targets = normal_quantiles((np.arange(2_000) + 0.5) / 2_000)
    quantiles = np.tile(normal_quantiles(LEVELS), (2_000, 1))
    counts = pit_counts(probability_below(quantiles, targets, np.array(LEVELS)))
    assert counts.tolist() == [100] * 20
    assert pit_counts(np.array([0.05, 0.999]), 20).nonzero()[0].tolist() == [1, 19]
    assert pit_counts(np.array([])).sum() == 0


# Direction


def test_brier_score_equals_the_hand_worked_value(scoringrules: object) -> None:
    probabilities, outcomes = np.array([0.6, 0.5, 0.1]), np.array([True, False, False])
    assert brier_score(probabilities, outcomes) == pytest.approx((0.16 + 0.25 + 0.01) / 3)
    expected = scoringrules.brier_score(outcomes.astype(float), probabilities).mean()
    assert brier_score(probabilities, outcomes) == pytest.approx(expected)
    assert math.isnan(brier_score(probabilities[:0], outcomes[:0]))


def test_the_best_constant_scores_its_share_times_the_rest() -> None:
    outcomes = np.array([True, True, True, False])
    assert brier_score(np.full(4, 0.75), outcomes) == pytest.approx(0.75 * 0.25)


def test_a_probability_of_one_half_calls_no_direction() -> None:
    probabilities = np.array([0.5, 0.5, 0.6, 0.6, 0.4])
    assert direction_hits(probabilities, np.array([True, False, True, False, False])) == (2, 3)
    assert direction_hits(np.full(3, 0.5), np.ones(3, bool)) == (0, 0)


# The median


def test_mase_equals_the_hand_worked_value() -> None:
    # "It stays" over two days errs by |3 - 1|, |2 - 2| and |6 - 3|: 5 / 3 on average.
    scale = naive_error(np.array([1.0, 2.0, 3.0, 2.0, 6.0])[[0, 1, 2, 1, 4]], 2)
    assert scale == pytest.approx((2 + 0 + 3) / 3)
    assert mase(np.array([1.0, -4.0]), scale) == pytest.approx(2.5 / (5 / 3))


def test_mase_of_the_naive_forecast_on_its_own_days_is_one() -> None:
    log_price = np.cumsum(np.random.default_rng(0).standard_normal(50))
    changes = log_price[5:] - log_price[:-5]
    assert mase(changes, naive_error(log_price, 5)) == pytest.approx(1.0)


def test_mase_is_undefined_where_the_price_never_moved() -> None:
    assert math.isnan(mase(np.ones(3), naive_error(np.zeros(9), 1)))
    assert math.isnan(naive_error(np.zeros(5), 5))
    assert math.isnan(mase(np.array([]), 1.0))
    assert math.isnan(mase(np.ones(3), math.nan))
