"""Laws of the evaluation: all are asked the same, and a stopped one goes on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.forecasting import FEATURES, VALIDATION_END, kept_out
from inference.forecasting import TASK, Forecaster
from models.baselines import DailySeries, RandomWalk
from models.checkpoint import save_checkpoint
from models.forecasting import ForecastConfig, QuantileNetwork
from tests.made_up_prices import made_up_prices
from training import forecast_evaluation, forecast_report
from training.forecast_evaluation import BASELINES, as_forecast, baselines, evaluate, main, measure
from training.forecast_garch import TYPICAL
from training.forecast_metrics import crps
from training.forecast_summary import summarise

CONFIG = ForecastConfig(input_size=len(FEATURES), hidden_size=6, context_length=24)
LEVELS = np.array(CONFIG.quantile_levels)
NAMES = ("T0", "T1", "T2", "T3")  # of which T2 is kept out
WALK = {"walk": as_forecast(RandomWalk(), CONFIG.quantile_levels)}


def forecaster() -> Forecaster:
    return Forecaster(QuantileNetwork(CONFIG), "x")


def test_one_of_the_names_is_kept_out() -> None:
    assert kept_out(NAMES) == {"T2"}


def test_the_untrained_network_and_the_random_walk_are_scored_by_hand() -> None:
    prices = made_up_prices(("T0",))
    result = evaluate(forecaster(), prices)
    days = prices["Date"].to_numpy("datetime64[D]")
    log_price = np.log(prices["Close"].to_numpy())
    origins = np.flatnonzero(days >= VALIDATION_END)
    origins = origins[::5][origins[::5] + 5 < len(days)]
    scores = []
    for row in origins:
        known = DailySeries("T0", days[: row + 1], log_price[: row + 1], np.zeros(row + 1))
        quantiles = RandomWalk().predict(known, 5, LEVELS)[4]
        scores.append(crps(quantiles, log_price[row + 5] - log_price[row], LEVELS))
    week = result["horizons"]["5"]
    assert result["tickers"] == 1
    assert week["forecasts"] == len(origins)
    assert week["random_walk"]["crps_percent"] == pytest.approx(100 * np.mean(scores), abs=1e-5)
    assert set(week["network"]["coverage"]) == {"0.5", "0.8", "0.95"}
    ratio = week["network"]["crps_percent"] / week["random_walk"]["crps_percent"]
    assert week["crps_against_random_walk_percent"] == pytest.approx(100 * (ratio - 1), abs=2e-3)


@pytest.mark.parametrize("end", ["2019-06-01", "2020-01-02"])
def test_an_evaluation_without_a_day_is_an_error(end: str) -> None:
    with pytest.raises(ValueError, match="No ticker"):
        evaluate(forecaster(), made_up_prices(("T0",)), end=np.datetime64(end))


def test_the_targets_end_before_the_end() -> None:
    prices = made_up_prices(("T0",))
    end = np.datetime64("2020-03-02")
    result = evaluate(forecaster(), prices, end=end)
    days = np.unique(prices["Date"].to_numpy("datetime64[D]"))
    days = days[(days >= VALIDATION_END) & (days < end)]
    assert result["test_end"] == str(days[-1])
    assert result["horizons"]["1"]["forecasts"] == len(days) - 1
    assert result["horizons"]["20"]["forecasts"] == (len(days) - 1) // 20


def test_a_stopped_evaluation_goes_on_and_asks_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecast_evaluation, "SAVE_SECONDS", 0.0)
    prices, state, asked = made_up_prices(NAMES), tmp_path / "record.npz", []
    whole = summarise(measure(WALK, prices, LEVELS), ())

    def walk(history: object, origins: np.ndarray, days: int) -> np.ndarray:
        asked.append((history.ticker, days))
        if len(asked) == 5:
            raise KeyboardInterrupt
        return WALK["walk"](history, origins, days)

    with pytest.raises(KeyboardInterrupt):
        measure({"walk": walk}, prices, LEVELS, state=state, identity="a")
    resumed = measure({"walk": walk}, prices, LEVELS, state=state, identity="a", resume=True)
    assert summarise(resumed, ()) == whole
    # The ticker that was broken off is asked again, those before it are not.
    expected = [(name, h) for name in sorted(NAMES) for h in (1, 5, 20)]
    assert asked[5:] == expected[3:]


def test_what_was_done_for_another_network_is_not_used(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    prices, state = made_up_prices(("T0",)), tmp_path / "record.npz"
    measure(WALK, prices, LEVELS, state=state, identity="a")
    again = measure(WALK, prices, LEVELS, state=state, identity="b", resume=True)
    assert again.tickers == ["T0"]
    assert "begins anew" in capsys.readouterr().err


def test_har_is_not_fitted_on_what_is_kept_out_or_comes_later(tmp_path: Path) -> None:
    prices = made_up_prices(NAMES)
    other = prices.copy()
    far = (other["Ticker"] == "T2") | (other["Date"] >= pd.Timestamp(VALIDATION_END))
    other.loc[far, ["Open", "High", "Low", "Close"]] *= 3.0
    other.loc[far, "High"] *= 1.5
    one, two = (baselines(p, VALIDATION_END, tmp_path)["har"] for p in (prices, other))
    assert np.array_equal(one.coefficients, two.coefficients)
    assert np.array_equal(one.shape, two.shape)


def test_networks_of_other_levels_are_not_compared(tmp_path: Path) -> None:
    for name, config in (
        ("a", CONFIG),
        ("b", ForecastConfig(input_size=len(FEATURES), quantile_levels=(0.1, 0.5, 0.9))),
    ):
        save_checkpoint(tmp_path / name, TASK, config, QuantileNetwork(config))
    with pytest.raises(ValueError, match="same quantile levels"):
        forecast_evaluation.record(
            [tmp_path / "a", tmp_path / "b"], made_up_prices(NAMES), tmp_path
        )


def test_the_script_writes_every_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.forecast_garch._fit", lambda *_: TYPICAL)  # for speed
    (tmp_path / "data" / "prices").mkdir(parents=True)
    made_up_prices(NAMES).to_parquet(tmp_path / "data" / "prices" / "made_up.parquet")
    save_checkpoint(tmp_path / "weights" / "tiny", TASK, CONFIG, QuantileNetwork(CONFIG))
    flags = [
        part
        for name in ("data", "weights", "run", "results")
        for part in (f"--{name}-dir", str(tmp_path / name))
    ]
    main(flags)
    path = tmp_path / "results" / forecast_report.RECORD
    result = json.loads(path.read_text())
    assert result["kept_out"] == ["T2"]
    assert result["networks"] == ["tiny"]
    assert set(result["horizons"]) == {"1", "5", "20"}
    for groups in result["horizons"].values():
        assert {name: part["tickers"] for name, part in groups.items()} == {
            "all": 4, "seen": 3, "kept_out": 1,
        }  # fmt: skip
        for part in groups.values():
            assert set(part["models"]) == {"tiny", "tiny without the market", *BASELINES}
            tiny = part["models"]["tiny"]
            assert set(tiny["against"]) == {"random_walk", "garch", "har"}
            assert set(tiny["years"]) == {"2020"}
    main([*flags, "--resume"])
    assert json.loads(path.read_text()) == result

    parts = forecast_report.parts(tmp_path / "results")
    margin = result["horizons"]["5"]["kept_out"]["models"]["tiny"]["against"]["garch"]
    assert f"{margin['crps_percent']:+.2f} ({margin['dm_t']:+.1f})" in parts["forecasts"]
    inside = result["horizons"]["20"]["all"]["models"]["tiny"]["coverage"]["0.8"]
    assert f"| {inside:.1%} |" in parts["bands"]
    for picture in ("years.svg", "pit.svg"):
        assert "tiny" in (tmp_path / "results" / "forecasting" / picture).read_text()
