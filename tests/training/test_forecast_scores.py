"""Laws of the scoring of one ticker: which days are forecast, and what each forecast gets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.price_table import COLUMNS, MINIMUM_DAYS
from data.prices import PriceHistory
from models.forecasting import LEVELS
from training.forecast_metrics import crps, naive_error
from training.forecast_scores import BANDS, TAILS, TickerScores, score_ticker

DATES = pd.bdate_range("2019-10-01", "2020-06-30")
START = np.datetime64("2020-01-01")
CALENDAR = DATES.to_numpy("datetime64[D]")[DATES >= "2020-01-01"]
SPREAD = np.linspace(-0.05, 0.05, len(LEVELS))


def history(dates: pd.DatetimeIndex = DATES) -> PriceHistory:
    close = 50 * np.exp(0.02 * np.random.default_rng(0).standard_normal(len(dates)).cumsum())
    frame = pd.DataFrame(dict.fromkeys(COLUMNS, close), index=dates)
    return PriceHistory("X", frame, "made up")


def still(history: PriceHistory, origins: np.ndarray, days: int) -> np.ndarray:
    """The same evenly spread quantiles for every day, times the number of days."""
    return np.arange(1, days + 1)[:, None] * np.tile(SPREAD, (len(origins), 1, 1))


def scored(horizon: int, one: PriceHistory | None = None) -> TickerScores | None:
    models = {"still": still, "wider": lambda *ask: 2 * still(*ask)}
    return score_ticker(models, one or history(), CALENDAR, np.array(LEVELS), horizon)


@pytest.mark.parametrize("horizon", [1, 5, 20])
def test_origins_follow_the_calendar_and_their_targets_do_not_overlap(horizon: int) -> None:
    days = scored(horizon).days
    assert days.tolist() == list(range(0, len(CALENDAR) - horizon, horizon))


def test_a_ticker_begins_when_it_has_enough_days_and_skips_days_without_a_price() -> None:
    late = history(DATES[DATES >= "2020-01-07"].delete(80))
    first = np.searchsorted(CALENDAR, np.datetime64("2020-01-07"))
    days = scored(1, late).days
    assert days[0] == first + MINIMUM_DAYS - 1
    assert first + 80 not in days
    assert (scored(5, late).days % 5 == 0).all()


def test_a_ticker_without_a_day_has_no_scores() -> None:
    assert scored(1, history(DATES[: MINIMUM_DAYS - 1])) is None
    assert scored(20, history(DATES[-MINIMUM_DAYS:])) is None


def test_the_scores_are_those_of_the_last_day_forecast() -> None:
    scores, horizon = scored(5), 5
    log_price = np.log(history().frame["Close"].to_numpy())
    origins = np.searchsorted(DATES.to_numpy("datetime64[D]"), CALENDAR[scores.days])
    moves = log_price[origins + horizon] - log_price[origins]
    np.testing.assert_allclose(scores.moves, moves)
    assert scores.naive_error == naive_error(log_price[: origins[0] + 1], horizon)
    for m, factor in enumerate((5, 10)):
        quantiles = np.tile(factor * SPREAD, (len(moves), 1))
        expected = 100 * crps(quantiles, moves, np.array(LEVELS))
        np.testing.assert_allclose(scores.crps[m], expected)
        np.testing.assert_allclose(scores.error[m], moves)  # the median is zero
        inside = np.abs(moves) <= factor * SPREAD[LEVELS.index(0.975)] + 1e-15
        np.testing.assert_array_equal(scores.inside[m][:, BANDS.index(0.95)], inside)
        below = moves < factor * SPREAD[LEVELS.index(0.05)]
        np.testing.assert_array_equal(scores.misses[m][:, TAILS.index(0.05)], below)
        above = moves > factor * SPREAD[LEVELS.index(0.95)]
        np.testing.assert_array_equal(scores.misses[m][:, TAILS.index(0.95)], above)
    np.testing.assert_allclose(scores.rise, 0.5)
    assert ((scores.pit > 0.5) == (scores.moves > 0)).all()


def test_levels_without_the_bounds_of_the_bands_are_refused() -> None:
    with pytest.raises(ValueError, match="not among the quantile levels"):
        score_ticker({"still": still}, history(), CALENDAR, np.linspace(0.01, 0.99, 21), 1)
