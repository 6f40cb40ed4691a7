"""Small checkpoints of all tasks, made on the spot: the app and the command line run on them
as they run on the real ones.

And the page on them, open in the system's Chromium, for the tests that drive it; what those need is
imported only when one of them runs.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from data.copying import CopyIndex
from data.memory import PROBLEMS
from data.tokenizers import CharTokenizer, SubwordTokenizer
from inference.generation import TextGenerator
from inference.memory import save_series
from models.checkpoint import save_checkpoint, write_json
from models.forecasting import ForecastConfig, QuantileNetwork
from models.generation import GenerationConfig, LanguageModel
from models.memory import MemoryConfig, MemoryNetwork
from models.sentiment import SentimentConfig, SentimentNetwork
from models.translation import TranslationConfig, TranslationNetwork

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser import Visit
    from tests.hub_server import FakeHub
    from tests.yahoo_server import FakeYahoo

ALPHABET = "\n !,.:;'?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
COPIED_PROMPT = "To be"
REVIEWS = [
    "a wonderful film with superb acting and a moving story",
    "what a waste of time, the plot is dull and the jokes fall flat",
    "not bad at all, I liked the music and the cast",
] * 4


@pytest.fixture(scope="session")
def weights_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the default checkpoint of each task, untrained and tiny."""
    torch.manual_seed(0)
    root = tmp_path_factory.mktemp("weights")
    _generation(root / "shakespeare-lstm")
    _sentiment(root / "sentiment-lstm")
    _forecasting(root / "forecast-lstm")
    _translation(root / "dates-lstm")
    _memory(root / "recall-lstm")
    return root


def _generation(folder: Path, cell: str = "lstm", hidden_size: int = 16, loss: float = 4.1) -> None:
    tokenizer = CharTokenizer.from_text(ALPHABET)
    config = GenerationConfig(tokenizer.vocab_size, cell, 8, hidden_size, 1, 0.0)
    save_checkpoint(folder, "generation", config, LanguageModel(config))
    tokenizer.save(folder)
    metrics = {
        "corpus": "shakespeare", "parameters": 3000, "validation_nats_per_char": loss,
        "baseline": "6-gram", "baseline_nats_per_char": 1.9, "tokenizer": "char", "cell": cell,
    }  # fmt: skip
    write_json(folder / "metrics.json", metrics)


