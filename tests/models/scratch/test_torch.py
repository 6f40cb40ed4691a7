"""PyTorch, with copied weights, gives the same numbers: forwards, every gradient, every update."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.scratch.layers import bidirectional_backward, bidirectional_forward
from models.scratch.layers import stacked_backward as backward
from models.scratch.layers import stacked_forward as forward
from models.scratch.optimizers import SGD, Adagrad, Adam, clip_by_norm
from models.scratch.torch_layout import from_torch, to_torch
from tests.models.scratch.cases import (
    CELLS,
    MUTANTS,
    TORCH_MODULES,
    Cell,
    draw_case,
    draw_parameters,
    load_mutant,
    without_output,
)

N_X, N_A, M, T = 5, 7, 4, 9
LIMIT = 1e-12


def torch_module(cell, layers, backward_layers=()):
    """The module of torch with our weights, in float64."""
    n_a = len(next(iter(layers[0].values())))
    state = to_torch(cell, layers, backward_layers)
    module = TORCH_MODULES[cell](
        state["weight_ih_l0"].shape[1], n_a, len(layers), bidirectional=bool(backward_layers)
    ).double()
    module.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()})
    return module


def torch_run(module, x, states, da, dstates, lengths=None):
    """(a, last states, dx, initial state gradients) of torch in our layout; weights' gradients stay
    in the module. States: one array (layers * directions, n_a, m) a part."""
    x_t = torch.from_numpy(np.ascontiguousarray(x.transpose(2, 1, 0))).requires_grad_()
    parts = [torch.from_numpy(s.transpose(0, 2, 1).copy()).requires_grad_() for s in states]
    given = parts[0] if len(parts) == 1 else tuple(parts)
    packed = x_t
    if lengths is not None:
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            x_t, torch.tensor(lengths), enforce_sorted=False
        )
    out, last = module(packed, given)
    if lengths is not None:
        out, _ = torch.nn.utils.rnn.pad_packed_sequence(out, total_length=x.shape[2])
    last = last if isinstance(last, tuple) else (last,)
    loss = (out * torch.from_numpy(da.transpose(2, 1, 0).copy())).sum()
    for d, s in zip(dstates, last, strict=True):
        loss = loss + (s * torch.from_numpy(d.transpose(0, 2, 1).copy())).sum()
    loss.backward()

    def ours(tensor):
        return tensor.detach().numpy().T if tensor.dim() == 3 else tensor.numpy()

    return (
        ours(out),
        [s.detach().numpy().transpose(0, 2, 1) for s in last],
        ours(x_t.grad),
        [p.grad.numpy().transpose(0, 2, 1) for p in parts],
    )


def weight_gradient_difference(module, cell, gradients, backward_gradients=()):
    """The largest difference of the weights' gradients. Both of torch's biases have the gradient of
    our one, except those of the GRU's n."""
    plain = [
        [{name[1:]: g for name, g in layer.items()} for layer in direction]
        for direction in (gradients, backward_gradients)
    ]
    expected = to_torch(cell, *plain)
    worst = 0.0
    for name, parameter in module.named_parameters():
        ours = expected[name]
        if name.startswith("bias_hh"):
            shared = expected[name.replace("_hh", "_ih")]
            ours = np.where(ours == 0, shared, ours)
        worst = max(worst, float(np.abs(parameter.grad.numpy() - ours).max()))
    return worst


def max_difference(pairs) -> float:
    return max(float(np.abs(ours - theirs).max()) for ours, theirs in pairs)


def by_part(states):
    """[layer][part] (n_a, m) -> [part] (layers, n_a, m)."""
    return [np.stack(parts) for parts in zip(*states, strict=True)]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("lengths", [None, [9, 3, 1, 6]])
