"""A person's own sequences: .npz, .npy or CSV -> an array (samples, time steps, features), labels.

In arrays the parts are known by their axes: three are the sequences, one is the labels. CSV files
are ``data.series_csv``'s. Everything is bounded before it is read, and nothing is ever unpickled.
What the labels mean, and which samples are learned from, is ``data.series_splits``'s to say.
"""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from data.errors import InputError
from data.series_csv import read_csv

MAX_BYTES = 50_000_000  # of a file
MIN_SAMPLES, MAX_SAMPLES = 20, 100_000
MAX_STEPS, MAX_FEATURES = 1_000, 100
MAX_NUMBERS = 20_000_000  # samples x steps x features: 80 MB as they are kept
MAX_ARRAYS = 20  # in an .npz
KINDS = (".npz", ".npy", ".csv", ".tsv", ".txt")
LIMITS = (
    f"at most {MAX_BYTES / 1e6:.0f} MB, {MIN_SAMPLES} to {MAX_SAMPLES:,} samples, {MAX_STEPS:,} "
    f"steps, {MAX_FEATURES} features"
)
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_BROKEN = (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError)


@dataclass(frozen=True)
class SeriesFile:
    """Sequences as they were read: ``x`` (N, T, D) float32, all finite; ``labels`` (N,), text or
    numbers as they stand in the file."""

    name: str
    x: np.ndarray
    labels: np.ndarray
    features: tuple[str, ...]


def read_series(paths: Sequence[str | Path]) -> SeriesFile:
    """The sequences of an .npz or CSV file, or of two .npy files (sequences and labels, in any
    order). Raises InputError, one sentence that says what to do."""
    files = [Path(path) for path in paths]
    if not files:
        raise InputError("There is no file; give an .npz, a CSV or two .npy files.")
    for path in files:
        _check_file(path)
    name = " and ".join(path.name for path in files)
    kinds = {path.suffix.lower() for path in files}
    if kinds <= {".csv", ".tsv", ".txt"} and len(files) == 1:
        x, labels, features = read_csv(files[0], MAX_SAMPLES * MAX_STEPS, MAX_BYTES)
    elif kinds == {".npy"} and len(files) <= 2:
        x, labels = _parts([_load(path, path.name) for path in files], name)
        features = _numbered(x.shape[2])
    elif kinds == {".npz"} and len(files) == 1:
        x, labels = _parts(_arrays(files[0]), name)
        features = _numbered(x.shape[2])
    else:
        raise InputError(
            f"{name} cannot be read together; give one .npz, one CSV, or two .npy files (the "
            "sequences and the labels)."
        )
    _check_sizes(x.shape, labels.shape, name)
    return SeriesFile(name, _finite(x, features, name), _sound(labels, name), features)


def read_array(path: Path) -> np.ndarray:
    """The sequences of an .npy file alone, (N, T, D). Raises InputError."""
    _check_file(path)
    if path.suffix.lower() != ".npy":
        raise InputError(f"{path.name} is no .npy file; save the array with numpy.save.")
    array = _load(path, path.name, labelled=False)
    if array.ndim != 3 or array.dtype.kind not in "biuf":
        raise InputError(_rank(path.name, array.shape))
    return array


def _check_file(path: Path) -> None:
    if path.suffix.lower() not in KINDS:
        raise InputError(f"{path.name} is of no kind that is read here; give {', '.join(KINDS)}.")
    try:
        size = path.stat().st_size
    except OSError as error:
        raise InputError(f"{path.name} cannot be read ({error.strerror}).") from error
    if size > MAX_BYTES:
        raise InputError(
            f"{path.name} has {size / 1e6:,.0f} MB, and the most that is read here is "
            f"{MAX_BYTES / 1e6:.0f} MB; give fewer samples, or numbers as float32."
        )


