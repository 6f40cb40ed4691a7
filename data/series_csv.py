"""A CSV of sequences -> an array and labels.

Long, with a column ``sample``: a row a time step, and a column a feature (a column ``step`` orders
the rows). Or wide, without it: a row a sample, and a column a step of its only feature. The labels
stand in the column ``label`` (``target``, ``class``, ``y``), else in the last. Sizes and missing
numbers are ``data.series_files``'s to judge.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.errors import InputError
from data.table_files import find_delimiter, open_source

SAMPLE = ("sample", "series", "sequence", "id")
STEP = ("step", "time_step", "time", "t")
LABEL = ("label", "target", "class", "y")
MAX_COLUMNS = 2_000


def read_csv(
    path: Path, max_rows: int, max_bytes: int
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Sequences (N, T, D) float32 with NaN where a cell is empty, labels (N,) and the names of the
    features. Raises InputError."""
    table = _table(path, max_rows, max_bytes)
    names = {str(column).strip().lower(): column for column in table.columns}
    label = next((names[name] for name in LABEL if name in names), table.columns[-1])
    sample = next((names[name] for name in SAMPLE if name in names), None)
    if sample is None:
        inputs = _numbers(table.drop(columns=label), path.name)
        return inputs[:, :, None], _labels(table[label]), ("value",)
    step = next((names[name] for name in STEP if name in names), None)
    return _long(table, sample, step, label, path.name)


def _table(path: Path, max_rows: int, max_bytes: int) -> pd.DataFrame:
    source = open_source(path, max_bytes)
    try:
        table = pd.read_csv(
            path, sep=find_delimiter(source) or ",", encoding=source.encoding,
            encoding_errors="replace", nrows=max_rows + 1, skipinitialspace=True, low_memory=False,
        )  # fmt: skip
        if len(table.columns) and all(_is_number(name) for name in table.columns):
            table = pd.read_csv(
                path, sep=find_delimiter(source) or ",", encoding=source.encoding, header=None,
                encoding_errors="replace", nrows=max_rows + 1, skipinitialspace=True,
            )  # fmt: skip
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise InputError(
            f"{path.name} is not a table; give a CSV with a header line and as many cells in every "
            "row."
        ) from error
    if not 2 <= len(table.columns) <= MAX_COLUMNS or not len(table):
        raise InputError(
            f"{path.name} has {len(table):,} rows and {len(table.columns):,} columns; a label and "
            f"at least one column of numbers are needed, and at most {MAX_COLUMNS:,} columns."
        )
    return table


def _long(
    table: pd.DataFrame, sample: str, step: str | None, label: str, name: str
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """A row a time step; the rows of a sample need not stand together."""
    inputs = table.drop(columns=[c for c in (sample, step, label) if c is not None])
    if not len(inputs.columns):
        raise InputError(f"{name} has no column of numbers beside sample, step and label.")
    values = _numbers(inputs, name)
    number, samples = pd.factorize(table[sample])  # in the order of the file
    if (number < 0).any():
        raise InputError(f"{name} has rows without a sample; fill that column.")
    order = np.arange(len(table)) if step is None else np.argsort(
        _numbers(table[[step]], name)[:, 0], kind="stable"
    )  # fmt: skip
    order = order[np.argsort(number[order], kind="stable")]
    counts = np.bincount(number)
    if counts.min() != counts.max():
        odd = int(np.flatnonzero(counts != counts[0])[0])
        raise InputError(
            f"In {name}, sample {samples[0]} has {counts[0]:,} steps but sample {samples[odd]} has "
            f"{counts[odd]:,}; all must be equally long, so cut or fill them."
        )
    labels = _labels(table[label])[order].reshape(len(samples), -1)
    mixed = (labels != labels[:, :1]).any(axis=1)
    if labels.dtype.kind == "f":
        mixed &= ~np.isnan(labels).all(axis=1)  # missing labels are told elsewhere
    if mixed.any():
        odd = samples[int(mixed.argmax())]
        raise InputError(f"In {name}, sample {odd} has several labels; give it one.")
    x = values[order].reshape(len(samples), counts[0], -1)
    return x, labels[:, 0], tuple(str(column) for column in inputs.columns)


def _numbers(table: pd.DataFrame, name: str) -> np.ndarray:
    """The cells as float32 (rows, columns); InputError that names the first that is no number."""
    for column in table.columns:
        if not pd.api.types.is_numeric_dtype(table[column]):
            bad = pd.to_numeric(table[column], errors="coerce").isna() & table[column].notna()
            row = int(bad.to_numpy().argmax())
            raise InputError(
                f"In {name}, {str(table[column].iloc[row])[:30]!r} (row {row + 1}, column "
                f"{str(column)[:40]}) is not a number; give numbers with decimal points."
            )
    with np.errstate(over="ignore"):
        return table.to_numpy(np.float32, na_value=np.nan)


def _labels(column: pd.Series) -> np.ndarray:
    """Numbers as they are, all else as text; an empty cell is NaN or empty text."""
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy()
    return column.fillna("").astype(str).str.strip().to_numpy(dtype=str)


def _is_number(name: object) -> bool:
    try:
        float(str(name))
    except ValueError:
        return False
    return True
