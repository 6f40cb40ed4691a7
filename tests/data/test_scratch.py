"""A person's own text for the NumPy networks: nothing lost, nothing leaked, errors as sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import InputError
from data.scratch import read_text, split_lines, split_windows

NAMES = "".join(f"name{i}\n" for i in range(40))


def test_no_line_is_in_two_parts_and_none_is_lost():
    splits = split_lines(NAMES + "name3\n", seed=2)
    parts = [set(part.splitlines()) for part in (splits.train, splits.selection, splits.validation)]
    assert [len(part) for part in parts] == [32, 4, 4]
    assert set.union(*parts) == set(NAMES.splitlines())
    assert split_lines(NAMES, seed=3).train != splits.train


@given(st.integers(1, 400), st.integers(1, 50))
def test_windows_give_every_character_to_one_part(length, bptt_steps):
    text = "".join(chr(0x4E00 + i) for i in range(length))  # no character twice
    try:
        splits = split_windows(text, bptt_steps)
    except InputError:
        assert length < 100 + 2 * bptt_steps  # only short texts are refused
        return
    assert sorted(splits.train + splits.selection + splits.validation) == list(text)
    assert text.endswith(splits.validation)
    assert len(splits.train) > bptt_steps


@pytest.mark.parametrize("content", [b"", b" \n\t\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path, content):
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.txt is empty"):
        read_text(tmp_path / "a.txt")


def test_a_file_that_is_no_utf8_is_refused_and_a_marked_one_is_read(tmp_path):
    (tmp_path / "a.txt").write_bytes("Ünï".encode("latin-1"))
    with pytest.raises(InputError, match="not UTF-8"):
        read_text(tmp_path / "a.txt")
    (tmp_path / "b.txt").write_bytes("\ufeffÜnï\r\ncode".encode())
    assert read_text(tmp_path / "b.txt") == "Ünï\ncode"


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_text(tmp_path / "none.txt")


def test_too_few_lines_and_too_short_texts_are_refused():
    with pytest.raises(InputError, match="3 different lines"):
        split_lines("a\nb\nc\na\n")
    with pytest.raises(InputError, match="too few to learn from windows of 64"):
        split_windows("x" * 64, 64)
