"""Checkpoints as zips: out, for a visitor to take home, and in again.

A zip may come from a stranger, so ``unpack`` takes only what belongs to a checkpoint, and not too
much of it. This module does NOT read what is inside.
"""

from __future__ import annotations

import secrets
import shutil
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from data.errors import InputError

MAX_UNPACKED = 20_000_000  # bytes of a checkpoint that somebody brings


def pack(checkpoint: Path, place: Path) -> Path:
    """The zip of a checkpoint folder, with the folder in it, under a path in ``place`` that nobody
    guesses; it is alone in its own folder there."""
    alone = place / secrets.token_hex(16)
    alone.mkdir(parents=True)
    name = str(alone / checkpoint.name)
    return Path(shutil.make_archive(name, "zip", checkpoint.parent, checkpoint.name))


def unpack(archive: str | Path, folder: Path, names: Sequence[str]) -> None:
    """The files ``names`` out of a zip, wherever in it they are, and no others, into ``folder``;
    InputError for what is no such zip or too large."""
    try:
        with zipfile.ZipFile(archive) as zipped:
            members = {Path(m.filename).name: m for m in zipped.infolist() if not m.is_dir()}
            chosen = {name: members[name] for name in names if name in members}
            if sum(member.file_size for member in chosen.values()) > MAX_UNPACKED:
                raise InputError(
                    f"The checkpoint has more than {MAX_UNPACKED / 1e6:.0f} MB; those of this page "
                    "are far smaller."
                )
            for name, member in chosen.items():
                with zipped.open(member) as file:
                    (folder / name).write_bytes(file.read(MAX_UNPACKED))
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, EOFError) as error:
        raise InputError(
            "This is not a zip with a checkpoint; give one that was downloaded here."
        ) from error
