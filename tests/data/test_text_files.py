"""A person's text file: read as text, or one sentence; never more memory than promised."""

from __future__ import annotations

import io
import tracemalloc

import pytest

from data import text_files
from data.errors import InputError
from data.text_files import read_text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("\ufeffÜnï\r\ncode".encode(), "Ünï\ncode"),
        (b"mac\rdos\r\nunix\n\r\nend", "mac\ndos\nunix\n\nend"),
        ("\u2028 \U0001f995\f".encode(), "\u2028 \U0001f995\f"),
    ],
)
def test_a_text_is_read_without_its_mark_and_with_plain_line_ends(tmp_path, content, text):
    (tmp_path / "a.txt").write_bytes(content)
    assert read_text(tmp_path / "a.txt") == text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \n\t\r\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"PK\x03\x04\x00\x00 zip", "null bytes"),
        ("utf-16".encode("utf-16"), "null bytes"),
        ("Ünï".encode("latin-1"), "not UTF-8"),
        (b"\x89PNG\r\n\x1a\n", "not UTF-8"),
        (b"\xed\xa0\x80", "not UTF-8"),  # half of a surrogate pair
    ],
)
def test_what_is_no_text_gets_a_sentence_that_names_the_file(tmp_path, content, message):
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(InputError, match=rf"a\.txt .*{message}.*\.$"):
        read_text(tmp_path / "a.txt")


def test_a_dash_is_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("é\r\n".encode())))
    assert read_text("-") == "é\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\0")))
    with pytest.raises(InputError, match=r"Standard input .*null bytes"):
        read_text("-")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"none\.txt cannot be read: No such file"):
        read_text(tmp_path / "none.txt")
    with pytest.raises(InputError, match="is a folder; give a text file"):
        read_text(tmp_path)


def test_a_huge_file_is_refused_in_bounded_memory(tmp_path):
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(300_000_000)  # takes no room on the disk
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=r"huge\.txt has more than 50 MB.*give a part"):
            read_text(path)
        assert tracemalloc.get_traced_memory()[1] < 1.5 * text_files.MAX_BYTES
    finally:
        tracemalloc.stop()


def test_a_file_of_the_largest_size_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(text_files, "MAX_BYTES", 10)
    (tmp_path / "a.txt").write_text("x" * 10)
    assert read_text(tmp_path / "a.txt") == "x" * 10
    (tmp_path / "a.txt").write_text("x" * 11)
    with pytest.raises(InputError, match="more than"):
        read_text(tmp_path / "a.txt")
