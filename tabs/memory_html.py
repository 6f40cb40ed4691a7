"""A small network in training, in HTML: its curves while it learns, then its figures on the test.

Pure functions; what they get is what the reports of ``training.memory`` say, and its metrics. Text
from a person's file is escaped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

from tabs.moving_svg import (
    PERCENT,
    Axis,
    Level,
    chart,
    decades,
    key,
    linear,
    progress,
    round_up,
    scatter,
    steps,
)
from tabs.texts import memory as texts

FIRST_END = 100  # training steps that the axis shows at the least
MAX_SHOWN = 20  # classes of which the confusion is drawn
NO_RIGHT = "–"  # where a share is not defined


@dataclass
class TrainingView:
    """What was heard of a training so far."""

    start: dict[str, Any] = field(default_factory=dict)
    rows: list[dict[str, float]] = field(default_factory=list)
    end: dict[str, Any] = field(default_factory=dict)

    def hear(self, report: dict[str, Any]) -> None:
        """Add a report."""
        if report["kind"] == "check":
            self.rows.append(report)
        else:
            setattr(self, report["kind"], report)


def told(sentences: list[str] | tuple[str, ...]) -> str:
    """What was found in a file."""
    return f'<div class="told">{" ".join(map(escape, sentences))}</div>' if sentences else ""


def status(view: TrainingView) -> str:
    """How far the training is, or how it ended."""
    if not view.rows:
        return f'<div class="status">{texts.TRAIN_STARTS}</div>{progress(0)}'
    row = view.rows[-1]
    said = f"step {row['step']:,} · {row['seconds']:.1f} s · {_speed(row)}"
    if view.end:
        metrics = view.end["metrics"]
        said += (
            f" · ended because {escape(metrics['ended'])}; the weights of step "
            f"{metrics['best_step']:,.0f} are kept"
        )
    return f'<div class="status">{said}</div>{progress(1.0 if view.end else row["progress"])}'


def curves(view: TrainingView) -> str:
    """Loss, score and gradient norm over the training steps; the baseline once it is known."""
    answer, baseline = view.start.get("answer", "class"), view.start.get("baseline")
    losses = [value for part in ("train", "valid") for _, value in _points(view, f"{part}_loss")]
    most = 3 * baseline["loss"] if baseline else 1.0
    highest = linear([*losses, baseline["loss"] if baseline else 1.0], most)
    return (
        '<div class="learning">'
        + _pair(view, "loss", texts.LOSS_TITLES[answer], highest)
        + _pair(view, "score", texts.SCORE_TITLES[answer], PERCENT)
        + _norm(view)
        + "</div>"
    )


def examination(metrics: dict[str, Any], are_new: bool = True) -> str:
    """The figures of the test, each beside the baseline; ``are_new``: its examples are known to be
    none that were learned from."""
    test, answer = metrics["test"], metrics["answer"]
    return (
        _headline(test, answer, texts.NEW_EXAMPLES if are_new else texts.GIVEN_EXAMPLES)
        + (_pairs(test) if answer == "number" else _confusion(test))
        + (_classes(test) if answer != "number" else "")
    )


def checkpoint_line(name: str, series: Any, cell: str, parameters: int) -> str:
    """What a network that was brought reads and answers."""
    if series.problem in texts.PROBLEM_TITLES:
        task = f"{texts.PROBLEM_TITLES[series.problem]}, {series.distance} steps"
    else:
        kind = "a number" if series.answer == "number" else f"{len(series.classes)} classes"
        task = f"own data, {len(series.features)} features, {kind}"
    return (
        f'<div class="model-line"><b>{escape(name)}</b> · {escape(cell.upper())} · {escape(task)} '
        f"· {parameters:,} parameters</div>"
    )


def _pair(view: TrainingView, what: str, title: str, axis: Axis) -> str:
    """Training and validation of one measure, beside the baseline."""
    lines = [(f"line-{part}", _points(view, f"{part}_{what}")) for part in ("train", "valid")]
    levels, entries, now = [], dict(texts.CURVE_KEY), "–"
    if baseline := view.start.get("baseline"):
        levels = [Level("line-base", baseline[what])]
        entries |= {"line-base": baseline["name"]}
    if view.rows:
        value = view.rows[-1][f"valid_{what}"]
        shown = ".1%" if what == "score" else ".3f"
        now = "not a number" if value is None else f"{value:{shown}}"
    drawn = chart(lines, levels, steps(_end(view)), axis, f"{title} in validation: {now}")
    return _figure(title, now, drawn, key(entries))


def _norm(view: TrainingView) -> str:
    """The gradient norm before clipping, beside the threshold where there is one."""
    clip, points = view.start.get("clip_norm", 0.0), _points(view, "gradient_norm")
    levels, entries, now = [], dict(texts.NORM_KEY), "–"
    if clip:
        levels = [Level("line-base", clip)]
        entries |= {"line-base": f"clipped above {clip:g}"}
    if view.rows and view.rows[-1]["gradient_norm"] is not None:
        row = view.rows[-1]
        counted = f"{row['clipped']:.0%} of steps clipped" if clip else texts.NO_CLIP
        now = f"{row['gradient_norm']:.2g} · {counted}"
    axis = decades([*(norm for _, norm in points), *(level.value for level in levels)])
    lines = [("line-valid", points)]
    drawn = chart(lines, levels, steps(_end(view)), axis, f"gradient norm: {now}")
    return _figure("gradient norm", now, drawn, key(entries))


def _figure(title: str, now: str, drawn: str, below: str) -> str:
    return (
        f'<section><h4>{escape(title)} <span class="now">{escape(now)}</span></h4>{drawn}{below}'
        "</section>"
    )


def _headline(test: dict[str, Any], answer: str, which: str) -> str:
    baseline = test["baseline"]
    score = f"<b>{test['score']:.1%}</b> {texts.SCORE_TITLES[answer]}"
    error = ""
    if test["error"] is not None:
        error = f" Off by {test['error']:.4g} on average."
    return (
        f'<p class="measured">{score} on {test["examples"]:,} {which}; '
        f"{escape(baseline['name'])}: {baseline['score']:.1%}.{error} "
        f"<small>{texts.LOSS_TITLES[answer]}: {test['loss']:.4f}, {escape(baseline['name'])} "
        f"{baseline['loss']:.4f}</small></p>"
    )


def _confusion(test: dict[str, Any]) -> str:
    names = [entry["class"] for entry in test["per_class"]][:MAX_SHOWN]
    head = "".join(f"<th>{_short(name)}</th>" for name in names)
    rows = ""
    for r, name in enumerate(names):
        counts = test["confusion"][r]
        total = sum(counts) or 1
        cells = "".join(
            f'<td{" class=right" if c == r else ""} style="--share:{counts[c] / total:.3f}">'
            f"{counts[c]:,}</td>"
            for c in range(len(names))
        )
        rows += f"<tr><th>{_short(name)}</th>{cells}</tr>"
    left = len(test["per_class"]) - len(names)
    more = f'<div class="status">and {left} classes more, in the table</div>' if left else ""
    return (
        f"<h4>{texts.CONFUSION_TITLE}</h4>"
        f'<div class="scroll-x"><table class="confusion"><thead><tr><th></th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{more}"
    )


def _classes(test: dict[str, Any]) -> str:
    total = sum(entry["examples"] for entry in test["per_class"]) or 1
    rows = "".join(
        f"<tr><td>{_short(entry['class'])}</td><td>{entry['examples']:,}</td>"
        f"<td>{_percent(entry['recall'])}</td><td>{_percent(entry['precision'])}</td>"
        f"<td>{entry['examples'] / total:.1%}</td></tr>"
        for entry in test["per_class"]
    )
    return (
        f"<h4>{texts.CLASSES_TITLE}</h4>"
        '<div class="scroll-x"><table class="quantiles"><thead><tr><th>class</th><th>examples</th>'
        "<th>found</th><th>right</th><th>right by always saying it</th></tr></thead>"
        f'<tbody>{rows}</tbody></table></div><div class="status">{texts.CLASSES_NOTE}</div>'
    )


def _pairs(test: dict[str, Any]) -> str:
    truths = [truth for truth, _ in test["pairs"]]
    low, high = min(truths), max(truths)
    note = f"{len(truths):,} of {test['examples']:,} examples; on the line, the answer is right."
    return (
        f"<h4>{texts.PAIRS_TITLE}</h4>"
        + scatter(test["pairs"], low, high, f"{texts.PAIRS_TITLE}: {note}")
        + f'<div class="status">{note}</div>'
    )


def _points(view: TrainingView, name: str) -> list[tuple[float, float]]:
    return [(row["step"], row[name]) for row in view.rows if row[name] is not None]


def _end(view: TrainingView) -> float:
    """Where the axis ends: about the step at which the training will, if nothing ends it before."""
    if view.end or not view.rows:
        return max(FIRST_END, view.rows[-1]["step"] if view.rows else 0)
    row = view.rows[-1]
    return round_up(max(FIRST_END, row["step"] / max(row["progress"], 0.05)))


def _speed(row: dict[str, float]) -> str:
    return f"{row['step'] / max(row['seconds'], 1e-3):,.0f} steps a second"


def _percent(share: float | None) -> str:
    return NO_RIGHT if share is None else f"{share:.1%}"


def _short(name: str) -> str:
    return escape(name if len(name) <= 24 else name[:23] + "…")
