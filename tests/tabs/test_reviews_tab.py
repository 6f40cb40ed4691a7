"""Many reviews: the frames of a judged table, and the form in a real browser as a visitor drives
it."""

from __future__ import annotations

import csv
import re
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from playwright.sync_api import Locator, expect

from inference import review_table, streaming
from inference.errors import InputError
from inference.registry import Registry
from tabs import reviews
from tests.browser import SCREENS, Visit

NASTY = "<img src=x onerror=alert(1)>"
REVIEWS = [
    ["id", "what they said", "sentiment", NASTY],
    ["1", "a wonderful film with superb acting", "positive", "=1+1"],
    ["2", "", "negative", "-3"],
    ["3", f"what a waste of time {NASTY}", "negative", "@x"],
    ["4", "<script>alert(1)</script> not bad, not good", "positive", ""],
]


@pytest.fixture
def registry(weights_dir) -> Registry:
    return Registry(weights_dir)


@pytest.fixture
def table_csv(tmp_path) -> Path:
    path = tmp_path / "mine.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(REVIEWS)
    return path


def frames(registry: Registry, folder: Path, text: str = "", path: Path | None = None, **form):
    """Frames of (status, plot, agreement, rows, file to save, judging)."""
    file = None if path is None else str(path)
    return reviews.judged(registry, folder, None, text, file, form.get("table"), form.get("column"))


def test_the_last_frame_has_the_counts_the_rows_and_the_file(registry, tmp_path):
    first, *_, last = frames(registry, tmp_path, "a good film\n\na bad film")
    assert "0 of 3 rows" in first[0]
    status, plot, agreement, rows, file, judging = last
    assert "3 rows · judged by sentiment-lstm" in status
    assert sum(plot["value"].data[0].y) == 2
    assert "not sure" in agreement
    assert [row[0] for row in rows["value"]] == [1, 2, 3]
    assert rows["value"][1][1:4] == ["Not judged", None, ""]
    assert len(Path(file["value"]).read_text().splitlines()) == 4
    assert first[5] is judging


def test_a_file_is_judged_while_there_is_one_and_never_another_than_that(
    registry, table_csv, tmp_path
):
    other = tmp_path / "other.csv"
    other.write_text("review\na film\n")
    stale = reviews.open_table(other)
    judging = list(frames(registry, tmp_path, "pasted", table_csv, table=stale, column=0))[-1][5]
    assert (judging.table.source.name, judging.column) == ("mine.csv", 1)
    table = reviews.open_table(table_csv)
    judging = list(frames(registry, tmp_path, "", table_csv, table=table, column=2))[-1][5]
    assert judging.column == 2


def test_what_cannot_be_read_is_a_sentence(registry, tmp_path):
    with pytest.raises(InputError, match="pasted text is empty"):
        next(frames(registry, tmp_path, " \n "))
    with pytest.raises(InputError, match=r"none\.csv cannot be read"):
        next(frames(registry, tmp_path, path=tmp_path / "none.csv"))


def test_a_stop_keeps_what_is_done_in_a_file_of_all_rows(registry, tmp_path, monkeypatch):
    monkeypatch.setattr(reviews, "FRAME_SECONDS", 0)
    running = frames(registry, tmp_path, "a good film\n" * 3_000)
    *_, judging = list(islice(running, 4))[-1]
    done = judging.summary().done
    assert 0 < done < 3_000
    status, _, _, rows, file, _ = reviews.stopped(tmp_path, judging)
    list(running)  # what a thread may still be at when the visitor has stopped
    assert judging.summary().done == done
    assert f"after {done:,} rows of 3,000" in re.sub("<.*?>", "", status)
    assert len(rows["value"]) == 200
    frame = pd.read_csv(file["value"])
    assert len(frame) == 3_000
    assert frame["label"].notna().sum() == done