@pytest.fixture(scope="session")
def page_weights(weights_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with what the text tab shows besides: the three cells, a history, samples by stage
    and an index of the training text; and a network that takes seconds to write, for Stop."""
    torch.manual_seed(1)
    root = tmp_path_factory.mktemp("page") / "weights"
    shutil.copytree(weights_dir, root)
    _generation(root / "shakespeare-rnn", "rnn", loss=4.3)
    _generation(root / "shakespeare-gru", "gru", loss=4.2)
    _generation(root / "slow-lstm", hidden_size=1500)
    for name, first in (("shakespeare-lstm", 2.5), ("shakespeare-rnn", 2.8)):
        rows = [f"{epoch},{first / epoch:.3f},{first / epoch + 0.1:.3f}" for epoch in (1, 2, 3)]
        (root / name / "history.csv").write_text("\n".join(["epoch,train_loss,valid_loss", *rows]))
    stages = [
        {"step": step, "characters": 4096 * step, "loss": 3 - step / 1000, "text": text}
        for step, text in ((100, "e e <b>eth</b>"), (300, "the she"), (1000, "To be, or not"))
    ]
    write_json(root / "shakespeare-lstm" / "stages.json", stages)
    # Its training text, as far as the index knows, is what it writes itself after COPIED_PROMPT.
    copied = TextGenerator.from_pretrained(root / "shakespeare-lstm")
    index = CopyIndex.from_text(copied.generate(COPIED_PROMPT, 40, temperature=0).text)
    index.save(root / "shakespeare-lstm")
    return root


def _sentiment(folder: Path) -> None:
    tokenizer = SubwordTokenizer.train("\n".join(REVIEWS).lower(), 120, ALPHABET.lower())
    config = SentimentConfig(tokenizer.vocab_size, embedding_size=8, hidden_size=12)
    save_checkpoint(folder, "sentiment", config, SentimentNetwork(config))
    tokenizer.save(folder)
    metrics = {
        "test": {"accuracy": 0.5, "reviews": 100},
        "baselines": {"bag_of_words": {"accuracy": 0.9}},
    }
    write_json(folder / "metrics.json", metrics)


def _forecasting(folder: Path) -> None:
    config = ForecastConfig(hidden_size=8)
    save_checkpoint(folder, "forecasting", config, QuantileNetwork(config))
    write_json(folder / "metrics.json", {})


def _translation(folder: Path) -> None:
    tokenizer = CharTokenizer.from_text(" ,-./0123456789abcdefghijklmnopqrstuvwxyz")
    config = TranslationConfig(tokenizer.vocab_size, 30, embedding_size=4, encoder_size=6)
    save_checkpoint(folder, "translation", config, TranslationNetwork(config))
    tokenizer.save(folder)
    row = {"dates": 100, "exact": 0.5, "baseline": 0.4}
    metrics = {
        "parameters": 3000, "test_dates": 100, "exact": 0.5, "interval_95": [0.4, 0.6],
        "english": 0.6, "baseline": {"name": "a parser", "exact": 0.4, "english": 0.9},
        "styles": {"ISO": row}, "languages": {"en": row, "digits": row},
        "other_styles": {"week date (1979-w34-2)": row | {"dates": 500, "exact": 0.004}},
        "training": {"train_dates": 1000},
    }  # fmt: skip
    write_json(folder / "metrics.json", metrics)


def _memory(folder: Path) -> None:
    series = PROBLEMS["recall"].series(8)
    config = MemoryConfig(len(series.features), series.output_size, hidden_size=6)
    save_checkpoint(folder, "memory", config, MemoryNetwork(config))
    save_series(folder, series)
    write_json(folder / "metrics.json", {})


@pytest.fixture(scope="session")
def yahoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeYahoo]:
    """A Yahoo of our own, on a loopback port."""
    import pandas as pd
    import yfinance

    from tests.yahoo_server import serve

    yfinance.set_tz_cache_location(str(tmp_path_factory.mktemp("yfinance")))
    with serve() as server:
        server.days = pd.bdate_range(end="2025-06-20", periods=400)
        yield server


@pytest.fixture
def prices(yahoo: FakeYahoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeYahoo:
    """A fresh store of prices behind the page, and the Yahoo that it asks."""
    import inference.forecasting
    import tabs.forecast_form
    from data.price_store import PriceStore
    from data.yahoo import fetch_history

    store = PriceStore(tmp_path, fetch=lambda t: fetch_history(t, session=yahoo.session()))
    for module in (inference.forecasting, tabs.forecast_form):
        monkeypatch.setattr(module, "prices", lambda: store)
    yahoo.mode = "good"
    return yahoo


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A Hub of our own, on a loopback port; the client of this process talks to it as alice."""
    from tests.hub_server import lead_client_to, serve

    with serve() as server:
        lead_client_to(server, tmp_path / "hf", monkeypatch)
        yield server


@pytest.fixture(scope="session")
def url(page_weights: Path) -> Iterator[str]:
    """The page, served in this process on ``page_weights``."""
    from tests.browser import served

    with served(page_weights) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import expect, sync_playwright

    from tests.browser import CHROMIUM, FLAGS, PATIENCE

    expect.set_options(timeout=PATIENCE)
    if CHROMIUM is None:
        pytest.skip("the system's chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(
    browser: Browser, url: str, prices: FakeYahoo, request: pytest.FixtureRequest
) -> Iterator[Visit]:
    """A visitor with the page open on one of the SCREENS (wide unless parametrized)."""
    from tests.browser import Visit

    visit = Visit(browser, url, getattr(request, "param", "wide"))
    yield visit
    visit.context.close()
