"""What is told of a table: its counts as they are, and nobody's text as markup."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.review_table import Agreement, Judging, Summary, open_table, pasted_table
from tabs import review_html
from tabs.figures import BLUE, GREY, ORANGE, probability_histogram


def plain(markup: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", markup)).strip()


def summary(done: int, total: int = 1_000, **counts: int) -> Summary:
    zero = dict.fromkeys(("negative", "not_sure", "positive", "not_judged"), 0)
    return Summary(total, total, done, **(zero | counts), histogram=(0,) * 20, agreement=None)


@pytest.fixture
def table(tmp_path):
    def open_text(text: str, name: str = "mine.csv"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return open_table(tmp_path / name)

    return open_text


def test_a_file_is_told_with_its_size_its_first_reviews_and_its_labels(table):
    found = table("id,text,label\n1,,0\n2,a fine film,1\n3,a dull film,0\n4,a third,1\n")
    told = plain(review_html.file_told(found, 1, 100))
    assert told.startswith("mine.csv · 4 rows, 3 columns")
    assert "compared with its column label. There, 0 is taken for negative and 1 for" in told
    assert "a fine film a dull film" in told
    assert "a third" not in told
    assert "first" not in told
    assert "compared" not in plain(review_html.file_told(found, 2, 100))
    assert "first 3 of its 4 rows" in plain(review_html.file_told(found, 1, 3))


def test_plain_labels_need_no_explanation(table):
    told = plain(review_html.file_told(table("text,label\na,Positive\nb,negative\n"), 0, 100))
    assert "its column label." in told
    assert "taken for" not in told


@given(st.text(alphabet="<>&\"'ab \t", min_size=1, max_size=20))
@settings(deadline=None)
def test_no_text_of_a_table_becomes_markup(text):
    table = pasted_table(f"{text}x")
    for markup in (
        review_html.file_told(table, 0, 100),
        review_html.finished(summary(1, 1), text, 1.0),
        review_html.agreement(Agreement(text, ((1, 0, 0), (0, 0, 1)), 2, 0)),
    ):
        left = re.sub(r"</?(?:div|b|ul|li|p|table|thead|tbody|tr|th|td|br)(?: class=\"[\w -]+\")?>",
                      "", markup)  # fmt: skip
        assert "<" not in left


def test_progress_tells_speed_and_what_is_left():
    told = review_html.progress(summary(250), 50.0)
    assert 'style="width:25.0%"' in told
    assert plain(told) == "250 of 1,000 rows · 5 a second · about 2 min left"
    assert plain(review_html.progress(summary(999), 10.0)).endswith("about 1 s left")
    assert plain(review_html.progress(summary(0), 0.0)) == "0 of 1,000 rows"


def test_the_end_tells_all_rows_or_where_it_was_stopped():
    assert plain(review_html.finished(summary(1_000), "net", 2.0)) == (
        "1,000 rows · judged by net · 500 a second"
    )
    assert "Stopped after 10 rows of 1,000" in plain(review_html.finished(summary(10), "net", 2.0))


def test_the_tiles_hold_the_counts_and_their_shares():
    tiles = review_html.counts(summary(10, negative=5, not_sure=1, positive=4))
    assert plain(tiles) == "5 50% Negative 1 10% Not sure 4 40% Positive 0 0% Not judged"
    assert "%" not in review_html.counts(summary(0))


def test_agreement_is_told_with_its_interval_and_table():
    told = plain(review_html.agreement(Agreement("truth", ((80, 5, 15), (10, 10, 80)), 170, 3)))
    assert "85.0% of 200 rows agree with the column truth" in told
    assert "(95 % interval 79.4% to 89.3%" in told
    assert "Of the 185 that it is sure of: 86.5%" in told
    assert "3 judged rows say neither" in told
    assert "labelled negative 80 5 15 labelled positive 10 10 80" in told
    assert review_html.agreement(None) == ""
    assert review_html.agreement(Agreement("truth", ((0, 0, 0), (0, 0, 0)), 0, 7)) == ""


class Silent:
    name = "silent"

    def as_judged(self, texts):
        yield from ()


def test_a_row_that_waits_has_dots_and_after_a_stop_a_reason():
    judging = Judging(Silent(), pasted_table("a film\n" + "long " * 100), 0)
    first, second = review_html.cells(judging, running=True)
    assert first == [1, "…", None, "a film", ""]
    assert len(second[3]) == review_html.SHOWN_CHARACTERS
    assert review_html.cells(judging, running=False)[0][1] == "Not judged"
    assert "stopped" in review_html.cells(judging, running=False)[0][4]
    assert len(first) == len(review_html.HEADERS)


def test_how_much_is_on_show_is_said():
    assert "first 200 of 5,000 rows" in review_html.shown(200, 5_000)
    assert "first" not in review_html.shown(200, 200)


def test_the_histogram_has_a_bar_a_bin_and_the_middle_is_grey():
    figure = probability_histogram([*range(20)])
    (bars,) = figure.data
    assert list(bars.y) == [*range(20)]
    assert list(bars.x) == pytest.approx([0.025 + 0.05 * i for i in range(20)])
    assert list(bars.marker.color) == [ORANGE] * 8 + [GREY] * 4 + [BLUE] * 8
    assert bars.customdata[0] == "0% to 5%"
    assert figure.layout.yaxis.dtick is None
    assert probability_histogram([1, 5]).layout.yaxis.dtick == 1
    assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
