"""The memory tab, driven in a browser: the race and the small network find their numbers.

The trainings are those of the command line, in processes of their own; the budgets are short.
"""

from __future__ import annotations

import re
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from playwright.sync_api import expect

from inference.live import LiveTraining
from inference.seats import SEATS
from tabs import live, memory_form, memory_race, memory_training
from tabs.texts import memory as texts
from tests.browser import SCREENS, Visit

START = 90_000  # ms until a script has begun on a busy machine


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> list[LiveTraining]:
    """The trainings that the page started, of seconds only."""
    found: list[LiveTraining] = []

    def recorded(*args, **kwargs) -> LiveTraining:
        found.append(LiveTraining(*args, **kwargs))
        return found[-1]

    for module in (memory_race, memory_training):
        monkeypatch.setattr(module, "LiveTraining", recorded)
    monkeypatch.setattr(memory_race, "SECONDS", 3)
    return found


def open_training(visit: Visit, seconds: int = 5) -> None:
    visit.tab("Memory")
    visit.tab("Train a small network")
    visit.number("memory-seconds", seconds)


def gone(training: LiveTraining) -> bool:
    end = time.monotonic() + 30
    while training._process.poll() is None and time.monotonic() < end:
        time.sleep(0.1)
    return training._process.poll() is not None


@pytest.mark.parametrize("visit", SCREENS, indirect=True)
def test_the_race_runs_and_says_what_was_measured(visit, started):
    page = visit.page
    visit.tab("Memory")
    visit.number("race-distance", 5)
    page.locator("#race").click()
    expect(page.locator("#race-stop")).to_be_enabled()
    expect(page.locator("#race")).to_be_disabled()
    told = page.locator("#race-told .measured")
    expect(told).to_contain_text(
        re.compile(r"Over 5 steps, after \d+ training steps"), timeout=START
    )
    expect(page.locator("#race-panels .racer")).to_have_count(4)
    for panel in page.locator("#race-panels .racer").all():
        expect(panel.locator("polyline").last).to_have_attribute("points", re.compile(r"\d"))
        expect(panel.locator("b")).to_have_text(re.compile(r"\d+%"))
    expect(page.locator("#race")).to_be_enabled()
    expect(page.locator("#race-stop")).to_be_disabled()
    assert gone(started[0])
    visit.check()


def test_a_small_network_is_trained_saved_and_tested_again(visit, tmp_path):
    page = visit.page
    open_training(visit)
    visit.choose("memory-problem", "Which of two waves leads? (2 classes)")
    expect(page.locator("#memory-about")).to_contain_text("half the time")
    visit.number("memory-distance", 12)
    page.locator("#memory-train").click()
    figures = page.locator("#memory-figures")
    expect(figures.locator(".measured")).to_contain_text("guessing: 50.0%", timeout=START)
    expect(figures.locator("table.confusion tbody tr")).to_have_count(2)
    expect(page.locator("#memory-status")).to_contain_text("ended because")
    expect(page.locator("#memory-curves section")).to_have_count(3)
    score = figures.locator(".measured b").inner_text()
    with page.expect_download() as caught:
        page.locator("#memory-save").click()
    caught.value.save_as(tmp_path / caught.value.suggested_filename)

    page.get_by_role("button", name="Load a checkpoint").click()
    page.locator("#memory-test").click()
    assert "Give the zip" in visit.toast()
    page.locator("#memory-zip input[type=file]").set_input_files(next(tmp_path.glob("*.zip")))
    page.locator("#memory-test").click()
    loaded = page.locator("#memory-loaded")
    expect(loaded).to_contain_text("12 steps · ")
    expect(loaded.locator(".measured b")).to_have_text(score)
    visit.check()


def test_own_data_is_described_learned_and_a_bad_file_is_a_sentence(visit, tmp_path):
    page = visit.page
    x = np.random.default_rng(0).normal(size=(200, 8, 2))
    np.savez(tmp_path / "mine.npz", x=x, y=np.where(x[:, 0, 0] > 0, "<b>up</b>", "down"))
    np.savez(tmp_path / "flat.npz", x=x[:, :, 0], y=x[:, 0, 0])
    open_training(visit)
    page.get_by_label("Your own data").click()
    page.locator("#memory-train").click()
    assert "Give a file" in visit.toast()
    upload = page.locator("#memory-file")
    upload.locator("input[type=file]").set_input_files(tmp_path / "flat.npz")
    assert "samples, time steps, features" in visit.toast()
    upload.get_by_role("button", name="Clear").click()
    upload.locator("input[type=file]").set_input_files(tmp_path / "mine.npz")
    expect(page.locator("#memory-found")).to_contain_text("200 samples of 8 steps and 2 features")
    expect(page.locator("#memory-found")).to_contain_text("<b>up</b>")
    page.locator("#memory-train").click()
    figures = page.locator("#memory-figures")
    expect(figures.locator(".measured")).to_contain_text("always the most frequent", timeout=START)
    expect(figures.locator("table.confusion")).to_contain_text("<b>up</b>")
    visit.check()


