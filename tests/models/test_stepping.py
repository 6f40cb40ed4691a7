"""One step at a time equals the whole sequence, for every cell, and steppers keep to themselves."""

from __future__ import annotations

import pytest
import torch

from models import stepping
from models.generation import CELLS, GenerationConfig, LanguageModel

V = 11


def make_model(
    cell: str, layers: int = 2, embedding_size: int = 5, tied: bool = False
) -> LanguageModel:
    torch.manual_seed(0)
    rounds = {"mogrifier_rounds": 3, "mogrifier_rank": 2}
    model = LanguageModel(GenerationConfig(V, cell, embedding_size, 7, layers, tied=tied, **rounds))
    with torch.no_grad():  # biases and gates all different, so that a swapped pair shows
        for parameter in model.parameters():
            parameter.uniform_(-0.6, 0.6)
    return model.eval()


def state_after(model: LanguageModel, tokens: list[int]) -> list:
    with torch.inference_mode():
        return model(torch.tensor([tokens]))[1]


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("table", [0, 256])
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_steps_equal_the_whole_sequence(cell, layers, table, tied, monkeypatch):
    monkeypatch.setattr(stepping, "MAX_TABLE_TOKENS", table)
    model = make_model(cell, layers, tied=tied)
    tokens = torch.randint(0, V, (1, 25))
    with torch.inference_mode():
        expected, _ = model(tokens)
    step = model.stepper(state_after(model, tokens[0, :6].tolist()))
    for t in range(6, 25):
        torch.testing.assert_close(step(int(tokens[0, t])), expected[0, t])


@pytest.mark.parametrize("cell", CELLS)
def test_a_fork_goes_on_from_the_same_place_and_disturbs_nobody(cell):
    model = make_model(cell)
    step = model.stepper(state_after(model, [1, 2, 3]))
    step(4)
    fork = step.fork()
    expected = [step(token) for token in (5, 6, 7)]
    assert all(torch.equal(fork(t), e) for t, e in zip((5, 6, 7), expected, strict=True))
    again = step.fork()
    step(9)
    assert not torch.equal(again(8), step(8))


@pytest.mark.parametrize("cell", CELLS)
def test_what_a_step_returned_is_not_written_over(cell):
    model = make_model(cell)
    step = model.stepper(state_after(model, [1]))
    first = step(2)
    kept = first.clone()
    step(3)
    assert torch.equal(first, kept)


@pytest.mark.parametrize("cell", CELLS)
def test_neither_the_weights_nor_the_given_state_are_changed(cell):
    model = make_model(cell)
    state = state_after(model, [1, 2])
    flat = [p for item in state for p in (item if isinstance(item, tuple) else (item,))]
    before = [p.clone() for p in [*model.parameters(), *flat]]
    step = model.stepper(state)
    for token in range(V):
        step(token)
    assert all(map(torch.equal, [*model.parameters(), *flat], before))


@pytest.mark.parametrize("cell", CELLS)
def test_a_new_stepper_has_the_weights_of_now(cell):
    model = make_model(cell)
    model.stepper(state_after(model, [1]))(2)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(0.5)
    with torch.inference_mode():
        expected = model(torch.tensor([[1, 2]]))[0][0, 1]
    torch.testing.assert_close(model.stepper(state_after(model, [1]))(2), expected)


def test_writers_share_the_weights():
    model = make_model("lstm")
    step, other = (model.stepper(state_after(model, [1])) for _ in range(2))
    for cell, twin, layer in zip(step.cells, other.cells, model.layers, strict=True):
        assert cell._W_hh.ctypes.data == twin._W_hh.ctypes.data == layer.weight_hh_l0.data_ptr()
