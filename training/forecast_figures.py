"""The pictures of the record of forecasts, drawn from ``results/forecasting/record.json`` alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot
from matplotlib.axes import Axes

from models.checkpoint import read_json
from training.forecast_report import BANDS, FOLDER, RECORD, TITLES, days

# Okabe and Ito's colours; the styles tell the lines apart as well.
LINES = {"1": ("#0072b2", "-"), "5": ("#d55e00", "--"), "20": ("#009e73", "-.")}
Paint = Callable[[Axes, dict[str, Any], str], None]


def write_figures(results_dir: Path) -> None:
    """Write ``forecasting/years.svg`` and ``pit.svg`` below ``results_dir``: the first network."""
    record = read_json(Path(results_dir) / RECORD)
    name = record["networks"][0]
    folder = Path(results_dir) / FOLDER
    _write(folder / "years.svg", record, (_margins_by_year, name), (_coverage_by_year, name))
    _write(folder / "pit.svg", record, (_pit, name), (_pit, "garch"))


def _write(path: Path, record: dict[str, Any], *panels: tuple[Paint, str]) -> None:
    """One panel for each way to paint a model of the record."""
    with matplotlib.rc_context({"svg.hashsalt": path.stem, "svg.fonttype": "none"}):
        figure, axes = pyplot.subplots(1, len(panels), figsize=(10.4, 3.6), layout="constrained")
        for axis, (paint, name) in zip(axes, panels, strict=True):
            paint(axis, record, name)
            axis.grid(alpha=0.25)
        axes[0].legend(frameon=False, fontsize=8)
        figure.savefig(path, metadata={"Date": None})
        pyplot.close(figure)


def _margins_by_year(axis: Axes, record: dict[str, Any], name: str) -> None:
    for horizon, (colour, style) in LINES.items():
        years = record["horizons"][horizon]["all"]["models"][name]["years"]
        values = [year["against"]["garch"] for year in years.values()]
        axis.plot(list(years), values, style, color=colour, label=days(horizon), marker=".")
    axis.axhline(0, color="#888", linewidth=0.8)
    axis.set(title=f"{name}: CRPS against GARCH by year", ylabel="%, lower is better")


def _coverage_by_year(axis: Axes, record: dict[str, Any], name: str) -> None:
    for horizon, (colour, style) in LINES.items():
        years = record["horizons"][horizon]["all"]["models"][name]["years"]
        for band in BANDS:
            values = [100 * year["coverage"][band] for year in years.values()]
            axis.plot(list(years), values, style, color=colour, marker=".", linewidth=1)
    for band in BANDS:
        axis.axhline(100 * float(band), color="#888", linewidth=0.8)
    axis.set(title="share inside the bands of 50, 80 and 95 %", ylabel="%")


def _pit(axis: Axes, record: dict[str, Any], name: str) -> None:
    for horizon, (colour, style) in LINES.items():
        shares = record["horizons"][horizon]["all"]["models"][name]["pit_histogram"]
        edges = [k / len(shares) for k in range(len(shares) + 1)]
        heights = [len(shares) * share for share in shares]
        axis.stairs(heights, edges, color=colour, linestyle=style, label=days(horizon))
    axis.axhline(1, color="#888", linewidth=0.8)
    axis.set(
        title=f"PIT of {TITLES.get(name, name)}", ylabel="density", xlabel="probability of less"
    )
