"""How far a probability can be believed: its measures, and the factors that mend it.

Everything is about P(positive) and labels of two classes; nothing here knows a text or a network.
The calibration error is that of Guo et al. 2017, "On Calibration of Modern Neural Networks"
(arXiv:1706.04599).
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from scipy.optimize import minimize
from scipy.special import expit
from torch import Tensor

TEMPERATURES = np.exp(np.linspace(np.log(0.25), np.log(4.0), 401))
BOUNDS = ((np.log(0.05), np.log(20.0)), (-1.0, 1.0))  # of ln T and of the power of the length
BINS = 15
SURE = 0.95


def scores(positive: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Accuracy, likelihood and calibration of P(positive) (N,) against labels (N,).

    accuracy: share of labels that got more than one half. nll: mean of -log p(label), nats per
    review. brier: mean of (P(positive) - label)^2, 0 to 1. ece: sum over the bins of
    ``reliability`` of |accuracy - mean confidence| times the bin's share (Guo et al., equation 3).
    reviews: N. Undefined (nan) for N = 0.
    """
    of_label = np.clip(np.where(labels == 1, positive, 1 - positive), 1e-12, 1.0)
    gaps = [
        bin_["reviews"] * abs(bin_["accuracy"] - bin_["confidence"])
        for bin_ in reliability(positive, labels)
    ]
    return {
        "accuracy": float(_right(positive, labels).mean()),
        "nll": float(-np.log(of_label).mean()),
        "brier": float(np.square(positive - (labels == 1)).mean()),
        "ece": float(sum(gaps) / len(labels)),
        "reviews": len(labels),
    }


def reliability(positive: np.ndarray, labels: np.ndarray) -> list[dict[str, float]]:
    """What came true of each confidence: 15 equal bins of the larger probability, empty ones left
    out, each with its bounds, its mean confidence, its accuracy and its number of reviews. (Of two
    classes the larger is never below one half, so half of the bins are always empty.)"""
    confidence, right = np.maximum(positive, 1 - positive), _right(positive, labels)
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [
        {
            "from": i / BINS,
            "to": (i + 1) / BINS,
            "confidence": float(confidence[place == i].mean()),
            "accuracy": float(right[place == i].mean()),
            "reviews": int((place == i).sum()),
        }
        for i in np.unique(place)
    ]


def sure(positive: np.ndarray, labels: np.ndarray, least: float = SURE) -> dict[str, float | None]:
    """Of the verdicts with a confidence of ``least`` or more: their share of all, and the share of
    them that is right (None when there is none)."""
    chosen = np.maximum(positive, 1 - positive) >= least
    right = _right(positive, labels)[chosen]
    return {
        "confidence": least,
        "share": float(chosen.mean()),
        "accuracy": float(right.mean()) if len(right) else None,
    }


def _right(positive: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return (positive > 0.5) == (labels == 1)


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """The divisor of the logits (N,) with the lowest negative log-likelihood of the labels (N,).

    Guo et al., section 4.2; it changes no label. Searched on 401 steps of 0.25 to 4.
    """
    target = labels.double()
    losses = [
        F.binary_cross_entropy_with_logits(logits.double() / float(temperature), target).item()
        for temperature in TEMPERATURES
    ]
    return round(float(TEMPERATURES[int(np.argmin(losses))]), 4)


def fit_temperature_by_length(
    logits: Tensor, lengths: Tensor, labels: Tensor
) -> tuple[float, float]:
    """(T, g) with the lowest negative log-likelihood of the labels (N,) when the logits (N,) are
    divided by T * length ** g: the temperature of Guo et al. as a power of the length (N,), which
    stays above 0 wherever it is asked for. Both are bounded (BOUNDS), for judges without a clue."""
    judged, target = logits.double().numpy(), labels.double().numpy()
    log_lengths = lengths.double().log().numpy()

    def objective(powers: np.ndarray) -> tuple[float, np.ndarray]:
        divided = judged * np.exp(-powers[0] - powers[1] * log_lengths)
        by_power = (target - expit(divided)) * divided  # of each label, by ln T
        loss = np.logaddexp(0, divided) - target * divided
        return loss.mean(), np.array([by_power.mean(), (by_power * log_lengths).mean()])

    found = minimize(objective, np.zeros(2), jac=True, method="L-BFGS-B", bounds=BOUNDS)
    return round(float(np.exp(found.x[0])), 4), round(float(found.x[1]), 4)


def fit_weights(log_odds: Tensor, labels: Tensor) -> Tensor:
    """The weights (J,) of several judges with which the sum of their log-odds (J, N) has the lowest
    negative log-likelihood of the labels (N,): stacked generalisation (Wolpert, 1992) by a logistic
    regression without a constant, which is convex. The sum is calibrated thereby; of one judge the
    weight is one over the temperature."""
    judged, target = log_odds.double(), labels.double()
    weights = torch.full((len(judged),), 1 / len(judged), dtype=torch.double, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def objective() -> Tensor:
        optimizer.zero_grad()
        loss = F.binary_cross_entropy_with_logits(weights @ judged, target)
        loss.backward()
        return loss

    optimizer.step(objective)
    return weights.detach()
