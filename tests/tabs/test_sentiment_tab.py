"""The sentiment tab in a real browser, as a visitor drives it: one review and two networks."""

from __future__ import annotations

import itertools
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from gradio_client import Client
from playwright.sync_api import Locator, expect

from data.sentiment import clean
from data.tokenizers import load_tokenizer
from inference.attribution import explain
from inference.registry import Registry
from inference.sentiment import SentimentClassifier
from models.checkpoint import save_checkpoint, write_json
from models.sentiment import SentimentConfig, SentimentNetwork
from tabs import judging
from tabs.sentiment_html import percent, signed
from tabs.texts import sentiment as texts
from tests.browser import SCREENS, Visit, served

NETWORKS = {
    "sentiment-best": {"directions": "halves"},
    "sentiment-lstm": {"directions": "forward"},
    "sentiment-attention": {"directions": "forward", "pooling": "attention"},
}
METRICS = {
    "test": {"accuracy": 0.9, "reviews": 100, "interval_95": [0.83, 0.94]},
    "baselines": {"bag_of_words": {"accuracy": 0.8}},
}
LONG = "The plot is dull and I fell asleep. The music was superb! I liked the cast. " * 6
BAD = [
    ("   ", "The review is empty"),
    ("5", "There are no words"),
    ("\U0001f600\U0001f600", "There are no words"),
    ("\x00", "The review is empty"),
    ("x" * 100_001, "the limit is 100,000"),
]
STRANGE = [
    "x",
    "<script>alert(1)</script> a film <img src=x onerror=alert(1)>",
    "a" * 3_000,
    "film\x00film \u202efilm",
    "${value} {{value}} `film`",
]


