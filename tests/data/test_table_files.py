"""Any text table is read: whatever its encoding, delimiter and quotes, each line of it is there."""

from __future__ import annotations

import csv
import io
import time
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import table_files
from data.errors import InputError
from data.table_files import Source, find_delimiter, open_source, records

TEXT = "id,review\n1,café – ünï\n2,“dull”\n"


def table(text: str, name: str = "a.csv") -> Source:
    return Source(name, text=text)


def cells(text: str, delimiter: str | None = ",") -> list[list[str]]:
    return [record.cells for record in records(table(text), delimiter)]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_the_encoding_is_found_out(tmp_path, encoding):
    path = tmp_path / "a.csv"
    path.write_bytes((TEXT * 9).encode(encoding))
    source = open_source(path)
    assert "".join(source.lines()) == TEXT * 9
    assert bool(source.notes) == (encoding == "cp1252")  # a guess is said


def test_a_damaged_byte_does_not_turn_utf_8_into_windows_1252(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.encode() + b"3,cut \xe2\x80")
    source = open_source(path)
    assert "".join(source.lines()) == TEXT + "3,cut \ufffd"
    assert "not UTF-8" in source.notes[0]
    path.write_text("1,already \ufffd damaged", encoding="utf-8")
    assert open_source(path).notes == ()


def test_null_bytes_become_blanks_and_cost_no_row(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,review\n1,a\x00b\n2," + b"good " * 50 + b"\n")
    rows = [record.cells for record in records(open_source(path), ",")]
    assert rows[1:] == [["1", "a b"], ["2", "good " * 50]]
    assert cells("1,a\0b") == [["1", "a b"]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04\x14\x00", "save the sheet as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "save the sheet as CSV"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not a text file"),
        (bytes(range(256)) * 4, "not a text file"),
        (b"\0\0\0\0", "not a text file"),
    ],
)
def test_what_is_no_text_gets_a_sentence_that_names_the_file(tmp_path, content, message):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(InputError, match=rf"^a\.csv .*{message}.*\.$"):
        open_source(tmp_path / "a.csv")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"none\.csv cannot be read \(No such file"):
        open_source(tmp_path / "none.csv")
    with pytest.raises(InputError, match="is a folder"):
        open_source(tmp_path)
    (tmp_path / "a.csv").write_text("x")
    source = open_source(tmp_path / "a.csv")
    (tmp_path / "a.csv").unlink()
    with pytest.raises(InputError, match=r"a\.csv cannot be read .*choose it again"):
        list(source.lines())


def test_a_file_above_the_limit_is_refused_without_being_read(tmp_path):
    with (tmp_path / "huge.csv").open("wb") as file:
        file.truncate(200_000_000)  # takes no room on the disk
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=r"huge\.csv has 200 MB.*is 150 MB"):
            open_source(tmp_path / "huge.csv", 150_000_000)
        assert tracemalloc.get_traced_memory()[1] < 1e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("delimiter", [*table_files.DELIMITERS])
def test_the_delimiter_is_found_out(delimiter):
    text = f'id{delimiter}review{delimiter}note\n1{delimiter}"good; a|b, c"{delimiter}\n' * 3
    assert find_delimiter(table(text)) == delimiter


@pytest.mark.parametrize(
    ("name", "text", "delimiter"),
    [
        ("a.csv", "review\nGood, I liked it\nBad\nNot bad, not good, just there\n", ""),
        ("a.csv", '"Good, I liked it"\n"Bad, bad"\n', ""),
        ("a.csv", "id,review\n1,Good, I liked it\n2,Bad\n3,Dull\n", ","),
        ("a.csv", "text,label,,\ngood,1\nbad,0,,\n", ","),
        ("a.txt", "Good, I liked it\nBad, bad\n", None),
        ("a.txt", "text\tlabel\ngood\t1\nbad\t0\n", "\t"),
        ("a.txt", "one\ttab\nno tab\n", None),
        ("a.tsv", 'text\tlabel\n"Good" he said\t1\nbad, bad, bad\t0\n', "\t"),
        ("a.csv", "", ""),
    ],
)
def test_commas_of_sentences_are_no_delimiters(name, text, delimiter):
    assert find_delimiter(table(text, name)) == delimiter


ROWS = st.lists(
    st.lists(st.text(st.sampled_from('ab ,;"\n\r\té='), max_size=12), min_size=2, max_size=4),
    min_size=1, max_size=6,
)  # fmt: skip


@given(ROWS)
@settings(max_examples=200, deadline=None)
def test_what_a_csv_writer_wrote_is_read_back_unchanged(rows):
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    found = list(records(table(written.getvalue()), ","))
    assert [record.cells for record in found] == rows
    assert not any(record.broken for record in found)


@given(st.lists(st.text(st.sampled_from('ab,"é \t'), max_size=9), min_size=1, max_size=20))
@settings(max_examples=300, deadline=None)
def test_whatever_the_quotes_no_letter_is_lost(lines):
    text = "\n".join(lines)
    found = "".join("".join(record.cells) for record in records(table(text), ","))
    for letter in "abé \t":
        assert found.count(letter) == text.count(letter)


def test_a_quote_that_is_never_closed_swallows_no_row():
    lines = ["id,review,label", '5,"It was good, 1', "6,bad,0", '7,"fine, really",1', "8,dull,0"]
    found = list(records(table("\n".join(lines)), ","))
    assert [record.broken for record in found] == [False, True, False, False, False]
    assert found[1].cells == ["5", '"It was good', " 1"]
    assert found[3].cells == ["7", "fine, really", "1"]


def test_a_quote_that_is_never_closed_is_noticed_before_the_end_of_the_file(monkeypatch):
    monkeypatch.setattr(table_files, "MAX_RECORD", 200)
    taken = []

    class Watched(Source):
        def lines(self) -> Iterator[str]:
            for line in super().lines():
                taken.append(line)
                yield line

    text = 'id,review\n1,"never closed\n' + "2,an ordinary row\n" * 1_000
    found = records(Watched("a.csv", text=text), ",")
    assert [next(found).broken, next(found).broken] == [False, True]
    assert len(taken) < 20
    assert sum(1 for _ in found) == 1_000


def test_quotes_inside_a_cell_keep_it_whole():
    assert cells('1,"He said "hi, all" to me",5\n2,good,4') == [
        ["1", 'He said "hi, all" to me', "5"],
        ["2", "good", "4"],
    ]
    assert cells('"Good" he said\t1\nbad\t0', "\t") == [['"Good" he said', "1"], ["bad", "0"]]
    assert cells('"a ""b"", c" d,e') == [['"a ""b""', ' c" d', "e"]]


def test_a_cell_may_have_lines_and_old_line_ends():
    assert cells('1,"two\nlines"\r\n2,x\r3,y') == [["1", "two\nlines"], ["2", "x"], ["3", "y"]]


@pytest.mark.parametrize("line", ['"a,', '"a', 'a,"b', '""a', '"" ,', '"a"b,"'])
def test_a_file_of_broken_quotes_is_read_in_linear_time(line):
    started = time.perf_counter()
    found = sum(1 for _ in records(table(f"{line}\n" * 20_000), ","))
    assert time.perf_counter() - started < 5
    assert found > 9_000  # at most two lines a record: none goes into one huge cell
    started = time.perf_counter()
    assert list(records(table(line * 100_000 + '"x'), ","))
    assert time.perf_counter() - started < 5
