"""The tab Inside in a real browser: each view shows the numbers that inference computes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from playwright.sync_api import Browser, Locator, expect

from inference.gates import gate_film, saturation
from inference.influence import influence
from inference.neurons import rank_units, read_neurons
from inference.registry import Registry
from tabs.long_texts import LONG_TEXTS
from tabs.texts import inside as texts
from tabs.texts import shared
from tests.browser import SCREENS, Visit, served

TEXT = "To be, or not to be:\nthat is ANOTHER question"
STRANGE = 'be <img src=x onerror="alert(1)"> ${value} é'
CELLS = ("rnn", "gru", "lstm")
BAD = [
    ("", "too little to read"),
    ("a", "too little to read"),
    ("😀😀😀", "too little to read"),
    ("to be " * 60, "give at most 300"),
]


@pytest.fixture(scope="module")
def registry(page_weights: Path) -> Registry:
    return Registry(page_weights)


@pytest.fixture
def inside(visit: Visit) -> Visit:
    visit.tab("Inside")
    expect(visit.page.locator("#influence-view .influence-row")).to_have_count(3)
    return visit


def write(visit: Visit, view: str, text: str) -> None:
    """Type a text into a view's form and wait until the view shows it."""
    visit.page.locator(f"#{view}-text textarea").fill(text)
    visit.page.locator(f"#{view}-look").click()
    expect(visit.page.locator(f"#{view}-status")).to_contain_text(f"{len(text)} characters")


def told(visit: Visit, view: str) -> Locator:
    return visit.page.locator(f"#{view}-view .told")


def typed(number: float) -> str:
    return f"{number:.2f}".replace("-", "−")


def percent(share: float) -> str:
    """As the page prints a share, which travels in ‰."""
    mille = round(1000 * share)
    return f"{int(mille / 10 + 0.5)} %" if mille >= 100 else f"{mille / 10:.1f} %"


def shown(number: float) -> re.Pattern[str]:
    """As the page prints a packed number, which may be half a hundredth off."""
    near = sorted({round(number + off, 2) + 0.0 for off in (-0.005, 0, 0.005)})
    return re.compile("|".join(re.escape(f"{typed(n)}") for n in near))


@pytest.mark.parametrize("visit", SCREENS, indirect=True)
def test_each_view_has_an_example_ready_on_each_screen(inside):
    page = inside.page
    expect(told(inside, "influence").first).to_contain_text("The prediction of what comes next")
    inside.tab("Neuron reader")
    expect(page.locator("#neurons-view .chip").first).to_be_visible()
    expect(told(inside, "neurons")).to_contain_text("after “H”")
    inside.tab("Gate film")
    expect(page.locator("#gates-view figure")).to_have_count(6)
    expect(page.locator("#gates-saturation figure")).to_have_count(3)
    inside.check()


def test_nothing_is_computed_before_a_view_is_opened(visit):
    visit.page.wait_for_timeout(500)
    assert visit.page.locator("[data-drawn]").count() == 0
    visit.tab("Inside")
    expect(visit.page.locator("#influence-view .influence-row")).to_have_count(3)
    assert visit.page.locator("[data-drawn]").count() == 1


def test_a_character_that_is_pointed_at_lights_up_what_was_read_by_its_influence(inside, registry):
    write(inside, "influence", TEXT)
    place = 17
    rows = inside.page.locator("#influence-view .influence-row")
    rows.nth(1).locator(".piece").nth(place).hover()
    for row, cell in zip(rows.all(), CELLS, strict=True):
        shares = influence(registry.load("generation", f"shakespeare-{cell}"), TEXT).shares()[place]
        expect(row.locator(".piece.at")).to_have_text(TEXT[place])
        best = int(shares.argmax())
        expect(row.locator(".told")).to_contain_text(f"The prediction of “{TEXT[place]}”")
        expect(row.locator(".told")).to_contain_text(f"({place - best} back)")
        expect(row.locator(".told")).to_contain_text(percent(shares[best]))
        heights = row.locator(".piece").evaluate_all(
            "cells => cells.map((cell) => parseFloat(cell.style.getPropertyValue('--height')))"
        )
        np.testing.assert_allclose(heights[:place], 100 * shares[:place] / shares.max(), atol=0.5)
        assert not any(heights[place:])


