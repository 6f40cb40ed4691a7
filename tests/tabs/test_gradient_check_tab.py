"""The gradient check in a real browser, driven as a visitor would."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from inference.bug_clinic import check_gradients
from tabs import gradient_check
from tabs.texts import clinic as texts
from tests.browser import SCREENS, Visit


def open_check(visit: Visit) -> None:
    visit.tab("Inside")
    visit.tab("Gradient check")
    expect(visit.page.locator(".clinic-verdict")).to_be_visible()


def card(visit: Visit, name: str):
    named = visit.page.get_by_text(name, exact=True)
    return visit.page.locator(".clinic-card").filter(has=named)


def switch_on(visit: Visit, mistake: str) -> None:
    visit.page.locator("#clinic-mistake").get_by_label(texts.CLINIC_MISTAKES[mistake]).check()


@pytest.mark.parametrize("visit", SCREENS, indirect=True)
def test_the_clean_code_is_there_when_the_tab_opens_and_a_mistake_turns_red(visit):
    page = visit.page
    open_check(visit)
    expect(page.locator(".clinic-card.right")).to_have_count(11)
    expect(page.locator(".clinic-verdict")).to_contain_text("All 120 entries of 11 gradients agree")
    switch_on(visit, "bias_sum")
    expect(page.locator(".clinic-card.wrong")).to_have_count(4)
    expect(page.locator(".clinic-verdict")).to_contain_text("12 of 120 entries are wrong")
    expect(page.locator(".clinic-diff .del")).to_contain_text("+=")
    expect(page.locator(".clinic-diff .ins")).to_contain_text("] = step")
    array = next(a for a in check_gradients("lstm", 3, 4, "bias_sum").arrays if a.name == "dbf")
    expect(card(visit, "dbf")).to_contain_text(f"{array.error:.1e}")
    visit.check()


def test_nothing_is_computed_before_the_tab_is_opened(visit, monkeypatch):
    asked = []
    monkeypatch.setattr(
        gradient_check, "check_gradients", lambda *a: asked.append(a) or check_gradients(*a)
    )
    visit.page.reload()
    visit.tab("Stocks")
    expect(visit.page.locator("#forecast-summary")).to_contain_text("AAPL")
    assert asked == []
    open_check(visit)
    assert set(asked) == {("lstm", 3, 4, None)}


def test_a_mistake_that_a_cell_does_not_allow_is_not_offered(visit):
    page = visit.page
    open_check(visit)
    switch_on(visit, "no_carry")
    expect(page.locator(".clinic-diff .del")).to_contain_text("dc_prevt")
    page.locator("#clinic-cell").get_by_label("RNN").check()
    expect(page.locator(".clinic-card")).to_have_count(5)
    offered = page.locator("#clinic-mistake label")
    expect(offered).to_have_text([
        texts.CLINIC_NO_MISTAKE, "No gradient through time", "Wrong derivative",
        "Transposed weight", "Dropped bias sum",
    ])  # fmt: skip
    expect(offered.first.locator("input")).to_be_checked()
    expect(page.locator(".clinic-verdict")).to_contain_text("agree")
    switch_on(visit, "transposed")
    expect(page.locator(".clinic-diff .ins")).to_contain_text('parameters["Waa"] @ dz')
    page.locator("#clinic-cell").get_by_label("GRU").check()  # which has the same mistake
    expect(page.locator(".clinic-diff .ins")).to_contain_text("Waz @ dz")
    visit.check()


def test_sizes_move_the_check_and_one_step_does_not_see_a_lost_step(visit):
    page = visit.page
    open_check(visit)
    switch_on(visit, "no_time")
    expect(page.locator(".clinic-verdict")).to_contain_text("entries are wrong")
    visit.number("clinic-steps", 1)
    expect(page.locator(".clinic-mistake .note")).to_have_text(texts.CLINIC_UNSEEN)
    visit.number("clinic-units", 2)
    expect(page.locator(".clinic-verdict")).to_contain_text("LSTM, 2 units, 1 step;")
    visit.check()


def test_an_entry_tells_its_numbers_to_the_keyboard(visit):
    open_check(visit)
    grid = card(visit, "dWf").locator(".clinic-grid")
    grid.focus()
    visit.page.keyboard.press("ArrowRight")
    visit.page.keyboard.press("ArrowRight")
    array = check_gradients("lstm", 3, 4).arrays[0]
    by_hand = f"{array.by_hand[0, 1]:+.7f}".replace("-", "−")
    expect(visit.page.locator(".tip:visible")).to_have_text(
        re.compile(rf"dWf\[0, 1\] right: by hand {re.escape(by_hand)}, numeric .*, relative error")
    )
