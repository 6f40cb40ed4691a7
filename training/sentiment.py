"""Train the sentiment network on the IMDB reviews, from raw text to a checkpoint folder.

    python -m training.sentiment                                # the flagship, a day on two cores
    python -m training.sentiment --no-pretrain --directions forward --rounds 1   # labels alone
    python -m training.sentiment --resume                       # after Ctrl-C or a kill

In stages, each of which is kept and not done twice:

1. vocabulary and language models: one network learns to foresee the reviews from left to right
   (the checkpoint ``reviews-lstm``, which writes reviews too), one from right to left;
2. classifier: each becomes a half of the network and learns the labels, on its own; in each further
   round it begins again and learns verdicts on the unlabelled reviews too, which the network of the
   round before and a bag of word pairs give together;
3. calibration: temperatures by length on the held-out reviews and short texts cut from them, of
   the verdict and of that after every word;
4. evaluation: the test split is read once, through the predictor that the app ships.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tqdm import tqdm

from data.errors import InputError
from data.reviews import HELD_OUT_SEED, unlabelled_reviews
from data.sentiment import clean, encode, held_out_split
from data.sources import Reviews, load_imdb
from data.tokenizers import SubwordTokenizer, Tokenizer, load_tokenizer
from inference.sentiment import TASK, SentimentClassifier
from models.checkpoint import CONFIG_FILE, WEIGHTS_FILE, load_config, load_weights, save_checkpoint
from models.generation import GenerationConfig, LanguageModel
from models.sentiment import DIRECTIONS, SentimentConfig, SentimentNetwork
from training import generation, sentiment_card
from training.bag_of_words import BagConfig, BagOfWords
from training.calibration import fit_weights
from training.card import write_checkpoint_docs
from training.curves import write_curves
from training.flags import parse_flags
from training.language_model import GenerationTraining
from training.loop import STATE_FILE
from training.processes import processes
from training.provenance import Start, checksum, record
from training.publish import Publishing
from training.run import RunConfig, pick_device, seed_everything
from training.script import run_script
from training.sentiment_calibration import calibrated
from training.sentiment_evaluation import baselines, evaluate
from training.sentiment_tuning import TrainingConfig, TrainingData, fit, held_out_logits, logits_of

LANGUAGE_MODELS = {"forward": "reviews-lstm", "backward": "reviews-lstm-backward"}
# Two hours each on one core: 3 epochs of 22 million pieces.
LANGUAGE_MODEL = GenerationConfig(
    cell="lstm", num_layers=1, hidden_size=512, embedding_size=256, tied=True, dropout=0.1,
    input_dropout=0.1,
)  # fmt: skip
LANGUAGE_MODEL_TRAINING = GenerationTraining(
    corpus="reviews", tokenizer="subword", vocab_size=8000, epochs=3, patience=3, batch_size=64,
    bptt_steps=100, learning_rate=3e-3, weight_decay=0.01, sampled=1024, stored_as="float16",
)  # fmt: skip
Histories = dict[str, list[dict[str, float]]]  # by stage: a half and its round, as "forward-1"


def main(argv: Sequence[str] | None = None) -> None:
    """Train, calibrate, evaluate, write the checkpoint folder and the curves."""
    start = Start.now()
    run, publishing, training, config = parse_flags(
        argv, RunConfig, Publishing, TrainingConfig, SentimentConfig,
        description=__doc__.splitlines()[0],
    )  # fmt: skip
    run = replace(run, name=run.name or f"sentiment-{config.cell}")
    data_dir = Path(run.data_dir) if run.data_dir else None
    reviews = load_imdb("train", data_dir)
    data = prepare(reviews, training, find_tokenizer(run, training, config))
    config = replace(config, vocab_size=data.tokenizer.vocab_size)

    network, histories = train(run, training, config, data)
    if not training.only and processes().is_main:
        finish(run, training, data, reviews, network, histories, start)
        publishing.finish(Path(run.output_dir) / run.name)


def finish(
    run: RunConfig, training: TrainingConfig, data: TrainingData, reviews: Reviews,
    network: SentimentNetwork, histories: Histories, start: Start,
) -> dict[str, Any]:  # fmt: skip
    """Calibrate a trained network, write its checkpoint folder ``run.name``, read the test split
    through it, and write figures, card and curves; the metrics. ``reviews``: the training split;
    ``start``: when the training began."""
    train_rows, valid_rows = split(reviews, training)
    config = calibrated(network, data.tokenizer, subset(reviews, valid_rows))
    folder = Path(run.output_dir) / run.name
    save_checkpoint(folder, TASK, config, network, torch.float16)
    data.tokenizer.save(folder)

    data_dir = Path(run.data_dir) if run.data_dir else None
    test = head(load_imdb("test", data_dir), training.test_reviews)
    classifier = SentimentClassifier.from_pretrained(folder, pick_device(run.device))
    history = [
        {"stage": number, **row}
        for number, rows in enumerate(histories.values(), 1)
        for row in rows
    ]
    metrics = {
        "valid": evaluate(classifier, subset(reviews, valid_rows)),
        "test": evaluate(classifier, test),
        "baselines": baselines(subset(reviews, train_rows), test),
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "bytes": (folder / WEIGHTS_FILE).stat().st_size,
        "training_minutes": round(sum(row["seconds"] for row in history) / 60, 1),
        "training": asdict(training),
        "provenance": record(
            start, "training.sentiment", (training, network.config), training.seed,
            {"train": checksum(reviews.texts, reviews.labels),
             "test": checksum(test.texts, test.labels)},
        ),
    }  # fmt: skip
    card = sentiment_card.card(run.name, config, metrics)
    write_checkpoint_docs(folder, history=history, metrics=metrics, card=card)
    for stage, rows in histories.items():
        label = run.name if len(histories) == 1 else f"{run.name}-{stage}"
        write_curves(rows, Path(run.results_dir), label, f"{label} on IMDB")
    tqdm.write(f"{folder}: test accuracy {metrics['test']['accuracy']:.4f}")
    return metrics


def split(reviews: Reviews, training: TrainingConfig) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train on and rows held out, whatever the seed. A small run takes a random part of the
    former."""
    train_rows, valid_rows = held_out_split(reviews.texts, training.valid_reviews, HELD_OUT_SEED)
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


