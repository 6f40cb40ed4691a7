"""A person's table of text -> its records: encoding and delimiter are found out, not asked for.

Files are streamed, so a table costs the memory of a row, whatever its size. Broken quotes cost a
mark, never a row. What the columns mean is `data.review_table`'s to say.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from data.errors import InputError

DELIMITERS = (",", ";", "\t", "|")
SAMPLE = 100  # records that are looked at to find out what a table is like
MAX_RECORD = 1_000_000  # characters over several lines: more is a quote that was never closed
_CHUNK = 1 << 16  # bytes or characters that are looked at together
_NO_DELIMITER = "\x1f"  # in a table of one column: a character that no text has
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx (a zip file), .xls
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
# A cell in quotes: within it a quote is doubled, or followed by what cannot end a cell.
_QUOTED = r'"((?:[^"]|""|"(?!"|{end}))*)"(?={end})'
_ESCAPED = re.compile("[\udc80-\udcff]")  # bytes that are not UTF-8, as Python keeps them

csv.field_size_limit(1 << 30)  # of the whole process; a long cell is judged by its length elsewhere


@dataclass(frozen=True)
class Source:
    """Text in lines: a file, or as it was pasted (``path`` is None).

    ``notes``: sentences on how the file was read, where that took a guess.
    """

    name: str
    path: Path | None = None
    text: str = ""
    encoding: str = "utf-8"
    notes: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """The lines with their ends; null bytes become blanks, bytes that are no text \ufffd.

        Raises InputError when the file is gone.
        """
        if self.path is None:
            yield from io.StringIO(self.text.replace("\0", " "), newline="")
            return
        try:
            with self.path.open(encoding=self.encoding, errors="replace", newline="") as file:
                for line in file:
                    yield line.replace("\0", " ")
        except OSError as error:
            raise _unreadable(self.name, error) from error


class Record(NamedTuple):
    """The cells of one row; ``broken`` when its quotes do not match, so that it was read as one
    line."""

    cells: list[str]
    broken: bool = False


def open_source(path: Path | str, max_bytes: int | None = None) -> Source:
    """A text file with its encoding: UTF-8, UTF-16 (both with or without a byte order mark) or
    Windows-1252.

    Raises InputError for a file that is missing, empty, larger than ``max_bytes`` (it is not read
    then), a workbook or no text at all.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path.name} is a folder; give a CSV or text file.")
    try:
        size = path.stat().st_size
        if max_bytes is not None and size > max_bytes:
            raise InputError(
                f"{path.name} has {size / 1e6:,.0f} MB, and the most that is read here is "
                f"{max_bytes / 1e6:,.0f} MB; please give a part of it."
            )
        with path.open("rb") as file:
            head = file.read(_CHUNK)
        encoding = _encoding(head, path.name)
        notes = ()
        if encoding == "utf-8":
            encoding, notes = _utf8_or_windows(path)
    except OSError as error:
        raise _unreadable(path.name, error) from error
    return Source(path.name, path, encoding=encoding, notes=notes)


def _unreadable(name: str, error: OSError) -> InputError:
    return InputError(f"{name} cannot be read ({error.strerror}); please choose it again.")


