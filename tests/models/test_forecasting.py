"""Laws of the forecasting network."""

from __future__ import annotations

from statistics import NormalDist

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.forecasting import CELLS, ForecastConfig, QuantileNetwork

LEVELS = (0.1, 0.25, 0.5, 0.9)


def small(cell: str = "lstm", **changes: object) -> ForecastConfig:
    values = {
        "input_size": 3,
        "hidden_size": 8,
        "context_length": 16,
        "prediction_length": 4,
        "quantile_levels": LEVELS,
    }
    return ForecastConfig(cell=cell, **{**values, **changes})


def shaken(config: ForecastConfig, seed: int = 0) -> QuantileNetwork:
    """A network whose every parameter is random, as none is after training."""
    torch.manual_seed(seed)
    network = QuantileNetwork(config).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(0.0, 0.5)
    return network


@pytest.mark.parametrize("cell", CELLS)
def test_an_untrained_network_is_the_random_walk(cell: str) -> None:
    config = small(cell)
    quantiles = QuantileNetwork(config).eval()(torch.randn(2, 6, 3))
    assert quantiles.shape == (2, 6, 4, 4)
    expected = torch.tensor([NormalDist().inv_cdf(level) for level in LEVELS])
    torch.testing.assert_close(quantiles, expected.expand(2, 6, 4, 4), atol=1e-6, rtol=1e-5)


@settings(max_examples=50, deadline=None)  # a busy machine is no failure
@given(seed=st.integers(0, 10_000), size=st.floats(0.0, 6.0))
def test_quantiles_never_cross(seed: int, size: float) -> None:
    network = shaken(small(), seed)
    with torch.no_grad():
        quantiles = network(size * torch.randn(2, 5, 3))
    assert (quantiles.diff(dim=-1) >= 0).all()


@pytest.mark.parametrize("cell", CELLS)
def test_a_day_does_not_see_later_days(cell: str) -> None:
    network = shaken(small(cell))
    features = torch.randn(1, 10, 3)
    changed = features.clone()
    changed[:, 6:] = 9.0
    with torch.no_grad():
        before, after = network(features), network(changed)
    assert torch.equal(before[:, :6], after[:, :6])
    assert not torch.equal(before[:, 6:], after[:, 6:])


@pytest.mark.parametrize("positions", [slice(-1, None), slice(3, None, 2), slice(None)])
def test_positions_select_among_the_answers(positions: slice) -> None:
    network = shaken(small())
    features = torch.randn(2, 9, 3)
    with torch.no_grad():
        torch.testing.assert_close(network(features, positions), network(features)[:, positions])


def test_every_parameter_learns() -> None:
    network = shaken(small()).train()
    network(torch.randn(4, 9, 3)).square().mean().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


def test_features_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match=r"must be \(N, T, 3\)"):
        QuantileNetwork(small())(torch.zeros(1, 5, 2))


@pytest.mark.parametrize(
    "changes",
    [
        {"cell": "transformer"},
        {"num_layers": 1},
        {"quantile_levels": (0.5, 0.1)},
        {"quantile_levels": (0.1, 0.9)},
        {"quantile_levels": (0.0, 0.5)},
    ],
)
def test_a_senseless_config_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"must"):
        small(**changes)


def test_the_levels_hold_the_bounds_of_the_bands() -> None:
    levels = ForecastConfig().quantile_levels
    assert {0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975} <= set(levels)
