"""Pure functions from what language models wrote and read to HTML, for the text tab.

Text from outside is always escaped; the texts themselves are drawn by the sheet.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from inference.predictions import Copying, Generation, Reading
from tabs.html import notes
from tabs.texts import shared
from tabs.texts import text as texts

GROWING = " …"  # after the length of a text that is being written
NAMED = 20  # unseen characters that are named; the others are counted


def facts(metrics: Mapping[str, Any]) -> list[str]:
    """What is known of a language model; as much as its metrics.json holds."""
    if "validation_nats_per_char" not in metrics:
        return ["not evaluated"]
    known = [
        f"trained on {corpus(metrics)}",
        f"{metrics['parameters']:,} parameters",
        f"validation loss {metrics['validation_nats_per_char']:.3f} nats a character",
    ]
    if "baseline_nats_per_char" in metrics:
        known[-1] += (
            f" ({metrics['baseline']}: {metrics['baseline_nats_per_char']:.3f}; lower is better)"
        )
    return known


def corpus(metrics: Mapping[str, Any]) -> str:
    """The name of the text that a model was trained on."""
    name = metrics.get("corpus", "an unknown text")
    return texts.CORPORA.get(name, name)


def status(generation: Generation, seconds: float, finished: bool) -> str:
    """Length, speed, surprise and seed of a text, and what its reader should know."""
    count = len(generation.text)
    parts = [f"{count:,} character{'s' * (count != 1)}" + ("" if finished else GROWING)]
    if seconds > 0 and count:
        parts.append(f"{count / seconds:,.0f} a second")
        parts.append(f"{generation.bits_per_char:.2f} bits a character of its own text")
    parts.append(f"seed {generation.seed}")
    sentences = list(generation.notes)
    if generation.skipped:
        unseen = named(generation.skipped)
        sentences.insert(0, f"The network never saw {unseen}; it read the prompt without them.")
    return f'<div class="status">{" · ".join(parts)}</div>' + notes(sentences)


def stopped(told: str) -> str:
    """A ``status`` of a text that was growing, now that it has been stopped."""
    return told.replace(GROWING, "", 1)


def author(name: str, metrics: Mapping[str, Any]) -> str:
    """Who wrote a text, from which data, and how good that network is."""
    known = [corpus(metrics)] if "corpus" in metrics else []
    if "validation_nats_per_char" in metrics:
        known.append(f"validation loss {metrics['validation_nats_per_char']:.3f}")
    also = f" ({escape(', '.join(known))})" if known else ""
    return f'<div class="status">written by <b>{escape(name)}</b>{also}</div>'


def named(characters: Sequence[str]) -> str:
    """Characters as a reader can tell them: blanks and control characters by their code."""
    shown = [c if c.isprintable() and not c.isspace() else repr(c) for c in characters[:NAMED]]
    rest = len(characters) - NAMED
    return " ".join(shown) + (f" and {rest:,} more" if rest > 0 else "")


def copying_sentence(copying: Copying | None, model: str) -> str:
    """How much of a text is copied, and how to read that; plain text, not HTML."""
    if copying is None:
        return texts.NO_COPY_INDEX.format(model=model)
    if not copying.share:
        return texts.COPIES_NOTHING.format(window=copying.window)
    start, end = copying.longest
    share = f"{100 * copying.share:.{0 if copying.share >= 0.01 else 1}f} %"
    return texts.COPIES.format(share=share, window=copying.window, longest=end - start)


def cell_card(cell: str, name: str, metrics: Mapping[str, Any]) -> str:
    """The head of a column: the cell, what it is, and how good its network is."""
    loss = metrics.get("validation_nats_per_char")
    known = "not evaluated"
    if loss is not None:
        known = f"validation loss <b>{loss:.3f}</b> · {metrics['parameters']:,} parameters"
    return (
        f'<div class="cell-card"><b class="cell">{escape(shared.CELL_TITLES[cell])}</b>'
        f"<span>{escape(texts.CELL_LINES[cell])}</span>"
        f'<div title="{escape(name)}">{known}</div></div>'
    )


def readings_table(
    readings: Iterable[Reading | str],
    metrics: Mapping[str, Mapping[str, Any]],
    chosen: str | None,
    count: int,
) -> str:
    """Each network's bits per character of a text of ``count`` characters, the least surprised
    first, beside what it and its n-gram baseline get on text of its own kind.

    A name in place of a reading is a network that cannot read the text; it comes last.
    """
    readings = list(readings)
    read = sorted((r for r in readings if isinstance(r, Reading)), key=lambda r: r.nats_per_char)
    rows = [_reading_row(r, metrics.get(r.model, {}), r.model == chosen, count) for r in read]
    for name in readings:
        if isinstance(name, str):
            rows.append(
                f'<tr><td>{escape(name)}</td><td colspan="4">never saw these characters</td></tr>'
            )
    return (
        '<div class="scroll-x"><table class="quantiles"><thead><tr><th>network</th>'
        "<th>your text</th><th>its own kind</th><th>n-gram on that</th>"
        "<th>characters read</th></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
        f'<div class="status">{texts.READ_LEGEND}</div>'
    )


def _reading_row(reading: Reading, metrics: Mapping[str, Any], chosen: bool, count: int) -> str:
    def bits(key: str) -> str:
        return f"{metrics[key] / math.log(2):.2f}" if key in metrics else "–"

    name = escape(reading.model)
    part = f"{reading.characters:,}" + ("" if reading.characters == count else f" of {count:,}")
    cells = [
        f"<b>{reading.bits_per_char:.2f}</b>",
        bits("validation_nats_per_char"),
        bits("baseline_nats_per_char"),
        part,
    ]
    row = "".join(f"<td>{cell}</td>" for cell in cells)
    return f"<tr{' class=chosen' if chosen else ''}><td>{name}</td>{row}</tr>"


def reading_status(reading: Reading, metrics: Mapping[str, Any], shown: int) -> str:
    """Who read the text on show and with what surprise, and which characters it never saw."""
    sentences = []
    if reading.skipped:
        total = sum(reading.skipped.values())
        sentences.append(
            f"{reading.model} never saw {named(list(reading.skipped))}; "
            f"it read the text without {'it' if total == 1 else f'these {total:,} characters'}."
        )
    if shown < reading.characters:
        sentences.append(texts.READ_LONG.format(shown=shown, count=reading.characters))
    line = (
        f'<div class="status">read by <b>{escape(reading.model)}</b> '
        f"(trained on {escape(corpus(metrics))}) · {reading.bits_per_char:.2f} bits a character"
        "</div>"
    )
    return line + notes(sentences)


def stage(row: Mapping[str, Any]) -> str:
    """What a network wrote at one stage of its training, and how far it was."""
    known = [f"step {row['step']:,}"]
    if "characters" in row:
        known.append(f"{row['characters']:,} characters read")
    if "loss" in row:
        known.append(f"loss {row['loss']:.3f} nats a character on text that it did not learn from")
    return (
        f'<div class="status">{" · ".join(known)}</div>'
        f'<pre class="stage-text">{escape(row["text"])}</pre>'
    )
