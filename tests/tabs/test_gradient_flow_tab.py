"""Gradient flow in a real browser: the numbers on the page are those of the networks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from playwright.sync_api import expect

from inference.gradient_flow import gradient_flow, untrained_flow
from inference.inside import MAX_CHARACTERS
from inference.measured import measured
from inference.registry import Registry
from tabs.flow_html import number
from tabs.texts import inside as texts
from tests.browser import SCREENS, Visit, served

TEXT = "To be, or not to be, that is the question; <b>so</b> it was"  # no < or > in the alphabet
READ = TEXT.translate({ord(c): None for c in "<>/"})


@pytest.fixture(scope="module")
def registry(page_weights: Path) -> Registry:
    return Registry(page_weights)


@pytest.fixture
def tab(visit: Visit) -> Visit:
    """The view, open on its example."""
    visit.tab("Inside")
    visit.tab("Gradient flow")
    expect(visit.page.locator("#flow-chart polyline")).to_have_count(6)
    return visit


def measure(visit: Visit, text: str) -> None:
    visit.page.locator("#flow-text textarea").fill(text)
    visit.page.locator("#flow-measure").click()


def row_of(visit: Visit, name: str) -> list[str]:
    """The cells of a network in the table below the chart."""
    row = visit.page.locator("#flow-chart tr", has=visit.page.get_by_text(name, exact=True))
    return row.locator("td").all_inner_texts()


def test_nothing_is_measured_before_the_view_is_opened(visit):
    expect(visit.page.locator("#text-generate")).to_be_visible()
    assert visit.page.locator(".flow").count() == 0


@pytest.mark.parametrize("visit", SCREENS, indirect=True)
def test_the_view_opens_with_the_numbers_of_its_example_on_each_screen(tab, registry):
    flow = gradient_flow(registry.load("generation", "shakespeare-lstm"), texts.FLOW_EXAMPLE)
    curve = flow.by_distance()
    assert row_of(tab, "LSTM, trained")[1:6] == [number(curve[k]) for k in (5, 10, 20, 40, 80)]
    expect(tab.page.locator("#flow-shares .strip")).to_have_count(6)
    three = measured("gradient_flow")["networks"][4]
    expect(tab.page.locator("#flow-measured")).to_contain_text(
        f"{number(three['mean'][20])} with one of 3"
    )
    tab.check()


def test_a_text_of_the_visitor_is_measured_and_what_was_never_seen_is_named(tab, registry):
    measure(tab, TEXT)
    expect(tab.page.locator("#flow-note")).to_contain_text("never saw '<' '>' '/'")
    curve = gradient_flow(registry.load("generation", "shakespeare-gru"), READ).by_distance()
    assert row_of(tab, "GRU, trained")[1:4] == [number(curve[k]) for k in (5, 10, 20)]
    assert tab.page.locator("#flow-shares b", has_text="so").count() == 0
    tab.check()


def test_the_slider_sets_the_forget_bias_of_the_new_lstm_alone(tab, registry):
    before = row_of(tab, "GRU, new")
    slider = tab.page.locator("#flow-bias input[type=range]")
    slider.click()  # in its middle; letting go measures
    expect(tab.page.locator("#flow-chart")).to_contain_text("LSTM, new, forget bias 2.5")
    slider.press("ArrowRight")
    tab.page.locator("#flow-measure").press("Enter")
    expect(tab.page.locator("#flow-chart")).to_contain_text("LSTM, new, forget bias 3")
    network = registry.load("generation", "shakespeare-lstm")
    curve = untrained_flow(network, texts.FLOW_EXAMPLE, 3.0).by_distance()
    assert row_of(tab, "LSTM, new, forget bias 3")[1:4] == [number(curve[k]) for k in (5, 10, 20)]
    assert row_of(tab, "GRU, new") == before


def test_the_chart_and_the_strips_can_be_read_with_the_keyboard(tab):
    page = tab.page
    page.locator("#flow-chart .flow-columns").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    tip = page.locator(".tip:visible")
    expect(tip).to_have_text(re.compile("^2 steps back\nRNN, trained: "))
    assert f"LSTM, new, forget bias 1: {number(_curve(page)[2])}" in tip.inner_text()
    page.locator("#flow-shares .flow-columns").first.focus()
    page.keyboard.press("End")
    expect(tip).to_have_text(re.compile("^after “.*”\nits own guess: 100 %$"))
    page.keyboard.press("Escape")
    expect(tip).to_have_count(0)


def _curve(page) -> list[float]:
    """The ratios of the new LSTM, from the height of its line in the chart."""
    points = page.locator("#flow-chart polyline.cell-lstm.new").get_attribute("points")
    return [10 ** (1 - 11 * float(pair.split(",")[1]) / 100) for pair in points.split()]


def test_bad_input_is_one_sentence_and_the_drawing_stays(tab):
    before = row_of(tab, "RNN, trained")
    for text, sentence in [
        ("", "too little to read"),
        ("@@@@", "too little to read"),
        ("abcd", "too short to tell distances"),
        ("x" * (MAX_CHARACTERS + 1), f"give at most {MAX_CHARACTERS}"),
    ]:
        measure(tab, text)
        assert sentence in tab.toast()
    assert row_of(tab, "RNN, trained") == before
    measure(tab, "well, well, well")
    expect(tab.page.locator("#flow-chart tr", has_text="RNN, trained")).to_contain_text("–")


def test_coming_back_measures_nothing_anew(tab):
    tab.page.locator("#flow-text textarea").fill("x")  # would be refused
    tab.tab("The verdict's path")
    tab.tab("Gradient flow")
    expect(tab.page.locator("#flow-chart polyline")).to_have_count(6)
    tab.page.wait_for_timeout(500)
    assert tab.page.get_by_test_id("toast-text").count() == 0


def test_networks_that_are_not_there_are_named_and_the_record_is_still_quoted(
    weights_dir, browser, prices
):
    with served(weights_dir) as url:
        visit = Visit(browser, url, "wide")
        visit.tab("Inside")
        visit.tab("Gradient flow")
        missing = visit.page.locator("#flow-missing")
        expect(missing).to_contain_text("shakespeare-gru is not here yet")
        expect(visit.page.locator("#flow-chart polyline")).to_have_count(2)  # the LSTM alone
        expect(visit.page.locator("#flow-measured")).to_contain_text("forget bias")
        visit.context.close()


def test_the_api_gives_the_numbers(url, registry):
    client = Client(url, verbose=False)
    network = registry.load("generation", "shakespeare-gru")
    answer = client.predict(READ, model="shakespeare-gru", api_name="/gradient_flow")
    assert answer == gradient_flow(network, READ).to_json()
    asked = {"model": "shakespeare-gru", "untrained": True, "forget_bias": 2, "seed": 5}
    answer = client.predict(READ, **asked, api_name="/gradient_flow")
    assert answer == untrained_flow(network, READ, 2, seed=5).to_json()
    for wrong, sentence in [
        ({"text": "x"}, "too little"), ({"text": READ, "layer": 9}, "layer"),
        ({"text": READ, "model": "nosuch"}, "There is no model"),
        ({"text": READ, "untrained": True, "forget_bias": 99}, "forget bias"),
    ]:  # fmt: skip
        with pytest.raises(AppError, match=sentence):
            client.predict(**wrong, api_name="/gradient_flow")
