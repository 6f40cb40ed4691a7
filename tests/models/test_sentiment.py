"""Laws of the sentiment network: padding, company and the future change nothing."""

from __future__ import annotations

import pytest
import torch

from models.sentiment import CELLS, SentimentConfig, SentimentNetwork


def network(cell: str = "lstm", layers: int = 1, **options: float) -> SentimentNetwork:
    torch.manual_seed(0)
    config = SentimentConfig(
        cell=cell, vocab_size=50, embedding_size=8, hidden_size=12, num_layers=layers, **options
    )
    return SentimentNetwork(config).eval()


def review(length: int, seed: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(1, 50, (1, length), generator=generator)


cells = pytest.mark.parametrize("cell", CELLS)
depths = pytest.mark.parametrize("layers", [1, 2])


@cells
@depths
def test_padding_does_not_change_the_answer(cell, layers):
    net, tokens = network(cell, layers), review(9)
    alone = net(tokens, torch.tensor([9]))
    padded = torch.nn.functional.pad(tokens, (0, 30))
    torch.testing.assert_close(net(padded, torch.tensor([9])), alone, atol=1e-5, rtol=0)
    padded[:, 9:] = 7  # not even when the padding is not padding
    torch.testing.assert_close(net(padded, torch.tensor([9])), alone, atol=1e-5, rtol=0)


@cells
def test_the_rest_of_the_batch_does_not_change_the_answer(cell):
    net = network(cell)
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


@cells
def test_every_parameter_learns(cell):
    net = network(cell, 2).train()
    net(review(9), torch.tensor([9])).sum().backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_the_padding_piece_stays_zero_in_training():
    net = network().train()
    padded = torch.nn.functional.pad(review(9), (0, 5))
    net(padded, torch.tensor([14])).sum().backward()
    assert net.embedding.weight.grad[0].abs().sum() == 0


def test_dropout_is_for_training_only():
    net, tokens, lengths = network(), review(9), torch.tensor([9])
    assert torch.equal(net(tokens, lengths), net(tokens, lengths))
    net.train()
    assert not torch.equal(net(tokens, lengths), net(tokens, lengths))


def test_word_dropout_hides_pieces_and_embedding_dropout_channels():
    words = network(word_dropout=0.5, embedding_dropout=0.0)._drop(torch.ones(2, 200, 8))
    assert torch.equal(words, words[:, :, :1].expand_as(words))
    assert 0.3 < words.mean() < 0.7
    channels = network(word_dropout=0.0, embedding_dropout=0.5)._drop(torch.ones(200, 3, 8))
    assert torch.equal(channels, channels[:, :1].expand_as(channels))
    assert set(channels.unique().tolist()) == {0.0, 2.0}


@pytest.mark.parametrize("lengths", [[0], [10], [3, 3]])
def test_lengths_that_do_not_fit_are_refused(lengths):
    with pytest.raises(ValueError, match="lengths"):
        network()(review(9), torch.tensor(lengths))


@pytest.mark.parametrize("options", [{"cell": "tree"}, {"temperature": 0.0}])
def test_impossible_configs_are_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        SentimentConfig(**options)


def test_a_forget_gate_starts_open():
    net = network()
    assert (net.recurrent.bias_ih_l0[12:24] == 1).all()
    assert net.recurrent.bias_ih_l0[:12].abs().sum() == 0
