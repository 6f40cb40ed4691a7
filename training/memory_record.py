"""The races of record: ``python -m training.memory_record``, RNN, GRU and LSTM on delayed recall.

The race of the page (``training.memory_race``), with several seeds at several distances and the
same number of steps for all. Writes ``results/memory/race.json`` and ``recall.svg`` beside it, and
the table in README.md (``--no-measure`` does only the latter two). About five minutes of one core.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from data.memory import SYMBOLS
from models.checkpoint import read_json, write_json
from training import memory_race, memory_report, report
from training.flags import option, parse_flags
from training.memory_race import NAMES, Race, outcome
from training.script import run_script
from training.theory_figures import write_figures

DISTANCES = (10, 20, 40, 80)
POINT = 25  # training steps behind a point of a curve


@dataclass(frozen=True)
class RecordConfig:
    """What is measured, and where it goes."""

    measure: bool = option(True, "measure anew; else draw and tell what was measured")
    seeds: int = option(3, "races at each distance")
    steps: int = option(1_000, "training steps of each network, a multiple of 25")
    forget_bias: float = option(3.0, "forget bias of the second LSTM at the start")
    results_dir: str = option("results", "folder for memory/race.json")
    readme: str = option("README.md", "gets the table")

    def __post_init__(self) -> None:
        if self.seeds < 1 or self.steps < 2 * POINT or self.steps % POINT:
            raise ValueError(f"give at least one seed, and steps in multiples of {POINT}")


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, draw, and fill the table."""
    (config,) = parse_flags(argv, RecordConfig, description=__doc__.split(":")[0])
    torch.set_num_threads(1)
    path = Path(config.results_dir) / "memory" / "race.json"
    if config.measure:
        write_json(path, measure(config))
    measured = read_json(path)
    labelled = {
        distance: {memory_report.title(name, measured): entry for name, entry in networks.items()}
        for distance, networks in measured["distances"].items()
    }
    write_figures({"symbols": SYMBOLS, "recall": labelled}, path.parent)
    readme = Path(config.readme)
    text = readme.read_text(encoding="utf-8")
    for name, content in memory_report.parts(Path(config.results_dir)).items():
        text = report.fill(text, name, content)
    readme.write_text(text, encoding="utf-8")


def measure(config: RecordConfig) -> dict[str, Any]:
    """All races, as plain JSON values: for each distance and network the accuracy over the last
    steps and the step at which it remembered (None: never), one a seed, and the curves."""
    return {
        "chance": 1 / SYMBOLS,
        "hidden_size": memory_race.HIDDEN,
        "forget_bias": config.forget_bias,
        "steps": config.steps,
        "last": memory_race.LAST,
        "solved": memory_race.SOLVED,
        "distances": {str(distance): _races(distance, config) for distance in DISTANCES},
    }


def _races(distance: int, config: RecordConfig) -> dict[str, Any]:
    races = []
    for seed in range(1, config.seeds + 1):
        print(f"distance {distance}, seed {seed}", file=sys.stderr)
        race = Race(distance, config.forget_bias, seed)
        with ThreadPoolExecutor(1) as pool:
            race.run(config.steps, pool)
        races.append(race.curves)
    return {name: _entry([curves[name] for curves in races]) for name in NAMES}


def _entry(curves: Sequence[Sequence[float]]) -> dict[str, Any]:
    found = [outcome(curve) for curve in curves]
    points = np.array(curves).reshape(len(curves), -1, POINT).mean(axis=2)
    return {
        "accuracy": [round(o.accuracy, 4) for o in found],
        "solved_at": [o.solved_at for o in found],
        "steps": [POINT * (k + 1) for k in range(points.shape[1])],
        "curves": [[round(float(value), 4) for value in row] for row in points],
    }


if __name__ == "__main__":
    run_script(main)
