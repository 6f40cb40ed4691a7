"""Pure functions from verdicts and their explanations to HTML, for the sentiment tab.

Text from outside is always escaped. What can be pointed at carries its words in ``data-tip``, which
``tips.js`` shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from html import escape
from itertools import islice
from typing import Any

from inference.predictions import Attribution, SentimentPrediction
from inference.sentiment import NOT_SURE
from tabs.html import notes
from tabs.texts import sentiment as texts

SHOWN_WORDS = 1_500  # more would make the browser slow
SHOWN_PARTS = 6  # of what can be left out, those with the largest effect
PART_LENGTH = 160  # characters of a part
COMPARED_WORDS = 1_000  # in each text; comparing takes time with the square
ALIKE = 0.4  # share of equal words below which marking the others helps nobody
# Shades of a contribution, by its share of the largest one (but at least of LEAST log-odds).
SHADES = (0.12, 0.35, 0.65)
LEAST = 1.0


def facts(metrics: Mapping[str, Any]) -> list[str]:
    """What is known of a classifier; as much as its metrics.json holds."""
    test = metrics.get("test")
    if not test:
        return ["not evaluated"]
    interval = ""
    if "interval_95" in test:
        low, high = test["interval_95"]
        interval = f"95 % interval {low:.1%} to {high:.1%}; "
    baseline = metrics["baselines"]["bag_of_words"]
    return [
        "trained on IMDB film reviews",
        f"{test['accuracy']:.1%} right on {test['reviews']:,} test reviews that it never saw "
        f"({interval}weighted bag of word pairs: {baseline['accuracy']:.1%}; guessing: 50 %)",
    ]


def empty(sentence: str) -> str:
    """What stands in a place until there is something to show."""
    return f'<div class="empty">{escape(sentence)}</div>'


def percent(p: float) -> str:
    """A probability for a reader; never a flat 0 or 100 %."""
    if p >= 0.995:
        return "over 99 %"
    return "under 1 %" if p <= 0.005 else f"{100 * p:.0f} %"


def signed(value: float, places: int = 1) -> str:
    """Log-odds with their sign, as type sets it; no sign for what rounds to 0."""
    rounded = f"{value:+.{places}f}"
    return rounded.replace("-", "−") if float(rounded) else rounded[1:]


def is_sure(prediction: SentimentPrediction) -> bool:
    """Whether a verdict is outside the middle that is called "not sure"."""
    return not NOT_SURE[0] <= prediction.probabilities["positive"] <= NOT_SURE[1]


# ---- the verdict


def verdict(prediction: SentimentPrediction) -> str:
    """Label, probability and the scale from negative to positive with the unsure middle; the doubts
    about it; and, on one of the page's examples, what it is an example of."""
    label = prediction.label.capitalize() if is_sure(prediction) else "Not sure"
    hint = "" if is_sure(prediction) else f"<small>, leaning {escape(prediction.label)}</small>"
    return _card(
        f'<div class="verdict-line"><span><b class="label">{escape(label)}</b>{hint}</span>'
        f'<b class="percent">{percent(prediction.score)}</b></div>',
        prediction.probabilities["positive"],
        notes(prediction.notes) + _lesson(prediction),
    )


def no_verdict(sentence: str) -> str:
    """The card when there is nothing to judge, and why."""
    return _card(
        '<div class="verdict-line"><span><b class="label">No verdict</b></span></div>',
        None,
        notes([sentence]) if sentence else "",
    )


def _card(head: str, positive: float | None, below: str) -> str:
    marker = "" if positive is None else f'<i style="left:{100 * positive:.1f}%"></i>'
    return (
        f'<div class="verdict">{head}<div class="scale" aria-hidden="true">{marker}</div>'
        '<div class="scale-words" aria-hidden="true"><span>negative</span><span>not sure</span>'
        f"<span>positive</span></div>{below}</div>"
    )


def _lesson(prediction: SentimentPrediction) -> str:
    """What an example is about, and whether this network gets it right."""
    for text, meant, lesson in texts.SENTIMENT_EXAMPLES.values():
        if text == prediction.text:
            told = f"{lesson} {_outcome(meant, prediction)}"
            return f'<div class="lesson">{escape(told)}</div>'
    return ""


def _outcome(meant: str | None, prediction: SentimentPrediction) -> str:
    if meant is None:
        return texts.MEANT_NEITHER
    if not is_sure(prediction):
        return texts.MEANT_UNSURE.format(meant=meant)
    right = meant == prediction.label
    return (texts.MEANT_RIGHT if right else texts.MEANT_WRONG).format(meant=meant)


# ---- before and after


def before_and_after(before: SentimentPrediction, now: SentimentPrediction) -> str:
    """Two verdicts of one network, the change between them, and both texts with what differs."""
    difference = _difference(before.text.split(), now.text.split())
    points = round(100 * (now.probabilities["positive"] - before.probabilities["positive"]))
    change = "no change" if points == 0 else f"{points:+d}".replace("-", "−") + " points"
    return (
        '<div class="what-if"><div class="what-if-numbers">'
        f"{_side('Before', before)}{_side('Now', now)}"
        f"<div><span>Change</span><b>{change}</b></div></div>"
        f'<div class="what-if-text">{difference}</div></div>'
    )


