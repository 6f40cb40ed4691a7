"""What is measured of a network that reads dates, and its model card.

Exact match: the share of dates of which all ten characters are right. Everything goes through the
predictor that the app ships. Nothing is trained or chosen here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from dateutil import parser

from data.translation import Example
from data.written_dates import FIRST_DAY, LANGUAGES, LAST_DAY, OTHER_STYLES, other_examples
from inference.translation import DateTranslator
from training.card import ModelCard, Result, write_checkpoint_docs
from training.metrics import accuracy_interval

BASELINE = "dateutil, a parser by rules for English"
OTHER_DAYS = 500  # of the test, written in each of the styles that were never learned
FAILS = 0.99  # a style of which fewer are exact is called one that fails
MISTAKES = 20  # shown


def evaluate(folder: Path, test: Sequence[Example]) -> dict[str, Any]:
    """All figures of a checkpoint on the dates of ``test``, beside dateutil's."""
    translator = DateTranslator.from_pretrained(folder)
    answers = translator.answers([e.source for e in test])
    right = [e.answer == answer for e, answer in zip(test, answers, strict=True)]
    parsed = [by_rules(e.source) == e.answer for e in test]
    exact = sum(right) / len(test)
    english = [e.language in ("en", "") for e in test]
    others = other_examples([date.fromisoformat(e.answer) for e in test[:OTHER_DAYS]])
    read = translator.answers([e.source for e in others])
    other_right = [e.answer == answer for e, answer in zip(others, read, strict=True)]
    return {
        "test_dates": len(test),
        "exact": exact,
        "interval_95": accuracy_interval(exact, len(test)),
        "english": _exact(_where(right, english)),
        "baseline": {
            "name": BASELINE,
            "exact": _exact(parsed),
            "english": _exact(_where(parsed, english)),
        },
        "styles": _by([e.style for e in test], right, parsed),
        "languages": _by([e.language or "digits" for e in test], right, parsed),
        "other_styles": _by(
            [e.style for e in others], other_right, [by_rules(e.source) == e.answer for e in others]
        ),
        "mistakes": [
            {"source": e.source, "answer": answer, "right": e.answer}
            for e, answer in zip(test, answers, strict=True)
            if e.answer != answer
        ][:MISTAKES],
    }


def by_rules(source: str) -> str:
    """What dateutil reads, as ten characters; empty when it reads nothing. It is told that the day
    comes first unless the year does."""
    try:
        found = parser.parse(source, default=datetime(1, 1, 1), dayfirst=not source[:4].isdigit())
    except (ValueError, OverflowError):  # ParserError is a ValueError
        return ""
    return found.date().isoformat()


def failing(metrics: dict[str, Any]) -> dict[str, float]:
    """The styles, learned or not, of which less than FAILS are exact, the worst first."""
    styles = metrics["styles"] | metrics["other_styles"]
    shares = {name: entry["exact"] for name, entry in styles.items() if entry["exact"] < FAILS}
    return dict(sorted(shares.items(), key=lambda item: item[1]))


def _where(values: Iterable[bool], chosen: Iterable[bool]) -> list[bool]:
    return [value for value, is_chosen in zip(values, chosen, strict=True) if is_chosen]


def _exact(right: Sequence[bool]) -> float | None:
    """Share of what is right; None of nothing."""
    return sum(right) / len(right) if right else None


def _by(
    groups: Sequence[str], right: Sequence[bool], parsed: Sequence[bool]
) -> dict[str, dict[str, Any]]:
    """For each group the number of dates, the share that the network has exact, and dateutil's."""
    found = {}
    for group in sorted(set(groups)):
        inside = [other == group for other in groups]
        found[group] = {
            "dates": sum(inside),
            "exact": _exact(_where(right, inside)),
            "baseline": _exact(_where(parsed, inside)),
        }
    return found


def write_docs(folder: Path, history: Sequence[dict[str, float]], metrics: dict[str, Any]) -> None:
    """Write history.csv, metrics.json and the model card."""
    write_checkpoint_docs(
        folder, history=history, metrics=metrics, card=_card(folder.name, metrics)
    )


def _card(name: str, metrics: dict[str, Any]) -> ModelCard:
    split = f"{metrics['test_dates']:,} unseen dates"
    results = [
        Result(
            metric="exact_match",
            name="Exact match (share of dates)",
            value=metrics["exact"],
            dataset="Written dates",
            split=split,
            baseline_name=BASELINE,
            baseline_value=metrics["baseline"]["exact"],
        )
    ]
    if metrics["english"] is not None:
        results.append(
            Result(
                metric="exact_match",
                name="Exact match, English and digits alone",
                value=metrics["english"],
                dataset="Written dates",
                split=f"{split}, those in English or digits",
                baseline_name=BASELINE,
                baseline_value=metrics["baseline"]["english"],
            )
        )
    return ModelCard(
        name=name,
        title=f"{name}: dates as people write them, into ISO 8601",
        task_tag="translation",
        description=DESCRIPTION + _table(metrics["styles"]),
        data=DATA.format(
            count=metrics["training"]["train_dates"], languages=len(LANGUAGES),
            first=FIRST_DAY.year, last=LAST_DAY.year,
        ),
        limits=_limits(metrics),
        usage=USAGE.format(name=name),
        results=results,
    )  # fmt: skip


def _table(styles: dict[str, dict[str, Any]]) -> str:
    lines = ["| style | dates | exact | dateutil |", "|---|---:|---:|---:|"]
    lines += [
        f"| {name} | {entry['dates']:,} | {entry['exact']:.1%} | {entry['baseline']:.1%} |"
        for name, entry in styles.items()
    ]
    return "\n".join(lines)


def _limits(metrics: dict[str, Any]) -> str:
    worst = failing(metrics)
    unlearned = ", ".join(
        f"{name}: {share:.0%}" for name, share in worst.items() if name in metrics["other_styles"]
    )
    learned = ", ".join(
        f"{name}: {share:.1%}" for name, share in worst.items() if name in metrics["styles"]
    )
    return LIMITS.format(
        unlearned=unlearned or "none", learned=learned or "none", tried=len(OTHER_STYLES) + 1,
        fails=FAILS,
    )  # fmt: skip


DESCRIPTION = """A bidirectional LSTM reads the characters of a date, and an LSTM with additive
attention (Bahdanau et al., 2015) writes it as YYYY-MM-DD, a character a step, fed its own previous
one. The attention says where it looked at each step. That is not the same as why: a state of the
encoder knows of the characters around it.

How many of the test dates are exact, by the way they are written:

"""

DATA = """{count:,} dates, made from a seed: days of the years {first} to {last} in the patterns and
names of {languages} languages of the Unicode CLDR (through Babel), with commas, dots and accents
left out at times. Each example is of another day, so neither a string nor an answer of the test was
seen. Every string means one day: two-digit years and dates such as 3/5/1979 were left out."""

LIMITS = """- It writes ten characters whatever it reads; nonsense gets a date too, at times one
  that the network is sure of.
- Two-digit years, and 3/5/1979, which may be May or March, cannot be answered from the text alone.
- Of {tried} styles that it never learned, these fail (share that is exact, below {fails:.0%}):
  {unlearned}.
- Of the styles that it learned, these fail: {learned}."""

USAGE = """
from inference.translation import DateTranslator

translator = DateTranslator.from_pretrained("weights/{name}")
found = translator.translate("thursday 3 may 1979")
print(found.answer, found.attention.shape, found.notes)
print(translator.translate("thursday 3 may 1979", forced="1980").answer)
"""