def test_a_stop_before_anything_began_changes_nothing(tmp_path):
    assert len(reviews.stopped(tmp_path, None)) == 6
    assert list(tmp_path.iterdir()) == []


def test_plot_and_rows_are_drawn_ever_more_seldom(registry, tmp_path, monkeypatch):
    monkeypatch.setattr(reviews, "FRAME_SECONDS", 0)
    clock = iter(range(10_000))
    monkeypatch.setattr(reviews, "time", SimpleNamespace(monotonic=lambda: float(next(clock))))
    monkeypatch.setattr(review_table, "GROUP", 8)
    shown = list(frames(registry, tmp_path, "a good film\n" * 320))[1:-1]
    drawn = [place for place, frame in enumerate(shown, 1) if "value" in frame[1]]
    assert drawn == [1, 2, 4, 8, 16, 32][: len(drawn)]
    assert len(drawn) == 6
    assert all(re.search(r"[\d,]+ of 320 rows", frame[0]) for frame in shown)


def test_two_visitors_take_turns(registry, tmp_path, monkeypatch):
    monkeypatch.setattr(reviews, "FRAME_SECONDS", 0.01)
    monkeypatch.setattr(reviews, "TURNS", streaming.Turns())
    order: list[int] = []

    def visit(visitor: int) -> None:
        for _ in frames(registry, tmp_path / str(visitor), "a good film\n" * 4_000):
            order.append(visitor)

    with streaming.TURNS, ThreadPoolExecutor(2) as visitors:  # writers are in nobody's way
        list(visitors.map(visit, (1, 2)))
    first_end = min(len(order) - 1 - order[::-1].index(visitor) for visitor in (1, 2))
    assert min(order[:first_end].count(1), order[:first_end].count(2)) >= 5


def open_many(visit: Visit) -> None:
    visit.tab("Sentiment")
    visit.tab("Many reviews")


def give(visit: Visit, path: Path) -> Locator:
    """Upload a file; what the page tells of it."""
    visit.page.locator("#many-file input[type=file]").set_input_files(path)
    return visit.page.locator("#many-told")


def judge(visit: Visit, model: str = "sentiment-lstm") -> Locator:
    """Press Judge and wait for the end; the status."""
    visit.page.locator("#many-judge").click()
    status = visit.page.locator("#many-status")
    expect(status).to_contain_text(re.compile(rf"judged by {model} · "))
    expect(visit.page.locator("#many-judge")).to_be_enabled()
    return status


def saved(visit: Visit) -> pd.DataFrame:
    with visit.page.expect_download() as download:
        visit.page.locator("#many-save").click()
    return pd.read_csv(download.value.path(), dtype=str, keep_default_na=False)


@pytest.mark.parametrize("visit", SCREENS, indirect=True)
def test_a_table_is_judged_shown_and_saved(visit, table_csv):
    page = visit.page
    open_many(visit)
    told = give(visit, table_csv)
    expect(told).to_contain_text("mine.csv · 4 rows, 4 columns")
    expect(told).to_contain_text("a wonderful film")
    expect(told).to_contain_text("compared with its column sentiment")
    expect(page.locator("#many-column input")).to_have_value("what they said")
    expect(page.locator("#many-text")).to_be_hidden()
    expect(page.locator("#many-save")).to_be_disabled()
    expect(judge(visit)).to_contain_text("4 rows · judged")
    expect(page.locator("#many-status .not_judged")).to_contain_text("1")
    expect(page.locator("#many-plot .main-svg").first).to_be_visible()
    expect(page.locator("#many-agreement")).to_contain_text("of 3 rows agree with the column")
    expect(page.locator("#many-rows")).to_contain_text("Not judged")
    frame = saved(visit)
    assert list(frame.columns) == [*REVIEWS[0], "label", "probability_positive", "note"]
    assert frame.iloc[:, :3].to_numpy().tolist() == [row[:3] for row in REVIEWS[1:]]
    assert frame[NASTY].tolist() == ["'=1+1", "-3", "'@x", ""]
    assert page.locator("#many-rows img, #many-told img, #many-rows script").count() == 0
    visit.check()


