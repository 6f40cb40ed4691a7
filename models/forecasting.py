"""The forecasting network: a stacked recurrent network with a direct multi-step quantile head.

One pass over the days of a series answers at every day for all horizons at once, in the manner of
MQ-RNN (Wen et al. 2017, arXiv 1711.11053): nothing is sampled, and no forecast is fed back. It
works in units of scale * sqrt(h) and does not know prices, dates or features by name: see
`data/forecasting.py` for those.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
LEVELS = (
    0.005, 0.01, 0.025, *(round(0.05 * k, 2) for k in range(1, 20)), 0.975, 0.99, 0.995,
)  # fmt: skip


def _option(default: Any, text: str, **more: Any) -> Any:
    """A field that a command line may offer, with its help."""
    return field(default=default, metadata={"help": text, **more})


@dataclass(frozen=True)
class ForecastConfig:
    """Shape of a `QuantileNetwork`: what it must be given and what it answers."""

    cell: str = _option("lstm", "kind of recurrent cell", choices=tuple(CELLS))
    input_size: int = 28  # features a day, as many as data/forecasting.py makes
    hidden_size: int = _option(64, "units a layer")
    num_layers: int = _option(2, "stacked recurrent layers, at least 2")
    dropout: float = _option(0.1, "probability of dropping a unit after each layer")
    context_length: int = _option(128, "days that the network looks back on")
    prediction_length: int = _option(30, "trading days ahead, at most")
    quantile_levels: tuple[float, ...] = LEVELS  # ascending, 0.5 among them

    def __post_init__(self) -> None:
        levels = self.quantile_levels
        if self.cell not in CELLS:
            raise ValueError(f"cell must be one of {', '.join(CELLS)}, not {self.cell!r}.")
        if self.num_layers < 2:
            raise ValueError(f"num_layers must be at least 2, not {self.num_layers}.")
        ascending = all(a < b for a, b in pairwise((0.0, *levels, 1.0)))
        if not ascending or 0.5 not in levels:
            raise ValueError("quantile_levels must ascend strictly inside (0, 1) and contain 0.5.")


class QuantileNetwork(nn.Module):
    """Quantiles of the cumulative log return over 1..days trading days, divided by scale * sqrt(h).

    What the network says anew each day is one width for each horizon. The shape of the distribution
    (its median and the Q - 1 gaps between its quantiles, made positive by softplus, so they cannot
    cross) is learned once for each horizon: networks that could also move the median or the shape
    from day to day fitted the luck of their training years and did worse on the next. An untrained
    network is the random walk whose daily deviation is `scale`.
    """

    def __init__(self, config: ForecastConfig) -> None:
        super().__init__()
        self.config = config
        self.recurrent = CELLS[config.cell](
            config.input_size,
            config.hidden_size,
            config.num_layers,
            batch_first=True,
            dropout=config.dropout,
        )
        self.dropout = nn.Dropout(config.dropout)
        # The day's features go past the recurrence too: a linear map of them alone is the HAR
        # model of volatility.
        self.log_width = nn.Linear(config.hidden_size + config.input_size, config.prediction_length)
        nn.init.zeros_(self.log_width.weight)
        nn.init.zeros_(self.log_width.bias)
        levels = config.quantile_levels
        self.middle = levels.index(0.5)
        normal = torch.tensor(
            [NormalDist().inv_cdf(level) for level in levels], dtype=torch.float64
        )
        gaps = torch.log(torch.expm1(normal.diff())).float()  # its softplus is the Normal's gap
        self.median = nn.Parameter(torch.zeros(config.prediction_length))
        self.gaps = nn.Parameter(gaps.repeat(config.prediction_length, 1))  # (days, Q - 1)

    def forward(self, features: Tensor, positions: slice = slice(None)) -> Tensor:
        """(N, T, D) features of T days, from a zero state -> (N, P, days, Q), answers at the days
        of `positions`."""
        config = self.config
        if features.ndim != 3 or features.shape[-1] != config.input_size:
            raise ValueError(
                f"features must be (N, T, {config.input_size}), not {tuple(features.shape)}."
            )
        hidden, _ = self.recurrent(features)  # (N, T, H)
        seen = torch.cat([self.dropout(hidden[:, positions]), features[:, positions]], dim=-1)
        width = self.log_width(seen).exp()  # (N, P, days)
        return self.median.unsqueeze(-1) + width.unsqueeze(-1) * self._shape()

    def _shape(self) -> Tensor:
        """Quantiles around a median of zero, for a width of 1: (days, Q)."""
        gaps = functional.softplus(self.gaps)
        below = gaps[:, : self.middle].flip(-1).cumsum(-1).flip(-1)
        above = gaps[:, self.middle :].cumsum(-1)
        return torch.cat([-below, torch.zeros_like(self.median).unsqueeze(-1), above], dim=-1)
