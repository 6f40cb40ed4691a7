"""Laws of the ablation: what is left out is gone, all is tried, and nothing is done twice."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from data.forecasting import FEATURES, VALIDATION_END, PricePanel
from tests.made_up_prices import made_up_prices
from training import forecast_ablation
from training.forecast_ablation import GROUPS, main, without
from training.forecast_report import ABLATION, ablation_table


def test_every_feature_is_in_one_group() -> None:
    assert sorted(name for group in GROUPS.values() for name in group) == sorted(FEATURES)


def test_the_features_of_a_group_are_zero_and_the_others_as_they_were() -> None:
    prices = made_up_prices(["T0"])
    panel = PricePanel.from_frame(prices[prices["Date"] < str(VALIDATION_END)])
    blank = without(panel, GROUPS["volume"])
    gone = np.isin(FEATURES, GROUPS["volume"])
    assert panel.values[:, gone].any()
    assert not blank.values[:, gone].any()
    np.testing.assert_array_equal(blank.values[:, ~gone], panel.values[:, ~gone])


def test_every_variant_is_trained_and_none_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data" / "prices").mkdir(parents=True)
    made_up_prices(["T0"]).to_parquet(tmp_path / "data" / "prices" / "made_up.parquet")
    flags = {
        "seeds": 1, "hidden_size": 4, "context_length": 24, "warm_up_days": 8, "epochs": 1,
        "batch_size": 16, "device": "cpu", "data_dir": tmp_path / "data",
        "run_dir": tmp_path / "runs", "results_dir": tmp_path / "results",
    }  # fmt: skip
    given = [part for name, value in flags.items() for part in (f"--{name}", str(value))]
    main(given)
    result = json.loads((tmp_path / "results" / ABLATION).read_text())
    assert set(result["runs"]) == {*GROUPS, "lstm, but rnn", "lstm, but gru"}
    losses = {name: run["losses"] for name, run in result["runs"].items()}
    # One ticker makes no market, so there is nothing to leave out.
    assert losses.pop("market") == losses["nothing"]
    assert len({tuple(values) for values in losses.values()}) == len(losses)
    assert "| volume | volume_1, volume_5 |" in ablation_table(result)

    def refuse(*_: object) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr(forecast_ablation, "train", refuse)
    main([*given, "--resume"])
    with pytest.raises(AssertionError, match="trained again"):
        main(
            [
                *given[:-2],
                "--results_dir",
                str(tmp_path / "results"),
                "--resume",
                "--weight-decay",
                "1",
            ]
        )