def _arrays(path: Path) -> list[np.ndarray]:
    """The arrays of an .npz file, each bounded before it is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [name for name in archive.namelist() if name.endswith(".npy")]
            if len(members) > MAX_ARRAYS:
                raise InputError(
                    f"{path.name} holds {len(members)} arrays; save the sequences and the labels "
                    "alone."
                )
            found = []
            for member in members:
                with archive.open(member) as file:
                    found.append(_read_array(file, f"{member[:-4][:40]} in {path.name}"))
            return found
    except InputError:
        raise
    except _BROKEN as error:
        raise InputError(f"{path.name} is damaged or no .npz file; save it again.") from error


def _load(path: Path, name: str, labelled: bool = True) -> np.ndarray:
    try:
        with path.open("rb") as file:
            return _read_array(file, name, labelled)
    except InputError:
        raise
    except _BROKEN as error:
        raise InputError(f"{name} is damaged or no .npy file; save it again.") from error


def _read_array(file: IO[bytes], name: str, labelled: bool = True) -> np.ndarray:
    """An array whose header is looked at first: no objects, not too many numbers; and enough of
    them to learn from, when they are ``labelled``."""
    version = np.lib.format.read_magic(file)
    if version not in _HEADERS:
        raise InputError(f"{name} holds records with named fields; save plain numbers.")
    shape, fortran, dtype = _HEADERS[version](file)
    if dtype.kind not in "biufUS":
        raise InputError(
            f"{name} holds Python objects or other things than numbers and text, which are not "
            "read here since they could run code; save plain arrays, all sequences equally long."
        )
    _check_array(shape, dtype, name, MIN_SAMPLES if labelled else 1)
    count = math.prod(shape)
    content = file.read(count * dtype.itemsize)
    values = np.frombuffer(content, dtype, count)  # ValueError when it is cut short
    return values.reshape(shape, order="F" if fortran else "C")


def _check_array(shape: tuple[int, ...], dtype: np.dtype, name: str, fewest: int) -> None:
    if len(shape) == 3:
        _check_sizes(shape, shape[:1], name, fewest)
    elif math.prod(shape) > MAX_SAMPLES or dtype.itemsize > 400:
        raise InputError(_rank(name, shape) if len(shape) != 1 else (
            f"{name} has {shape[0]:,} entries; at most {MAX_SAMPLES:,} samples, with labels of at "
            "most 100 characters, are taken here."
        ))  # fmt: skip


def _check_sizes(
    shape: tuple[int, ...], labels: tuple[int, ...], name: str, fewest: int = MIN_SAMPLES
) -> None:
    """Raise InputError for numbers of samples, steps and features beyond the limits."""
    N, T, D = shape
    if N > MAX_SAMPLES or T > MAX_STEPS or D > MAX_FEATURES or N * T * D > MAX_NUMBERS:
        raise InputError(
            f"{name} has {N:,} samples of {T:,} steps and {D:,} features; taken here are at most "
            f"{MAX_SAMPLES:,} samples, {MAX_STEPS:,} steps, {MAX_FEATURES} features and "
            f"{MAX_NUMBERS:,} numbers in all, so give a part of it."
        )
    if fewest > N or T < 1 or D < 1:
        raise InputError(
            f"{name} has {N:,} samples of {T:,} steps and {D:,} features; at least {fewest} "
            "samples, one step and one feature are needed."
        )
    if labels != (N,):
        raise InputError(
            f"{name} has {N:,} samples but {labels[0]:,} labels; give one label a sample."
        )


def _parts(arrays: Sequence[np.ndarray], name: str) -> tuple[np.ndarray, np.ndarray]:
    """Which array is the sequences and which the labels, by their axes."""
    sequences = [array for array in arrays if array.ndim == 3]
    labels = [
        array.ravel() for array in arrays
        if array.ndim == 1 or (array.ndim == 2 and array.shape[1] == 1)
    ]  # fmt: skip
    if len(sequences) != 1:
        shapes = [array.shape for array in arrays]
        raise InputError(_rank(name, shapes[0] if len(shapes) == 1 else tuple(shapes)))
    if len(labels) != 1:
        found = "no labels" if not labels else f"{len(labels)} arrays that could be labels"
        raise InputError(
            f"{name} has {found}; give one label a sample: in an .npz as a second array (N,), with "
            "an .npy as a second .npy file."
        )
    if sequences[0].dtype.kind not in "biuf":
        raise InputError(f"The sequences of {name} are text; save them as numbers.")
    return sequences[0], labels[0]


def _rank(name: str, shape: tuple) -> str:
    return (
        f"{name} has the shape {shape}, but one array of shape (samples, time steps, features) is "
        "needed; with a single feature, save x[:, :, None]."
    )


def _finite(x: np.ndarray, features: tuple[str, ...], name: str) -> np.ndarray:
    """``x`` as float32; InputError that names the first number that is missing or infinite."""
    with np.errstate(over="ignore"):
        x = np.asarray(x, np.float32)
    bad = np.argwhere(~np.isfinite(x))
    if len(bad):
        n, t, d = bad[0]
        raise InputError(
            f"{name} has {len(bad):,} numbers that are missing, infinite or too large, the first "
            f"in sample {n + 1}, step {t + 1}, {features[d]}; fill or drop those samples."
        )
    return x


def _sound(labels: np.ndarray, name: str) -> np.ndarray:
    """Labels without missing ones."""
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8", "replace")
    missing = (
        ~np.isfinite(labels) if labels.dtype.kind == "f"
        else np.char.strip(labels) == "" if labels.dtype.kind == "U"
        else np.zeros(labels.shape, bool)
    )  # fmt: skip
    if missing.any():
        raise InputError(
            f"{name} has {int(missing.sum()):,} samples without a label, the first is sample "
            f"{int(missing.argmax()) + 1}; label or drop them."
        )
    return labels


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(f"feature {number}" for number in range(1, count + 1))
