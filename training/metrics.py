"""Measures of text and classification, each with its formula and its undefined case."""

from __future__ import annotations

import math


def bits_per_char(nats: float) -> float:
    """Mean surprise in bits: nats / ln 2. Undefined (nan) where ``nats`` is."""
    return nats / math.log(2)


def perplexity(nats: float) -> float:
    """exp(mean nats): the number of equally likely characters that would surprise as much."""
    return math.exp(nats)


def accuracy_interval(accuracy: float, count: int) -> tuple[float, float]:
    """95 % Wilson score interval of a share ``accuracy`` of ``count`` trials (Wilson, 1927).

    Raises ValueError for ``count`` 0, where no share is defined.
    """
    if count < 1:
        raise ValueError("an accuracy needs at least one trial")
    z = 1.959963984540054  # the 97.5 % quantile of the standard normal
    centre = (accuracy + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(
        accuracy * (1 - accuracy) / count + z * z / (4 * count * count)
    )  # fmt: skip
    return centre - half, centre + half
