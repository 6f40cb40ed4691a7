"""Raw data is checked, kept, and fetched again when it was altered; over a real HTTP server."""

from __future__ import annotations

import dataclasses
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pandas as pd
import pytest

from data import sources
from data.errors import SourceError
from data.sources import (
    TextSource,
    load_imdb,
    load_price_panel,
    load_shakespeare,
    load_text,
)

BODY = b"To be, or not to be: that is the question.\n" * 3_000


class Site:
    """A loopback web site: ``answers`` holds the bodies of the coming requests; None breaks off in
    the middle, an int is an error status."""

    def __init__(self) -> None:
        self.answers: list[bytes | int | None] = []
        self.requests = 0
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.requests += 1
                answer = site.answers.pop(0) if site.answers else BODY
                if isinstance(answer, int):
                    self.send_error(answer)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(BODY if answer is None else answer)))
                self.end_headers()
                self.wfile.write(BODY[:1000] if answer is None else answer)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/text"


@pytest.fixture
def site(monkeypatch, tmp_path):
    monkeypatch.setenv("RNN_LAB_CACHE", str(tmp_path / "cache"))
    site = Site()
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture
def source(site):
    return TextSource(site.url, "corpora/be.txt", hashlib.sha256(BODY).hexdigest(), len(BODY))


def cached(tmp_path):
    return tmp_path / "cache" / "corpora" / "be.txt"


def test_a_text_is_fetched_once_and_then_kept(site, source, tmp_path):
    assert load_text(source).encode() == BODY
    assert load_text(source).encode() == BODY
    assert site.requests == 1
    assert [p.name for p in cached(tmp_path).parent.iterdir()] == ["be.txt"]


def test_an_altered_copy_in_the_cache_is_fetched_again(site, source, tmp_path):
    load_text(source)
    cached(tmp_path).write_bytes(BODY[:-1] + b"!")
    assert load_text(source).encode() == BODY
    assert site.requests == 2


def test_a_half_copy_in_the_cache_is_fetched_again(site, source, tmp_path):
    load_text(source)
    cached(tmp_path).write_bytes(BODY[:500])
    assert load_text(source).encode() == BODY


@pytest.mark.parametrize("answer", [b"<html>moved</html>", None, 404, 503])
def test_a_bad_answer_is_refused_with_a_sentence_and_leaves_nothing(site, source, tmp_path, answer):
    site.answers = [answer]
    with pytest.raises(SourceError, match=r"data-dir"):
        load_text(source)
    assert list(cached(tmp_path).parent.iterdir()) == []
    assert load_text(source).encode() == BODY


def test_no_network_is_a_sentence(site, source):
    site.server.shutdown()
    site.server.server_close()
    with pytest.raises(SourceError, match="check the network"):
        load_text(source)


def test_a_wrong_file_at_hand_is_refused_and_stays(site, source, tmp_path):
    path = tmp_path / "mine" / "corpora" / "be.txt"
    path.parent.mkdir(parents=True)
    path.write_bytes(BODY[:100])
    with pytest.raises(SourceError, match="not the expected file"):
        load_text(source, tmp_path / "mine")
    assert path.read_bytes() == BODY[:100]
    with pytest.raises(SourceError, match="missing"):
        load_text(dataclasses.replace(source, path="corpora/other.txt"), tmp_path / "mine")
    assert site.requests == 0


@pytest.fixture
def small_imdb(monkeypatch, tmp_path):
    monkeypatch.setattr(sources, "IMDB_ROWS", {"train": 4})
    monkeypatch.setattr(sources, "IMDB_LABELS", {"train": {0: 2, 1: 2}})
    path = tmp_path / "imdb" / "plain_text" / "train-00000-of-00001.parquet"
    path.parent.mkdir(parents=True)
    frame = pd.DataFrame({"text": ["a", "b", "c", "d"], "label": [0, 1, 0, 1]})
    frame.to_parquet(path)
    return path, frame


def test_reviews_come_with_their_labels(small_imdb, tmp_path):
    reviews = load_imdb("train", tmp_path)
    assert reviews.texts == ["a", "b", "c", "d"]
    assert reviews.labels.tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize(
    "damage",
    [
        lambda path, frame: frame.iloc[:3].to_parquet(path),
        lambda path, frame: frame.assign(label=[0, 0, 0, 1]).to_parquet(path),
        lambda path, frame: frame.rename(columns={"text": "review"}).to_parquet(path),
        lambda path, frame: path.write_bytes(path.read_bytes()[:200]),
        lambda path, frame: path.unlink(),
    ],
)
def test_reviews_that_are_not_the_official_split_are_refused(small_imdb, tmp_path, damage):
    damage(*small_imdb)
    with pytest.raises(SourceError):
        load_imdb("train", tmp_path)


def make_prices(ticker: str, days: int = 5) -> pd.DataFrame:
    dates = pd.bdate_range("2020-01-01", periods=days)
    close = np.linspace(10, 11, days)
    return pd.DataFrame(
        {"Date": dates, "Open": close, "High": close, "Low": close, "Close": close, "Volume": 1.0}
    ).assign(Ticker=ticker)


def test_a_price_panel_is_sorted_and_can_be_limited(tmp_path):
    (tmp_path / "prices").mkdir()
    panel = pd.concat([make_prices("B").iloc[::-1], make_prices("A")])
    panel.to_parquet(tmp_path / "prices" / "all.parquet")
    loaded = load_price_panel(tmp_path)
    assert loaded["Ticker"].tolist() == ["A"] * 5 + ["B"] * 5
    assert loaded["Date"].iloc[:5].is_monotonic_increasing
    assert set(load_price_panel(tmp_path, ["B"])["Ticker"]) == {"B"}


@pytest.mark.parametrize(
    "damage",
    [
        lambda frame: frame.drop(columns="Low"),
        lambda frame: frame.assign(Close=0.0),
        lambda frame: frame.assign(High=np.nan),
        lambda frame: pd.concat([frame, frame.iloc[:1]]),
    ],
)
def test_a_damaged_price_panel_is_refused(tmp_path, damage):
    (tmp_path / "prices").mkdir()
    damage(make_prices("A")).to_parquet(tmp_path / "prices" / "all.parquet")
    with pytest.raises(SourceError, match="price files"):
        load_price_panel(tmp_path)


def test_fetched_prices_are_kept_and_a_ticker_without_prices_is_left_out(monkeypatch, tmp_path):
    monkeypatch.setenv("RNN_LAB_CACHE", str(tmp_path))
    asked = []

    def fetch(ticker: str, start: str) -> pd.DataFrame:
        asked.append(ticker)
        if ticker == "GONE":
            raise ValueError("unknown ticker")
        return make_prices(ticker).drop(columns="Ticker").set_index("Date")

    for _ in range(2):
        panel = load_price_panel(tickers=["A", "GONE", "B"], fetch=fetch)
        assert sorted(set(panel["Ticker"])) == ["A", "B"]
    assert asked == ["A", "GONE", "B", "GONE"]


def test_the_real_corpus_has_its_known_size(request):
    data_dir = request.config.rootpath.parent / "shared" / "data"
    if not data_dir.is_dir():
        pytest.skip("the real corpus is not at hand")
    text = load_shakespeare(data_dir)
    assert (len(text), len(set(text))) == (1_115_394, 65)
