"""The sheet: a text on the page under up to three glasses, drawn in the browser by ``sheet.js``.

Plain text; each character coloured by how sure the network was, with what else was likely on hover,
tap or arrow keys; and what stands word for word in the training text. Its value is a string made by
``tabs.surprise``; switching the view, copying and saving never ask the server.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import gradio as gr

from tabs.surprise import SHADES
from tabs.texts import text as texts

SCRIPT = Path(__file__).with_name("sheet.js").read_text(encoding="utf-8")
VIEWS = {"text": "Text", "sure": "How sure was it?", "copying": "Is it copying?"}


def sheet(
    elem_id: str,
    views: Sequence[str] = tuple(VIEWS),
    empty: str = "",
    group: str = "",
    tools: bool = True,
) -> gr.HTML:
    """A sheet that offers some of the VIEWS, the first one on show; without text it says
    ``empty``. Sheets of one ``group`` switch together; ``tools`` are Copy and Download."""
    return gr.HTML(
        "", html_template=_template(views, empty, group, tools), js_on_load=SCRIPT,
        apply_default_css=False, elem_id=elem_id, elem_classes="sheet-block",
    )  # fmt: skip


def _template(views: Sequence[str], empty: str, group: str, tools: bool) -> str:
    bounds = " ".join(str(bound) for bound, _ in SHADES[:-1])
    return (
        f'<div class="sheet" data-view="{views[0]}" data-group="{group}" data-bounds="{bounds}">'
        f"{_bar(views, tools)}"
        f'<div class="sheet-text" tabindex="0" role="textbox" aria-readonly="true" '
        f'aria-multiline="true" aria-label="Text" data-empty="{escape(empty)}"></div>'
        f'<div class="sheet-legend">{_legend()}</div>'
        f'<div class="sheet-copying">{escape(texts.COPYING_LATER)}</div>'
        '<div class="sheet-tip" role="status" hidden></div></div>'
    )


def _bar(views: Sequence[str], tools: bool) -> str:
    """The switch between views (where there is more than one) and the tools."""
    switch = "".join(
        f'<button type="button" data-to="{view}" aria-pressed="{str(view == views[0]).lower()}">'
        f"{VIEWS[view]}</button>"
        for view in views
        if len(views) > 1
    )
    handy = (
        '<button type="button" data-do="copy" data-done="Copied">Copy</button>'
        '<button type="button" data-do="save" data-done="Saved">Download</button>'
    )
    return (
        f'<div class="sheet-bar"><div class="sheet-views" role="group" aria-label="View">{switch}'
        f'</div><div class="sheet-tools">{handy if tools else ""}</div></div>'
    )


def _legend() -> str:
    """The shades from likely to unlikely, and how to look closer."""
    shades = "".join(
        f'<span><i class="s{number}"></i>{escape(words)}</span>'
        for number, (_, words) in enumerate(SHADES)
    )
    return f"<b>{texts.SHADES_TITLE}</b>{shades}<em>{texts.SHADES_HELP}</em>"
