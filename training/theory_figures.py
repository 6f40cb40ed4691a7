"""The pictures of ``theory/``, drawn from ``results/theory/measured.json`` and nothing else.

Each function takes what ``training.theory`` measured and gives a figure; nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot
from matplotlib.figure import Figure

# Okabe and Ito's colours, safe for colour-blind readers; styles tell the lines apart as well.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#555555")
STYLES = ("-", "--", "-.", ":", "-", "--", "-.")
GATE_TITLES = {"f": "forget gate f", "i": "input gate i", "o": "output gate o",
               "c": "cell state, tanh c"}  # fmt: skip
FLOOR = 1e-12  # smaller gradients are rounding


def jacobian_norms(measured: dict[str, Any]) -> Figure:
    """Spectral norm of the product of Jacobians over the distance."""
    return _decays(
        {label: entry["norms"] for label, entry in measured["jacobians"].items()},
        "steps back, k", "spectral norm of ∂a(T) / ∂a(T−k)",
    )  # fmt: skip


def forget_bias(measured: dict[str, Any]) -> Figure:
    """R(k) of (4.7) over the distance, for several networks."""
    return _decays(
        {label: entry["ratios"] for label, entry in measured["forget_bias"].items()},
        "steps back, k", "gradient by the state at T−k / at T",
    )  # fmt: skip


def recall(measured: dict[str, Any]) -> Figure:
    """Accuracy over training steps, a panel for each length; thin lines are single seeds."""
    lengths = measured["recall"]
    figure, axes = pyplot.subplots(
        1, len(lengths), figsize=(4 * len(lengths), 3.6), sharey=True, layout="constrained"
    )
    for axis, (length, networks) in zip(axes, lengths.items(), strict=True):
        for k, (label, entry) in enumerate(networks.items()):
            for seed, curve in enumerate(entry["curves"]):
                axis.plot(
                    entry["steps"], curve, STYLES[k], color=COLOURS[k], linewidth=1.2, alpha=0.8,
                    label=label if seed == 0 else None,
                )  # fmt: skip
        axis.axhline(1 / measured["symbols"], color="#888", linewidth=0.8)
        axis.set(title=f"T = {length}", xlabel="training step", ylim=(0, 1.03))
        axis.grid(alpha=0.25)
    axes[0].set_ylabel("accuracy (grey: chance)")
    axes[-1].legend(frameon=False, fontsize=8, loc="center right")
    return figure


def itemised_gradient(measured: dict[str, Any]) -> Figure:
    """How loudly each loss speaks to each earlier input, a panel for each trained network."""
    tables = measured["itemised"]["tables"]
    inputs, targets = measured["itemised"]["inputs"], measured["itemised"]["targets"]
    figure, axes = pyplot.subplots(
        1, len(tables), figsize=(4.2 * len(tables), 4.2), layout="constrained"
    )
    for axis, (name, table) in zip(axes, tables.items(), strict=True):
        shares = [[value / max(row) for value in row] for row in table]
        image = axis.imshow(shares, cmap="viridis", vmin=0, vmax=1)
        axis.set(title=name, xlabel="input at step t", xticks=range(len(inputs)),
                 xticklabels=inputs, yticks=range(len(targets)), yticklabels=targets)  # fmt: skip
    axes[0].set_ylabel("loss on this character")
    figure.colorbar(image, ax=axes, shrink=0.7, label="norm of the gradient / largest of the row")
    return figure


def gates(measured: dict[str, Any]) -> Figure:
    """Gates and cell state of an LSTM while it reads a name, units in rows."""
    letters = measured["gates"]["inputs"]
    figure, axes = pyplot.subplots(1, 4, figsize=(13, 4.6), sharey=True, layout="constrained")
    for axis, (key, title) in zip(axes, GATE_TITLES.items(), strict=True):
        signed = key == "c"
        image = axis.imshow(
            measured["gates"][key], aspect="auto", vmin=-1 if signed else 0, vmax=1,
            cmap="PuOr" if signed else "cividis",
        )  # fmt: skip
        axis.set(title=title, xticks=range(len(letters)), xticklabels=letters)
        figure.colorbar(image, ax=axis, shrink=0.8)
    axes[0].set_ylabel("unit, the most persistent on top")
    return figure


FIGURES: dict[str, Callable[[dict[str, Any]], Figure]] = {
    "jacobian-norms": jacobian_norms,
    "forget-bias": forget_bias,
    "recall": recall,
    "itemised-gradient": itemised_gradient,
    "gates": gates,
}


def write_figures(measured: dict[str, Any], folder: Path) -> None:
    """Write every figure whose measurement is there as ``folder/NAME.svg``; the same measurement
    gives the same file, byte for byte."""
    needs = {"jacobian-norms": "jacobians", "forget-bias": "forget_bias",
             "itemised-gradient": "itemised"}  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in FIGURES.items():
        if needs.get(name, name) in measured:
            with _drawing(name):
                figure = draw(measured)
                figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
                pyplot.close(figure)


@contextmanager
def _drawing(name: str) -> Iterator[None]:
    with matplotlib.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        yield


def _decays(lines: dict[str, list[float]], xlabel: str, ylabel: str) -> Figure:
    figure, axis = pyplot.subplots(figsize=(7, 4.2), layout="constrained")
    for k, (label, values) in enumerate(lines.items()):
        axis.semilogy(values, STYLES[k], color=COLOURS[k], label=label)
    axis.axhline(1, color="#888", linewidth=0.8)
    axis.set(xlabel=xlabel, ylabel=ylabel)
    axis.set_ylim(bottom=max(FLOOR, axis.get_ylim()[0]))
    axis.grid(alpha=0.25)
    axis.legend(frameon=False, fontsize=9)
    return figure
