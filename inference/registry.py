"""Which checkpoints there are, by task and name, and one loaded copy of each.

Loading is lazy and happens once; what is loaded is read-only and shared by all visitors. The folder
is ``weights/`` beside the code, or the one that ``RNN_LAB_WEIGHTS`` names. With
``RNN_HUB_NAMESPACE`` the models that its file of pins lists for that user of the Hub come from
there, when the registry is made and never later; without it the Hub is not asked.
"""

from __future__ import annotations

import csv
import os
import threading
from pathlib import Path
from typing import Any

from inference.forecasting import Forecaster
from inference.generation import TextGenerator
from inference.memory import MemoryPredictor
from inference.scratch import NumpyGenerator
from inference.sentiment import SentimentClassifier
from inference.translation import DateTranslator
from models.checkpoint import CONFIG_FILE, CheckpointError, read_json
from models.places import PINS_FILE, read_pins

# For each task of the page: the "task" in a checkpoint's config.json -> who loads it. The NumPy
# networks write too, but are checkpoints of another kind.
PREDICTORS: dict[str, dict[str, Any]] = {
    "generation": {"generation": TextGenerator, "generation-numpy": NumpyGenerator},
    "sentiment": {"sentiment": SentimentClassifier},
    "forecasting": {"forecasting": Forecaster},
    "translation": {"translation": DateTranslator},
    "memory": {"memory": MemoryPredictor},
}
# The checkpoint that is meant when none is named: the first of these that is there.
DEFAULTS: dict[str, tuple[str, ...]] = {
    "generation": ("shakespeare-best", "shakespeare-lstm"),
    "sentiment": ("sentiment-best", "sentiment-lstm"),
    "forecasting": ("forecast-lstm",),
    "translation": ("dates-lstm",),
    "memory": ("recall-lstm",),
}


def default_weights_dir() -> Path:
    """``$RNN_LAB_WEIGHTS``, or ``weights/`` of this repository."""
    return Path(os.environ.get("RNN_LAB_WEIGHTS") or Path(__file__).parents[1] / "weights")


class Registry:
    """The checkpoints of a folder, some of them from the Hub instead.

    ``missed`` says of each model that should have come from the Hub and did not, why.
    """

    def __init__(self, weights_dir: str | Path | None = None, namespace: str | None = None) -> None:
        self.weights_dir = Path(weights_dir or default_weights_dir())
        if namespace is None:
            namespace = os.environ.get("RNN_HUB_NAMESPACE", "")
        self._from_hub, self.missed = _pinned(self.weights_dir, namespace)
        self._loaded: dict[tuple[str, str], Any] = {}  # by task and name
        self._lock = threading.Lock()

    def is_here(self, name: str) -> bool:
        """Whether there is a folder for a checkpoint of that name."""
        return name in self._folders()

    def _folders(self) -> dict[str, Path]:
        """The folders of all checkpoints by name."""
        configs = self.weights_dir.glob(f"*/{CONFIG_FILE}")
        bundled = {config.parent.name: config.parent for config in configs}
        return dict(sorted((bundled | self._from_hub).items()))

    def folder(self, name: str) -> Path:
        """Where the files of a checkpoint are."""
        return self._from_hub.get(name, self.weights_dir / name)

    def names(self, task: str) -> list[str]:
        """The checkpoints of a task, the defaults first, then by name; unreadable folders are left
        out here and explained by ``load``."""
        names = []
        for name in self._folders():
            try:
                if self.kind(name) in PREDICTORS[task]:
                    names.append(name)
            except CheckpointError:
                continue
        first = [name for name in DEFAULTS[task] if name in names]
        return first + [name for name in names if name not in first]

    def kind(self, name: str) -> str:
        """The "task" in the config.json of a checkpoint; CheckpointError when it has none."""
        path = self.folder(name) / CONFIG_FILE
        config = read_json(path)
        if not isinstance(config, dict) or not isinstance(config.get("task"), str):
            raise CheckpointError(f"{path} is not the config of a checkpoint.")
        return config["task"]

    def metrics(self, name: str) -> dict[str, Any]:
        """What training measured of a checkpoint; empty when its metrics.json cannot be read."""
        try:
            return read_json(self.folder(name) / "metrics.json")
        except CheckpointError:
            return {}

    def history(self, name: str) -> list[dict[str, float]]:
        """The course of a training, one row an epoch, from history.csv; empty when that cannot be
        read."""
        path = self.folder(name) / "history.csv"
        try:
            with path.open(encoding="utf-8", newline="") as file:
                rows = csv.DictReader(file)
                return [{column: float(v) for column, v in row.items()} for row in rows]
        except (OSError, ValueError, TypeError, csv.Error):
            return []

    def stages(self, name: str) -> list[dict[str, Any]]:
        """What a network wrote at stages of its training, from stages.json: "step", "characters"
        read by then, "loss" (nats a character on the selection text), "text"; empty when that
        cannot be read."""
        try:
            stages = read_json(self.folder(name) / "stages.json")
        except CheckpointError:
            return []
        return stages if isinstance(stages, list) else []

    def check(self, name: str) -> None:
        """Load a checkpoint of any task as ``load`` does; CheckpointError when that fails."""
        kind = self.kind(name)
        for task, predictors in PREDICTORS.items():
            if kind in predictors:
                self.load(task, name)
                return
        raise CheckpointError(f"{name} is a {kind} network, which nothing here can use.")

    def load(self, task: str, name: str | None = None) -> Any:
        """The predictor of a checkpoint; the task's default without a name.

        Raises CheckpointError with one sentence when it is missing, damaged or of another task.
        """
        if name is None:
            name = next(iter(self.names(task)), DEFAULTS[task][0])
        if (task, name) in self._loaded:
            return self._loaded[task, name]
        # The name may come from a visitor, so it is looked up and never used as a path.
        if not self.is_here(name):
            known = ", ".join(self.names(task)) or "none"
            raise CheckpointError(
                f"There is no model {str(name)[:40]!r} in {self.weights_dir.name}/ "
                f"(there: {known}); train one with python -m training.{task}."
            )
        kind = self.kind(name)
        if kind not in PREDICTORS[task]:
            raise CheckpointError(f"{name} is a {kind} network, not one for {task}.")
        with self._lock:
            if (task, name) not in self._loaded:
                predictor = PREDICTORS[task][kind].from_pretrained(self.folder(name))
                predictor.name = name  # a folder of the Hub's cache is named by its commit
                self._loaded[task, name] = predictor
            return self._loaded[task, name]


def _pinned(weights_dir: Path, namespace: str) -> tuple[dict[str, Path], dict[str, str]]:
    """The folders of the models pinned for ``namespace`` by name, and why others are not there."""
    if not namespace:
        return {}, {}
    try:
        pins = read_pins(weights_dir, namespace)
    except CheckpointError as error:
        return {}, {PINS_FILE: str(error)}
    if not pins:
        return {}, {PINS_FILE: f"{PINS_FILE} pins no model of {namespace}."}
    from models.hub import fetch_pinned

    return fetch_pinned(pins)
