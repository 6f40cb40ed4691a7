"""Where a checkpoint comes from: what was run, with which code, data and versions, and how long.

The record stands in metrics.json as "provenance"; ``training.reproduce`` runs it again. It holds no
name of a person or machine; the paths of own texts (``--text``) are in it, as in the settings.
"""

from __future__ import annotations

import hashlib
import platform
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from training.flags import to_argv
from training.processes import processes

ROOT = Path(__file__).parents[1]
PACKAGES = ("torch", "numpy", "pandas", "safetensors", "tokenizers")
NO_COMMIT = "unknown"


@dataclass(frozen=True)
class Start:
    """The moment a script began, and the commit of the code that it runs: hours later the
    repository may hold another one."""

    time: float  # seconds since 1970
    commit: str

    @classmethod
    def now(cls) -> Start:
        """This moment."""
        return cls(time.time(), commit())


def commit() -> str:
    """The commit of this code, with "+changes" when tracked files differ from it; NO_COMMIT where
    there is no git or no repository."""
    try:
        head = _git("rev-parse", "HEAD")
        changes = _git("status", "--porcelain", "--untracked-files=no", "--", "*.py")
    except (OSError, subprocess.CalledProcessError):
        return NO_COMMIT
    return f"{head}+changes" if changes else head


def record(
    start: Start, script: str, configs: Sequence[Any], seed: int, data: dict[str, str]
) -> dict[str, Any]:
    """The record of a run of the module ``script``.

    ``configs`` are the dataclasses of its flags that say what was trained, and ``data`` the
    checksums of what it read, by name. "minutes" is the time since ``start``: of the last sitting,
    when the run was resumed.
    """
    versions = {name: metadata.version(name) for name in PACKAGES}
    return {
        "script": script,
        "argv": to_argv(*configs),
        "config": {type(config).__name__: asdict(config) for config in configs},
        "seed": seed,
        "commit": start.commit,
        "data": data,
        "versions": {"python": platform.python_version(), **versions},
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
            "threads": torch.get_num_threads(),
            "processes": processes().count,
        },
        "started": datetime.fromtimestamp(start.time, UTC).isoformat(timespec="seconds"),
        "minutes": round((time.time() - start.time) / 60, 2),
    }


def checksum(*parts: str | Sequence[str] | np.ndarray | pd.DataFrame) -> str:
    """The SHA-256 of data as it is used: of texts, arrays and tables, whatever files they came
    in."""
    digest = hashlib.sha256()
    for part in parts:
        for piece in [part] if isinstance(part, (str, np.ndarray, pd.DataFrame)) else part:
            content = _content(piece)
            digest.update(len(content).to_bytes(8, "little") + content)
    return digest.hexdigest()


def _content(piece: str | np.ndarray | pd.DataFrame) -> bytes:
    if isinstance(piece, str):
        return piece.encode()
    if isinstance(piece, pd.DataFrame):
        piece = pd.util.hash_pandas_object(piece, index=False).to_numpy()
    return np.ascontiguousarray(piece).tobytes()


def _git(*arguments: str) -> str:
    run = subprocess.run(
        ["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True
    )
    return run.stdout.strip()
