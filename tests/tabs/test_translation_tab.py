"""The dates tab in a real browser, on a tiny untrained network, driven as a visitor would."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from inference.registry import Registry
from inference.translation import DateTranslation, DateTranslator
from tabs.texts import dates as texts
from tests.browser import SCREENS, Visit


@pytest.fixture(scope="module")
def translator(page_weights) -> DateTranslator:
    return Registry(page_weights).load("translation")


def open_dates(visit: Visit) -> None:
    visit.tab("Dates")
    expect(visit.page.locator("#date-view .dates")).to_be_visible()


def fields(page: Page):
    return page.locator("#date-view input")


def expect_answer(page: Page, found: DateTranslation) -> None:
    """The fields hold the answer, and the card has it too."""
    expect(page.locator("#date-told .date-line b")).to_have_text(found.answer)
    for field, character in zip(fields(page).all(), found.answer, strict=True):
        expect(field).to_have_value(character)


@pytest.mark.parametrize("visit", SCREENS, indirect=True)
def test_a_date_is_read_when_the_tab_opens_and_the_map_holds_the_true_weights(visit, translator):
    page = visit.page
    open_dates(visit)
    found = translator.translate(texts.FIRST_DATE)
    expect_answer(page, found)
    expect(page.locator("#date-view .dates-source span")).to_have_text(
        list(found.source.replace(" ", "␣"))
    )
    weights = page.locator("#date-view .dates-map i").evaluate_all(
        "cells => cells.map((cell) => parseFloat(cell.style.getPropertyValue('--weight')))"
    )
    shown = np.array(weights).reshape(found.attention.shape)
    np.testing.assert_allclose(shown, 100 * found.attention, atol=0.06)
    np.testing.assert_allclose(shown.sum(axis=1), 100, atol=1.5)
    expect(page.locator("#date-about")).to_contain_text("50.00% of 100 dates")
    expect(page.locator("#date-about")).to_contain_text("a parser: 40.0%")
    visit.check()


def test_nothing_is_read_before_the_tab_is_opened(visit, monkeypatch):
    asked = []
    translate = DateTranslator.translate
    monkeypatch.setattr(
        DateTranslator, "translate", lambda self, *a: asked.append(a) or translate(self, *a)
    )
    visit.page.reload()
    visit.tab("Stocks")
    expect(visit.page.locator("#forecast-summary")).to_contain_text("AAPL")
    assert asked == []
    open_dates(visit)
    assert set(asked) == {(texts.FIRST_DATE, "")}


def test_pointing_at_a_field_shows_its_lines_and_says_where_it_looked(visit, translator):
    page = visit.page
    open_dates(visit)
    found = translator.translate(texts.FIRST_DATE)
    said, lines = page.locator("#date-view .dates-said"), page.locator("#date-view path")
    assert lines.count() > len(found.answer)
    fields(page).nth(5).hover()
    for line in lines.all():
        mine = line.get_attribute("data-ends").startswith("5 ")
        assert line.evaluate("line => getComputedStyle(line).visibility") == (
            "visible" if mine else "hidden"
        )
    best = int(found.attention[5].argmax())
    looked = f"{round(100 * float(found.attention[5, best]))} % on “{found.source[best]}”"
    expect(said).to_contain_text(f"“{found.answer[5]}” (character 6) it looked {looked}")
    page.locator("#date-view .dates-source span").nth(2).hover()
    expect(said).to_contain_text("“u” of the text was looked at most for")
    page.mouse.move(0, 0)
    expect(said).to_have_text(texts.LOOK_HELP)


def test_the_keyboard_walks_through_the_answer_and_the_map(visit, translator):
    page = visit.page
    open_dates(visit)
    said = page.locator("#date-view .dates-said")
    fields(page).first.focus()
    page.keyboard.press("ArrowRight")
    expect(fields(page).nth(1)).to_be_focused()
    expect(said).to_contain_text("(character 2)")
    page.locator("#date-view .dates-map").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    weight = round(100 * float(translator.translate(texts.FIRST_DATE).attention[1, 1]))
    expect(said).to_contain_text(re.compile(rf"\(character 2\) it looked {weight} % on “h”"))


def test_a_forced_character_stands_and_the_rest_follows_until_it_is_freed(visit, translator):
    page = visit.page
    open_dates(visit)
    free = page.locator("#date-view").get_by_role("button", name="Free all")
    expect(free).to_be_disabled()
    fields(page).first.focus()
    page.keyboard.type("2084", delay=20)  # faster than the answers come back
    expect_answer(page, translator.translate(texts.FIRST_DATE, "2084"))
    expect(page.locator("#date-view label.forced")).to_have_count(4)
    expect(page.locator("#date-told")).to_contain_text("4 in place 4 (the network gave it")
    fields(page).nth(1).focus()
    page.keyboard.press("Delete")
    expect_answer(page, translator.translate(texts.FIRST_DATE, "2_84"))
    page.keyboard.type("x")  # no character of an answer
    expect_answer(page, translator.translate(texts.FIRST_DATE, "2_84"))
    free.click()
    expect_answer(page, translator.translate(texts.FIRST_DATE))
    expect(page.locator("#date-view label.forced")).to_have_count(0)
    visit.check()


def test_a_new_text_sets_the_answer_free(visit, translator):
    page = visit.page
    open_dates(visit)
    fields(page).nth(2).focus()
    page.keyboard.type("8")
    expect(page.locator("#date-view label.forced")).to_have_count(1)
    page.locator("#date-text input, #date-text textarea").fill("14 july 1989")
    expect_answer(page, translator.translate("14 july 1989"))
    expect(page.locator("#date-view label.forced")).to_have_count(0)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is no text"),
        ("1 " * 200, "a date has at most 300"),
        ("五月三日", "nothing here that dates-lstm can read"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence_and_the_next_text_an_answer(
    visit, translator, text, sentence
):
    page = visit.page
    open_dates(visit)
    box = page.locator("#date-text input, #date-text textarea")
    box.fill(text)
    expect(page.locator("#date-told")).to_contain_text(sentence)
    expect(page.locator("#date-view .dates")).to_be_hidden()
    box.fill("3 may 1979")
    expect_answer(page, translator.translate("3 may 1979"))
    visit.check()


def test_a_hostile_text_stays_text_and_gets_a_marked_answer(visit):
    page = visit.page
    open_dates(visit)
    page.locator("#date-text input, #date-text textarea").fill("<img src=x onerror=alert(1)> hello")
    expect(page.locator("#date-told")).to_contain_text("The network never saw <")
    expect(page.locator("#date-told")).to_contain_text("no year of four digits")
    assert page.locator("#date-told img, #date-view img").count() == 0
    visit.check()


def test_a_long_text_is_drawn_and_scrolls_within_its_box(visit):
    page = visit.page
    open_dates(visit)
    page.locator("#date-text input, #date-text textarea").fill("3 may 1979 " * 20)
    expect(page.locator("#date-view .dates-source span")).to_have_count(219)
    expect(page.locator("#date-told")).to_contain_text("too long")
    visit.check()


def test_an_example_of_a_style_never_learned_says_so_with_its_figures(visit):
    page = visit.page
    open_dates(visit)
    page.get_by_text("Week date: 0%", exact=True).click()
    expect(page.locator("#date-told")).to_contain_text("of 500 such dates it gets 0.4% right")
    page.get_by_text(texts.DATE_FIGURES_TITLE).click()
    expect(page.locator("#date-figures")).to_contain_text("✗ 0.4%")
    visit.check()
