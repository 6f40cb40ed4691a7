"""Train the sentiment network on the IMDB reviews, from raw text to a checkpoint folder.

    python -m training.sentiment                                    # about 20 minutes on two cores
    python -m training.sentiment --cell gru --name sentiment-gru    # another cell
    python -m training.sentiment --resume                           # after Ctrl-C or a kill

Vocabulary and network are learnt from the training split, the word vectors that the embedding
starts from also from the unlabelled one (no label, no test text). Epoch and temperature are
chosen on held-out training reviews; the test split is read once, at the end, through the
predictor that the app ships.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from data.sentiment import Batch, ReviewBatches, ReviewTokenizer, clean, held_out_split
from data.sources import Reviews, load_imdb
from inference.sentiment import TASK, SentimentClassifier
from models.checkpoint import WEIGHTS_FILE, save_checkpoint
from models.sentiment import SentimentConfig, SentimentNetwork
from training.card import ModelCard, Result, write_checkpoint_docs
from training.curves import write_curves
from training.flags import option, parse_flags
from training.loop import (
    RunConfig,
    StepResult,
    Trainer,
    cosine_with_warmup,
    pick_device,
    seed_everything,
)
from training.sentiment_evaluation import baselines, evaluate, fit_temperature
from training.word_vectors import co_occurrence_vectors


@dataclass(frozen=True)
class TrainingConfig:
    """How the network is trained; nothing of it is needed to use the checkpoint."""

    seed: int = option(0, "seed of the split, the weights, the order and the dropout")
    epochs: int = option(3, "passes over the training reviews, at most")
    patience: int = option(2, "epochs without a better validation loss before training ends")
    batch_size: int = option(32, "reviews per step")
    learning_rate: float = option(2e-3, "highest learning rate of AdamW")
    warmup: float = option(
        0.1, "share of the run over which the rate rises; then it falls by cosine"
    )
    weight_decay: float = option(0.01, "decoupled weight decay")
    clip_norm: float = option(1.0, "bound on the global gradient norm")
    label_smoothing: float = option(0.05, "share of each target that goes to an even verdict")
    cut_probability: float = option(
        0.15, "probability that a review is cut to a few sentences, per epoch"
    )
    max_pieces: int = option(
        320, "pieces read of a review in training, somewhere in it; use reads all"
    )
    vector_window: int = option(5, "neighbours per side for the word vectors; 0: random embedding")
    valid_reviews: int = option(2500, "training reviews held out for validation and calibration")
    train_reviews: int = option(0, "use only this many of the rest; 0: all")
    test_reviews: int = option(0, "use only this many test reviews; 0: all")


@dataclass(frozen=True)
class TrainingData:
    """Cut reviews (T,) and labels (N,) of the training and the held-out side, and the tokenizer."""

    tokenizer: ReviewTokenizer
    train: list[np.ndarray]
    train_labels: np.ndarray
    valid: list[np.ndarray]
    valid_labels: np.ndarray


def main(argv: Sequence[str] | None = None) -> None:
    """Train, calibrate, evaluate, write the checkpoint folder and the curves."""
    run, training, config = parse_flags(
        argv, RunConfig, TrainingConfig, SentimentConfig, description=__doc__.splitlines()[0]
    )
    name = run.name or f"sentiment-{config.cell}"
    folder = Path(run.output_dir) / name
    data_dir = Path(run.data_dir) if run.data_dir else None
    device = pick_device(run.device)
    seed_everything(training.seed)

    reviews = load_imdb("train", data_dir)
    train_rows, valid_rows = split(reviews, training)
    data = prepare(reviews, train_rows, valid_rows, config.vocab_size)
    config = replace(config, vocab_size=data.tokenizer.vocab_size)

    network = SentimentNetwork(config)
    if training.vector_window and not run.resume:
        unlabelled = load_imdb("unsupervised", data_dir).texts if not training.train_reviews else []
        start_embedding(network, data, unlabelled, training)
    network.to(device)

    history = fit(network, data, training, Path(run.run_dir) / name, run.resume)
    config = replace(config, temperature=fit_temperature(*held_out_logits(network, data, training)))
    save_checkpoint(folder, TASK, config, network)
    data.tokenizer.save(folder)

    test = head(load_imdb("test", data_dir), training.test_reviews)
    classifier = SentimentClassifier.from_pretrained(folder, device)
    metrics = {
        "valid": evaluate(classifier, subset(reviews, valid_rows)),
        "test": evaluate(classifier, test),
        "baselines": baselines(subset(reviews, train_rows), test),
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "bytes": (folder / WEIGHTS_FILE).stat().st_size,
        "training_minutes": round(sum(row["seconds"] for row in history) / 60, 1),
        "training": asdict(training),
    }
    write_checkpoint_docs(
        folder, history=history, metrics=metrics, card=card(name, config, metrics)
    )
    write_curves(history, Path(run.results_dir), name, f"{name} on IMDB")
    tqdm.write(f"{folder}: test accuracy {metrics['test']['accuracy']:.4f}")


def split(reviews: Reviews, training: TrainingConfig) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train on and rows held out. A small run takes a random part of the former."""
    train_rows, valid_rows = held_out_split(reviews.texts, training.valid_reviews, training.seed)
    if 0 < training.train_reviews < len(train_rows):
        rng = np.random.default_rng(training.seed)
        train_rows = np.sort(rng.permutation(train_rows)[: training.train_reviews])
    return train_rows, valid_rows


