"""The system's Chromium and the page in it, for the browser tests and the README's pictures."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, Request, expect

CHROMIUM = shutil.which("chromium")  # None where it is not installed
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update"]  # fmt: skip
SCREENS = {
    "wide": ({"width": 1280, "height": 900}, "light"),
    "dark": ({"width": 1280, "height": 900}, "dark"),
    "phone": ({"width": 390, "height": 844}, "light"),
}
PATIENCE = 30_000  # ms for what a network has to do first, on a busy machine


@contextmanager
def served(weights: Path) -> Iterator[str]:
    """The address of the page on the checkpoints of a folder, served in this process."""
    import app
    from inference.registry import Registry
    from tabs import style

    page = app.build(Registry(weights))
    _, url, _ = page.launch(
        prevent_thread_lock=True, quiet=True, server_name="127.0.0.1", **style.LAUNCH
    )
    yield url
    page.close()


class Visit:
    """A page in the browser, with what it asked for and complained about."""

    def __init__(self, browser: Browser, url: str, screen: str) -> None:
        self.screen = screen
        viewport, theme = SCREENS[screen]
        self.context = browser.new_context(
            viewport=viewport, has_touch=screen == "phone", accept_downloads=True
        )
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.outside: list[str] = []
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._note_request)
        self.page.goto(f"{url}?__theme={theme}")
        expect(self.page.locator("#text-generate")).to_be_visible()

    def _note_request(self, request: Request) -> None:
        if not re.match(r"(http://127\.0\.0\.1[:/]|data:|blob:)", request.url):
            self.outside.append(request.url)

    def tab(self, name: str) -> None:
        """Open a tab or a sub-tab."""
        self.page.get_by_role("tab", name=name, exact=True).click()

    def choose(self, elem_id: str, option: str) -> None:
        """Choose an option of a drop-down list."""
        self.page.locator(f"#{elem_id} input").click()
        offered = self.page.get_by_role("option", name=option, exact=True)
        offered.locator("visible=true").last.click()  # a list that was closed fades out

    def number(self, elem_id: str, value: float) -> None:
        """Set the number of a slider."""
        field = self.page.locator(f"#{elem_id} input[type=number]")
        field.fill(str(value))
        field.blur()

    def sheet(self, elem_id: str) -> Locator:
        """The text of a sheet."""
        return self.page.locator(f"#{elem_id} .sheet-text")

    def text(self, elem_id: str) -> str:
        """The characters of a sheet, exactly as they are in the page."""
        return self.sheet(elem_id).evaluate("element => element.textContent")

    def look(self, elem_id: str, view: str) -> None:
        """Choose a view of a sheet by its name."""
        self.page.locator(f"#{elem_id}").get_by_role("button", name=view, exact=True).click()

    def toast(self) -> str:
        """The sentence of the error on show; closes it."""
        toasts = self.page.get_by_test_id("toast-text")
        expect(toasts.last).to_be_visible()
        text = toasts.last.inner_text()
        # Closed by script: on a busy machine a toast may go by itself before the mouse is there.
        self.page.evaluate(
            "document.querySelectorAll('[data-testid=toast-close]').forEach((b) => b.click())"
        )
        expect(toasts).to_have_count(0)
        return text

    def check(self) -> None:
        """Nothing asked of an outside host, no complaint, and no sideways scrolling."""
        assert self.errors == []
        assert self.outside == []
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width == self.page.viewport_size["width"]
