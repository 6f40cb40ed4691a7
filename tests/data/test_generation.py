"""Characters, splits and streams."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from data.errors import InputError
from data.generation import CharTokenizer, shuffle_lines, split_text, stream_batches


@given(st.text(min_size=1))
def test_decoding_undoes_encoding(text):
    tokenizer = CharTokenizer.from_text(text)
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_unseen_characters_are_left_out_and_told():
    tokenizer = CharTokenizer.from_text("abc")
    assert tokenizer.encode("axbxyc") == [0, 1, 2]
    assert tokenizer.unseen("axbxyc") == ("x", "y")


@given(st.text(min_size=1))
def test_a_tokenizer_survives_its_file(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("tokenizer")
    # JSON cannot hold lone surrogates, nor can UTF-8 text on disk.
    tokenizer = CharTokenizer.from_text(text.encode("utf-8", "ignore").decode() or "a")
    tokenizer.save(folder)
    assert CharTokenizer.load(folder) == tokenizer


@pytest.mark.parametrize("content", ["", "{", "[]", '{"characters": "ba"}', '{"other": 1}'])
def test_a_damaged_tokenizer_file_is_named(tmp_path, content):
    (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(ValueError, match=r"tokenizer\.json"):
        CharTokenizer.load(tmp_path)


def test_an_empty_text_has_no_tokenizer():
    with pytest.raises(InputError, match="empty"):
        CharTokenizer.from_text("")


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
