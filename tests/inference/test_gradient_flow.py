"""The flow's norms are autograd's, and a forget bias lets them reach further."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from data.errors import InputError
from inference.gradient_flow import MIN_LOSSES, GradientFlow, gradient_flow, redraw, untrained_flow
from inference.inside import open_up

TEXT = "bad cafe he"
LONG = "abcdefgh dead beef cafe fade bead " * 2


def autograd_norms(predictor, text: str, layer: int) -> np.ndarray:
    """Go on from a copy of each state: the gradient of each later loss by the copy."""
    network = open_up(predictor)
    ((_, traces),) = (passage := network.read(text)).segments
    T = len(passage.tokens) - 1
    norms = np.full((T, T), np.nan)
    for s in range(T):
        state = [part.clone() for part in traces[layer].before(s + 1)]
        leaf = state[-1].requires_grad_()  # c where there is one
        if len(state) == 2:  # the state h counts as made from c
            state[0] = traces[layer].at(s, "output")[0] * torch.tanh(leaf)
        rest = network.cells[layer].read(traces[layer].x[:, s + 1 :], tuple(state)).hidden
        outputs = torch.cat([state[0][:, None], rest], 1)
        for upper in range(layer + 1, len(network.cells)):
            outputs = network.cells[upper].read(outputs, traces[upper].before(s)).hidden
        logits = outputs[0] @ network.weight.T + network.bias
        for t in range(s, T):
            loss = F.cross_entropy(logits[t - s], torch.tensor(passage.tokens[t + 1]))
            (gradient,) = torch.autograd.grad(loss, leaf, retain_graph=True)
            norms[t, s] = gradient.norm()
    return norms


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm", "mogrifier", "lstm-tied"])
def test_the_norms_are_those_of_autograd(networks, kind, layer):
    flow = gradient_flow(networks[kind], TEXT, layer)
    np.testing.assert_allclose(
        flow.norms, autograd_norms(networks[kind], TEXT, layer), rtol=1e-7, atol=1e-12
    )
    assert flow.targets == tuple(TEXT[1:])
    assert flow.pieces == tuple(TEXT[:-1])


def test_nothing_reaches_back_over_a_line_that_began_anew(networks):
    text, line = "abc\nfed", 3
    lines = gradient_flow(networks["numpy-lstm-lines"], text).norms
    assert np.isnan(lines[line:, :line]).all()
    assert (lines[line:, line] > 0).all()  # of the newline's state, which begins the line
    assert gradient_flow(networks["numpy-rnn-windows"], text).norms[line:, :line].all()


def test_a_newline_is_a_loss_of_its_line(networks):
    flow = gradient_flow(networks["numpy-gru-lines"], "abc\nfed")
    assert flow.targets[2] == "\n"
    assert flow.norms[2, :3].all()


def test_ratios_are_medians_over_the_losses_by_distance():
    T = 8
    norms = np.array([
        [2.0 * 0.5 ** (t - s) if s <= t else np.nan for s in range(T)] for t in range(T)
    ])  # fmt: skip
    norms[5] *= 100  # a loss of its own size changes no ratio
    norms[7, 5] = 50  # nor does one loss that is odd
    flow = GradientFlow("", 0, ("a",) * T, ("b",) * T, norms)
    np.testing.assert_allclose(flow.by_distance(), [0.5**k for k in range(T - MIN_LOSSES + 1)])


def test_a_gradient_that_has_vanished_altogether_counts_and_a_way_that_is_not_there_does_not():
    T = 20
    norms = np.where(np.tri(T), 1.0, np.nan)
    norms[np.tri(T, k=-10).astype(bool)] = 0
    norms[15:, :5] = np.nan
    curve = GradientFlow("", 0, ("a",) * T, ("b",) * T, norms).by_distance()
    np.testing.assert_array_equal(curve, [1.0] * 10 + [0.0] * (len(curve) - 10))
    assert 10 < len(curve) < T


def test_the_shares_of_the_losses_add_up_to_one_at_each_step(text_network):
    flow = gradient_flow(text_network, TEXT)
    np.testing.assert_allclose(flow.shares().sum(0), 1)
    arriving = flow.norms[3:, 3]
    np.testing.assert_allclose(flow.shares()[3:, 3], arriving / arriving.sum())


def test_shares_by_distance_are_sums_of_shares_and_add_up_to_one(networks):
    flow = gradient_flow(networks["gru"], TEXT)
    bands, shares = flow.shares_by_distance([0, 1, 4]), flow.shares()
    np.testing.assert_allclose(bands.sum(0), 1)
    np.testing.assert_allclose(
        bands[:, 2], [shares[2, 2], shares[3:6, 2].sum(), shares[6:, 2].sum()]
    )


def test_a_gradient_is_told_until_its_square_would_vanish(networks):
    """In single precision, too: 1e-25 squared is 0 there."""
    predictor = copy.copy(networks["rnn"])
    predictor.model = copy.deepcopy(predictor.model).float()
    curve = untrained_flow(predictor, LONG * 3).by_distance()
    assert 0 < curve[100] < 1e-25


def test_characters_that_the_network_never_saw_are_named(networks):
    assert gradient_flow(networks["lstm"], "bad! cafe?").skipped == ("!", "?")


@pytest.mark.parametrize("kind", ["gru", "lstm", "mogrifier"])
def test_a_forget_bias_lets_the_gradient_reach_further(networks, kind):
    reach = [
        untrained_flow(networks[kind], LONG, bias, layer=0).by_distance()[20] for bias in (0, 2, 4)
    ]
    assert reach[0] < 1e-3
    assert min(reach[1:]) > 0.05


def test_a_plain_network_has_no_gate_to_open(networks):
    flows = [untrained_flow(networks["rnn"], TEXT, bias) for bias in (0, 4)]
    np.testing.assert_array_equal(flows[0].norms, flows[1].norms)


def test_an_untrained_network_is_new_and_the_same_for_the_same_seed(text_network):
    trained = gradient_flow(text_network, TEXT)
    first, again, other = (untrained_flow(text_network, TEXT, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.norms, again.norms)
    assert not np.allclose(first.norms, other.norms)
    assert not np.allclose(first.norms, trained.norms)
    assert (first.forget_bias, trained.forget_bias) == (0.0, None)
    # What was trained stays as it was.
    np.testing.assert_array_equal(gradient_flow(text_network, TEXT).norms, trained.norms)


def test_one_hot_inputs_stay_one_hot_when_weights_are_drawn_anew(networks):
    for kind, kept in (("numpy-rnn-windows", True), ("lstm", False)):
        network = open_up(networks[kind])
        fresh = redraw(network, 1.0, 0)
        assert torch.equal(fresh.embedding, network.embedding) == kept
        assert fresh.weight.abs().max() <= 9**-0.5


def test_json_holds_the_curve_and_the_shares(networks):
    flow = untrained_flow(networks["lstm"], TEXT, 1.5, 0)
    answer = json.loads(json.dumps(flow.to_json()))
    assert (answer["forget_bias"], answer["layer"]) == (1.5, 0)
    np.testing.assert_allclose(answer["by_distance"], flow.by_distance(), rtol=1e-3)
    np.testing.assert_allclose(answer["shares"], flow.shares(), atol=1e-5)


@pytest.mark.parametrize("bias", [float("nan"), 11, -11, None, "3"])
def test_a_forget_bias_that_is_no_number_or_too_large_is_refused(networks, bias):
    with pytest.raises(InputError, match="forget bias"):
        untrained_flow(networks["lstm"], TEXT, bias)


def test_what_cannot_be_measured_is_refused(networks, reviewer):
    with pytest.raises(InputError, match="predicts no characters"):
        gradient_flow(reviewer, TEXT)
    with pytest.raises(InputError, match="2 layer"):
        gradient_flow(networks["lstm"], TEXT, 2)
    with pytest.raises(InputError, match="seed"):
        untrained_flow(networks["lstm"], TEXT, seed=-1)
