"""How far a gradient reaches back, new and trained: ``python -m training.gradient_flow``.

Measures the networks of the page (two layers, about a million parameters, top layer) on passages of
Tiny Shakespeare that they did not learn from: with new weights, drawn anew for each passage, and as
shipped. Writes ``results/gradient_flow/measured.json``, which the page quotes, and from that alone
the figure beside it. A minute of one core. Small networks on random symbols are measured by
``training.theory``; nothing is trained here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

from inference.generation import TextGenerator
from inference.gradient_flow import GradientFlow, gradient_flow, untrained_flow
from models.checkpoint import write_json
from training import corpora
from training.flags import option, parse_flags
from training.script import run_script

matplotlib.use("svg")
from matplotlib import pyplot

DISTANCES = (5, 10, 20, 40, 80)  # steps back that are told in figures
REACH = 100  # steps back that are drawn
FOLDER, FIGURE = "gradient_flow", "gradient-flow.svg"
FLOOR = 1e-12  # of the figure
COLOURS = {"rnn": "#0072b2", "gru": "#d55e00", "lstm": "#009e73"}  # Okabe and Ito's
STYLES = {None: "-", 0.0: "--", 1.0: "-.", 3.0: ":"}  # by the forget bias, None: trained


@dataclass(frozen=True)
class Kind:
    """A kind of network: its ``cell``, and the ``bias`` of the gate that keeps when its weights are
    new; None for the trained one. A plain RNN has no such gate."""

    label: str
    cell: str
    bias: float | None = None

    def flow(self, generator: TextGenerator, passage: str, seed: int) -> GradientFlow:
        """The gradients on one passage."""
        if self.bias is None:
            return gradient_flow(generator, passage)
        return untrained_flow(generator, passage, self.bias, seed=seed)


KINDS = (
    Kind("RNN, new", "rnn", 0.0),
    Kind("GRU, new", "gru", 0.0),
    Kind("LSTM, new, forget bias 0", "lstm", 0.0),
    Kind("LSTM, new, forget bias 1", "lstm", 1.0),
    Kind("LSTM, new, forget bias 3", "lstm", 3.0),
    Kind("RNN, trained", "rnn"),
    Kind("GRU, trained", "gru"),
    Kind("LSTM, trained", "lstm"),
)


@dataclass(frozen=True)
class FlowConfig:
    """What is measured, and where it goes."""

    runs: int = option(5, "passages, each with weights of its own where they are new")
    characters: int = option(200, "length of a passage")
    data_dir: str | None = option(None, "folder with corpora/tinyshakespeare.txt; else downloaded")
    weights_dir: str = option("weights", "folder with shakespeare-{rnn,gru,lstm}")
    results_dir: str = option("results", "folder for gradient_flow/")

    def __post_init__(self) -> None:
        if self.runs < 3:
            raise ValueError("a range needs at least 3 runs")
        if self.characters <= max(DISTANCES) + 10:
            raise ValueError(f"a passage needs more than {max(DISTANCES) + 10} characters")


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, write, draw."""
    (config,) = parse_flags(argv, FlowConfig, description=__doc__.split(":")[0])
    data_dir = None if config.data_dir is None else Path(config.data_dir)
    text = corpora.load("shakespeare", None, data_dir).splits.selection
    measured = measure(config, passages(text, config.runs, config.characters))
    folder = Path(config.results_dir) / FOLDER
    write_json(folder / "measured.json", measured)
    draw(measured, folder / FIGURE)


def passages(text: str, count: int, length: int) -> list[str]:
    """``count`` parts of ``text``, evenly spaced and none over another."""
    step = (len(text) - length) // max(1, count - 1)
    return [text[i * step : i * step + length] for i in range(count)]


def measure(config: FlowConfig, texts: Sequence[str]) -> dict[str, Any]:
    """All networks on all passages, as plain JSON values."""
    folder = Path(config.weights_dir)
    generators = {
        cell: TextGenerator.from_pretrained(folder / f"shakespeare-{cell}") for cell in COLOURS
    }
    return {
        "characters": config.characters,
        "distances": list(DISTANCES),
        "networks": [_network(kind, generators[kind.cell], texts) for kind in KINDS],
    }


def _network(kind: Kind, generator: TextGenerator, texts: Sequence[str]) -> dict[str, Any]:
    """The ratios by distance of every run at DISTANCES; mean, lowest and highest up to REACH."""
    curves = [kind.flow(generator, text, seed).by_distance() for seed, text in enumerate(texts)]
    reach = min(REACH + 1, *map(len, curves))
    ratios = np.array([curve[:reach] for curve in curves])
    return {
        "label": kind.label,
        "cell": kind.cell,
        "hidden_size": generator.model.config.hidden_size,
        "trained": kind.bias is None,
        "forget_bias": kind.bias,
        "runs": [_rounded(row[list(DISTANCES)]) for row in ratios],
        "mean": _rounded(ratios.mean(0)),
        "low": _rounded(ratios.min(0)),
        "high": _rounded(ratios.max(0)),
    }


def _rounded(values: np.ndarray) -> list[float]:
    return [float(f"{value:.4g}") for value in values]


def draw(measured: dict[str, Any], path: Path) -> None:
    """The means over the distance with their ranges, new weights beside trained ones; the same
    measurement gives the same file, byte for byte."""
    with matplotlib.rc_context({"svg.hashsalt": path.stem, "svg.fonttype": "none"}):
        figure, axes = pyplot.subplots(1, 2, figsize=(10, 4.2), sharey=True, layout="constrained")
        for axis, trained in zip(axes, (False, True), strict=True):
            for row in (row for row in measured["networks"] if row["trained"] == trained):
                colour, style = COLOURS[row["cell"]], STYLES[row["forget_bias"]]
                steps = range(len(row["mean"]))
                axis.semilogy(steps, row["mean"], style, color=colour, label=row["label"])
                axis.fill_between(steps, row["low"], row["high"], color=colour, alpha=0.15)
            axis.set(xlabel="steps back", ylim=(FLOOR, 10))
            axis.grid(alpha=0.25)
            axis.legend(frameon=False, fontsize=9, loc="lower left")
        axes[0].set_ylabel("gradient that arrives / at its own step")
        figure.savefig(path, metadata={"Date": None})
        pyplot.close(figure)


if __name__ == "__main__":
    run_script(main)
