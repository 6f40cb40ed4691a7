"""Make the README's pictures of the page: ``python -m tests.screenshots``.

Serves the page on the bundled weights and photographs each tab with the system's Chromium. Without
a network the stock tab shows its simulated series, and says so in the picture.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect, sync_playwright

import app
from tabs import style
from tests.browser import CHROMIUM, FLAGS

OUT = Path(__file__).parents[1] / "results" / "screenshots"


def main() -> None:
    """Write text.png, sentiment.png and stocks.png."""
    OUT.mkdir(parents=True, exist_ok=True)
    _, url, _ = app.demo.launch(prevent_thread_lock=True, quiet=True, **style.LAUNCH)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1180, "height": 800})
        page.goto(f"{url}?__theme=light")
        page.locator("#text-generate").click()
        expect(page.locator("#text-status")).to_contain_text("characters ·", timeout=60_000)
        expect(page.locator("#text-generate")).to_be_enabled(timeout=60_000)
        page.screenshot(path=OUT / "text.png", full_page=True)
        page.get_by_role("tab", name="Sentiment").click()
        expect(page.locator("#running-plot .main-svg").first).to_be_visible(timeout=60_000)
        page.wait_for_timeout(1000)  # Plotly fades in
        page.screenshot(path=OUT / "sentiment.png", full_page=True)
        page.get_by_role("tab", name="Stocks").click()
        expect(page.locator("#forecast-plot .main-svg").first).to_be_visible(timeout=60_000)
        page.wait_for_timeout(1000)
        page.screenshot(path=OUT / "stocks.png", full_page=True)
        browser.close()
    app.demo.close()


if __name__ == "__main__":
    main()
