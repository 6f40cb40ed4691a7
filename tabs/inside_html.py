"""Pure functions to HTML for the tab that looks inside: status lines, the frames that the scripts
fill, and the scatter of how often gates are shut. Text from outside is always escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from inference.gates import Saturation
from tabs.html import notes
from tabs.text_html import named
from tabs.texts import inside as texts

SIDE = 220  # of a scatter plot, in its own units
OFTEN = 0.9  # share of the steps from which on a unit counts as always open or shut


def status(facts: Iterable[str], skipped: dict[str, tuple[str, ...]]) -> str:
    """What is on show in one line, and what each network never saw."""
    line = f'<div class="status">{" · ".join(map(escape, facts))}</div>'
    return line + notes(
        texts.NEVER_SAW.format(model=model, characters=named(characters))
        for model, characters in skipped.items()
        if characters
    )


def counted(pieces: Sequence[str], words: bool) -> str:
    """How many parts the text was read in: words of a review, characters, or longer pieces."""
    alone = all(len(piece) == 1 for piece in pieces)
    return f"{len(pieces):,} {'words' if words else 'characters' if alone else 'pieces'}"


def frame(press: str, inner: str = "", name: str = "") -> str:
    """The element that a view's script fills; it presses the button ``press`` when it is first
    seen."""
    return f'<div class="inside-view {name}" data-press="{press}">{inner}</div>'


def strip(label: str, name: str = "strip") -> str:
    """Where a script puts the text, cell by cell."""
    return (
        f'<div class="{name}" tabindex="0" role="textbox" aria-readonly="true" '
        f'aria-multiline="true" aria-label="{escape(label)}"></div>'
    )


TOLD = '<p class="told" role="status"></p>'


# ---- saturation


def later() -> str:
    """What stands in the place of the scatters while they are counted."""
    return f'<p class="status">{texts.SATURATION_LATER}</p>'


def saturation(found: Saturation, source: str) -> str:
    """A scatter for each gate, a point a unit, with the counts beside."""
    said = texts.SATURATION.format(steps=found.steps, source=source)
    plots = "".join(_scatter(gate, found.open[gate], found.shut[gate]) for gate in found.open)
    return (
        f'<h3 class="words-title">{texts.SATURATION_TITLE}</h3><p class="status">{escape(said)}</p>'
        f'<div class="scatters">{plots}</div>'
    )


def _scatter(gate: str, opened: np.ndarray, shut: np.ndarray) -> str:
    points = "".join(
        f'<circle cx="{SIDE * x:.1f}" cy="{SIDE * (1 - y):.1f}" r="3.2"/>'
        for x, y in zip(opened, shut, strict=True)
    )
    always, never = _percent(opened > OFTEN), _percent(shut > OFTEN)
    title = escape(texts.GATES[gate])
    return (
        f"<figure><figcaption><b>{title}</b><span>open {_percent(opened)} of the time, shut "
        f"{_percent(shut)}; {always} of the units are nearly always open, {never} nearly always "
        f'shut</span></figcaption><svg viewBox="-34 -8 {SIDE + 44} {SIDE + 50}" role="img" '
        f'aria-label="{title}: share of steps open against shut, a point a unit">'
        f'<path class="axes" d="M0 0V{SIDE}H{SIDE}"/>'
        f'<path class="diagonal" d="M0 0L{SIDE} {SIDE}"/>'
        f"{points}{_ticks()}</svg></figure>"
    )


def _percent(shares: np.ndarray) -> str:
    """The mean over the units."""
    return f"{shares.mean():.0%}".replace("%", " %")


def _ticks() -> str:
    """The ends of both axes, and what they are."""
    return (
        f'<text x="0" y="{SIDE + 16}">0</text>'
        f'<text x="{SIDE}" y="{SIDE + 16}" text-anchor="end">100 % open</text>'
        f'<text x="-6" y="{SIDE}" text-anchor="end">0</text>'
        f'<text x="-8" y="0" text-anchor="end" transform="rotate(-90 -8 0)">100 % shut</text>'
    )
