"""The tables of ``theory/``, written between the marks of its chapters from what was measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from training.report import fill

DISTANCES = (1, 5, 10, 20, 40)


def jacobians(measured: dict[str, Any]) -> str:
    """Spectral norms of the product at some distances."""
    rows = [
        [label, f"{entry['spectral_radius']:.2f}", *_at(entry["norms"])]
        for label, entry in measured["jacobians"].items()
    ]
    return _table(["new network", "spectral radius", *_headings()], rows)


def forget_bias(measured: dict[str, Any]) -> str:
    """R(k) at some distances, and what (4.6) expects."""
    rows = []
    for label, entry in measured["forget_bias"].items():
        keeps = entry["keeps"]
        expected = "" if keeps is None else _short(keeps**40)
        half_life = "" if keeps is None else f"{math.log(0.5) / math.log(keeps):.1f}"
        rows.append([label, *_at(entry["ratios"]), expected, half_life])
    return _table(["new network", *_headings(), "σ(b)⁴⁰", "half-life (4.6), steps"], rows)


def recall(measured: dict[str, Any]) -> str:
    """Final accuracy of each seed, and when the task was solved."""
    lengths = measured["recall"]
    labels = list(next(iter(lengths.values())))
    rows = [[label, *(_outcome(networks[label]) for networks in lengths.values())]
            for label in labels]  # fmt: skip
    return _table(["network", *(f"T = {length}" for length in lengths)], rows) + (
        f"\n\nAccuracy over the last 50 of {measured['recall_steps']} training steps, one number a "
        f"seed; chance is {1 / measured['symbols']:.3f}. In brackets: the mean step at which 95 % "
        f"was reached, where all seeds did. {measured['hidden_size']} units, batches of 64, Adam "
        "at 0.003, norm clipped at 1."
    )


def truncation(measured: dict[str, Any]) -> str:
    """Accuracy on the recall task at T = 20 with the gradient cut."""
    rows = [[f"{cut}", _shares(entry["accuracy"])] for cut, entry in measured["truncation"].items()]
    return _table(["τ, steps back from the answer (T = 20)", "accuracy, one number a seed"], rows)


def clipping(measured: dict[str, Any]) -> str:
    """What the two kinds of clipping do to one gradient."""
    c = measured["clipping"]
    rows = [
        ["none", _short(c["norm"]), "0"],
        [f"by value at {c['limit']:g}", _short(c["norm_by_value"]), f"{c['degrees_by_value']:.0f}"],
        [f"by norm at {c['limit']:g}", _short(c["norm_by_norm"]), f"{c['degrees_by_norm']:.0f}"],
    ]
    return _table(["clipping", "norm", "turned by, degrees"], rows)


def cells(measured: dict[str, Any]) -> str:
    """The three trained networks on held-out names."""
    rows = [
        [
            cell.upper(), f"{m['parameters']:,}", f"**{m['validation_nats_per_char']:.3f}**",
            f"{m['selection_nats_per_char']:.3f}", f"{m['best_epoch']}",
            f"{60 * m['training_minutes']:.0f}", f"{m['new_share']:.0%}",
        ]
        for cell, m in measured["cells"].items()
    ]  # fmt: skip
    first = next(iter(measured["cells"].values()))
    rows.append([first["baseline"], "", f"{first['baseline_nats_per_char']:.3f}", "", "", "", ""])
    head = ["network", "parameters", "nats a character, held-out names", "the same, names that "
            "chose the epoch", "best epoch", "training, s", "new names"]  # fmt: skip
    return _table(head, rows)


TABLES: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "jacobians": ("03-vanishing-gradients.md", jacobians),
    "forget_bias": ("04-lstm.md", forget_bias),
    "recall": ("04-lstm.md", recall),
    "truncation": ("06-truncation-and-clipping.md", truncation),
    "clipping": ("06-truncation-and-clipping.md", clipping),
    "cells": ("05-gru.md", cells),
}


def fill_chapters(folder: Path, measured: dict[str, Any]) -> None:
    """Write each table whose measurement is there between its marks."""
    for name, (chapter, table) in TABLES.items():
        if name in measured:
            path = folder / chapter
            text = fill(path.read_text(encoding="utf-8"), name, table(measured), "theory")
            path.write_text(text, encoding="utf-8")


def _headings() -> list[str]:
    return [f"k = {k}" for k in DISTANCES]


def _at(values: Sequence[float]) -> list[str]:
    return [_short(values[k]) for k in DISTANCES]


def _short(value: float) -> str:
    """Two digits; powers of ten where there would be many zeros."""
    if value == 0 or 0.001 <= abs(value) < 1000:
        return f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa} · 10<sup>{int(exponent)}</sup>"


def _outcome(entry: dict[str, Any]) -> str:
    solved = entry["solved_at"]
    return _shares(entry["accuracy"]) + (f" ({mean(solved):.0f})" if all(solved) else "")


def _shares(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
