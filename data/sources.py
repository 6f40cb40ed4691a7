"""The raw data of training: where it comes from, how it is checked, where it is kept.

Tiny Shakespeare and the dinosaur names are single files with a checksum; the IMDB reviews are the
Hub dataset ``stanfordnlp/imdb`` at a pinned revision; daily prices come from Yahoo Finance, ticker
by ticker. Each loader takes ``data_dir``, a folder with files at hand in the layout below; without
it the files are downloaded once into a cache folder of the same layout.

    corpora/tinyshakespeare.txt   corpora/dinos.txt
    imdb/plain_text/{train,test,unsupervised}-00000-of-00001.parquet
    prices/*.parquet

This module returns raw text, reviews and prices. It does not clean, split, tokenize or scale them,
and it is not used by the app: what a visitor asks of Yahoo goes through ``data.prices``.
"""

from __future__ import annotations

import hashlib
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.errors import SourceError

IMDB_REPO = "stanfordnlp/imdb"
IMDB_REVISION = "e6281661ce1c48d982bc483cf8a173c1bbeb5d31"
IMDB_ROWS = {"train": 25_000, "test": 25_000, "unsupervised": 50_000}
IMDB_LABELS = {"train": {0: 12_500, 1: 12_500}, "test": {0: 12_500, 1: 12_500},
               "unsupervised": {-1: 50_000}}  # fmt: skip
PRICE_COLUMNS = ["Date", "Open", "High", "Low", "Close", "Volume", "Ticker"]
PRICE_START = "2000-01-01"


@dataclass(frozen=True)
class TextSource:
    """A text file on the web: where it is, where it is kept, and what it must be."""

    url: str
    path: str  # below the data or cache folder
    sha256: str
    size: int  # bytes


SHAKESPEARE = TextSource(
    url="https://raw.githubusercontent.com/karpathy/char-rnn/"
    "d1d7aa34fdb3626174bce1d753e6cc6845ce7087/data/tinyshakespeare/input.txt",
    path="corpora/tinyshakespeare.txt",
    sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    size=1_115_394,
)
DINOSAURS = TextSource(
    url="https://raw.githubusercontent.com/greyhatguy007/deep-learning-specialization/"
    "378dba6014afcd8987c5bce29e1237a15e062e7b/C5-sequence-models/week1/C5W1A2/dinos.txt",
    path="corpora/dinos.txt",
    sha256="ad6465621cf56c08f71d4fbb40cf7eab763f9df42c54cc460d6c4d86e9c927fb",
    size=19_909,
)


@dataclass(frozen=True)
class Reviews:
    """Reviews as they are in the dataset: raw ``texts`` and ``labels`` (N,), 1 positive, 0 negative
    and -1 unlabelled."""

    texts: list[str]
    labels: np.ndarray


def cache_dir() -> Path:
    """The folder for downloads: ``$RNN_LAB_CACHE``, or ``~/.cache/rnn-lab``."""
    return Path(os.environ.get("RNN_LAB_CACHE") or Path.home() / ".cache" / "rnn-lab")


def load_shakespeare(data_dir: Path | None = None) -> str:
    """Tiny Shakespeare: 1,115,394 characters of 65 kinds. Raises SourceError."""
    return load_text(SHAKESPEARE, data_dir)


def load_dinosaurs(data_dir: Path | None = None) -> str:
    """1,536 dinosaur names, one a line. Raises SourceError."""
    return load_text(DINOSAURS, data_dir)


def load_text(source: TextSource, data_dir: Path | None = None) -> str:
    """Read a text source from ``data_dir``, or from the cache, downloading it when it is not there.

    A file in the cache that was altered or downloaded half is fetched again; a file in ``data_dir``
    is the user's own and is refused with a SourceError, never replaced.
    """
    if data_dir is not None:
        return _checked(Path(data_dir) / source.path, source).decode("utf-8")
    path = cache_dir() / source.path
    try:
        return _checked(path, source).decode("utf-8")
    except SourceError:
        _download(source.url, path)
    try:
        return _checked(path, source).decode("utf-8")
    except SourceError:
        path.unlink(missing_ok=True)
        raise SourceError(
            f"What {source.url} sent is not the expected file (checksum), so it was not kept; "
            "try again, or point --data-dir at a copy."
        ) from None


def _checked(path: Path, source: TextSource) -> bytes:
    if not path.is_file():
        raise SourceError(f"{path} is missing.")
    content = path.read_bytes()
    if len(content) != source.size or hashlib.sha256(content).hexdigest() != source.sha256:
        raise SourceError(
            f"{path} is not the expected file: {len(content):,} bytes where {source.size:,} "
            "with another checksum belong; delete or replace it."
        )
    return content


def _download(url: str, path: Path) -> None:
    """Fetch ``url`` to ``path`` with a progress bar; nothing is left behind when it breaks off."""
    from tqdm import tqdm  # a training dependency, absent where only the app is installed

    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with urllib.request.urlopen(url, timeout=30) as response, part.open("wb") as out:
            total = int(response.headers.get("Content-Length") or 0)
            with tqdm(total=total, unit="B", unit_scale=True, desc=path.name) as bar:
                while chunk := response.read(1 << 16):
                    out.write(chunk)
                    bar.update(len(chunk))
        part.replace(path)
    except (urllib.error.URLError, OSError) as error:
        raise SourceError(
            f"{url} cannot be downloaded ({error}); check the network, or use --data-dir."
        ) from error
    finally:
        part.unlink(missing_ok=True)


