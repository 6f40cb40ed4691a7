"""Make the README's pictures of the page: ``python -m tests.screenshots``.

Serves the page on the bundled weights and photographs each tab, and each view of the tabs Text and
Inside, with the system's Chromium. Without a network the stock tab shows its simulated series, and
says so in the picture.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from inference.registry import default_weights_dir
from tests.browser import CHROMIUM, FLAGS, served

OUT = Path(__file__).parents[1] / "results" / "screenshots"
PATIENCE = 120_000  # ms, for whatever a busy machine must finish before the picture
SEED = "7"  # of the texts in the pictures


def main() -> None:
    """Write one PNG a view into results/screenshots."""
    OUT.mkdir(parents=True, exist_ok=True)
    with served(default_weights_dir()) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1180, "height": 800})
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        page.goto(f"{url}?__theme=light")
        for take in (
            _writing, _side_by_side, _reading, _learning, _own_text, _other_tabs, _dates, _inside,
            _memory,
        ):  # fmt: skip
            take(page)
        browser.close()


def _shoot(page: Page, name: str) -> None:
    page.mouse.move(0, 0)
    page.wait_for_timeout(1000)  # Plotly fades in
    page.screenshot(path=OUT / f"{name}.png", full_page=True)


def _keep_seed(page: Page, prefix: str) -> None:
    page.locator(f"#{prefix}-seed input").fill(SEED)
    page.locator(f"#{prefix}-keep-seed input").check()


def _writing(page: Page) -> None:
    """The text, how sure the network was (with the tip of one character), what is copied."""
    _keep_seed(page, "text")
    page.locator("#text-generate").click()
    expect(page.locator("#text-status")).to_contain_text("characters ·")
    _shoot(page, "text")
    page.get_by_role("button", name="How sure was it?").first.click()
    page.locator("#text-output .sheet-text").focus()
    for _ in range(40):
        page.keyboard.press("ArrowRight")
    _shoot(page, "text-sure")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Is it copying?").click()
    _shoot(page, "text-copying")


def _side_by_side(page: Page) -> None:
    page.get_by_role("tab", name="Side by side").click()
    if page.locator("#side-generate").count() == 0:
        return  # none of the three networks is here
    _keep_seed(page, "side")
    page.locator("#side-generate").click()
    for status in page.locator("#side-columns [id$=-status]").all():
        expect(status).to_contain_text("characters ·")
    _shoot(page, "text-side-by-side")


def _reading(page: Page) -> None:
    page.get_by_role("tab", name="Read my text").click()
    page.locator("#read").click()
    expect(page.locator("#read-stop")).to_be_disabled()
    expect(page.locator("#read")).to_be_enabled()
    expect(page.locator("#read-table tbody tr").first).to_be_visible()
    _shoot(page, "text-read")


def _learning(page: Page) -> None:
    page.get_by_role("tab", name="How it learned").click()
    expect(page.locator("#learn-plot .main-svg").first).to_be_visible()
    _shoot(page, "text-learned")


def _own_text(page: Page) -> None:
    page.get_by_role("tab", name="Your own text").click()
    page.locator("#own-train").click()
    expect(page.locator("#own-write")).to_be_visible(timeout=5 * PATIENCE)
    _shoot(page, "text-own")


def _other_tabs(page: Page) -> None:
    page.get_by_role("tab", name="Sentiment").click()
    expect(page.locator("#verdict-words .words")).to_be_visible()
    _shoot(page, "sentiment")
    page.get_by_role("tab", name="Stocks").click()
    expect(page.locator("#forecast-plot .main-svg").first).to_be_visible()
    _shoot(page, "stocks")


def _dates(page: Page) -> None:
    """Where the network looked at one character."""
    page.get_by_role("tab", name="Dates").click()
    expect(page.locator("#date-view .dates")).to_be_visible()
    page.locator("#date-view input").nth(5).focus()
    _shoot(page, "dates")


def _inside(page: Page) -> None:
    """Each view with its example, a character in the middle of the text looked at."""
    page.get_by_role("tab", name="Inside", exact=True).click()
    page.locator("#influence-view .influence-row").first.locator(".piece").nth(60).click()
    _shoot(page, "inside-influence")
    page.get_by_role("tab", name="Neuron reader").click()
    expect(page.locator("#neurons-view .chip").first).to_be_visible()
    _shoot(page, "inside-neurons")
    page.get_by_role("tab", name="Gate film").click()
    expect(page.locator("#gates-saturation svg").first).to_be_visible()
    _shoot(page, "inside-gates")
    page.get_by_role("tab", name="Gradient flow").click()
    expect(page.locator("#flow-chart polyline").first).to_be_visible()
    _shoot(page, "inside-gradient-flow")
    page.get_by_role("tab", name="The verdict's path").click()
    expect(page.locator("#path-drawing .path")).to_be_visible()
    _shoot(page, "inside-verdict-path")
    page.get_by_role("tab", name="Gradient check").click()
    expect(page.locator(".clinic-card").first).to_be_visible()
    page.locator("#clinic-mistake").get_by_label("Missing carry").check()
    expect(page.locator(".clinic-diff")).to_be_visible()
    _shoot(page, "inside-gradient-check")


def _memory(page: Page) -> None:
    """The race at its end, and a small network that has learned four classes."""
    page.get_by_role("tab", name="Memory").click()
    page.locator("#race").click()
    expect(page.locator("#race-told .measured")).to_be_visible()
    _shoot(page, "memory-race")
    page.get_by_role("tab", name="Train a small network").click()
    page.locator("#memory-problem input").click()
    page.get_by_role("option", name="Who leads, and how fast?").click()
    page.locator("#memory-train").click()
    expect(page.locator("#memory-figures .measured")).to_be_visible()
    _shoot(page, "memory-training")


if __name__ == "__main__":
    main()
