"""Laws of the GARCH baseline: arch's own variances, fits from the years before, a cache that knows
its data."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from arch import arch_model
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from models.baselines import DailySeries
from training import forecast_garch
from training.forecast_garch import FIT_DAYS, TYPICAL, Garch, GarchFit

LEVELS = (0.1, 0.5, 0.9)
FIT = GarchFit(mean=0.05, omega=0.02, alpha=0.04, gamma=0.08, beta=0.9, freedom=6.0)
both = pytest.mark.parametrize("asymmetric", [False, True])


def series(days: int = 800, seed: int = 0, start: str = "2017-06-01") -> DailySeries:
    """Calm and wild months take turns."""
    rng = np.random.default_rng(seed)
    wild = np.where(np.arange(days) // 60 % 2, 2.0, 0.7)
    log_close = np.cumsum(0.01 * wild * rng.standard_t(5, days))
    dates = pd.bdate_range(start, periods=days).to_numpy("datetime64[D]")
    return DailySeries("X", dates, log_close, np.zeros(days))


def changed_after(one: DailySeries, origin: int, seed: int) -> DailySeries:
    later = np.arange(len(one.dates)) > origin
    other = series(len(one.dates), seed)
    return dataclasses.replace(one, log_close=np.where(later, 5 + other.log_close, one.log_close))


@pytest.fixture
def given_fit(monkeypatch: pytest.MonkeyPatch) -> GarchFit:
    monkeypatch.setattr(forecast_garch, "_fit", lambda log_returns, asymmetric: FIT)
    return FIT


def test_the_variances_are_those_that_arch_forecasts(given_fit: GarchFit) -> None:
    one = series(2500)
    model = arch_model(100 * one.log_returns, p=1, o=1, q=1, dist="t", rescale=False)
    fixed = model.fix([FIT.mean, FIT.omega, FIT.alpha, FIT.gamma, FIT.beta, FIT.freedom])
    expected = fixed.forecast(horizon=20, method="analytic").variance.to_numpy()[-1]
    deviation = np.sqrt(expected.cumsum()) / 100
    shape = student.ppf(0.9, 6.0) * np.sqrt(4.0 / 6.0)
    forecast = Garch(asymmetric=True).predict(one, 20, LEVELS)
    drift = 0.0005 * np.arange(1, 21)
    np.testing.assert_allclose(forecast[:, 1], drift, atol=1e-12)
    np.testing.assert_allclose(forecast[:, 2], drift + deviation * shape, rtol=1e-6)


@both
def test_the_fit_is_that_of_arch(asymmetric: bool) -> None:
    one = series()
    fit = forecast_garch._fit(one.log_returns, asymmetric)
    model = arch_model(100 * one.log_returns, p=1, o=int(asymmetric), q=1, dist="t", rescale=False)
    expected = model.fit(disp="off").params
    assert fit.alpha == pytest.approx(expected["alpha[1]"])
    assert fit.gamma == pytest.approx(expected["gamma[1]"] if asymmetric else 0.0)
    assert fit.freedom == pytest.approx(expected["nu"])
    assert fit != TYPICAL


@both
@pytest.mark.parametrize("wrong", [{"mu": -400.0}, {"omega": 1e9}, {"nu": np.nan}])
def test_a_search_that_ended_far_from_the_maximum_is_not_believed(
    asymmetric: bool, wrong: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    returns = series().log_returns
    model = arch_model(100 * returns, p=1, o=int(asymmetric), q=1, dist="t", rescale=False)
    found = dict(model.fit(disp="off").params)
    assert forecast_garch._is_maximum(model, found)
    assert not forecast_garch._is_maximum(model, found | wrong)
    monkeypatch.setattr(forecast_garch, "_is_maximum", lambda model, parameters: False)
    assert forecast_garch._fit(returns, asymmetric) == TYPICAL


def test_a_fit_knows_the_years_before_only(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def spy(log_returns: np.ndarray, asymmetric: bool) -> GarchFit:
        seen.append(log_returns)
        return FIT

    monkeypatch.setattr(forecast_garch, "_fit", spy)
    one = series()
    origins = np.flatnonzero(one.dates >= np.datetime64("2018-12-28"))
    Garch().predict_origins(one, origins, 1, LEVELS)
    for year, known in zip(("2018", "2019", "2020"), seen, strict=True):
        before = one.log_close[one.dates < np.datetime64(f"{year}-01-01")]
        np.testing.assert_array_equal(known, np.diff(before))


@both
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(1, 10_000), origin=st.integers(560, 798))
def test_no_price_after_the_origin_changes_a_bit(asymmetric: bool, seed: int, origin: int) -> None:
    one = series()
    quantiles = [
        Garch(asymmetric).predict_origins(s, np.array([origin]), 3, LEVELS)
        for s in (one, changed_after(one, origin, seed))
    ]
    assert np.array_equal(*quantiles)
    assert (np.diff(quantiles[0]) > 0).all()


def test_many_origins_are_answered_as_each_alone(given_fit: GarchFit) -> None:
    one, origins = series(), np.array([60, 300, 301, 799])  # two of them in one year
    many = Garch().predict_origins(one, origins, 3, LEVELS)
    for row, origin in enumerate(origins):
        alone = Garch().predict_origins(one, np.array([origin]), 3, LEVELS)
        np.testing.assert_array_equal(many[row], alone[0])
    assert Garch().predict_origins(one, origins[:0], 3, LEVELS).shape == (0, 3, 3)


@both
def test_a_kept_fit_is_used_again_until_its_prices_change(
    asymmetric: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, last = series(), np.array([799])
    first = Garch(asymmetric, tmp_path).predict_origins(one, last, 2, LEVELS)
    calls = []

    def counted(log_returns: np.ndarray, asymmetric: bool) -> GarchFit:
        calls.append(len(log_returns))
        return FIT

    monkeypatch.setattr(forecast_garch, "_fit", counted)
    again = Garch(asymmetric, tmp_path).predict_origins(one, last, 2, LEVELS)
    np.testing.assert_array_equal(first, again)
    assert not calls
    Garch(not asymmetric, tmp_path).predict_origins(one, last, 2, LEVELS)
    assert len(calls) == 1  # the other model has fits of its own
    other = dataclasses.replace(one, log_close=one.log_close * 1.0001)
    Garch(asymmetric, tmp_path).predict_origins(other, last, 2, LEVELS)
    assert len(calls) == 2


def test_a_young_series_has_typical_parameters() -> None:
    assert forecast_garch._fit(series().log_returns[: FIT_DAYS - 1], False) == TYPICAL
    forecast = Garch().predict(series(60, start="2020-10-01"), 5, LEVELS)
    assert np.isfinite(forecast).all()
    assert (np.diff(forecast) > 0).all()


@both
@pytest.mark.parametrize("kind", ["constant", "fall", "wild"])
def test_odd_prices_get_finite_quantiles(asymmetric: bool, kind: str) -> None:
    days = 800
    log_close = {
        "constant": np.zeros(days),
        "fall": np.append(np.zeros(days - 1), -2.3),
        "wild": 4.0 * (np.arange(days) % 2),
    }[kind]
    odd = dataclasses.replace(series(days), log_close=log_close)
    forecast = Garch(asymmetric).predict(odd, 20, LEVELS)
    assert np.isfinite(forecast).all()
    assert (np.diff(forecast) > 0).all()


def test_an_origin_with_too_short_a_past_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 50 returns"):
        Garch().predict_origins(series(), np.array([49]), 1, LEVELS)
