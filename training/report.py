"""The README's generated parts: the results table from ``results/*.json``, and samples.

Nothing here computes a number; ``training.evaluate`` does, and calls this.
"""

from __future__ import annotations

import json
import math
import statistics
from pathlib import Path
from typing import Any

from training import forecast_report, memory_report, scaling, sentiment_report

MARKS = (
    "<!-- {name}:begin (python -m training.{command} writes this) -->",
    "<!-- {name}:end -->",
)
SAMPLE_LINES = 12
PUBLISHED = (  # on the same split of Tiny Shakespeare, by others
    "| minLSTM, minGRU (Feng et al., 2024), the best recurrent networks | | 1.555, 1.548 | |",
    "| nanoGPT, figure of its README | 10.7 M | 1.4697 | |",
    "| nanoGPT with a higher learning rate (AI Scientist, 2024), the lowest figure found "
    "| 10.7 M | 1.4603 | |",
)
TASKS = (
    "generation",
    "sentiment",
    "forecasting",
    "translation",
    "memory",
)  # their order in the table


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def results_table(results_dir: Path) -> str:
    """One row a number of record, each beside its baseline, as a Markdown table."""
    rows = [
        "| model | data | measure | network | baseline | training | weights, parameters |",
        "|---|---|---|---:|---:|---|---:|",
    ]
    records = [_read(path) for path in Path(results_dir).glob("*.json")]
    records.sort(key=lambda r: (TASKS.index(r["task"]), -r["parameters"], r["model"]))
    for record in records:
        model = f"`{record['model']}`"
        minutes = f"{record['training_minutes']:.0f} min"
        minutes = minutes if record["training_minutes"] >= 1 else "under 1 min"
        size = f"{record['megabytes']:.1f} MB, {record['parameters']:,}"
        for row in record["table"]:
            rows.append(
                f"| {model} | {row['data']} | {row['measure']} | **{row['value']}** "
                f"| {row['baseline']} | {minutes} | {size} |"
            )
            model = minutes = size = ""
    return "\n".join(rows)


def context_table(results_dir: Path) -> str:
    """Our networks on Tiny Shakespeare below the best published figures that were found."""
    records = [_read(path) for path in Path(results_dir).glob("shakespeare-*.json")]
    records.sort(key=lambda r: -r["parameters"])
    rows = ["| model | parameters | cold | stateful |", "|---|---:|---:|---:|", *PUBLISHED]
    return "\n".join(rows + [
        f"| `{r['model']}` | {r['parameters'] / 1e6:.1f} M "
        f"| **{r['metrics']['validation_nats_per_char_cold']:.4f}** "
        f"| **{r['metrics']['validation_nats_per_char']:.4f}** |"
        for r in records
    ])  # fmt: skip


def comparison_table(results_dir: Path) -> str:
    """RNN, GRU and LSTM of equal size: mean over the seeds, with the spread of the losses."""
    rows = [
        "| cell | parameters | best rate | nats a character, carried state | windows of 256 "
        "| characters/s in training | gradient norm, first to last epoch |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for cell, row in _read(Path(results_dir) / "comparison" / "results.json")["cells"].items():
        losses, cold = row["validation_nats_per_char"], row["validation_nats_per_char_cold"]
        first, last = (
            statistics.fmean(row[f"gradient_norm_{when}_epoch"]) for when in ("first", "last")
        )
        rows.append(
            f"| {cell.upper()} | {row['parameters']:,} | {row['learning_rate']:g} "
            f"| **{statistics.fmean(losses):.3f}** ({min(losses):.3f} to {max(losses):.3f}) "
            f"| {statistics.fmean(cold):.3f} | {row['characters_per_second']:,.0f} "
            f"| {first:.2f} to {last:.2f} |"
        )
    return "\n".join(rows)


def sample(weights_dir: Path, name: str) -> str:
    """The first sample of a text network, as a Markdown block."""
    text = (weights_dir / name / "samples.txt").read_text(encoding="utf-8")
    head, _, body = text.partition("\n")
    settings = head.removeprefix("=== ")
    body = body.split("\n=== ")[0].strip("\n")
    lines = "\n".join(body.split("\n")[:SAMPLE_LINES])
    return f"`{name}`, {settings}:\n\n```text\n{lines}\n```"


def fill(text: str, name: str, content: str, command: str = "evaluate") -> str:
    """``text`` with what stands between the marks of ``name`` replaced; ValueError if there are
    none. ``command`` is the module of training that writes there, which the mark says."""
    begin, end = (mark.format(name=name, command=command) for mark in MARKS)
    if begin not in text or end not in text:
        raise ValueError(f"the text lacks the marks of {name!r}")
    head, _, rest = text.partition(begin)
    return f"{head}{begin}\n{content}\n{end}{rest.partition(end)[2]}"


def fill_readme(readme: str, results_dir: Path, weights_dir: Path) -> str:
    """The README with its generated parts made anew."""
    readme = fill(readme, "results", results_table(results_dir))
    readme = fill(readme, "context", context_table(results_dir))
    readme = fill(readme, "comparison", comparison_table(results_dir))
    for module in (sentiment_report, forecast_report, memory_report, scaling):
        for name, content in module.parts(Path(results_dir)).items():
            readme = fill(readme, name, content)
    names = best_writers(Path(weights_dir))
    return fill(readme, "samples", "\n\n".join(sample(Path(weights_dir), name) for name in names))


def best_writers(weights_dir: Path) -> list[str]:
    """Of each corpus the network that knows its kept-out text best; the longest text first."""
    best: dict[str, tuple[float, int, str]] = {}
    for path in weights_dir.glob("*/samples.txt"):
        metrics = _read(path.parent / "metrics.json")
        entry = (metrics["validation_nats_per_char"], metrics["validation_characters"])
        corpus = metrics["corpus"]
        best[corpus] = min(best.get(corpus, (math.inf, 0, "")), (*entry, path.parent.name))
    return [name for _, _, name in sorted(best.values(), key=lambda entry: -entry[1])]


def write_readme(path: Path, results_dir: Path, weights_dir: Path) -> None:
    """Bring the README file up to date."""
    text = path.read_text(encoding="utf-8")
    path.write_text(fill_readme(text, results_dir, weights_dir), encoding="utf-8")


def table_row(data: str, measure: str, value: Any, baseline: str) -> dict[str, Any]:
    """A row of the results table; ``value`` and ``baseline`` as they shall be read."""
    return {"data": data, "measure": measure, "value": value, "baseline": baseline}
