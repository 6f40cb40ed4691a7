"""The page: driven in a real browser as a visitor would, and called by ``gradio_client``.

The app is served in this process on small checkpoints, with the real Yahoo client on a loopback
server, so nothing here needs a network.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yfinance
from gradio_client import Client
from gradio_client.exceptions import AppError
from playwright.sync_api import Browser, Page, expect, sync_playwright

import app
import tabs.forecasting
from data.generation import CharTokenizer
from data.price_store import PriceStore
from data.yahoo import fetch_history
from inference.registry import Registry
from models.checkpoint import save_checkpoint
from models.generation import GenerationConfig, LanguageModel
from tabs import style
from tests.browser import CHROMIUM, FLAGS
from tests.conftest import ALPHABET
from tests.yahoo_server import FakeYahoo, serve

SCREENS = {
    "wide": ({"width": 1280, "height": 900}, "light"),
    "dark": ({"width": 1280, "height": 900}, "dark"),
    "phone": ({"width": 390, "height": 844}, "light"),
}


@pytest.fixture(scope="module")
def yahoo(tmp_path_factory) -> Iterator[FakeYahoo]:
    yfinance.set_tz_cache_location(str(tmp_path_factory.mktemp("yfinance")))
    with serve() as yahoo:
        yahoo.days = pd.bdate_range(end="2025-06-20", periods=400)
        yield yahoo


@pytest.fixture
def prices(yahoo, tmp_path, monkeypatch) -> FakeYahoo:
    """A fresh store of prices behind the page, and the Yahoo that it asks."""
    store = PriceStore(tmp_path, fetch=lambda t: fetch_history(t, session=yahoo.session()))
    monkeypatch.setattr(tabs.forecasting, "prices", lambda: store)
    yahoo.mode = "good"
    return yahoo


@pytest.fixture(scope="module")
def url(weights_dir, tmp_path_factory) -> Iterator[str]:
    weights = tmp_path_factory.mktemp("app") / "weights"
    shutil.copytree(weights_dir, weights)
    # A network so large that writing takes seconds: for Stop.
    config = GenerationConfig(len(set(ALPHABET)), "lstm", 8, 1500, 1, 0.0)
    torch.manual_seed(0)
    save_checkpoint(weights / "slow-lstm", "generation", config, LanguageModel(config))
    CharTokenizer.from_text(ALPHABET).save(weights / "slow-lstm")
    page = app.build(Registry(weights))
    _, url, _ = page.launch(
        prevent_thread_lock=True, quiet=True, server_name="127.0.0.1", **style.LAUNCH
    )
    yield url
    page.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("the system's chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """A page in the browser, with what it asked for and complained about."""

    def __init__(self, browser: Browser, url: str, screen: str) -> None:
        viewport, theme = SCREENS[screen]
        self.context = browser.new_context(viewport=viewport)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.outside: list[str] = []
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._note_request)
        self.page.goto(f"{url}?__theme={theme}")
        expect(self.page.locator("#text-generate")).to_be_visible(timeout=30_000)

    def _note_request(self, request) -> None:
        if not re.match(r"(http://127\.0\.0\.1[:/]|data:|blob:)", request.url):
            self.outside.append(request.url)

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def toast(self) -> str:
        """The sentence of the error on show; closes it."""
        toast = self.page.get_by_test_id("toast-text").last
        expect(toast).to_be_visible(timeout=15_000)
        text = toast.inner_text()
        self.page.get_by_test_id("toast-close").last.click()
        expect(self.page.get_by_test_id("toast-text")).to_have_count(0)
        return text


@pytest.fixture
def visit(browser, url, prices, request) -> Iterator[Visit]:
    visit = Visit(browser, url, getattr(request, "param", "wide"))
    yield visit
    visit.context.close()


def text_of(page: Page) -> str:
    return page.locator("#text-output textarea").input_value()


@pytest.mark.parametrize("visit", SCREENS, indirect=True)
def test_each_tab_works_on_each_screen(visit):
    page = visit.page
    assert page.title() == "RNN Lab"
    page.locator("#text-prompt textarea").fill("ROMEO: ")
    page.locator("#text-generate").click()
    expect(page.locator("#text-status")).to_contain_text("400 characters ·", timeout=20_000)
    assert text_of(page).startswith("ROMEO: ")
    assert len(text_of(page)) == len("ROMEO: ") + 400
    expect(page.locator("#text-about")).to_contain_text("validation loss 4.100 nats")

    visit.tab("Sentiment")
    page.locator("#review textarea").fill("what a waste of time")
    page.locator("#score").click()
    expect(page.locator("#verdict")).to_contain_text(re.compile("Negative|Positive|Not sure"))
    expect(page.locator("#verdict-words")).to_have_text(re.compile(r"what\W+a\W+waste"))
    expect(page.locator("#running-plot .js-plotly-plot .main-svg").first).to_be_visible()
    expect(page.locator("#score-about")).to_contain_text("bag of word pairs: 90.0%")

    visit.tab("Stocks")
    page.locator("#forecast").click()
    expect(page.locator("#forecast-summary")).to_contain_text("Yahoo Finance", timeout=20_000)
    expect(page.locator("#forecast-summary")).to_contain_text("20 June 2025")
    plot = page.locator("#forecast-plot")
    expect(plot.locator(".js-plotly-plot .main-svg").first).to_be_visible(timeout=20_000)
    for trace in ("AAPL close", "80 % band", "median", "random walk, 80 % band"):
        expect(plot.locator(".legendtext", has_text=trace).first).to_be_visible()
    expect(page.locator("#forecast-table tbody tr")).to_have_count(4)

    assert visit.errors == []
    assert visit.outside == []
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width == page.viewport_size["width"]


def choose(page: Page, elem_id: str, option: str) -> None:
    page.locator(f"#{elem_id} input").click()
    page.get_by_role("option", name=option).click()


def test_stop_keeps_the_text_and_the_next_one_can_be_written(visit):
    page = visit.page
    choose(page, "text-model", "slow-lstm")
    page.locator("#text-length input[type=number]").fill("2000")
    page.locator("#text-generate").click()
    expect(page.locator("#text-stop")).to_be_enabled()
    expect(page.locator("#text-status")).to_contain_text("…", timeout=20_000)
    expect(page.locator("#text-generate")).to_be_disabled()
    page.locator("#text-stop").click()
    expect(page.locator("#text-generate")).to_be_enabled()
    expect(page.locator("#text-stop")).to_be_disabled()
    page.wait_for_timeout(500)  # a frame that was on its way may still arrive
    kept = text_of(page)
    assert 0 < len(kept) < 2000
    page.wait_for_timeout(700)
    assert text_of(page) == kept
    choose(page, "text-model", "Tiny Shakespeare (LSTM)")
    page.locator("#text-generate").click()
    expect(page.locator("#text-status")).to_contain_text("2,000 characters ·", timeout=20_000)


def test_an_error_in_the_text_tab_is_a_sentence_and_the_next_try_works(visit):
    page = visit.page
    page.locator("#text-prompt textarea").fill("a" * 20_001)
    page.locator("#text-generate").click()
    assert visit.toast() == "The prompt has 20,001 characters; give at most 20,000."
    expect(page.locator("#text-generate")).to_be_enabled()
    page.locator("#text-prompt textarea").fill("<img src=x onerror=alert(1)>😀")
    page.locator("#text-generate").click()
    expect(page.locator("#text-status")).to_contain_text("never saw", timeout=20_000)
    assert text_of(page).startswith("<img src=x onerror=alert(1)>😀")


def test_an_error_in_the_sentiment_tab_is_a_sentence_and_the_next_try_works(visit):
    page = visit.page
    visit.tab("Sentiment")
    page.locator("#review textarea").fill("   ")
    page.locator("#score").click()
    assert "empty" in visit.toast()
    page.locator("#review textarea").fill("<script>alert(1)</script> a wonderful <b>film</b>")
    page.locator("#score").click()
    expect(page.locator("#verdict-words")).to_contain_text("wonderful")
    assert page.locator("#verdict-words script").count() == 0


def forecast_of(page: Page, ticker: str) -> None:
    page.locator("#ticker input").fill(ticker)
    page.locator("#ticker input").press("Enter")


def test_an_error_in_the_stock_tab_is_a_sentence_and_the_next_try_works(visit, prices):
    page = visit.page
    visit.tab("Stocks")
    expect(page.locator("#forecast-summary")).to_contain_text("AAPL", timeout=20_000)
    forecast_of(page, "../../x")
    assert "not a ticker symbol" in visit.toast()
    prices.mode = "unknown"
    forecast_of(page, "nosuch")
    assert "NOSUCH" in visit.toast()
    prices.mode = "good"
    forecast_of(page, "msft")
    expect(page.locator("#forecast-summary")).to_contain_text("MSFT closed", timeout=20_000)


def test_without_yahoo_the_plot_is_simulated_and_says_so(visit, prices):
    page = visit.page
    visit.tab("Stocks")
    prices.mode = "error_500"
    forecast_of(page, "TSLA")
    expect(page.locator("#forecast-summary")).to_contain_text("SIMULATED", timeout=20_000)
    expect(page.locator("#forecast-plot .main-svg").first).to_be_visible()


@pytest.fixture
def csv(tmp_path) -> Path:
    close = 50 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.01, 300)))
    table = {"Date": pd.bdate_range("2023-01-02", periods=300), "Open": close, "High": close,
             "Low": close, "Close": close, "Volume": 1000}  # fmt: skip
    pd.DataFrame(table).to_csv(tmp_path / "mine.csv", index=False)
    return tmp_path / "mine.csv"


def test_an_uploaded_file_is_forecast_and_a_bad_one_is_explained(visit, csv, tmp_path):
    page = visit.page
    visit.tab("Stocks")
    expect(page.locator("#forecast-summary")).to_contain_text("AAPL", timeout=20_000)
    page.get_by_role("button", name="Use your own prices").click()
    bad = tmp_path / "bad.csv"
    bad.write_text("Date,Open\n2024-01-02,1\n")
    page.locator("#prices-file input[type=file]").set_input_files(bad)
    assert "bad.csv" in visit.toast()
    page.get_by_role("button", name="Clear").last.click()
    page.locator("#prices-file input[type=file]").set_input_files(csv)
    expect(page.locator("#forecast-summary")).to_contain_text("mine.csv", timeout=20_000)
    forecast_of(page, "msft")  # a ticker takes the file's place, and keeps it
    expect(page.locator("#forecast-summary")).to_contain_text("MSFT closed", timeout=20_000)
    page.locator("#days input[type=number]").fill("5")
    page.locator("#forecast").click()
    expect(page.locator("#forecast-table tbody tr")).to_have_count(2, timeout=20_000)
    expect(page.locator("#forecast-summary")).to_contain_text("MSFT closed")


def test_an_example_sets_model_and_prompt_and_writes(visit):
    page = visit.page
    page.get_by_text("To be, or not to be, cautiously").click()
    expect(page.locator("#text-prompt textarea")).to_have_value("To be, or not to be")
    page.locator("#text-generate").click()
    expect(page.locator("#text-status")).to_contain_text("300 characters ·", timeout=20_000)


def test_examples_fill_the_tab_and_are_judged(visit):
    page = visit.page
    visit.tab("Sentiment")
    page.get_by_text("Not bad at all!").click()
    expect(page.locator("#verdict-words")).to_contain_text("Not bad at all!", timeout=15_000)


@pytest.fixture(scope="module")
def client(url) -> Client:
    return Client(url, verbose=False)


def test_the_api_has_one_named_endpoint_a_task(client):
    assert set(client.view_api(return_format="dict")["named_endpoints"]) == {
        "/generate", "/score", "/forecast",
    }  # fmt: skip


def test_generate_by_api(client):
    answer = client.predict("ROMEO:", max_new_tokens=30, seed=5, api_name="/generate")
    assert set(answer) >= {"prompt", "text", "seed", "model", "bits_per_char"}
    assert len(answer["text"]) == 30
    again = client.predict("ROMEO:", max_new_tokens=30, seed=5, api_name="/generate")
    assert again == answer


def test_score_by_api(client):
    answer = client.predict("a wonderful film", api_name="/score")
    assert answer["words"] == ["a", "wonderful", "film"]
    assert answer["running"][-1] == pytest.approx(answer["probabilities"]["positive"], abs=1e-3)


def test_forecast_by_api(client, prices):
    answer = client.predict("aapl", days=3, as_of="2025-05-01", api_name="/forecast")
    assert (answer["ticker"], answer["as_of"], len(answer["prices"])) == ("AAPL", "2025-05-01", 3)


@pytest.mark.parametrize(
    ("endpoint", "arguments", "message"),
    [
        ("/generate", {"temperature": -1}, "temperature"),
        ("/generate", {"max_new_tokens": 10**9}, "length"),
        ("/generate", {"model": "../../etc"}, "There is no model"),
        ("/score", {"text": ""}, "empty"),
        ("/score", {"text": "x" * 100_001}, "100,000"),
        ("/forecast", {"ticker": "AAPL", "days": 0}, "1 to 20"),
        ("/forecast", {"ticker": "../../x"}, "not a ticker symbol"),
        ("/forecast", {"ticker": "AAPL", "as_of": "soon"}, "YYYY-MM-DD"),
        ("/forecast", {"ticker": "AAPL", "as_of": "1950-01-02"}, "outside the prices"),
    ],
)
def test_bad_input_by_api_is_one_sentence(client, prices, endpoint, arguments, message):
    with pytest.raises(AppError, match=message) as caught:
        client.predict(**arguments, api_name=endpoint)
    assert "Traceback" not in str(caught.value)


def test_the_page_opens_without_any_weights(tmp_path, browser):
    page = app.build(Registry(tmp_path))
    _, url, _ = page.launch(
        prevent_thread_lock=True, quiet=True, server_name="127.0.0.1", **style.LAUNCH
    )
    visit = Visit(browser, url, "wide")
    expect(visit.page.locator("#text-about")).to_contain_text("python -m training.generation")
    visit.page.locator("#text-generate").click()
    assert "train one with" in visit.toast()
    visit.context.close()
    page.close()


def test_python_app_py_serves_the_page(weights_dir, tmp_path):
    port = str(socket.create_server(("127.0.0.1", 0)).getsockname()[1])
    environment = os.environ | {"GRADIO_SERVER_PORT": port, "RNN_LAB_WEIGHTS": str(weights_dir)}
    process = subprocess.Popen(
        [sys.executable, "app.py"], cwd=Path(app.__file__).parent, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        for line in process.stdout:
            if f"http://127.0.0.1:{port}" in line:
                break
        answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30)
        assert "RNN Lab" in answer.read().decode()
    finally:
        process.terminate()
        process.wait(timeout=20)
