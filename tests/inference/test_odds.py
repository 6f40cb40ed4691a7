"""Laws of the odds: read off the quantiles, counted in the past, never beyond what was said."""

from __future__ import annotations

import math
from datetime import date, timedelta
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from inference.odds import LARGE_FALL, odds, probability_at_most
from inference.predictions import QuantileForecast, band_levels

LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


def forecast(days: int = 5, deviation: float = 0.02, shift: float = 0.0) -> QuantileForecast:
    z = np.array([NormalDist().inv_cdf(level) for level in LEVELS])
    returns = shift + deviation * np.sqrt(np.arange(1, days + 1))[:, None] * z
    dates = tuple(date(2024, 3, 1) + timedelta(days=i) for i in range(days))
    return QuantileForecast("X", date(2024, 2, 29), "here", "net", 100.0, dates, LEVELS, returns)


def closes(log_returns: list[float]) -> pd.DataFrame:
    values = 100 * np.exp(np.cumsum([0.0, *log_returns]))
    return pd.DataFrame({"Close": values})


def test_a_quantile_has_the_probability_of_its_level() -> None:
    given = forecast()
    for column, level in enumerate(LEVELS):
        assert probability_at_most(given, 3, given.log_returns[2, column]) == pytest.approx(level)
    between = given.log_returns[0, 1:3].mean()
    assert probability_at_most(given, 1, between) == pytest.approx((0.1 + 0.25) / 2)


def test_beyond_the_outermost_quantiles_nothing_is_made_up() -> None:
    assert probability_at_most(forecast(), 1, -9.0) == 0.025
    assert probability_at_most(forecast(), 1, 9.0) == 0.975
    told = odds(forecast(1, deviation=0.001), closes([0.01] * 5))
    assert (told.fall, told.bounds) == (0.025, (0.025, 0.975))


def test_a_forecast_that_is_centred_on_today_gives_even_odds() -> None:
    assert odds(forecast(), closes([0.01] * 9)).rise == pytest.approx(0.5)
    assert odds(forecast(shift=0.01), closes([0.01] * 9)).rise > 0.55


def test_base_rates_count_the_past_windows_of_as_many_days() -> None:
    fall = math.log(1 - LARGE_FALL) - 0.001
    # Windows of two days: 0.02, 0 (no rise), -0.01 (no rise), fall and more, fall + 0.2.
    told = odds(forecast(2), closes([0.01, 0.01, -0.01, 0.0, fall, 0.2]))
    assert told.windows == 5
    assert told.rise_before == pytest.approx(2 / 5)
    assert told.fall_before == pytest.approx(1 / 5)


def test_without_a_whole_window_there_is_no_base_rate() -> None:
    told = odds(forecast(5), closes([0.01] * 3))
    assert (told.windows, told.rise_before, told.fall_before) == (0, None, None)
    assert told.to_json()["rise_before"] is None


def test_constant_prices_never_rose() -> None:
    told = odds(forecast(5), closes([0.0] * 30))
    assert (told.rise_before, told.fall_before) == (0.0, 0.0)


def test_a_central_band_leaves_as_much_on_either_side() -> None:
    assert band_levels(0.8) == pytest.approx((0.1, 0.9))
    low, high = forecast().band(0.95)
    np.testing.assert_allclose(low, forecast().price_quantile(0.025))
    np.testing.assert_allclose(high, forecast().price_quantile(0.975))
    with pytest.raises(KeyError):
        forecast().band(0.6)


def test_the_csv_holds_the_prices_at_each_level() -> None:
    given = forecast(3)
    header, *rows = given.to_csv().splitlines()
    assert header == "days_ahead,date,q0.025,q0.1,q0.25,q0.5,q0.75,q0.9,q0.975"
    assert [row.split(",")[:2] for row in rows] == [
        ["1", "2024-03-01"],
        ["2", "2024-03-02"],
        ["3", "2024-03-03"],
    ]
    cells = [[float(cell) for cell in row.split(",")[2:]] for row in rows]
    np.testing.assert_allclose(cells, given.prices, rtol=1e-6)
