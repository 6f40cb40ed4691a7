"""A table of reviews: its columns are understood, no row is lost, and what is written back is the
table with three columns more."""

from __future__ import annotations

import csv
import io
import tracemalloc

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import InputError
from data.review_table import (
    ADDED,
    ReviewTable,
    free_name,
    harmless,
    label_meanings,
    open_table,
    pasted_table,
    write_judged,
)

REVIEWS = "id,review,label\n1,a good film,positive\n2,a bad film,negative\n"


@pytest.fixture
def table(tmp_path):
    def open_text(text: str, name: str = "a.csv", **options: object) -> ReviewTable:
        (tmp_path / name).write_text(text, encoding="utf-8", newline="")
        return open_table(tmp_path / name, **options)

    return open_text


def judged(table: ReviewTable, path) -> list[list[str]]:
    """The rows of the written table, every one positive."""
    write_judged(path, table, [("positive", 0.9, "")] * table.rows)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=table.delimiter or ","))


def test_columns_rows_and_the_likeliest_column(table):
    found = table(REVIEWS)
    assert found.columns == ("id", "review", "label")
    assert (found.rows, found.column) == (2, 1)
    assert found.labels == (2, {"positive": True, "negative": False})
    assert [row.cells for row in found] == [["1", "a good film", "positive"],
                                            ["2", "a bad film", "negative"]]  # fmt: skip
    assert list(found) == list(found.sample)


@pytest.mark.parametrize(
    ("columns", "row", "expected"),
    [
        ("review_id,review_title,review_text", "12,Nice,I liked this film", 2),
        ("id,ReviewText,notes", "1,so so,much longer notes about it all", 1),
        ("Kunde,Meinung", "Max Muster,das war ein sehr guter Film", 1),
        ("url,comments,product_description", "http://x.y/z,fun,a long description of it", 1),
        ("sentiment,what", "positive,I liked it", 1),
        ("text,label", ",1", 0),
    ],
)
def test_the_reviews_are_in_the_column_named_so_or_with_most_words(table, columns, row, expected):
    assert table(f"{columns}\n{row}\n{row}\n").column == expected


def test_labels_are_no_reviews_however_many_words_they_have(table):
    assert table("sentiment,x\npositive,\nnegative,\n").column == 1


@pytest.mark.parametrize(
    ("text", "name", "header"),
    [
        (REVIEWS, "a.csv", True),
        ("Kunde;Meinung\n1;gut\n", "a.csv", True),
        (",text\n0,good\n", "a.csv", True),
        ("review\ngood, really\nbad\n", "a.csv", True),
        ("review_text\ngood\n", "a.txt", True),
        ("Reviews\ngood\n", "a.txt", True),
        ("1,good film\n2,bad film\n", "a.csv", False),
        ("good film,positive\nbad film,negative\n", "a.csv", False),
        ("I loved it.,me\nI hated it.,you\n", "a.csv", False),
        ("http://a.b/review/1,good\nhttp://a.b/review/2,bad\n", "a.csv", False),
        ("Great review\nnot bad\n", "a.txt", False),
        ("Great film\nBad film\n", "a.csv", False),
    ],
)
def test_a_header_is_found_out_and_no_review_is_taken_for_one(table, text, name, header):
    found = table(text, name)
    assert (found.header is not None) == header
    assert found.rows == len(text.splitlines()) - header
    for told in (True, False):
        assert table(text, name, header=told).rows == len(text.splitlines()) - told


def test_columns_without_a_name_get_one_and_keep_none_in_the_written_table(table, tmp_path):
    found = table(",text,label,,\n0,good,1,,\n1,bad,0,,\n")
    assert found.columns == ("column 1", "text", "label")
    assert judged(found, tmp_path / "out.csv")[0][:3] == ["", "text", "label"]
    assert table("1,good film\n2,bad film\n").columns == ("column 1", "column 2")


