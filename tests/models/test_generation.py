"""The two ways through the language model agree, and it cannot see the future."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from models.generation import GenerationConfig, LanguageModel, LockedDropout, detach

CELLS = ["rnn", "gru", "lstm", "mogrifier"]


def make_model(cell: str, layers: int = 2) -> LanguageModel:
    torch.manual_seed(0)
    model = LanguageModel(
        GenerationConfig(
            vocab_size=11, cell=cell, embedding_size=5, hidden_size=7, num_layers=layers
        )
    )
    with torch.no_grad():  # biases and gates all different, so that a swapped pair shows
        for parameter in model.parameters():
            parameter.uniform_(-0.6, 0.6)
    return model.eval()


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_steps_equal_the_whole_sequence(cell, layers):
    model = make_model(cell, layers)
    tokens = torch.randint(0, 11, (1, 20))
    with torch.inference_mode():
        expected, _ = model(tokens)
        _, state = model(tokens[:, :6])
        step = model.stepper(state)
        for t in range(6, 20):
            torch.testing.assert_close(step(int(tokens[0, t])), expected[0, t])


@pytest.mark.parametrize("cell", CELLS)
def test_two_steppers_from_one_state_do_not_disturb_each_other(cell):
    model = make_model(cell)
    with torch.inference_mode():
        _, state = model(torch.tensor([[1, 2, 3]]))
        first, second = model.stepper(state), model.stepper(state)
        expected = first(4).clone()
        first(5)
        assert torch.equal(second(4), expected)


@pytest.mark.parametrize("cell", CELLS)
def test_carried_state_equals_one_pass(cell):
    model = make_model(cell)
    tokens = torch.randint(0, 11, (3, 24))
    with torch.inference_mode():
        whole, _ = model(tokens)
        head, state = model(tokens[:, :10])
        tail, _ = model(tokens[:, 10:], state)
    torch.testing.assert_close(torch.cat([head, tail], 1), whole)


@pytest.mark.parametrize("cell", CELLS)
def test_the_future_does_not_change_the_past(cell):
    model = make_model(cell)
    tokens = torch.randint(0, 11, (1, 12))
    changed = tokens.clone()
    changed[0, 8] = (changed[0, 8] + 1) % 11
    with torch.inference_mode():
        before, after = model(tokens)[0], model(changed)[0]
    assert torch.equal(before[0, :8], after[0, :8])
    assert not torch.equal(before[0, 8], after[0, 8])


def test_locked_dropout_uses_one_mask_for_all_steps():
    dropout = LockedDropout(0.5).train()
    out = dropout(torch.ones(4, 30, 16))
    assert torch.equal(out, out[:, :1].expand_as(out))
    assert set(out.unique().tolist()) == {0.0, 2.0}
    assert torch.equal(dropout.eval()(torch.ones(2, 3, 4)), torch.ones(2, 3, 4))


def test_lstm_starts_with_open_forget_gates():
    model = LanguageModel(GenerationConfig(vocab_size=3, hidden_size=4, embedding_size=2))
    for layer in model.layers:
        assert torch.equal(layer.bias_ih_l0[4:8] + layer.bias_hh_l0[4:8], torch.ones(4))


def test_a_tied_network_has_one_matrix_for_tokens_read_and_foreseen():
    config = GenerationConfig(vocab_size=11, embedding_size=5, hidden_size=7, tied=True)
    model, untied = LanguageModel(config), LanguageModel(replace(config, tied=False))
    weight, bias = model.eval().softmax
    assert weight is model.embedding.weight
    assert (weight.shape, bias.shape) == ((11, 5), (11,))
    x, _ = model.read(torch.tensor([[1, 2]]))
    torch.testing.assert_close(model(torch.tensor([[1, 2]]))[0], x @ weight.t() + bias)
    assert untied.softmax[0] is not untied.embedding.weight


@pytest.mark.parametrize("cell", CELLS)
def test_a_detached_state_cuts_the_gradient(cell):
    _, state = make_model(cell)(torch.tensor([[1, 2]]))
    for item in detach(state):
        for part in item if isinstance(item, tuple) else (item,):
            assert not part.requires_grad


@pytest.mark.parametrize(
    "wrong", [{"cell": "transformer"}, {"hidden_size": 0}, {"dropout": 1.0}, {"vocab_size": -1}]
)
def test_impossible_configs_are_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        GenerationConfig(**wrong)
