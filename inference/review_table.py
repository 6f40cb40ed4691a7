"""Many reviews: a table judged batch by batch, counted, compared with its own labels, and written.

What the page and the command line do with a table. How a table is read and written is
`data.review_table`'s, what a review is worth `inference.sentiment`'s.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from data.errors import InputError
from data.review_table import ReviewTable, Row, open_table, pasted_table, write_judged
from inference.predictions import SentimentPrediction
from inference.sentiment import NEGATIVE, NOT_SURE, POSITIVE, SentimentClassifier

# The page gets its tables from here too.
__all__ = ["Agreement", "Judging", "ReviewTable", "Summary", "Verdict", "open_table",
           "pasted_table"]  # fmt: skip

UNSURE = "not sure"
VERDICTS = (NEGATIVE, UNSURE, POSITIVE)
GROUP = 512  # rows judged together, by length: few, so that a Stop leaves gaps only at the end
BINS = 20  # of the histogram
STOPPED = "Not judged. It was stopped before its turn."
BEYOND = "Not judged. Only the first {limit:,} rows were."
TORN = InputError("Its text may be cut at a delimiter; put the texts of the table in quotes.")


class Verdict(NamedTuple):
    """What a row got: a label, P(positive) and a note; no label and None where it was not
    judged."""

    label: str
    positive: float | None
    note: str


@dataclass(frozen=True)
class Agreement:
    """The verdicts on rows that had a right answer in the column named ``column``.

    counts: (labelled negative, labelled positive) x (judged negative, not sure, judged positive).
    right: how many were on the right side of one half, the not sure among them. others: judged rows
    whose cell there says neither.
    """

    column: str
    counts: tuple[tuple[int, int, int], tuple[int, int, int]]
    right: int
    others: int

    @property
    def total(self) -> int:
        """The rows compared."""
        return sum(map(sum, self.counts))

    @property
    def accuracy(self) -> float:
        """Share of the rows on the right side of one half; NaN without a row."""
        return self.right / self.total if self.total else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the accuracy, by Wilson (1927)."""
        return wilson_interval(self.right, self.total)

    @property
    def sure(self) -> int:
        """The rows with a verdict other than not sure."""
        return self.total - sum(row[1] for row in self.counts)

    @property
    def sure_accuracy(self) -> float:
        """Share of right ones among the sure; NaN without one."""
        return (self.counts[0][0] + self.counts[1][2]) / self.sure if self.sure else math.nan

    def to_json(self) -> dict[str, Any]:
        """The figures as plain JSON values; shares that nobody knows are null."""
        return {
            "column": self.column,
            "rows": self.total,
            "accuracy": round(self.accuracy, 6) if self.total else None,
            "interval": [round(bound, 6) for bound in self.interval],
            "sure": self.sure,
            "sure_accuracy": round(self.sure_accuracy, 6) if self.sure else None,
            "labelled_negative": dict(zip(VERDICTS, self.counts[0], strict=True)),
            "labelled_positive": dict(zip(VERDICTS, self.counts[1], strict=True)),
        }


@dataclass(frozen=True)
class Summary:
    """Counts of a table: its ``rows``, those to judge (``total``), those ``done``, which are
    negative, not_sure, positive or not_judged. histogram: P(positive) in BINS equal bins."""

    rows: int
    total: int
    done: int
    negative: int
    not_sure: int
    positive: int
    not_judged: int
    histogram: tuple[int, ...]
    agreement: Agreement | None

    def to_json(self) -> dict[str, Any]:
        """The counts as plain JSON values, and the agreement where there are labels."""
        judged = self.negative, self.not_sure, self.positive
        counts = dict(zip(VERDICTS, judged, strict=True)) | {"not judged": self.not_judged}
        agreement = self.agreement and self.agreement.to_json()
        return {"rows": self.rows, "done": self.done, "counts": counts, "agreement": agreement}


