"""Cells that show their gates equal ``torch.nn``, forwards and backwards, for every checkpoint."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from models.cells import GateCell, MogrifierCell, Trace, by_cell, explicit, pull_back
from models.recurrence import MogrifierLSTM

WEIGHTS = Path(__file__).parents[2] / "weights"
N, T, D, H = 3, 9, 5, 7
KINDS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
ALL = [*KINDS, "mogrifier"]
ROWS = {1: nn.RNN, 3: nn.GRU, 4: nn.LSTM}  # blocks of the weights


def make_layer(cell: str, width: int = D, seed: int = 0) -> nn.RNNBase:
    """A layer with weights strong enough for every gate to matter, in float64."""
    torch.manual_seed(seed)
    layer = (
        MogrifierLSTM(width, H, rounds=5, rank=3)
        if cell == "mogrifier"
        else KINDS[cell](width, H, batch_first=True)
    )
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.mul_(2)
    return layer.double()


def make_stack(cell: str) -> list[nn.RNNBase]:
    return [make_layer(cell), make_layer(cell, H, 1), make_layer(cell, H, 2)]


def start_of(layer: nn.RNNBase, n: int = N) -> tuple[Tensor, ...]:
    torch.manual_seed(3)
    parts = 2 if isinstance(layer, nn.LSTM) else 1
    return tuple(torch.randn(n, H, dtype=torch.float64) for _ in range(parts))


def read_stack(cells: list[GateCell], x: Tensor) -> list[Trace]:
    traces = []
    for cell in cells:
        traces.append(cell.read(x))
        x = traces[-1].hidden
    return traces


@pytest.mark.parametrize("cell", ALL)
def test_cells_equal_torch_nn_from_any_state(cell):
    layer = make_layer(cell)
    start, x = start_of(layer), torch.randn(N, T, D, dtype=torch.float64)
    whole = tuple(part[None] for part in start)
    y, last = layer(x, whole if len(whole) == 2 else whole[0])
    trace = explicit(layer).read(x, start)
    torch.testing.assert_close(trace.hidden, y, rtol=0, atol=1e-12)
    for ours, theirs in zip(trace.last, last if isinstance(last, tuple) else (last,), strict=True):
        torch.testing.assert_close(ours, theirs[0], rtol=0, atol=1e-12)


@pytest.mark.parametrize("cell", ALL)
def test_stacks_of_cells_equal_stacks_of_torch_nn_in_single_precision(cell):
    layers = [layer.float() for layer in make_stack(cell)]
    x = y = torch.randn(N, T, D)
    for layer in layers:
        y, _ = layer(y)
    ours = read_stack([explicit(layer) for layer in layers], x)[-1].hidden
    torch.testing.assert_close(ours, y, rtol=0, atol=1e-6)


def layers_of(folder: Path) -> dict[str, nn.RNNBase]:
    """The recurrent layers in a checkpoint's file by the place where they stand there; the NumPy
    networks keep theirs in another layout (tests/inference/test_inside.py reads them)."""
    tensors, layers = load_file(folder / "model.safetensors"), {}
    for name in tensors:
        prefix, found, number = name.rpartition("weight_ih_l")
        if not found:
            continue
        parts = {
            kind: tensors[f"{prefix}{kind}_l{number}"].float()
            for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        }
        own = {
            key.removeprefix(prefix): value.float()
            for key, value in tensors.items()
            if key.startswith((f"{prefix}down.", f"{prefix}up."))
        }
        size, width = parts["weight_hh"].shape[1], parts["weight_ih"].shape[1]
        state = {f"{kind}_l0": value for kind, value in parts.items()}
        if own:
            layer = MogrifierLSTM(width, size, len(own) // 2, own["down.0"].shape[1])
        else:
            kind = ROWS[len(parts["weight_ih"]) // size]
            layer = kind(width, size, batch_first=True)
        layer.load_state_dict(state | own)
        layers[name] = layer
    return layers


SHIPPED = [
    path.parent
    for path in sorted(WEIGHTS.glob("*/model.safetensors"))
    if "numpy" not in path.parent.name
]


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_cells_equal_torch_nn_on_the_weights_that_are_shipped(folder):
    layers = layers_of(folder)
    assert layers
    for name, layer in layers.items():
        torch.manual_seed(0)
        layer.double()  # in single precision both round, and chaotic layers multiply that
        x = torch.randn(2, 40, layer.input_size, dtype=torch.float64)
        with torch.no_grad():
            ours, theirs = explicit(layer).read(x).hidden, layer(x)[0]
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12, msg=name)


@pytest.mark.parametrize("cell", ["gru", "lstm", "mogrifier"])
def test_gates_are_between_zero_and_one_and_make_the_state(cell):
    layer = make_layer(cell)
    made = explicit(layer)
    trace = made.read(torch.randn(N, T, D, dtype=torch.float64), start_of(layer))
    values = trace.values
    for gate in made.gates:
        assert ((values[gate] > 0) & (values[gate] < 1)).all()
    for t in range(T):
        n, h = (part[:, t] for part in (values["candidate"], values["hidden"]))
        if cell == "gru":
            (keep,), (before,) = trace.at(t, "keep"), trace.before(t)
            torch.testing.assert_close(h, (1 - keep) * n + keep * before)
        else:
            f, i, o, c = trace.at(t, "forget", "input", "output", "cell")
            torch.testing.assert_close(c, f * trace.before(t)[1] + i * n)
            torch.testing.assert_close(h, o * c.tanh())


@pytest.mark.parametrize("cell", ALL)
def test_one_step_back_equals_autograd(cell):
    layer = make_layer(cell)
    made, start = explicit(layer), start_of(layer, 1)
    leaves = [torch.randn(1, D, dtype=torch.float64), *start]
    for leaf in leaves:
        leaf.requires_grad_()
    trace = made.read(leaves[0][:, None], tuple(leaves[1:]))
    upstream = tuple(torch.randn(4, H, dtype=torch.float64) for _ in start)
    with torch.no_grad():
        dx, before = made.back(trace, 0, upstream)
    for row in range(4):
        given = [part[row : row + 1] for part in upstream]
        expected = torch.autograd.grad(trace.last, leaves, given, retain_graph=True)
        for ours, theirs in zip((dx, *before), expected, strict=True):
            torch.testing.assert_close(ours[row : row + 1], theirs)


@pytest.mark.parametrize("cell", ALL)
def test_the_gradients_of_all_losses_come_back_as_autograd_has_them(cell):
    cells = [explicit(layer) for layer in make_stack(cell)]
    x = torch.randn(1, T, D, dtype=torch.float64, requires_grad=True)
    traces = read_stack(cells, x)
    # Loss tau weighs the outputs of all steps up to tau.
    weights = torch.randn(T, T, H, dtype=torch.float64)
    outputs = traces[-1].hidden[0]
    losses = [(outputs[: tau + 1] * weights[tau, : tau + 1]).sum() for tau in range(T)]
    expected = [torch.autograd.grad(loss, x, retain_graph=True)[0][0] for loss in losses]
    with torch.no_grad():
        arrivals = list(pull_back(cells, traces, lambda t: weights[t:, t]))
    assert [arrival.step for arrival in arrivals] == list(reversed(range(T)))
    for t, dx, _ in arrivals:
        assert len(dx) == T - t
        for tau in range(t, T):
            torch.testing.assert_close(dx[tau - t], expected[tau][t])


@pytest.mark.parametrize("cell", ALL)
def test_only_a_loss_with_next_to_nothing_left_is_let_go(cell):
    cells = [explicit(layer) for layer in make_stack(cell)]
    traces = read_stack(cells, torch.randn(1, 30, D, dtype=torch.float64))
    rows = torch.randn(30, H, dtype=torch.float64)

    def inject(t: int) -> torch.Tensor:
        return torch.cat([rows[t : t + 1], torch.zeros(29 - t, H, dtype=torch.float64)])

    with torch.no_grad():
        all_of_them = list(pull_back(cells, traces, inject))
        the_rest = list(pull_back(cells, traces, inject, negligible=1e-3))
    for whole, part in zip(all_of_them, the_rest, strict=True):
        B = len(part.dx)
        torch.testing.assert_close(part.dx, whole.dx[:B])
        assert all(len(state[0]) == B for state in part.states)
        left = whole.dx[B:].norm(dim=1) / rows[part.step + B :].norm(dim=1)
        assert (left < 1e-2).all()
    assert len(the_rest[-1].dx) < 30


@pytest.mark.parametrize("cell", ALL)
def test_what_arrives_at_a_state_is_the_gradient_by_that_state(cell):
    made = explicit(make_layer(cell))
    x, loss = torch.randn(1, T, D, dtype=torch.float64), torch.randn(H, dtype=torch.float64)
    trace = made.read(x)
    injected = {T - 1: torch.stack([loss])}
    arrivals = pull_back(
        [made], [trace], lambda t: injected.get(t, torch.zeros(T - t, H, dtype=torch.float64))
    )
    for t, _, (state,) in arrivals:
        if t == T - 1:
            continue
        # Go on from a copy of the state: the gradient by the copy is what should have come.
        leaves = [part.clone().requires_grad_() for part in trace.before(t + 1)]
        (made.read(x[:, t + 1 :], tuple(leaves)).hidden[0, -1] * loss).sum().backward()
        for ours, leaf in zip(state, leaves, strict=True):
            torch.testing.assert_close(ours[-1], leaf.grad[0])
        if len(leaves) == 2:  # by the cell state, the state h counts as made from it
            c = trace.before(t + 1)[1].clone().requires_grad_()
            h = trace.at(t, "output")[0] * torch.tanh(c)
            (made.read(x[:, t + 1 :], (h, c)).hidden[0, -1] * loss).sum().backward()
            torch.testing.assert_close(by_cell(trace, t, state)[-1], c.grad[0])


@pytest.mark.parametrize("cell", ALL)
def test_redrawn_weights_are_new_small_and_the_same_for_the_same_seed(cell):
    made = explicit(make_layer(cell))
    fresh, again = (made.redrawn(torch.Generator().manual_seed(5), 3.0) for _ in range(2))
    assert torch.equal(fresh.W_hh, again.W_hh)
    assert not torch.equal(fresh.W_hh, made.W_hh)
    assert fresh.W_hh.abs().max() <= H**-0.5
    if made.keeper is None:
        assert fresh.b_ih.abs().max() <= H**-0.5
    else:  # the second block of the biases: f of i f g o, z of r z n
        assert torch.equal((fresh.b_ih + fresh.b_hh)[H : 2 * H], torch.full((H,), 3.0).double())
        assert fresh.b_ih[:H].abs().max() <= H**-0.5
    if isinstance(fresh, MogrifierCell):
        assert len(fresh.rounds) == len(made.rounds)
        assert all(up.abs().max() < 1 for _, up in fresh.rounds)


def test_a_cell_that_is_not_known_is_refused():
    with pytest.raises(KeyError):
        explicit(nn.RNN(D, H, nonlinearity="relu", batch_first=True))


@pytest.mark.parametrize("cell", ALL)
def test_without_its_input_a_cell_goes_back_from_state_to_state_alike(cell):
    made = explicit(make_layer(cell))
    trace = made.read(torch.randn(1, T, D, dtype=torch.float64))
    upstream = tuple(torch.randn(4, H, dtype=torch.float64) for _ in trace.start)
    for t in (0, T - 1):
        for whole, bare in zip(
            made.back(trace, t, upstream)[1],
            made.without_input().back(trace, t, upstream)[1],
            strict=True,
        ):
            torch.testing.assert_close(bare, whole)
