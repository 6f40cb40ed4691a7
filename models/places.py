"""Where a checkpoint is: a folder, or USER/NAME on the Hugging Face Hub, pinned or not.

A pin says which commit of a repository a model is, so that nobody who changes the repository later
changes what is run here. Nothing here speaks to the Hub: ``models.hub`` does, and is imported only
when a checkpoint from there is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from models.checkpoint import CheckpointError, read_json, write_json

PINS_FILE = "hub.json"  # beside the checkpoint folders
_REPO = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_COMMIT, _SHA256 = re.compile(r"[0-9a-f]{40}"), re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Pin:
    """One commit of ``repo`` (USER/NAME), and the SHA-256 of the weights in it."""

    repo: str
    commit: str
    sha256: str


def is_repo(place: str) -> bool:
    """Whether ``place`` is written as USER/NAME."""
    return _REPO.fullmatch(place) is not None


def locate(place: str | Path, revision: str | None = None) -> tuple[Path, str]:
    """The folder of a checkpoint and the model's name.

    ``place`` is a folder, or a str USER/NAME for the Hub, unless USER is a folder here;
    ``revision`` is a tag, a branch or a commit there (None: its newest). Raises CheckpointError
    when the Hub does not give the checkpoint, or for the revision of a folder.
    """
    is_path = isinstance(place, Path) or Path(place).is_dir() or not is_repo(place)
    if is_path or Path(place).parent.is_dir():
        if revision is not None:
            raise CheckpointError(f"{place} is a folder, which has no revision {revision!r}.")
        return Path(place), Path(place).name
    from models import hub

    return hub.fetch(place, revision), place.split("/")[1]


def read_pins(weights_dir: Path, namespace: str) -> dict[str, Pin]:
    """The pinned models of a user or organization on the Hub, by name; CheckpointError when the
    file of pins is damaged. Without the file nothing is pinned."""
    path = Path(weights_dir) / PINS_FILE
    entries = read_json(path) if path.is_file() else {}
    try:
        pins = {name: Pin(**entry) for name, entry in entries.items()}
        for name, pin in pins.items():
            if not (
                is_repo(pin.repo)
                and pin.repo.split("/")[1] == name
                and _COMMIT.fullmatch(pin.commit)
                and _SHA256.fullmatch(pin.sha256)
            ):
                raise ValueError(name)
    except (AttributeError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path} is not a list of models with repo, commit and sha256; publish them again with "
            "python -m training.publish."
        ) from error
    return {name: pin for name, pin in pins.items() if pin.repo.split("/")[0] == namespace}


def write_pins(weights_dir: Path, pins: Mapping[str, Pin]) -> None:
    """Add ``pins`` to the file of pins, in the place of older ones of the same names."""
    path = Path(weights_dir) / PINS_FILE
    entries = read_json(path) if path.is_file() else {}
    entries |= {name: asdict(pin) for name, pin in pins.items()}
    write_json(path, dict(sorted(entries.items())))
