"""Splits and streams: nothing lost, nothing leaked, errors as sentences."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from data.errors import InputError
from data.generation import shuffle_lines, split_lines, split_text, stream_batches

NAMES = "".join(f"name{i}\n" for i in range(40))


def test_splits_lose_nothing_and_keep_the_text_before_the_validation_for_training():
    text = "".join(chr(0x4E00 + i) for i in range(1000))  # all different, so places can be told
    splits = split_text(text)
    assert splits.validation == text[900:]
    assert len(splits.selection) == 45
    assert splits.selection in text[400:500]
    assert "".join(sorted(splits.train + splits.selection)) == text[:900]
    assert splits.train.endswith(text[500:900])


def test_a_short_text_is_refused_with_a_sentence():
    with pytest.raises(InputError, match="too few"):
        split_text("short")


@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_streams_go_on_where_the_last_window_ended(epoch):
    tokens = torch.arange(1000)
    batches = stream_batches(tokens, num_streams=4, bptt_steps=16, seed=5, epoch=epoch)
    for inputs, targets in batches:
        assert torch.equal(targets, inputs + 1)
    for (before, _), (after, _) in pairwise(batches):
        assert torch.equal(after[:, 0], before[:, -1] + 1)


def test_windows_fall_differently_each_epoch_and_alike_for_the_same_seed():
    tokens = torch.arange(1000)
    first = stream_batches(tokens, 4, 16, seed=5, epoch=1)[0][0]
    assert torch.equal(first, stream_batches(tokens, 4, 16, seed=5, epoch=1)[0][0])
    starts = {int(stream_batches(tokens, 4, 16, 5, epoch)[0][0][0, 0]) for epoch in range(1, 9)}
    assert len(starts) > 1


def test_too_few_characters_for_the_streams_are_refused():
    with pytest.raises(InputError, match="batch_size"):
        stream_batches(torch.arange(5), num_streams=10, bptt_steps=4, seed=1, epoch=1)


def test_shuffled_lines_are_the_same_lines_once_each():
    text = "b\na\n\nc\na"
    assert sorted(shuffle_lines(text, 1).split()) == ["a", "b", "c"]
    assert shuffle_lines(text, 1) == shuffle_lines("c\nb\na\n", 1)


def test_no_line_is_in_two_parts_and_none_is_lost():
    splits = split_lines(NAMES + "name3\n", seed=2)
    parts = [set(part.splitlines()) for part in (splits.train, splits.selection, splits.validation)]
    assert [len(part) for part in parts] == [32, 4, 4]
    assert set.union(*parts) == set(NAMES.splitlines())
    assert split_lines(NAMES, seed=3).train != splits.train


def test_the_share_of_lines_to_choose_on_does_not_move_the_validation():
    few, many = (split_lines(NAMES, selection_share=share) for share in (0.01, 0.25))
    assert few.validation == many.validation
    assert (few.selection.count("\n"), many.selection.count("\n")) == (1, 10)


@pytest.mark.parametrize(("text", "share"), [("a\nb\nc\na\n", 0.1), (NAMES, 0.95)])
def test_too_few_lines_are_refused(text, share):
    with pytest.raises(InputError, match="different lines, too few"):
        split_lines(text, selection_share=share)
