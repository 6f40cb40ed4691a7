"""The course of a training as HTML: progress, curves over the seconds, samples; pure functions.
Text from outside is always escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from inference.own_text import Course, beats
from tabs import moving_svg
from tabs.html import notes, small
from tabs.moving_svg import Axis, Level, around, chart, key
from tabs.texts import text as texts

LINES = {"line-train": "train_loss", "line-valid": "valid_loss"}  # what of a report each shows
EARLIER = 3  # samples on show besides the newest
Row = Mapping[str, Any]


def progress(course: Course, seconds: float) -> str:
    """How far the training is, ``seconds`` after it began to learn."""
    spent = min(seconds, course.seconds)
    told = texts.OWN_STAGES[course.stage].format(spent=spent, seconds=course.seconds)
    parts = [f"<b>{told}</b>"]
    if course.rows:
        row = course.rows[-1]
        parts.append(f"{row['rate']:,.0f} characters a second")
        parts.append(f"{row['passes']:.1f} times through your text")
    share = {"starting": 0, "begin": spent, "learning": spent}.get(course.stage, course.seconds)
    return (
        f'<div class="status">{" · ".join(parts)}</div>'
        f"{moving_svg.progress(share / course.seconds)}{notes(course.goals.get('warnings', ()))}"
    )


def curves(course: Course) -> str:
    """The losses over the seconds, beside what they have to come below."""
    if not course.goals:
        return f'<div class="own-empty tall">{texts.OWN_CURVES_EMPTY}</div>'
    goals, rows = _goals(course), _points(course)
    losses = [row[name] for row in rows for name in LINES.values()]
    return chart(
        [(line, [(row["seconds"], row[name]) for row in rows]) for line, name in LINES.items()],
        [Level("line-base", value, f"{label} {value:.2f}") for label, value in goals.items()],
        Axis(0, course.seconds, ((0, "0 s"), (course.seconds, f"{course.seconds:g} s"))),
        around([*goals.values(), *losses]),
        _told(course),
        _kept(course),
    ) + _legend(course)


def _points(course: Course) -> list[Row]:
    """The rows that can be drawn: a loss that is no number is None."""
    return [row for row in course.rows if all(row[name] is not None for name in LINES.values())]


def _goals(course: Course) -> dict[str, float]:
    """What the network has to beat, by name; nats a character."""
    known = course.goals
    return {
        texts.OWN_EVEN.format(kinds=known["kinds"]): known["even_nats_per_char"],
        texts.OWN_COUNTING: known["baseline_nats_per_char"],
    }


def _kept(course: Course) -> list[tuple[str, float, float]]:
    """A dot where the weights are kept from."""
    best = course.best
    if best is None or best["valid_loss"] is None:
        return []
    return [("dot-kept", best["seconds"], best["valid_loss"])]


def _legend(course: Course) -> str:
    entries, rows = dict(texts.OWN_KEY), _points(course)
    if _kept(course):
        entries |= {"dot-kept": texts.OWN_KEPT.format(**course.best)}
    now = {line: f"{rows[-1][name]:.2f}" for line, name in LINES.items()} if rows else {}
    return key(entries, now) + small(texts.OWN_UNIT)


def _told(course: Course) -> str:
    """The curves in words, for who cannot see them."""
    rows = _points(course)
    goals = ", ".join(f"{label} {value:.2f}" for label, value in _goals(course).items())
    if not rows:
        return f"Loss: nothing yet; to come below: {goals}"
    first, last = rows[0]["valid_loss"], rows[-1]["valid_loss"]
    return (
        f"Loss in nats a character: from {first:.2f} to {last:.2f} on text that it does not learn "
        f"from; to come below: {goals}"
    )


def samples(course: Course) -> str:
    """What the network writes now, and what it wrote on its way."""
    rows = course.rows
    if not rows:
        return f'<div class="own-empty">{texts.OWN_SAMPLES_EMPTY}</div>'
    shown = sorted({len(rows) - 1, *(round(i * (len(rows) - 1) / EARLIER) for i in range(EARLIER))})
    return "".join(_sample(rows[i], i == len(rows) - 1) for i in reversed(shown))


def _sample(row: Row, newest: bool) -> str:
    return (
        f'<div class="own-sample{" newest" if newest else ""}"><span class="own-when">'
        f"{row['seconds']:.0f} s</span><pre>{escape(row['text'].strip())}</pre></div>"
    )


def result(name: str, metrics: Mapping[str, Any], course: Course) -> str:
    """How good the finished network is, on the part of the text that it never saw."""
    told = (texts.OWN_BEATS if beats(metrics) else texts.OWN_BEATEN).format(
        nats=metrics["validation_nats_per_char"], counting=metrics["baseline_nats_per_char"],
        baseline=metrics["baseline"].split(",")[0], even=course.goals["even_nats_per_char"],
        count=metrics["validation_characters"],
    )  # fmt: skip
    if "new_share" in metrics:
        told += " " + texts.OWN_NEW_LINES.format(**metrics)
    size = f"{metrics['parameters']:,} parameters, {metrics['cell'].upper()}"
    line = f'<div class="own-result"><b>{escape(name)}</b> ({size}). {told}</div>'
    home = f'<div class="own-home">{texts.OWN_HOME}</div>'
    return line + notes(_hints(metrics, course)) + home


def _hints(metrics: Mapping[str, Any], course: Course) -> list[str]:
    """What the visitor may want to know about the course."""
    rows, best = _points(course), course.best
    if best is None or len(rows) < 2 or best["valid_loss"] is None:
        return []
    if rows[-1]["valid_loss"] > best["valid_loss"] + 0.05:
        return [texts.OWN_BY_HEART.format(**best)]
    return []
