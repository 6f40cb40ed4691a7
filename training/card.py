"""The papers that travel with a checkpoint: history.csv, metrics.json and the model card.

The card's front matter is what the Hugging Face Hub reads; results stand beside their baselines.
"""

from __future__ import annotations

import csv
import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.checkpoint import WEIGHTS_FILE, CheckpointError, write_json


@dataclass(frozen=True)
class Result:
    """One number of record beside its baseline."""

    metric: str  # the field's name, such as "accuracy"
    name: str  # in words, with the unit: "Accuracy (share of reviews)"
    value: float
    dataset: str
    split: str
    baseline_name: str
    baseline_value: float


@dataclass(frozen=True)
class ModelCard:
    """What a stranger must know to use a checkpoint."""

    name: str
    title: str
    task_tag: str  # a Hub pipeline tag: "text-generation", "text-classification", ...
    description: str
    data: str
    limits: str
    usage: str  # Python lines
    results: Sequence[Result]
    library: str = "pytorch"  # the Hub's name of what computes it


def write_history(path: Path, history: Sequence[dict[str, float]]) -> None:
    """Write the history as CSV, one row an epoch."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(history[0]))
        writer.writeheader()
        writer.writerows(
            {k: v if isinstance(v, int) else f"{v:.6g}" for k, v in row.items()} for row in history
        )


def write_checkpoint_docs(
    folder: Path,
    *,
    history: Sequence[dict[str, float]],
    metrics: dict[str, Any],
    card: ModelCard,
) -> None:
    """Write history.csv, metrics.json and README.md into the checkpoint folder."""
    write_history(folder / "history.csv", history)
    write_json(folder / "metrics.json", metrics)
    size = (folder / WEIGHTS_FILE).stat().st_size
    (folder / "README.md").write_text(card_text(card, metrics, size), encoding="utf-8")


def card_text(card: ModelCard, metrics: dict[str, Any], size: int) -> str:
    """The model card as Markdown with the Hub's front matter; ``metrics`` are those of the
    checkpoint, ``size`` is that of the weights in bytes."""
    rows = "\n".join(
        f"| {r.name} | {r.dataset}, {r.split} | {r.value:.4g} "
        f"| {r.baseline_name}: {r.baseline_value:.4g} |"
        for r in card.results
    )
    return f"""{_front_matter(card)}
# {card.title}

{card.description}

| result | data | this network | baseline |
|---|---|---|---|
{rows}

Weights: {size / 1e6:.1f} MB (`{WEIGHTS_FILE}`), {metrics["parameters"]:,} parameters.

## Use

```python
{card.usage.strip()}
```

## Training data

{card.data}

## Limits

{card.limits}

## How it was trained

{_training(metrics)}

## Licence

MIT, as the code of RNN Lab.
"""


def hub_card(text: str, name: str, repo: str, code: str) -> str:
    """The card of checkpoint ``name`` for the page of ``repo`` (USER/NAME): how to get the code
    (from ``code``, an address that git can clone), and one line that loads the network from there.
    ``text`` is the card in the checkpoint folder; CheckpointError when it is not as this module
    writes it."""
    head, use, rest = text.partition("## Use\n")
    local, remote = f'from_pretrained("weights/{name}")', f'from_pretrained("{repo}")'
    if local not in rest:
        raise CheckpointError(f"The card of {name} does not say how to load it: {local}.")
    clone = f"git clone {code} rnn-lab && cd rnn-lab && pip install -r requirements.txt"
    lead = f"\nThe code is [RNN Lab]({code}):\n\n```bash\n{clone}\n```\n"
    return head + use + lead + rest.replace(local, remote)


def _training(metrics: dict[str, Any]) -> str:
    """What was set, how long it took, and the command that does it again; as much as is known."""
    settings = "; ".join(
        f"{name.replace('_', ' ')} {value}" for name, value in metrics["training"].items()
        if value not in (None, "")
    )  # fmt: skip
    lines = [
        f"{metrics['training_minutes']:.1f} minutes of optimiser steps. Settings: {settings}. The "
        "course of it is in `history.csv`."
    ]
    if (origin := metrics.get("provenance")) is not None:
        versions = ", ".join(f"{name} {version}" for name, version in origin["versions"].items())
        command = shlex.join(["python", "-m", origin["script"], *origin["argv"]])
        lines.append(
            f"Commit `{origin['commit']}`, seed {origin['seed']}, {versions}, "
            f"{origin['machine']['gpu'] or origin['machine']['system']}. The whole record is "
            f"`provenance` in `metrics.json`; the same again:\n\n```bash\n{command}\n```"
        )
    return "\n\n".join(lines)


def _slug(name: str) -> str:
    """A dataset's name as the Hub writes them: lower case, words joined by hyphens, no marks."""
    return re.sub(r"[^a-z0-9/]+", "-", name.lower()).strip("-")


def _front_matter(card: ModelCard) -> str:
    entries = "\n".join(
        f"""  - task:
      type: {card.task_tag}
    dataset:
      name: {json.dumps(result.dataset, ensure_ascii=False)}
      type: {json.dumps(_slug(result.dataset))}
      split: {json.dumps(result.split, ensure_ascii=False)}
    metrics:
    - type: {result.metric}
      name: {json.dumps(result.name, ensure_ascii=False)}
      value: {result.value:.6g}"""
        for result in card.results
    )
    return f"""---
license: mit
library_name: {card.library}
pipeline_tag: {card.task_tag}
tags: [rnn, lstm, recurrent-neural-network]
model-index:
- name: {json.dumps(card.name)}
  results:
{entries}
---
"""
