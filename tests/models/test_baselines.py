"""Laws of the baselines that need no fit: hand-worked values, and no sight of later days."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.baselines import (
    Baseline,
    DailySeries,
    Drift,
    Ewma,
    HistoricalSimulation,
    RandomWalk,
)

LEVELS = (0.1, 0.25, 0.5, 0.9)
Z90 = 1.2815515655
BASELINES = {
    "random walk": RandomWalk(window=20),
    "drift": Drift(window=20),
    "historical simulation": HistoricalSimulation(window=20),
    "ewma": Ewma(),
    "filtered ewma": Ewma(filtered=True, window=20),
}
each = pytest.mark.parametrize("baseline", BASELINES.values(), ids=BASELINES)


def of_returns(returns: list[float] | np.ndarray) -> DailySeries:
    log_close = np.append(0.0, np.cumsum(returns))
    dates = np.datetime64("2020-01-01") + np.arange(len(log_close))
    return DailySeries("X", dates, log_close, np.append(0.0, np.square(returns)))


def random_series(days: int = 60, seed: int = 0) -> DailySeries:
    return of_returns(0.02 * np.random.default_rng(seed).standard_normal(days - 1))


def changed_after(series: DailySeries, origin: int, seed: int) -> DailySeries:
    """The same days up to the origin, others after it."""
    other = random_series(len(series.dates), seed)
    later = np.arange(len(series.dates)) > origin
    log_close = np.where(later, 3.0 + other.log_close, series.log_close)
    return DailySeries("X", series.dates, log_close, np.where(later, 9.0, series.variance))


def test_the_random_walk_equals_the_hand_worked_value() -> None:
    # The last three returns 1, 2, 3 have standard deviation 1.
    forecast = RandomWalk(window=3).predict(of_returns([50, 1, 2, 3]), 4, (0.1, 0.5, 0.9))
    expected = Z90 * np.sqrt([1, 2, 3, 4])
    np.testing.assert_allclose(
        forecast, np.stack([-expected, 0 * expected, expected], axis=1), atol=1e-9
    )


def test_drift_adds_the_mean_of_all_days_so_far() -> None:
    series = of_returns([50, 1, 2, 3])
    walk = RandomWalk(window=3).predict(series, 4, LEVELS)
    drift = np.array([[14.0], [28.0], [42.0], [56.0]])  # (50 + 1 + 2 + 3) / 4 a day
    np.testing.assert_allclose(Drift(window=3).predict(series, 4, LEVELS), walk + drift)


def test_historical_simulation_repeats_what_happened() -> None:
    forecast = HistoricalSimulation(window=5).predict(
        of_returns([50, 3, -1, 0, 2, -4]), 4, (0.25, 0.5, 1.0)
    )
    # The last five in order are -4, -1, 0, 2, 3.
    np.testing.assert_allclose(forecast[0], [-1.0, 0.0, 3.0], atol=1e-12)
    np.testing.assert_allclose(forecast[3], [-2.0, 0.0, 6.0], atol=1e-12)


def test_ewma_equals_the_hand_worked_value() -> None:
    # Weights 1/2 and 1: variance (1/2 * 1 + 1 * 4) / (3/2) = 3.
    forecast = Ewma(decay=0.5).predict(of_returns([1, -2]), 2, (0.5, 0.9))
    np.testing.assert_allclose(forecast[:, 1], Z90 * np.sqrt([3.0, 6.0]))
    np.testing.assert_allclose(forecast[:, 0], 0.0, atol=1e-12)


def test_ewma_is_the_exponential_mean_of_pandas() -> None:
    series = random_series(300)
    squares = pd.Series(series.log_returns**2)
    expected = np.sqrt(squares.ewm(alpha=0.06).mean().to_numpy())
    origins = np.arange(2, 300)
    forecast = Ewma().predict_origins(series, origins, 1, (0.9,))[:, 0, 0]
    np.testing.assert_allclose(forecast, Z90 * expected[origins - 1])


def test_filtered_ewma_equals_the_hand_worked_value() -> None:
    # Deviations after each return: 1, then sqrt(3), then sqrt((1/4 + 4/2 + 9) / (7/4)) = 2.5355.
    # So the second return was -2 of its deviations, the third 3 / sqrt(3) = 1.7321.
    last = math.sqrt(11.25 / 1.75)
    baseline = Ewma(decay=0.5, filtered=True)
    forecast = baseline.predict(of_returns([1, -2, 3]), 4, (0.0, 0.5, 1.0))
    shape = np.array([-2.0, (math.sqrt(3) - 2) / 2, math.sqrt(3)])
    np.testing.assert_allclose(forecast[0], last * shape)
    np.testing.assert_allclose(forecast[3], 2 * last * shape)


@each
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(1, 10_000), origin=st.integers(2, 58))
def test_no_price_after_the_origin_changes_a_bit(
    baseline: Baseline, seed: int, origin: int
) -> None:
    series = random_series()
    changed = changed_after(series, origin, seed)
    one, other = (
        baseline.predict_origins(s, np.array([origin]), 3, LEVELS) for s in (series, changed)
    )
    assert np.array_equal(one, other)


@each
def test_many_origins_are_answered_as_each_alone(baseline: Baseline) -> None:
    series = random_series()
    origins = np.array([5, 30, 59])
    many = baseline.predict_origins(series, origins, 3, LEVELS)
    assert many.shape == (3, 3, len(LEVELS))
    for row, origin in enumerate(origins):
        alone = DailySeries(
            "X", *(a[: origin + 1] for a in (series.dates, series.log_close, series.variance))
        )
        np.testing.assert_array_equal(many[row], baseline.predict(alone, 3, LEVELS))


@each
def test_quantiles_ascend_and_widen(baseline: Baseline) -> None:
    forecast = baseline.predict(random_series(), 20, LEVELS)
    assert (np.diff(forecast, axis=1) > 0).all()
    assert (np.diff(forecast[:, -1] - forecast[:, 0]) > 0).all()


@each
@pytest.mark.parametrize("returns", [[0.0] * 9, [0.0] * 8 + [-2.3], [0.5, -0.5] * 5])
def test_odd_prices_get_finite_quantiles(baseline: Baseline, returns: list[float]) -> None:
    forecast = baseline.predict(of_returns(returns), 5, LEVELS)
    assert np.isfinite(forecast).all()
    assert (np.diff(forecast, axis=1) >= 0).all()


@each
def test_no_origin_is_no_answer(baseline: Baseline) -> None:
    none = np.array([], dtype=np.int64)
    assert baseline.predict_origins(random_series(), none, 3, LEVELS).shape == (0, 3, 4)


@each
@pytest.mark.parametrize("origin", [-1, 0, 1, 60])
def test_an_origin_without_two_returns_is_refused(baseline: Baseline, origin: int) -> None:
    with pytest.raises(ValueError, match="at least 2 returns"):
        baseline.predict_origins(random_series(), np.array([origin]), 3, LEVELS)
