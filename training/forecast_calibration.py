"""How wide the bands must be: one factor for each horizon, fitted on the validation days.

A network that is trained to the end of one period is too sure of the next. Its bands are widened,
or narrowed, to what scores best on days that chose its epoch but taught it nothing. The factors go
into the biases of the network's logarithms of width, so the checkpoint has no more parts for it.
"""

from __future__ import annotations

import numpy as np
import torch

from data.forecasting import PricePanel
from models.forecasting import QuantileNetwork
from training.forecast_metrics import level_weights, pinball_loss

FACTORS = np.exp(np.linspace(-0.3, 0.3, 61))  # a hundredth apart
EVERY = 5  # days of a ticker; the ones between tell nearly the same
BATCH = 128


@torch.inference_mode()
def calibrate(network: QuantileNetwork, panel: PricePanel, rows: np.ndarray) -> np.ndarray:
    """Widen each horizon of ``network`` by the factor of FACTORS with the lowest pinball loss on
    every EVERY-th of ``rows``, which need a whole context before them; the factors (days,)."""
    config = network.config
    levels = np.array(config.quantile_levels)
    weights = level_weights(levels)
    losses = np.zeros((len(FACTORS), config.prediction_length))
    chosen = rows[::EVERY]
    for start in range(0, len(chosen), BATCH):
        batch = chosen[start : start + BATCH]
        windows = torch.from_numpy(panel.windows(batch, config.context_length))
        quantiles = network(windows, slice(-1, None))[:, 0].double().numpy()  # (n, days, Q)
        targets = panel.targets(batch, config.prediction_length).astype(np.float64)
        middle = quantiles[..., network.middle, None]
        for number, factor in enumerate(FACTORS):
            wider = middle + factor * (quantiles - middle)
            losses[number] += (pinball_loss(wider, targets, levels) @ weights).sum(axis=0)
    factors = FACTORS[losses.argmin(axis=0)]
    network.log_width.bias += torch.from_numpy(np.log(factors)).float()
    return factors
