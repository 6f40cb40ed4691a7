"""Training curves: one interactive page and one picture a run, made from its history.

The page loads plotly from its CDN (a copy in the repository would weigh 4.6 MB); the picture beside
it shows the same curves without a network.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
import plotly.graph_objects as go
from matplotlib import pyplot
from plotly.subplots import make_subplots

COLOURS = {"train": "#3b6fd4", "valid": "#d9772b"}  # blue and orange: safe for colour-blind readers
DASHES = {"train": "dot", "valid": "solid"}


def curve_names(history: Sequence[dict[str, float]]) -> list[str]:
    """What was measured on both train and validation, the loss first."""
    names = [key.removeprefix("train_") for key in history[0] if key.startswith("train_")]
    return [name for name in names if f"valid_{name}" in history[0]]


def write_curves(
    history: Sequence[dict[str, float]], results_dir: Path, name: str, title: str
) -> None:
    """Write ``curves/NAME.html`` and ``curves/NAME.svg`` below ``results_dir``: each measure that
    train and validation share, over the epochs, the epoch that was kept marked."""
    folder = Path(results_dir) / "curves"
    folder.mkdir(parents=True, exist_ok=True)
    _page(history, title).write_html(folder / f"{name}.html", include_plotlyjs="cdn")
    _picture(history, title, folder / f"{name}.svg")


def _best_epoch(history: Sequence[dict[str, float]]) -> float:
    return min(history, key=lambda row: row["valid_loss"])["epoch"]


def _page(history: Sequence[dict[str, float]], title: str) -> go.Figure:
    names, epochs = curve_names(history), [row["epoch"] for row in history]
    figure = make_subplots(rows=1, cols=len(names), subplot_titles=names)
    for column, name in enumerate(names, start=1):
        for part, colour in COLOURS.items():
            figure.add_scatter(
                x=epochs,
                y=[row[f"{part}_{name}"] for row in history],
                name="validation" if part == "valid" else part,
                mode="lines+markers",
                line={"color": colour, "dash": DASHES[part]},
                showlegend=column == 1,
                row=1,
                col=column,
            )
        figure.add_vline(
            x=_best_epoch(history), line={"dash": "dash", "color": "#888"}, row=1, col=column
        )
    figure.update_xaxes(title_text="epoch")
    figure.update_layout(
        title=f"{title} (dashed: the epoch that was kept)", template="plotly_white"
    )
    return figure


def _picture(history: Sequence[dict[str, float]], title: str, path: Path) -> None:
    names, epochs = curve_names(history), [row["epoch"] for row in history]
    # A fixed salt and no date make the same history give the same file, byte for byte.
    with matplotlib.rc_context({"svg.hashsalt": path.stem, "svg.fonttype": "none"}):
        figure, axes = pyplot.subplots(
            1, len(names), figsize=(5.2 * len(names), 3.6), squeeze=False, layout="constrained"
        )
        for axis, name in zip(axes[0], names, strict=True):
            for part, style in (("train", ":"), ("valid", "-")):
                values = [row[f"{part}_{name}"] for row in history]
                label = "validation" if part == "valid" else part
                axis.plot(epochs, values, style, color=COLOURS[part], label=label, marker=".")
            axis.axvline(_best_epoch(history), color="#888", linestyle="--", linewidth=1)
            axis.set(xlabel="epoch", title=name)
            axis.grid(alpha=0.25)
        axes[0][0].legend(frameon=False)
        figure.suptitle(title)
        figure.savefig(path, metadata={"Date": None})
        pyplot.close(figure)


CELLS = {"rnn": "#8a5a00", "gru": "#d9772b", "lstm": "#3b6fd4"}  # apart in lightness as well
CELL_DASHES = {"rnn": "dot", "gru": "dash", "lstm": "solid"}
COMPARED = {"valid_loss": "loss on the selection text", "gradient_norm": "gradient norm"}


def write_comparison(runs: Sequence[dict[str, Any]], results_dir: Path, title: str) -> None:
    """Write ``curves/comparison.html`` and ``.svg`` below ``results_dir``: loss and gradient norm
    (before clipping) over the epochs, a line a run.

    A run is ``{"cell": ..., "seed": ..., "history": rows}``.
    """
    folder = Path(results_dir) / "curves"
    folder.mkdir(parents=True, exist_ok=True)
    _comparison_page(runs, title).write_html(folder / "comparison.html", include_plotlyjs="cdn")
    _comparison_picture(runs, title, folder / "comparison.svg")


def _lines(runs: Sequence[dict[str, Any]], key: str) -> list[tuple[str, int, list, list]]:
    """(cell, seed, epochs, values) of each run."""
    return [
        (
            run["cell"],
            run["seed"],
            [row["epoch"] for row in run["history"]],
            [row[key] for row in run["history"]],
        )
        for run in runs
    ]


def _comparison_page(runs: Sequence[dict[str, Any]], title: str) -> go.Figure:
    figure = make_subplots(rows=1, cols=2, subplot_titles=list(COMPARED.values()))
    for column, key in enumerate(COMPARED, start=1):
        for cell, seed, epochs, values in _lines(runs, key):
            figure.add_scatter(
                x=epochs,
                y=values,
                name=f"{cell.upper()}, seed {seed}",
                mode="lines+markers",
                line={"color": CELLS[cell], "dash": CELL_DASHES[cell]},
                showlegend=column == 1,
                row=1,
                col=column,
            )
    figure.update_xaxes(title_text="epoch")
    figure.update_layout(title=title, template="plotly_white")
    return figure


def _comparison_picture(runs: Sequence[dict[str, Any]], title: str, path: Path) -> None:
    styles = {"dot": ":", "dash": "--", "solid": "-"}
    with matplotlib.rc_context({"svg.hashsalt": path.stem, "svg.fonttype": "none"}):
        figure, axes = pyplot.subplots(1, 2, figsize=(10.4, 3.6), layout="constrained")
        for axis, (key, name) in zip(axes, COMPARED.items(), strict=True):
            for cell, seed, epochs, values in _lines(runs, key):
                label = cell.upper() if seed == runs[0]["seed"] else None
                style = styles[CELL_DASHES[cell]]
                axis.plot(epochs, values, style, color=CELLS[cell], label=label, marker=".")
            axis.set(xlabel="epoch", title=name)
            axis.grid(alpha=0.25)
        axes[0].legend(frameon=False)
        figure.suptitle(title)
        figure.savefig(path, metadata={"Date": None})
        pyplot.close(figure)


# Okabe and Ito's colours, safe for colour-blind readers; the dashes tell the lines apart as well.
LINES = (
    ("#0072b2", "solid"), ("#d55e00", "dash"), ("#009e73", "dashdot"), ("#cc79a7", "dot"),
    ("#56b4e9", "longdash"), ("#000000", "longdashdot"),
)  # fmt: skip
STROKES = {
    "solid": "-", "dash": "--", "dashdot": "-.", "dot": ":", "longdash": (0, (8, 3)),
    "longdashdot": (0, (8, 2, 2, 2)),
}  # fmt: skip
FIELD_PANELS = {
    "train_loss": "training loss", "valid_loss": "validation loss",
    "train_accuracy": "training accuracy", "valid_accuracy": "validation accuracy",
}  # fmt: skip


def write_field(histories: dict[str, Sequence[dict[str, float]]], folder: Path, title: str) -> None:
    """Write ``curves.html`` and ``curves.svg`` into ``folder``: loss and accuracy in training and
    validation over the epochs, a line for each of at most six networks, by name."""
    folder.mkdir(parents=True, exist_ok=True)
    page = make_subplots(rows=2, cols=2, subplot_titles=list(FIELD_PANELS.values()))
    with matplotlib.rc_context({"svg.hashsalt": "field", "svg.fonttype": "none"}):
        picture, axes = pyplot.subplots(2, 2, figsize=(10.4, 7), layout="constrained")
        for panel, (key, label) in enumerate(FIELD_PANELS.items()):
            row, column = divmod(panel, 2)
            axis = axes[row][column]
            for (name, history), (colour, dash) in zip(histories.items(), LINES, strict=False):
                epochs, values = [r["epoch"] for r in history], [r[key] for r in history]
                axis.plot(
                    epochs, values, linestyle=STROKES[dash], color=colour, label=name, marker="."
                )
                page.add_scatter(
                    x=epochs, y=values, name=name, mode="lines+markers", showlegend=panel == 0,
                    line={"color": colour, "dash": dash}, row=row + 1, col=column + 1,
                )  # fmt: skip
            axis.set(xlabel="epoch", title=label, xticks=epochs)
            axis.grid(alpha=0.25)
        axes[0][0].legend(frameon=False, fontsize=8)
        picture.suptitle(title)
        picture.savefig(folder / "curves.svg", metadata={"Date": None})
        pyplot.close(picture)
    page.update_xaxes(title_text="epoch")
    page.update_layout(title=title, template="plotly_white", height=700)
    page.write_html(folder / "curves.html", include_plotlyjs="cdn")


def write_reliability(calibration: dict[str, Any], results_dir: Path, name: str) -> None:
    """Write ``curves/NAME-reliability.svg`` below ``results_dir``: of the verdicts of a like
    confidence, how many were right; for whole test reviews and for their cuts of some words.

    ``calibration`` is as ``training.sentiment_exam.examine`` gives it. On the diagonal a
    probability can be believed; below it the network is too sure. A larger mark stands for more
    reviews.
    """
    cuts = calibration["bins_of_cuts"]
    sets = {"whole reviews": calibration["bins"]}
    sets |= {
        f"sentences, at most {words} words": bins for words, bins in cuts.items() if words != "all"
    }
    folder = Path(results_dir) / "curves"
    folder.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        figure, axis = pyplot.subplots(figsize=(5.6, 5), layout="constrained")
        axis.plot([0.5, 1], [0.5, 1], color="#888", linewidth=0.8)
        for (label, bins), (colour, dash) in zip(sets.items(), LINES, strict=False):
            confidence, right = [b["confidence"] for b in bins], [b["accuracy"] for b in bins]
            total = sum(b["reviews"] for b in bins)
            sizes = [8 + 120 * b["reviews"] / total for b in bins]
            axis.plot(confidence, right, linestyle=STROKES[dash], color=colour, label=label)
            axis.scatter(confidence, right, sizes, color=colour, alpha=0.6, linewidths=0)
        axis.set(xlabel="confidence (mean of the bin)", ylabel="share that is right", title=name)
        axis.grid(alpha=0.25)
        axis.legend(frameon=False, fontsize=8)
        figure.savefig(folder / f"{name}-reliability.svg", metadata={"Date": None})
        pyplot.close(figure)
