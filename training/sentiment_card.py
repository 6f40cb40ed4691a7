"""The model card of a sentiment network, from the figures of its run. Nothing is measured here."""

from __future__ import annotations

from typing import Any

from models.sentiment import SentimentConfig
from training.card import ModelCard, Result

DIRECTIONS = {
    "forward": "left to right", "backward": "right to left", "bidirectional": "both ways",
    "halves": "one half left to right, one right to left, the mean of both",
}  # fmt: skip
POOLINGS = {"concat": "last, mean and maximum", "attention": "learned attention"}


def card(name: str, config: SentimentConfig, metrics: dict[str, Any]) -> ModelCard:
    """The model card, from the figures of this run."""
    test, bag = metrics["test"], metrics["baselines"]["bag_of_words"]
    baseline = "NB-weighted logistic regression on words and word pairs"
    pretrained = metrics["training"]["pretrain"]
    unlabelled = "; the language models also read the unlabelled ones" if pretrained else ""
    if metrics["training"]["rounds"] > 1:
        unlabelled += (
            ", and the network what that of the round before and a bag of word pairs say of them"
        )
    begun = ", after language models of the reviews" if pretrained else ""
    layers = "one layer" if config.num_layers == 1 else f"{config.num_layers} layers"
    return ModelCard(
        name=name,
        title=f"{config.cell.upper()} for the sentiment of English film reviews",
        task_tag="text-classification",
        description=(
            f"A recurrent classifier of RNN Lab: {config.vocab_size:,} lower-cased word pieces, "
            f"an embedding of {config.embedding_size}, {config.cell.upper()} of "
            f"{config.hidden_size} units ({layers}, {DIRECTIONS[config.directions]}), pooling by "
            f"{POOLINGS[config.pooling]}, one logit. {metrics['parameters']:,} parameters, trained "
            f"in {metrics['training_minutes']:.0f} minutes{begun}."
        ),
        data=(
            "The Large Movie Review Dataset (Maas et al. 2011), official split. The labelled "
            f"training reviews train the network, less {metrics['valid']['reviews']:,} held out "
            f"to choose the epoch and the temperature{unlabelled}. The test split was read once. "
            "Known flaws: 96 duplicates in train and 199 in test, no neutral reviews."
        ),
        limits=(
            "English film reviews only. It was never shown a neutral review, so a probability "
            "near one half means 'not sure'. One or two sentences are judged less surely than a "
            "whole review; irony and far-reaching negation often mislead it. The linear "
            "baseline in the table is a fair rival."
        ),
        usage=(
            "from inference.sentiment import SentimentClassifier\n\n"
            f'classifier = SentimentClassifier.from_pretrained("weights/{name}")\n'
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
