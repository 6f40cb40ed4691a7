"""Pure functions to HTML that all tabs share. Text from outside is always escaped.

The text tab has its own in ``text_html``, the sentiment tab in ``sentiment_html``, the stock tab in
``forecast_html``.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


def notes(sentences: Iterable[str]) -> str:
    """Sentences that the reader must see, one box each."""
    return "".join(f'<div class="note">{escape(sentence)}</div>' for sentence in sentences)


def model_line(name: str, facts: Iterable[str]) -> str:
    """Which model, and what is known of its quality, in one small line."""
    return f'<div class="model-line"><b>{escape(name)}</b> · {" · ".join(map(escape, facts))}</div>'


def small(sentence: str) -> str:
    """A remark in small type."""
    return f'<div class="status">{escape(sentence)}</div>'
