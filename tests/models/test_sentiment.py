"""Laws of the sentiment network: padding, company and the future change nothing."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from models.sentiment import (
    CELLS,
    DIRECTIONS,
    POOLINGS,
    START_ID,
    SentimentConfig,
    SentimentNetwork,
)


def network(
    cell: str = "lstm", layers: int = 1, directions: str = "forward", **options: Any
) -> SentimentNetwork:
    torch.manual_seed(0)
    config = SentimentConfig(
        50, cell, embedding_size=8, hidden_size=12, num_layers=layers, directions=directions,
        **options,
    )  # fmt: skip
    return SentimentNetwork(config).eval()


def review(length: int, seed: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(1, 50, (1, length), generator=generator)


cells = pytest.mark.parametrize("cell", CELLS)
depths = pytest.mark.parametrize("layers", [1, 2])
ways = pytest.mark.parametrize("directions", DIRECTIONS)
poolings = pytest.mark.parametrize("pooling", POOLINGS)


@cells
@depths
@ways
@poolings
def test_padding_does_not_change_the_answer(cell, layers, directions, pooling):
    net, tokens = network(cell, layers, directions, pooling=pooling), review(9)
    alone = net(tokens, torch.tensor([9]))
    padded = torch.nn.functional.pad(tokens, (0, 30))
    torch.testing.assert_close(net(padded, torch.tensor([9])), alone, atol=1e-5, rtol=0)
    padded[:, 9:] = 7  # not even when the padding is not padding
    torch.testing.assert_close(net(padded, torch.tensor([9])), alone, atol=1e-5, rtol=0)


@cells
@ways
@poolings
def test_the_rest_of_the_batch_does_not_change_the_answer(cell, directions, pooling):
    net = network(cell, 2, directions, pooling=pooling)
    reviews = [review(n, seed=n) for n in (1, 5, 40)]
    batch = torch.zeros(3, 40, dtype=torch.int64)
    for row, tokens in zip(batch, reviews, strict=True):
        row[: tokens.shape[1]] = tokens
    together = net(batch, torch.tensor([1, 5, 40]))
    alone = torch.cat([net(tokens, torch.tensor([tokens.shape[1]])) for tokens in reviews])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)
    assert together.unique().numel() == 3


@cells
@depths
def test_running_logits_are_what_forward_says_of_every_beginning(cell, layers):
    net, tokens = network(cell, layers), review(12)
    running = net.running_logits(tokens, torch.tensor([12]))
    assert running.shape == (1, 12)
    beginnings = [net(tokens[:, :t], torch.tensor([t])) for t in range(1, 13)]
    torch.testing.assert_close(running[0], torch.cat(beginnings), atol=1e-5, rtol=0)


def test_running_logits_do_not_depend_on_padding():
    net, tokens = network(), review(6)
    padded = torch.nn.functional.pad(tokens, (0, 10))
    running = net.running_logits(padded, torch.tensor([6]))[:, :6]
    alone = net.running_logits(tokens, torch.tensor([6]))
    torch.testing.assert_close(running, alone, atol=1e-5, rtol=0)


def test_a_network_that_reads_from_the_end_has_no_running_verdict():
    for net in (network(directions="bidirectional"), network(pooling="attention")):
        assert not net.can_run
        with pytest.raises(ValueError, match="whole text"):
            net.running_logits(review(3), torch.tensor([3]))


def test_the_running_verdict_of_halves_is_the_forward_half_s():
    net, tokens = network(directions="halves"), review(5)
    alone = network()
    alone.readings[0].load_state_dict(net.readings[0].state_dict())
    lengths = torch.tensor([5])
    torch.testing.assert_close(
        net.running_logits(tokens, lengths)[:, -1], alone(tokens, lengths), atol=1e-5, rtol=0
    )


@depths
def test_backward_is_forward_on_the_turned_review(layers):
    net, forward = network(layers=layers, directions="backward"), network(layers=layers)
    forward.load_state_dict(net.state_dict())
    tokens, lengths = review(9), torch.tensor([9])
    torch.testing.assert_close(net(tokens, lengths), forward(tokens.flip(1), lengths))
    assert not torch.equal(net(tokens, lengths), forward(tokens, lengths))


def test_halves_give_the_mean_of_what_each_says():
    net, tokens, lengths = network(directions="halves"), review(7), torch.tensor([7])
    logits = []
    for reading, directions in zip(net.readings, ("forward", "backward"), strict=True):
        alone = network(directions=directions)
        alone.readings[0].load_state_dict(reading.state_dict())
        logits.append(alone(tokens, lengths))
    torch.testing.assert_close(net(tokens, lengths), (logits[0] + logits[1]) / 2)


def test_the_answer_from_the_embeddings_is_the_answer_from_the_pieces():
    net, tokens, lengths = network(directions="halves"), review(7), torch.tensor([7])
    embedded = net.embed(tokens)
    assert [x.shape for x in embedded] == [(1, 7, 8)] * 2
    assert torch.equal(net.judge(embedded, lengths), net(tokens, lengths))


@ways
def test_the_start_piece_is_read_before_the_review(directions):
    net, tokens, lengths = network(directions=directions), review(7), torch.tensor([7])
    before = net(tokens, lengths)
    with torch.no_grad():
        for reading in net.readings:
            reading.embedding.weight[START_ID] += 1
    assert not torch.allclose(net(tokens, lengths), before)


@cells
@ways
@poolings
def test_every_parameter_learns(cell, directions, pooling):
    net = network(cell, 2, directions, pooling=pooling).train()
    net(review(9), torch.tensor([9])).sum().backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_dropout_is_for_training_only():
    net, tokens, lengths = network(), review(9), torch.tensor([9])
    assert torch.equal(net(tokens, lengths), net(tokens, lengths))
    net.train()
    assert not torch.equal(net(tokens, lengths), net(tokens, lengths))


def test_word_dropout_hides_whole_pieces():
    words = network(word_dropout=0.5).readings[0]._drop_words(torch.ones(2, 200, 8))
    assert torch.equal(words, words[:, :, :1].expand_as(words))
    assert 0.3 < words.mean() < 0.7


def test_training_in_bfloat16_gives_nearly_the_same_logits():
    quiet = dict.fromkeys(
        ("word_dropout", "embedding_dropout", "layer_dropout", "recurrent_dropout", "head_dropout"),
        0.0,
    )
    net, tokens, lengths = network("lstm", 2, "halves", **quiet).train(), review(30), [30]
    exact = net(tokens, torch.tensor(lengths))
    net.set_training_dtype(torch.bfloat16)
    rough = net(tokens, torch.tensor(lengths))
    assert not torch.equal(exact, rough)
    torch.testing.assert_close(exact, rough, atol=0.02, rtol=0)


@pytest.mark.parametrize("lengths", [[0], [10], [3, 3]])
def test_lengths_that_do_not_fit_are_refused(lengths):
    with pytest.raises(ValueError, match="lengths"):
        network()(review(9), torch.tensor(lengths))


@pytest.mark.parametrize(
    "options",
    [
        {"cell": "tree"},
        {"temperature": 0.0},
        {"running_temperature": -1.0},
        {"temperature_growth": float("nan")},
        {"running_temperature_growth": 2.0},
        {"directions": "sideways"},
        {"pooling": "best"},
    ],
)
def test_impossible_configs_are_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        SentimentConfig(**options)


def test_a_forget_gate_starts_open():
    (layer,) = network().readings[0].levels[0]
    assert (layer.bias_ih_l0[12:24] == 1).all()
    assert layer.bias_ih_l0[:12].abs().sum() == 0
