"""What the predictors answer: small immutable objects in the field's words.

They hold values only; nothing here computes with a network or draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

LEVEL_TOLERANCE = 1e-9  # quantile levels are decimal fractions such as 0.1


@dataclass(frozen=True)
class Generation:
    """A text that a language model wrote.

    ``text`` is the continuation without the ``prompt``; ``bits_per_char`` is the mean surprise of
    the network at its own characters (at temperature 1, whatever was asked for); ``skipped`` lists
    the characters of the prompt that the network never saw in training and did not read.
    """

    prompt: str
    text: str
    seed: int
    model: str
    bits_per_char: float
    skipped: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return {
            "prompt": self.prompt,
            "text": self.text,
            "seed": self.seed,
            "model": self.model,
            "bits_per_char": round(self.bits_per_char, 4),
            "skipped": list(self.skipped),
        }


@dataclass(frozen=True)
class SentimentPrediction:
    """How a review was judged.

    ``score`` is the probability of ``label``; ``tokens`` are the words and ``running`` the
    probability of "positive" after each of them (both empty unless asked for); ``notes`` are
    sentences that a reader of the verdict should know.
    """

    text: str
    label: str
    score: float
    probabilities: dict[str, float]
    model: str
    tokens: tuple[str, ...] = ()
    running: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Label, score, probabilities, model and notes as plain JSON values."""
        return {
            "label": self.label,
            "score": round(self.score, 6),
            "probabilities": {k: round(v, 6) for k, v in self.probabilities.items()},
            "model": self.model,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class QuantileForecast:
    """Quantiles of the cumulative log return after ``as_of``, for each coming trading day.

    ``log_returns`` is (days, Q), ascending along Q; day d and ``quantile_levels`` q answer: with
    probability q the log return from ``as_of`` to ``dates[d]`` is at most this.
    """

    ticker: str
    as_of: date
    source: str
    model: str
    last_price: float  # in the currency of the prices
    dates: tuple[date, ...]
    quantile_levels: tuple[float, ...]
    log_returns: np.ndarray

    def __post_init__(self) -> None:
        expected = (len(self.dates), len(self.quantile_levels))
        if self.log_returns.shape != expected:
            raise ValueError(f"log_returns has shape {self.log_returns.shape}, not {expected}")
        if not np.isfinite(self.log_returns).all():
            raise ValueError("log_returns holds numbers that are not finite")

    @property
    def prices(self) -> np.ndarray:
        """The quantiles as prices (days, Q), in the currency of ``last_price``."""
        return self.last_price * np.exp(self.log_returns)

    def quantile(self, level: float) -> np.ndarray:
        """Log returns at a quantile level (days,); KeyError when that level was not forecast."""
        return self.log_returns[:, self._column(level)]

    def price_quantile(self, level: float) -> np.ndarray:
        """Prices at a quantile level (days,); KeyError when that level was not forecast."""
        return self.last_price * np.exp(self.quantile(level))

    def _column(self, level: float) -> int:
        distances = np.abs(np.asarray(self.quantile_levels) - level)
        column = int(distances.argmin())
        if distances[column] > LEVEL_TOLERANCE:
            raise KeyError(f"no quantile at level {level}; there are {self.quantile_levels}")
        return column

    def to_json(self) -> dict[str, Any]:
        """The fields as plain JSON values, with prices and log returns as [day][level]."""
        return {
            "ticker": self.ticker,
            "as_of": self.as_of.isoformat(),
            "source": self.source,
            "model": self.model,
            "last_price": round(float(self.last_price), 6),
            "dates": [day.isoformat() for day in self.dates],
            "quantile_levels": list(self.quantile_levels),
            "prices": np.round(self.prices, 4).tolist(),
            "log_returns": np.round(self.log_returns, 6).tolist(),
        }
