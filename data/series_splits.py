"""A person's sequences made ready: what is asked, which samples are learned from, on what scale.

Two labels or some are classes, many different numbers are a number to foretell. A class has its
share of each of the three parts. Means and scales are those of the part that is learned from, so
that nothing of the test is known before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.errors import InputError
from data.memory import OWN, Baseline, Examples, Series, guessing
from data.series_files import SeriesFile

AUTO, CLASS, NUMBER = "auto", "class", "number"
MAX_CLASSES = 50
MIN_OF_CLASS = 5  # samples: each of the three parts gets one at least
FEW = 20  # different whole numbers, up to which they are taken for classes
SHARES = (0.70, 0.15)  # to learn from, to choose when to stop; the rest is the test
SHOWN = 8  # classes or features that are named


@dataclass(frozen=True)
class Splits:
    """Three parts of the samples, as a network takes them; the baseline knows the first alone and
    is measured on the last. ``told`` says in sentences what was found."""

    series: Series
    train: Examples
    valid: Examples
    test: Examples
    baseline: Baseline
    told: tuple[str, ...]


def make_splits(file: SeriesFile, answer: str, seed: int) -> Splits:
    """The parts, drawn from ``seed``; ``answer`` is AUTO, CLASS or NUMBER. Raises InputError for
    labels that cannot be learned."""
    answer = _kind(file) if answer == AUTO else answer
    classes: tuple[str, ...] = ()
    if answer == CLASS:
        classes, targets = _classes(file)
    else:
        targets = _target_numbers(file)
    train, valid, test = _rows(targets if classes else np.zeros(len(targets), int), seed)
    mean, std = _scale(file.x[train].reshape(-1, file.x.shape[2]))
    target_mean, target_std = (0.0, 1.0) if classes else _target_scale(targets[train], file.name)
    series = Series(
        OWN, file.x.shape[1], file.features, answer, classes, tuple(map(float, mean)),
        tuple(map(float, std)), target_mean, target_std,
    )  # fmt: skip
    examples = scaled(series, file.x, targets)
    parts = [examples.part(rows) for rows in (train, valid, test)]
    return Splits(
        series, *parts, _baseline(series, parts[0].y, parts[2].y), _told(file, series, parts)
    )


def scaled(series: Series, x: np.ndarray, targets: np.ndarray) -> Examples:
    """Sequences (N, T, D) and targets as a network of ``series`` takes them."""
    if series.mean:
        x = (x - np.array(series.mean, np.float32)) / np.array(series.std, np.float32)
    if series.answer == NUMBER:
        targets = ((targets - series.target_mean) / series.target_std).astype(np.float32)
    return Examples(x.astype(np.float32), targets)


def as_of(series: Series, file: SeriesFile) -> Examples:
    """A file for a network that is there: its features and classes must be those of ``series``.
    Raises InputError."""
    if file.x.shape[2] != len(series.features):
        raise InputError(
            f"{file.name} has {file.x.shape[2]} features, but the network reads "
            f"{len(series.features)}; give the same kind of data that it was trained on."
        )
    if series.answer == NUMBER:
        return scaled(series, file.x, _target_numbers(file))
    numbers = {name: number for number, name in enumerate(series.classes)}
    names = _names(file.labels)
    unknown = next((name for name in names if name not in numbers), None)
    if unknown is not None:
        raise InputError(
            f"{file.name} has the label {unknown[:40]!r}, which the network does not know; it "
            f"knows {_listed(series.classes)}."
        )
    return scaled(series, file.x, np.array([numbers[name] for name in names]))


def _kind(file: SeriesFile) -> str:
    labels = file.labels
    if labels.dtype.kind in "Ub":
        return CLASS
    different = np.unique(labels)
    whole = labels.dtype.kind in "iu" or bool((different == np.round(different)).all())
    return CLASS if whole and len(different) <= FEW else NUMBER


def _classes(file: SeriesFile) -> tuple[tuple[str, ...], np.ndarray]:
    names, targets, counts = np.unique(_names(file.labels), return_inverse=True, return_counts=True)
    if len(names) == 1:
        raise InputError(
            f"All labels of {file.name} are {str(names[0])[:40]!r}; at least two classes are "
            "needed."
        )
    if len(names) > MAX_CLASSES:
        raise InputError(
            f"{file.name} has {len(names):,} different labels; at most {MAX_CLASSES} classes are "
            "taken here, so join some, or let the labels be a number to foretell."
        )
    if counts.min() < MIN_OF_CLASS:
        rare = int(counts.argmin())
        raise InputError(
            f"{file.name} has {counts[rare]} samples of the class {str(names[rare])[:40]!r}; each "
            f"class needs at least {MIN_OF_CLASS}, so add some or join classes."
        )
    return tuple(str(name) for name in names), targets.astype(np.int64)


def _names(labels: np.ndarray) -> np.ndarray:
    """Labels as the names of classes; 1.0 is the class 1."""
    if labels.dtype.kind == "f" and (labels == np.round(labels)).all():
        labels = labels.astype(np.int64)
    return labels.astype(str)


def _target_numbers(file: SeriesFile) -> np.ndarray:
    if file.labels.dtype.kind == "U":
        try:
            return file.labels.astype(np.float64)
        except ValueError as error:
            raise InputError(
                f"The labels of {file.name} are words, so no number can be foretold; let them be "
                "classes."
            ) from error
    return file.labels.astype(np.float64)


def _rows(groups: np.ndarray, seed: int) -> list[np.ndarray]:
    """Three sets of rows; each group (N,) gives its share to each, at least one."""
    rng, parts = np.random.default_rng(seed), ([], [], [])
    for group in np.unique(groups):
        rows = rng.permutation(np.flatnonzero(groups == group))
        valid = max(1, round(SHARES[1] * len(rows)))
        train = min(round(SHARES[0] * len(rows)), len(rows) - valid - 1)
        for part, chosen in zip(parts, np.split(rows, [train, train + valid]), strict=True):
            part.append(chosen)
    return [np.sort(np.concatenate(part)) for part in parts]


def _scale(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each column; 1 where all are alike."""
    mean, std = values.mean(axis=0, dtype=np.float64), values.std(axis=0, dtype=np.float64)
    return mean, np.where(std > 1e-6 * np.maximum(np.abs(mean), 1e-6), std, 1.0)


