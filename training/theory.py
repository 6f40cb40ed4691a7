"""The numbers, tables and pictures of ``theory/``: ``python -m training.theory``.

Measures on networks of ``models.scratch``, writes ``results/theory/measured.json``, and from that
alone the figures and the tables between the marks of the chapters (``--no-measure`` does only the
latter). A minute for all but the recall task, which takes about ten.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inference.scratch import NumpyGenerator
from models.checkpoint import read_json, write_json
from models.scratch.batches import START, one_hot
from models.scratch.layers import layer_forward
from training import theory_measures as measures
from training.flags import option, parse_flags
from training.script import run_script
from training.theory_figures import write_figures
from training.theory_measures import SYMBOLS, Network
from training.theory_recall import recall_curve, summary
from training.theory_tables import fill_chapters

PLAIN = [
    Network("RNN, even in ±1/√H", "rnn"),
    Network("RNN, orthogonal × 0.9", "rnn", gain=0.9),
    Network("RNN, orthogonal", "rnn", gain=1.0),
    Network("RNN, orthogonal × 1.5", "rnn", gain=1.5),
]
GATED = [
    Network("RNN", "rnn"),
    Network("GRU, bias 0", "gru"),
    Network("GRU, bias 2", "gru", 2.0),
    Network("LSTM, forget bias 0", "lstm"),
    Network("LSTM, forget bias 1", "lstm", 1.0),
    Network("LSTM, forget bias 3", "lstm", 3.0),
    Network("LSTM, forget bias 5", "lstm", 5.0),
]
LEARNING = [network for network in GATED if network.keep_bias != 5.0]
TRUNCATED = Network("LSTM, forget bias 3", "lstm", 3.0)
EXPLODING = Network("RNN, orthogonal × 1.5", "rnn", gain=1.5)
STEPS = 60  # of the sequences on which gradients are measured
SEEDS = 20  # new networks behind each median
RECALL_LENGTHS = (10, 20, 40)
CUTS = (5, 10, 15, 19, 20)
NAME = "tyrannosaurus"
CELLS = ("rnn", "gru", "lstm")
START_SIGN = "·"  # where a name begins and nothing was read
SHOWN_UNITS = 24
EVERY = 25  # training steps behind a point of a curve


@dataclass(frozen=True)
class TheoryConfig:
    """What is measured, and where it goes."""

    measure: bool = option(True, "measure anew; else draw what was measured")
    recall_steps: int = option(1200, "training steps of the recall task; 0 leaves it out")
    recall_seeds: int = option(3, "runs of each network on the recall task")
    results_dir: str = option("results", "folder for theory/measured.json")
    theory_dir: str = option("theory", "folder with the chapters")
    weights_dir: str = option("weights", "folder with dinosaurs-numpy-{rnn,gru,lstm}")


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, draw, fill the tables."""
    (config,) = parse_flags(argv, TheoryConfig, description=__doc__.split(":")[0])
    path, theory = Path(config.results_dir) / "theory" / "measured.json", Path(config.theory_dir)
    if config.measure:
        write_json(path, measure(config))
    measured = read_json(path)
    write_figures(measured, theory / "figures")
    fill_chapters(theory, measured)


def measure(config: TheoryConfig) -> dict[str, Any]:
    """Everything, as plain JSON values."""
    measured: dict[str, Any] = {"symbols": SYMBOLS, "hidden_size": measures.HIDDEN}
    measured |= gradients() | trained(Path(config.weights_dir))
    if config.recall_steps:
        measured |= learning(config.recall_steps, config.recall_seeds)
    return measured


