"""Laws of the pooled HAR model: it is the regression that it says, and knows no later day."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.baselines import DailySeries
from models.har import GRID, Har

LEVELS = (0.1, 0.5, 0.9)
END = np.datetime64("2019-06-01")


def wandering(seed: int, days: int = 700) -> DailySeries:
    """A series whose log variance wanders, measured with noise."""
    rng = np.random.default_rng(seed)
    log_variance = np.empty(days)
    log_variance[0] = -8.0
    for t in range(1, days):
        log_variance[t] = -8.0 + 0.95 * (log_variance[t - 1] + 8.0) + 0.3 * rng.standard_normal()
    returns = np.exp(log_variance / 2) * rng.standard_normal(days)
    noise = np.exp(0.5 * rng.standard_normal(days))
    dates = pd.bdate_range("2017-01-02", periods=days).to_numpy("datetime64[D]")
    return DailySeries(f"T{seed}", dates, np.cumsum(returns), np.exp(log_variance) * noise)


MANY = [wandering(seed) for seed in range(3)]


@pytest.fixture(scope="module")
def har() -> Har:
    return Har.fit(MANY, 5, END)


def by_pandas(series: DailySeries, days: int) -> pd.DataFrame:
    """The regression's columns, made another way, for the origins whose targets end before END."""
    logs = pd.Series(np.log(series.variance))
    table = pd.DataFrame({n: logs.rolling(n).mean() for n in (1, 5, 22)})
    table.insert(0, "one", 1.0)
    ahead = pd.Series(series.variance).rolling(days).mean().shift(-days)
    table["target"] = np.log(ahead)
    table["move"] = pd.Series(series.log_close).shift(-days) - series.log_close
    ends = pd.Series(series.dates).shift(-days)
    return table[(ends < pd.Timestamp(END)) & table[22].notna()]


@pytest.mark.parametrize("days", [1, 5])
def test_the_fit_is_least_squares_on_all_series_together(har: Har, days: int) -> None:
    table = pd.concat([by_pandas(series, days) for series in MANY])
    x = table[["one", 1, 5, 22]].to_numpy()
    expected = np.linalg.lstsq(x, table["target"].to_numpy(), rcond=None)[0]
    np.testing.assert_allclose(har.coefficients[days - 1], expected, atol=1e-8)
    standardised = table["move"] / np.sqrt(days * np.exp(x @ expected))
    np.testing.assert_allclose(har.shape[days - 1], np.quantile(standardised, GRID), atol=1e-8)


def test_the_fit_ends_where_it_is_told_to(har: Har) -> None:
    late = [
        dataclasses.replace(
            series,
            log_close=np.where(series.dates >= END, 7.0, series.log_close),
            variance=np.where(series.dates >= END, 7.0, series.variance),
        )
        for series in MANY
    ]
    again = Har.fit(late, 5, END)
    assert np.array_equal(har.coefficients, again.coefficients)
    assert np.array_equal(har.shape, again.shape)


def test_in_the_days_of_the_fit_every_quantile_is_right(har: Har) -> None:
    below, count = np.zeros((5, 3)), 0
    for series in MANY:
        origins = np.arange(21, np.searchsorted(series.dates, END) - 5)
        quantiles = har.predict_origins(series, origins, 5, LEVELS)
        moves = (
            series.log_close[origins[:, None] + np.arange(1, 6)] - series.log_close[origins, None]
        )
        below += (moves[..., None] < quantiles).sum(axis=0)
        count += len(origins)
    np.testing.assert_allclose(below / count, [LEVELS] * 5, atol=0.01)


def test_a_wilder_day_widens_the_forecast_and_the_bands_never_cross(har: Har) -> None:
    calm, wild = wandering(9), wandering(9)
    wild.variance[-1] *= 50
    widths = [np.diff(har.predict(s, 5, (0.1, 0.9)))[:, 0] for s in (calm, wild)]
    assert (widths[1] > 1.2 * widths[0]).all()
    assert (np.diff(har.predict(wild, 5, GRID), axis=1) >= 0).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(10, 10_000), origin=st.integers(2, 698))
def test_no_price_after_the_origin_changes_a_bit(har: Har, seed: int, origin: int) -> None:
    series, other = MANY[0], wandering(seed)
    later = np.arange(len(series.dates)) > origin
    changed = dataclasses.replace(
        series,
        log_close=np.where(later, other.log_close, series.log_close),
        variance=np.where(later, 10 * other.variance, series.variance),
    )
    one, two = (har.predict_origins(s, np.array([origin]), 5, LEVELS) for s in (series, changed))
    assert np.array_equal(one, two)


def test_a_young_and_a_constant_series_get_finite_quantiles(har: Har) -> None:
    dates = MANY[0].dates[:5]
    for variance in (np.zeros(5), np.full(5, 1e-4)):
        series = DailySeries("X", dates, np.zeros(5), variance)
        forecast = har.predict(series, 5, LEVELS)
        assert np.isfinite(forecast).all()
        assert (np.diff(forecast, axis=1) > 0).all()


def test_what_it_was_not_fitted_for_is_refused(har: Har) -> None:
    with pytest.raises(ValueError, match="fitted for 5 days, not 6"):
        har.predict(MANY[0], 6, LEVELS)
    with pytest.raises(ValueError, match="No series has 1 days"):
        Har.fit(MANY, 5, np.datetime64("2017-01-31"))