def _target_scale(targets: np.ndarray, name: str) -> tuple[float, float]:
    std = float(targets.std())
    if std == 0:
        raise InputError(f"All labels of {name} are {targets[0]:g}; there is nothing to foretell.")
    return float(targets.mean()), std


def _baseline(series: Series, learned: np.ndarray, test: np.ndarray) -> Baseline:
    """Always the most frequent class, or always the mean, of the part that is learned from."""
    if series.answer == NUMBER:
        return Baseline("always the mean", float(np.mean(test**2)), 0.0)
    counts = np.bincount(learned, minlength=len(series.classes))
    most = guessing(counts)
    loss = float(-np.log(counts / counts.sum())[test].mean())
    return Baseline(most.name, loss, float((test == counts.argmax()).mean()))


def _told(file: SeriesFile, series: Series, parts: list[Examples]) -> tuple[str, ...]:
    """What was found, in sentences, before anything is learned."""
    N, T, D = file.x.shape
    names = "" if D == 1 else f" ({_listed(series.features)})"
    sentences = [f"{N:,} samples of {T:,} steps and {D} feature{'s' * (D > 1)}{names}."]
    if series.classes:
        counts = np.bincount(np.concatenate([part.y for part in parts]))
        listed = [f"{name} ({n:,})" for name, n in zip(series.classes, counts, strict=True)]
        sentences.append(f"The labels are {len(listed)} classes: {_listed(listed)}.")
    else:
        low, high = file.labels.astype(float).min(), file.labels.astype(float).max()
        sentences.append(f"The labels are numbers from {low:.4g} to {high:.4g}.")
    train, valid, test = map(len, parts)
    sentences.append(
        f"{train:,} samples are learned from, {valid:,} say when to stop, {test:,} are the test. "
        "Features are brought to mean 0 and deviation 1 by those learned from."
    )
    still = [
        name for name, values in zip(series.features, np.moveaxis(file.x, 2, 0), strict=True)
        if np.ptp(values) == 0
    ]  # fmt: skip
    if still:
        sentences.append(f"Never changing, so of no use: {_listed(still)}.")
    return tuple(sentences)


def _listed(names: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(str(name)[:40] for name in names[:SHOWN])
    return shown + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
