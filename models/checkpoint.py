"""The checkpoint folder: a network that can be used again with nothing but the folder.

    config.json         {"task": ..., and the fields of the frozen config dataclass}
    model.safetensors   the tensors, by the network's own names

Whatever else a task needs to turn its input into tensors (vocabulary, tokenizer) lies beside them
and is read and checked by that task's module. Loading is strict: every disagreement is a
CheckpointError that names the file. Nothing here builds a network, picks a device or downloads.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"

C = TypeVar("C")


class CheckpointError(ValueError):
    """A checkpoint cannot be used. ``str(error)`` is one sentence that names the file."""


def save_checkpoint(
    folder: Path, task: str, config: Any, model: nn.Module, dtype: torch.dtype = torch.float32
) -> None:
    """Write ``config`` (a dataclass) and the tensors of ``model`` into ``folder``, on the CPU, each
    file atomically; floating-point tensors are stored as ``dtype``."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        name: value.detach()
        .cpu()
        .to(dtype if value.is_floating_point() else value.dtype)
        .contiguous()
        for name, value in model.state_dict().items()
    }
    # The large file first: where there is no room for it, the checkpoint before still loads.
    write_weights(folder, lambda part: save_file(tensors, part, metadata={"format": "pt"}))
    write_json(folder / CONFIG_FILE, {"task": task, **dataclasses.asdict(config)})


def write_weights(folder: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` make the weights file of a checkpoint folder, atomically. CheckpointError when
    that fails; the file before it stands."""
    part = folder / f"{WEIGHTS_FILE}.part"
    try:
        write(part)
        part.chmod(0o644)  # safetensors makes it private, which would lock out a Space's own user
        os.replace(part, folder / WEIGHTS_FILE)
    except (OSError, SafetensorError) as error:
        part.unlink(missing_ok=True)
        raise CheckpointError(f"{folder / WEIGHTS_FILE} cannot be written ({error}).") from error


def read_weights(folder: Path, load: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    """The tensors that ``load`` finds in the weights file of a checkpoint folder; CheckpointError
    when it is missing or damaged."""
    path = Path(folder) / WEIGHTS_FILE
    if not path.is_file():
        raise CheckpointError(f"{path} is missing.")
    try:
        return load(path)
    except (SafetensorError, OSError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path} is truncated or damaged; fetch or train it again."
        ) from error


def load_config(folder: Path, task: str, config_class: type[C]) -> C:
    """Read the config of a checkpoint of ``task``; every field must be there, and no other."""
    path = Path(folder) / CONFIG_FILE
    values = read_json(path)
    if not isinstance(values, dict) or "task" not in values:
        raise CheckpointError(f"{path} is not the config of a checkpoint.")
    found = values.pop("task")
    if found != task:
        raise CheckpointError(f"{path} belongs to a {found} network, not to a {task} network.")
    expected = {field.name for field in dataclasses.fields(config_class)}
    if set(values) != expected:
        odd = sorted(set(values) ^ expected)[0]
        state = "lacks" if odd in expected else "has the unknown"
        raise CheckpointError(f"{path} {state} entry {odd!r}.")
    # JSON has no tuples; the configs are hashable, so they hold tuples.
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    try:
        return config_class(**values)
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path} holds a bad value: {error}") from error


def load_weights(folder: Path, model: nn.Module) -> None:
    """Fill ``model`` with the tensors of the checkpoint and put it into eval mode.

    Every tensor must be there with its shape, none may be left over, all must be finite.
    """
    path = Path(folder) / WEIGHTS_FILE
    tensors = read_weights(folder, load_file)
    expected = model.state_dict()
    if set(tensors) != set(expected):
        odd = sorted(set(tensors) ^ set(expected))[0]
        state = "lacks" if odd in expected else "has the unknown"
        raise CheckpointError(f"{path} {state} tensor {odd!r}.")
    for name, tensor in tensors.items():
        if tensor.shape != expected[name].shape:
            raise CheckpointError(
                f"{path}: tensor {name!r} has shape {tuple(tensor.shape)}, "
                f"but config.json asks for {tuple(expected[name].shape)}."
            )
        if not torch.isfinite(tensor).all():
            raise CheckpointError(f"{path}: tensor {name!r} holds numbers that are not finite.")
    model.load_state_dict(tensors, strict=True)
    model.eval()


def read_json(path: Path) -> Any:
    """The content of a JSON file; CheckpointError when it is missing or no JSON."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"{path} is missing.") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"{path} is truncated or damaged ({type(error).__name__})."
        ) from error


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as indented JSON, atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(part, path)
