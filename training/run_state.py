"""What keeps a run from losing work: its state as a file, and a wish to stop that can wait.

Knows nothing of networks or epochs; ``training.loop`` does.
"""

from __future__ import annotations

import json
import os
import random
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor


class StateError(Exception):
    """The state of a run cannot be written or read; ``str(error)`` is a sentence with the file."""


class StopRequest:
    """Notes the first Ctrl-C or SIGTERM, so that the loop can end between two steps, where its
    state is whole; a second one interrupts at once (the last saved state stands)."""

    def __init__(self) -> None:
        self.is_set = False
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():  # else signals are not ours
            for number in (signal.SIGINT, signal.SIGTERM):
                self._previous[number] = signal.signal(number, self._request)
        return self

    def _request(self, number: int, frame: FrameType | None) -> None:
        if self.is_set:
            raise KeyboardInterrupt
        self.is_set = True

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Write nested dicts and lists of tensors and JSON values as one safetensors file, atomically.
    StateError when that fails; what the file held before it still holds.

    The nesting goes into the file's metadata as JSON, with each tensor replaced by its name. (A
    pickle would do, but loading one can run code.)
    """
    tensors: dict[str, Tensor] = {}

    def plain(value: Any) -> Any:
        if isinstance(value, Tensor):
            name = str(len(tensors))
            tensors[name] = value.detach().cpu().clone().contiguous()
            return {"tensor": name}
        if isinstance(
            value, dict
        ):  # as pairs, since JSON would turn the optimiser's int keys to str
            return {"dict": [[key, plain(item)] for key, item in value.items()]}
        if isinstance(value, (list, tuple)):
            return {"list": [plain(item) for item in value]}
        return value

    tree = json.dumps(plain(state))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    try:
        save_file(tensors, part, metadata={"tree": tree})
        os.replace(part, path)
    except (OSError, SafetensorError) as error:
        part.unlink(missing_ok=True)  # it would fill a full disk
        raise StateError(f"{path} cannot be written ({error}).") from error


def load_state(path: Path) -> dict[str, Any]:
    """Read what ``save_state`` wrote, on the CPU. StateError when it is damaged."""

    def nested(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        if "tensor" in value:
            return file.get_tensor(value["tensor"])
        if "dict" in value:
            return {key: nested(item) for key, item in value["dict"]}
        return [nested(item) for item in value["list"]]

    try:
        with safe_open(path, framework="pt") as file:
            return nested(json.loads(file.metadata()["tree"]))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise StateError(f"{path} is truncated or damaged.") from error


def random_state() -> dict[str, Any]:
    """Where all random generators are: of torch, its GPUs, Python and NumPy."""
    version, words, gauss = random.getstate()
    _, keys, position, *_ = np.random.get_state()
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "python": [version, list(words), gauss],
        "numpy": [torch.from_numpy(keys.astype(np.int64)), int(position)],
    }


def restore_random_state(state: dict[str, Any]) -> None:
    """Let all random generators go on from where ``random_state`` found them."""
    torch.set_rng_state(state["torch"])
    if state["cuda"] and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(state["cuda"])
    version, words, gauss = state["python"]
    random.setstate((version, tuple(words), gauss))
    keys, position = state["numpy"]
    np.random.set_state(("MT19937", keys.numpy().astype(np.uint32), position))
