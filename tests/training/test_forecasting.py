"""Laws of the training run, on small made-up series."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from data.forecasting import FEATURES, TRAIN_END, VALIDATION_END, PricePanel
from inference.forecasting import Forecaster
from models.forecasting import ForecastConfig, QuantileNetwork
from tests.made_up_prices import made_up_prices
from training import forecasting
from training.forecasting import TrainingConfig, main, train
from training.run import RunConfig

CONFIG = ForecastConfig(input_size=len(FEATURES), hidden_size=6, context_length=24)
SETTINGS = TrainingConfig(epochs=2, warm_up_days=8, batch_size=16)


@pytest.fixture(scope="module")
def panel() -> PricePanel:
    prices = made_up_prices()
    return PricePanel.from_frame(prices[prices["Date"] < str(VALIDATION_END)])


# Training


def same_weights(one: QuantileNetwork, other: QuantileNetwork) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def run_in(folder: Path, **changes: object) -> RunConfig:
    return RunConfig(run_dir=str(folder), device="cpu", **changes)


def without_clock(history: list[dict[str, float]]) -> list[dict[str, float]]:
    return [{k: v for k, v in row.items() if k not in ("seconds", "rate")} for row in history]


def test_the_same_seed_trains_the_same_weights(panel: PricePanel, tmp_path: Path) -> None:
    first, history = train(CONFIG, SETTINGS, run_in(tmp_path / "a"), panel)
    second, again = train(CONFIG, SETTINGS, run_in(tmp_path / "b"), panel)
    assert same_weights(first, second)
    assert without_clock(history) == without_clock(again)
    other, _ = train(CONFIG, dataclasses.replace(SETTINGS, seed=2), run_in(tmp_path / "c"), panel)
    assert not same_weights(first, other)


def test_products_in_bfloat16_train_nearly_the_same_float32_weights(
    panel: PricePanel, tmp_path: Path
) -> None:
    exact, rough = (
        train(CONFIG, dataclasses.replace(SETTINGS, precision=p), run_in(tmp_path / p), panel)
        for p in ("float32", "bfloat16")
    )
    assert {weight.dtype for weight in rough[0].parameters()} == {torch.float32}
    assert not same_weights(exact[0], rough[0])
    for one, other in zip(exact[1], rough[1], strict=True):
        assert other["valid_loss"] == pytest.approx(one["valid_loss"], rel=0.02)


def test_an_interrupted_run_goes_on_and_arrives_at_the_same_weights(
    panel: PricePanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, history = train(CONFIG, SETTINGS, run_in(tmp_path / "whole"), panel)
    calls = 0
    step = forecasting._Task.step

    def counted(self: object, ends: np.ndarray) -> object:
        nonlocal calls
        calls += 1
        if calls == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return step(self, ends)

    monkeypatch.setattr(forecasting._Task, "step", counted)
    with pytest.raises(SystemExit, match="--resume"):
        train(CONFIG, SETTINGS, run_in(tmp_path / "broken"), panel)
    resumed, again = train(CONFIG, SETTINGS, run_in(tmp_path / "broken", resume=True), panel)
    assert same_weights(whole, resumed)
    assert without_clock(history) == without_clock(again)
    task = forecasting._Task(QuantileNetwork(CONFIG), SETTINGS, panel, torch.device("cpu"))
    assert calls == len(task.batches(1)) + len(task.batches(2))  # no step was done twice


def test_training_learns_a_volatility_that_the_scale_misses(tmp_path: Path) -> None:
    """Wild and calm days take turns; the trailing scale sees their mean, the network must see the
    turn."""
    days = pd.bdate_range("2014-01-01", "2019-12-31")
    rng = np.random.default_rng(0)
    parts = []
    for k in range(4):
        moves = rng.standard_normal(len(days)) * np.where(np.arange(len(days)) % 2, 0.03, 0.003)
        close = 50 * np.exp(np.cumsum(moves))
        columns = dict.fromkeys(("Open", "High", "Low", "Close"), close)
        parts.append(pd.DataFrame({"Date": days, **columns, "Volume": 1.0, "Ticker": f"T{k}"}))
    panel = PricePanel.from_frame(pd.concat(parts, ignore_index=True))
    config = dataclasses.replace(CONFIG, prediction_length=1)
    quick = dataclasses.replace(SETTINGS, epochs=8, learning_rate=2e-2, fork_step=3)
    _, history = train(config, quick, run_in(tmp_path), panel)
    task = forecasting._Task(QuantileNetwork(config).eval(), SETTINGS, panel, torch.device("cpu"))
    with torch.inference_mode():
        untrained = task.validate()["loss"]
    assert min(row["valid_loss"] for row in history) < 0.85 * untrained


def test_trained_targets_end_before_the_validation_years(panel: PricePanel) -> None:
    task = forecasting._Task(QuantileNetwork(CONFIG), SETTINGS, panel, torch.device("cpu"))
    for batch in task.batches(1):
        assert (panel.dates[batch + 20] < TRAIN_END).all()
    assert (panel.dates[task.valid_rows + 20] < VALIDATION_END).all()


def test_weight_decay_leaves_the_shape_of_the_distribution_alone() -> None:
    network = QuantileNetwork(CONFIG)
    decayed, free = forecasting._parameter_groups(network, SETTINGS)
    assert {id(p) for p in free["params"]} >= {id(network.gaps), id(network.median)}
    assert free["weight_decay"] == 0.0
    assert len(decayed["params"]) + len(free["params"]) == len(list(network.parameters()))


def test_prices_without_training_years_are_refused() -> None:
    late = made_up_prices()
    late["Date"] += pd.DateOffset(years=2)
    panel = PricePanel.from_frame(late)
    with pytest.raises(ValueError, match="before 2018"):
        forecasting._Task(QuantileNetwork(CONFIG), SETTINGS, panel, torch.device("cpu"))


# The script


def test_the_script_leaves_a_checkpoint_that_forecasts(tmp_path: Path) -> None:
    (tmp_path / "data" / "prices").mkdir(parents=True)
    made_up_prices().to_parquet(tmp_path / "data" / "prices" / "made_up.parquet")
    flags = {
        "hidden_size": 6, "context_length": 24, "warm_up_days": 8, "epochs": 1, "name": "tiny",
        "device": "cpu", "data_dir": tmp_path / "data", "output_dir": tmp_path / "weights",
        "run_dir": tmp_path / "runs",
        "results_dir": tmp_path / "results",
    }  # fmt: skip
    main([part for name, value in flags.items() for part in (f"--{name}", str(value))])
    folder = tmp_path / "weights" / "tiny"
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["tickers"] == 2
    assert metrics["horizons"]["1"]["network"]["crps_percent"] > 0
    card = (folder / "README.md").read_text()
    assert "random walk" in card
    assert "survivors" in card
    assert (folder / "history.csv").is_file()
    assert (tmp_path / "results" / "curves" / "tiny.svg").is_file()
    assert (tmp_path / "results" / "curves" / "tiny.html").is_file()
    assert Forecaster.from_pretrained(folder).config.hidden_size == 6