def find_tokenizer(
    run: RunConfig, training: TrainingConfig, config: SentimentConfig
) -> Tokenizer | None:
    """The tokenizer to use, after the language models have been trained if they are needed and not
    there; None when it is still to be learned."""
    if training.pretrain:
        needed = {d for reading in DIRECTIONS[config.directions] for d in reading}
        if training.only == "forward-1":  # the other half may be another machine's work
            needed = {"forward"}
        for direction in needed:
            folder = language_model_folder(run, direction)
            if not (folder / CONFIG_FILE).is_file():
                train_language_model(run, direction)
    place = training.tokenizer or (training.pretrain and language_model_folder(run, "forward"))
    try:
        return load_tokenizer(Path(place)) if place else None
    except ValueError as error:
        raise InputError(str(error)) from error


def language_model_folder(run: RunConfig, direction: str) -> Path:
    """Where the language model of that direction is: only the forward one can write, so only it is
    kept as a checkpoint of its own."""
    parent = run.output_dir if direction == "forward" else run.run_dir
    return Path(parent) / LANGUAGE_MODELS[direction]


def train_language_model(run: RunConfig, direction: str) -> None:
    """Train the language model of that direction, or go on with it, and write its folder."""
    folder = language_model_folder(run, direction)
    begun = (Path(run.run_dir) / folder.name / STATE_FILE).is_file()
    generation.produce(
        replace(run, name=folder.name, output_dir=str(folder.parent), resume=run.resume and begun),
        LANGUAGE_MODEL,
        replace(LANGUAGE_MODEL_TRAINING, direction=direction),
    )


def prepare(
    reviews: Reviews, training: TrainingConfig, tokenizer: Tokenizer | None
) -> TrainingData:
    """Cut both sides with ``tokenizer``, or with pieces learned from the training side alone."""
    sides = [subset(reviews, rows) for rows in split(reviews, training)]
    cleaned = [[clean(text) for text in side.texts] for side in sides]
    if tokenizer is None:
        # A newline first: the piece that every text begins with.
        text = "\n" + "\n".join(cleaned[0]).lower()
        tokenizer = SubwordTokenizer.train(text, training.vocab_size)
    train, valid = (encode(tokenizer, texts) for texts in cleaned)
    targets = [side.labels.astype(np.float32) for side in sides]
    return TrainingData(tokenizer, train, targets[0], valid, targets[1])


