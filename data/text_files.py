"""Read the text file of a person: UTF-8, of bounded size, or one sentence that says what is wrong.

Nothing here looks at what the text says or cuts it (``data.generation`` does).
"""

from __future__ import annotations

import sys
from pathlib import Path

from data.errors import InputError

MAX_BYTES = 50_000_000  # of a text file: what fits into the memory of a laptop many times over


def read_text(path: str | Path) -> str:
    """The content of a UTF-8 text file (``-`` is standard input), line ends as newlines, without a
    byte order mark.

    Raises InputError for what is missing, a folder, above ``MAX_BYTES`` (never read whole), binary,
    of another encoding, or empty.
    """
    if Path(path).is_dir():
        raise InputError(f"{path} is a folder; give a text file.")
    try:
        # Not by the size that the file system tells: devices and pipes tell none.
        with sys.stdin.buffer if path == "-" else Path(path).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    path = "Standard input" if path == "-" else path
    if len(content) > MAX_BYTES:
        raise InputError(
            f"{path} has more than {MAX_BYTES / 1e6:g} MB, the most that is read here; "
            "give a part of it."
        )
    if b"\0" in content:
        raise InputError(
            f"{path} is not a UTF-8 text file (it has null bytes); give a text, saved as UTF-8."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text; save it with the encoding UTF-8.") from None
    if not text.strip():
        raise InputError(f"{path} is empty; give a text.")
    return text.replace("\r\n", "\n").replace("\r", "\n")