def test_a_stop_keeps_what_was_learned_so_far(visit):
    page = visit.page
    open_training(visit, 120)
    page.locator("#memory-train").click()
    expect(page.locator("#memory-status")).to_contain_text("steps a second", timeout=START)
    page.locator("#memory-stop").click()
    expect(page.locator("#memory-status")).to_contain_text("it was stopped", timeout=START)
    expect(page.locator("#memory-save")).to_be_enabled()
    expect(page.locator("#memory-train")).to_be_enabled()


def test_closing_the_page_in_mid_training_ends_it(visit, started):
    page = visit.page
    open_training(visit, 120)
    page.locator("#memory-train").click()
    expect(page.locator("#memory-status")).to_contain_text("steps a second", timeout=START)
    assert started[0]._process.poll() is None
    page.close()
    assert gone(started[0])


@pytest.fixture(scope="module")
def client(url: str) -> Client:
    return Client(url, verbose=False)


def test_race_by_api(client):
    answer = client.predict(5, 3.0, 2, 1, api_name="/race")
    assert set(answer["outcome"]) == set(answer["curves"]) == {"rnn", "gru", "lstm", "lstm-forget"}
    assert (answer["distance"], answer["seed"], answer["chance"]) == (5, 2, 0.125)
    assert len(answer["steps"]) == len(answer["curves"]["gru"]) > 0
    assert answer["told"].startswith("Over 5 steps")


def test_training_by_api(client):
    answer = client.predict("adding", 6, "gru", seconds=2, api_name="/train_memory")
    assert answer["metrics"]["test"]["baseline"]["loss"] == pytest.approx(1 / 6)
    assert len(answer["metrics"]["test"]["pairs"]) == 300
    assert answer["history"][0]["step"] == 20


@pytest.mark.parametrize(
    ("endpoint", "arguments", "message"),
    [
        ("/race", {"distance": 1}, "distance must be"),
        ("/race", {"seconds": 0}, "some seconds"),
        ("/train_memory", {"seconds": 0}, "some seconds"),
        ("/train_memory", {"problem": "chess"}, "invalid choice"),
        ("/train_memory", {"hidden_size": 10**6}, "must be 1 to 256"),
        ("/train_memory", {"cell": "lstm; rm -rf"}, "invalid choice"),
    ],
)
def test_bad_input_by_api_is_one_sentence(client, endpoint, arguments, message):
    with pytest.raises(AppError, match=message) as caught:
        client.predict(**arguments, api_name=endpoint)
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize("endpoint", ["/race", "/train_memory"])
def test_by_api_nobody_goes_round_the_seats_of_the_page(client, monkeypatch, started, endpoint):
    monkeypatch.setattr(SEATS, "limit", 1)
    monkeypatch.setattr(live, "PATIENCE", 0.2)
    with (
        SEATS.place("a visitor whose text is learned"),
        pytest.raises(AppError, match="no more than 1 can at once"),
    ):
        client.predict(api_name=endpoint)
    assert started == []


def test_nobody_holds_a_seat_for_an_hour():
    form = [texts.MADE_UP, "recall", 20, None, "auto", "lstm", 32, 1, "forward", "3", "adam",
            0.003, 1.0, 3600, 1]  # fmt: skip
    flags, seconds = memory_form.flags(*form)
    assert seconds == memory_form.MOST_SECONDS
    assert f"--seconds={seconds}" in flags


def test_what_was_trained_is_not_left_behind(visit, tmp_path: Path, monkeypatch):
    # The page goes on to keep its downloads where it did when it was started.
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(Path(tempfile.gettempdir(), "gradio").resolve()))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    open_training(visit)
    visit.page.locator("#memory-train").click()
    expect(visit.page.locator("#memory-figures .measured")).to_be_visible(timeout=START)
    expect(visit.page.locator("#memory-train")).to_be_enabled()  # so the stream is at its end
    assert list(tmp_path.glob("tmp*/*")) == []
