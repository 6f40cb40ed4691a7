"""Train the forecasting network: `python -m training.forecasting`, read from top to bottom.

Prices of many tickers -> features -> a recurrent network that gives quantiles for 1..30 days ahead
-> a checkpoint folder. Trained on targets before 2018, stopped and calibrated by 2018-2019, and
tested once, at the end, on what came after. The features live in `data/forecasting.py`, the loop in
`training/loop.py`, the scores in `training/forecast_evaluation.py`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from data.forecasting import (
    TRAIN_END,
    VALIDATION_END,
    PricePanel,
    kept_out,
    training_windows,
)
from data.market import MARKET_FEATURES, Market
from data.price_table import MINIMUM_DAYS
from data.sources import load_price_panel
from inference.forecasting import TASK, Forecaster
from models.checkpoint import save_checkpoint
from models.forecasting import ForecastConfig, QuantileNetwork
from training import forecast_card
from training.card import write_checkpoint_docs
from training.curves import write_curves
from training.flags import option, parse_flags
from training.forecast_calibration import calibrate
from training.forecast_evaluation import evaluate
from training.forecast_metrics import coverage, level_weights, pinball_loss
from training.loop import StepResult, Trainer, cosine_with_warmup
from training.processes import processes
from training.provenance import Start, checksum, record
from training.publish import Publishing
from training.run import RunConfig, pick_device, seed_everything
from training.script import run_script

MAX_TARGET = 30.0  # standard deviations: a bad tick must not throw the training off


@dataclass(frozen=True)
class TrainingConfig:
    """How the network is trained."""

    seed: int = option(1, "seed of weights, windows and dropout")
    epochs: int = option(4, "passes over the training days, at most")
    patience: int = option(2, "epochs without a better validation loss before stopping")
    batch_size: int = option(64, "windows a step")
    learning_rate: float = option(2e-3, "highest learning rate of AdamW")
    weight_decay: float = option(0.01, "AdamW's weight decay, on matrices only")
    clip_norm: float = option(1.0, "bound of the global gradient norm")
    warm_up_days: int = option(48, "first days of a window that only feed the state")
    fork_step: int = option(
        4, "every so many days after the warm-up, a window gives forecasts to train on"
    )
    market_dropout: float = option(
        0.25, "share of the training windows without the market, as a ticker may come without it"
    )
    precision: str = option(
        "auto", "of the products in training; auto is bfloat16 on a GPU, float32 elsewhere",
        choices=("auto", "float32", "bfloat16"),
    )  # fmt: skip


def main(argv: Sequence[str] | None = None) -> None:
    """Train, evaluate and write the checkpoint folder and the curves."""
    start = Start.now()
    config, settings, run, publishing = parse_flags(
        argv, ForecastConfig, TrainingConfig, RunConfig, Publishing,
        description=__doc__.split("\n")[0],
    )  # fmt: skip
    name = run.name or f"forecast-{config.cell}"
    prices = load_price_panel(Path(run.data_dir) if run.data_dir else None)
    started = time.monotonic()
    panel = training_panel(prices)
    network, history = train(config, settings, run, panel)
    if not processes().is_main:
        return
    longest, context = config.prediction_length, config.context_length
    widened = calibrate(network, panel, panel.origins(TRAIN_END, VALIDATION_END, longest, context))
    minutes = sum(row["seconds"] for row in history) / 60

    folder = Path(run.output_dir) / name
    save_checkpoint(folder, TASK, config, network)
    forecaster = Forecaster.from_pretrained(folder)
    metrics = {
        **evaluate(forecaster, prices),
        "widened": [round(float(factor), 3) for factor in widened],
        "validation_loss": min(row["valid_loss"] for row in history),
        "training_minutes": round(minutes, 1),
        "total_minutes": round((time.monotonic() - started) / 60, 1),
        "parameters": sum(p.numel() for p in network.parameters()),
        "training": asdict(settings),
        "provenance": record(
            start, "training.forecasting", (config, settings), settings.seed,
            {"prices": checksum(prices)},
        ),
    }  # fmt: skip
    write_checkpoint_docs(
        folder, history=history, metrics=metrics, card=forecast_card.card(name, metrics)
    )
    write_curves(history, Path(run.results_dir), name, f"{name}: pinball loss and coverage")
    publishing.finish(folder)


def training_panel(prices: pd.DataFrame) -> PricePanel:
    """What a network may learn from: the days before the test, without the tickers kept out, and
    the market that the others make up. prices: as `PricePanel.from_frame` takes them."""
    apart = prices["Ticker"].isin(kept_out(prices["Ticker"].unique()))
    seen = prices[(prices["Date"] < str(VALIDATION_END)) & ~apart]
    return PricePanel.from_frame(seen, Market.of_panel(seen))


def train(
    config: ForecastConfig, settings: TrainingConfig, run: RunConfig, panel: PricePanel
) -> tuple[QuantileNetwork, list[dict[str, float]]]:
    """The network with the best validation loss, on the CPU, and the history of its training."""
    seed_everything(settings.seed)
    device = pick_device(run.device)
    network = QuantileNetwork(config).to(device)
    optimizer = torch.optim.AdamW(_parameter_groups(network, settings), lr=settings.learning_rate)
    trainer = Trainer(
        network,
        optimizer,
        Path(run.run_dir) / (run.name or f"forecast-{config.cell}"),
        epochs=settings.epochs,
        patience=settings.patience,
        clip_norm=settings.clip_norm,
        schedule=cosine_with_warmup(0.05),
        unit="days",
    )
    task = _Task(network, settings, panel, device)
    history = trainer.fit(task.batches, task.step, task.validate, resume=run.resume)
    return network.cpu(), history


class _Task:
    """Batches, training step and validation of one run, as the loop asks for them."""

    def __init__(
        self,
        network: QuantileNetwork,
        settings: TrainingConfig,
        panel: PricePanel,
        device: torch.device,
    ) -> None:
        self.network, self.settings, self.panel, self.device = network, settings, panel, device
        config = network.config
        self.length, self.days = config.context_length, config.prediction_length
        if not 0 <= settings.warm_up_days < self.length:
            raise ValueError("warm_up_days must be less than context_length.")
        auto = settings.precision == "auto" and device.type == "cuda"
        self.is_rough = auto or settings.precision == "bfloat16"
        self.levels = torch.tensor(config.quantile_levels, device=device)
        self.weights = torch.tensor(
            level_weights(np.array(config.quantile_levels)), dtype=torch.float32, device=device
        )
        self.train_rows = panel.origins(None, TRAIN_END, self.days, MINIMUM_DAYS)
        self.valid_rows = panel.origins(TRAIN_END, VALIDATION_END, self.days, self.length)
        if not len(self.train_rows) or not len(self.valid_rows):
            raise ValueError(
                "The prices leave no day to train on before 2018, or none to validate on in"
                " 2018-2019."
            )

    def batches(self, epoch: int) -> list[np.ndarray]:
        """Rows that end the windows of each step, drawn from (seed, epoch) alone."""
        settings = self.settings
        ends = training_windows(
            self.panel, self.train_rows, self.length, settings.warm_up_days, settings.seed, epoch
        )
        return _in_batches(ends, settings.batch_size)

    def step(self, ends: np.ndarray) -> StepResult:
        """Mean loss over every `fork_step`-th day after the warm-up of each window.

        Counted from the window's end, since that is the day at which the finished network answers.
        """
        step = self.settings.fork_step
        first = self.settings.warm_up_days + (self.length - 1 - self.settings.warm_up_days) % step
        alone = torch.rand(len(ends)) < self.settings.market_dropout
        loss, quantiles, targets = self._loss(
            ends, slice(first, None, step), alone, rough=self.is_rough
        )
        inside = self._coverage(quantiles, targets)
        return StepResult(loss.mean(), loss.shape[0] * loss.shape[1], {"coverage_80": inside})

    def validate(self) -> dict[str, float]:
        """Loss and coverage on all validation days, each with at least half a window before it."""
        half = self.length // 2
        ends = training_windows(self.panel, self.valid_rows, self.length, half, 0, 0)
        allowed = np.zeros(len(self.panel.values), dtype=bool)
        allowed[self.valid_rows] = True
        total, inside, count = 0.0, 0.0, 0
        for batch in _in_batches(ends, self.settings.batch_size):
            loss, quantiles, targets = self._loss(batch, slice(half, None))
            keep = torch.from_numpy(allowed[batch[:, None] + np.arange(half + 1 - self.length, 1)])
            keep = keep.to(self.device)
            number = int(keep.sum())
            total += float(loss[keep].mean(-1).sum())
            inside += self._coverage(quantiles[keep], targets[keep]) * number
            count += number
        return {"loss": total / count, "coverage_80": inside / count}

    def _loss(
        self,
        ends: np.ndarray,
        positions: slice,
        alone: torch.Tensor | None = None,
        rough: bool = False,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Of the windows at P positions: pinball loss (N, P, days), quantiles (N, P, days, Q) and
        targets (N, P, days). The windows marked in `alone` (N,) are not told of the market.
        With `rough` the network's products are in bfloat16."""
        rows = ends[:, None] + np.arange(1 - self.length, 1)[positions]
        targets = np.clip(self.panel.targets(rows, self.days), -MAX_TARGET, MAX_TARGET)
        targets = torch.from_numpy(targets).to(self.device)
        windows = torch.from_numpy(self.panel.windows(ends, self.length))
        if alone is not None:
            windows[alone, :, -len(MARKET_FEATURES) :] = 0.0
        windows = windows.to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=rough):
            quantiles = self.network(windows, positions)
        quantiles = quantiles.float()
        return pinball_loss(quantiles, targets, self.levels) @ self.weights, quantiles, targets

    def _coverage(self, quantiles: torch.Tensor, targets: torch.Tensor) -> float:
        levels = np.array(self.network.config.quantile_levels)
        return coverage(quantiles.detach().cpu().numpy(), targets.cpu().numpy(), levels, 0.8)


def _in_batches(rows: np.ndarray, size: int) -> list[np.ndarray]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _parameter_groups(network: QuantileNetwork, settings: TrainingConfig) -> list[dict[str, Any]]:
    """Weight decay for the matrices that features pass through; the biases and the shape of the
    distribution are left free."""
    is_shape = {id(network.gaps), id(network.median)}
    decayed = [p for p in network.parameters() if p.ndim > 1 and id(p) not in is_shape]
    free = [p for p in network.parameters() if p.ndim <= 1 or id(p) in is_shape]
    return [
        {"params": decayed, "weight_decay": settings.weight_decay},
        {"params": free, "weight_decay": 0.0},
    ]


if __name__ == "__main__":
    run_script(main)
