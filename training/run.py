"""What every training begins with: its folders, its seed and its device."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import torch

from training.flags import option
from training.processes import processes


@dataclass(frozen=True)
class RunConfig:
    """Where a run reads and writes; says nothing about what is trained."""

    name: str = option("", "name of the checkpoint folder; empty: the task's own default")
    output_dir: str = option("weights", "folder that gets the finished checkpoint folder")
    run_dir: str = option("runs", "folder for the state of unfinished runs")
    results_dir: str = option("results", "folder for metrics and curves")
    data_dir: str | None = option(None, "folder with raw data at hand; else it is downloaded")
    resume: bool = option(False, "go on from the last saved state of the run of this name")
    device: str = option("auto", "auto (a GPU when there is one), cpu, cuda or mps")


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and torch, so that the same seed trains the same weights."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def pick_device(name: str = "auto") -> torch.device:
    """The device of that name; "auto" is a CUDA or Apple GPU when there is one, and of several
    processes each has its own."""
    if name != "auto":
        return torch.device(name)
    if (own := processes().device) is not None:
        return own
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
