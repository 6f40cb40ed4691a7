"""The page: driven in a real browser as a visitor would, and called by ``gradio_client``.

The app is served in this process on small checkpoints, with the real Yahoo client on a loopback
server, so nothing here needs a network.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from playwright.sync_api import Page, expect

import app
from tabs import surprise
from tests.browser import SCREENS, Visit, served


@pytest.mark.parametrize("visit", SCREENS, indirect=True)
def test_each_tab_works_on_each_screen(visit):
    page = visit.page
    assert page.title() == "RNN Lab"
    page.locator("#text-generate").click()
    expect(page.locator("#text-status")).to_contain_text("400 characters ·")
    expect(page.locator("#text-about")).to_contain_text("validation loss 4.100 nats")

    visit.tab("Sentiment")
    page.locator("#review textarea").fill("what a waste of time")
    page.locator("#score").click()
    expect(page.locator("#verdict")).to_contain_text(re.compile("Negative|Positive|Not sure"))
    expect(page.locator("#verdict-words")).to_have_text(re.compile(r"what\W+a\W+waste"))
    expect(page.locator("#running-plot svg")).to_be_visible()
    expect(page.locator("#score-about")).to_contain_text("bag of word pairs: 90.0%")

    visit.tab("Stocks")
    page.locator("#forecast").click()
    expect(page.locator("#forecast-summary")).to_contain_text("Yahoo Finance")
    expect(page.locator("#forecast-summary")).to_contain_text("20 June 2025")
    plot = page.locator("#forecast-plot")
    expect(plot.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    for trace in ("AAPL close", "80 % band", "median", "random walk, 80 % band"):
        expect(page.locator("#forecast-key span", has_text=trace).first).to_be_visible()
    expect(page.locator("#forecast-table tbody tr")).to_have_count(4)
    visit.check()


def test_an_error_in_the_sentiment_tab_is_a_sentence_and_the_next_try_works(visit):
    page = visit.page
    visit.tab("Sentiment")
    page.locator("#review textarea").fill("   ")
    page.locator("#score").click()
    expect(page.locator("#verdict")).to_contain_text("empty")
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
    expect(page.locator("#forecast-summary")).to_contain_text("AAPL")
    forecast_of(page, "../../x")
    assert "not a ticker symbol" in visit.toast()
    prices.mode = "unknown"
    forecast_of(page, "nosuch")
    assert "NOSUCH" in visit.toast()
    prices.mode = "good"
    forecast_of(page, "msft")
    expect(page.locator("#forecast-summary")).to_contain_text("MSFT closed")


def test_without_yahoo_the_plot_is_simulated_and_says_so(visit, prices):
    page = visit.page
    visit.tab("Stocks")
    prices.mode = "error_500"
    forecast_of(page, "TSLA")
    expect(page.locator("#forecast-summary")).to_contain_text("SIMULATED")
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
    expect(page.locator("#forecast-summary")).to_contain_text("AAPL")
    page.get_by_role("button", name="Use your own prices").click()
    bad = tmp_path / "bad.csv"
    bad.write_text("Date,Open\n2024-01-02,1\n")
    page.locator("#prices-file input[type=file]").set_input_files(bad)
    assert "bad.csv" in visit.toast()
    page.locator("#prices-file").get_by_role("button", name="Clear").click()
    page.locator("#prices-file input[type=file]").set_input_files(csv)
    expect(page.locator("#forecast-summary")).to_contain_text("mine.csv")
    forecast_of(page, "msft")  # a ticker takes the file's place, and keeps it
    expect(page.locator("#forecast-summary")).to_contain_text("MSFT closed")
    page.locator("#days input[type=number]").fill("5")
    page.locator("#forecast").click()
    expect(page.locator("#forecast-table tbody tr")).to_have_count(2)
    expect(page.locator("#forecast-summary")).to_contain_text("MSFT closed")


def test_examples_fill_the_tab_and_are_judged(visit):
    page = visit.page
    visit.tab("Sentiment")
    page.get_by_text("Negation", exact=True).click()
    expect(page.locator("#verdict-words")).to_contain_text("Not")
    expect(page.locator("#verdict .lesson")).to_contain_text("meant as positive")


@pytest.fixture(scope="module")
def client(url) -> Client:
    return Client(url, verbose=False)


def test_the_api_has_one_named_endpoint_a_task_and_view(client):
    assert set(client.view_api(return_format="dict")["named_endpoints"]) == {
        "/generate", "/read", "/score", "/forecast", "/influence", "/neurons", "/gates",
        "/gradient_flow", "/verdict_path",
        "/translate", "/gradient_check",
        "/race", "/train_memory",
    }  # fmt: skip


def test_generate_by_api(client):
    answer = client.predict("ROMEO:", max_new_tokens=30, seed=5, api_name="/generate")
    assert set(answer) >= {"prompt", "text", "seed", "model", "bits_per_char"}
    assert len(answer["text"]) == 30
    again = client.predict("ROMEO:", max_new_tokens=30, seed=5, api_name="/generate")
    assert again == answer
    greedy = [
        client.predict("ROMEO:", max_new_tokens=30, api_name="/generate", **cut)["text"]
        for cut in ({"temperature": 0}, {"top_k": 1}, {"top_p": 1e-9})
    ]
    assert len(set(greedy)) == 1


def test_read_by_api(client):
    answer = client.predict("To be€ or not", api_name="/read")
    assert (answer["characters"], answer["skipped"]) == (12, {"€": 1})
    assert answer["bits_per_char"] == pytest.approx(answer["nats_per_char"] / np.log(2), rel=1e-4)
    cold = client.predict("To be or not", model="shakespeare-gru", window=4, api_name="/read")
    assert (cold["model"], cold["window"]) == ("shakespeare-gru", 4)


def stream_number(config: dict, elem_id: str) -> int:
    """The number of the event that streams when a button is pressed."""
    button = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == elem_id)
    return next(
        event["id"] for event in config["dependencies"]
        if event["types"]["generator"] and event["targets"][0][0] == button
    )  # fmt: skip


def messages(url: str, event: int, values: list) -> Iterator[str]:
    """Press a button as the browser does; the kinds of messages that come back."""
    session = secrets.token_hex(8)
    body = {"data": values, "fn_index": event, "session_hash": session}
    with httpx.Client(base_url=f"{url}gradio_api/", timeout=120) as web:
        web.post("queue/join", json=body).raise_for_status()
        with web.stream("GET", "queue/data", params={"session_hash": session}) as stream:
            for line in stream.iter_lines():
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))["msg"]


def test_ten_visitors_write_at_once_and_none_waits_for_another(url, client, monkeypatch):
    quick = surprise.piece_line
    monkeypatch.setattr(surprise, "piece_line", lambda piece: time.sleep(0.02) or quick(piece))
    event = stream_number(client.config, "text-generate")
    # own network (none), model, prompt, length, temperature, top-k, top-p, seed, whether to keep it
    values = [None, "shakespeare-lstm", "ROMEO:", 2000, 0.8, 0, 1.0, 1, True]
    everybody = threading.Barrier(10, timeout=60)

    def visit(_: int) -> str:
        for message in messages(url, event, values):
            if message in ("process_generating", "process_completed"):
                everybody.wait()  # nobody goes on before all ten have their first frame
                return message
        return "nothing"

    with ThreadPoolExecutor(10) as visitors:
        assert list(visitors.map(visit, range(10))) == ["process_generating"] * 10


def test_score_by_api(client):
    answer = client.predict("a wonderful film", api_name="/score")
    assert answer["words"] == ["a", "wonderful", "film"]
    assert len(answer["running"]) == 3
    assert answer["running_of"] == "forward half"


def test_forecast_by_api(client, prices):
    answer = client.predict("aapl", days=3, as_of="2025-05-01", api_name="/forecast")
    assert (answer["ticker"], answer["as_of"], len(answer["prices"])) == ("AAPL", "2025-05-01", 3)
    assert 0 < answer["odds"]["rise"] < 1
    assert answer["odds"]["rise_before"] == 1  # the prices of the fake Yahoo only ever rise


def test_translate_by_api(client):
    answer = client.predict("3 May 1979", forced="__8", api_name="/translate")
    assert set(answer) >= {"source", "answer", "probabilities", "attention", "notes"}
    assert (answer["source"], answer["answer"][2]) == ("3 may 1979", "8")
    np.testing.assert_allclose(np.sum(answer["attention"], axis=1), 1, atol=1e-4)


def test_gradient_check_by_api(client):
    answer = client.predict("gru", 2, 2, "bias_sum", api_name="/gradient_check")
    wrong = {name for name, array in answer["arrays"].items() if array["wrong_entries"]}
    assert wrong == {"dbr", "dbz", "dbn"}


@pytest.mark.parametrize(
    ("endpoint", "arguments", "message"),
    [
        ("/generate", {"temperature": -1}, "temperature"),
        ("/generate", {"max_new_tokens": 10**9}, "length"),
        ("/generate", {"model": "../../etc"}, "There is no model"),
        ("/generate", {"top_k": -1}, "Top-k"),
        ("/generate", {"top_p": 0}, "Top-p"),
        ("/generate", {"prompt": "x" * 100_000}, "100,000 characters"),
        ("/read", {"text": "€€"}, "two characters"),
        ("/read", {"text": "x" * 100_000}, "100,000 characters"),
        ("/read", {"text": "thou", "window": 0}, "window"),
        ("/score", {"text": ""}, "empty"),
        ("/score", {"text": "x" * 100_001}, "100,000"),
        ("/forecast", {"ticker": "AAPL", "days": 0}, "1 to 30"),
        ("/forecast", {"ticker": "../../x"}, "not a ticker symbol"),
        ("/forecast", {"ticker": "AAPL", "as_of": "soon"}, "YYYY-MM-DD"),
        ("/forecast", {"ticker": "AAPL", "as_of": "1950-01-02"}, "outside the prices"),
        ("/translate", {"text": " "}, "There is no text"),
        ("/translate", {"text": "3 May 1979", "forced": "may"}, "at most 10 of the characters"),
        ("/gradient_check", {"cell": "lstm", "mistake": "transposed"}, "no mistake for the lstm"),
        ("/gradient_check", {"units": 1000}, "units must be a whole number"),
    ],
)
def test_bad_input_by_api_is_one_sentence(client, prices, endpoint, arguments, message):
    with pytest.raises(AppError, match=message) as caught:
        client.predict(**arguments, api_name=endpoint)
    assert "Traceback" not in str(caught.value)


def test_the_page_opens_without_any_weights(tmp_path, browser, prices):
    with served(tmp_path) as url:
        visit = Visit(browser, url, "wide")
        page = visit.page
        expect(page.locator("#text-about")).to_contain_text("python -m training.generation")
        page.locator("#text-generate").click()
        assert "train one with" in visit.toast()
        visit.tab("Side by side")
        expect(page.locator("#side-missing")).to_contain_text("python -m training.comparison")
        visit.tab("Read my text")
        page.locator("#read").click()
        assert "train one with" in visit.toast()
        visit.tab("How it learned")
        visit.tab("Dates")
        expect(page.locator("#date-about")).to_contain_text("python -m training.translation")
        expect(page.locator("#date-told")).to_contain_text("train one with")
        visit.context.close()


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
