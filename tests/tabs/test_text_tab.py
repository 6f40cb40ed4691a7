"""The text tab in a real browser, as a visitor drives it."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect

from tabs import surprise
from tabs.texts import shared as texts
from tests.browser import SCREENS, Visit
from tests.conftest import COPIED_PROMPT

NASTY = [
    "<img src=x onerror=alert(1)>",
    "</div><script>alert(1)</script>",
    "שלום עולם",
    "a\x00\x07\x1bb",
    "${value} {{value}} `x`",
    "\u202eabc\u2028d",
    "€" * 50,
]


def write(visit: Visit, prompt: str = "ROMEO: ", length: int = 100) -> str:
    """Press Generate and wait for the end; the text on the sheet."""
    visit.page.locator("#text-prompt textarea").fill(prompt)
    visit.number("text-length", length)
    visit.page.locator("#text-generate").click()
    return written(visit, length)


def written(visit: Visit, count: int) -> str:
    status = visit.page.locator("#text-status")
    expect(status).to_contain_text(f"{count:,} characters ·")
    expect(visit.page.locator("#text-generate")).to_be_enabled()
    return visit.text("text-output")


def seed_of(page: Page) -> str:
    return page.locator("#text-seed input").input_value()


def point(visit: Visit, elem_id: str, place: int) -> Locator:
    """Point at a character of a sheet (tap it on the phone); the tip."""
    character = visit.page.locator(f"#{elem_id} [data-at='{place}']")
    character.tap() if visit.screen == "phone" else character.hover()
    tip = visit.page.locator(f"#{elem_id} .sheet-tip")
    expect(tip).to_contain_text(re.compile(r"[\d.]+ % likely, [\d.]+ bits"))
    box = tip.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= visit.page.viewport_size["width"]
    return tip


@pytest.mark.parametrize("visit", SCREENS, indirect=True)
def test_each_view_works_on_each_screen(visit):
    _views_of_a_text(visit)
    _side_by_side(visit)
    _read_my_text(visit)
    _how_it_learned(visit)
    visit.check()


def _views_of_a_text(visit: Visit) -> None:
    page = visit.page
    text = write(visit)
    assert text.startswith("ROMEO: ")
    assert len(text) == len("ROMEO: ") + 100
    status = page.locator("#text-status")
    expect(status).to_contain_text("shakespeare-lstm (Tiny Shakespeare, validation loss 4.100)")
    expect(status).to_contain_text(re.compile(r"a second · \d\.\d\d bits a character"))
    expect(status).to_contain_text(f"seed {seed_of(page)}")
    visit.look("text-output", "How sure was it?")
    expect(page.locator("#text-output .sheet-legend")).to_contain_text("under 1 %")
    tip = point(visit, "text-output", 20)
    shares = [float(p.strip("<% ")) for p in tip.locator(".p").all_inner_texts()]
    assert len(shares) in (5, 6)
    assert shares[:5] == sorted(shares[:5], reverse=True)
    visit.look("text-output", "Is it copying?")
    expect(page.locator("#text-output .sheet-copying")).to_contain_text("12-character windows")
    expect(tip).to_be_hidden()
    assert visit.text("text-output") == text


def _side_by_side(visit: Visit) -> None:
    page = visit.page
    visit.tab("Side by side")
    expect(page.locator("#side-columns")).to_contain_text("validation loss 4.300")
    page.locator("#side-prompt textarea").fill("<b>To be")
    visit.number("side-length", 50)
    page.locator("#side-generate").click()
    for cell in texts.SIDE_BY_SIDE:
        expect(page.locator(f"#side-{cell}-status")).to_contain_text("50 ch")
    expect(page.locator("#side-generate")).to_be_enabled()
    shown = [visit.text(f"side-{cell}") for cell in texts.SIDE_BY_SIDE]
    assert len(set(shown)) == 3
    assert all(text.startswith("<b>To be") and len(text) == 58 for text in shown)
    visit.look("side-rnn", "How sure was it?")
    for cell in texts.SIDE_BY_SIDE:
        expect(page.locator(f"#side-{cell} .sheet-legend")).to_be_visible()
    boxes = [page.locator(f"#side-{cell}").bounding_box() for cell in texts.SIDE_BY_SIDE]
    assert len({round(box["x"]) for box in boxes}) == (1 if visit.screen == "phone" else 3)


def _read_my_text(visit: Visit) -> None:
    page = visit.page
    visit.tab("Read my text")
    text = "To be, or not <b>to</b> be"
    box = page.locator("#read-text textarea")
    expect(box).to_have_value(re.compile("summer"))  # the field is there with its first value
    box.click()
    box.fill(text + "€")
    expect(page.locator("#read")).to_be_enabled()
    page.locator("#read").click()
    table = page.locator("#read-table")
    expect(table.locator("tbody tr")).to_have_count(4)
    known = re.sub(r"[<>/€]", "", text)
    expect(visit.sheet("read-output")).to_have_text(known)
    expect(page.locator("#read-status")).to_contain_text("never saw < > / €")
    expect(table).to_contain_text(f"{len(known)} of {len(text) + 1}")
    bits = [float(cell) for cell in table.locator("td b").all_inner_texts()]
    assert bits == sorted(bits)
    point(visit, "read-output", 3)


def _how_it_learned(visit: Visit) -> None:
    page = visit.page
    visit.tab("How it learned")
    plot = page.locator("#learn-plot")
    expect(plot.locator(".main-svg").first).to_be_visible()
    for trace in ("shakespeare-lstm, training", "shakespeare-lstm, validation", "shakespeare-rnn"):
        expect(plot.locator(".legendtext", has_text=trace).first).to_be_visible()
    sample = page.locator("#learn-sample")
    expect(sample).to_contain_text("To be, or not")
    page.get_by_label("step 100", exact=True).check()
    expect(sample).to_contain_text("e e <b>eth</b>")
    expect(sample).to_contain_text("2.900")
    visit.choose("learn-model", "Tiny Shakespeare (GRU)")
    expect(sample).to_contain_text("without samples by stage")


def test_each_character_has_its_shade_and_its_tip_by_mouse_and_keys_without_the_server(visit):
    page = visit.page
    write(visit)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    visit.look("text-output", "How sure was it?")
    told = page.evaluate(
        """() => [...document.querySelectorAll('#text-output [data-at]')].map((span) => {
            span.dispatchEvent(
                new PointerEvent('pointerover', {bubbles: true, pointerType: 'mouse'}));
            const tip = document.querySelector('#text-output .sheet-tip .title').textContent;
            return [span.className.match(/s(\\d)/)[1], tip];
        })"""
    )
    assert len(told) == 100
    for shade, tip in told:
        percent = float(re.search(r"([\d.]+) % likely", tip)[1])
        expected = sum(percent < bound for bound in (50, 20, 5, 1))
        rounded = any(abs(percent - bound) <= 0.5 for bound in (50, 20, 5, 1))
        assert int(shade) == expected or (rounded and abs(int(shade) - expected) == 1)

    visit.sheet("text-output").focus()
    page.keyboard.press("Escape")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#text-output .at")).to_have_attribute("data-at", "2")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#text-output .at")).to_have_attribute("data-at", "1")
    page.keyboard.press("Escape")
    expect(page.locator("#text-output .sheet-tip")).to_be_hidden()
    visit.look("text-output", "Is it copying?")
    assert asked == []


def test_what_is_copied_is_marked_and_nothing_else(visit):
    page = visit.page
    marked = page.locator("#text-output :is(.copied, .longest)")
    write(visit)
    expect(marked).to_have_count(0)
    visit.number("text-temperature", 0)
    text = write(visit, COPIED_PROMPT, 50).removeprefix(COPIED_PROMPT)
    visit.look("text-output", "Is it copying?")
    run = "".join(page.locator("#text-output .longest").all_text_contents())
    assert len(run) >= 40
    assert text.startswith(run)
    said = page.locator("#text-output .sheet-copying")
    expect(said).to_contain_text(f"longest copied run has {len(run)} characters")


def test_a_kept_seed_and_continue_write_the_text_of_one_go(visit):
    page = visit.page
    resume = page.locator("#text-continue")
    expect(resume).to_be_disabled()
    first, seed = write(visit), seed_of(page)
    page.get_by_label("Keep this seed").first.check()
    resume.click()
    both = written(visit, 200)
    assert both.startswith(first)
    assert seed_of(page) == seed
    assert write(visit, length=200) == both
    page.get_by_label("Keep this seed").first.uncheck()
    page.locator("#text-generate").click()
    expect(page.locator("#text-seed input")).not_to_have_value(seed)
    assert written(visit, 200) != both


def test_stop_keeps_the_text_which_can_be_continued_or_replaced(visit):
    page = visit.page
    visit.choose("text-model", "slow-lstm")
    visit.number("text-length", 2000)
    page.locator("#text-generate").click()
    stop, status = page.locator("#text-stop"), page.locator("#text-status")
    expect(stop).to_be_enabled()
    expect(status).to_contain_text("…")
    expect(page.locator("#text-generate")).to_be_disabled()
    stop.click()
    expect(stop).to_be_disabled()
    expect(status).to_contain_text(re.compile(r"[\d,]+ characters? ·"))
    count = int(re.search(r"([\d,]+) characters?", status.inner_text())[1].replace(",", ""))
    kept = visit.text("text-output")
    prompt = page.locator("#text-prompt textarea").input_value()
    assert 0 < count < 2000
    assert len(kept) == len(prompt) + count
    visit.number("text-length", 50)
    page.locator("#text-continue").click()
    assert written(visit, count + 50).startswith(kept)
    visit.choose("text-model", "Tiny Shakespeare (LSTM)")
    assert len(write(visit)) == len("ROMEO: ") + 100


def test_a_text_is_copied_and_downloaded_as_it_is(visit):
    page = visit.page
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    text = write(visit, prompt="<b>é\n\n  x")
    output = page.locator("#text-output")
    output.get_by_role("button", name="Copy", exact=True).click()
    expect(output.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == text
    with page.expect_download() as saved:
        output.get_by_role("button", name="Download").click()
    assert saved.value.suggested_filename == "shakespeare-lstm.txt"
    assert saved.value.path().read_bytes().decode() == text


def test_bad_input_is_a_sentence_and_what_is_on_show_stays(visit):
    page = visit.page
    text = write(visit)
    page.locator("#text-prompt textarea").fill("a" * 100_000)
    page.locator("#text-generate").click()
    assert visit.toast() == "The prompt has 100,000 characters; give at most 20,000."
    expect(page.locator("#text-generate")).to_be_enabled()
    expect(page.locator("#text-continue")).to_be_enabled()
    assert visit.text("text-output") == text

    visit.tab("Read my text")
    page.locator("#read").click()
    expect(page.locator("#read-table tbody tr")).to_have_count(4)
    before = visit.text("read-output")
    for text, told in (("x" * 100_000, "100,000 characters"), ("", "two"), ("€€€€", "two")):
        page.locator("#read-text textarea").fill(text)
        page.locator("#read").click()
        assert told in visit.toast()
        assert visit.text("read-output") == before
        expect(page.locator("#read")).to_be_enabled()


def test_no_prompt_becomes_markup_or_is_changed(visit):
    for prompt in NASTY:
        shown = write(visit, prompt, 50)
        told = visit.page.locator("#text-prompt textarea").input_value()
        assert shown.startswith(told)
        assert len(shown) == len(told) + 50
        assert visit.page.locator("#text-output :is(img, script)").count() == 0
    expect(visit.page.locator("#text-status")).to_contain_text("never saw €")
    visit.check()


def test_an_example_sets_the_form_and_writes(visit):
    page = visit.page
    page.get_by_text("To be, or not to be, cautiously").click()
    assert written(visit, 300).startswith("To be, or not to be")
    expect(page.locator("#text-prompt textarea")).to_have_value("To be, or not to be")


def test_side_by_side_stops(visit, monkeypatch):
    quick = surprise.piece_line
    monkeypatch.setattr(surprise, "piece_line", lambda piece: time.sleep(0.005) or quick(piece))
    page = visit.page
    visit.tab("Side by side")
    visit.number("side-length", 2000)
    page.locator("#side-generate").click()
    expect(page.locator("#side-gru-status")).to_contain_text("…")
    page.locator("#side-stop").click()
    expect(page.locator("#side-stop")).to_be_disabled()
    expect(page.locator("#side-generate")).to_be_enabled()
    expect(page.locator("#side-gru-status")).not_to_contain_text("…")
    expect(page.locator("#side-gru-status")).to_contain_text("seed")
