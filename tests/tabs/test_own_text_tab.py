"""A network learns a visitor's own text, in a real browser: from Train to writing with it."""

from __future__ import annotations

import re
import tempfile
import threading
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from inference import live, own_text
from inference.seats import SEATS
from tabs import live as views
from tests.browser import Visit

TEXT = "".join(f"{i % 7} times {i % 3} makes {(i % 7) * (i % 3)};\n" for i in range(400))
LONG = 200_000  # ms, on a busy machine
SLOW = """
import time
from training.reports import Reports
reports = Reports()
reports.say(stage="begin", warnings=[], kinds=9, characters=9, even_nats_per_char=2.2,
            baseline="2-gram", baseline_nats_per_char=1.0)
while True:
    time.sleep(0.05)
"""


@pytest.fixture
def places(monkeypatch, tmp_path):
    """Where trainings have their folders; those of a second are allowed."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    # The page goes on to keep uploads where it did when it was started.
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(Path(tempfile.gettempdir(), "gradio").resolve()))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(own_text, "MIN_SECONDS", 1)
    flags = own_text.flags
    monkeypatch.setattr(own_text, "flags", lambda count, cell, _: flags(count, cell, 2))
    return folder


@pytest.fixture
def slow(places, monkeypatch, tmp_path):
    """A script that learns nothing and never ends, in place of the real one."""
    (tmp_path / "slow.py").write_text(SLOW)
    monkeypatch.setattr(live, "ROOT", tmp_path)
    monkeypatch.setattr(own_text, "SCRIPT", "slow")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.setenv("GRADIO_HEARTBEAT_INTERVAL", "0.2")


def begin(visit: Visit, text: str = TEXT) -> None:
    """Open the view and press Train."""
    visit.tab("Your own text")
    visit.page.locator("#own-text textarea").fill(text)
    visit.page.locator("#own-train").click()


def choose(visit: Visit, file: Path) -> None:
    """Give the form a file."""
    with visit.page.expect_file_chooser() as chooser:
        visit.page.locator("#own-file").click()
    chooser.value.set_files(file)


def refused(visit: Visit, text: str) -> str:
    begin(visit, text)
    told = visit.toast()
    expect(visit.page.locator("#own-train")).to_be_enabled()
    return told


@pytest.mark.parametrize("visit", ["wide", "phone"], indirect=True)
def test_a_text_is_learned_written_with_and_taken_home(visit, places, tmp_path):
    page = visit.page
    book = tmp_path / "sums & co.txt"
    book.write_text(TEXT)
    visit.tab("Your own text")
    expect(page.locator("#own-text textarea")).to_have_value(re.compile("Microsoft"))
    choose(visit, book)
    expect(page.locator("#own-text textarea")).to_have_value(TEXT)
    page.locator("#own-train").click()
    expect(page.locator("#own-curves polyline.line-valid")).to_have_count(1, timeout=LONG)
    expect(page.locator("#own-write")).to_be_visible(timeout=LONG)
    assert list(places.iterdir()) == []
    expect(page.locator("#own-train")).to_be_enabled()
    expect(page.locator("#own-stop")).to_be_disabled()
    expect(page.locator("#own-result")).to_contain_text("own-sums-co-lstm")
    expect(page.locator("#own-result")).to_contain_text(
        re.compile(r"counting.*\(\d-gram: \d\.\d\d")
    )
    expect(page.locator("#own-samples .own-sample").first).to_be_visible()
    with page.expect_download() as saved:
        page.locator("#own-save").click()
    assert saved.value.suggested_filename == "own-sums-co-lstm.zip"
    visit.check()

    page.locator("#own-write").click()
    expect(page.locator("#text-model input")).to_have_value("Yours: own-sums-co-lstm")
    expect(page.locator("#text-about")).to_contain_text("trained on sums-co")
    expect(page.locator("#text-status")).to_contain_text("400 characters ·")
    assert set(visit.text("text-output")) <= set(TEXT)
    visit.choose("text-model", "Tiny Shakespeare (LSTM)")
    expect(page.locator("#text-about")).to_contain_text("trained on Tiny Shakespeare")


def test_a_network_is_nobody_elses(visit, places, url, browser):
    begin(visit)
    expect(visit.page.locator("#own-write")).to_be_visible(timeout=LONG)
    other = Visit(browser, url, "wide")
    other.page.locator("#text-model input").click()
    expect(other.page.get_by_role("option", name="shakespeare", exact=False).first).to_be_visible()
    assert other.page.get_by_role("option", name="Yours", exact=False).count() == 0
    other.context.close()


def test_bad_texts_are_a_sentence_each_and_nothing_is_lost(visit, places, tmp_path):
    page = visit.page
    assert refused(visit, "short").startswith("The text has 5 characters; give at least 5,000")
    assert "one character again and again" in refused(visit, "a" * 6000)
    assert "Paste a text" in refused(visit, "")
    page.locator("#own-text textarea").fill(TEXT)
    for content, told in ((b"\x89PNG\0" * 3000, "null bytes"), (b"\xe9" * 9000, "not UTF-8")):
        book = tmp_path / "book.txt"
        book.write_bytes(content)
        choose(visit, book)
        sentence = visit.toast()
        assert sentence.startswith("book.txt is not")
        assert told in sentence
        expect(page.locator("#own-text textarea")).to_have_value(TEXT)


def test_leaving_ends_the_work_and_whoever_waits_keeps_their_text(
    visit, slow, places, url, browser, monkeypatch
):
    monkeypatch.setattr(SEATS, "limit", 1)
    monkeypatch.setattr(views, "PATIENCE", 3)
    begin(visit)
    expect(visit.page.locator("#own-status")).to_contain_text("learning …")
    assert len(list(places.iterdir())) == 1
    other = Visit(browser, url, "wide")
    begin(other)
    expect(other.page.locator("#own-status")).to_contain_text("Waiting for a free place")
    assert "no more than 1" in other.toast()
    expect(other.page.locator("#own-train")).to_be_enabled()
    expect(other.page.locator("#own-stop")).to_be_disabled()
    expect(other.page.locator("#own-status")).to_be_empty()
    expect(other.page.locator("#own-text textarea")).to_have_value(TEXT)
    monkeypatch.setattr(views, "PATIENCE", 60)
    other.page.locator("#own-train").click()
    expect(other.page.locator("#own-status")).to_contain_text("Waiting for a free place")
    other.page.locator("#own-stop").click()
    expect(other.page.locator("#own-status")).to_contain_text("Stopped before it began")
    expect(other.page.locator("#own-train")).to_be_enabled()
    other.context.close()
    trainings = [t for t in threading.enumerate() if isinstance(t, threading.Timer)]
    visit.context.close()
    end = time.monotonic() + 60
    while (list(places.iterdir()) or SEATS._places) and time.monotonic() < end:
        time.sleep(0.1)
    assert list(places.iterdir()) == []
    assert SEATS._places == {}
    assert all(timer.finished.is_set() for timer in trainings)
