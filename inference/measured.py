"""What scripts of ``training/`` measured and the page quotes. Nothing is measured here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models.checkpoint import CheckpointError, read_json

RESULTS = Path(__file__).parents[1] / "results"


def measured(name: str, results_dir: Path = RESULTS, file: str = "measured.json") -> dict[str, Any]:
    """The content of ``results/NAME/FILE``; empty when it cannot be read."""
    try:
        return read_json(results_dir / name / file)
    except CheckpointError:
        return {}