def train(
    run: RunConfig, training: TrainingConfig, config: SentimentConfig, data: TrainingData
) -> tuple[SentimentNetwork, Histories]:
    """All rounds; the network of the last one, and the history of each stage."""
    network, histories = SentimentNetwork(config).to(pick_device(run.device)), {}
    labelled = data
    last_round = int(training.only.split("-")[1]) if training.only else training.rounds
    for round_number in range(1, last_round + 1):
        if round_number > 1:
            data = with_verdicts(labelled, network, run, training, round_number)
        epochs = training.epochs if round_number == 1 else training.epochs_unlabelled
        parts = [config]
        if config.directions == "halves":
            parts = [replace(config, directions=d) for d in ("forward", "backward")]
        for part, reading in zip(parts, network.readings, strict=True):
            stage = f"{part.directions}-{round_number}"
            if stage != training.only and round_number >= last_round and training.only:
                continue
            seed_everything(training.seed)
            half = begin(run, training, part).to(pick_device(run.device))
            run_folder = Path(run.run_dir) / run.name / stage
            histories[stage] = fit(half, data, training, epochs, run_folder, run.resume)
            reading.load_state_dict(half.readings[0].state_dict())
    return network, histories


def begin(run: RunConfig, training: TrainingConfig, config: SentimentConfig) -> SentimentNetwork:
    """A network of one reading as it starts: from the language model of its direction, if asked."""
    network = SentimentNetwork(config)
    if not training.pretrain:
        return network
    folder = language_model_folder(run, config.directions)
    language = load_config(folder, generation.TASK, GenerationConfig)
    shape = ("cell", "vocab_size", "embedding_size", "hidden_size", "num_layers")
    if any(getattr(language, name) != getattr(config, name) for name in shape):
        raise InputError(
            f"{folder} has another shape than the network; give its --cell, --embedding-size, "
            "--hidden-size and --num-layers."
        )
    model = LanguageModel(language)
    load_weights(folder, model)
    reading = network.readings[0]
    reading.embedding.load_state_dict(model.embedding.state_dict())
    for level, layer in zip(reading.levels, model.layers, strict=True):
        level[0].load_state_dict(layer.state_dict())
    return network


def with_verdicts(
    data: TrainingData, network: SentimentNetwork, run: RunConfig, training: TrainingConfig,
    round_number: int,
) -> TrainingData:  # fmt: skip
    """The labelled reviews ``data`` and the unlabelled ones, whose targets in this round are what
    ``network`` and a bag of word pairs say of them together; kept in the run's folder
    (self-training with soft labels)."""
    data_dir = Path(run.data_dir) if run.data_dir else None
    texts = unlabelled_reviews(data_dir)
    unlabelled = encode(data.tokenizer, texts)
    path = Path(run.run_dir) / run.name / f"verdicts-{round_number}.safetensors"
    if processes().is_main and not (run.resume and path.is_file()):
        reviews = load_imdb("train", data_dir)
        labelled, held_out = (subset(reviews, rows) for rows in split(reviews, training))
        bag = BagOfWords(BagConfig()).fit(labelled.texts, labelled.labels)
        # A network and a bag of words err in different places, so both together know more.
        by_network, targets = held_out_logits(network, data)
        weights = fit_weights(torch.stack([by_network, bag.log_odds(held_out.texts)]), targets)
        judged = torch.stack([logits_of(network, unlabelled), bag.log_odds(texts)])
        save_file({"positive": torch.sigmoid(weights @ judged.double()).float()}, path)
    processes().wait()
    targets = load_file(path)["positive"].numpy()
    return replace(
        data,
        train=[*data.train, *unlabelled],
        train_targets=np.concatenate([data.train_targets, targets]),
    )


if __name__ == "__main__":
    run_script(main)