def test_an_empty_cell_in_the_middle_is_a_row(table):
    assert [row.cells for row in table("id,review\n1,good\n2,\n3,bad\n")][1] == ["2", ""]
    assert [row.cells for row in table("good\n\n  \nbad\n\n\n", "a.txt")] == [
        ["good"], [""], [""], ["bad"],
    ]  # fmt: skip
    assert [row.cells for row in pasted_table("\ngood\n\nbad\n")] == [[""], ["good"], [""], ["bad"]]


def test_blank_lines_between_rows_of_cells_are_no_rows_but_blank_cells_are_one(table):
    assert table("id,review\n1,good\n,\n2,bad\n").rows == 3
    assert table("id,review\r\r\n1,good\r\r\n2,bad\r\r\n\n  \n").rows == 2


def test_rows_of_another_length_are_kept_and_marked(table):
    short, torn, wide, right = table("id,label,review\n1,a\n2,b,good, really\n3,c,x,,\n4,d,y\n")
    assert (short.cells, short.torn) == (["1", "a", ""], False)
    assert "2 cells, the first row 3" in short.note
    assert torn.cells == ["2", "b", "good, really"]
    assert torn.torn
    assert "4 cells" in torn.note
    assert (wide.cells, wide.note) == (["3", "c", "x"], "")
    assert right.note == ""


def test_broken_quotes_are_marked(table):
    rows = list(table('id,review\n1,"never closed\n2,bad\n'))
    assert [row.cells for row in rows] == [["1", '"never closed'], ["2", "bad"]]
    assert "quotes" in rows[0].note
    assert rows[1].note == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "is empty"), ("\n \n\n", "is empty"),
     ("id,review\n", "no row below its header"), ("review\n\n", "no row below")],
)  # fmt: skip
def test_a_table_without_a_row_is_one_sentence(table, text, message):
    with pytest.raises(InputError, match=rf"^a\.csv .*{message}.*\.$"):
        table(text)


def test_nothing_pasted_is_one_sentence():
    for text in ("", " \n\t\n"):
        with pytest.raises(InputError, match=r"^The pasted text is empty"):
            pasted_table(text)


def test_pasted_lines_are_reviews_whatever_they_look_like():
    text = 'review\n"quoted", he said; 1\ta\nlabel,text\n=1+1'
    assert [row.cells[0] for row in pasted_table(text)] == text.split("\n")


def test_a_column_is_found_by_name_or_the_names_are_listed(table):
    found = table("id,Text,text\n1,a,b\n")
    assert [found.find(name) for name in ("Text", "text", "ID", "TEXT")] == [1, 2, 0, 1]
    with pytest.raises(InputError, match=r"a\.csv has no column 'nosuch' \(it has: id, Text, tex"):
        found.find("nosuch")


@pytest.mark.parametrize(
    ("values", "meanings"),
    [
        (["Positive", "negative "], {"Positive": True, "negative ": False}),
        (["pos", "neg", "neutral", ""], {"pos": True, "neg": False}),
        (["0", "1"], {"0": False, "1": True}),
        (["1.0", "0.0"], {"1.0": True, "0.0": False}),
        (["1", "2", ""], {"1": False, "2": True}),
        (["0", "4"], {"0": False, "4": True}),
        (["-1", "1"], {"-1": False, "1": True}),
        (["LABEL_0", "LABEL_1"], {"LABEL_0": False, "LABEL_1": True}),
        (["-1", "0", "1"], {}),
        (["positive"], {}),
        (["0", "3"], {}),
        (["a", "b"], {}),
        ([], {}),
    ],
)
def test_labels_mean_what_is_plain_and_nothing_else(values, meanings):
    assert label_meanings(values) == meanings


def test_a_column_of_many_values_holds_no_labels(table):
    rows = "".join(f"good,{i % 40}\npositive,positive\nbad,negative\n" for i in range(50))
    assert table(f"text,class\n{rows}").labels is None


