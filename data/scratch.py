"""A person's own text or list of names for the NumPy networks: read, checked and cut in parts.

*Lines* are texts of their own (names); *windows* are pieces of one running text. Batches are made
by ``models.scratch.batches``; nothing here downloads or knows a network.
"""

from __future__ import annotations

from pathlib import Path

from data.errors import InputError
from data.generation import TextSplits, shuffle_lines, split_text

MIN_LINES = 10


def read_text(path: str | Path) -> str:
    """The content of a UTF-8 text file, line ends as newlines; InputError when there is none."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text; save it with the encoding UTF-8.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    if not text.strip():
        raise InputError(f"{path} is empty; give a text to learn from.")
    return text


def split_lines(text: str, seed: int = 0, share: float = 0.1) -> TextSplits:
    """The different lines of ``text`` in an order drawn with ``seed``, cut between lines into
    train, selection and validation, the last two with ``share`` of the lines each.

    No line is in two parts. Raises InputError for fewer than ten lines.
    """
    lines = shuffle_lines(text, seed).splitlines(keepends=True)
    if len(lines) < MIN_LINES:
        raise InputError(
            f"The text has {len(lines)} different lines, too few to train and validate on; "
            f"give at least {MIN_LINES}, or read it as running text with --unit windows."
        )
    part = max(1, int(len(lines) * share))
    cut, head = len(lines) - 2 * part, len(lines) - part
    return TextSplits("".join(lines[:cut]), "".join(lines[cut:head]), "".join(lines[head:]))


def split_windows(text: str, bptt_steps: int) -> TextSplits:
    """``text`` cut as ``data.generation.split_text`` does; InputError when its training part is
    shorter than one window of ``bptt_steps`` characters and the one after."""
    if not text:
        raise InputError("The text is empty; give a text to learn from.")
    if len(text) > bptt_steps:
        splits = split_text(text)
        if len(splits.train) > bptt_steps:
            return splits
    raise InputError(
        f"The text has {len(text):,} characters, too few to learn from windows of {bptt_steps}; "
        "give a longer text or lower --bptt_steps."
    )
