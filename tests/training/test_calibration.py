"""Laws of the calibration: what each formula gives where the answer is known by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from training.calibration import (
    fit_temperature,
    fit_temperature_by_length,
    fit_weights,
    reliability,
    scores,
    sure,
)

HAND = np.array([0.9, 0.2, 0.6, 0.3]), np.array([1, 0, 0, 1])


def test_scores_of_a_hand_worked_case():
    figures = scores(*HAND)
    assert figures["accuracy"] == 0.5
    assert figures["nll"] == pytest.approx(-math.log(0.9 * 0.8 * 0.4 * 0.3) / 4)
    assert figures["brier"] == pytest.approx((0.01 + 0.04 + 0.36 + 0.49) / 4)
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
    assert figures["brier"] == 0.5


def test_bins_hold_every_review_once_and_say_what_came_true():
    rows = reliability(np.array([0.91, 0.92, 0.09, 0.5, 1.0]), np.array([1, 0, 0, 0, 1]))
    assert [row["reviews"] for row in rows] == [1, 3, 1]
    assert [round(row["from"] * 15) for row in rows] == [7, 13, 14]
    assert rows[1]["accuracy"] == pytest.approx(2 / 3)
    assert rows[1]["confidence"] == pytest.approx((0.91 + 0.92 + 0.91) / 3)
    assert all(row["from"] <= row["confidence"] <= row["to"] for row in rows)


def test_the_sure_verdicts_are_counted_of_both_labels():
    positive, labels = np.array([0.97, 0.04, 0.951, 0.9]), np.array([1, 0, 0, 0])
    found = sure(positive, labels)
    assert found == {"confidence": 0.95, "share": 0.75, "accuracy": pytest.approx(2 / 3)}
    assert sure(np.array([0.6]), np.array([1]))["accuracy"] is None


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_of_made_up_logits_is_found(temperature):
    generator = torch.Generator().manual_seed(0)
    calibrated = 2 * torch.randn(50_000, generator=generator)
    labels = (torch.rand(50_000, generator=generator) < torch.sigmoid(calibrated)).long()
    assert fit_temperature(temperature * calibrated, labels) == pytest.approx(temperature, rel=0.05)


@pytest.mark.parametrize(("temperature", "growth"), [(0.5, 0.3), (1.0, 0.0), (3.0, -0.2)])
def test_the_temperature_of_made_up_logits_is_found_at_every_length(temperature, growth):
    generator = torch.Generator().manual_seed(0)
    calibrated = 2 * torch.randn(50_000, generator=generator)
    lengths = torch.randint(1, 400, (50_000,), generator=generator)
    labels = (torch.rand(50_000, generator=generator) < torch.sigmoid(calibrated)).long()
    logits = calibrated * temperature * lengths**growth
    found, grows = fit_temperature_by_length(logits, lengths, labels)
    for length in (3, 30, 300):
        expected = temperature * length**growth
        assert found * length**grows == pytest.approx(expected, rel=0.06)


def test_of_a_judge_without_a_clue_the_temperature_stays_within_bounds():
    labels = torch.arange(40) % 2
    found, grows = fit_temperature_by_length(1.0 - 2.0 * labels, torch.arange(1, 41), labels)
    assert 0.05 <= found <= 20.01
    assert -1 <= grows <= 1


def test_of_one_judge_the_weight_is_one_over_the_temperature():
    rng = np.random.default_rng(0)
    log_odds = torch.from_numpy(rng.normal(0, 3, 4000))
    labels = torch.from_numpy(rng.uniform(size=4000)) < torch.sigmoid(log_odds / 2)
    (weight,) = fit_weights(log_odds[None], labels)
    assert float(weight) == pytest.approx(1 / fit_temperature(log_odds, labels), rel=0.02)
    assert float(weight) == pytest.approx(0.5, abs=0.03)


def test_two_judges_are_weighed_by_what_each_knows():
    """The log-odds of independent evidence add up, so each has the weight 1, and noise has none."""
    rng = torch.Generator().manual_seed(1)
    labels = torch.randint(0, 2, (20_000,), generator=rng)
    noise = torch.randn(3, 20_000, generator=rng)
    # Of values from N(+-1, s^2) the log-odds are 2 x / s^2.
    judges = [2 * (2 * labels - 1 + s * noise[k]) / s**2 for k, s in enumerate((1.0, 2.0))]
    weights = fit_weights(torch.stack([*judges, noise[2]]), labels)
    assert weights.tolist() == pytest.approx([1, 1, 0], abs=0.06)
