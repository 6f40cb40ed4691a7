"""Laws of the features: nothing looks ahead, nothing depends on the unit of the price, all is
finite."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import forecasting
from data.forecasting import (
    FEATURE_CLIP,
    FEATURES,
    KEPT_OUT_SHARE,
    TRAIN_END,
    TWINS,
    PricePanel,
    compute_features,
    daily_variance,
    kept_out,
    training_windows,
)
from data.indicators import bollinger_position, garman_klass, macd, rsi


def walk(days: int = 400, seed: int = 0) -> pd.DataFrame:
    """A plausible series of prices, with a Date index."""
    rng = np.random.default_rng(seed)
    close = 50 * np.exp(np.cumsum(0.02 * rng.standard_normal(days)))
    open_ = close * np.exp(0.01 * rng.standard_normal(days))
    high = np.maximum(open_, close) * np.exp(0.005 * rng.random(days))
    low = np.minimum(open_, close) * np.exp(-0.005 * rng.random(days))
    volume = np.exp(rng.normal(12, 0.5, days))
    index = pd.bdate_range("2016-06-01", periods=days, name="Date")
    return pd.DataFrame(
        {"Open": open_, "High": high, "Low": low, "Close": close, "Volume": volume}, index=index
    )


@settings(max_examples=25, deadline=None)
@given(
    day=st.integers(1, 398),
    factor=st.floats(0.01, 100.0),
    seed=st.integers(0, 5),
)
def test_nothing_after_a_day_can_change_a_bit_of_its_features(
    day: int, factor: float, seed: int
) -> None:
    frame = walk(seed=seed)
    before = compute_features(frame)
    changed = frame.copy()
    changed.iloc[day + 1 :] *= factor
    changed.iloc[day + 1 :] = changed.iloc[day + 1 :][::-1].to_numpy()
    after = compute_features(changed)
    np.testing.assert_array_equal(before.values[: day + 1], after.values[: day + 1])
    np.testing.assert_array_equal(before.scale[: day + 1], after.scale[: day + 1])


def test_the_future_does_matter_for_the_days_that_know_it() -> None:
    frame = walk()
    changed = frame.copy()
    changed.iloc[200:] *= 1.5
    assert (compute_features(frame).values[200] != compute_features(changed).values[200]).any()


@pytest.mark.parametrize("factor", [1e-4, 0.37, 1e5])
def test_the_unit_of_the_price_does_not_matter(factor: float) -> None:
    frame = walk()
    scaled = frame.copy()
    scaled[["Open", "High", "Low", "Close"]] *= factor
    np.testing.assert_allclose(
        compute_features(frame).values, compute_features(scaled).values, atol=1e-4
    )
    np.testing.assert_allclose(
        compute_features(frame).scale, compute_features(scaled).scale, rtol=1e-9
    )


def test_the_unit_of_the_volume_does_not_matter() -> None:
    frame = walk()
    scaled = frame.assign(Volume=frame["Volume"] * 1000)
    np.testing.assert_allclose(
        compute_features(frame).values, compute_features(scaled).values, atol=1e-4
    )


def test_a_day_without_volume_is_unknown_and_spoils_no_other_day() -> None:
    frame = walk()
    silent = frame.copy()
    silent.iloc[200, frame.columns.get_loc("Volume")] = 0.0
    column = FEATURES.index("volume_1")
    before, after = (compute_features(f).values[:, column] for f in (frame, silent))
    assert after[200] == 0.0
    np.testing.assert_allclose(np.delete(before, 200), np.delete(after, 200), atol=0.5)


def spoiled(kind: str) -> pd.DataFrame:
    frame = walk()
    prices = ["Open", "High", "Low", "Close"]
    if kind == "constant":
        frame[prices] = 10.0
    if kind == "no volume":
        frame["Volume"] = 0.0
    if kind == "volume on some days":
        frame.loc[frame.index[::2], "Volume"] = 0.0
    if kind == "a 90 % fall":
        frame.loc[frame.index[200] :, prices] *= 0.1
    if kind == "closes alone":
        frame = frame.assign(Open=frame["Close"], High=frame["Close"], Low=frame["Close"])
    if kind == "pennies":
        frame[prices] *= 1e-9
    if kind == "one day":
        return frame.iloc[:1]
    return frame


@pytest.mark.parametrize(
    "kind",
    [
        "constant",
        "no volume",
        "volume on some days",
        "a 90 % fall",
        "closes alone",
        "pennies",
        "one day",
    ],
)
def test_odd_series_give_finite_clipped_features(kind: str) -> None:
    features = compute_features(spoiled(kind))
    assert features.values.shape[1] == len(FEATURES)
    assert features.values.dtype == np.float32
    assert np.isfinite(features.values).all()
    assert np.abs(features.values).max() <= FEATURE_CLIP
    assert (features.scale > 0).all()


def test_the_scale_of_closes_alone_is_the_exponential_mean_of_squared_returns() -> None:
    close = walk()["Close"]
    frame = pd.DataFrame(dict.fromkeys(("Open", "High", "Low", "Close"), close)).assign(Volume=1.0)
    squared = np.log(close).diff().fillna(0.0) ** 2
    expected = np.sqrt(squared.ewm(alpha=0.06).mean())
    np.testing.assert_allclose(compute_features(frame).scale[5:], expected[5:], rtol=1e-9)


def test_rsi_equals_the_hand_worked_value() -> None:
    # Changes +1 +1 -1 (seed: gain 2/3, loss 1/3), then +2: gain (2*2/3 + 2)/3 = 10/9, loss
    # (2*1/3)/3 = 2/9.
    close = np.array([10.0, 11.0, 12.0, 11.0, 13.0])
    np.testing.assert_allclose(
        rsi(close, period=3), [np.nan, np.nan, np.nan, 200 / 3, 100 * 10 / 12]
    )


def test_rsi_is_100_when_only_rising_and_undefined_when_still() -> None:
    assert rsi(np.arange(1.0, 40.0))[-1] == 100.0
    assert np.isnan(rsi(np.full(40, 5.0))).all()


def test_macd_of_a_straight_line_is_the_lag_of_its_averages() -> None:
    # An exponential mean of period p seeded with a plain mean lags a line by (p - 1) / 2 days.
    line, signal = macd(np.arange(100.0))
    assert np.isnan(line[:25]).all()
    np.testing.assert_allclose(line[25:], (26 - 12) / 2)
    assert np.isnan(signal[:33]).all()
    np.testing.assert_allclose(signal[33:], 7.0)


def test_bollinger_position_equals_the_hand_worked_value() -> None:
    close = np.array([1.0, 2.0, 3.0])  # mean 2, sd sqrt(2/3)
    np.testing.assert_allclose(bollinger_position(close, 3)[2], 1 / (2 * np.sqrt(2 / 3)))
    assert np.isnan(bollinger_position(np.full(30, 7.0))).all()


def test_garman_klass_equals_the_formula() -> None:
    one = (np.array([x]) for x in (1.0, np.exp(0.02), np.exp(-0.01), np.exp(0.01)))
    expected = 0.5 * 0.03**2 - (2 * np.log(2) - 1) * 0.01**2
    np.testing.assert_allclose(garman_klass(*one), expected)


@pytest.mark.parametrize("seed", [0, 1])
def test_indicators_equal_ta_lib(seed: int) -> None:
    talib = pytest.importorskip("talib", reason="TA-Lib is not installed")
    close = walk(seed=seed)["Close"].to_numpy()
    line, signal, _ = talib.MACD(close, 12, 26, 9)
    upper, middle, _ = talib.BBANDS(close, 20, 2, 2)
    ours, ours_signal = macd(close)
    for mine, theirs in (
        (rsi(close), talib.RSI(close, 14)),
        (ours, line),
        (ours_signal, signal),
        (bollinger_position(close), (close - middle) / (upper - middle)),
    ):
        both = ~np.isnan(mine) & ~np.isnan(theirs)
        assert both.sum() > 300
        np.testing.assert_allclose(mine[both], theirs[both], rtol=1e-7, atol=1e-9)


def panel(days: int = 600, tickers: int = 3) -> PricePanel:
    parts = [
        walk(days - 50 * k, seed=k).assign(Ticker=f"T{k}").reset_index() for k in range(tickers)
    ]
    return PricePanel.from_frame(pd.concat(parts, ignore_index=True))


def test_a_panel_holds_the_features_of_each_series_alone() -> None:
    whole = panel()
    alone = compute_features(walk(550, seed=1))
    rows = slice(600, 1150)
    np.testing.assert_array_equal(whole.values[rows], alone.values)
    assert set(whole.first[rows]) == {600}
    assert set(whole.last[rows]) == {1149}


def test_the_targets_of_one_split_end_before_the_next_begins() -> None:
    whole = panel()
    rows = whole.origins(None, TRAIN_END, 20, history=60)
    assert len(rows)
    assert (whole.dates[rows + 20] < TRAIN_END).all()
    assert (rows - whole.first[rows] >= 59).all()
    later = whole.origins(TRAIN_END, np.datetime64("2020-01-01"), 20, history=60)
    assert (whole.dates[later] >= TRAIN_END).all()
    assert not set(rows) & set(later)


def test_targets_are_log_returns_in_units_of_the_scale() -> None:
    whole = panel()
    rows = np.array([[100, 101], [700, 701]])
    targets = whole.targets(rows, 5)
    assert targets.shape == (2, 2, 5)
    move = whole.log_price[704] - whole.log_price[701]
    assert targets[1, 1, 2] == pytest.approx(move / (whole.scale[701] * np.sqrt(3)), rel=1e-5)


def test_a_window_ends_with_its_row() -> None:
    whole = panel()
    windows = whole.windows(np.array([99, 400]), 32)
    assert windows.shape == (2, 32, len(FEATURES))
    np.testing.assert_array_equal(windows[1], whole.values[369:401])


def test_training_windows_stay_in_their_series_and_change_with_the_epoch_alone() -> None:
    whole = panel()
    origins = whole.origins(None, TRAIN_END, 20, history=60)
    draw = [
        training_windows(whole, origins, 64, 24, seed, epoch)
        for seed, epoch in ((1, 1), (1, 1), (1, 2), (2, 1))
    ]
    np.testing.assert_array_equal(draw[0], draw[1])
    assert not np.array_equal(draw[0], draw[2])
    assert not np.array_equal(draw[0], draw[3])
    assert (draw[0] - 63 >= whole.first[draw[0]]).all()
    assert set(draw[0]) <= set(origins)


def test_each_training_day_is_trained_about_once_an_epoch() -> None:
    whole = panel(1000, 1)
    origins = whole.origins(None, np.datetime64("2030-01-01"), 20, history=60)
    ends = training_windows(whole, origins, 64, 24, 0, 0)
    trained = (ends[:, None] - np.arange(40)).ravel()
    assert len(set(trained)) == len(trained)
    assert len(trained) > 0.9 * len(origins)


def test_the_variance_of_a_day_is_its_gap_and_its_range() -> None:
    frame = walk(3)
    gap = np.log(frame["Open"].to_numpy()[1:] / frame["Close"].to_numpy()[:-1])
    session = garman_klass(*(frame[c].to_numpy() for c in ("Open", "High", "Low", "Close")))
    np.testing.assert_allclose(daily_variance(frame), np.append(0.0, gap**2) + session)


@given(names=st.lists(st.text("ABCDEFGHIJ", min_size=1, max_size=4), max_size=30))
def test_a_ticker_is_kept_out_whatever_others_there_are(names: list[str]) -> None:
    assert kept_out(names) == {name for name in names if kept_out([name])}


def test_about_the_stated_share_is_kept_out_and_always_the_same() -> None:
    names = [f"N{number}" for number in range(5_000)]
    assert len(kept_out(names)) / len(names) == pytest.approx(KEPT_OUT_SHARE, abs=0.015)
    assert kept_out(["AAPL", "ACN", "CAT", "KO", "MSFT"]) == {"ACN", "CAT"}


@pytest.mark.parametrize("share", [0.3, 0.4, 0.5, 0.6])
def test_the_classes_of_one_company_are_on_the_same_side(
    share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecasting, "KEPT_OUT_SHARE", share)
    for one, other in TWINS.items():
        assert bool(kept_out([one])) == bool(kept_out([other]))
