"""The verdict's path in a real browser, on a network of one reading and on one of two halves."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from gradio_client import Client
from gradio_client.exceptions import AppError
from playwright.sync_api import Locator, expect

from data.tokenizers import load_tokenizer
from inference.inside import MAX_WORDS
from inference.registry import Registry
from inference.verdict_path import compare_paths, verdict_path
from models.checkpoint import save_checkpoint
from models.sentiment import SentimentConfig, SentimentNetwork
from tabs.sentiment_html import percent
from tabs.texts import inside as texts
from tabs.texts import shared
from tests.browser import SCREENS, Visit, served

HALVES, FORWARD, BACKWARD = "sentiment-best", "sentiment-lstm", "sentiment-stacked"
NETWORKS = {HALVES: "halves", FORWARD: "forward", BACKWARD: "backward"}
REVIEW = "the plot is dull and the jokes fall flat"
OTHER = 'the plot is dull but the music is "<superb"'


@pytest.fixture(scope="module")
def folder(weights_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny networks with random but strong opinions, each reading in its own directions."""
    root = tmp_path_factory.mktemp("path") / "weights"
    shutil.copytree(weights_dir, root)
    tokenizer = load_tokenizer(root / FORWARD)
    for seed, (name, directions) in enumerate(NETWORKS.items()):
        torch.manual_seed(seed)
        config = SentimentConfig(
            tokenizer.vocab_size, embedding_size=8, hidden_size=12, directions=directions
        )
        network = SentimentNetwork(config)
        with torch.no_grad():
            for reading in network.readings:
                reading.embedding.weight.normal_()
                reading.head.weight.normal_()
        save_checkpoint(root / name, "sentiment", config, network)
        tokenizer.save(root / name)
    return root


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with served(folder) as url:
        yield url


@pytest.fixture(scope="module")
def registry(folder: Path) -> Registry:
    return Registry(folder)


@pytest.fixture
def tab(visit: Visit) -> Visit:
    """The view, open on its example and on the network of two halves."""
    visit.tab("Inside")
    visit.tab("The verdict's path")
    expect(visit.page.locator("#path-drawing polyline")).to_have_count(2)
    return visit


def write(visit: Visit, review: str, other: str = "") -> None:
    visit.page.locator("#path-other textarea").fill(other)
    visit.page.locator("#path-review textarea").fill(review)


def marks(visit: Visit, version: int) -> Locator:
    return visit.page.locator(f"#path-drawing .stops.version-{version} .stop")


def test_nothing_is_drawn_before_the_view_is_opened(visit):
    expect(visit.page.locator("#text-generate")).to_be_visible()
    assert visit.page.locator(".path").count() == 0


@pytest.mark.parametrize("visit", SCREENS, indirect=True)
def test_the_view_opens_with_the_numbers_of_its_example_on_each_screen(tab, registry):
    first, second = compare_paths(
        registry.load("sentiment", HALVES), texts.PATH_REVIEW, texts.PATH_OTHER
    )
    drawing = tab.page.locator("#path-drawing")
    expect(marks(tab, 0)).to_have_count(len(first.words))
    for path in (first, second):
        shown = f"The plane shows {100 * sum(path.explained):.0f} % of its changes"
        expect(drawing).to_contain_text(shown)
    expect(drawing).to_contain_text(
        f"Version 2: {len(second.words)} words, {percent(second.running[-1])} positive"
    )
    expect(drawing).to_contain_text(f"Drawn is the half of {HALVES} that reads forward")
    expect(drawing).to_contain_text(
        f"together they say {percent(first.positive)} and {percent(second.positive)} positive"
    )
    visible = tab.page.locator("#path-drawing .name:visible")
    expect(visible.filter(has_text="asleep.")).to_have_count(1)
    tab.check()