def test_forward_and_every_gradient_equal_torch(cell, num_layers, lengths):
    rng = np.random.default_rng(0)
    layers = [draw_parameters(cell, N_X if k == 0 else N_A, N_A, rng) for k in range(num_layers)]
    x, da = rng.standard_normal((N_X, M, T)), rng.standard_normal((N_A, M, T))
    if lengths is not None:  # torch's outputs after the end are zero, ours hold the state
        da *= np.arange(T) < np.array(lengths)[:, None]
    parts = 2 if cell == "lstm" else 1
    states, dstates = (
        [tuple(rng.standard_normal((N_A, M)) for _ in range(parts)) for _ in layers]
        for _ in range(2)
    )
    a, last, caches = forward(cell, x, layers, states, lengths)
    gradients = backward(cell, da, caches, dstates)
    module = torch_module(cell, layers)
    a_t, last_t, dx_t, before_t = torch_run(
        module, x, by_part(states), da, by_part(dstates), lengths
    )
    if lengths is not None:
        a = a * (np.arange(T) < np.array(lengths)[:, None])
    assert max_difference([(a, a_t), (gradients.dx, dx_t)]) < LIMIT
    assert max_difference(zip(by_part(last), last_t, strict=True)) < LIMIT
    assert max_difference(zip(by_part(gradients.dstates), before_t, strict=True)) < LIMIT
    assert weight_gradient_difference(module, cell, gradients.layers) < LIMIT


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("lengths", [None, [9, 3, 1, 6]])
def test_both_directions_equal_torch(cell, lengths):
    rng = np.random.default_rng(1)
    layers = tuple(draw_parameters(cell, N_X, N_A, rng) for _ in range(2))
    x, da = rng.standard_normal((N_X, M, T)), rng.standard_normal((2 * N_A, M, T))
    valid = np.arange(T) < np.array(lengths or [T] * M)[:, None]
    da *= valid
    parts = 2 if cell == "lstm" else 1
    states, dstates = (
        tuple(tuple(rng.standard_normal((N_A, M)) for _ in range(parts)) for _ in layers)
        for _ in range(2)
    )
    a, last, caches = bidirectional_forward(cell, x, layers, states, lengths)
    gradients = bidirectional_backward(cell, da, caches, dstates)
    module = torch_module(cell, layers[:1], layers[1:])
    a_t, last_t, dx_t, before_t = torch_run(
        module, x, by_part(states), da, by_part(dstates), lengths
    )
    assert max_difference([(a * valid, a_t), (gradients.dx, dx_t)]) < LIMIT
    assert max_difference(zip(by_part(last), last_t, strict=True)) < LIMIT
    assert max_difference(zip(by_part(gradients.dstates), before_t, strict=True)) < LIMIT
    of_left, of_right = gradients.layers
    assert weight_gradient_difference(module, cell, [of_left], [of_right]) < LIMIT


