"""The layers written out over time equal ``torch.nn``, forwards and backwards."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from models.recurrence import MogrifierLSTM, run_layer

N, T, D, H = 3, 6, 5, 7
LAYERS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


def make_layer(cell: str, dtype: torch.dtype = torch.float64) -> nn.RNNBase:
    torch.manual_seed(0)
    if cell == "mogrifier":
        return MogrifierLSTM(D, H, rounds=5, rank=3).to(dtype)
    return LAYERS[cell](D, H, batch_first=True).to(dtype)


def start(cell: str, dtype: torch.dtype = torch.float64) -> list[Tensor]:
    """An input and the parts of a state, all with gradients."""
    torch.manual_seed(1)
    shapes = [(N, T, D), (1, N, H)] + [(1, N, H)] * (cell in ("lstm", "mogrifier"))
    return [torch.randn(shape, dtype=dtype, requires_grad=True) for shape in shapes]


def as_state(parts: list[Tensor]) -> Tensor | tuple[Tensor, ...]:
    return tuple(parts) if len(parts) == 2 else parts[0]


def outcome(run, layer: nn.Module, leaves: list[Tensor]) -> list[Tensor]:
    """Results and all gradients of a loss that weighs every step and the last state."""
    for tensor in (*leaves, *layer.parameters()):
        tensor.grad = None
    y, last = run(leaves[0], as_state(leaves[1:]))
    parts = last if isinstance(last, tuple) else (last,)
    weights = torch.arange(1.0, T + 1, dtype=y.dtype)[None, :, None]
    loss = (y * y * weights).sum() + sum((3 + i) * (p * p).sum() for i, p in enumerate(parts))
    loss.backward()
    gradients = [tensor.grad for tensor in (*leaves, *layer.parameters())]
    return [y.detach(), *(p.detach() for p in parts), *gradients]


@pytest.mark.parametrize("cell", LAYERS)
def test_results_and_gradients_equal_torch_nn(cell):
    layer, leaves = make_layer(cell), start(cell)
    ours = outcome(lambda x, s: run_layer(layer, x, s, torch.float64), layer, leaves)
    theirs = outcome(layer, layer, leaves)
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-12)


def test_mogrifier_gradients_equal_numeric_ones():
    layer, leaves = make_layer("mogrifier"), start("mogrifier")
    names = [name for name, _ in layer.named_parameters()]
    values = [p.detach().clone().requires_grad_() for p in layer.parameters()]

    def run(x: Tensor, h: Tensor, c: Tensor, *weights: Tensor) -> tuple[Tensor, ...]:
        parameters = dict(zip(names, weights, strict=True))
        y, (h, c) = torch.func.functional_call(layer, parameters, (x, (h, c)))
        return y, h, c

    assert torch.autograd.gradcheck(run, (*leaves, *values))


def test_a_mogrifier_step_is_the_papers_equations():
    layer = make_layer("mogrifier")
    x, h0, c0 = (tensor.detach() for tensor in start("mogrifier"))
    xt, h, c = x[:, 0], h0[0], c0[0]
    for i, (down, up) in enumerate(zip(layer.down, layer.up, strict=True)):
        if i % 2 == 0:
            xt = 2 * torch.sigmoid(h @ down @ up) * xt
        else:
            h = 2 * torch.sigmoid(xt @ down @ up) * h
    gates = xt @ layer.weight_ih_l0.T + h @ layer.weight_hh_l0.T
    i, f, g, o = (gates + layer.bias_ih_l0 + layer.bias_hh_l0).chunk(4, 1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    y, (last_h, last_c) = layer(x[:, :1], (h0, c0))
    torch.testing.assert_close(y[:, 0], o.sigmoid() * c.tanh())
    torch.testing.assert_close(last_h[0], y[:, 0])
    torch.testing.assert_close(last_c[0], c)


def test_without_modulation_a_mogrifier_is_an_lstm():
    layer, plain = make_layer("mogrifier"), make_layer("lstm")
    layer.load_state_dict(plain.state_dict(), strict=False)
    with torch.no_grad():
        for up in layer.up:  # 2 sigmoid(0) = 1
            up.zero_()
    leaves = start("lstm")
    ours, theirs = outcome(layer, layer, leaves)[:6], outcome(plain, plain, leaves)[:6]
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("cell", [*LAYERS, "mogrifier"])
def test_bfloat16_products_change_little_and_keep_results_in_float32(cell):
    layer, leaves = make_layer(cell, torch.float32), start(cell, torch.float32)
    exact = outcome(lambda x, s: run_layer(layer, x, s), layer, leaves)
    rough = outcome(lambda x, s: run_layer(layer, x, s, torch.bfloat16), layer, leaves)
    for a, b in zip(rough, exact, strict=True):
        assert a.dtype == torch.float32
        assert (a - b).norm() < 0.03 * b.norm()  # bfloat16 has 8 bits


@pytest.mark.parametrize("cell", [*LAYERS, "mogrifier"])
def test_no_state_is_a_state_of_zeros(cell):
    layer, (x, *parts) = make_layer(cell), start(cell)
    zeros = as_state([torch.zeros_like(part) for part in parts])
    with_zeros, _ = run_layer(layer, x, zeros, torch.float64)
    without, _ = run_layer(layer, x, None, torch.float64)
    assert torch.equal(with_zeros, without)


@pytest.mark.parametrize("cell", [*LAYERS, "mogrifier"])
def test_dropped_recurrent_weights_change_what_comes_after_the_first_step(cell):
    layer, (x, *_) = make_layer(cell), start(cell)
    whole, _ = run_layer(layer, x, None, torch.float64)
    dropped, _ = run_layer(layer, x, None, torch.float64, recurrent_dropout=0.5)
    assert torch.equal(whole[:, 0], dropped[:, 0])  # the state before it is zero
    assert not torch.allclose(whole[:, 1], dropped[:, 1])


def test_one_text_is_read_by_steps_as_many_are_at_once():
    torch.manual_seed(0)
    layer = MogrifierLSTM(5, 7, rounds=4, rank=3).eval()
    x, state = torch.randn(2, 9, 5), (torch.randn(1, 2, 7), torch.randn(1, 2, 7))
    with torch.inference_mode():
        both, (h, c) = layer(x, state)
        for row in range(2):
            before = [part[:, row : row + 1].clone() for part in state]
            alone, last = layer(x[row : row + 1], tuple(before))
            torch.testing.assert_close(alone, both[row : row + 1])
            torch.testing.assert_close(last, (h[:, row : row + 1], c[:, row : row + 1]))
            assert all(
                torch.equal(part[:, row : row + 1], was)
                for part, was in zip(state, before, strict=True)
            )