def subset(reviews: Reviews, rows: np.ndarray) -> Reviews:
    """The reviews of the given rows."""
    return Reviews([reviews.texts[row] for row in rows], reviews.labels[rows])


def head(reviews: Reviews, count: int) -> Reviews:
    """`count` reviews evenly from the split, which is sorted by label; 0: all of them."""
    if not 0 < count < len(reviews.texts):
        return reviews
    return subset(reviews, np.linspace(0, len(reviews.texts) - 1, count).astype(np.int64))


def prepare(
    reviews: Reviews, train_rows: np.ndarray, valid_rows: np.ndarray, vocab_size: int
) -> TrainingData:
    """Learn the pieces from the training side alone, and cut both sides with them."""
    train, valid = subset(reviews, train_rows), subset(reviews, valid_rows)
    tokenizer = ReviewTokenizer.train(train.texts, vocab_size)
    return TrainingData(
        tokenizer,
        tokenizer.encode([clean(text) for text in train.texts]), train.labels,
        tokenizer.encode([clean(text) for text in valid.texts]), valid.labels,
    )  # fmt: skip


def start_embedding(
    network: SentimentNetwork,
    data: TrainingData,
    unlabelled: Sequence[str],
    training: TrainingConfig,
) -> None:
    """Fill the embedding with word vectors from the training and the unlabelled reviews."""
    more = data.tokenizer.encode(
        [clean(text) for text in tqdm(unlabelled, desc="unlabelled reviews")]
    )
    config = network.config
    vectors = co_occurrence_vectors(
        [*data.train, *more],
        config.vocab_size,
        config.embedding_size,
        training.vector_window,
        training.seed,
    )
    with torch.no_grad():
        network.embedding.weight.copy_(vectors)