def load_imdb(split: str, data_dir: Path | None = None) -> Reviews:
    """The Large Movie Review Dataset (Maas et al., 2011), official split.

    ``split`` is "train" or "test" (25,000 labelled reviews each) or "unsupervised" (50,000 without
    a label). Known flaws: 96 duplicates in train, 199 in test, HTML line breaks, no neutral
    reviews. Raises SourceError.
    """
    name = f"plain_text/{split}-00000-of-00001.parquet"
    if data_dir is not None:
        return _read_imdb(Path(data_dir) / "imdb" / name, split)
    try:
        return _read_imdb(_fetch_imdb(name, force=False), split)
    except SourceError:
        return _read_imdb(_fetch_imdb(name, force=True), split)


def _fetch_imdb(name: str, *, force: bool) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.utils import httpx

    try:
        return Path(hf_hub_download(
            IMDB_REPO, name, repo_type="dataset", revision=IMDB_REVISION,
            cache_dir=cache_dir() / "hub", force_download=force,
        ))  # fmt: skip
    except (OSError, ValueError, httpx.HTTPError) as error:
        raise SourceError(
            f"The reviews cannot be downloaded from the Hub ({type(error).__name__}); "
            "check the network, or use --data-dir."
        ) from error


def _read_imdb(path: Path, split: str) -> Reviews:
    frame = _read_parquet(path)
    if list(frame.columns) != ["text", "label"] or len(frame) != IMDB_ROWS[split]:
        raise SourceError(f"{path} does not hold the {IMDB_ROWS[split]:,} reviews of {split}.")
    if frame["label"].value_counts().to_dict() != IMDB_LABELS[split]:
        raise SourceError(f"{path} has other labels than the official {split} split.")
    return Reviews(frame["text"].tolist(), frame["label"].to_numpy(np.int64))


def _read_parquet(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise SourceError(f"{path} is missing.")
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise SourceError(
            f"{path} is not a whole Parquet file ({type(error).__name__})."
        ) from error


def load_price_panel(
    data_dir: Path | None = None,
    tickers: Sequence[str] | None = None,
    fetch: Callable[[str, str], pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Daily prices of many tickers, adjusted for splits and dividends.

    Returns a frame with the columns of PRICE_COLUMNS, sorted by Ticker, then Date. With
    ``data_dir`` it is read from the Parquet files in ``prices/``; else each ticker is fetched by
    ``fetch(ticker, start)`` (Yahoo Finance) and kept in the cache. Raises SourceError.
    """
    if data_dir is not None:
        folder = Path(data_dir) / "prices"
        files = sorted(folder.glob("*.parquet"))
        if not files:
            raise SourceError(f"{folder} holds no Parquet file with prices.")
        panel = pd.concat([_read_parquet(file) for file in files], ignore_index=True)
    else:
        panel = _fetch_panel(tickers, fetch)
    _check_panel(panel)
    panel["Ticker"] = panel["Ticker"].astype(str)
    if tickers is not None:
        panel = panel[panel["Ticker"].isin(list(tickers))]
    return panel.sort_values(["Ticker", "Date"], ignore_index=True)


def _fetch_panel(
    tickers: Sequence[str] | None, fetch: Callable[[str, str], pd.DataFrame] | None
) -> pd.DataFrame:
    from tqdm import tqdm

    from data.yahoo import fetch_history, is_us_share, known_tickers

    fetch = fetch or (lambda ticker, start: fetch_history(ticker, start=start, seconds=30))
    folder = cache_dir() / "prices"
    folder.mkdir(parents=True, exist_ok=True)
    frames, failed = [], []
    shares = filter(is_us_share, known_tickers())  # of one market, so that they make up its mean
    for ticker in tqdm(tickers or list(shares), desc="prices", unit="ticker"):
        path = folder / f"{ticker}.parquet"
        try:
            frames.append(_read_parquet(path))
            continue
        except SourceError:
            path.unlink(missing_ok=True)
        try:
            frame = fetch(ticker, PRICE_START).rename_axis("Date").reset_index()
        except (OSError, ValueError):
            failed.append(ticker)
            continue
        frames.append(frame.assign(Ticker=ticker)[PRICE_COLUMNS])
        part = path.with_suffix(".part")
        frames[-1].to_parquet(part, index=False)
        part.replace(path)
    if not frames:
        raise SourceError(
            "No prices could be fetched from Yahoo Finance; check the network, or use --data-dir."
        )
    if failed:
        tqdm.write(f"No prices for {len(failed)} tickers: {', '.join(failed)}.")
    return pd.concat(frames, ignore_index=True)


def _check_panel(panel: pd.DataFrame) -> None:
    missing = [column for column in PRICE_COLUMNS if column not in panel.columns]
    if missing:
        raise SourceError(f"The price files lack the column {missing[0]}.")
    prices = panel[["Open", "High", "Low", "Close"]].to_numpy()
    if not (np.isfinite(prices).all() and (prices > 0).all()):
        raise SourceError("The price files hold a price that is missing, zero or negative.")
    if panel.duplicated(["Ticker", "Date"]).any():
        raise SourceError("The price files hold the same day of a ticker twice.")
