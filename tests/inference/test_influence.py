"""The influence map equals finite differences of the predictor's own logits."""

from __future__ import annotations

import json

import numpy as np
import torch

from data.sentiment import cut
from inference.influence import influence
from inference.inside import open_up
from models.scratch.batches import START

TEXT = "bad cafe\nhe abc"
REVIEW = "The cat sat on the mat, and the dog was flat."
STEP = 1e-5


def numeric_text(predictor, text: str, targets: tuple[str, ...]) -> np.ndarray:
    """(T + 1, T): from the logits of the opened network (which are the predictor's, see
    test_inside), with each entry of each one-hot input moved up and down."""
    network = open_up(predictor)
    tokens = network.read(text).tokens
    chosen = [network.tokenizer.encode(target)[0] if target else 0 for target in targets]
    squared = np.zeros((len(tokens) + 1, len(tokens)))
    for segment in network.segments(tokens):
        steps = len(segment.inputs)
        rows = slice(segment.first, segment.first + steps)
        for place in (k for k in range(steps) if segment.inputs[k] != START):
            ends = []
            for sign in (1, -1):
                x = network.embed(segment.inputs).repeat(len(network.embedding), 1, 1)
                x[:, place] += sign * STEP * network.embedding  # each entry in a row of its own
                for cell in network.cells:
                    x = cell.read(x).hidden
                logits = x @ network.weight.T + network.bias
                ends.append(logits[:, range(steps), chosen[rows]].detach().numpy())  # (V, S)
            slopes = (ends[0] - ends[1]) / (2 * STEP)
            squared[rows, segment.first + place - 1] = (slopes**2).sum(0)
    return squared


def test_the_map_equals_finite_differences(text_network):
    found = influence(text_network, TEXT)
    expected = numeric_text(text_network, TEXT, found.targets)
    assert expected[-1].max() > 0
    np.testing.assert_allclose(found.squared, expected, rtol=1e-5, atol=1e-10)


def test_what_is_left_out_of_a_long_text_is_too_small_to_be_seen(networks, monkeypatch):
    shares = influence(networks["rnn"], TEXT * 6).shares()
    assert not shares[-1].all()
    monkeypatch.setattr("inference.influence.NEGLIGIBLE", 0.0)
    whole = influence(networks["rnn"], TEXT * 6).shares()
    assert whole[-1].all()
    np.testing.assert_allclose(shares, whole, rtol=0, atol=1e-6)


def test_of_a_review_it_equals_finite_differences_of_the_running_verdict(reviewer):
    found = influence(reviewer, REVIEW)
    pieces = cut(reviewer.tokenizer, REVIEW)
    reading, network = reviewer.network.readings[0], open_up(reviewer)
    tokens = torch.from_numpy(pieces.ids.astype(np.int64))[None]
    x = reading.embedding(tokens).detach()
    lengths = torch.full((len(network.embedding),), tokens.shape[1])

    def verdicts(x: torch.Tensor) -> np.ndarray:
        with torch.no_grad():
            return reading.running(x, lengths)[:, pieces.last_piece].numpy()

    by_piece = np.zeros((len(pieces.words), tokens.shape[1]))
    for s in range(tokens.shape[1]):
        moved = torch.zeros(len(network.embedding), *x.shape[1:], dtype=x.dtype)
        moved[:, s] = STEP * network.embedding
        slopes = (verdicts(x + moved) - verdicts(x - moved)) / (2 * STEP)
        by_piece[:, s] = (slopes**2).sum(0)
    firsts = np.concatenate([[0], pieces.last_piece[:-1] + 1])
    expected = np.add.reduceat(by_piece, firsts, axis=1)
    np.testing.assert_allclose(found.squared, expected, rtol=1e-4, atol=1e-10)
    assert found.targets == ("positive",) * len(pieces.words)


def test_nothing_that_comes_later_has_an_influence(text_network):
    squared = influence(text_network, TEXT).squared
    assert squared.shape == (len(TEXT) + 1, len(TEXT))
    assert not np.triu(squared).any()
    assert (squared[-1, TEXT.index("\n") + 1 :] > 0).all()


def test_a_network_of_single_lines_is_not_influenced_by_other_lines(networks):
    squared = influence(networks["numpy-gru-lines"], TEXT).squared
    line = TEXT.index("\n")
    assert not squared[line + 1 :, : line + 1].any()
    assert squared[line, :line].all()  # the newline is predicted from its own line
    whole = influence(networks["numpy-rnn-windows"], TEXT).squared
    assert whole[line + 1 :, : line + 1].any()


def test_the_logit_is_that_of_what_came_or_of_what_was_likeliest(networks):
    came = influence(networks["lstm"], TEXT)
    predicted = influence(networks["lstm"], TEXT, predicted=True)
    assert came.targets[1:-1] == tuple(TEXT[1:])
    assert came.targets[0] == predicted.targets[0] == ""
    network = open_up(networks["lstm"])
    expected = network.expected(network.read(TEXT))[1:]
    likeliest = [network.tokenizer.piece(int(row.argmax())) for row in expected]
    assert list(predicted.targets[1:]) == likeliest
    assert came.targets[-1] == likeliest[-1]
    differ = [t for t in range(1, len(TEXT)) if came.targets[t] != predicted.targets[t]]
    assert differ
    assert not np.allclose(came.squared[differ], predicted.squared[differ])
    np.testing.assert_array_equal(came.squared[-1], predicted.squared[-1])


def test_shares_add_up_to_one_and_json_holds_them(networks):
    found = influence(networks["lstm"], TEXT)
    shares = found.shares()
    np.testing.assert_allclose(shares[1:].sum(1), 1)
    assert not shares[0].any()
    answer = json.loads(json.dumps(found.to_json()))
    np.testing.assert_allclose(answer["shares"], shares, atol=1e-5)
    np.testing.assert_allclose(answer["sums"], found.squared.sum(1), rtol=1e-4)
