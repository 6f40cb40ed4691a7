"""How fast reviews are judged: one for a reader who waits, and many, beside a transformer and a bag
of words. Called by ``training.benchmark``; nothing is learned but vocabularies.

What is timed is `SentimentClassifier.predict`, from text to verdicts. DistilBERT (Sanh et al. 2019,
arXiv:1910.01108) has its usual size and random weights, which take as long as trained ones, and is
given tokens, not text; reviews are padded or cut to 512 of them, as is usual.
"""

from __future__ import annotations

import importlib.util
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from data.sentiment import encode, pad
from data.sources import load_imdb
from data.tokenizers import SubwordTokenizer
from inference.sentiment import TASK, SentimentClassifier, readable
from models.checkpoint import CONFIG_FILE
from models.sentiment import SentimentConfig, SentimentNetwork
from training.bag_of_words import BagConfig, BagOfWords
from training.timing import run_times

FLAGSHIP = "sentiment-best"
WORDS = (20, 200, 1_000)  # of one review for a reader who waits
LATENCY_REPEATS = 15
REVIEWS = 256  # of a table
PADDED_BATCH, PADDED_REVIEWS = 32, 96  # the usual batches are slow, so they get a part of it
TOKENS, SENTENCES = 512, 2  # of DistilBERT, and how many reviews it is given at a time
VOCABULARY = 8_000
MERGED = 400  # pieces learned from made-up reviews
IMDB_WORDS = (174, 0.753, 10, 2_470)  # median, sigma of the logarithm, shortest, longest
COMMON = (
    "the and a of to is it in i this that was as with for but film movie on not you are his he be "
    "one have at all by they an who from so like there or just about if out her has what some good "
    "can when very more up no even would my only really their had story which well see were me than"
)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
RARE = (0.06, 7)  # share and letters of rare words: 1.3 pieces a word in all, as real reviews have


def sentiment(
    repeats: int, threads: int, weights_dir: Path = Path("weights"), data_dir: Path | None = None
) -> list[str]:
    """Milliseconds for one review of each length, and reviews a second beside the rivals; the
    flagship of ``weights_dir`` if there is one, test reviews of ``data_dir`` if one is given."""
    rng = np.random.default_rng(0)
    texts, origin = table_of_reviews(rng, data_dir)
    classifier = flagship(weights_dir, texts)
    lines = latency_lines(classifier, rng)
    words = sorted(len(text.split()) for text in texts)
    ways = rivals(classifier, texts)
    times = run_times([run for run, _ in ways.values()], repeats)
    speeds = {way: n / min(t) for (way, (_, n)), t in zip(ways.items(), times, strict=True)}
    ours = next(iter(speeds.values()))
    return [
        f"{described(classifier)}, threads: {threads}",
        *lines,
        "",
        f"{len(texts)} {origin} of {words[0]:,} to {words[-1]:,} words "
        f"(median {statistics.median(words):,.0f}), shortest of {repeats}:",
        f"{'':52}{'reviews/s':>10}{'ours is':>12}",
        *(f"{way:52}{speed:10,.1f}{ours / speed:10.2f} x" for way, speed in speeds.items()),
    ]


def latency_lines(classifier: SentimentClassifier, rng: np.random.Generator) -> list[str]:
    """How long a reader waits for one verdict, lengths taking turns."""
    texts = [made_up_review(words, rng) for words in WORDS]
    runs = [lambda text=text: classifier.predict([text]) for text in texts]
    return [
        f"one review of {words:>5,} words: median {1000 * statistics.median(times):7.1f} ms, "
        f"shortest {1000 * min(times):7.1f} ms"
        for words, times in zip(WORDS, run_times(runs, LATENCY_REPEATS), strict=True)
    ]


def rivals(
    classifier: SentimentClassifier, texts: Sequence[str]
) -> dict[str, tuple[Callable[[], object], int]]:
    """The ways to judge reviews: what to call for one run, and the reviews of a run."""
    bag, arrived = fitted_bag(texts), texts[:PADDED_REVIEWS]
    transformer, name = distilbert()
    tokens = torch.randint(
        0, 1_000, (SENTENCES, TOKENS), generator=torch.Generator().manual_seed(0)
    )
    return {
        "ours, batches of like length": (lambda: classifier.predict(texts), len(texts)),
        f"ours, padded batches of {PADDED_BATCH} in order of arrival": (
            lambda: judge_padded(classifier, arrived), len(arrived),
        ),
        f"{name}, {TOKENS} tokens each": (lambda: transformer(tokens), SENTENCES),
        "bag of word pairs": (lambda: bag.probabilities(texts), len(texts)),
    }  # fmt: skip


