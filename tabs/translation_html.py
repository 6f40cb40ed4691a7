"""Pure functions from a read date and the figures of its network to HTML.

Text from outside is always escaped. The view of the attention is ``translation_view``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from html import escape
from typing import Any

from inference.translation import FREE, DateTranslation
from tabs.html import notes
from tabs.texts import dates as texts

FAILS = 0.99  # a style with a smaller share of exact dates is marked


def facts(metrics: Mapping[str, Any]) -> list[str]:
    """What is known of a network; as much as its metrics.json holds."""
    if "exact" not in metrics:
        return ["not evaluated"]
    baseline = metrics["baseline"]
    low, high = metrics["interval_95"]
    languages = len(metrics["languages"].keys() - {"digits"})
    return [
        f"trained on {metrics['training']['train_dates']:,} dates in {languages} languages",
        f"{share(metrics['exact'], 2)} of {metrics['test_dates']:,} dates that it never saw are "
        f"exact (95 % interval {share(low, 2)} to {share(high, 2)}; {baseline['name']}: "
        f"{share(baseline['exact'])})",
        f"of those in English or digits alone {share(metrics['english'], 2)} "
        f"(dateutil: {share(baseline['english'])})",
        f"{metrics['parameters']:,} parameters",
    ]


def share(value: float, places: int = 1) -> str:
    """A share of dates in percent; 100 only for all of them."""
    if value == 1:
        return "100%"
    told = f"{value:.{places}%}"
    return f"over {1 - 10 ** -(places + 2):.{places}%}" if told.startswith("100") else told


def example_label(title: str, figures: Mapping[str, Any] | None) -> str:
    """A style that was never learned, and the share of its dates that is exact."""
    return title if figures is None else f"{title}: {figures['exact']:.0%}"


# ---- what is said of an answer


def told(found: DateTranslation, metrics: Mapping[str, Any]) -> str:
    """The answer, the day in words, what was forced, what speaks against it; and on one of the
    page's examples, whether it is right."""
    return (
        '<div class="date-answer"><div class="date-line"><b>'
        f"{escape(found.answer)}</b><span>{escape(_in_words(found.answer))}</span></div>"
        f"{_forced(found)}{notes(found.notes)}{_lesson(found, metrics)}</div>"
    )


def _in_words(answer: str) -> str:
    """The day with its weekday, or that there is none."""
    try:
        day = date.fromisoformat(answer)
    except ValueError:
        return texts.NO_DAY
    return f"{day:%A}, {day.day} {day:%B} {day.year}"


def _forced(found: DateTranslation) -> str:
    """Which characters were forced, and what the network itself gave to each."""
    forced = [
        f"{character} in place {place} (the network gave it {_given(probability)})"
        for place, (character, probability) in enumerate(
            zip(found.forced, found.probabilities, strict=True), 1
        )
        if character != FREE
    ]
    if not forced:
        return ""
    return f'<div class="status">{escape(texts.FORCED.format(forced=", ".join(forced)))}</div>'


def _given(probability: float) -> str:
    if probability >= 0.995:
        return "over 99 %"
    return "under 1 %" if probability < 0.005 else f"{100 * probability:.0f} %"


def _lesson(found: DateTranslation, metrics: Mapping[str, Any]) -> str:
    """On an example whose answer is free: whether it is right, and how often that is so."""
    if set(found.forced) != {FREE}:
        return ""
    for written, meant in texts.DATE_EXAMPLES.values():
        if written == found.text:
            return _lesson_line([_outcome(found, meant)])
    for style, (_, written, meant) in texts.UNLEARNED_DATES.items():
        if written == found.text:
            figures = metrics.get("other_styles", {}).get(style)
            return _lesson_line([_outcome(found, meant), *_often(figures)])
    return ""


def _outcome(found: DateTranslation, meant: str | None) -> str:
    if meant is None:
        return texts.DATE_UNCLEAR
    return (texts.DATE_RIGHT if found.answer == meant else texts.DATE_WRONG).format(meant=meant)


def _often(figures: Mapping[str, Any] | None) -> list[str]:
    """How often a style that was never learned is read right."""
    if figures is None:
        return []
    shares = {name: share(figures[name]) for name in ("exact", "baseline")}
    return [texts.UNLEARNED.format(dates=figures["dates"], **shares)]


def _lesson_line(sentences: Iterable[str]) -> str:
    return f'<div class="date-lesson">{escape(" ".join(sentences))}</div>'


# ---- the figures by style


def figures(metrics: Mapping[str, Any]) -> str:
    """Three tables of exact dates beside the baseline's: styles that were never learned (the worst
    first), styles that were, and languages."""
    unlearned = sorted(metrics.get("other_styles", {}).items(), key=lambda style: style[1]["exact"])
    languages = [
        (texts.LANGUAGES.get(code, code), row) for code, row in metrics["languages"].items()
    ]
    return (
        f'<div class="status">{escape(texts.DATE_FIGURES)}</div>'
        f'<div class="date-tables">{_table("Styles it never learned", unlearned)}'
        f"{_table('Styles it learned', metrics['styles'].items())}"
        f"{_table('Languages it learned', sorted(languages))}</div>"
    )


def _table(title: str, rows: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    body = "".join(
        f"<tr><td>{escape(name)}</td><td>{row['dates']:,}</td><td>{_marked(row['exact'])}</td>"
        f"<td>{share(row['baseline'])}</td></tr>"
        for name, row in rows
    )
    return (
        '<div class="scroll-x"><table class="quantiles"><thead><tr>'
        f"<th>{escape(title)}</th><th>dates</th><th>network</th><th>dateutil</th></tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _marked(exact: float) -> str:
    """A share with a sign where the style fails."""
    return f'<b class="fails">✗ {share(exact)}</b>' if exact < FAILS else share(exact)
