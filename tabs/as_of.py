"""The slider that puts a forecast on a past day: drawn and moved in the browser by ``as_of.js``.

Its value is a dictionary of ISO dates: the "first" and the "last" day to stand on, and the day "at"
which it stands, empty for the last one.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import gradio as gr

from tabs.texts import stocks as texts

SCRIPT = Path(__file__).with_name("as_of.js").read_text(encoding="utf-8")
TEMPLATE = (
    '<div class="as-of"><div class="as-of-line"><label for="as-of-range">'
    f'<b>{texts.AS_OF}</b> <span class="as-of-said"></span></label>'
    '<span class="as-of-tools"><input type="date" aria-label="The day to stand on">'
    '<button type="button" disabled>Latest</button></span></div>'
    '<input type="range" id="as-of-range" min="0" max="1" value="1" step="1">'
    f"<small>{texts.AS_OF_HELP}</small></div>"
)


def slider() -> gr.HTML:
    """The slider; without days until a history gives it some."""
    return gr.HTML(
        value_of(None, None, None), html_template=TEMPLATE, js_on_load=SCRIPT,
        apply_default_css=False, elem_id="as-of",
    )  # fmt: skip


def value_of(first: date | None, last: date | None, at: date | None) -> dict[str, str]:
    """The slider's value for a history, standing on a day (None: the last)."""
    days = {"first": first, "last": last, "at": at}
    return {name: day.isoformat() if day else "" for name, day in days.items()}


def day_of(value: Any) -> str:
    """The day that it stands on as it came from the browser; empty for the last."""
    return str(value.get("at") or "") if isinstance(value, dict) else ""


def update(value: Any, first: date, last: date, at: date | None) -> Any:
    """What to send to a slider that has a value: nothing unless it must change, so that no answer
    on its way moves it back under the visitor's hand."""
    wanted = value_of(first, last, at)
    return gr.skip() if value == wanted else wanted