def _encoding(head: bytes, name: str) -> str:
    """By the first bytes: an encoding with two bytes a character or a mark, else "utf-8"."""
    if head.startswith(_WORKBOOKS):
        raise InputError(
            f"{name} is a workbook or an archive, not text; save the sheet as CSV (UTF-8) and give "
            "that file."
        )
    for mark, encoding in _BOMS.items():
        if head.startswith(mark):
            return encoding
    even, odd = (head[start::2].count(0) / max(1, len(head) // 2) for start in (0, 1))
    if len(head) > 3 and max(even, odd) > 0.4 and min(even, odd) < 0.05:
        return "utf-16-le" if odd > even else "utf-16-be"
    if len(_NO_TEXT.findall(head)) > 2 + 0.02 * len(head):
        raise InputError(f"{name} is not a text file; please give a CSV or a text file.")
    return "utf-8"


def _utf8_or_windows(path: Path) -> tuple[str, tuple[str, ...]]:
    """Which of the two the bytes after the head say, too, and a note where they are not sure."""
    broken = beyond_ascii = 0
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        while text := file.read(_CHUNK):
            if not text.isascii():
                broken += len(_ESCAPED.findall(text))
                beyond_ascii += len(text) - len(text.encode("ascii", "ignore"))
    if not broken:
        return "utf-8", ()
    if beyond_ascii > 2 * broken:  # most of them are letters in UTF-8
        return "utf-8", (f"{path.name} has bytes that are not UTF-8; they are shown as \ufffd.",)
    return "cp1252", (
        f"{path.name} is not UTF-8, so it was read as Windows-1252; if letters look wrong, save it "
        "as UTF-8.",
    )


def records(source: Source, delimiter: str | None) -> Iterator[Record]:
    """The rows of a table in their order; a blank line is a record without cells.

    delimiter: one of DELIMITERS; "" for one column that may stand in quotes; None for plain lines,
    in which a quote is a quote.
    """
    if delimiter is None:
        for line in source.lines():
            cell = line.rstrip("\r\n")
            yield Record([cell] if cell else [])
        return
    taken = _Taken(source.lines())
    apart = delimiter or _NO_DELIMITER
    while True:
        reader = csv.reader(taken, delimiter=apart, strict=True)
        try:
            for cells in reader:
                yield Record(cells)
                taken.clear()
            return
        except csv.Error:
            # A quote that is never closed, or closed inside a cell. Its first line is read alone,
            # the lines that it had swallowed once more.
            yield Record(_cells_of_line(taken.only_first(), apart), broken=True)


def find_delimiter(source: Source) -> str | None:
    """What parts the cells of a table, as `records` takes it; None for plain lines.

    A delimiter counts when at least half of the first records have as many cells as the very first.
    A file that is not named .csv or .tsv is plain lines unless a tab parts all of them alike.
    """
    table = Path(source.name).suffix.lower() in (".csv", ".tsv", ".tab")
    best, best_fit = ("" if table else None), (0.5 if table else 0.99, 1)
    for delimiter in DELIMITERS if table else ("\t",):
        found = islice(records(source, delimiter), SAMPLE)
        rows = [record.cells for record in found if record.cells]
        width = len(without_blank_end(rows[0])) if rows else 0
        fitting = sum(len(row) >= width and not any(row[width:]) for row in rows)
        fit = (fitting / max(1, len(rows)), width)
        if width > 1 and fit > best_fit:
            best, best_fit = delimiter, fit
    return best


def without_blank_end(cells: list[str]) -> list[str]:
    """The cells up to the last that is not empty; spreadsheets add empty ones."""
    width = len(cells)
    while width and not cells[width - 1]:
        width -= 1
    return cells[:width]


def _cells_of_line(line: str, delimiter: str) -> list[str]:
    """The cells of a line whose quotes are broken: a quote closes only before a delimiter or the
    end; one that never closes is a letter like any other, and so are those behind it."""
    line, cells, place = line.rstrip("\r\n"), [], 0
    quoted_cell = re.compile(_QUOTED.format(end=f"{re.escape(delimiter)}|$"))
    closing = True
    while True:
        quoted = closing and line.startswith('"', place) and quoted_cell.match(line, place)
        if quoted:
            cells.append(quoted[1].replace('""', '"'))
            place = quoted.end()
        else:
            closing = closing and not line.startswith('"', place)
            end = line.find(delimiter, place)
            end = len(line) if end < 0 else end
            cells.append(line[place:end])
            place = end
        if place >= len(line):
            return cells
        place += 1


class _Taken:
    """Lines that remember the ones taken for the present record, which can be given back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._back: list[str] = []
        self._taken: list[str] = []
        self._size = 0

    def __iter__(self) -> _Taken:
        return self

    def __next__(self) -> str:
        line = self._back.pop() if self._back else next(self._lines)
        self._taken.append(line)
        self._size += len(line)
        if self._size > MAX_RECORD and len(self._taken) > 1:
            raise csv.Error("a quote that is never closed")
        return line

    def clear(self) -> None:
        """The record is complete."""
        self._taken.clear()
        self._size = 0

    def only_first(self) -> str:
        """The first line of the record; the others are given back."""
        first, *others = self._taken
        self._back.extend(reversed(others))
        self.clear()
        return first
