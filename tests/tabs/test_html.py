"""HTML says what the predictions say, and lets nobody's text become markup."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tabs import forecast_html, html, text_html


@given(st.text())
def test_no_text_becomes_markup(text):
    for markup in (
        html.notes([text]),
        html.model_line(text, [text]),
    ):
        known = markup.replace("<div", "").replace("</div>", "").replace("<span", "")
        known = known.replace("</span>", "").replace("<b>", "").replace("</b>", "")
        assert "<" not in known


@pytest.mark.parametrize("facts", [forecast_html.facts, text_html.facts])
def test_a_network_without_figures_is_called_not_evaluated(facts):
    assert facts({}) == ["not evaluated"]
