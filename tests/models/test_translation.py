"""Laws of the encoder and decoder: attention is a distribution, company changes nothing, and what
is forced changes what follows and nothing before."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.scratch.output import softmax
from models.translation import TranslationConfig, TranslationNetwork

SIZES = {"embedding_size": 5, "encoder_size": 6, "decoder_size": 7, "attention_size": 4}


@pytest.fixture
def network() -> TranslationNetwork:
    torch.manual_seed(0)
    network = TranslationNetwork(TranslationConfig(20, 30, **SIZES))
    with torch.no_grad():  # strong enough for what was read and written to matter
        for parameter in network.parameters():
            parameter.mul_(4)
    return network.eval()


def source(length: int, seed: int = 1) -> torch.Tensor:
    return torch.randint(0, 20, (1, length), generator=torch.Generator().manual_seed(seed))


def batch(*lengths: int) -> tuple[torch.Tensor, torch.Tensor]:
    sources = torch.zeros(len(lengths), max(lengths), dtype=torch.int64)
    for row, length in zip(sources, lengths, strict=True):
        row[:length] = source(length, seed=length)
    return sources, torch.tensor(lengths)


def test_attention_is_a_distribution_over_the_text_alone(network):
    sources, lengths = batch(3, 9, 1)
    attention = network.translate(sources, lengths).attention
    assert attention.shape == (3, 10, 9)
    torch.testing.assert_close(attention.sum(-1), torch.ones(3, 10))
    assert (attention >= 0).all()
    for row, length in zip(attention, lengths, strict=True):
        assert not row[:, length:].any()


def test_padding_and_company_do_not_change_an_answer(network):
    sources, lengths = batch(4, 12, 7)
    together = network.translate(sources, lengths)
    padded = network.translate(torch.nn.functional.pad(sources, (0, 9), value=3), lengths)
    assert torch.equal(padded.tokens, together.tokens)
    torch.testing.assert_close(padded.probabilities, together.probabilities)
    for row, length in enumerate(lengths.tolist()):
        alone = network.translate(sources[row : row + 1, :length], lengths[row : row + 1])
        assert torch.equal(alone.tokens[0], together.tokens[row])
        torch.testing.assert_close(alone.probabilities[0], together.probabilities[row])
        torch.testing.assert_close(alone.attention[0], together.attention[row, :, :length])
    assert len({tuple(row) for row in together.tokens.tolist()}) > 1


def test_writing_is_what_teacher_forcing_says_of_the_own_answer(network):
    sources, lengths = batch(4, 12, 7)
    written = network.translate(sources, lengths)
    probabilities = network(sources, lengths, written.tokens).softmax(-1)
    assert probabilities.shape == (3, 10, 11)
    assert torch.equal(probabilities.argmax(-1), written.tokens)
    torch.testing.assert_close(probabilities.amax(-1), written.probabilities)


def test_each_logit_knows_only_the_characters_before_it(network):
    sources, lengths = batch(8)
    answers = torch.zeros(1, 10, dtype=torch.int64)
    other = answers.clone()
    other[0, 4] = 5
    differs = (network(sources, lengths, answers) != network(sources, lengths, other)).any(-1)[0]
    assert differs.tolist() == [False] * 5 + [True] * 5


def test_a_forced_character_stands_and_changes_nothing_before_it(network):
    sources, lengths = batch(9)
    free = network.translate(sources, lengths)
    forced = torch.full((1, 10), -1)
    forced[0, 3] = (free.tokens[0, 3] + 1) % 11
    found = network.translate(sources, lengths, forced)
    assert found.tokens[0, 3] == forced[0, 3]
    assert torch.equal(found.tokens[0, :3], free.tokens[0, :3])
    assert torch.equal(found.attention[0, :4], free.attention[0, :4])
    assert not torch.equal(found.attention[0, 4:], free.attention[0, 4:])
    assert found.probabilities[0, 3] < free.probabilities[0, 3]
    with_all_free = network.translate(sources, lengths, torch.full((1, 10), -1))
    assert torch.equal(with_all_free.tokens, free.tokens)


@torch.no_grad()
def test_the_first_step_is_that_of_the_equations(network):
    """(13.1) to (13.3) by hand, in NumPy."""
    sources, lengths = batch(6)
    found = network.translate(sources, lengths)
    a, (ends, _) = network.encoder(network.source_embedding(sources))
    s = torch.tanh(network.start(torch.cat([ends[0], ends[1]], dim=-1)))
    a, s = a[0].numpy(), s[0].numpy()
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    query = weights["query.weight"] @ s + weights["query.bias"]
    energies = np.tanh(query + a @ weights["key.weight"].T) @ weights["score.weight"][0]
    alpha = softmax(energies[:, None])[:, 0]
    np.testing.assert_allclose(found.attention[0, 0].numpy(), alpha, rtol=1e-4, atol=1e-6)
    previous = weights["answer_embedding.weight"][-1]  # nothing is written yet
    step = torch.from_numpy(np.concatenate([previous, alpha @ a]).astype(np.float32))[None]
    state = torch.from_numpy(s)[None]
    after, _ = network.decoder(step, (state, torch.zeros_like(state)))
    logits = weights["head.weight"] @ np.concatenate([after[0].numpy(), alpha @ a])
    p = softmax((logits + weights["head.bias"])[:, None])[:, 0]
    np.testing.assert_allclose(found.probabilities[0, 0].item(), p.max(), rtol=1e-4)


def test_the_loss_reaches_every_weight(network):
    sources, lengths = batch(5, 8)
    network(sources, lengths, torch.ones(2, 10, dtype=torch.int64)).square().mean().backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in network.parameters())


@pytest.mark.parametrize("lengths", [[0, 3], [3, 6], [3], [[3, 3]]])
def test_impossible_lengths_are_refused(network, lengths):
    with pytest.raises(ValueError, match="lengths must be"):
        network.translate(torch.zeros(2, 5, dtype=torch.int64), torch.tensor(lengths))


@pytest.mark.parametrize("name", [*SIZES, "answer_length"])
def test_a_config_of_nothing_is_refused(name):
    with pytest.raises(ValueError, match=name):
        TranslationConfig(20, 30, **{name: 0})
