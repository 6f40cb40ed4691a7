"""How long a visitor waits for the page: ``python -m tests.answer_times``.

Serves the page on the bundled weights and takes the times in the browser: from the press to the
first character that a network writes; for each view inside a network from the press to the new
drawing on the screen, of a text of 150 characters that it has not seen; and of the race, to its
sentence. The first answer of each loads the network and is left out.

The browser runs beside the server here. So that it does not take the cores from the networks, as no
visitor's browser does, gradio's waiting animation is stopped: without a graphics card the processor
draws it.
"""

from __future__ import annotations

import os
import statistics
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import Page, expect, sync_playwright

import app  # noqa: F401  (first: it sets the threads of torch, as for every visitor)
from inference.registry import default_weights_dir
from tests.browser import CHROMIUM, FLAGS, served

PATIENCE = 60_000  # ms
TIMES = 7
CHARACTERS = 150
STILL = "*, ::before, ::after { animation: none !important; transition: none !important }"
SOURCE = (
    "the old man said that he had never seen such a film in all his days and would not see "
    "another one like it for the world because the night was long and the road was dark and "
    "nobody who came home that way had a good word for the king or for his men at the gate "
)
# Seconds from the press (or, without a button, from the new text) until the drawing has changed and
# is on the screen.
WAIT = """async ([view, button, box, text]) => {
    const start = performance.now();
    const changed = new Promise((resolve) => {
        const watched = document.querySelector(view);
        const all = {childList: true, subtree: true, characterData: true};
        new MutationObserver((_, watcher) => { watcher.disconnect(); resolve(); })
            .observe(watched, all);
    });
    if (button) {
        document.querySelector(button).click();
    } else {
        const field = document.querySelector(box);
        field.value = text;
        field.dispatchEvent(new Event("input", {bubbles: true}));
    }
    await changed;
    await new Promise(requestAnimationFrame);
    await new Promise((resolve) => setTimeout(resolve));
    return (performance.now() - start) / 1000;
}"""

FIRST_CHARACTER = """async ([button, sheet, prompt]) => {
    const written = () => document.querySelector(sheet)?.textContent ?? "";
    const before = written(), start = performance.now();
    document.querySelector(button).click();
    while (written() === before || written().length <= prompt.length)
        await new Promise(requestAnimationFrame);
    return (performance.now() - start) / 1000;
}"""


@dataclass(frozen=True)
class View:
    """A view: its tab, its text box, its button (none where it follows the typing), its drawing."""

    tab: str
    box: str
    button: str | None
    drawing: str


VIEWS = (
    View("What did it look at", "#influence-text", "#influence-look", "#influence-view"),
    View("Neuron reader", "#neurons-text", "#neurons-look", "#neurons-view"),
    View("Gate film", "#gates-text", "#gates-look", "#gates-view"),
    View("Gradient flow", "#flow-text", "#flow-measure", "#flow-chart"),
    View("The verdict's path", "#path-review", None, "#path-drawing"),
)


def new_texts() -> Iterator[str]:
    """Texts of CHARACTERS characters, no two alike."""
    words = SOURCE.split()
    while True:
        words = words[7:] + words[:7]
        yield textwrap.shorten(" ".join(words), CHARACTERS, placeholder="").ljust(CHARACTERS, ".")


def answer(page: Page, view: View, text: str) -> float:
    """Seconds until the view shows another text."""
    box = f"{view.box} textarea"
    if view.button:
        page.locator(box).fill(text)
    return page.evaluate(WAIT, [view.drawing, view.button, box, text])


def first_character(page: Page) -> float:
    """Seconds until the network has written something behind its prompt; then it is stopped."""
    prompt = page.locator("#text-prompt textarea").input_value()
    generate = page.locator("#text-generate")
    expect(generate).to_be_enabled()
    seconds = page.evaluate(FIRST_CHARACTER, ["#text-generate", "#text-output .sheet-text", prompt])
    page.locator("#text-stop").click()
    return seconds


def race(page: Page) -> float:
    """Seconds from the press to the sentence of the race."""
    page.get_by_role("tab", name="Memory", exact=True).click()
    button = page.locator("#race")
    expect(button).to_be_enabled()
    start = time.perf_counter()
    button.click()
    expect(page.locator("#race-told .measured")).to_be_visible()
    return time.perf_counter() - start


def main() -> None:
    """Print a line for the first character, for each view, and for the race."""
    texts: Iterator[str] = new_texts()
    with served(default_weights_dir()) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        page.goto(url)
        page.add_style_tag(content=STILL)
        print(f"{os.cpu_count()} cores, texts of {CHARACTERS} characters, seconds to the answer:")
        _line("The first character", lambda: first_character(page), page)
        page.get_by_role("tab", name="Inside", exact=True).click()
        for view in VIEWS:
            page.get_by_role("tab", name=view.tab, exact=True).click()
            page.wait_for_timeout(3000)  # the example is drawn
            _line(view.tab, lambda view=view: answer(page, view, next(texts)), page)
        print(f"{'The race, to its sentence':28}{race(page):6.2f}")
        browser.close()


def _line(name: str, once: Callable[[], float], page: Page) -> None:
    once()
    seconds = []
    for _ in range(TIMES):
        page.wait_for_timeout(1500)  # what follows an answer, and the press at rest, is over
        seconds.append(once())
    print(f"{name:28}{statistics.median(seconds):6.2f}, at most {max(seconds):.2f}", flush=True)


if __name__ == "__main__":
    main()