def _side(title: str, prediction: SentimentPrediction) -> str:
    positive = percent(prediction.probabilities["positive"])
    return f"<div><span>{title}</span><b>{positive} positive</b></div>"


def _difference(before: Sequence[str], now: Sequence[str]) -> str:
    """One text with the words that went struck out and those that came underlined."""
    if before == now:
        return texts.SAME_TEXT
    if max(len(before), len(now)) > COMPARED_WORDS:
        return texts.TOO_LONG_TO_MARK
    matcher = SequenceMatcher(None, before, now, autojunk=False)
    if matcher.ratio() < ALIKE:
        return texts.LITTLE_IN_COMMON
    parts = []
    for what, i, j, k, m in matcher.get_opcodes():
        if what == "equal":
            parts.append(escape(" ".join(before[i:j])))
            continue
        if i < j:
            parts.append(f"<del>{escape(' '.join(before[i:j]))}</del>")
        if k < m:
            parts.append(f"<ins>{escape(' '.join(now[k:m]))}</ins>")
    return " ".join(parts)


# ---- why


def words_title(aside: str) -> str:
    """The heading of the words, and what they are waiting for."""
    return f'<h4 class="words-title">{texts.WORDS_TITLE} <small>{escape(aside)}</small></h4>'


def words(attribution: Attribution) -> str:
    """The review, each word shaded by its contribution and marked + or −; how to read it, and how
    the contributions add up."""
    scale = max(LEAST, *map(abs, attribution.contributions))
    without = {o.start: o.positive for o in attribution.omissions if attribution.unit == "word"}
    pairs = zip(attribution.words, attribution.contributions, strict=True)
    spans = [
        f'<span{_shade(value / scale)} data-tip="{escape(_tip(word, value, without.get(place)))}">'
        f"{escape(word)}</span>"
        for place, (word, value) in enumerate(islice(pairs, SHOWN_WORDS))
    ]
    rest = len(attribution.words) - SHOWN_WORDS
    if rest > 0:
        spans.append(f"… and {rest:,} more words, read but not shown")
    return (
        '<div class="words" tabindex="0" role="group" aria-label="The review, word by word; walk '
        f'with the arrow keys">{" ".join(spans)}</div>'
        f'<div class="words-legend">{texts.WORDS_LEGEND}</div>'
        f'<div class="status">{escape(_strongest(attribution))}</div>'
        f'<div class="status">{escape(_sum(attribution))}</div>'
    )


def _shade(share: float) -> str:
    """The class of a word, by its contribution as a share of the largest."""
    level = sum(abs(share) >= bound for bound in SHADES)
    return f' class="{"p" if share > 0 else "n"}{level}"' if level else ""


def _tip(word: str, contribution: float, without: float | None) -> str:
    tip = f"{word}: {signed(contribution)}"
    if signed(contribution) != "0.0":
        tip += f" for {'positive' if contribution > 0 else 'negative'}"
    return tip if without is None else f"{tip}; without it {percent(without)} positive"


def _strongest(attribution: Attribution) -> str:
    """The words that speak most for either side, in words."""
    ranked = sorted(zip(attribution.contributions, attribution.words, strict=True))
    sides = []
    for name, chosen in (("positive", ranked[:-4:-1]), ("negative", ranked[:3])):
        told = [
            f"{word} {signed(value)}"
            for value, word in chosen
            if (value > 0) == (name == "positive") and abs(value) >= 0.05
        ]
        sides.append(f"Most for {name}: {', '.join(told) or 'no word'}.")
    return " ".join(sides)


def _sum(attribution: Attribution) -> str:
    return texts.WORDS_SUM.format(
        baseline=signed(attribution.baseline_logit, 2),
        words=signed(sum(attribution.contributions), 2),
        total=signed(attribution.logit, 2),
        error=attribution.completeness_error,
        model=attribution.model,
    )


def left_out(attribution: Attribution) -> str:
    """What the verdict would be without a word or a sentence, those with the largest effect
    first."""
    if not attribution.omissions:
        return f'<div class="status">{texts.NOTHING_TO_LEAVE_OUT}</div>'
    ranked = sorted(attribution.omissions, key=lambda omission: -abs(omission.effect))
    scale = max(LEAST, abs(ranked[0].effect))
    rows = []
    for omission in ranked[:SHOWN_PARTS]:
        part = attribution.part(omission)
        part = part if len(part) <= PART_LENGTH else part[: PART_LENGTH - 1] + "…"
        side = "p" if omission.effect > 0 else "n"
        rows.append(
            f'<li><span class="part">{escape(part)}</span><b>{percent(omission.positive)}</b>'
            f'<span class="bar {side}"><i style="width:{100 * abs(omission.effect) / scale:.0f}%">'
            f"</i></span><span>{signed(omission.effect)}</span></li>"
        )
    told = texts.LEFT_OUT[attribution.unit]
    return f'<div class="status">{told}</div><ol class="left-out">{"".join(rows)}</ol>'
