"""Laws of the widths' calibration."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from data.forecasting import FEATURES, TRAIN_END, VALIDATION_END, PricePanel
from models.forecasting import ForecastConfig, QuantileNetwork
from training.forecast_calibration import calibrate

CONFIG = ForecastConfig(
    input_size=len(FEATURES), hidden_size=4, context_length=16, prediction_length=5
)


@pytest.fixture(scope="module")
def panel() -> PricePanel:
    """Random walks of constant deviation, so that the untrained network is nearly right."""
    rng = np.random.default_rng(0)
    days = pd.bdate_range("2017-06-01", "2019-12-31")
    parts = []
    for k in range(8):
        close = 50 * np.exp(np.cumsum(0.01 * rng.standard_normal(len(days))))
        columns = dict.fromkeys(("Open", "High", "Low", "Close"), close)
        parts.append(pd.DataFrame({"Date": days, **columns, "Volume": 1.0, "Ticker": f"T{k}"}))
    return PricePanel.from_frame(pd.concat(parts, ignore_index=True))


def test_a_network_that_is_too_sure_is_widened_by_what_it_lacks(panel: PricePanel) -> None:
    rows = panel.origins(TRAIN_END, VALIDATION_END, 5, 16)
    right, sure = (QuantileNetwork(CONFIG).eval() for _ in range(2))
    torch.nn.init.constant_(sure.log_width.bias, -0.2)
    factors = calibrate(right, panel, rows)
    assert np.abs(np.log(factors)).max() < 0.13
    np.testing.assert_allclose(np.log(calibrate(sure, panel, rows)), np.log(factors) + 0.2)
    torch.testing.assert_close(sure.log_width.bias, right.log_width.bias)


def test_the_median_and_the_days_outside_stay_as_they_are(panel: PricePanel) -> None:
    rows = panel.origins(TRAIN_END, VALIDATION_END, 5, 16)
    network = QuantileNetwork(CONFIG).eval()
    torch.nn.init.constant_(network.log_width.bias, 0.25)
    torch.nn.init.constant_(network.median, 0.1)
    windows = torch.from_numpy(panel.windows(rows[:3], 16))
    before = network(windows).detach()
    other = PricePanel(**{**vars(panel), "log_price": panel.log_price.copy()})
    other.log_price[panel.dates >= VALIDATION_END] += 1.0
    factors = calibrate(network, other, rows)
    after = network(windows).detach()
    torch.testing.assert_close(after[..., network.middle], before[..., network.middle])
    widths = [(q[..., -1] - q[..., 0])[0, 0] for q in (before, after)]
    np.testing.assert_allclose(widths[1] / widths[0], factors, rtol=1e-5)
    assert (factors < 0.95).all()
