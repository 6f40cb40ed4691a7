"""Forecasts that a network must beat. NumPy only: nothing is trained, and nothing knows prices or
dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np


@dataclass(frozen=True)
class RandomWalk:
    """The random walk without drift and with Normal steps (Bachelier, Théorie de la spéculation,
    1900).

    The cumulative log return over h days has quantiles sigma * sqrt(h) * z(level), with sigma the
    standard deviation of the last `window` daily log returns (of all, when there are fewer).
    """

    window: int = 500  # trading days

    def predict(self, log_returns: np.ndarray, days: int, levels: Sequence[float]) -> np.ndarray:
        """Quantiles after the last of `log_returns` (T,), T >= 2: (days, Q). ValueError when there
        are fewer."""
        return self.predict_origins(log_returns, np.array([len(log_returns) - 1]), days, levels)[0]

    def predict_origins(
        self, log_returns: np.ndarray, origins: np.ndarray, days: int, levels: Sequence[float]
    ) -> np.ndarray:
        """Quantiles after each of the positions `origins` (n,) in `log_returns` (T,): (n, days, Q).

        Each uses the returns up to and with its origin only; an origin with fewer than 2 of them is
        a ValueError.
        """
        if len(origins) and (min(origins) < 1 or max(origins) >= len(log_returns)):
            raise ValueError("A random walk needs at least two returns up to each origin.")
        sigma = np.array(
            [
                np.std(log_returns[max(0, origin + 1 - self.window) : origin + 1], ddof=1)
                for origin in origins
            ]
        )
        normal = np.array([NormalDist().inv_cdf(level) for level in levels])
        return sigma[:, None, None] * np.sqrt(np.arange(1, days + 1))[:, None] * normal
