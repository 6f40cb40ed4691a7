"""HTML says what the predictions say, and lets nobody's text become markup."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.predictions import QuantileForecast
from tabs import html, text_html

EVIL = "<img src=x onerror=alert(1)>"


def make_forecast(days: int = 20) -> QuantileForecast:
    levels = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
    z = np.array([-1.96, -1.28, -0.67, 0.0, 0.67, 1.28, 1.96])
    returns = 0.01 * np.sqrt(np.arange(1, days + 1))[:, None] * z
    dates = tuple(date(2024, 3, 1) + timedelta(days=i) for i in range(days))
    return QuantileForecast("AAPL", date(2024, 2, 29), EVIL, "net", 100.0, dates, levels, returns)


@given(st.text())
def test_no_text_becomes_markup(text):
    for markup in (
        html.notes([text]),
        html.model_line(text, [text]),
    ):
        known = markup.replace("<div", "").replace("</div>", "").replace("<span", "")
        known = known.replace("</span>", "").replace("<b>", "").replace("</b>", "")
        assert "<" not in known


def test_the_source_of_prices_is_escaped():
    summary = html.forecast_summary(make_forecast(), "file", [EVIL])
    assert EVIL not in summary
    assert "29 February 2024" in summary


@pytest.mark.parametrize("days", [1, 3, 5, 20])
def test_the_table_ends_with_the_last_day_and_has_no_day_twice(days):
    markup = html.forecast_table(make_forecast(days))
    assert f"<td>{days} day{'s' * (days > 1)}," in markup
    assert markup.count("<tr>") == 1 + len({min(d, days) for d in (1, 5, 10, 20)})


def test_the_table_holds_the_band_bounds_as_prices():
    row = html.forecast_table(make_forecast(1))
    assert f"{100 * np.exp(-0.0128):,.2f} – {100 * np.exp(0.0128):,.2f}" in row


@pytest.mark.parametrize("facts", [html.forecast_facts, text_html.facts])
def test_a_network_without_figures_is_called_not_evaluated(facts):
    assert facts({}) == ["not evaluated"]
