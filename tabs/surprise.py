"""Pure functions from a text's pieces to the lines that the sheet (``sheet.js``) draws.

The value of a sheet is a string of JSON lines, so that a growing text is a growing string and only
its new end travels to the browser: first the head (model, prompt), then one array a piece
``[text, bits, alternative, percent, alternative, percent, …]``, at last the foot (what is copied).
Nothing here is HTML: the sheet puts each text on the page as text.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

from inference.predictions import Copying, Piece

# How likely the character was: each shade's lower bound and its words in the legend.
SHADES = ((0.5, "over 50 %"), (0.2, "20–50 %"), (0.05, "5–20 %"), (0.01, "1–5 %"), (0, "under 1 %"))


def head_line(model: str, prompt: str = "", follow: bool = False) -> str:
    """The first line: who wrote or read, and the prompt, which is shown but was not written.

    With ``follow`` the sheet keeps the end of the growing text in view.
    """
    return _line({"model": model, "prompt": prompt, "follow": follow})


def piece_line(piece: Piece) -> str:
    """One piece: its text, its surprise in bits (null when it was not guessed), and what else was
    likely, in percent."""
    bits = None if math.isnan(piece.nats) else round(piece.nats / math.log(2), 2)
    others = (value for text, p in piece.alternatives for value in (text, round(100 * p, 1)))
    return _line([piece.text, bits, *others])


def piece_lines(pieces: Iterable[Piece]) -> str:
    """One line for each piece."""
    return "".join(map(piece_line, pieces))


def foot_line(pieces: Sequence[Piece], copying: Copying | None, sentence: str) -> str:
    """The last line: the runs of pieces that stand in the training text, and how to read it."""
    ends = list(accumulate(len(piece.text) for piece in pieces))
    runs = [] if copying is None else [_run(ends, span) for span in copying.spans]
    longest = [0, 0] if copying is None else _run(ends, copying.longest)
    return _line({"runs": runs, "longest": longest, "sentence": sentence})


def _run(ends: Sequence[int], span: tuple[int, int]) -> list[int]:
    """The first piece that a span of characters touches, and the one behind the last; ``ends``
    are the characters up to the end of each piece."""
    start, end = span
    return [0, 0] if start == end else [bisect_right(ends, start), bisect_left(ends, end) + 1]


def _line(value: Any) -> str:
    """One line of JSON in ASCII. "<" is written as an escape, so that no text of a visitor ever
    looks like markup on its way."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c") + "\n"