@torch.inference_mode()
def judge_padded(classifier: SentimentClassifier, texts: Sequence[str]) -> list[float]:
    """P(positive) by the same network in the usual batches: as they come, padded to the longest."""
    logits = []
    for start in range(0, len(texts), PADDED_BATCH):
        cleaned = [readable(text) for text in texts[start : start + PADDED_BATCH]]
        tokens, lengths = map(torch.from_numpy, pad(encode(classifier.tokenizer, cleaned)))
        judged = classifier.network(tokens, lengths).double()
        logits.append(judged / classifier.temperature(lengths.double()))
    return torch.sigmoid(torch.cat(logits)).tolist()


def fitted_bag(texts: Sequence[str]) -> BagOfWords:
    """A bag of words that knows the reviews; what it says of them does not matter here."""
    labels = np.arange(len(texts)) % 2
    return BagOfWords(BagConfig(min_reviews=1, iterations=2)).fit(texts, labels)


def distilbert() -> tuple[Callable[[Tensor], Tensor], str]:
    """A DistilBERT classifier with random weights, tokens (N, T) -> logits (N, 2), and its name:
    that of transformers where it is installed, else the same arithmetic in torch.nn."""
    if importlib.util.find_spec("transformers"):
        from transformers import DistilBertConfig, DistilBertForSequenceClassification

        model = DistilBertForSequenceClassification(DistilBertConfig()).eval()
        return torch.inference_mode()(lambda tokens: model(tokens).logits), "DistilBERT"
    return torch.inference_mode()(DistilBert().eval()), "DistilBERT in torch.nn"


class DistilBert(nn.Module):
    """What DistilBERT computes: 6 layers, 768 wide, 12 heads, 3,072 within, 30,522 pieces; the
    attention is torch's scaled_dot_product_attention."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(30_522, 768), nn.Embedding(512, 768)
        self.norm = nn.LayerNorm(768, eps=1e-12)
        layer = nn.TransformerEncoderLayer(768, 12, 3_072, 0.1, "gelu", 1e-12, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 6)
        self.before, self.head = nn.Linear(768, 768), nn.Linear(768, 2)

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits (N, 2) of tokens (N, T)."""
        x = self.norm(self.words(tokens) + self.places.weight[: tokens.shape[1]])
        return self.head(torch.relu(self.before(self.layers(x)[:, 0])))


def flagship(weights_dir: Path, texts: Sequence[str]) -> SentimentClassifier:
    """The flagship, or an untrained network of its shape over sub-words of the reviews."""
    if (weights_dir / FLAGSHIP / CONFIG_FILE).is_file():
        return SentimentClassifier.from_pretrained(weights_dir / FLAGSHIP)
    torch.manual_seed(0)
    tokenizer = SubwordTokenizer.train("\n".join(texts).lower(), MERGED)
    config = SentimentConfig(VOCABULARY)
    return SentimentClassifier(config, SentimentNetwork(config), tokenizer, f"untrained {TASK}")


def described(classifier: SentimentClassifier) -> str:
    """Name and shape of a network."""
    config = classifier.config
    return (
        f"{classifier.name}: {config.directions}, {config.cell}, {config.num_layers} x "
        f"{config.hidden_size}, embedding {config.embedding_size}, {config.vocab_size:,} pieces"
    )


def table_of_reviews(rng: np.random.Generator, data_dir: Path | None) -> tuple[list[str], str]:
    """REVIEWS reviews whose lengths are spread like IMDB's, in no order, and what they are: test
    reviews from ``data_dir``, or made-up ones."""
    shares = (np.arange(REVIEWS) + 0.5) / REVIEWS
    if data_dir is None:
        normal = statistics.NormalDist()
        median, sigma, least, most = IMDB_WORDS
        lengths = [median * np.exp(sigma * normal.inv_cdf(share)) for share in shares]
        texts = [made_up_review(int(np.clip(n, least, most)), rng) for n in lengths]
    else:
        by_length = sorted(load_imdb("test", data_dir).texts, key=lambda text: (len(text), text))
        texts = [by_length[int(share * len(by_length))] for share in shares]
    texts = [texts[i] for i in rng.permutation(REVIEWS)]
    return texts, "made-up reviews" if data_dir is None else "test reviews"


def made_up_review(words: int, rng: np.random.Generator) -> str:
    """So many words, common ones and a few that nobody knows, in sentences of twelve."""
    (share, length), said = RARE, rng.choice(COMMON.split(), words).tolist()
    for place in np.flatnonzero(rng.random(words) < share):
        said[place] = "".join(rng.choice(list(LETTERS), length))
    return " ".join(f"{word}." if i % 12 == 11 else word for i, word in enumerate(said))
