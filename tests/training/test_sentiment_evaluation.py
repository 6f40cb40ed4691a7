"""Laws of the figures: what each formula gives where the answer is known by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from training.sentiment_evaluation import fit_temperature, scores


def test_scores_of_a_hand_worked_case():
    figures = scores(np.array([0.9, 0.2, 0.6, 0.3]), np.array([1, 0, 0, 1]))
    assert figures["accuracy"] == 0.5
    assert figures["nll"] == pytest.approx(-math.log(0.9 * 0.8 * 0.4 * 0.3) / 4)
    # bins of width 1/15: 0.9 -> 13, 0.8 -> 12, 0.6 -> 9, 0.7 -> 10, one review each
    assert figures["ece"] == pytest.approx((0.1 + 0.2 + 0.6 + 0.7) / 4)
    assert figures["reviews"] == 4


def test_calibrated_probabilities_have_no_calibration_error():
    positive = np.full(10, 0.7)
    assert scores(positive, np.array([1] * 7 + [0] * 3))["ece"] == pytest.approx(0, abs=1e-12)


def test_certainty_that_is_wrong_costs_much_but_not_infinity():
    figures = scores(np.array([1.0, 0.0]), np.array([0, 0]))
    assert 10 < figures["nll"] < 30
    assert figures["ece"] == pytest.approx(0.5)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_of_made_up_logits_is_found(temperature):
    generator = torch.Generator().manual_seed(0)
    calibrated = 2 * torch.randn(50_000, generator=generator)
    labels = (torch.rand(50_000, generator=generator) < torch.sigmoid(calibrated)).long()
    assert fit_temperature(temperature * calibrated, labels) == pytest.approx(temperature, rel=0.05)
