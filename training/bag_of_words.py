"""The baselines of the sentiment task: majority label, logistic regression on word pairs.

    python -m training.bag_of_words

Trains in about a minute on one core, without a network of any kind, and writes
results/sentiment-baselines.json. A recurrent network that loses to it has not earned its keep.
The features may be scaled by naive-Bayes log-count ratios (Wang and Manning 2012, "Baselines and
Bigrams"), as in NB-SVM but with the logistic loss. It does NOT make a checkpoint: no page serves
it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from data.sentiment import clean, held_out_split
from data.sources import load_imdb
from models.checkpoint import write_json
from training.flags import option, parse_flags
from training.run import RunConfig
from training.script import run_script

_WORD = re.compile(r"\w+(?:'\w+)*|[^\w\s]+")


@dataclass(frozen=True)
class BagConfig:
    """Choices of the bag of words; the defaults were chosen on held-out training reviews."""

    pairs: bool = option(True, "count pairs of neighbours too, not just words")
    naive_bayes: bool = option(True, "scale each feature by its naive-Bayes log-count ratio")
    min_reviews: int = option(2, "training reviews that a word or pair must be in to count")
    penalty: float = option(3e-5, "weight of the squared norm of the coefficients, per review")
    iterations: int = option(60, "L-BFGS steps, at most")
    valid_reviews: int = option(
        2500, "held-out training reviews; 0: train on all, and use the test split"
    )


def features(text: str, pairs: bool = True) -> set[str]:
    """The lower-cased words and punctuation runs of a review, and each pair of neighbours."""
    words = _WORD.findall(clean(text).lower())
    return {*words, *(f"{a} {b}" for a, b in pairwise(words) if pairs)}


class BagOfWords:
    """p(positive) = sigmoid(sum of the weights of the features that are present + bias)."""

    def __init__(self, config: BagConfig) -> None:
        self.config = config
        self._index: dict[str, int] = {}
        self._weights = torch.zeros(0)
        self._bias = 0.0

    def fit(self, texts: Sequence[str], labels: np.ndarray) -> BagOfWords:
        """Minimise mean log loss + penalty * |w|^2, a convex problem, over N labelled reviews."""
        rows = self._rows(texts)
        counts = Counter(feature for row in rows for feature in row)
        kept = sorted(
            feature for feature, count in counts.items() if count >= self.config.min_reviews
        )
        self._index = {feature: i for i, feature in enumerate(kept)}
        present, offsets = self._numbers(rows)
        target = torch.from_numpy(labels.astype(np.float32))
        scale = self._scale(present, offsets, target)
        weights = torch.zeros(len(kept), 1, requires_grad=True)
        bias = torch.zeros(1, requires_grad=True)
        optimizer = torch.optim.LBFGS(
            [weights, bias],
            max_iter=self.config.iterations,
            history_size=10,
            line_search_fn="strong_wolfe",
        )

        def objective() -> Tensor:
            optimizer.zero_grad()
            logits = _sums(weights * scale, present, offsets) + bias
            loss = F.binary_cross_entropy_with_logits(logits, target)
            loss = loss + self.config.penalty * weights.square().sum()
            loss.backward()
            return loss

        optimizer.step(objective)
        self._weights, self._bias = (weights * scale).detach(), bias.item()
        return self

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """P(positive) (N,) of raw texts; features not seen in training count nothing."""
        return torch.sigmoid(self.log_odds(texts)).numpy()

    def log_odds(self, texts: Sequence[str]) -> Tensor:
        """The log-odds (N,) of the same."""
        present, offsets = self._numbers(self._rows(texts))
        return _sums(self._weights, present, offsets) + self._bias

    def __len__(self) -> int:
        return len(self._index)

    @property
    def bytes(self) -> int:
        """What it would take to store: the text of each feature and a float32 for its weight."""
        return sum(len(feature.encode()) + 4 for feature in self._index)

    def _rows(self, texts: Sequence[str]) -> list[set[str]]:
        return [features(text, self.config.pairs) for text in texts]

    def _numbers(self, rows: Sequence[set[str]]) -> tuple[Tensor, Tensor]:
        """Known features of all reviews in one row, and where each review starts."""
        known = [sorted(self._index[f] for f in row if f in self._index) for row in rows]
        offsets = np.cumsum([0] + [len(row) for row in known[:-1]])
        flat = np.fromiter((i for row in known for i in row), dtype=np.int64)
        return torch.from_numpy(flat), torch.from_numpy(offsets.astype(np.int64))

    def _scale(self, present: Tensor, offsets: Tensor, target: Tensor) -> Tensor:
        """(V, 1) log of p(feature | positive) / p(feature | negative), add-one smoothed, or
        ones."""
        if not self.config.naive_bayes:
            return torch.ones(len(self), 1)
        sizes = torch.diff(offsets, append=torch.tensor([len(present)]))
        of_label = torch.repeat_interleave(target, sizes)
        positive = 1 + torch.zeros(len(self)).index_add_(0, present, of_label)
        negative = 1 + torch.zeros(len(self)).index_add_(0, present, 1 - of_label)
        return torch.log((positive / positive.sum()) / (negative / negative.sum()))[:, None]


def _sums(weights: Tensor, present: Tensor, offsets: Tensor) -> Tensor:
    """Sum of the weights (V, 1) of the features of each review -> (N,)."""
    return F.embedding_bag(present, weights, offsets, mode="sum").squeeze(-1)


def majority_accuracy(train_labels: np.ndarray, test_labels: np.ndarray) -> float:
    """Share of test reviews with the commoner training label (positive on a tie)."""
    return float(np.mean(test_labels == (2 * train_labels.sum() >= len(train_labels))))


def measure(bag: BagOfWords, texts: Sequence[str], labels: np.ndarray) -> dict[str, float]:
    """Accuracy and mean negative log-likelihood (nats per review) of a fitted bag of words."""
    positive = np.clip(bag.probabilities(texts).astype(np.float64), 1e-7, 1 - 1e-7)
    likelihood = np.where(labels == 1, positive, 1 - positive)
    return {
        "accuracy": float(np.mean((positive > 0.5) == labels)),
        "nll": float(-np.log(likelihood).mean()),
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Fit on the training split, measure on held-out or test reviews, write the result."""
    run, config = parse_flags(argv, RunConfig, BagConfig, description=__doc__.splitlines()[0])
    data_dir = Path(run.data_dir) if run.data_dir else None
    train = load_imdb("train", data_dir)
    fit_on = np.arange(len(train.texts))
    if config.valid_reviews:
        fit_on, held_out = held_out_split(train.texts, config.valid_reviews, seed=0)
        texts, labels = [train.texts[i] for i in held_out], train.labels[held_out]
    else:
        test = load_imdb("test", data_dir)
        texts, labels = test.texts, test.labels
    bag = BagOfWords(config).fit([train.texts[i] for i in fit_on], train.labels[fit_on])
    result = {
        "split": "held-out" if config.valid_reviews else "test",
        "reviews": len(texts),
        "features": len(bag),
        "majority": {"accuracy": majority_accuracy(train.labels[fit_on], labels)},
        "bag_of_words": measure(bag, texts, labels),
        "config": asdict(config),
    }
    write_json(Path(run.results_dir) / "sentiment-baselines.json", result)


if __name__ == "__main__":
    run_script(main)
