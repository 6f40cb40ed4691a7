"""The stock tab in a real browser, as a visitor drives it: one ticker and two."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tabs.texts import stocks as texts
from tests.browser import SCREENS, Visit

LAST = "2025-06-20"
NAMES = "figure => figure.data.map((trace) => trace.name).filter(Boolean)"


@pytest.fixture
def tab(visit: Visit) -> Visit:
    """The stock tab, once its first forecast and record are there."""
    visit.tab("Stocks")
    expect(visit.page.locator("#forecast-summary")).to_contain_text("AAPL closed at")
    expect(visit.page.locator("#forecast-record .meter")).to_have_count(3)
    return visit


def figure(visit: Visit, elem_id: str = "forecast-plot") -> Locator:
    return visit.page.locator(f"#{elem_id} .js-plotly-plot")


def drawn(visit: Visit, name: str, elem_id: str = "forecast-plot") -> None:
    """Wait until the chart shows something of this name."""
    expect(visit.page.locator(f"#{elem_id.replace('plot', 'key')}")).to_contain_text(name)
    assert any(name in trace for trace in figure(visit, elem_id).evaluate(NAMES))


def switch(visit: Visit, name: str) -> None:
    visit.page.get_by_label(name, exact=True).check()


def stand(visit: Visit, day: str) -> None:
    field = visit.page.locator("#as-of [type=date]")
    field.fill(day)
    field.blur()


@pytest.mark.parametrize("visit", SCREENS, indirect=True)
def test_each_part_works_on_each_screen(tab):
    page = tab.page
    expect(page.locator("#forecast-tiles")).to_contain_text("A rise in 20 days")
    expect(page.locator("#forecast-tiles")).to_contain_text("base rate 100 %, of 380 past windows")
    expect(page.locator("#forecast-tiles")).to_contain_text(texts.MEDIAN_BY_DESIGN)
    expect(page.locator("#forecast-record")).to_contain_text("17 forecasts of 20 days")
    expect(page.locator("#forecast-limits")).to_contain_text("Nothing here says buy or sell")
    expect(page.locator("#forecast-about")).to_contain_text("Not investment advice")
    expect(page.locator("#forecast-summary .badge.old")).to_contain_text(LAST)
    drawn(tab, "random walk, 80 % band")
    for name in (*texts.EXTRAS.values(), *texts.OTHERS.values()):
        switch(tab, name)
    switch(tab, "Candles")
    for name in ("a candle a day", "200-day average", "Bollinger bands", "EWMA, 80 % band",
                 "historical simulation, 80 % band", "past forecasts, 95 % bands"):  # fmt: skip
        drawn(tab, name)
    names = figure(tab).evaluate(NAMES)
    assert {"RSI", "MACD", "volume a day"} <= set(names)
    tab.tab("Two tickers")
    expect(page.locator("#two-table thead")).to_contain_text(re.compile("AAPL.*KO"))
    drawn(tab, "KO, 80 % band", "two-plot")
    tab.check()


def test_a_ticker_is_found_by_the_name_of_its_company_with_keys_alone(tab):
    page, box = tab.page, tab.page.locator("#ticker input")
    box.fill("coca")
    expect(page.get_by_role("option", name="KO: Coca-Cola")).to_be_visible()
    box.press("ArrowDown")
    box.press("Enter")
    expect(page.locator("#forecast-summary")).to_contain_text("KO closed at")
    box.fill("Berkshire")
    box.press("Enter")
    expect(page.locator("#forecast-summary")).to_contain_text("BRK-B closed at")
    box.fill("jpm")
    box.press("Enter")
    expect(page.locator("#forecast-summary")).to_contain_text("JPM closed at")
    expect(page.locator("#forecast-record h4")).to_have_text("Its record on JPM")


def test_the_range_buttons_change_how_much_is_drawn(tab):
    lengths = "figure => figure.data.find((t) => t.name === 'AAPL close').x.length"
    seen = {"6M": figure(tab).evaluate(lengths)}
    for span in ("1M", "1Y", "All"):
        tab.page.locator("#span").get_by_label(span, exact=True).check()
        tab.page.wait_for_function(
            "([n, js]) => eval(js)(document.querySelector('#forecast-plot .js-plotly-plot')) !== n",
            arg=[list(seen.values())[-1], lengths],
        )
        seen[span] = figure(tab).evaluate(lengths)
    assert seen["1M"] < 25 < seen["6M"] < 135 < seen["1Y"] < seen["All"] == 400


def test_as_of_puts_the_forecast_on_a_past_day_and_shows_what_came(tab):
    page = tab.page
    stand(tab, "2025-03-03")
    expect(page.locator("#forecast-summary .badge.past")).to_have_text("as of 2025-03-03")
    expect(page.locator("#as-of .as-of-said")).to_have_text("Mon, 3 March 2025")
    expect(page.locator("#forecast-tiles")).to_contain_text("What came after 20 days")
    expect(page.locator("#forecast-table th").last).to_have_text("what came")
    drawn(tab, "what came after")
    slider = page.locator("#as-of [type=range]")
    slider.focus()
    slider.press("ArrowLeft")  # over the weekend
    expect(page.locator("#forecast-summary .badge.past")).to_have_text("as of 2025-02-28")
    expect(page.locator("#as-of [type=date]")).to_have_value("2025-02-28")
    slider.press("Home")
    expect(page.locator("#forecast-summary .badge.past")).to_contain_text("as of 2024-")
    page.locator("#ticker input").fill("msft")  # the day stays for another ticker
    page.locator("#ticker input").press("Enter")
    expect(page.locator("#forecast-summary")).to_contain_text(re.compile(r"as of 2024.*MSFT"))
    page.locator("#as-of button").click()
    expect(page.locator("#forecast-summary .badge.past")).to_have_count(0)
    expect(page.locator("#forecast-tiles")).not_to_contain_text("What came")
    tab.check()


def test_no_answer_on_its_way_moves_the_slider_back(tab):
    for name in ("RSI", "MACD", "EWMA"):
        switch(tab, name)
    stand(tab, "2025-03-03")
    expect(tab.page.locator("#forecast-summary .badge.past")).to_have_text("as of 2025-03-03")
    drawn(tab, "EWMA, 80 % band")
    tab.page.wait_for_timeout(500)
    expect(tab.page.locator("#as-of [type=date]")).to_have_value("2025-03-03")


def test_the_forecast_is_saved_as_csv_and_json(tab):
    page = tab.page
    files = {}
    for kind in ("CSV", "JSON"):
        with page.expect_download() as waiting:
            page.get_by_text(f"Save as {kind}", exact=True).click()
        download = waiting.value
        assert download.suggested_filename == f"AAPL-{LAST}-forecast.{kind.lower()}"
        files[kind] = Path(download.path()).read_text(encoding="utf-8")
    answer = json.loads(files["JSON"])
    header, *rows = files["CSV"].splitlines()
    assert len(rows) == len(answer["prices"]) == 20
    assert len(header.split(",")) == 2 + len(answer["quantile_levels"])
    assert float(rows[4].split(",")[2]) == pytest.approx(answer["prices"][4][0], rel=1e-4)
    assert (answer["ticker"], answer["as_of"]) == ("AAPL", LAST)
    assert "Yahoo" in answer["source"]
    assert answer["odds"]["windows"] == 380


def test_days_ahead_change_the_odds_and_the_record(tab):
    page = tab.page
    page.locator("#days input[type=number]").fill("5")
    page.locator("#forecast").click()
    expect(page.locator("#forecast-tiles")).to_contain_text("A rise in 5 days")
    expect(page.locator("#forecast-record")).to_contain_text("68 forecasts of 5 days")


def test_made_up_prices_are_marked_everywhere(tab, prices):
    page = tab.page
    prices.mode = "error_500"
    page.locator("#ticker input").fill("TSLA")
    page.locator("#ticker input").press("Enter")
    expect(page.locator("#forecast-summary .badge.simulated")).to_be_visible()
    expect(page.locator("#forecast-record")).to_contain_text(texts.RECORD_SIMULATED)
    drawn(tab, "TSLA close, simulated")


def test_two_tickers_are_compared_and_an_unknown_one_is_a_sentence(tab, prices):
    page = tab.page
    tab.number("days", 5)
    tab.tab("Two tickers")
    expect(page.locator("#two-table")).to_contain_text("a rise in")
    tab.number("two-days", 10)
    page.locator("#compare").click()
    expect(page.locator("#two-table")).to_contain_text("a rise in 10 days")
    page.locator("#second-ticker input").fill("microsoft")
    page.locator("#second-ticker input").press("Enter")
    expect(page.locator("#two-table thead")).to_contain_text("MSFT")
    prices.mode = "unknown"
    page.locator("#second-ticker input").fill("nosuch")
    page.locator("#second-ticker input").press("Enter")
    assert "NOSUCH" in tab.toast()
    expect(page.locator("#two-table thead")).to_contain_text("MSFT")
