"""Laws of a record: made of what was known, one outcome a forecast, counted as it was."""

from __future__ import annotations

import dataclasses
import math
from datetime import date

import numpy as np
import pytest
import torch

from data.forecasting import FEATURES
from data.price_store import simulate
from data.price_table import MINIMUM_DAYS
from data.prices import PriceHistory
from inference import track_record as module
from inference.forecasting import Forecaster
from inference.track_record import TESTED_FROM, TrackRecord, chance, track_record
from models.forecasting import ForecastConfig, QuantileNetwork

DAYS = 5


@pytest.fixture(scope="module")
def forecaster() -> Forecaster:
    torch.manual_seed(0)
    config = ForecastConfig(input_size=len(FEATURES), hidden_size=8, context_length=24)
    network = QuantileNetwork(config)
    with torch.no_grad():
        network.log_width.weight.normal_(0.0, 0.1)
    return Forecaster(network, "test")


@pytest.fixture(scope="module")
def history() -> PriceHistory:
    return PriceHistory("X", simulate("X", date(2021, 6, 30)), "simulated")


@pytest.fixture(scope="module")
def record(forecaster: Forecaster, history: PriceHistory) -> TrackRecord:
    return track_record(forecaster, history, DAYS)


def test_each_forecast_is_what_was_said_on_its_day(forecaster, history, record) -> None:
    for row in (0, len(record) // 2, -1):
        day = record.dates[row, 0].astype(date)
        said = forecaster.predict(history, DAYS, day)
        np.testing.assert_allclose(record.log_returns[row], said.log_returns, rtol=1e-5, atol=1e-9)
        assert record.prices[row, 0] == said.last_price


def test_the_forecasts_follow_each_other_up_to_the_last_price(history, record) -> None:
    np.testing.assert_array_equal(record.dates[1:, 0], record.dates[:-1, -1])
    assert record.dates[-1, -1].astype(date) == history.last_date
    assert record.prices[-1, -1] == history.frame["Close"].iloc[-1]
    first = history.frame.index.get_loc(str(record.dates[0, 0]))
    assert MINIMUM_DAYS - 1 <= first < MINIMUM_DAYS - 1 + DAYS


def test_prices_that_came_later_change_no_forecast(forecaster, history, record) -> None:
    changed = history.frame.copy()
    changed.iloc[200:] *= 1.5
    other = track_record(forecaster, PriceHistory("X", changed, "simulated"), DAYS)
    before = record.dates[:, 0] < np.datetime64(history.frame.index[200].date())
    np.testing.assert_array_equal(record.log_returns[before], other.log_returns[before])


def test_a_record_from_a_day_is_the_end_of_the_whole(forecaster, history, record) -> None:
    day = record.dates[10, 0].astype(date)
    later = track_record(forecaster, history, DAYS, first=day)
    np.testing.assert_array_equal(later.dates, record.dates[10:])
    np.testing.assert_array_equal(later.dates, record.between(first=day).dates)
    np.testing.assert_allclose(later.log_returns, record.log_returns[10:], rtol=1e-5, atol=1e-9)


def test_a_price_on_the_edge_is_inside_and_one_beyond_is_a_miss() -> None:
    levels = (0.1, 0.5, 0.9)
    quantiles = np.tile([[-0.1, 0.0, 0.1]], (5, 2, 1))
    moves = np.array([-0.1, 0.1, 0.0, 0.1000001, -0.2])
    prices = np.exp(np.stack([np.zeros(5), np.full(5, 9.0), moves], axis=1))
    days = np.arange(15).reshape(5, 3).astype("datetime64[D]")
    record = TrackRecord("net", 2, levels, days, prices, quantiles)
    record = dataclasses.replace(record, log_returns=quantiles * (1 + 1e-9))
    np.testing.assert_array_equal(record.inside(0.8), [True, True, True, False, False])
    assert record.coverage(0.8) == pytest.approx(0.6)
    with pytest.raises(KeyError):
        record.inside(0.5)


def test_wider_bands_hold_more(record) -> None:
    held = [record.coverage(share) for share in module.SHARES]
    assert held == sorted(held)
    assert 0 < held[0] < held[-1] <= 1


def test_the_days_of_training_are_told_apart(record) -> None:
    tested = record.between(first=TESTED_FROM)
    early = record.between(end=TESTED_FROM)
    assert date(2020, 1, 1) == TESTED_FROM
    assert len(tested) == len(record)
    assert len(early) == 0
    middle = record.dates[20, 0].astype(date)
    parts = record.between(end=middle), record.between(first=middle)
    assert (len(parts[0]) + len(parts[1])) in (len(record), len(record) - 1)
    assert parts[0].dates[-1, -1] < np.datetime64(middle)


def test_a_short_history_has_an_empty_record(forecaster, history) -> None:
    frame = history.frame.iloc[: MINIMUM_DAYS + DAYS - 1]
    record = track_record(forecaster, PriceHistory("NEW", frame, "simulated"), DAYS)
    assert len(record) == 0
    assert math.isnan(record.coverage(0.8))
    one = PriceHistory("NEW", history.frame.iloc[: MINIMUM_DAYS + DAYS], "simulated")
    assert len(track_record(forecaster, one, DAYS)) == 1


def test_only_the_latest_forecasts_are_made(forecaster, history, record, monkeypatch) -> None:
    monkeypatch.setattr(module, "MAX_FORECASTS", 7)
    latest = track_record(forecaster, history, DAYS)
    np.testing.assert_array_equal(latest.dates, record.dates[-7:])


def test_chance_is_the_normal_limit_of_the_binomial() -> None:
    assert chance(0.8, 64) == pytest.approx(1.96 * 0.4 / 8)
    assert math.isnan(chance(0.8, 0))