class Judging:
    """One table on its way through a classifier: what is done so far, by row.

    limit: judge no more than so many rows, from the first.
    """

    def __init__(
        self, classifier: SentimentClassifier, table: ReviewTable, column: int,
        limit: int | None = None,
    ) -> None:  # fmt: skip
        self.table, self.column, self.model = table, column, classifier.name
        self.total = table.rows if limit is None else min(limit, table.rows)
        self._classifier = classifier
        self._labels = table.labels if table.labels and table.labels[0] != column else None
        self._positive = np.full(self.total, np.nan)  # NaN: not judged
        self._answer = np.full(self.total, np.nan)  # of the column of labels: 1, 0, or NaN
        self._reached = np.zeros(self.total, dtype=bool)
        self._notes: dict[int, str] = {}
        self._stopped = False

    def run(self) -> Iterator[int]:
        """Judge the rows; yields the number done, after each batch. Whoever stops asking keeps
        what is done. Raises InputError when the file is gone."""
        rows, first = islice(iter(self.table), self.total), 0
        while group := list(islice(rows, GROUP)):
            self._answer[first : first + len(group)] = [self._right_answer(row) for row in group]
            texts = [None if self._is_torn(row) else row.cells[self.column] for row in group]
            for batch in self._classifier.as_judged(texts):
                if self._stopped:
                    return
                for i, answer in batch.items():
                    self._keep(first + i, TORN if texts[i] is None else answer)
                yield int(self._reached.sum())
            first += len(group)

    def stop(self) -> None:
        """Keep nothing more, also when another thread is still at a batch."""
        self._stopped = True

    def reached(self, row: int) -> bool:
        """Whether the row of this number is done."""
        return row < self.total and bool(self._reached[row])

    def verdict(self, row: int) -> Verdict:
        """What the row of this number got."""
        if row >= self.total:
            return Verdict("", None, BEYOND.format(limit=self.total))
        if not self.reached(row):
            return Verdict("", None, STOPPED)
        positive, note = float(self._positive[row]), self._notes.get(row, "")
        if math.isnan(positive):
            return Verdict("", None, note)
        low, high = NOT_SURE
        label = NEGATIVE if positive < low else POSITIVE if positive > high else UNSURE
        return Verdict(label, positive, note)

    def summary(self) -> Summary:
        """The counts so far."""
        positive = self._positive[~np.isnan(self._positive)]
        done = int(self._reached.sum())
        negative, not_sure, liked = _by_verdict(positive)
        histogram, _ = np.histogram(positive, BINS, (0.0, 1.0))
        return Summary(
            self.table.rows, self.total, done, negative, not_sure, liked, done - len(positive),
            tuple(histogram.tolist()), self._agreement(),
        )  # fmt: skip

    def told(self) -> str:
        """The counts so far in words, and how many agree with the labels where there are some."""
        summary = self.summary()
        listed = (f"{count:,} {name}" for name, count in summary.to_json()["counts"].items())
        lines = [f"{summary.done:,} of {summary.rows:,} rows by {self.model}: {', '.join(listed)}"]
        if (found := summary.agreement) and found.total:
            low, high = found.interval
            lines.append(
                f"{found.accuracy:.1%} of {found.total:,} rows agree with the column {found.column}"
                f" (95 % interval {low:.1%} to {high:.1%})"
            )
        return "\n".join(lines)

    def write(self, path: Path) -> None:
        """Write the whole table with the verdicts so far; rows without one say why."""
        verdicts = (self.verdict(row) for row in range(self.table.rows))
        write_judged(path, self.table, verdicts)

    def _keep(self, row: int, answer: SentimentPrediction | InputError) -> None:
        if isinstance(answer, InputError):
            self._notes[row] = f"Not judged. {answer}"
        else:
            self._positive[row] = answer.probabilities[POSITIVE]
            if answer.notes:
                self._notes[row] = " ".join(answer.notes)
        self._reached[row] = True

    def _is_torn(self, row: Row) -> bool:
        """Whether the text of a row may be cut; surplus cells belong to the last column."""
        return row.torn and self.column != len(self.table.columns) - 1

    def _right_answer(self, row: Row) -> float:
        """1 for positive, 0 for negative, NaN where the table does not say."""
        if self._labels is None:
            return math.nan
        column, meanings = self._labels
        return float(meanings.get(row.cells[column].strip(), math.nan))

    def _agreement(self) -> Agreement | None:
        if self._labels is None:
            return None
        judged = ~np.isnan(self._positive)
        known = judged & ~np.isnan(self._answer)
        positive, answer = self._positive[known], self._answer[known] == 1
        return Agreement(
            self.table.columns[self._labels[0]],
            (_by_verdict(positive[~answer]), _by_verdict(positive[answer])),
            int(np.sum((positive > 0.5) == answer)),
            int(judged.sum() - known.sum()),
        )


def _by_verdict(positive: np.ndarray) -> tuple[int, int, int]:
    """How many P(positive) (N,) are negative, not sure and positive."""
    low, high = NOT_SURE
    negative, liked = int(np.sum(positive < low)), int(np.sum(positive > high))
    return negative, len(positive) - negative - liked, liked


def wilson_interval(right: int, total: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927): (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n).

    It stays within 0 and 1 and does not collapse at either end; 0 to 1 for nothing.
    """
    if not total:
        return 0.0, 1.0
    z, p = 1.959964, right / total
    centre = p + z * z / (2 * total)
    half = z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)