def gradients() -> dict[str, Any]:
    """What new networks do to a gradient."""
    return {
        "jacobians": {
            network.label: {
                "spectral_radius": _rounded(measures.spectral_radius(network, SEEDS)),
                "norms": _rounded(measures.jacobian_norms(network, STEPS, SEEDS)),
            }
            for network in PLAIN
        },
        "forget_bias": {
            network.label: {
                "keeps": _rounded(1 / (1 + math.exp(-network.keep_bias)))
                if network.cell != "rnn" else None,
                "ratios": _rounded(measures.gradient_ratios(network, STEPS, SEEDS)),
            }
            for network in GATED
        },
        "clipping": {
            name: _rounded(value)
            for name, value in measures.clipping_angles(EXPLODING, STEPS, 1.0).items()
        },
    }  # fmt: skip


def learning(steps: int, seeds: int) -> dict[str, Any]:
    """The recall task: every network at every length, and one with its gradient cut."""

    def runs(network: Network, length: int, cut: int | None = None) -> dict[str, Any]:
        curves = np.array([recall_curve(network, length, steps, s, cut) for s in range(seeds)])
        points = curves[:, : steps // EVERY * EVERY].reshape(seeds, -1, EVERY).mean(axis=2)
        return summary(curves) | {
            "steps": [EVERY * (i + 1) for i in range(points.shape[1])],
            "curves": [_rounded(row.tolist()) for row in points],
        }

    return {
        "recall_steps": steps,
        "recall": {
            str(length): {network.label: runs(network, length) for network in LEARNING}
            for length in RECALL_LENGTHS
        },
        "truncation": {
            str(cut): {"accuracy": runs(TRUNCATED, 20, cut)["accuracy"]} for cut in CUTS
        },
    }  # fmt: skip


def trained(weights_dir: Path) -> dict[str, Any]:
    """What the trained networks say of one name, and how good they are."""
    generators = {
        cell: NumpyGenerator.from_pretrained(weights_dir / f"dinosaurs-numpy-{cell}")
        for cell in CELLS
    }
    tables = {}
    for cell, generator in generators.items():
        tokens = [START, *generator.tokenizer.encode(f"{NAME}\n")]
        tables[cell.upper()] = measures.itemised_gradients(cell, tokens, *_parts(generator))
    return {
        "itemised": {
            "inputs": [START_SIGN, *NAME],
            "targets": [*NAME, "↵"],
            "tables": {name: [_rounded(row) for row in t.tolist()] for name, t in tables.items()},
        },
        "gates": _gates(generators["lstm"]),
        "cells": {
            cell: read_json(weights_dir / f"dinosaurs-numpy-{cell}" / "metrics.json")
            for cell in CELLS
        },
    }


def _gates(generator: NumpyGenerator) -> dict[str, Any]:
    """Gates and cell state, (units, T), of the units whose cell state moves most."""
    tokens = [START, *generator.tokenizer.encode(NAME)]
    x = one_hot(np.array([tokens]), generator.tokenizer.vocab_size)
    _, _, caches = layer_forward("lstm", x, None, _parts(generator)[0])
    steps = list(caches[0])
    values = {
        "f": np.hstack([step.ft for step in steps]),
        "i": np.hstack([step.it for step in steps]),
        "o": np.hstack([step.ot for step in steps]),
        "c": np.tanh(np.hstack([step.c_next for step in steps])),
    }
    moving = np.argsort(-np.abs(values["c"]).max(axis=1), kind="stable")[:SHOWN_UNITS]
    order = moving[np.argsort(-values["f"][moving].mean(axis=1), kind="stable")]
    shown = {key: [_rounded(row) for row in value[order].tolist()] for key, value in values.items()}
    return {"inputs": [START_SIGN, *NAME]} | shown


def _parts(generator: NumpyGenerator) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The parameters of the only layer, and those of the output layer."""
    parameters = generator.network.parameters
    output = {"Wy": parameters["output.Wy"], "by": parameters["output.by"]}
    return generator.network.layers()[0], output


def _rounded(value: Any) -> Any:
    """Four significant digits, so that the file is short and rounding errors stay out."""
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.4g}")


if __name__ == "__main__":
    run_script(main)