def fit(
    network: SentimentNetwork,
    data: TrainingData,
    training: TrainingConfig,
    run_folder: Path,
    resume: bool,
) -> list[dict[str, float]]:
    """Train to the best validation loss; the history, one row an epoch."""
    device = network.head.weight.device
    marks = data.tokenizer.sentence_marks()
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay
    )
    trainer = Trainer(
        network, optimizer, run_folder, epochs=training.epochs, patience=training.patience,
        clip_norm=training.clip_norm, schedule=cosine_with_warmup(training.warmup), unit="reviews",
    )  # fmt: skip

    def batches(epoch: int) -> ReviewBatches:
        return ReviewBatches.of_epoch(
            data.train, data.train_labels, marks, batch_size=training.batch_size,
            cut_probability=training.cut_probability, max_pieces=training.max_pieces,
            seed=training.seed, epoch=epoch,
        )  # fmt: skip

    def step(batch: Batch) -> StepResult:
        tokens, lengths, labels = (torch.from_numpy(array).to(device) for array in batch)
        logits = network(tokens, lengths)
        smooth = labels * (1 - training.label_smoothing) + training.label_smoothing / 2
        loss = F.binary_cross_entropy_with_logits(logits, smooth)
        return StepResult(loss, len(labels), {"accuracy": accuracy(logits, labels)})

    def validate() -> dict[str, float]:
        logits, labels = held_out_logits(network, data, training)
        loss = F.binary_cross_entropy_with_logits(logits, labels.to(logits.dtype))
        return {"loss": loss.item(), "accuracy": accuracy(logits, labels)}

    return trainer.fit(batches, step, validate, resume)


def accuracy(logits: Tensor, labels: Tensor) -> float:
    """Share of reviews (N,) whose logit has the sign of the label."""
    return ((logits > 0) == (labels > 0)).double().mean().item()


@torch.inference_mode()
def held_out_logits(
    network: SentimentNetwork, data: TrainingData, training: TrainingConfig
) -> tuple[Tensor, Tensor]:
    """Logits and labels (N,) of the held-out reviews, on the CPU, shortest review first."""
    network.eval()
    device = network.head.weight.device
    logits, labels = [], []
    for tokens, lengths, batch_labels in ReviewBatches.whole(
        data.valid, data.valid_labels, training.batch_size
    ):
        logits.append(
            network(torch.from_numpy(tokens).to(device), torch.from_numpy(lengths).to(device))
        )
        labels.append(torch.from_numpy(batch_labels))
    return torch.cat(logits).cpu(), torch.cat(labels)


def card(name: str, config: SentimentConfig, metrics: dict) -> ModelCard:
    """The model card, from the figures of this run."""
    test, bag = metrics["test"], metrics["baselines"]["bag_of_words"]
    baseline = "NB-weighted logistic regression on words and word pairs"
    layers = "one layer" if config.num_layers == 1 else f"{config.num_layers} layers"
    return ModelCard(
        name=name,
        title=f"{config.cell.upper()} for the sentiment of English film reviews",
        task_tag="text-classification",
        description=(
            f"A recurrent classifier of RNN Lab: {config.vocab_size:,} lower-cased word pieces, "
            f"an embedding of {config.embedding_size}, {config.cell.upper()} of "
            f"{config.hidden_size} units ({layers}, left to right), pooling by last, mean and "
            f"maximum, one logit. {metrics['parameters']:,} parameters, trained in "
            f"{metrics['training_minutes']:.0f} minutes."
        ),
        data=(
            "The Large Movie Review Dataset (Maas et al. 2011), official split. The labelled "
            f"training reviews train the network, less {metrics['valid']['reviews']:,} held out "
            "to choose the epoch and the temperature; the word vectors that the embedding "
            "starts from also use the unlabelled ones. The test split was read once. Known "
            "flaws: 96 duplicates in train and 199 in test, no neutral reviews."
        ),
        limits=(
            "English film reviews only. It was never shown a neutral review, so a probability "
            "near one half means 'not sure'. One or two sentences are judged less surely than a "
            "whole review; irony and far-reaching negation often mislead it. The linear "
            "baseline in the table is a fair rival."
        ),
        usage=(
            "from pathlib import Path\n\n"
            "from inference.sentiment import SentimentClassifier\n\n"
            f'classifier = SentimentClassifier.from_pretrained(Path("weights/{name}"))\n'
            'print(classifier.predict(["I loved it."])[0].to_json())'
        ),
        results=[
            Result(metric, words, test[metric], "stanfordnlp/imdb", "test", baseline, bag[metric])
            for metric, words in (
                ("accuracy", "Accuracy (share of reviews)"),
                ("nll", "Negative log-likelihood (nats per review)"),
            )
        ],
    )


if __name__ == "__main__":
    main()
