"""Does a text copy? An index of a training text that finds what stands in it word for word.

The index holds a 12-bit hash of the GRAM characters at every place of the training text, in order,
and no text. A window of WINDOW characters is found when its hashes stand there one after another, a
longer run only when all of its hashes do, at one place: no run is put together from several.

How sure that is: a window that is not there is found with a chance of 2^-36 for each character of
the training text (one in 70,000 for a million characters), and a true run seems one character too
long in one case of 4,096 at either end. What is there is always found.

The text cannot be read off the file. But like whatever recognises copies it confirms a right guess:
who knows ten characters in a row can guess on from there, one by one. Do not publish the index of a
text that must stay secret.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

COPIES_FILE = "copies.safetensors"
WINDOW = 12  # characters: fewer in a row say little ("and therefore" is in many plays)
GRAM = 10  # characters a hash is taken of; a window is found by WINDOW - GRAM + 1 hashes
CODES = WINDOW - GRAM + 1
BITS = 12  # of a hash: 1.5 bytes for each character of the training text
CHUNK = 1 << 20  # characters hashed at once

Span = tuple[int, int]


class Copies(NamedTuple):
    """What ``CopyIndex.check`` found in a text of T characters."""

    share: float  # of its T - WINDOW + 1 windows, 0 when it has none
    longest: Span  # (start, end) of the longest run, the first of several; (0, 0) without any
    spans: tuple[Span, ...]  # every run of WINDOW or more that is no part of a longer one, in order


class CopyIndex:
    """The hashes of a training text, ready to be searched."""

    def __init__(self, codes: np.ndarray) -> None:
        self.codes = codes  # (places,) uint16, each below 2^BITS

    @classmethod
    def from_text(cls, text: str) -> CopyIndex:
        """The index of ``text``."""
        return cls(_hash(text))

    def save(self, folder: Path) -> None:
        """Write ``copies.safetensors`` into a checkpoint folder, atomically."""
        path = Path(folder) / COPIES_FILE
        part = path.with_name(f"{path.name}.part")
        save_file({"codes": _pack(self.codes)}, part)
        part.chmod(0o644)  # safetensors makes it private, which would lock out a Space's own user
        os.replace(part, path)

    @classmethod
    def load(cls, folder: Path) -> CopyIndex:
        """Read ``copies.safetensors``; ValueError that names the file when it is missing or
        damaged."""
        path = Path(folder) / COPIES_FILE
        try:
            packed = load_file(path)["codes"]
            if packed.dtype != np.uint8 or packed.ndim != 1:
                raise ValueError("codes are single bytes")
        except FileNotFoundError:
            raise ValueError(f"{path} is missing.") from None
        except (SafetensorError, OSError, KeyError, ValueError, TypeError) as error:
            raise ValueError(f"{path} is damaged; fetch it again or train once more.") from error
        return cls(_unpack(packed))

    def check(self, text: str) -> Copies:
        """What of ``text`` stands verbatim in the training text."""
        codes = _hash(text)
        windows = len(codes) - CODES + 1
        if min(windows, len(self.codes) - CODES + 1) < 1:
            return Copies(0.0, (0, 0), ())
        # A table of 16 bits sorts out nearly all places before the full comparison.
        wanted = np.zeros(1 << 16, bool)
        wanted[_short_keys(codes)] = True
        places = np.flatnonzero(wanted[_short_keys(self.codes)])
        keys = _keys(self.codes, places)
        order = np.argsort(keys, kind="stable")
        sought = _keys(codes, np.arange(windows))
        first, behind = (np.searchsorted(keys, sought, side, order) for side in ("left", "right"))
        runs = self._runs(places[order], first.tolist(), behind.tolist())
        if not runs:
            return Copies(0.0, (0, 0), ())
        longest = max(runs, key=lambda run: run[1] - run[0])
        return Copies(float((behind > first).mean()), longest, tuple(runs))

    def _runs(self, places: np.ndarray, first: list[int], behind: list[int]) -> list[Span]:
        """The longest runs of a text whose window w stands at ``places[first[w]:behind[w]]``.

        From window to window, the run that ends at each place is as long as the one that ended at
        the place before, and one more.
        """
        # By place + 1: the windows that the last run there had, and the number of its last window.
        length, last = (np.zeros(len(self.codes) + 1, np.int32) for _ in range(2))
        runs, before = [], 0
        for w in range(len(first)):
            at = places[first[w] : behind[w]]
            best = 0
            if len(at):
                run = np.where(last[at] == w, length[at], 0) + 1
                length[at + 1], last[at + 1] = run, w + 1
                best = int(run.max())
            if best <= before and before:  # the longest run to window w - 1 ended there
                runs.append((w - before, w - 1 + WINDOW))
            before = best
        if before:
            runs.append((len(first) - before, len(first) - 1 + WINDOW))
        return runs


def _hash(text: str) -> np.ndarray:
    """The hash of the GRAM characters at each place of ``text`` (T - GRAM + 1,): a polynomial
    modulo 2^64, its bits mixed, the upper ones taken."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    codes = np.empty(max(0, len(points) - GRAM + 1), np.uint16)
    for start in range(0, len(codes), CHUNK):
        size = min(CHUNK, len(codes) - start)
        mixed = np.zeros(size, np.uint64)
        for offset in range(GRAM):
            mixed *= np.uint64(0x9E3779B97F4A7C15)
            mixed += points[start + offset : start + offset + size]
        mixed ^= mixed >> np.uint64(32)
        mixed *= np.uint64(0xD6E8FEB86659FD93)
        codes[start : start + size] = mixed >> np.uint64(64 - BITS)
    return codes


def _keys(codes: np.ndarray, places: np.ndarray) -> np.ndarray:
    """All bits of the CODES hashes at ``places``, as one number each."""
    keys = np.zeros(len(places), np.uint64)
    for offset in range(CODES):
        keys = keys << np.uint64(BITS) | codes[places + offset]
    return keys


def _short_keys(codes: np.ndarray) -> np.ndarray:
    """16 bits of the hashes of each window."""
    windows = len(codes) - CODES + 1
    return codes[:windows] ^ codes[1 : windows + 1] << np.uint16(16 - BITS)


def _pack(codes: np.ndarray) -> np.ndarray:
    """Two hashes of 12 bits in three bytes; of a last single one two."""
    even, odd = np.pad(codes, (0, len(codes) % 2)).reshape(-1, 2).T
    packed = np.stack([even & 255, even >> 8 | (odd & 15) << 4, odd >> 4], axis=1).astype(np.uint8)
    return packed.ravel()[: (3 * len(codes) + 1) // 2].copy()


def _unpack(packed: np.ndarray) -> np.ndarray:
    """The reverse of ``_pack``."""
    count = 2 * len(packed) // 3
    whole = np.pad(packed, (0, -len(packed) % 3)).astype(np.uint16).reshape(-1, 3)
    first, second, third = whole.T
    pairs = np.stack([first | (second & 15) << 8, second >> 4 | third << 4], axis=1)
    return pairs.ravel()[:count].copy()