@pytest.fixture(scope="module")
def folder(weights_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoints of the other tabs, and three networks with random but strong opinions."""
    root = tmp_path_factory.mktemp("sentiment") / "weights"
    shutil.copytree(weights_dir, root)
    tokenizer = load_tokenizer(root / "sentiment-lstm")
    for seed, (name, kind) in enumerate(NETWORKS.items()):
        torch.manual_seed(seed)
        config = SentimentConfig(
            tokenizer.vocab_size, embedding_size=8, hidden_size=12, temperature=2.0, **kind
        )
        network = SentimentNetwork(config)
        with torch.no_grad():
            for reading in network.readings:
                reading.embedding.weight.normal_()
                reading.head.weight.normal_()
        save_checkpoint(root / name, "sentiment", config, network)
        tokenizer.save(root / name)
        write_json(root / name / "metrics.json", METRICS)
    return root


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with served(folder) as url:
        yield url


@pytest.fixture(scope="module")
def classifier(folder: Path) -> SentimentClassifier:
    """The network that reads forward."""
    return Registry(folder).load("sentiment", "sentiment-lstm")


@pytest.fixture
def tab(visit: Visit) -> Visit:
    """The sentiment tab, open on the network that reads forward."""
    visit.tab("Sentiment")
    visit.choose("score-model", "LSTM")
    visit.page.mouse.move(0, 0)  # or what scrolls below a resting mouse shows its tip
    expect(visit.page.locator("#score-about")).to_contain_text("sentiment-lstm")
    expect(visit.page.locator("#running-plot")).to_contain_text("by the whole network")
    return visit


def review(visit: Visit, elem_id: str = "review") -> Locator:
    return visit.page.locator(f"#{elem_id} textarea")


def verdict_of(classifier: SentimentClassifier, text: str) -> str:
    return percent(classifier.predict([text])[0].score)


def explained(visit: Visit, text: str) -> Locator:
    """The words of a text that was typed, once they are explained."""
    words = visit.page.locator("#verdict-words .words")
    expect(words).to_have_text(re.compile(r"\W*".join(map(re.escape, text.split()))))
    return words


@pytest.fixture
def first_waits(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """The first explanation ends when this is set."""
    calls, may_end = itertools.count(), threading.Event()

    def slowly(classifier, text):
        if next(calls) == 0:
            may_end.wait(timeout=30)
        return explain(classifier, text)

    monkeypatch.setattr(judging, "explain", slowly)
    return may_end


def test_a_late_explanation_never_replaces_that_of_a_newer_text(first_waits, visit):
    visit.tab("Sentiment")
    review(visit).fill("what a waste of time")
    visit.page.locator("#score").click()
    visit.page.wait_for_timeout(2_000)  # time for the newer answer, if it comes out of turn
    first_waits.set()
    explained(visit, "what a waste of time")
    visit.page.wait_for_timeout(1_000)
    explained(visit, "what a waste of time")


@pytest.mark.parametrize("visit", SCREENS, indirect=True)
def test_each_part_works_on_each_screen(tab):
    page = tab.page
    review(tab).fill(LONG)
    explained(tab, LONG)
    expect(page.locator("#verdict .label")).to_have_text(re.compile("Negative|Positive|Not sure"))
    expect(page.locator("#score-about")).to_contain_text("90.0% right on 100 test reviews")
    expect(page.locator("#score-about")).to_contain_text("83.0% to 94.0%")
    expect(page.locator("#score-about")).to_contain_text("bag of word pairs: 80.0%")
    expect(page.locator("#running-plot polyline")).to_have_count(1)
    expect(page.locator("#left-out li").first).to_be_visible()
    page.locator("#keep").click()
    expect(page.locator("#what-if")).to_contain_text("no change")
    tab.tab("Two networks")
    expect(page.locator("#first-words .words")).to_be_visible()
    expect(page.locator("#second-words .words")).to_be_visible()
    tab.tab("Many reviews")
    tab.check()


def test_the_verdict_follows_what_is_typed_deleted_and_pasted(tab, classifier):
    page = tab.page
    shown = page.locator("#verdict .percent")
    review(tab).fill("")
    expect(page.locator("#verdict")).to_contain_text("The review is empty")
    review(tab).press_sequentially("the plot is dull")
    expect(shown).to_have_text(verdict_of(classifier, "the plot is dull"))
    for _ in range(5):
        review(tab).press("Backspace")
    expect(shown).to_have_text(verdict_of(classifier, "the plot is"))
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText(' superb')")
    review(tab).press("Control+v")
    expect(shown).to_have_text(verdict_of(classifier, "the plot is superb"))
    expect(review(tab)).to_have_value("the plot is superb")


def test_typing_quickly_loses_no_letter_and_ends_at_the_verdict_on_all_of_it(tab, classifier):
    review(tab).fill("")
    review(tab).press_sequentially(LONG[:150], delay=5)
    expect(review(tab)).to_have_value(LONG[:150])
    expect(tab.page.locator("#verdict .percent")).to_have_text(verdict_of(classifier, LONG[:150]))
    explained(tab, LONG[:150])
    expect(review(tab)).to_have_value(LONG[:150])


def test_a_pause_explains_without_a_button_and_each_word_tells_its_number(tab, classifier):
    page, text = tab.page, "the music was superb but the plot is dull"
    review(tab).fill(text)
    words = explained(tab, text)
    attribution = explain(classifier, text)
    tips = words.locator("span").evaluate_all("spans => spans.map((s) => s.dataset.tip)")
    for tip, word, value, left in zip(
        tips, attribution.words, attribution.contributions, attribution.omissions, strict=True
    ):
        assert tip.startswith(f"{word}: {signed(value)}")
        assert tip.endswith(f"without it {percent(left.positive)} positive")
    marks = words.locator("span[class]").evaluate_all(
        "spans => spans.map((s) => [s.className[0], getComputedStyle(s, '::after').content])"
    )
    assert marks
    assert set(map(tuple, marks)) <= {("p", '"+"'), ("n", '"−"')}
    words.locator("span").nth(3).hover()
    tip = page.locator(".tip:visible")
    expect(tip).to_have_text(tips[3])
    page.mouse.move(0, 0)
    expect(tip).to_have_count(0)


def test_words_and_points_are_reached_by_keys(tab):
    page, text = tab.page, "the music was superb"
    review(tab).fill(text)
    words, tip = explained(tab, text), page.locator(".tip:visible")
    words.focus()
    for key, word in (("ArrowRight", "the"), ("ArrowRight", "music"), ("End", "superb"),
                      ("ArrowLeft", "was"), ("Home", "the")):  # fmt: skip
        page.keyboard.press(key)
        expect(tip).to_have_text(re.compile(f"^{word}: "))
        expect(words.locator(".at")).to_have_text(word)
    page.keyboard.press("Escape")
    expect(tip).to_have_count(0)
    page.locator("#running-plot .curve-columns").focus()
    page.keyboard.press("End")
    expect(tip).to_have_text(re.compile("^after “superb”: .* positive"))


@pytest.mark.parametrize("visit", ["phone"], indirect=True)
def test_a_tap_shows_the_tip_within_the_screen(tab):
    review(tab).fill("the music was superb")
    words = explained(tab, "the music was superb")
    for place in (0, 3):
        words.locator("span").nth(place).tap()
        box = tab.page.locator(".tip:visible").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_nothing_is_rebuilt_and_nothing_moves_while_typing(tab, classifier):
    page, first, second = tab.page, "the music was superb", "the music was superb dull"
    review(tab).fill(first)
    explained(tab, first)
    parts = ["#verdict .verdict", "#running-plot .curve", "#verdict-words .words"]
    for part in parts:
        page.locator(part).evaluate("element => { element.kept = true; }")
    places = [page.locator(id).bounding_box()["y"] for id in ("#score-about", "#words-title")]
    review(tab).press("End")
    review(tab).press_sequentially(" dull")
    explained(tab, second)
    expect(page.locator("#verdict .percent")).to_have_text(verdict_of(classifier, second))
    for part in parts:
        assert page.locator(part).evaluate("element => element.kept")
    assert places == [
        page.locator(id).bounding_box()["y"] for id in ("#score-about", "#words-title")
    ]


def test_before_and_after_a_changed_word(tab, classifier):
    page, before, now = tab.page, "the music was superb", "the music was dull"
    change = page.locator("#what-if")
    expect(change).to_be_hidden()
    review(tab).fill(before)
    expect(page.locator("#verdict .percent")).to_have_text(verdict_of(classifier, before))
    page.locator("#keep").click()
    expect(change).to_contain_text(texts.SAME_TEXT)
    review(tab).fill(now)
    expect(change.locator("del")).to_have_text("superb")
    expect(change.locator("ins")).to_have_text("dull")
    positive = [p.probabilities["positive"] for p in classifier.predict([before, now])]
    expect(change).to_contain_text(f"{percent(positive[0])} positive")
    expect(change).to_contain_text(f"{percent(positive[1])} positive")
    points = round(100 * (positive[1] - positive[0]))
    expect(change).to_contain_text(f"{points:+d} points".replace("-", "−"))
    page.locator("#drop").click()
    expect(change).to_be_hidden()
    review(tab).fill(before)
    expect(page.locator("#verdict .percent")).to_have_text(verdict_of(classifier, before))
    expect(change).to_be_hidden()


def test_a_long_review_ranks_its_sentences(tab, classifier):
    review(tab).fill(LONG)
    explained(tab, LONG)
    expect(tab.page.locator("#left-out")).to_contain_text("without each sentence")
    attribution = explain(classifier, LONG)
    strongest = max(attribution.omissions, key=lambda omission: abs(omission.effect))
    first = tab.page.locator("#left-out li").first
    expect(first).to_contain_text(attribution.part(strongest))
    expect(first).to_contain_text(percent(strongest.positive))
    expect(first).to_contain_text(signed(strongest.effect))


def test_the_page_says_whose_the_curve_is_and_when_there_is_none(tab):
    curve = tab.page.locator("#running-plot")
    tab.choose("score-model", "The best")
    expect(curve).to_contain_text("sentiment-best: P(positive) after each word, by the half")
    tab.choose("score-model", "LSTM with attention")
    expect(curve).to_contain_text(f"sentiment-attention: {texts.NO_CURVE}")
    expect(curve.locator("polyline")).to_have_count(0)
    expect(tab.page.locator("#verdict-words")).to_contain_text("sentiment-attention")


def test_two_networks_judge_the_text_that_came_along(tab, folder):
    page, text = tab.page, "the music was superb"
    review(tab).fill(text)
    explained(tab, text)
    tab.tab("Two networks")
    expect(review(tab, "rival-review")).to_have_value(text)
    tab.choose("first-model", "LSTM with attention")
    tab.choose("second-model", "The best")
    for side, name in (("first", "sentiment-attention"), ("second", "sentiment-best")):
        network = Registry(folder).load("sentiment", name)
        expect(page.locator(f"#{side}-about")).to_contain_text(f"{name} ·")
        expect(page.locator(f"#{side}-verdict .percent")).to_have_text(verdict_of(network, text))
        expect(page.locator(f"#{side}-words")).to_contain_text(f"{name})")
    expect(page.locator("#rival-plot")).to_contain_text(f"sentiment-attention: {texts.NO_CURVE}")
    expect(page.locator("#rival-plot polyline")).to_have_count(1)
    tab.choose("first-model", "LSTM")
    expect(page.locator("#rival-plot polyline")).to_have_count(2)
    review(tab, "rival-review").fill(f"{text} indeed")
    tab.tab("One review")
    expect(review(tab)).to_have_value(f"{text} indeed")
    explained(tab, f"{text} indeed")


def test_an_example_says_what_it_is_and_how_the_network_does(tab):
    tab.page.get_by_text("Sarcasm", exact=True).click()
    text, _, lesson = texts.SENTIMENT_EXAMPLES["Sarcasm"]
    expect(review(tab)).to_have_value(text)
    expect(tab.page.locator("#verdict .lesson")).to_contain_text(lesson)
    expect(tab.page.locator("#verdict .lesson")).to_contain_text("It is meant as negative")
    review(tab).fill(text + "!")
    expect(tab.page.locator("#verdict .lesson")).to_have_count(0)


def test_bad_input_is_one_sentence_and_stays_where_it_was_typed(tab):
    page = tab.page
    page.locator("#keep").click()
    expect(page.locator("#what-if")).to_contain_text(texts.SAME_TEXT)
    for text, sentence in BAD:
        review(tab).fill(text)
        expect(page.locator("#verdict .note")).to_contain_text(sentence)
        expect(page.locator("#verdict-words .empty")).to_be_visible()
        assert review(tab).input_value() == text
        page.locator("#keep").click()
        expect(page.locator("#what-if")).to_contain_text(sentence)
    expect(page.get_by_test_id("toast-text")).to_have_count(0)
    review(tab).fill("the music was superb")
    explained(tab, "the music was superb")
    tab.check()


def test_strange_input_is_shown_as_text(tab):
    page = tab.page
    for text in STRANGE:
        review(tab).fill(text)
        expect(page.locator("#verdict .percent")).to_be_visible()
        explained(tab, clean(text))
        assert page.locator("#verdict-words :is(script, img)").count() == 0
        assert review(tab).input_value() == text
    tab.check()


def test_a_review_too_long_to_explain_is_judged_and_says_so(tab):
    review(tab).fill("the plot is dull " * 2_000)
    expect(tab.page.locator("#verdict-words .note")).to_contain_text("too long to be explained")
    expect(tab.page.locator("#verdict .percent")).to_be_visible()
    expect(tab.page.locator("#running-plot")).to_contain_text("8,000 words")


def test_clear_empties_the_form(tab):
    tab.page.locator("#review-clear").click()
    expect(review(tab)).to_have_value("")
    expect(tab.page.locator("#verdict")).to_contain_text("The review is empty")
    expect(tab.page.locator("#verdict-words")).to_contain_text(texts.WORDS_EMPTY)
    expect(tab.page.locator("#left-out")).to_contain_text(texts.LEFT_OUT_EMPTY)


def test_score_by_api_says_why_when_asked(url, classifier):
    client = Client(url, verbose=False)
    arguments = {"text": "the music was superb", "model": "sentiment-lstm", "api_name": "/score"}
    plain = client.predict(**arguments)
    assert "why" not in plain
    assert plain["running_of"] == "whole network"
    answer = client.predict(**arguments, why=True)
    expected = explain(classifier, "the music was superb").to_json()
    assert answer["why"]["words"] == expected["words"]
    assert answer["why"]["contributions"] == pytest.approx(expected["contributions"], abs=1e-3)
    assert answer["why"]["completeness_error"] < 0.05
    without = client.predict("a film", model="sentiment-attention", api_name="/score")
    assert (without["running"], without["running_of"]) == ([], "")


def test_without_two_networks_the_page_says_how_to_get_them(browser, prices, tmp_path, folder):
    shutil.copytree(folder / "sentiment-lstm", tmp_path / "sentiment-lstm")
    with served(tmp_path) as url:
        visit = Visit(browser, url, "wide")
        visit.tab("Sentiment")
        expect(visit.page.locator("#verdict .percent")).to_be_visible()
        visit.tab("Two networks")
        expect(visit.page.locator("#no-rival")).to_contain_text(texts.TRAIN_FIELD)
        visit.context.close()
