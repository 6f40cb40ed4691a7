"""A softmax over drawn tokens learns what the whole softmax would."""

from __future__ import annotations

import pytest
import torch

from training.sampled_softmax import SampledSoftmax

V, K = 30, 6


def problem() -> tuple[torch.Tensor, ...]:
    torch.manual_seed(0)
    x, targets = torch.randn(4, 5, K), torch.randint(0, V, (4, 5))
    weight, bias = torch.randn(V, K, requires_grad=True), torch.randn(V, requires_grad=True)
    return x, targets, weight, bias


def test_what_is_learned_from_few_drawn_tokens_are_the_shares_of_all():
    torch.manual_seed(0)
    shares = 1 / torch.arange(1, 201.0)
    shares /= shares.sum()
    tokens = torch.multinomial(shares, 100_000, replacement=True)
    sampler = SampledSoftmax(tokens, 200, 25)
    x, weight, bias = torch.zeros(1, 500, 1), torch.zeros(200, 1), torch.zeros(200)
    bias.requires_grad_()
    optimizer = torch.optim.Adam([bias], 0.05)
    for step in range(800):
        optimizer.param_groups[0]["lr"] = 0.05 * (1 - step / 800)
        optimizer.zero_grad()
        targets = tokens[torch.randint(0, len(tokens), (1, 500))]
        sampler.loss(x, targets, weight, bias, torch.float32).backward()
        optimizer.step()
    divergence = (shares * (shares.log() - bias.detach().log_softmax(0))).sum()
    assert 0 <= divergence < 0.02  # of 1.1 nats between them and equal shares


def test_a_token_that_is_never_right_is_pushed_down_only_when_drawn():
    x, targets, weight, bias = problem()
    targets = torch.full_like(targets, 3)
    loss = SampledSoftmax(torch.arange(V), V, 5).loss(x, targets, weight, bias, torch.float32)
    (gradient,) = torch.autograd.grad(loss, bias)
    assert (gradient > 0).sum() <= 5
    assert gradient[3] < 0


def test_the_right_token_is_no_wrong_one_when_it_is_drawn():
    x, targets, weight, bias = problem()
    everything_is_right = torch.zeros_like(targets)
    only_one = SampledSoftmax(torch.zeros(10**6, dtype=torch.int64), 1, 9)
    loss = only_one.loss(x, everything_is_right, weight[:1], bias[:1], torch.float32)
    assert loss.item() == pytest.approx(0, abs=1e-6)
