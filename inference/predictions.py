"""What the predictors answer: small immutable objects in the field's words.

They hold values only; nothing here computes with a network or draws.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

LEVEL_TOLERANCE = 1e-9  # quantile levels are decimal fractions such as 0.1


@dataclass(frozen=True, slots=True)
class Piece:
    """One token of a text that was written or read: a character, a sub-word or a word.

    ``nats`` is its surprise, -ln p at temperature 1 given what stood before; NaN for the first
    token of a text, which nothing stood before. ``alternatives`` are the likeliest tokens at that
    place with their probabilities, the likeliest first (empty unless asked for).
    """

    text: str
    nats: float
    alternatives: tuple[tuple[str, float], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The fields as plain JSON values; ``nats`` that nobody knows are null."""
        return {
            "text": self.text,
            "nats": None if math.isnan(self.nats) else round(self.nats, 4),
            "alternatives": [[text, round(p, 6)] for text, p in self.alternatives],
        }


@dataclass(frozen=True)
class Generation:
    """A text that a language model wrote.

    ``text`` is the continuation without the ``prompt``, ``pieces`` its tokens; ``bits_per_char`` is
    the mean surprise of the network at its own characters (at temperature 1, whatever was asked
    for); ``skipped`` lists the characters of the prompt that the network never saw in training and
    did not read; ``notes`` are sentences that a reader of the text should know.
    """

    prompt: str
    text: str
    seed: int
    model: str
    bits_per_char: float
    skipped: tuple[str, ...] = ()
    pieces: tuple[Piece, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The fields as plain JSON values; ``pieces`` only when alternatives were asked for."""
        answer = {
            "prompt": self.prompt,
            "text": self.text,
            "seed": self.seed,
            "model": self.model,
            "bits_per_char": round(self.bits_per_char, 4),
            "skipped": list(self.skipped),
            "notes": list(self.notes),
        }
        if any(piece.alternatives for piece in self.pieces):
            answer["pieces"] = [piece.to_json() for piece in self.pieces]
        return answer


@dataclass(frozen=True)
class Reading:
    """How surprising a text was to a language model.

    ``text`` is what was read: the text given without the characters that the network never saw in
    training, which ``skipped`` counts. ``characters`` is its length, ``nats_per_char`` the mean
    surprise of its characters but those of the first token, where nothing stood before it.
    ``window`` is the number of tokens after which the state started from zero again, None when it
    was carried through the whole text. ``pieces`` are its tokens (empty unless asked for).
    """

    text: str
    model: str
    characters: int
    nats_per_char: float
    skipped: dict[str, int] = field(default_factory=dict)
    window: int | None = None
    pieces: tuple[Piece, ...] = ()

    @property
    def bits_per_char(self) -> float:
        """The mean surprise in bits, which is nats / ln 2."""
        return self.nats_per_char / math.log(2)

    def to_json(self) -> dict[str, Any]:
        """All but the text as plain JSON values; ``pieces`` only when there are some."""
        answer = {
            "model": self.model,
            "characters": self.characters,
            "skipped": self.skipped,
            "window": self.window,
            "nats_per_char": round(self.nats_per_char, 6),
            "bits_per_char": round(self.bits_per_char, 6),
        }
        if self.pieces:
            answer["pieces"] = [piece.to_json() for piece in self.pieces]
        return answer


@dataclass(frozen=True)
class Copying:
    """How much of a text stands verbatim in the text that a network was trained on.

    ``share`` is the share of the text's windows of ``window`` characters that stand there;
    ``spans`` are the runs of at least ``window`` characters that do, each as (start, end) in the
    text and none inside another; ``longest`` is the longest of them, (0, 0) when there is none.
    """

    window: int
    share: float
    longest: tuple[int, int]
    spans: tuple[tuple[int, int], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return {
            "window": self.window,
            "share": round(self.share, 6),
            "longest": list(self.longest),
            "spans": [list(span) for span in self.spans],
        }


@dataclass(frozen=True)
class SentimentPrediction:
    """How a review was judged.

    ``score`` is the probability of ``label``; ``tokens`` are the words and ``running`` the
    probability of "positive" after each of them, ``running_of`` says whether by the whole network
    or by the half that reads forward (all empty unless asked for); ``notes`` are sentences that a
    reader of the verdict should know.
    """

    text: str
    label: str
    score: float
    probabilities: dict[str, float]
    model: str
    tokens: tuple[str, ...] = ()
    running: tuple[float, ...] = ()
    running_of: str = ""
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
class Omission:
    """The verdict on a review without some of its words, ``start`` up to ``end``.

    ``positive`` is the probability of "positive" without them; ``effect`` the log-odds with them
    less the log-odds without: above 0, they spoke for "positive".
    """

    start: int
    end: int
    positive: float
    effect: float


@dataclass(frozen=True)
class Attribution:
    """Why a review was judged as it was; all but shares in log-odds of "positive", ln(p / (1 - p)).

    ``contributions`` are the words', in their order. They go from ``baseline_logit``, the verdict
    on a text that says nothing, to ``logit``, the verdict on this one, measured at ``points``
    places between the two. ``omissions`` are what leaving out each ``unit`` ("word" or "sentence")
    would change; empty unless asked for.
    """

    model: str
    words: tuple[str, ...]
    contributions: tuple[float, ...]
    logit: float
    baseline_logit: float
    points: int
    unit: str = ""
    omissions: tuple[Omission, ...] = ()

    @property
    def completeness_error(self) -> float:
        """How far the contributions are from adding up, |sum - (logit - baseline_logit)|."""
        return abs(sum(self.contributions) - (self.logit - self.baseline_logit))

    def part(self, omission: Omission) -> str:
        """The text that an omission leaves out."""
        return " ".join(self.words[omission.start : omission.end])

    def to_json(self) -> dict[str, Any]:
        """The fields as plain JSON values, each omission with its text."""
        return {
            "model": self.model,
            "words": list(self.words),
            "contributions": [round(c, 4) for c in self.contributions],
            "logit": round(self.logit, 4),
            "baseline_logit": round(self.baseline_logit, 4),
            "completeness_error": round(self.completeness_error, 6),
            "points": self.points,
            "unit": self.unit,
            "left_out": [
                {
                    "text": self.part(o),
                    "positive": round(o.positive, 6),
                    "effect": round(o.effect, 4),
                }
                for o in self.omissions
            ],
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
        return self.log_returns[:, level_column(self.quantile_levels, level)]

    def price_quantile(self, level: float) -> np.ndarray:
        """Prices at a quantile level (days,); KeyError when that level was not forecast."""
        return self.last_price * np.exp(self.quantile(level))

    def band(self, share: float) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper prices of the central band that holds `share`: two (days,). KeyError when
        its levels were not forecast."""
        low, high = band_levels(share)
        return self.price_quantile(low), self.price_quantile(high)

    def to_json(self) -> dict[str, Any]:
        """The fields as plain JSON values, with prices and log returns as [day][level]."""
        return {
            "ticker": self.ticker,
            "as_of": self.as_of.isoformat(),
            "source": self.source,
            "model": self.model,
            "last_price": _eight_digits(self.last_price),
            "dates": [day.isoformat() for day in self.dates],
            "quantile_levels": list(self.quantile_levels),
            "prices": [[_eight_digits(price) for price in row] for row in self.prices],
            "log_returns": np.round(self.log_returns, 6).tolist(),
        }

    def to_csv(self) -> str:
        """One row a day: the day, its date, and the price at each quantile level."""
        lines = [
            ",".join(["days_ahead", "date", *(f"q{level:g}" for level in self.quantile_levels)])
        ]
        for number, (day, prices) in enumerate(zip(self.dates, self.prices, strict=True), 1):
            lines.append(",".join([str(number), day.isoformat(), *(f"{p:.8g}" for p in prices)]))
        return "\n".join(lines) + "\n"


def level_column(levels: tuple[float, ...], level: float) -> int:
    """Where a quantile level stands among `levels`; KeyError when it was not forecast."""
    distances = np.abs(np.asarray(levels) - level)
    column = int(distances.argmin())
    if distances[column] > LEVEL_TOLERANCE:
        raise KeyError(f"no quantile at level {level}; there are {levels}")
    return column


def band_levels(share: float) -> tuple[float, float]:
    """The quantile levels between which a central band holds `share`: 0.8 -> (0.1, 0.9)."""
    return (1.0 - share) / 2.0, (1.0 + share) / 2.0


def _eight_digits(price: float) -> float:
    """Enough for a share of any currency, and for a coin of a millionth."""
    return float(f"{price:.8g}")
