"""What is told of a small network that was trained to remember: its figures and its model card.

Nothing is measured here: that is inference/memory.py's to do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from data.memory import OWN
from data.series_splits import Splits
from inference.memory import Examination
from models.checkpoint import read_json
from models.memory import MemoryNetwork
from training.card import ModelCard, Result, write_checkpoint_docs
from training.memory_loop import Row

RACES = Path("memory") / "race.json"
TITLES = {
    "rnn": "RNN",
    "gru": "GRU",
    "lstm": "LSTM, as PyTorch starts it",
    "lstm-forget": "LSTM, forget bias {bias:g}",
}
SCORES = {
    "class": "accuracy",
    "symbols": "accuracy of the copied symbols",
    "number": "share of the variance explained",
}


def metrics(
    test: Examination, model: MemoryNetwork, splits: Splits, history: Sequence[Row], ended: str
) -> dict[str, Any]:
    """The figures of a run, as plain JSON values."""
    losses = [
        row["valid_loss"] if math.isfinite(row["valid_loss"]) else math.inf for row in history
    ]
    best = history[losses.index(min(losses))]
    return {
        "problem": splits.series.problem,
        "distance": splits.series.distance,
        "cell": model.config.cell,
        "parameters": sum(p.numel() for p in model.parameters()),
        "score_name": SCORES[splits.series.answer],
        "answer": splits.series.answer,
        "test": test.to_json(),
        "validation_loss": best["valid_loss"] if math.isfinite(min(losses)) else None,
        "best_step": best["step"],
        "steps": history[-1]["step"],
        "ended": ended,
        "told": list(splits.told),
    }


def write_docs(folder: Path, history: Sequence[Row], figures: dict[str, Any]) -> None:
    """Write history.csv, metrics.json and the model card."""
    write_checkpoint_docs(folder, history=history, metrics=figures, card=_card(folder, figures))


def parts(results_dir: Path) -> dict[str, str]:
    """The part of the README by the name of its mark, as far as it has been measured."""
    path = Path(results_dir) / RACES
    return {"memory": race_table(read_json(path))} if path.is_file() else {}


def title(name: str, measured: dict[str, Any]) -> str:
    """A network of the race in words."""
    return TITLES[name].format(bias=measured["forget_bias"])


def race_table(measured: dict[str, Any]) -> str:
    """Of each network and distance the accuracies, one a seed, and when it remembered."""
    distances = measured["distances"]
    rows = [
        "| network | " + " | ".join(f"{distance} steps" for distance in distances) + " |",
        "|---|" + "---:|" * len(distances),
    ]
    for name in TITLES:
        cells = (_outcome(networks[name]) for networks in distances.values())
        rows.append(f"| {title(name, measured)} | " + " | ".join(cells) + " |")
    return "\n".join(rows) + (
        f"\n\nAccuracy over the last {measured['last']} of {measured['steps']:,} training steps, "
        f"one number a seed; chance is {measured['chance']:.3f}. In brackets: the mean step at "
        f"which {measured['solved']:.0%} was reached, where all seeds did. "
        f"{measured['hidden_size']} units, batches of 64, Adam at 0.003, norm clipped at 1."
    )


def _outcome(entry: dict[str, Any]) -> str:
    solved = entry["solved_at"]
    shown = ", ".join(f"{value:.2f}" for value in entry["accuracy"])
    return shown + (f" ({mean(solved):.0f})" if all(solved) else "")


def _card(folder: Path, figures: dict[str, Any]) -> ModelCard:
    test, problem = figures["test"], figures["problem"]
    dataset = "Own sequences" if problem == OWN else f"Made-up problem: {problem}"
    result = Result(
        metric="r_squared" if figures["answer"] == "number" else "accuracy",
        name=figures["score_name"].capitalize(),
        value=test["score"],
        dataset=dataset,
        split=f"{test['examples']:,} examples that were not learned from",
        baseline_name=test["baseline"]["name"],
        baseline_value=test["baseline"]["score"],
    )
    data = " ".join(figures["told"]) or (
        f"New examples of the problem `{problem}` at every step, with {figures['distance']} steps "
        "of distance (data/memory.py)."
    )
    return ModelCard(
        name=folder.name,
        title=f"{folder.name}: a small recurrent network that has to remember",
        task_tag="other",
        description=f"One {figures['cell'].upper()} network, trained for {figures['steps']:,} "
        f"steps; it ended because {figures['ended']}.",
        data=data,
        limits="It knows sequences of the kind above and nothing else. One run with one seed: "
        "another may end differently.",
        usage=USAGE.format(name=folder.name),
        results=[result],
    )


USAGE = """
import numpy as np
from inference.memory import MemoryPredictor

predictor = MemoryPredictor.from_pretrained("weights/{name}")
print(predictor.series)  # what it reads and answers
x = np.zeros((1, predictor.series.distance, len(predictor.series.features)))
print(predictor.predict(x).to_json())
"""
