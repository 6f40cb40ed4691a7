"""Laws of the small network that remembers."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from models.memory import MAX_HIDDEN, MemoryConfig, MemoryNetwork


def network(**changes) -> MemoryNetwork:
    torch.manual_seed(0)
    return MemoryNetwork(
        MemoryConfig(**{"input_size": 3, "output_size": 4, "hidden_size": 5} | changes)
    )


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("direction", ["forward", "both"])
@pytest.mark.parametrize("num_layers", [1, 2])
def test_one_answer_a_sequence_or_one_a_step(cell, direction, num_layers):
    shape = {"cell": cell, "direction": direction, "num_layers": num_layers}
    x = torch.randn(2, 7, 3)
    assert network(**shape)(x).shape == (2, 4)
    assert network(**shape, answer="symbols")(x).shape == (2, 7, 4)


def test_a_network_that_reads_forward_answers_symbols_from_the_past_alone():
    x = torch.randn(1, 6, 3)
    changed = x.clone()
    changed[0, 4] += 1
    forward, both = network(answer="symbols"), network(answer="symbols", direction="both")
    assert torch.equal(forward(x)[0, :4], forward(changed)[0, :4])
    assert not torch.allclose(both(x)[0, :4], both(changed)[0, :4])


def test_the_answer_of_both_ways_comes_from_where_each_half_ends():
    net = network(direction="both", cell="rnn")
    x = torch.randn(2, 6, 3)
    ends = net.layers(x)[1]  # (2, N, H): forward and backward
    assert torch.allclose(net(x), net.head(torch.cat([ends[0], ends[1]], -1)), atol=1e-6)


@pytest.mark.parametrize("num_layers", [1, 2])
def test_the_forget_bias_is_the_sum_that_the_gates_get_in_every_layer(num_layers):
    net, plain = (
        network(num_layers=num_layers, direction="both", forget_bias=bias) for bias in (2.5, None)
    )
    for suffix in ("l0", "l0_reverse", f"l{num_layers - 1}"):
        total = getattr(net.layers, f"bias_ih_{suffix}") + getattr(net.layers, f"bias_hh_{suffix}")
        assert torch.equal(total[5:10], torch.full((5,), 2.5))
        drawn = getattr(plain.layers, f"bias_ih_{suffix}")
        assert torch.equal(getattr(net.layers, f"bias_ih_{suffix}")[:5], drawn[:5])


def test_blanks_do_not_count_as_right():
    net = network(answer="symbols")
    targets = torch.tensor([[0, 0, 1, 2]])
    outputs = 9.0 * F.one_hot(torch.tensor([[0, 0, 1, 3]]), 4).float()
    assert float(net.right(outputs, targets)) == 0.5
    assert float(network().right(outputs[0], targets[0])) == 0.75


def test_a_number_is_judged_by_its_squared_error():
    net = network(answer="number", output_size=1)
    outputs = torch.tensor([[1.0], [3.0]])
    assert float(net.loss(outputs, torch.tensor([0.0, 3.0]))) == 0.5


@pytest.mark.parametrize(
    "wrong",
    [{"cell": "cnn"}, {"answer": "essay"}, {"direction": "back"}, {"hidden_size": 0},
     {"hidden_size": MAX_HIDDEN + 1}, {"num_layers": 9}, {"input_size": 10**6},
     {"cell": "gru", "forget_bias": 1.0}, {"forget_bias": float("nan")}, {"forget_bias": 99.0}],
)  # fmt: skip
def test_a_config_that_no_network_can_have_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(reversed(wrong))).split("_")[0]):
        MemoryConfig(**wrong)
