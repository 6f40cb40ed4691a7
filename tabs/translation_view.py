"""The view of a read date, drawn in the browser by ``translation.js``: the answer a character a
field, lines to where the network looked, and the attention as a heat map.

Its value is the JSON of a ``DateTranslation``, empty where there is none. A character typed into a
field is forced: the view's "forced" then holds it, and its input event asks for the rest.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from tabs.texts import dates as texts

SCRIPT = Path(__file__).with_name("translation.js").read_text(encoding="utf-8")
FIELDS = 10  # characters of an answer


def view(elem_id: str) -> gr.HTML:
    """The view, empty until a date is read."""
    return gr.HTML(
        {}, html_template=_template(), js_on_load=SCRIPT, apply_default_css=False, elem_id=elem_id
    )


def forced_in(value: Any) -> str:
    """What is forced in the view's value as it came from the browser; empty for nothing."""
    return str(value.get("forced") or "") if isinstance(value, dict) else ""


def _template() -> str:
    fields = "".join(
        '<label><input inputmode="numeric" autocomplete="off" spellcheck="false" '
        f'aria-label="Character {number} of the answer"><small></small></label>'
        for number in range(1, FIELDS + 1)
    )
    return (
        f'<div class="dates-empty">{escape(texts.DATE_EMPTY)}</div>'
        f'<div class="dates" hidden><div class="dates-bar"><span>{escape(texts.FORCE_HELP)}</span>'
        f'<button type="button" disabled>{escape(texts.FREE_ALL)}</button></div>'
        '<div class="dates-scroll"><div class="dates-inner">'
        f'<div class="dates-answer" role="group" aria-label="The answer">{fields}</div>'
        '<svg class="dates-lines" aria-hidden="true"></svg>'
        '<div class="dates-source" aria-hidden="true"></div>'
        f'<div class="dates-map" tabindex="0" role="group" '
        f'aria-label="{escape(texts.MAP_LABEL)}"></div>'
        f'</div></div><div class="dates-said" role="status" '
        f'data-rest="{escape(texts.LOOK_HELP)}"></div></div>'
    )
