"""Pure functions from tables of reviews to HTML and to the cells on show. Text from outside is
always escaped."""

from __future__ import annotations

import math
from html import escape

from inference.review_table import Agreement, Judging, ReviewTable, Summary
from tabs import html
from tabs.texts import sentiment as texts

SHOWN_CHARACTERS = 160  # of a review in the table on the page
EXAMPLES = 2  # reviews that are shown before judging
HEADERS = ["row", "verdict", "positive, %", "review", "note"]
_KINDS = {"negative": "Negative", "not_sure": "Not sure", "positive": "Positive",
          "not_judged": "Not judged"}  # fmt: skip


def file_told(table: ReviewTable, column: int, limit: int) -> str:
    """What a file is like: rows, columns, the first reviews of the chosen column, and what its
    owner should know."""
    name, rows = escape(table.source.name), table.rows
    columns = len(table.columns)
    found = [row.cells[column] for row in table.sample if row.cells[column].strip()]
    quotes = "".join(f"<li>{escape(_short(text))}</li>" for text in found[:EXAMPLES])
    sentences = list(table.source.notes)
    if rows > limit:
        sentences.append(texts.MANY_TOO_MANY.format(limit=limit, rows=rows, name=table.source.name))
    about = f"{rows:,} row{'s' * (rows != 1)}, {columns} column{'s' * (columns != 1)}"
    labels = _labels_told(table, column)
    return (
        f'<div class="file-told"><b>{name}</b> · {about}{labels}'
        f"<ul>{quotes}</ul></div>" + html.notes(sentences)
    )


def _labels_told(table: ReviewTable, column: int) -> str:
    """That the verdicts will be compared with labels; what these mean, where that is a guess."""
    if table.labels is None or table.labels[0] == column:
        return ""
    number, meanings = table.labels
    told = texts.MANY_LABELS.format(column=table.columns[number])
    if {value.casefold() for value in meanings} != {"negative", "positive"}:
        sides = [[v for v, liked in meanings.items() if liked == side] for side in (False, True)]
        negative, positive = (", ".join(sorted(values)) for values in sides)
        told += " " + texts.MANY_MEANINGS.format(negative=negative, positive=positive)
    return "<br>" + escape(told)


def progress(summary: Summary, seconds: float) -> str:
    """A bar with the rows done, their speed and the time that is left."""
    speed = summary.done / seconds if seconds else 0.0
    left = (summary.total - summary.done) / speed if speed else math.inf
    told = f" · {speed:,.0f} a second · {_duration(left)} left" if summary.done else ""
    share = f"{summary.done / summary.total:.1%}"
    return (
        f'<div class="bar" role="progressbar" aria-label="rows judged" aria-valuetext="{share}">'
        f'<i style="width:{share}"></i></div>'
        f'<div class="status">{summary.done:,} of {summary.total:,} rows{told}</div>'
    )


def finished(summary: Summary, model: str, seconds: float) -> str:
    """How it ended: all rows, or stopped after some."""
    rows = f"{summary.done:,} row{'s' * (summary.done != 1)}"
    if summary.done < summary.total:
        return (
            f'<div class="status"><b>Stopped</b> after {rows} of {summary.total:,}, judged by '
            f"{escape(model)}. The file to download has all rows, and says which were not judged."
            "</div>"
        )
    speed = f" · {summary.done / seconds:,.0f} a second" if seconds else ""
    return f'<div class="status">{rows} · judged by {escape(model)}{speed}</div>'


def counts(summary: Summary) -> str:
    """The four counts side by side, each with its share of the rows done."""
    tiles = []
    for kind, words in _KINDS.items():
        count = getattr(summary, kind)
        share = f"{count / summary.done:.0%}" if summary.done else ""
        tiles.append(
            f'<div class="tile {kind}"><b>{count:,}</b><i>{share}</i><span>{words}</span></div>'
        )
    return f'<div class="tiles">{"".join(tiles)}</div>'


def agreement(found: Agreement | None) -> str:
    """How many verdicts agree with the labels of the table, and a table of which do not; nothing
    without labels."""
    if found is None or not found.total:
        return ""
    low, high = found.interval
    said = (
        f"<b>{found.accuracy:.1%}</b> of {found.total:,} rows agree with the column "
        f"<b>{escape(found.column)}</b> (95 % interval {low:.1%} to {high:.1%}; the not sure ones "
        "count by the side of 50 % that they are on)."
    )
    if found.sure:
        said += f" Of the {found.sure:,} that it is sure of: <b>{found.sure_accuracy:.1%}</b>."
    if found.others:
        said += f" {found.others:,} judged rows say neither positive nor negative there."
    rows = "".join(
        f"<tr><th>{name}</th>{''.join(f'<td>{count:,}</td>' for count in row)}</tr>"
        for name, row in zip(("labelled negative", "labelled positive"), found.counts, strict=True)
    )
    return (
        f'<div class="agreement"><p>{said}</p><table class="quantiles"><thead><tr><th></th>'
        "<th>judged negative</th><th>not sure</th><th>judged positive</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def shown(rows: int, of: int) -> str:
    """What not sure means, how much of a table is on show, and how to sort it."""
    first = f"{texts.MANY_SHOWN.format(shown=rows, rows=of)} " if rows < of else ""
    return f'<div class="status">{escape(f"{texts.MANY_UNSURE} {first}{texts.MANY_SORT}")}</div>'


def cells(judging: Judging, running: bool) -> list[list[str | int | float | None]]:
    """The first rows as the page shows them, under HEADERS; while it is running, a row that is not
    reached yet has dots in place of a verdict."""
    found = []
    for number, row in enumerate(judging.table.sample):
        verdict = judging.verdict(number)
        percent = None if verdict.positive is None else round(100 * verdict.positive, 1)
        label, note = verdict.label.capitalize() or "Not judged", verdict.note
        if running and not judging.reached(number):
            label, note = "…", ""
        text = _short(row.cells[judging.column])
        found.append([number + 1, label, percent, text, f"{row.note} {note}".strip()])
    return found


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"about {max(1, round(seconds)):,} s"
    return f"about {round(seconds / 60):,} min"