def test_the_text_is_walked_through_by_keys(inside):
    write(inside, "influence", TEXT)
    strip = inside.page.locator("#influence-view .strip").first
    strip.focus()
    for key, place in (("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("End", len(TEXT)),
                       ("ArrowLeft", len(TEXT) - 1)):  # fmt: skip
        inside.page.keyboard.press(key)
        expect(strip.locator(".at")).to_have_attribute("data-at", str(place))
    inside.page.keyboard.press("Home")
    expect(told(inside, "influence").first).to_contain_text("Nothing was read before")


@pytest.mark.parametrize("visit", ["phone"], indirect=True)
def test_a_tap_lights_up_too(inside):
    inside.page.locator("#influence-view .influence-row").first.locator(".piece").nth(5).tap()
    expect(inside.page.locator("#influence-view .piece.at").first).to_have_attribute("data-at", "5")


def test_a_review_is_read_by_words(inside, registry):
    review = "the plot is dull and the jokes fall flat"
    inside.page.locator("#influence-text textarea").fill(review)
    inside.page.get_by_label("a review: the verdict").check()
    expect(inside.page.locator("#influence-status")).to_contain_text("9 words")
    row = inside.page.locator("#influence-view .influence-row")
    expect(row.locator(".piece")).to_have_text(review.split())
    row.locator(".piece").nth(3).hover()
    shares = influence(registry.load("sentiment"), review).shares()[3]
    expect(row.locator(".told")).to_contain_text("The verdict after “dull”")
    expect(row.locator(".told")).to_contain_text(percent(shares.max()))


@pytest.mark.parametrize(("text", "sentence"), BAD)
def test_a_bad_text_gets_one_sentence_and_loses_nothing(inside, text, sentence):
    field = inside.page.locator("#influence-text textarea")
    field.fill(text)
    inside.page.locator("#influence-look").click()
    expect(inside.page.locator("#influence-status .note")).to_contain_text(sentence)
    expect(inside.page.locator("#influence-view .influence-row")).to_have_count(3)
    expect(field).to_have_value(text)


def test_strange_text_is_shown_as_text_and_what_was_never_seen_is_named(inside):
    for view, tab in (("influence", None), ("neurons", "Neuron reader"), ("gates", "Gate film")):
        if tab:
            inside.tab(tab)
        inside.page.locator(f"#{view}-text textarea").fill(STRANGE)
        inside.page.locator(f"#{view}-look").click()
        expect(inside.page.locator(f"#{view}-status")).to_contain_text(
            'never saw < = " ( 1 ) > $ { } é'
        )
        assert inside.page.locator(f"#{view}-view img").count() == 0
    inside.check()


def test_the_reader_shows_a_units_values_and_what_was_expected(inside, registry):
    inside.tab("Neuron reader")
    write(inside, "neurons", TEXT)
    network = registry.load("generation", "shakespeare-lstm")
    reading = read_neurons(network, TEXT, 0)
    columns = inside.page.locator("#neurons-view .column")
    expect(columns).to_have_count(len(TEXT))
    field = inside.page.locator("#neurons-view .unit-field")
    for unit, place in ((0, 3), (11, 20)):
        field.fill(str(unit))
        field.blur()
        columns.nth(place).click()
        expect(told(inside, "neurons")).to_contain_text(f"Unit {unit} after")
        expect(told(inside, "neurons").locator("b")).to_have_text(
            re.compile(f": ({shown(reading.states[place, unit]).pattern})$")
        )
        down = "down" in columns.nth(place).get_attribute("class")
        assert down == (reading.states[place, unit] < -0.005)
        guesses = columns.nth(place).locator("i").all_inner_texts()
        glyphs = {" ": "␣", "\n": "↵"}
        assert guesses == [glyphs.get(text, text) for text, _ in reading.guesses[place]]


def test_units_are_ranked_over_a_longer_text_and_checked_on_this_one(inside, registry):
    inside.tab("Neuron reader")
    write(inside, "neurons", TEXT)
    page, network = inside.page, registry.load("generation", "shakespeare-lstm")
    long, here = rank_units(network, LONG_TEXTS["shakespeare"], 0), rank_units(network, TEXT, 0)
    page.locator("#neurons-view .feature").select_option("upper case")
    (unit, r), *_ = long.of("upper case")
    chip = page.locator("#neurons-view .chip").first
    expect(chip).to_contain_text(f"unit {unit} r = {typed(round(r, 3))}")
    local = here.correlations[here.features.index("upper case"), unit]
    expect(chip).to_contain_text(f"here {typed(round(local, 3))}")
    expect(chip).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#neurons-view .unit-field")).to_have_value(str(unit))
    expect(page.locator("#neurons-view .ranked-said")).to_contain_text("by chance")


def test_the_film_shows_each_gate_at_the_place_of_the_slider(inside, registry):
    inside.tab("Gate film")
    write(inside, "gates", TEXT)
    page, film = inside.page, gate_film(registry.load("generation", "shakespeare-lstm"), TEXT, 0)
    page.locator("#gates-view .time").fill("10")
    line = told(inside, "gates")
    expect(line).to_contain_text(f"After “{TEXT[10]}” (11 of {len(TEXT)})")
    expect(line).to_contain_text(f"unit {film.units[0]}:")
    for name, values in film.values.items():
        value, said = values[10, 0], name
        if name == "cell":
            value, said = np.tanh(value), r"tanh\(cell\)"
        expect(line).to_have_text(re.compile(f"{said} ({shown(value).pattern})"))
    column = film.values["forget"][10].round(2)  # as it travels
    figure = page.locator("#gates-view figure[data-gate=forget]")
    expect(figure).to_contain_text(f"{(column > 0.9).sum()} open, {(column < 0.1).sum()} shut")
    figure.locator(".map").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(line).to_contain_text(f"(12 of {len(TEXT)}), unit {film.units[1]}:")


def test_the_film_plays_and_stops(inside):
    inside.tab("Gate film")
    write(inside, "gates", TEXT * 6)
    play, time = inside.page.locator("#gates-view .play"), inside.page.locator("#gates-view .time")
    before = int(time.input_value())
    play.click()
    expect(play).to_have_text("Pause")
    inside.page.wait_for_function(
        "place => Number(document.querySelector('#gates-view .time').value) > place", arg=before + 1
    )
    play.click()
    expect(play).to_have_text("Play")
    stands = time.input_value()
    inside.page.wait_for_timeout(400)
    assert time.input_value() == stands


def test_the_scatter_counts_over_a_longer_text(inside, registry):
    inside.tab("Gate film")
    page, network = inside.page, registry.load("generation", "shakespeare-lstm")
    found = saturation(network, LONG_TEXTS["shakespeare"], 0)
    scatter = page.locator("#gates-saturation")
    expect(scatter).to_contain_text(f"{found.steps:,} steps of plays that it never read")
    expect(scatter.locator("figure").first.locator("circle")).to_have_count(16)
    inside.choose("gates-model", shared.MODEL_TITLES["shakespeare-rnn"])
    expect(scatter).to_contain_text("shakespeare-rnn has no gates")
    expect(page.locator("#gates-view figure")).to_have_count(1)


def test_a_network_of_another_kind_brings_an_example_of_its_kind(inside):
    inside.tab("Gate film")
    inside.choose("gates-model", f"Film reviews: {shared.MODEL_TITLES['sentiment-lstm']}")
    example = texts.INSIDE_EXAMPLES["sentiment"]
    expect(inside.page.locator("#gates-text textarea")).to_have_value(example)
    expect(inside.page.locator("#gates-status")).to_contain_text("words")
    expect(inside.page.locator("#gates-view .strip")).to_contain_text("music is lovely")


def test_programs_get_the_numbers_of_each_view(url, registry):
    client = Client(url, verbose=False)
    network = registry.load("generation", "shakespeare-lstm")
    assert client.predict(TEXT, api_name="/influence") == influence(network, TEXT).to_json()
    neurons = client.predict(TEXT, "shakespeare-gru", 0, [3], api_name="/neurons")
    assert list(neurons["units"]) == ["3"]
    assert neurons["ranking"]["places"] == len(TEXT)
    gates = client.predict(TEXT, "shakespeare-gru", api_name="/gates")
    assert set(gates["values"]) == {"reset", "keep", "candidate", "hidden"}
    assert set(gates["saturation"]["open"]) == {"reset", "keep"}
    assert client.predict(TEXT, "shakespeare-rnn", api_name="/gates")["saturation"] is None
    for door, wrong in (("/influence", ("a",)), ("/neurons", (TEXT, None, 7)),
                        ("/gates", (TEXT, "nobody"))):  # fmt: skip
        with pytest.raises(AppError, match=r"too little|numbered from 0|no model 'nobody'"):
            client.predict(*wrong, api_name=door)


@pytest.fixture(scope="module")
def poor_url(weights_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page without an RNN and a GRU."""
    root = tmp_path_factory.mktemp("poor") / "weights"
    shutil.copytree(weights_dir, root)
    with served(root) as url:
        yield url


def test_networks_that_are_not_there_are_named(browser: Browser, poor_url: str):
    visit = Visit(browser, poor_url, "wide")
    visit.tab("Inside")
    expect(visit.page.locator("#influence-view .influence-row")).to_have_count(1)
    status = visit.page.locator("#influence-status")
    expect(status).to_contain_text("shakespeare-rnn is not here yet")
    expect(status).to_contain_text("shakespeare-gru is not here yet")
    visit.check()
    visit.context.close()
