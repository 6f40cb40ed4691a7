"""The papers that travel with a checkpoint: history.csv, metrics.json and the model card.

The card's front matter is what the Hugging Face Hub reads; results stand beside their baselines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.checkpoint import WEIGHTS_FILE, write_json
from training.loop import write_history


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
    (folder / "README.md").write_text(card_text(card, size), encoding="utf-8")


def card_text(card: ModelCard, size: int) -> str:
    """The model card as Markdown with the Hub's front matter; ``size`` is that of the weights in
    bytes."""
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

Weights: {size / 1e6:.1f} MB (`{WEIGHTS_FILE}`).

## Use

```python
{card.usage.strip()}
```

## Training data

{card.data}

## Limits

{card.limits}
"""


def _slug(name: str) -> str:
    """A dataset's name as the Hub writes them: lower case, words joined by hyphens, no marks."""
    return re.sub(r"[^a-z0-9/]+", "-", name.lower()).strip("-")


def _front_matter(card: ModelCard) -> str:
    entries = "\n".join(
        f"""  - task:
      type: {card.task_tag}
    dataset:
      name: {result.dataset}
      type: {_slug(result.dataset)}
      split: {result.split}
    metrics:
    - type: {result.metric}
      name: {result.name}
      value: {result.value:.6g}"""
        for result in card.results
    )
    return f"""---
license: mit
library_name: {card.library}
pipeline_tag: {card.task_tag}
tags: [rnn, lstm, recurrent-neural-network]
model-index:
- name: {card.name}
  results:
{entries}
---
"""
