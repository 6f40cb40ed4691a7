"""Laws of the forecaster: no leak, the same answer by every road, a sentence for what cannot be
answered."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import InputError
from data.forecasting import FEATURES
from data.market import Market
from data.price_store import simulate
from data.price_table import MINIMUM_DAYS
from data.prices import PriceHistory
from inference.forecasting import (
    BASELINES,
    TASK,
    Forecaster,
    baseline_forecast,
    coming_days,
    prices,
)
from models.checkpoint import CheckpointError, save_checkpoint
from models.forecasting import ForecastConfig, QuantileNetwork

CONTEXT = 24


def network(**changes: object) -> QuantileNetwork:
    values = {"input_size": len(FEATURES), "hidden_size": 8, "context_length": CONTEXT}
    torch.manual_seed(0)
    result = QuantileNetwork(ForecastConfig(**{**values, **changes}))
    with torch.no_grad():
        result.log_width.weight.normal_(0.0, 0.1)  # else the features would not matter
    return result


@pytest.fixture(scope="module")
def forecaster() -> Forecaster:
    return Forecaster(network(), "test")


def history(days: int = 300, ticker: str = "TEST") -> PriceHistory:
    return PriceHistory(ticker, simulate(ticker, date(2024, 6, 28)).iloc[-days:], "simulated")


def test_a_forecast_says_where_it_stands(forecaster: Forecaster) -> None:
    forecast = forecaster.predict(history(), days=5)
    assert (forecast.ticker, forecast.source, forecast.model) == ("TEST", "simulated", "test")
    assert forecast.as_of == date(2024, 6, 28)
    assert forecast.last_price == history().frame["Close"].iloc[-1]
    assert forecast.dates == tuple(date(2024, 7, day) for day in (1, 2, 3, 4, 5))
    assert forecast.log_returns.shape == (5, len(forecaster.config.quantile_levels))
    assert (np.diff(forecast.log_returns, axis=1) > 0).all()


@settings(max_examples=15, deadline=None)
@given(day=st.integers(MINIMUM_DAYS - 1, 298), factor=st.floats(0.01, 100.0))
def test_no_price_after_the_cutoff_changes_a_bit_of_the_forecast(
    forecaster: Forecaster, day: int, factor: float
) -> None:
    known = history()
    changed = known.frame.copy()
    changed.iloc[day + 1 :] *= factor
    cutoff = known.frame.index[day].date()
    before = forecaster.predict(known, as_of=cutoff)
    after = forecaster.predict(PriceHistory("TEST", changed, "simulated"), as_of=cutoff)
    np.testing.assert_array_equal(before.log_returns, after.log_returns)
    np.testing.assert_array_equal(
        forecaster.predict_origins(known, [day]),
        forecaster.predict_origins(PriceHistory("TEST", changed, "simulated"), [day]),
    )


def test_the_market_matters_up_to_the_day_of_the_forecast_alone(forecaster: Forecaster) -> None:
    known = history()
    rng = np.random.default_rng(0)
    index = pd.Series(np.exp(np.cumsum(0.01 * rng.standard_normal(300))), index=known.frame.index)
    cutoff = known.frame.index[200].date()
    later, earlier = index.copy(), index.copy()
    later.iloc[201:] *= 1.3
    earlier.iloc[195:] *= 1.3
    forecasts = [
        forecaster.predict(known, as_of=cutoff, market=m and Market.of_index(m())).log_returns
        for m in (None, lambda: index, lambda: later, lambda: earlier)
    ]
    np.testing.assert_array_equal(forecasts[1], forecasts[2])
    assert not np.array_equal(forecasts[1], forecasts[3])
    assert not np.array_equal(forecasts[1], forecasts[0])


def test_many_origins_at_once_equal_one_at_a_time(forecaster: Forecaster) -> None:
    known = history()
    origins = [MINIMUM_DAYS - 1, 150, 80, 299]
    together = forecaster.predict_origins(known, origins)
    assert together.shape == (4, 30, len(forecaster.config.quantile_levels))
    for row, origin in enumerate(origins):
        alone = forecaster.predict(known, 30, known.frame.index[origin].date()).log_returns
        np.testing.assert_allclose(together[row], alone, rtol=1e-5, atol=1e-9)


def test_origins_before_a_full_context_equal_one_at_a_time() -> None:
    long = Forecaster(network(context_length=128), "long")
    known = history()
    origins = [60, 61, 127, 128, 200]
    together = long.predict_origins(known, origins, days=3)
    for row, origin in enumerate(origins):
        alone = long.predict(known, 3, known.frame.index[origin].date()).log_returns
        np.testing.assert_allclose(together[row], alone, rtol=1e-5, atol=1e-9)


def test_fewer_days_are_the_first_of_more(forecaster: Forecaster) -> None:
    known = history()
    np.testing.assert_array_equal(
        forecaster.predict(known, 3).log_returns, forecaster.predict(known, 20).log_returns[:3]
    )


def test_the_currency_does_not_matter(forecaster: Forecaster) -> None:
    frame = history().frame.copy()
    frame[["Open", "High", "Low", "Close"]] *= 157.3
    foreign = forecaster.predict(PriceHistory("TEST", frame, "simulated"))
    np.testing.assert_allclose(
        foreign.log_returns, forecaster.predict(history()).log_returns, rtol=1e-4
    )


@pytest.mark.parametrize(
    "days", [0, -3, 31, 10**9, 2.5, float("nan"), float("inf"), "5", None, True]
)
def test_days_outside_the_horizon_are_refused(forecaster: Forecaster, days: object) -> None:
    with pytest.raises(InputError, match="1 to 30"):
        forecaster.predict(history(), days=days)


def test_a_whole_number_of_days_may_come_as_a_float(forecaster: Forecaster) -> None:
    assert len(forecaster.predict(history(), days=5.0).dates) == 5


@pytest.mark.parametrize("days", [0, 1, 2, MINIMUM_DAYS - 1])
def test_too_short_a_history_is_refused(forecaster: Forecaster, days: int) -> None:
    short = PriceHistory("NEW", history().frame.iloc[:days], "simulated")
    for ask in (forecaster.predict, lambda it: baseline_forecast("random walk", it, 5, (0.5,))):
        with pytest.raises(InputError, match=f"NEW has {days} days"):
            ask(short)
    assert forecaster.predict(history(MINIMUM_DAYS)).log_returns.shape[0] == 20


@pytest.mark.parametrize("day", [date(1990, 1, 1), date(2031, 1, 1)])
def test_a_day_outside_the_prices_is_refused(forecaster: Forecaster, day: date) -> None:
    with pytest.raises(InputError, match="choose a day from"):
        forecaster.predict(history(), as_of=day)


def test_a_weekend_stands_on_the_last_trading_day(forecaster: Forecaster) -> None:
    assert forecaster.predict(history(), as_of=date(2024, 6, 23)).as_of == date(2024, 6, 21)


def odd(kind: str) -> PriceHistory:
    frame = history().frame.copy()
    ohlc = ["Open", "High", "Low", "Close"]
    if kind == "constant":
        frame[ohlc] = 10.0
    if kind == "no volume":
        frame["Volume"] = 0.0
    if kind == "fall":
        frame.iloc[-1, :4] *= 0.1
    if kind == "wild":
        frame[ohlc] *= np.where(np.arange(len(frame)) % 2, 1.0, 50.0)[:, None]
    return PriceHistory(kind, frame, "simulated")


@pytest.mark.parametrize("kind", ["constant", "no volume", "fall", "wild"])
def test_odd_prices_get_a_finite_ordered_forecast(forecaster: Forecaster, kind: str) -> None:
    forecast = forecaster.predict(odd(kind))
    assert np.isfinite(forecast.prices).all()
    assert (forecast.prices > 0).all()
    assert (np.diff(forecast.log_returns, axis=1) > 0).all()
    for name in BASELINES:
        baseline = baseline_forecast(name, odd(kind), 20, forecast.quantile_levels)
        assert np.isfinite(baseline.prices).all()


def test_the_random_walk_band_is_centred_and_widens_with_the_root_of_time() -> None:
    levels, day = (0.1, 0.5, 0.9), date(2024, 6, 21)
    band = baseline_forecast("random walk", history(), 16, levels, day)
    assert band.as_of == date(2024, 6, 21)
    assert band.model == "random walk"
    np.testing.assert_allclose(band.quantile(0.5), 0.0, atol=1e-12)
    np.testing.assert_allclose(band.quantile(0.9)[15], 4 * band.quantile(0.9)[0])


def test_forecast_dates_are_weekdays() -> None:
    known = pd.bdate_range(end="2026-11-20", periods=90)
    assert coming_days(known, 3) == (
        date(2026, 11, 23),
        date(2026, 11, 24),
        date(2026, 11, 25),
    )


def test_forecast_dates_go_on_as_the_series_does() -> None:
    every_day = pd.date_range(end="2026-11-20", periods=90)
    assert coming_days(every_day, 2) == (date(2026, 11, 21), date(2026, 11, 22))
    weekly = pd.date_range(end="2026-11-20", periods=90, freq="7D")
    assert coming_days(weekly, 2) == (date(2026, 11, 27), date(2026, 12, 4))
    one_saturday = pd.bdate_range(end="2026-11-19", periods=90).append(
        pd.DatetimeIndex(["2026-11-21"])
    )
    assert coming_days(one_saturday, 1) == (date(2026, 11, 23),)


def test_a_checkpoint_answers_as_the_network_that_was_saved(tmp_path: Path) -> None:
    original = network()
    save_checkpoint(tmp_path / "mine", TASK, original.config, original)
    loaded = Forecaster.from_pretrained(tmp_path / "mine")
    assert loaded.name == "mine"
    np.testing.assert_array_equal(
        loaded.predict(history()).log_returns,
        Forecaster(original, "x").predict(history()).log_returns,
    )


def test_a_checkpoint_of_other_features_is_refused(tmp_path: Path) -> None:
    other = network(input_size=7)
    save_checkpoint(tmp_path, TASK, other.config, other)
    with pytest.raises(CheckpointError, match="7 features"):
        Forecaster.from_pretrained(tmp_path)


def test_an_origin_that_is_no_row_is_an_error(forecaster: Forecaster) -> None:
    for origin in (MINIMUM_DAYS - 2, 300, -1):
        with pytest.raises(ValueError, match="Each origin"):
            forecaster.predict_origins(history(), [origin])
    assert forecaster.predict_origins(history(), []).shape[0] == 0


def test_the_store_of_prices_is_made_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RNN_LAB_CACHE", str(tmp_path))
    prices.cache_clear()
    assert prices() is prices()
    prices.cache_clear()
    assert not any(tmp_path.iterdir())
