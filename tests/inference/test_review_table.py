"""A table is judged as its reviews alone would be; it can be stopped, and loses no row."""

from __future__ import annotations

import csv
import math
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

import inference.review_table
import inference.sentiment
from data.errors import InputError
from inference.predictions import SentimentPrediction
from inference.review_table import (
    Judging,
    ReviewTable,
    open_table,
    pasted_table,
    wilson_interval,
)
from inference.sentiment import NOT_SURE, SentimentClassifier

TEXTS = [f"{'not so bad, ' * (i * 7 % 9)}film number {i}" for i in range(23)]


@pytest.fixture(scope="module")
def classifier(weights_dir) -> SentimentClassifier:
    return SentimentClassifier.from_pretrained(weights_dir / "sentiment-lstm")


class Opinionated:
    """A classifier that believes what a review says: its P(positive) is the last word."""

    name = "opinionated"

    def as_judged(self, texts):
        for row, text in enumerate(texts):
            if text is None or not text.strip():
                yield {row: InputError("The review is empty; type one.")}
            else:
                positive = float(text.split()[-1])
                yield {row: prediction(positive)}


def prediction(positive: float) -> SentimentPrediction:
    probabilities = {"negative": 1 - positive, "positive": positive}
    label = max(probabilities, key=probabilities.get)
    return SentimentPrediction(
        "", label, probabilities[label], probabilities, "opinionated", notes=("A note.",)
    )


def judged(table: ReviewTable, **options: object) -> Judging:
    judging = Judging(Opinionated(), table, table.column, **options)
    for _ in judging.run():
        pass
    return judging


@pytest.fixture
def table(tmp_path):
    def open_text(text: str) -> ReviewTable:
        (tmp_path / "a.csv").write_text(text, encoding="utf-8")
        return open_table(tmp_path / "a.csv")

    return open_text


def written(judging: Judging, path: Path) -> list[list[str]]:
    judging.write(path)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_every_row_gets_the_verdict_that_it_would_get_alone(classifier, monkeypatch):
    monkeypatch.setattr(inference.review_table, "GROUP", 6)
    monkeypatch.setattr(inference.sentiment, "BATCH_PIECES", 60)
    texts = [*TEXTS[:9], "", "!!! ???", *TEXTS[9:]]
    judging = Judging(classifier, pasted_table("\n".join(texts)), 0)
    counts = list(judging.run())
    assert counts == sorted(counts)
    assert counts[-1] == len(texts)
    assert len(counts) > len(texts) / 6
    for row, alone in enumerate(classifier.predict_each(texts)):
        verdict = judging.verdict(row)
        if isinstance(alone, InputError):
            assert (verdict.label, verdict.positive) == ("", None)
            assert verdict.note == f"Not judged. {alone}"
        else:
            assert verdict.positive == pytest.approx(alone.probabilities["positive"], abs=1e-5)
            assert verdict.note == " ".join(alone.notes)


def test_what_comes_batch_by_batch_is_what_predict_each_answers(classifier, monkeypatch):
    monkeypatch.setattr(inference.sentiment, "BATCH_PIECES", 60)
    texts = ["", *TEXTS]
    batches = list(classifier.as_judged(texts, running=True))
    assert list(batches[0]) == [0]  # what cannot be judged comes first
    assert sorted(row for batch in batches for row in batch) == list(range(len(texts)))
    together = {row: answer for batch in batches for row, answer in batch.items()}
    each = classifier.predict_each(texts, running=True)
    assert [together[row] for row in range(1, len(texts))] == each[1:]
    assert len(batches) > 3


def test_short_and_long_batches_take_turns_so_that_progress_is_steady(monkeypatch):
    monkeypatch.setattr(inference.sentiment, "BATCH_PIECES", 100)
    lengths = np.random.default_rng(0).integers(1, 100, 400)
    done = np.cumsum([len(rows) for rows in inference.sentiment._batches(lengths)])
    expected = np.arange(1, len(done) + 1) * 400 / len(done)
    assert np.abs(done - expected).max() < 0.2 * 400  # by length, it would be far off in the middle


@pytest.mark.parametrize(
    ("positive", "label"),
    [(0.0, "negative"), (0.39, "negative"), (NOT_SURE[0], "not sure"), (0.51, "not sure"),
     (NOT_SURE[1], "not sure"), (0.61, "positive"), (1.0, "positive")],
)  # fmt: skip
def test_the_middle_is_not_sure(positive, label):
    assert judged(pasted_table(f"film {positive}")).verdict(0).label == label


