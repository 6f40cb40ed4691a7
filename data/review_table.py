"""A table of reviews: which column holds them, which their labels, and the table with verdicts.

`data.table_files` reads the records; this says what they mean. A row is never lost: what is wrong
with one is said in a note beside it. Nothing here judges a review.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import NamedTuple

from data.errors import InputError
from data.table_files import (
    Source,
    find_delimiter,
    open_source,
    records,
    without_blank_end,
)

ADDED = ("label", "probability_positive", "note")  # the columns that a judged table has more
SAMPLE_ROWS = 200
_SAMPLE_CHARACTERS = 500  # of a cell in the sample
_TEXT_WORDS = {"review", "text", "comment", "content", "body", "message", "tweet", "sentence"} | {
    "feedback", "opinion", "phrase", "statement"
}  # fmt: skip
_LABEL_WORDS = {"label", "sentiment", "polarity", "target", "class"}
_MANY_VALUES = 30  # a column with more of them holds no labels
_LABELS = {"positive": True, "pos": True, "good": True, "negative": False, "neg": False,
           "bad": False}  # fmt: skip
_NUMBER_LABELS = ({"0", "1"}, {"-1", "1"}, {"1", "2"}, {"0", "4"})  # the higher is positive
_NAME_CHARACTERS = 40
_ONE_WORD = re.compile(
    r"[^\W\d][\w.-]*"
)  # review, reviewText, user-comment; no address, no sentence
_NUMBER = re.compile(r"[-+]?(\d[\d.,]*|\.\d+)([eE][-+]?\d+)?\s?%?")
# What spreadsheets take for the start of a formula (OWASP, "CSV Injection"), the full-width forms
# too.
_FORMULA = {"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"}


class Row(NamedTuple):
    """One row with as many cells as there are columns.

    note: what was wrong with it in the file. torn: it had cells too many, so that a text may have
    been cut at its delimiters; they were joined to the last cell.
    """

    cells: list[str]
    note: str = ""
    torn: bool = False


@dataclass(frozen=True)
class ReviewTable:
    """What a table is like; its rows are read from the file whenever they are asked for.

    delimiter: as `data.table_files.records` takes it. header: the first record if it has the names
    of the columns, else None; columns: these names, or made-up ones. ``rows`` were counted. column:
    the one that probably holds the reviews; labels: the number of the column that holds right
    answers, if one does, and what its values mean (True is positive). sample: the first rows, long
    cells cut.
    """

    source: Source
    delimiter: str | None
    header: tuple[str, ...] | None
    columns: tuple[str, ...]
    rows: int
    column: int
    labels: tuple[int, Mapping[str, bool]] | None
    sample: tuple[Row, ...]

    def __iter__(self) -> Iterator[Row]:
        """The rows in their order. Raises InputError when the file is gone."""
        return _rows(self.source, self.delimiter, self.header is not None, len(self.columns))

    def find(self, name: str) -> int:
        """The number of the column of this name, whatever the case; InputError if there is none."""
        for names in (self.columns, [column.casefold() for column in self.columns]):
            wanted = name if names is self.columns else name.casefold()
            if wanted in names:
                return names.index(wanted)
        listed = ", ".join(column[:_NAME_CHARACTERS] for column in self.columns[:12])
        raise InputError(
            f"{self.source.name} has no column {name[:_NAME_CHARACTERS]!r} (it has: {listed}); "
            "please name one of these."
        )


def open_table(
    path: Path | str, header: bool | None = None, max_bytes: int | None = None
) -> ReviewTable:
    """The table in a CSV, TSV or text file (one review a line).

    header: whether the first row has the names of the columns; None finds out. Raises InputError
    for a file that cannot be read as text, has more than ``max_bytes``, or no row.
    """
    source = open_source(path, max_bytes)
    return _inspect(source, find_delimiter(source), header)


def pasted_table(text: str) -> ReviewTable:
    """The table of what was pasted: one review a line. Raises InputError when there is none."""
    return _inspect(Source("The pasted text", text=text), None, header=False)


def _inspect(source: Source, delimiter: str | None, header: bool | None) -> ReviewTable:
    first = next((record.cells for record in records(source, delimiter) if record.cells), [])
    if not any(cell.strip() for cell in first):
        raise InputError(f"{source.name} is empty; give one review a row.")
    first = without_blank_end(first)
    if header is None:
        header = looks_like_header(first)
    columns = tuple(
        name.strip() if header and name.strip() else f"column {number}"
        for number, name in enumerate(first, 1)
    )
    if not header and len(columns) == 1:
        columns = ("review",)
    rows, sample, values = _survey(_rows(source, delimiter, header, len(columns)), columns)
    if not rows:
        raise InputError(f"{source.name} has no row below its header; give one review a row.")
    meanings = {i: label_meanings(found) for i, found in values.items()}
    labels = next(((i, meaning) for i, meaning in meanings.items() if meaning), None)
    column = likeliest_column(columns, sample, labels[0] if labels else None)
    names = tuple(first) if header else None
    return ReviewTable(source, delimiter, names, columns, rows, column, labels, sample)


def _survey(
    rows: Iterator[Row], columns: Sequence[str]
) -> tuple[int, tuple[Row, ...], dict[int, set[str]]]:
    """How many rows there are, the first of them, and the values in columns named like labels (a
    few more than _MANY_VALUES where they are many)."""
    sample: list[Row] = []
    values = {i: set() for i, name in enumerate(columns) if _words(name) & _LABEL_WORDS}
    number = 0
    for number, row in enumerate(rows, 1):
        if number <= SAMPLE_ROWS:
            sample.append(row._replace(cells=[cell[:_SAMPLE_CHARACTERS] for cell in row.cells]))
        for i, found in values.items():
            if len(found) <= _MANY_VALUES:
                found.add(row.cells[i].strip())
    return number, tuple(sample), values


def _rows(source: Source, delimiter: str | None, header: bool, width: int) -> Iterator[Row]:
    """Rows of ``width`` cells without the header. A blank line is a row where there is one column
    (not at the end of the table), and nothing where there are more."""
    blanks = 0
    for cells, broken in records(source, delimiter):
        if len(cells) < 2 and not any(cell.strip() for cell in cells):
            blanks += width == 1
            continue
        if header:
            header, blanks = False, 0
            continue
        for _ in range(blanks):
            yield Row([""])
        blanks = 0
        yield _row(cells, broken, width, delimiter)


def _row(cells: list[str], broken: bool, width: int, delimiter: str | None) -> Row:
    found = []
    if broken and width > 1:
        found.append("The quotes of this row do not match; it was read as one line.")
    torn = any(cell.strip() for cell in cells[width:])
    if width > 1 and (torn or len(cells) < width):
        found.append(
            f"This row has {len(cells)} cell{'s' * (len(cells) != 1)}, the first row {width}."
        )
    if torn:
        cells[width - 1] = (delimiter or "").join(cells[width - 1 :])
    cells = cells[:width] + [""] * (width - len(cells))
    return Row(cells, " ".join(found), torn and width > 1)


def looks_like_header(cells: Sequence[str]) -> bool:
    """Whether the first row of a table has names: common ones (review, text, label, ...), or else
    short ones, all different, no number, no label and no sentence. A single cell is a name only if
    it is a common one, so that no review is lost."""
    names = [cell.strip() for cell in cells if cell.strip()]
    common = _TEXT_WORDS | _LABEL_WORDS
    if any(_ONE_WORD.fullmatch(name) and _words(name) & common for name in names):
        return True
    return (
        len(cells) > 1
        and len({name.casefold() for name in names}) == len(names)
        and all(
            len(name) <= _NAME_CHARACTERS
            and not name.endswith((".", "!", "?"))
            and not _NUMBER.fullmatch(name)
            and name.casefold() not in _LABELS
            for name in names
        )
    )


def likeliest_column(
    columns: Sequence[str], sample: Sequence[Row], labels: int | None = None
) -> int:
    """The number of the column that probably holds the reviews: of those named so (review, text,
    comment, ...) or else of all, the one with most words in the sample; never that of the labels
    where there is another."""
    words = [sum(len(row.cells[i].split()) for row in sample) for i in range(len(columns))]
    able = [i for i in range(len(columns)) if i != labels] or [0]
    named = [i for i in able if _words(columns[i]) & _TEXT_WORDS]
    return max(named or able, key=words.__getitem__)


def label_meanings(values: Iterable[str]) -> dict[str, bool]:
    """Which values of a column of labels mean positive (True) and negative (False); empty unless
    both are there.

    Words count beside others, which then mean neither ("neutral"); numbers only as one of the pairs
    in use (0 and 1, -1 and 1, 1 and 2, 0 and 4).
    """
    plain = {value: re.sub(r"^label_|\.0$", "", value.strip().casefold()) for value in values}
    plain = {value: word for value, word in plain.items() if word}
    if len(plain) > _MANY_VALUES:
        return {}
    meanings = {value: _LABELS[word] for value, word in plain.items() if word in _LABELS}
    if set(plain.values()) in _NUMBER_LABELS:
        highest = max(plain.values(), key=int)
        meanings = {value: word == highest for value, word in plain.items()}
    return meanings if len(set(meanings.values())) == 2 else {}


def write_judged(
    path: Path, table: ReviewTable, verdicts: Iterable[tuple[str, float | None, str]]
) -> None:
    """Write the table with the ADDED columns: all its columns, and its rows in their order.

    verdicts: (label, P(positive), note) of each row. The file has the table's delimiter and is
    UTF-8, with a byte order mark unless the table was UTF-8 without one. No cell can act as a
    formula in a spreadsheet: see `harmless`.
    """
    encoding = "utf-8" if table.source.encoding == "utf-8" else "utf-8-sig"
    with path.open("w", encoding=encoding, errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=table.delimiter or ",")
        names = list(table.header or table.columns)
        for name in ADDED:
            names.append(free_name(name, names))
        writer.writerow(map(harmless, names))
        for row, (label, positive, note) in zip(table, verdicts, strict=True):
            probability = "" if positive is None else f"{positive:.4f}"
            said = f"{row.note} {note}".strip()
            writer.writerow([*map(harmless, row.cells), label, probability, said])


def harmless(cell: str) -> str:
    """The cell, with an apostrophe before it if a spreadsheet could run it as a formula; numbers
    such as -3 stay as they are."""
    first = cell.lstrip(" ")[:1]
    return f"'{cell}" if first in _FORMULA and not _NUMBER.fullmatch(cell.strip()) else cell


def free_name(name: str, taken: Iterable[str]) -> str:
    """The name, or the first of name_2, name_3, ... that no column has, whatever the case."""
    used = {column.casefold() for column in taken}
    tries = (name if number == 1 else f"{name}_{number}" for number in count(1))
    return next(free for free in tries if free.casefold() not in used)


def _words(name: str) -> set[str]:
    """The words of a column's name in lower case, as they are and without a final s."""
    found = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}
    return found | {word.removesuffix("s") for word in found}
