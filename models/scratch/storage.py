"""A NumPy network on the disk: ``config.json`` and ``weights.npz``, without pickle or torch.

Files are written atomically. Loading is strict: every disagreement is a StorageError that names the
file. Folders of torch networks are the affair of ``models.checkpoint``.
"""

from __future__ import annotations

import dataclasses
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from models.scratch.network import CharacterNetwork, NetworkConfig

TASK = "scratch"
CONFIG_FILE = "config.json"
WEIGHTS_FILE = "weights.npz"


class StorageError(ValueError):
    """A saved network cannot be used. ``str(error)`` is one sentence that names the file."""


def save_network(folder: Path, network: CharacterNetwork) -> None:
    """Write ``network`` into ``folder``."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    config = {"task": TASK, **dataclasses.asdict(network.config)}
    part = folder / f"{CONFIG_FILE}.part"
    part.write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(part, folder / CONFIG_FILE)
    save_arrays(folder / WEIGHTS_FILE, network.parameters)


def load_network(folder: Path, cell: str | None = None) -> CharacterNetwork:
    """The network of ``folder``; StorageError when it is damaged, or of another cell than ``cell``
    where that is given."""
    config = load_config(folder)
    if cell is not None and config.cell != cell:
        path = Path(folder) / CONFIG_FILE
        raise StorageError(f"{path} belongs to a {config.cell} network, not to a {cell} network.")
    path = Path(folder) / WEIGHTS_FILE
    try:
        return CharacterNetwork(config, load_arrays(path))
    except StorageError:
        raise
    except ValueError as error:
        raise StorageError(f"{path} does not fit {CONFIG_FILE}: {error}") from error


def load_config(folder: Path) -> NetworkConfig:
    """The config of ``folder``; every entry must be there, and no other."""
    path = Path(folder) / CONFIG_FILE
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        task = values.pop("task")
    except FileNotFoundError:
        raise StorageError(f"{path} is missing.") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageError(f"{path} is not the config of a NumPy network.") from error
    if task != TASK:
        raise StorageError(f"{path} belongs to a {task} network, not to a {TASK} network.")
    fields = {field.name: field.type for field in dataclasses.fields(NetworkConfig)}
    odd = sorted(set(values) ^ set(fields))
    if odd:
        state = "lacks" if odd[0] in fields else "has the unknown"
        raise StorageError(f"{path} {state} entry {odd[0]!r}.")
    wrong = [name for name, value in values.items() if type(value).__name__ != fields[name]]
    if wrong:
        raise StorageError(f"{path}: {wrong[0]!r} must be of type {fields[wrong[0]]}.")
    try:
        return NetworkConfig(**values)
    except ValueError as error:
        raise StorageError(f"{path} holds a bad value: {error}") from error


def save_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays, such as parameters or the state of an optimiser, as .npz."""
    path = Path(path)
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        np.savez(file, **arrays)
    os.replace(part, path)


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read named arrays; StorageError when the file is missing or damaged, or holds anything but
    finite numbers."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except FileNotFoundError:
        raise StorageError(f"{path} is missing.") from None
    except (OSError, ValueError, KeyError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise StorageError(f"{path} is truncated or damaged; fetch or train it again.") from error
    for name, array in arrays.items():
        if array.dtype.kind not in "fiu" or not np.isfinite(array).all():
            raise StorageError(f"{path}: {name!r} holds something else than finite numbers.")
    return arrays
