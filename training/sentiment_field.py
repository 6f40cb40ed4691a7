"""The flagship's rivals on the same terms: ``python -m training.sentiment_field``.

Six networks learn from the labels alone, as tutorials do it: no language model before, no word
vectors, no cuts, no adversary. They have equal parameters (the widths below), the same pieces, the
same epochs and an equal search for the learning rate, which held-out reviews decide; so have two
bags of words for their penalty. What is finished is kept in ``--run_dir``, so the command can be
stopped and called again. It writes the checkpoints ``sentiment-rnn`` to ``sentiment-attention``,
``results/sentiment-field/results.json`` and the figure of the learning curves; the figures of each
network are made by ``training.evaluate``, as for any other.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from data.reviews import HELD_OUT
from data.sources import Reviews, load_imdb
from inference.sentiment import SentimentClassifier
from models.checkpoint import CONFIG_FILE, read_json, write_json
from models.sentiment import SentimentConfig, SentimentNetwork
from training import sentiment
from training.bag_of_words import BagConfig, BagOfWords, majority_accuracy, measure
from training.curves import write_field
from training.flags import option, parse_flags
from training.provenance import Start
from training.run import RunConfig
from training.script import run_script
from training.sentiment_evaluation import Judge, judge_of
from training.sentiment_exam import Exam, evenly, examine, load_exam
from training.sentiment_report import FIELD, FLAGSHIP
from training.sentiment_tuning import TrainingConfig, TrainingData
from training.timing import shortest_times

# With D = 64 each has about 213,000 parameters between the embedding and the logit.
SMALL = SentimentConfig(embedding_size=64, directions="forward")
NETWORKS = {
    "sentiment-rnn": replace(SMALL, cell="rnn", hidden_size=429),
    "sentiment-gru": replace(SMALL, cell="gru", hidden_size=235),
    "sentiment-lstm": replace(SMALL, hidden_size=200),
    "sentiment-bilstm": replace(SMALL, hidden_size=133, directions="bidirectional"),
    "sentiment-stacked": replace(SMALL, hidden_size=122, num_layers=2),
    "sentiment-attention": replace(SMALL, hidden_size=182, pooling="attention"),
}
TITLES = {
    "sentiment-rnn": "vanilla RNN", "sentiment-gru": "GRU", "sentiment-lstm": "LSTM",
    "sentiment-bilstm": "bidirectional LSTM", "sentiment-stacked": "LSTM of two layers",
    "sentiment-attention": "LSTM with attention pooling",
}  # fmt: skip
BAGS = {"words": BagConfig(pairs=False, naive_bayes=False), "word pairs": BagConfig()}
PLAIN = TrainingConfig(
    pretrain=False, rounds=1, rate_decay=1.0, cut_probability=0.0, label_smoothing=0.0
)
OUTCOME = "outcome.json"
TIMED_REVIEWS, TIMED_REPEATS = 500, 3


@dataclass(frozen=True)
class Terms:
    """The terms of the field, the same for all."""

    rates: tuple[float, ...] = (5e-4, 1e-3, 2e-3, 4e-3)
    penalties: tuple[float, ...] = (3e-6, 1e-5, 3e-5, 1e-4)
    epochs: int = option(5, "passes over the reviews; the best on held-out reviews is kept")
    search_epochs: int = option(1, "passes over the reviews in the search for the learning rate")
    valid_reviews: int = option(HELD_OUT, "training reviews held out to decide")
    train_reviews: int = option(0, "use only this many of the rest; 0: all")
    test_reviews: int = option(0, "use only this many test reviews; 0: all")

    def training(self, learning_rate: float, epochs: int) -> TrainingConfig:
        """How a network is trained at that rate."""
        return replace(
            PLAIN, learning_rate=learning_rate, epochs=epochs, patience=epochs,
            valid_reviews=self.valid_reviews, train_reviews=self.train_reviews,
            test_reviews=self.test_reviews,
        )  # fmt: skip


def main(argv: Sequence[str] | None = None) -> None:
    """Search, train and report, skipping what an earlier call has finished."""
    run, terms = parse_flags(argv, RunConfig, Terms, description=__doc__.split("\n")[0])
    compare(run, terms)


def compare(run: RunConfig, terms: Terms) -> None:
    """See the head of this file; ``run.name`` is not used."""
    data_dir = Path(run.data_dir) if run.data_dir else None
    reviews = load_imdb("train", data_dir)
    data = sentiment.prepare(reviews, terms.training(0.0, terms.epochs), None)
    rivals = Rivals(run, terms, reviews, data)
    search = {name: [rivals.search(name, rate) for rate in terms.rates] for name in NETWORKS}
    histories = {name: rivals.train(name, best(search[name])) for name in NETWORKS}

    exam = load_exam(data_dir, terms.valid_reviews, terms.train_reviews, terms.test_reviews)
    bags, judges = {}, {}
    for name, config in BAGS.items():
        search[name] = search_penalties(rivals.root / name / OUTCOME, config, terms, exam)
        config = replace(config, penalty=best(search[name]))
        bags[name], judges[name] = bag_figures(config, exam)
    for name in (*NETWORKS, FLAGSHIP):  # the flagship is timed with the others if it is there
        folder = Path(run.output_dir) / name
        if (folder / CONFIG_FILE).is_file():
            judges[name] = judge_of(SentimentClassifier.from_pretrained(folder))
    results = {
        "terms": asdict(terms), "search": search, "networks": TITLES, "bags": bags,
        "majority": majority_accuracy(exam.train.labels, exam.test.labels),
        "reviews_per_second": speeds(judges, exam), "histories": histories,
    }  # fmt: skip
    write_json(Path(run.results_dir) / FIELD, results)
    curves = {TITLES[name]: history for name, history in histories.items()}
    write_field(curves, Path(run.results_dir) / FIELD.parent, "Networks of equal size on IMDB")


@dataclass(frozen=True)
class Rivals:
    """The networks: where they are trained and written, on which terms, and on what (``reviews``
    is the training split, ``data`` the same in pieces)."""

    run: RunConfig
    terms: Terms
    reviews: Reviews
    data: TrainingData

    @property
    def root(self) -> Path:
        """The folder of what is finished and of what is not."""
        return Path(self.run.run_dir) / FIELD.parent

    def search(self, name: str, rate: float) -> dict[str, float]:
        """A short training at ``rate`` and its loss on the held-out reviews."""
        label = f"{name}-rate-{rate:g}"
        path = self.root / label / OUTCOME
        if not path.is_file():
            training = self.terms.training(rate, self.terms.search_epochs)
            (history,) = self._train(name, label, training)[1].values()
            write_json(path, {"value": rate, "nll": min(row["valid_loss"] for row in history)})
        return read_json(path)

    def train(self, name: str, rate: float) -> list[dict[str, float]]:
        """A whole training, with its checkpoint; the history."""
        path = self.root / name / OUTCOME
        if not path.is_file():
            training = self.terms.training(rate, self.terms.epochs)
            start = Start.now()
            network, histories = self._train(name, name, training)
            run = replace(self.run, name=name)
            sentiment.finish(run, training, self.data, self.reviews, network, histories, start)
            (history,) = histories.values()
            write_json(path, {"history": history})
        return read_json(path)["history"]

    def _train(
        self, name: str, label: str, training: TrainingConfig
    ) -> tuple[SentimentNetwork, sentiment.Histories]:
        """The network ``name``, trained or gone on with in the folder ``label``."""
        run = replace(self.run, name=label, run_dir=str(self.root), resume=True)
        config = replace(NETWORKS[name], vocab_size=self.data.tokenizer.vocab_size)
        return sentiment.train(run, training, config, self.data)


def best(tried: Sequence[dict[str, float]]) -> float:
    """The value with the lowest loss on the held-out reviews."""
    return min(tried, key=lambda row: row["nll"])["value"]


def search_penalties(
    path: Path, config: BagConfig, terms: Terms, exam: Exam
) -> list[dict[str, float]]:
    """The loss of a bag of words on the held-out reviews at each penalty; kept in ``path``."""
    if not path.is_file():
        tried = []
        for penalty in terms.penalties:
            bag = BagOfWords(replace(config, penalty=penalty))
            bag.fit(exam.train.texts, exam.train.labels)
            loss = measure(bag, exam.held_out.texts, exam.held_out.labels)["nll"]
            tried.append({"value": penalty, "nll": loss})
        write_json(path, tried)
    return read_json(path)


def bag_figures(config: BagConfig, exam: Exam) -> tuple[dict[str, Any], Judge]:
    """A bag of words, fitted on the training side, with what `results/NAME.json` says of a
    network."""
    started = time.monotonic()
    bag = BagOfWords(config).fit(exam.train.texts, exam.train.labels)
    minutes = (time.monotonic() - started) / 60
    figures = {
        "parameters": len(bag) + 1,
        "megabytes": round(bag.bytes / 1e6, 2),
        "training_minutes": round(minutes, 1),
        "metrics": examine(bag.probabilities, exam),
    }
    return figures, bag.probabilities


def speeds(judges: dict[str, Judge], exam: Exam) -> dict[str, float]:
    """Test reviews that each judges in a second, here. They take turns and the fastest turn counts,
    since a busy machine slows all."""
    texts = [exam.test.texts[row] for row in evenly(len(exam.test.texts), TIMED_REVIEWS)]
    turns = [functools.partial(judge, texts) for judge in judges.values()]
    seconds = shortest_times(turns, TIMED_REPEATS)
    return {name: round(len(texts) / s, 1) for name, s in zip(judges, seconds, strict=True)}


if __name__ == "__main__":
    run_script(main)