@pytest.mark.parametrize(
    ("kind", "right", "wrong"), [mutant for mutant in MUTANTS if mutant[0] in CELLS]
)
def test_a_planted_mistake_is_far_from_torch(kind, right, wrong):
    def distance(cell):
        case = draw_case(kind, cell=cell)
        case.parameters = without_output(case.parameters)
        _, _, caches = case.cell.forward(case.x, case.state, case.parameters)
        gradients = case.cell.backward(case.dstates, caches)
        module = torch_module(kind, [case.parameters])
        nothing = [np.zeros((1, *s.shape)) for s in case.state]
        case_states = [s[None] for s in case.state]
        # The cell state's gradients along the way cannot be given to torch: only the last one.
        _, _, dx_t, _ = torch_run(module, case.x, case_states, case.dstates[0], nothing)
        of_weights = {n: g for n, g in gradients.items() if n[1:] in case.parameters}
        return max(
            max_difference([(gradients["dx"], dx_t)]),
            weight_gradient_difference(module, kind, [of_weights]),
        )

    def without_dc(cell):
        original = cell.backward
        cell.backward = lambda d, caches: original((d[0], *(0 * part for part in d[1:])), caches)
        return cell

    assert distance(without_dc(Cell.of(kind))) < LIMIT
    assert distance(without_dc(Cell(kind, load_mutant(kind, right, wrong)))) > 1e-3


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("directions", [1, 2])
def test_weights_go_to_torch_and_back_unchanged(cell, directions):
    rng = np.random.default_rng(2)
    widths = (N_X, N_A * directions)
    there = [[draw_parameters(cell, n, N_A, rng) for n in widths] for _ in range(directions)]
    back = from_torch(cell, to_torch(cell, *there))
    for ours, returned in zip(there, back, strict=False):
        for before, after in zip(ours, returned, strict=True):
            assert set(before) == set(after)
            assert all(np.array_equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("cell", CELLS)
def test_a_module_of_torch_with_both_its_biases_comes_to_us(cell):
    torch.manual_seed(0)
    module = TORCH_MODULES[cell](N_X, N_A, 2).double()
    layers, none = from_torch(cell, module.state_dict())
    x = np.random.default_rng(3).standard_normal((N_X, M, T))
    a, _, _ = forward(cell, x, layers)
    with torch.no_grad():
        expected = module(torch.from_numpy(x.transpose(2, 1, 0).copy()))[0].numpy().T
    assert none == []
    assert max_difference([(a, expected)]) < LIMIT


def test_a_state_dict_that_does_not_fit_is_refused():
    state = to_torch("lstm", [draw_parameters("lstm", 3, 4, np.random.default_rng(0))])
    with pytest.raises(ValueError, match=r"weight_ih_l0 has shape \(16, 3\), but \(12, 3\)"):
        from_torch("gru", state)
    with pytest.raises(ValueError, match="lacks 'bias_hh_l0'"):
        from_torch("lstm", {k: v for k, v in state.items() if k != "bias_hh_l0"})
    with pytest.raises(ValueError, match=r"unknown 'head\.weight'"):
        from_torch("lstm", state | {"head.weight": np.zeros((2, 4))})
    with pytest.raises(ValueError, match="lacks"):
        from_torch("lstm", {})


def test_the_gru_of_cho_does_not_pass_for_that_of_torch():
    cho = draw_parameters("gru-cho", 3, 4, np.random.default_rng(0))
    with pytest.raises(ValueError, match="Cho"):
        to_torch("gru", [cho])


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (SGD(0.05), lambda p: torch.optim.SGD(p, lr=0.05)),
        (Adagrad(0.05), lambda p: torch.optim.Adagrad(p, lr=0.05)),
        (Adagrad(), torch.optim.Adagrad),
        (Adam(0.05), lambda p: torch.optim.Adam(p, lr=0.05)),
        (Adam(), torch.optim.Adam),
        (
            Adam(0.02, 0.7, 0.9, 1e-3),
            lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.7, 0.9), eps=1e-3),
        ),
    ],
)
def test_optimisers_make_the_steps_of_torch(ours, theirs):
    rng = np.random.default_rng(4)
    arrays = {"W": rng.standard_normal((3, 4)), "b": rng.standard_normal((3, 1))}
    tensors = [torch.tensor(value, requires_grad=True) for value in arrays.values()]
    optimizer = theirs(tensors)
    for _ in range(20):
        gradients = {name: rng.standard_normal(value.shape) for name, value in arrays.items()}
        ours.update(arrays, gradients)
        for tensor, gradient in zip(tensors, gradients.values(), strict=True):
            tensor.grad = torch.from_numpy(gradient)
        optimizer.step()
    assert max_difference(
        (array, tensor.detach().numpy())
        for array, tensor in zip(arrays.values(), tensors, strict=True)
    ) < 1e-13  # fmt: skip


def test_epsilon_inside_the_root_is_another_optimiser():
    # The course's helper, kept as the named mistake: w -= lr * v / sqrt(s + eps).
    w, gradient = {"w": np.array([1.0])}, np.array([1e-6])
    Adam(0.01).update(w, {"w": gradient})
    inside = 1.0 - 0.01 * gradient / np.sqrt(gradient**2 + 1e-8)
    tensor = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    tensor.grad = torch.from_numpy(gradient)
    torch.optim.Adam([tensor], lr=0.01).step()
    assert w["w"] == pytest.approx(tensor.item(), abs=1e-15)
    assert abs(w["w"] - inside) > 1e-3


@pytest.mark.parametrize("max_norm", [0.1, 5.0, 1e3])
def test_clipping_by_norm_is_that_of_torch(max_norm):
    rng = np.random.default_rng(5)
    gradients = {"W": rng.standard_normal((3, 4)), "b": rng.standard_normal((3, 1))}
    tensors = [torch.zeros(g.shape, dtype=torch.float64) for g in gradients.values()]
    for tensor, gradient in zip(tensors, gradients.values(), strict=True):
        tensor.grad = torch.from_numpy(gradient.copy())
    clipped, norm = clip_by_norm(gradients, max_norm)
    assert norm == pytest.approx(float(torch.nn.utils.clip_grad_norm_(tensors, max_norm)))
    pairs = zip(clipped.values(), (t.grad.numpy() for t in tensors), strict=True)
    assert max_difference(pairs) < 1e-13
