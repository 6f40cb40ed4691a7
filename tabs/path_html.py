"""Pure functions from the ways of verdicts to HTML and SVG. Text from outside is always escaped.

Each mark carries its word and its numbers in ``data-tip``, which ``tips.js`` shows. The shape of a
mark tells the verdict, and not its colour alone; a broken line and hollow marks are of the second
version of a review. Where the names of words stand is ``path_names``' business.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np

from inference.sentiment import NOT_SURE, WHOLE
from inference.verdict_path import VerdictPath
from tabs.path_names import LAYOUTS, Stop, names
from tabs.sentiment_html import percent
from tabs.texts import inside as texts

RATIOS = (1.15, 1.7)  # width to height of the drawing
MARGIN = 0.09  # from the outermost points to the edge, in parts of the drawing
CROWDED = 50  # words: more have smaller marks, and no arrows
ARROW = 5  # percent of the width: a longer step has an arrow
VERDICTS = {"positive": "positive so far", "unsure": "not sure", "negative": "negative so far"}


@dataclass(frozen=True)
class Frame:
    """The part of the plane that is drawn: its lower left ``corner`` (2,), its ``height``, and its
    ``ratio`` of width to height. Both directions have the same scale."""

    corner: np.ndarray
    height: float
    ratio: float

    @classmethod
    def around(cls, points: np.ndarray) -> Frame:
        """The smallest one around points (W, 2) with a margin."""
        low, high = points.min(0), points.max(0)
        width, height = np.maximum(high - low, 1e-9) / (1 - 2 * MARGIN)
        ratio = float(np.clip(width / height, *RATIOS))
        height = float(max(height, width / ratio))
        corner = (low + high) / 2 - np.array([ratio, 1]) * height / 2
        return cls(corner, height, ratio)

    def places(self, points: np.ndarray) -> np.ndarray:
        """Points (W, 2) as percent of the drawing from its left and from its top."""
        x, y = 100 * ((points - self.corner) / (self.height * np.array([self.ratio, 1]))).T
        return np.stack([x, 100 - y], 1)


def drawing(paths: Sequence[VerdictPath]) -> str:
    """One path, or two in the same plane, with words along them."""
    frame = Frame.around(np.concatenate([path.points for path in paths]))
    ways = [frame.places(path.points) for path in paths]
    begins = [0, common(paths)][: len(paths)]
    stops = [
        _stops(n, path, way, begin, len(paths))
        for n, (path, way, begin) in enumerate(zip(paths, ways, begins, strict=True))
    ]
    # The second line leaves the first at the last word that both have.
    ways = [way[max(0, begin - 1) :] for way, begin in zip(ways, begins, strict=True)]
    lines = "".join(
        f'<polyline class="version-{n}" points="{_points(way)}"/>' for n, way in enumerate(ways)
    )
    arrows = "".join(_arrows(n, way, frame.ratio) for n, way in enumerate(ways))
    rows = "".join(_row(n, own) for n, own in enumerate(stops))
    every = [stop for own in stops for stop in own]
    named = "".join(names(every, layout, frame.ratio) for layout in LAYOUTS)
    crowded = " crowded" if len(every) > CROWDED else ""
    return (
        f'{_legend()}<div class="path{crowded}" style="aspect-ratio:{frame.ratio:.4f}">'
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">'
        f"{lines}</svg>{arrows}{rows}{named}</div>{_axes(paths)}"
        f'<div class="status">{"".join(_told(n, paths) for n in range(len(paths)))}'
        f"<div>{_whose(paths)} {texts.PATH_HELP}</div></div>"
    )


def common(paths: Sequence[VerdictPath]) -> int:
    """With how many equal words two versions begin, the last of the second left out; their ways are
    the same there."""
    if len(paths) < 2:
        return 0
    pairs = zip(paths[0].words, paths[1].words[:-1], strict=False)
    return next((k for k, (a, b) in enumerate(pairs) if a != b), len(paths[1].words) - 1)


def _stops(
    number: int, path: VerdictPath, places: np.ndarray, begin: int, versions: int
) -> list[Stop]:
    """The words of a version from ``begin`` on, with their places (W, 2)."""
    which = f"version {number + 1}, " if versions > 1 else ""
    count, before = len(path.words), (0.5, *path.running)
    ends = {0: "first", count - 1: "last"}
    return [
        Stop(
            *places[k], path.words[k], number, _verdict(path.running[k]),
            f"{which}word {k + 1} of {count}\nafter “{path.words[k]}”: "
            f"{percent(path.running[k])} positive",
            # The ends come first among the names, then what moved the verdict.
            2 if k in ends else abs(path.running[k] - before[k]), ends.get(k, ""),
        )
        for k in range(begin, count)
    ]  # fmt: skip


def _verdict(positive: float) -> str:
    low, high = NOT_SURE
    return "negative" if positive < low else "positive" if positive > high else "unsure"


def _row(number: int, stops: Sequence[Stop]) -> str:
    """The marks of a version, which the arrow keys walk along."""
    marks = "".join(
        f'<span class="stop {stop.verdict} {stop.end}" '
        f'data-tip="{escape(stop.tip)}" style="left:{stop.x:.2f}%;top:{stop.y:.2f}%"></span>'
        for stop in stops
    )
    return (
        f'<div class="stops version-{number}" tabindex="0" role="group" aria-label="Words of '
        f'version {number + 1} along its way; walk with the arrow keys">{marks}</div>'
    )


def _points(way: np.ndarray) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in way)


def _arrows(number: int, way: np.ndarray, ratio: float) -> str:
    """An arrow in the middle of each longer step."""
    arrows = []
    for (x0, y0), (x1, y1) in pairwise(way):
        if math.hypot(x1 - x0, (y1 - y0) / ratio) > ARROW:
            angle = math.degrees(math.atan2(y1 - y0, (x1 - x0) * ratio))
            arrows.append(
                f'<i class="arrow version-{number}" style="left:{(x0 + x1) / 2:.2f}%;'
                f'top:{(y0 + y1) / 2:.2f}%;transform:rotate({angle:.0f}deg)"></i>'
            )
    return "".join(arrows)


# ---- what stands around it


def _legend() -> str:
    entries = "".join(
        f'<span><i class="stop {kind}"></i>{told}</span>' for kind, told in VERDICTS.items()
    )
    ends = (
        '<span><i class="stop first"></i>the beginning</span>'
        '<span><i class="stop last"></i>the end</span>'
    )
    return f'<div class="path-legend">{entries}{ends}</div>'


def _axes(paths: Sequence[VerdictPath]) -> str:
    """What the directions are; of two versions the plane shows more of one than of the other."""
    shares = [texts.PATH_SHARE.format(share=f"{100 * s:.0f} %") for s in paths[0].explained]
    across, up = shares if len(paths) == 1 else ("", "")
    return (
        f'<div class="path-axes"><span>→ {texts.PATH_ACROSS.format(share=across)}</span>'
        f"<span>↑ {texts.PATH_UP.format(share=up)}</span></div>"
    )


def _told(number: int, paths: Sequence[VerdictPath]) -> str:
    """How a version ends, and how much of it the plane shows."""
    path = paths[number]
    whose = f"Version {number + 1}" if len(paths) > 1 else "The review"
    key = f'<i class="stroke version-{number}"></i>'
    key += f'<span class="version-{number}"><i class="stop"></i></span>'
    told = texts.PATH_TOLD.format(
        whose=whose, count=len(path.words), end=percent(path.running[-1]),
        share=f"{100 * sum(path.explained):.0f} %",
    )  # fmt: skip
    return f"<div>{key if len(paths) > 1 else ''}{told}</div>"


def _whose(paths: Sequence[VerdictPath]) -> str:
    """Which part of the network is drawn; of a half, what the whole network says."""
    model = escape(paths[0].model)
    if paths[0].running_of == WHOLE:
        return texts.PATH_WHOLE.format(model=model)
    verdicts = " and ".join(percent(path.positive) for path in paths)
    return texts.PATH_HALF.format(model=model, verdict=verdicts)
