"""Train one reading of the sentiment network: batches, the loss with its adversary, the choice of
the epoch.

A reading that begins as a language model is changed gently: the deeper a layer, the smaller its
learning rate (Howard and Ruder 2018, arXiv:1801.06146, section 3.2). Each step can also be taken on
the embedding that, of all close by, the network judges worst (Miyato, Dai and Goodfellow 2017,
arXiv:1605.07725, equations 2 to 4).

What is trained in which order, and what is measured afterwards, stands in training/sentiment.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from data.reviews import HELD_OUT
from data.sentiment import Batch, ReviewBatches, bucketed, pad, sentence_marks
from data.tokenizers import Tokenizer
from models.sentiment import SentimentNetwork
from training.calibration import fit_temperature
from training.flags import option
from training.language_model import training_dtype
from training.loop import STATE_FILE, StepResult, Trainer, cosine_with_warmup

EVALUATION_BATCH = 64  # reviews


@dataclass(frozen=True)
class TrainingConfig:
    """How the classifier is trained; nothing of it is needed to use the checkpoint."""

    pretrain: bool = option(
        True, "begin as language models of the reviews, which are trained first"
    )
    tokenizer: str = option(
        "", "checkpoint folder whose pieces are used; empty: that of the language model, or "
        "without one pieces of the training reviews",
    )  # fmt: skip
    vocab_size: int = option(8000, "pieces that are learned where there are none yet, at most")
    rounds: int = option(
        2, "1: learn from the labels; each further one: then anew, also from what the network of "
        "the round before and a bag of word pairs say of the unlabelled reviews",
    )  # fmt: skip
    only: str = option(
        "", "train just this half of this round, such as forward-1, so that two machines can share "
        "the work",
    )  # fmt: skip
    seed: int = option(0, "of the weights, the order, the cuts and the dropout")
    epochs: int = option(4, "passes over the labelled reviews in the first round, at most")
    epochs_unlabelled: int = option(2, "passes over all reviews in a further round, at most")
    patience: int = option(2, "epochs without a better validation loss before training ends")
    batch_size: int = option(32, "reviews a step")
    learning_rate: float = option(1e-3, "of AdamW for the head, at the top of the schedule")
    rate_decay: float = option(2.0, "the layers below the head learn so many times slower, the "
                               "embedding once more")  # fmt: skip
    warmup: float = option(0.1, "share of the run with a rising learning rate; then a cosine")
    weight_decay: float = option(0.01, "of AdamW")
    clip_norm: float = option(1.0, "bound on the norm of the gradient")
    label_smoothing: float = option(0.02, "share of each target that goes to an even verdict")
    adversarial: float = option(
        0.0, "length of the adversary's step on a review's embeddings, in units of their root mean "
        "square; 0: none",
    )  # fmt: skip
    cut_probability: float = option(
        0.3, "probability that a review is cut to a few sentences, per epoch"
    )
    max_pieces: int = option(
        400, "pieces read of a review in training, somewhere in it; use reads all"
    )
    precision: str = option(
        "auto", "of the products in training; auto is the faster one here",
        choices=("auto", "float32", "bfloat16"),
    )  # fmt: skip
    valid_reviews: int = option(
        HELD_OUT, "training reviews held out for validation and calibration"
    )
    train_reviews: int = option(0, "use only this many of the rest; 0: all")
    test_reviews: int = option(0, "use only this many test reviews; 0: all")


@dataclass(frozen=True)
class TrainingData:
    """Cut reviews (T,) and the probability of "positive" (N,) to learn, 0 or 1 where a label is
    known; the same of the held-out side; and the tokenizer."""

    tokenizer: Tokenizer
    train: list[np.ndarray]
    train_targets: np.ndarray
    valid: list[np.ndarray]
    valid_targets: np.ndarray


def fit(
    network: SentimentNetwork,
    data: TrainingData,
    training: TrainingConfig,
    epochs: int,
    run_folder: Path,
    resume: bool,
) -> list[dict[str, float]]:
    """Train ``network`` in place to the best validation loss; the history, one row an epoch.

    With ``resume`` it goes on from what ``run_folder`` holds, or begins where there is nothing.
    """
    device = next(network.parameters()).device
    network.set_training_dtype(training_dtype(training.precision, device))
    marks = sentence_marks(data.tokenizer)
    optimizer = torch.optim.AdamW(
        rate_groups(network, training.learning_rate, training.rate_decay),
        weight_decay=training.weight_decay,
    )
    trainer = Trainer(
        network, optimizer, run_folder, epochs=epochs, patience=training.patience,
        clip_norm=training.clip_norm, schedule=cosine_with_warmup(training.warmup), unit="reviews",
    )  # fmt: skip

    def batches(epoch: int) -> ReviewBatches:
        return ReviewBatches.of_epoch(
            data.train, data.train_targets, marks, batch_size=training.batch_size,
            cut_probability=training.cut_probability, max_pieces=training.max_pieces,
            seed=training.seed, epoch=epoch,
        )  # fmt: skip

    def step(batch: Batch) -> StepResult:
        return _step(network, batch, training)

    def validate() -> dict[str, float]:
        logits, targets = held_out_logits(network, data)
        # A sharper network than its temperature allows is no worse for it.
        calibrated = logits / fit_temperature(logits, targets)
        loss = F.binary_cross_entropy_with_logits(calibrated, targets.to(logits.dtype))
        return {"loss": loss.item(), "accuracy": accuracy(logits, targets)}

    resume = resume and (Path(run_folder) / STATE_FILE).is_file()
    return trainer.fit(batches, step, validate, resume)


def _step(network: SentimentNetwork, batch: Batch, training: TrainingConfig) -> StepResult:
    """The loss of a batch, and of its adversarial twin if there is one."""
    device = next(network.parameters()).device
    tokens, lengths, targets = (torch.from_numpy(array).to(device) for array in batch)
    smooth = targets * (1 - training.label_smoothing) + training.label_smoothing / 2
    embedded = network.embed(tokens)
    logits = network.judge(embedded, lengths)
    loss = F.binary_cross_entropy_with_logits(logits, smooth.to(logits.dtype))
    metrics = {"accuracy": accuracy(logits, targets)}
    if not training.adversarial:
        return StepResult(loss, len(targets), metrics)
    gradients = torch.autograd.grad(loss, embedded, retain_graph=True)
    worse = [
        x + worst_step(x.detach(), gradient, training.adversarial)
        for x, gradient in zip(embedded, gradients, strict=True)
    ]
    twin = F.binary_cross_entropy_with_logits(network.judge(worse, lengths), smooth.to(loss.dtype))
    return StepResult(
        (loss + twin) / 2, len(targets), metrics | {"adversarial_loss": twin.detach()}
    )


def worst_step(embedded: Tensor, gradient: Tensor, length: float) -> Tensor:
    """The change of ``embedded`` (N, T, D) that raises the loss most, to first order: along the
    gradient, for each review ``length`` times the root mean square of the numbers long."""
    size = length * embedded.pow(2).mean().sqrt()
    norm = gradient.flatten(1).norm(dim=1).clamp(min=1e-12)
    return gradient * (size / norm)[:, None, None]


def rate_groups(
    network: SentimentNetwork, learning_rate: float, decay: float
) -> list[dict[str, object]]:
    """The parameters by depth: heads, then layers from the top, then embeddings, each group with
    ``decay`` times less than the one before."""
    groups: dict[int, list[Tensor]] = {}
    top = network.config.num_layers
    for name, parameter in network.named_parameters():
        part = name.split(".")  # readings.0.levels.1.0.weight_ih_l0
        depth = {"levels": 1, "embedding": top + 1}.get(part[2], 0)
        if part[2] == "levels":
            depth = top - int(part[3])
        groups.setdefault(depth, []).append(parameter)
    return [
        {"params": parameters, "lr": learning_rate / decay**depth}
        for depth, parameters in sorted(groups.items())
    ]


def accuracy(logits: Tensor, targets: Tensor) -> float:
    """Share of reviews (N,) whose logit has the sign of the target."""
    return ((logits > 0) == (targets > 0.5)).double().mean().item()


def held_out_logits(network: SentimentNetwork, data: TrainingData) -> tuple[Tensor, Tensor]:
    """Logits and targets (N,) of the held-out reviews, on the CPU."""
    return logits_of(network, data.valid), torch.from_numpy(data.valid_targets)


@torch.inference_mode()
def logits_of(network: SentimentNetwork, reviews: Sequence[np.ndarray]) -> Tensor:
    """Logits (N,) of cut reviews in their order, on the CPU; the network is left in eval mode."""
    network.eval()
    device = next(network.parameters()).device
    logits = torch.empty(len(reviews))
    batches = bucketed(np.array([len(review) for review in reviews]), EVALUATION_BATCH, None)
    for rows in tqdm(batches, desc="judging", leave=False):
        tokens, lengths = pad([reviews[row] for row in rows])
        judged = network(torch.from_numpy(tokens).to(device), torch.from_numpy(lengths).to(device))
        logits[torch.from_numpy(rows)] = judged.cpu()
    return logits
