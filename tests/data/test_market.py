"""Laws of the market's features: nothing looks ahead, and what is not known is zero."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.indicators import MAX_LOG_RETURN
from data.market import LEAST_SHARES, MARKET_FEATURES, Market

DAYS = pd.bdate_range("2020-01-01", periods=300)
DATES = DAYS.to_numpy("datetime64[D]")


def index(seed: int = 0) -> pd.Series:
    rng = np.random.default_rng(seed)
    return pd.Series(100 * np.exp(np.cumsum(0.01 * rng.standard_normal(300))), index=DAYS)


def shares(count: int) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"Date": DAYS, "Close": index(k).to_numpy(), "Ticker": f"T{k:02d}"})
        for k in range(count)
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("day", [1, 60, 298])
def test_a_close_after_a_day_cannot_change_what_is_known_on_it(day: int) -> None:
    close = index()
    changed = close.copy()
    changed.iloc[day + 1 :] *= 1.7
    before, after = (Market.of_index(c).features(DATES) for c in (close, changed))
    np.testing.assert_array_equal(before[: day + 1], after[: day + 1])
    assert (before[day + 1] != after[day + 1]).any()


def test_a_day_without_a_market_has_that_of_the_days_before_but_not_for_long() -> None:
    market = Market.of_index(index())
    last = market.dates[-1]
    later = last + np.array([0, 1, 5, 6], dtype="timedelta64[D]")
    features = market.features(later)
    assert np.array_equal(features[:3], np.repeat(features[:1], 3, axis=0))
    assert features[0, MARKET_FEATURES.index("market_known")] == 1.0
    assert not features[3].any()
    assert not market.features(market.dates[:1] - 30).any()


def test_the_mean_of_the_shares_is_the_market_where_there_are_enough() -> None:
    frame = shares(LEAST_SHARES)
    frame.loc[(frame["Ticker"] == "T00") & (frame["Date"] == DAYS[10]), "Close"] *= 50.0
    market = Market.of_panel(frame)
    assert np.array_equal(market.dates, DATES[1:])
    wide = np.log(frame.pivot(index="Date", columns="Ticker", values="Close")).diff().iloc[1:]
    expected = wide.clip(-MAX_LOG_RETURN, MAX_LOG_RETURN).mean(axis=1)
    np.testing.assert_allclose(market.returns, expected, rtol=1e-12)
    assert not len(Market.of_panel(shares(LEAST_SHARES - 1)).dates)


def test_an_index_and_shares_that_all_move_as_it_tell_the_same() -> None:
    close = index()
    frame = pd.concat(
        [
            pd.DataFrame({"Date": DAYS, "Close": (k + 1) * close.to_numpy(), "Ticker": f"T{k:02d}"})
            for k in range(LEAST_SHARES)
        ],
        ignore_index=True,
    )
    one, many = Market.of_index(close).features(DATES), Market.of_panel(frame).features(DATES)
    np.testing.assert_allclose(one, many, atol=1e-9)


@pytest.mark.parametrize("closes", [[], [100.0], [100.0] * 50])
def test_a_market_that_says_nothing_gives_finite_features(closes: list[float]) -> None:
    market = Market.of_index(pd.Series(closes, index=DAYS[: len(closes)], dtype=float))
    assert np.isfinite(market.features(DATES)).all()