def test_the_written_table_keeps_columns_order_and_cells(table, tmp_path):
    text = 'id;review;label;LABEL_2\n2;"good; ""so""";x;=1\n1;"two\nlines";-3;y\n'
    found = table(text)
    header, *rows = judged(found, tmp_path / "out.csv")
    assert header == ["id", "review", "label", "LABEL_2", "label_3", "probability_positive", "note"]
    assert rows[0] == ["2", 'good; "so"', "x", "'=1", "positive", "0.9000", ""]
    assert rows[1] == ["1", "two\nlines", "-3", "y", "positive", "0.9000", ""]


def test_what_was_wrong_with_a_row_stands_beside_its_verdict(table, tmp_path):
    found = table("id,review\n1\n2,good\n")
    write_judged(tmp_path / "out.csv", found, [("", None, "It is empty."), ("positive", 1, "")])
    frame = pd.read_csv(tmp_path / "out.csv", dtype=str, keep_default_na=False)
    assert list(frame.columns) == ["id", "review", *ADDED]
    assert frame["note"].tolist() == ["This row has 1 cell, the first row 2. It is empty.", ""]
    assert frame["probability_positive"].tolist() == ["", "1.0000"]


def test_a_verdict_too_few_is_no_table(table, tmp_path):
    with pytest.raises(ValueError, match="shorter"):
        write_judged(tmp_path / "out.csv", table(REVIEWS), [("positive", 1, "")])


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", False), ("utf-8-sig", True), ("utf-16", True), ("cp1252", True)],
)
def test_the_written_table_is_utf_8_with_a_mark_where_a_spreadsheet_wrote_it(
    tmp_path, encoding, mark
):
    (tmp_path / "a.csv").write_text("id,review\n1,café\n2,ünï\n3,façade\n", encoding=encoding)
    found = open_table(tmp_path / "a.csv")
    assert judged(found, tmp_path / "out.csv")[1][1] == "café"
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf") == mark


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+SUM(A1)", "-2+3", "@x", "\t=1", "\r=1", "\n=1", "  =1", "-", "＝1", "-1-1", "+a",
     '=HYPERLINK("http://evil","x")', "-3 stars"],
)  # fmt: skip
def test_no_cell_can_act_as_a_formula(cell):
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize(
    "cell", ["-3", "+4.5", "-1,234.50", "-.5", "-3 %", "1e-5", "-1E+5", "a=b", "", "'=1", "good -"]
)
def test_numbers_and_words_stay_as_they_are(cell):
    assert harmless(cell) == cell


@given(st.lists(st.text(max_size=8), max_size=5), st.sampled_from(ADDED))
def test_an_added_column_never_shares_its_name(taken, name):
    free = free_name(name, [*taken, name.upper()])
    assert free.startswith(f"{name}_")
    assert free.casefold() not in {column.casefold() for column in taken}


CELL = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], include_characters="\n\r\t"),
    max_size=12,
)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8))
@settings(max_examples=100, deadline=None)
def test_every_row_of_a_sound_table_comes_back_in_its_place(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("rows")
    written = io.StringIO(newline="")
    csv.writer(written).writerows(
        [("id", "review", "no"), *((*row, i) for i, row in enumerate(rows))]
    )
    (folder / "a.csv").write_text(written.getvalue(), encoding="utf-8", newline="")
    found = open_table(folder / "a.csv")
    assert [tuple(row.cells) for row in found] == [(a, b, str(i)) for i, (a, b) in enumerate(rows)]
    for kept, (a, b) in zip(judged(found, folder / "out.csv")[1:], rows, strict=True):
        assert kept[:2] == [harmless(a), harmless(b)]


def test_a_long_table_costs_no_memory(tmp_path):
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("id,review\n")
        for i in range(20_000):
            file.write(f"{i},{'a film that goes on and on ' * 10}\n")
    tracemalloc.start()
    try:
        table = open_table(path)
        write_judged(tmp_path / "out.csv", table, (("", None, "") for _ in range(table.rows)))
        assert tracemalloc.get_traced_memory()[1] < 1.5e6  # the file has 5 MB
    finally:
        tracemalloc.stop()
    assert table.rows == 20_000
