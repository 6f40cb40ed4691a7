"""Pure functions from a gradient check to HTML.

What can be pointed at carries its numbers in ``data-tip``, which ``tips.js`` shows.
"""

from __future__ import annotations

import textwrap
from html import escape

import numpy as np

from inference.bug_clinic import WRONG, CheckedArray, GradientCheck, Patch
from tabs.html import notes
from tabs.texts import clinic as texts
from tabs.texts import shared

# Shades of a wrong entry, by its relative error.
SHADES = (1e-3, 1e-1)


def result(check: GradientCheck) -> str:
    """The verdict, the changed line and why it matters, and each array entry by entry."""
    cards = "".join(_card(array) for array in check.arrays)
    return (
        f"{_verdict(check)}{_mistake(check)}"
        f'<div class="clinic-legend">{texts.CLINIC_LEGEND}</div>'
        f'<div class="clinic-cards">{cards}</div>'
    )


def _verdict(check: GradientCheck) -> str:
    wrong = sum(int(array.wrong.sum()) for array in check.arrays)
    entries = sum(array.numeric.size for array in check.arrays)
    if wrong:
        touched = sum(bool(array.wrong.any()) for array in check.arrays)
        told = texts.CLINIC_WRONG.format(
            wrong=wrong, entries=entries, touched=touched, arrays=len(check.arrays)
        )
    else:
        told = texts.CLINIC_RIGHT.format(entries=entries, arrays=len(check.arrays))
    largest = max(array.errors.max() for array in check.arrays)
    size = texts.CLINIC_SIZE.format(
        cell=shared.CELL_TITLES[check.cell], units=check.units, steps=_counted(check.steps, "step"),
        largest=largest, limit=WRONG,
    )  # fmt: skip
    return (
        f'<div class="clinic-verdict {"wrong" if wrong else "right"}" role="status">'
        f"<b>{_sign(bool(wrong))} {told}</b><span>{size}</span></div>"
    )


def _mistake(check: GradientCheck) -> str:
    """The diff beside its explanation; a note when the check cannot see the mistake."""
    if check.patch is None:
        return ""
    unseen = "" if any(array.wrong.any() for array in check.arrays) else texts.CLINIC_UNSEEN
    why = texts.CLINIC_WHY[check.mistake, check.cell]
    return (
        f'<div class="clinic-mistake">{_diff(check.patch)}<div><p>{why}</p>'
        f"{notes([unseen]) if unseen else ''}</div></div>"
    )


def _diff(patch: Patch) -> str:
    lines = patch.diff()
    signs = [line[:1] for line in lines]
    code = textwrap.dedent("\n".join(line[1:] for line in lines)).split("\n")
    kinds = {"-": "del", "+": "ins"}
    shown = "".join(
        f'<span class="{kinds.get(sign, "")}">{sign or " "} {escape(line)}\n</span>'
        for sign, line in zip(signs, code, strict=True)
    )
    return (
        f'<figure class="clinic-diff"><figcaption>{escape(patch.place())}</figcaption>'
        f'<pre tabindex="0" aria-label="The changed line of code">{shown}</pre></figure>'
    )


def _card(array: CheckedArray) -> str:
    """One array: how many entries are wrong, the entries, the relative error, the worst entry."""
    wrong, size = int(array.wrong.sum()), array.numeric.size
    shape = " × ".join(map(str, array.numeric.shape))
    told = f"{wrong} of {size} wrong" if wrong else f"{size} right"
    worst = array.worst
    return (
        f'<section class="clinic-card {"wrong" if wrong else "right"}">'
        f"<header><b>{array.name}</b><small>{shape}</small>"
        f'<span class="told">{_sign(bool(wrong))} {told}</span></header>'
        f'<div class="clinic-meaning">{escape(texts.CLINIC_ARRAYS[array.name])}</div>'
        f"{_grid(array, told)}"
        f"<dl><dt>relative error</dt><dd>{array.error:.1e}</dd>"
        f"<dt>worst entry</dt><dd>{_place(worst)}</dd>"
        f"<dt>by hand</dt><dd>{_number(array.by_hand[worst])}</dd>"
        f"<dt>numeric</dt><dd>{_number(array.numeric[worst])}</dd></dl></section>"
    )


def _grid(array: CheckedArray, told: str) -> str:
    """The entries, a row a row; of an array over time (n_x, m, T_x) a column is a step."""
    columns = array.numeric.shape[-1]
    cells = "".join(
        f'<i class="{_shade(error)}" data-tip="{_tip(array, index)}">'
        f"{'✗' if array.wrong[index] else '·'}</i>"
        for index, error in np.ndenumerate(array.errors)
    )
    return (
        f'<div class="clinic-grid" style="--columns:{columns}" tabindex="0" role="group" '
        f'aria-label="{array.name}, {told}; walk with the arrow keys">{cells}</div>'
    )


def _tip(array: CheckedArray, index: tuple[int, ...]) -> str:
    verdict = "wrong" if array.wrong[index] else "right"
    return (
        f"{array.name}{_place(index)} {verdict}: by hand {_number(array.by_hand[index])}, numeric "
        f"{_number(array.numeric[index])}, relative error {array.errors[index]:.1e}"
    )


def _shade(error: float) -> str:
    """The class of an entry; empty when it is right."""
    return f"w{1 + sum(error > bound for bound in SHADES)}" if error > WRONG else ""


def _sign(wrong: bool) -> str:
    return "✗" if wrong else "✓"


def _place(index: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, index))}]"


def _number(value: float) -> str:
    """Seven digits after the point, the minus as type sets it."""
    return f"{value:+.7f}".replace("-", "−")


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