def test_pasted_lines_are_judged_one_by_one(visit):
    page = visit.page
    open_many(visit)
    box = page.locator("#many-text textarea")
    expect(box).not_to_have_value("")
    box.fill("first, good film\n\n=1+1 what a film")
    expect(judge(visit)).to_contain_text("3 rows · judged")
    frame = saved(visit)
    assert frame["review"].tolist() == ["first, good film", "", "'=1+1 what a film"]
    assert [bool(label) for label in frame["label"]] == [True, False, True]
    expect(page.locator("#many-agreement")).not_to_contain_text("agree")


def test_the_shown_rows_can_be_sorted(visit):
    page = visit.page
    open_many(visit)
    page.locator("#many-text textarea").fill("what a waste\na wonderful film\nnot bad at all")
    judge(visit)
    rows = page.locator("#many-rows")
    cells = rows.locator("[role=gridcell][data-col='2']")
    expect(cells).to_have_count(3)
    unsorted = cells.all_inner_texts()
    rows.get_by_role("columnheader", name="positive, %").get_by_role("button").click()
    page.get_by_role("menuitem", name="Sort ascending").click()
    expect(cells.first).not_to_have_text(unsorted[0])
    assert cells.all_inner_texts() == sorted(unsorted, key=float) != unsorted


def test_another_column_and_another_header_can_be_chosen(visit, table_csv):
    page = visit.page
    open_many(visit)
    told = give(visit, table_csv)
    expect(told).to_contain_text("4 rows")
    visit.choose("many-column", "sentiment")
    expect(told).to_contain_text("negative")
    page.locator("#many-header input").uncheck()
    expect(told).to_contain_text("5 rows, 4 columns")
    expect(page.locator("#many-column input")).to_have_value("column 2")
    expect(judge(visit)).to_contain_text("5 rows · judged")
    page.locator("#many-file").get_by_role("button", name="Clear").click()
    expect(page.locator("#many-text")).to_be_visible()
    expect(judge(visit)).to_contain_text("3 rows · judged")  # of the pasted example


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "bad.csv is empty"),
        (b"review\n", "no row below its header"),
        (b"PK\x03\x04 a workbook", "save the sheet as CSV"),
        (bytes(range(256)) * 9, "bad.csv is not a text file"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_sentence_and_the_next_one_works(
    visit, table_csv, tmp_path, content, message
):
    open_many(visit)
    (tmp_path / "bad.csv").write_bytes(content)
    give(visit, tmp_path / "bad.csv")
    assert message in visit.toast()
    visit.page.locator("#many-judge").click()
    assert message in visit.toast()
    visit.page.locator("#many-file").get_by_role("button", name="Clear").click()
    expect(give(visit, table_csv)).to_contain_text("4 rows")
    judge(visit)


def test_a_long_table_is_watched_and_stopped(visit, tmp_path):
    page = visit.page
    open_many(visit)
    path = tmp_path / "long.csv"
    path.write_text("review\n" + "a wonderful film with superb acting\n" * 100_001)
    expect(give(visit, path)).to_contain_text("the first 100,000 of its 100,001 rows")
    page.locator("#many-judge").click()
    status = page.locator("#many-status")
    expect(status).to_contain_text(re.compile(r"of 100,000 rows · [\d,]+ a second"))
    expect(page.locator("#many-judge")).to_be_disabled()
    page.locator("#many-stop").click()
    expect(status).to_contain_text("Stopped")
    expect(page.locator("#many-judge")).to_be_enabled()
    frame = saved(visit)
    assert len(frame) == 100_001
    assert 0 < (frame["label"] != "").sum() < 100_000
    assert "100,000 rows" in frame["note"].iloc[-1]