def test_the_drawing_follows_the_typing(tab, registry):
    visit, page = tab, tab.page
    visit.choose("path-model", shared.MODEL_TITLES[FORWARD])
    write(visit, REVIEW)
    path = verdict_path(registry.load("sentiment", FORWARD), REVIEW)
    expect(page.locator("#path-drawing")).to_contain_text(
        f"The review: 9 words, {percent(path.running[-1])} positive at its end. "
        f"The plane shows {100 * sum(path.explained):.0f} %"
    )
    expect(page.locator("#path-drawing")).to_contain_text(f"the whole of {FORWARD}")
    expect(marks(visit, 0)).to_have_count(9)
    assert page.locator("#path-drawing polyline").count() == 1
    write(visit, REVIEW, OTHER)
    expect(marks(visit, 1)).to_have_count(5)  # from “but” on
    assert 'after “"<superb"”' in marks(visit, 1).last.get_attribute("data-tip")
    assert page.locator("#path-drawing .path b:not(.name)").count() == 0
    visit.check()


def test_a_mark_tells_its_word_and_probability_to_the_mouse_and_to_the_keyboard(tab, registry):
    write(tab, REVIEW, OTHER)
    expect(marks(tab, 1)).to_have_count(5)
    first, second = compare_paths(registry.load("sentiment", HALVES), REVIEW, OTHER)
    tip = tab.page.locator(".tip:visible")
    tab.page.locator("#path-drawing .stops.version-0").focus()
    for k in range(3):
        tab.page.keyboard.press("ArrowRight")
        told = f"version 1, word {k + 1} of 9\nafter “{first.words[k]}”: "
        expect(tip).to_have_text(f"{told}{percent(first.running[k])} positive")
    tab.page.locator("#path-drawing .stops.version-1").focus()
    tab.page.keyboard.press("End")
    expect(tip).to_have_text(re.compile(f"word 9 of 9\n.*{percent(second.running[-1])} positive"))
    tab.page.keyboard.press("Escape")
    marks(tab, 0).last.hover(force=True)
    expect(tip).to_contain_text("word 9 of 9")


def test_bad_input_is_one_sentence_and_the_drawing_stays(tab):
    note = tab.page.locator("#path-note")
    for review, sentence in [
        ("", "empty"), ("the plot", "at least 3 words"),
        ("the plot " * (MAX_WORDS // 2 + 1), f"at most {MAX_WORDS}"), ("12 34 56", "no words"),
    ]:  # fmt: skip
        write(tab, review)
        expect(note.locator(".note")).to_have_text(re.compile(f"{sentence}.*\\.$"))
        assert tab.page.locator("#path-drawing .stop").count() > 5
    tab.choose("path-model", shared.MODEL_TITLES[BACKWARD])
    write(tab, REVIEW)
    expect(note).to_contain_text(f"{BACKWARD} has no half that reads a review forward")
    tab.choose("path-model", shared.MODEL_TITLES[HALVES])
    expect(note.locator(".note")).to_have_count(0)
    expect(marks(tab, 0)).to_have_count(9)


def test_examples_fill_both_versions(tab):
    tab.page.get_by_text("With and without not", exact=True).click()
    expect(tab.page.locator("#path-drawing")).to_contain_text("Version 2: 13 words")
    tab.page.get_by_role("button", name="A whole review").last.click()
    expect(tab.page.locator("#path-drawing")).to_contain_text("The review: 111 words")


def test_without_a_network_the_view_says_how_to_get_one(tmp_path, browser, prices):
    with served(tmp_path) as url:
        visit = Visit(browser, url, "wide")
        visit.tab("Inside")
        visit.tab("The verdict's path")
        expect(visit.page.locator("#path-note")).to_contain_text("python -m training.sentiment")
        visit.context.close()


def test_the_api_gives_the_numbers(url, registry):
    client = Client(url, verbose=False)
    classifier = registry.load("sentiment", HALVES)
    answer = client.predict(REVIEW, api_name="/verdict_path")
    assert answer == {"paths": [verdict_path(classifier, REVIEW).to_json()]}
    answer = client.predict(REVIEW, other=OTHER, api_name="/verdict_path")
    assert answer == {"paths": [p.to_json() for p in compare_paths(classifier, REVIEW, OTHER)]}
    for wrong, sentence in [
        ({"text": ""}, "empty"), ({"text": "a b"}, "at least 3 words"),
        ({"text": REVIEW, "other": "x"}, "at least 3 words"),
        ({"text": REVIEW, "model": BACKWARD}, "no half"),
    ]:  # fmt: skip
        with pytest.raises(AppError, match=sentence):
            client.predict(**wrong, api_name="/verdict_path")