def test_the_summary_counts_each_row_once():
    summary = judged(pasted_table("a 0.1\na 0.2\n\na 0.5\na 0.999\n\na 1.0\na 0.7")).summary()
    assert (summary.rows, summary.total, summary.done) == (8, 8, 8)
    assert (summary.negative, summary.not_sure, summary.positive) == (2, 1, 3)
    assert summary.not_judged == 2
    assert sum(summary.histogram) == 6
    assert summary.histogram[-1] == 2
    assert summary.histogram[2] == summary.histogram[4] == 1  # 0.1 and 0.2 open their bins
    assert summary.agreement is None


def test_a_stop_keeps_what_is_done_and_loses_no_row(monkeypatch, tmp_path):
    monkeypatch.setattr(inference.review_table, "GROUP", 4)
    table = pasted_table("\n".join(f"film 0.{i}" for i in range(9)))
    judging = Judging(Opinionated(), table, 0)
    for _ in islice(judging.run(), 6):
        pass
    assert judging.summary().done == 6
    rows = written(judging, tmp_path / "out.csv")[1:]
    assert [row[0] for row in rows] == [f"film 0.{i}" for i in range(9)]
    assert [row[2] for row in rows[:6]] == [f"0.{i}000" for i in range(6)]
    assert all(row[1:3] == ["", ""] and "stopped" in row[3] for row in rows[6:])


def test_rows_beyond_the_limit_are_written_and_say_so(table, tmp_path):
    judging = judged(table("id,review\n1,a 0.1\n2,b 0.9\n3,c 0.9\n"), limit=2)
    assert judging.summary().total == judging.summary().done == 2
    last = written(judging, tmp_path / "out.csv")[3]
    assert last[:4] == ["3", "c 0.9", "", ""]
    assert "only the first 2 rows" in last[4].lower()


def test_a_text_that_may_be_cut_is_not_judged(table, tmp_path):
    found = table("id,review,label\n1,good, really 0.9,1\n2,bad 0.1,0\n3,bad 0.2,0\n")
    rows = written(judged(found), tmp_path / "out.csv")
    assert rows[1][:5] == ["1", "good", " really 0.9,1", "", ""]
    assert "may be cut" in rows[1][5]
    assert [row[3] for row in rows[2:]] == ["negative", "negative"]
    last = judged(table("id,review\n1,good, really 0.9\n2,bad 0.1\n"))
    assert last.verdict(0).label == "positive"  # its comma was put back


def test_labels_in_the_table_are_compared(table):
    judging = judged(table(
        "review,sentiment\na 0.9,positive\nb 0.55,pos\nc 0.2,Positive\nd 0.1,negative\n"
        "e 0.45,negative\nf 0.95,negative\ng 0.1,neutral\nh 0.9,\n,positive\n"
    ))  # fmt: skip
    agreement = judging.summary().agreement
    assert agreement.column == "sentiment"
    assert agreement.counts == ((1, 1, 1), (1, 1, 1))
    assert (agreement.total, agreement.right, agreement.others) == (6, 4, 2)
    assert agreement.accuracy == pytest.approx(4 / 6)
    assert (agreement.sure, agreement.sure_accuracy) == (4, 0.5)


def test_nothing_compared_is_nan_and_the_reviews_are_not_their_own_labels(table):
    found = table("text,label\n0.9,1\n0.8,0\n")
    before = Judging(Opinionated(), found, 0).summary().agreement
    assert math.isnan(before.accuracy)
    assert math.isnan(before.sure_accuracy)
    assert before.interval == (0.0, 1.0)
    assert Judging(Opinionated(), found, 1).summary().agreement is None


def test_the_interval_is_wilsons():
    assert wilson_interval(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson_interval(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert wilson_interval(9136, 10_000) == pytest.approx((0.9079, 0.9190), abs=1e-4)
    for right, total in ((1, 2), (3, 7), (940, 1000)):
        low, high = wilson_interval(right, total)
        for bound in (low, high):  # it solves |p - bound| = z sqrt(bound (1 - bound) / n)
            error = 1.959964 * math.sqrt(bound * (1 - bound) / total)
            assert abs(right / total - bound) == pytest.approx(error, rel=1e-6)
