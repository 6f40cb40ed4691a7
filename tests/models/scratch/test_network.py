"""Laws of the character network and of its training."""

from __future__ import annotations

import numpy as np
import pytest

from models.scratch.batches import pad_names, window_batches
from models.scratch.gradient_check import numeric_gradient, relative_error
from models.scratch.network import CharacterNetwork, NetworkConfig
from models.scratch.optimizers import SGD, Adagrad, Adam, clip_by_norm
from models.scratch.output import cross_entropy
from tests.models.scratch.cases import CELLS, CHARACTERS, NAMES, network


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("num_layers", [1, 2])
def test_the_networks_gradients_are_the_numeric_ones(cell, num_layers):
    net, batch = network(cell, num_layers, 3), pad_names(NAMES, 0)
    result = net.loss_and_gradients(batch)
    assert result.count == 15
    assert result.loss == pytest.approx(net.loss(batch)[0], abs=1e-15)
    for name, value in net.parameters.items():
        numeric = numeric_gradient(lambda: net.loss(batch)[0], value)
        assert relative_error(numeric, result.gradients[name]) < 1e-7, name


@pytest.mark.parametrize("cell", CELLS)
def test_a_batch_is_its_names_one_by_one(cell):
    net = network(cell)
    whole = net.loss_and_gradients(pad_names(NAMES, 0))
    alone = [net.loss_and_gradients(pad_names([name], 0)) for name in NAMES]
    assert whole.loss * whole.count == pytest.approx(sum(r.loss * r.count for r in alone))
    for name, gradient in whole.gradients.items():
        total = sum(r.gradients[name] * r.count for r in alone) / whole.count
        np.testing.assert_allclose(gradient, total, rtol=0, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_windows_with_carried_state_read_as_one(cell):
    net, tokens = network(cell), np.random.default_rng(0).integers(0, 6, 13)
    (whole,) = window_batches(tokens, 1, 12)
    total, states = 0.0, None
    for batch in window_batches(tokens, 1, 4):
        loss, states = net.loss(batch, states)
        total += loss * 4
    assert total / 12 == pytest.approx(net.loss(whole)[0], abs=1e-13)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("optimizer", [SGD(1.0), Adagrad(0.1), Adam(0.02)])
def test_a_network_learns_a_few_names_by_heart(cell, optimizer):
    net, batch = network(cell, 1, 12), pad_names([[1, 2, 3], [4, 5]], 0)
    optimizer.state.clear()
    for _ in range(300):
        gradients, _ = clip_by_norm(net.loss_and_gradients(batch).gradients, 5.0)
        optimizer.update(net.parameters, gradients)
    assert net.loss(batch)[0] < 0.22  # which of the two it is cannot be known: 2 ln 2 / 7 = 0.198
    assert "".join(net.generate("a", temperature=0)) == "bc"
    assert "".join(net.generate("d", temperature=0)) == "e"


def test_the_forget_gate_begins_open():
    parameters = network("lstm").parameters
    assert (parameters["layers.1.bf"] == 1).all()
    assert not parameters["layers.1.bi"].any()


def test_one_step_at_a_time_reads_as_the_whole():
    net, batch = network("gru"), pad_names([[1, 3], [2, 3]], 0)
    states, scores = net.zero_states(2), []
    for tokens in batch.inputs.T:
        of_step, states = net.step(tokens, states)
        scores.append(of_step)
    total, _ = cross_entropy(np.stack(scores, axis=2), batch.targets)
    loss, last_states = net.loss(batch)
    assert total / 6 == pytest.approx(loss, abs=1e-14)
    np.testing.assert_allclose(states[1][0], last_states[1][0], rtol=0, atol=1e-14)


def test_the_seed_gives_the_text():
    net = network()
    first = "".join(net.generate("ab", 20, seed=3, stop=None))
    assert len(first) == 20
    assert first == "".join(net.generate("ab", 20, seed=3, stop=None))
    assert first != "".join(net.generate("ab", 20, seed=4, stop=None))


def test_generation_ends_before_the_stop():
    net = network()
    net.parameters["output.by"][0] = 100  # the newline
    assert "".join(net.generate("ab")) == ""
    assert "".join(net.generate("ab", 3, stop=None)) == "\n\n\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"prompt": "aXbYX"}, "never saw 'X' 'Y'"),
        ({"stop": "!"}, "never saw '!'"),
        ({"max_new_tokens": -1}, "max_new_tokens is -1"),
    ],
)
def test_a_bad_prompt_is_refused_at_once(options, message):
    with pytest.raises(ValueError, match=message):
        network().generate(**options)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p.pop("layers.0.Wf"), r"lack 'layers\.0\.Wf'"),
        (lambda p: p.update(extra=np.zeros(1)), "unknown 'extra'"),
        (lambda p: p.update({"output.by": np.zeros((5, 1))}), r"\(5, 1\), but \(6, 1\)"),
        (lambda p: p["output.by"].fill(np.nan), r"output\.by holds numbers that are not finite"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(change, message):
    parameters = network().parameters
    change(parameters)
    with pytest.raises(ValueError, match=message):
        CharacterNetwork(network().config, parameters)


@pytest.mark.parametrize(
    "values", [("lsmt", CHARACTERS), ("rnn", "ba"), ("rnn", ""), ("rnn", "ab", 0)]
)
def test_a_bad_config_is_refused(values):
    with pytest.raises(ValueError, match=r"expected|must be"):
        NetworkConfig(*values)


def test_gradients_that_are_not_finite_end_the_training():
    with pytest.raises(ValueError, match="training has diverged"):
        clip_by_norm({"a": np.array([1.0, np.nan])}, 5.0)


def test_an_update_needs_a_gradient_for_every_parameter():
    with pytest.raises(ValueError, match="gradients lack 'b'"):
        SGD(0.1).update({"a": np.zeros(2), "b": np.zeros(2)}, {"a": np.zeros(2)})
    with pytest.raises(ValueError, match=r"gradient of 'a' has shape \(3,\), but \(2,\)"):
        SGD(0.1).update({"a": np.zeros(2)}, {"a": np.zeros(3)})
