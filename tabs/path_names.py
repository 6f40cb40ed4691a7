"""Where the names of words stand along a path, so that none covers another: a pure function.

Names are laid out twice, for a broad page and for a phone, and the style sheet shows one of the
two. The words that matter most get their place first; the others are told when pointed at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

LAYOUTS = {"broad": 620, "narrow": 340}  # pixels: width of the drawing
LETTER, LINE, GAP, MARK = 7.0, 16, 11, 6  # pixels: a letter, a name's height, mark to name, a mark
LONGEST = 16  # letters of a name


@dataclass(frozen=True)
class Stop:
    """A word on a path: its place in percent from the left and the top, its ``version`` (0 or 1),
    the verdict there, and what its tip says. Names are given by falling ``weight``; ``end`` is
    "first", "last" or nothing."""

    x: float
    y: float
    word: str
    version: int
    verdict: str
    tip: str
    weight: float
    end: str


def names(stops: Sequence[Stop], layout: str, ratio: float) -> str:
    """The names that have room in a ``layout`` of a drawing whose width is ``ratio`` heights."""
    width = LAYOUTS[layout]
    size = np.array([width, width / ratio])
    marks = np.array([[stop.x, stop.y] for stop in stops]) / 100 * size
    taken = np.empty((0, 4))
    placed = []
    for k in sorted(range(len(stops)), key=lambda k: -stops[k].weight):
        name = _short(stops[k].word)
        for side, box in _sides(marks[k], LETTER * len(name)):
            if _is_free(box, taken, marks, size):
                taken = np.vstack([taken, box])
                placed.append(_name(stops[k], name, layout, side))
                break
    return "".join(placed)


def _short(word: str) -> str:
    return word if len(word) <= LONGEST else f"{word[: LONGEST - 1]}…"


def _sides(mark: np.ndarray, width: float) -> Iterator[tuple[str, np.ndarray]]:
    """The boxes (left, top, right, bottom) that a name can have beside its mark."""
    x, y = mark
    for side, left, top in (
        ("right", x + GAP, y - LINE / 2),
        ("left", x - GAP - width, y - LINE / 2),
        ("above", x - width / 2, y - GAP - LINE),
        ("below", x - width / 2, y + GAP),
    ):
        yield side, np.array([left, top, left + width, top + LINE])


def _is_free(box: np.ndarray, taken: np.ndarray, marks: np.ndarray, size: np.ndarray) -> bool:
    """Whether a box is inside the drawing, on no other name and on no mark."""
    inside = (box[:2] >= 0).all() and (box[2:] <= size).all()
    on_name = ((taken[:, :2] < box[2:]) & (taken[:, 2:] > box[:2])).all(1).any()
    on_mark = ((marks - MARK < box[2:]) & (marks + MARK > box[:2])).all(1).any()
    return bool(inside and not on_name and not on_mark)


def _name(stop: Stop, name: str, layout: str, side: str) -> str:
    return (
        f'<b class="name {layout} {side} version-{stop.version}" aria-hidden="true" '
        f'style="left:{stop.x:.2f}%;top:{stop.y:.2f}%">{escape(name)}</b>'
    )
