"""Train a checkpoint again from its own record: ``python -m training.reproduce NAME``.

The new one goes into a folder of its own and is compared with the old: code, data, settings and
versions, the figures, and the weights tensor by tensor. On the same machine, code and versions they
are equal bit for bit; a GPU or another number of threads adds in another order.
"""

from __future__ import annotations

import argparse
import importlib
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from inference.registry import default_weights_dir
from models.checkpoint import WEIGHTS_FILE, CheckpointError, read_json, read_weights
from models.places import locate
from training.provenance import commit
from training.script import run_script

SCRIPTS = (
    "training.generation", "training.sentiment", "training.forecasting", "training.translation",
    "training.scratch", "training.memory",
)  # fmt: skip
UNLIKE = ("started", "minutes")  # parts of two records that differ in any case


def main(argv: Sequence[str] | None = None) -> None:
    """Train again and print how the two compare."""
    options = _parse(argv)
    bundled = default_weights_dir() / options.name
    folder, name = (
        (bundled, options.name) if bundled.is_dir() else locate(options.name, options.revision)
    )
    origin = origin_of(folder)
    if (now := commit()) != origin["commit"]:
        print(f"The code is of commit {now}; it was {origin['commit']}.", file=sys.stderr)
    again = train_again(origin, name, options.out, options.data_dir)
    for line in compared(folder, again):
        print(line)


def origin_of(folder: Path) -> dict[str, Any]:
    """The record of a checkpoint; CheckpointError when it has none that can be run."""
    path = folder / "metrics.json"
    metrics = read_json(path)
    origin = metrics.get("provenance") if isinstance(metrics, dict) else None
    if origin is None:
        raise CheckpointError(f"{path} has no record of its training; it is older than such ones.")
    argv = origin.get("argv")
    if origin.get("script") not in SCRIPTS or not isinstance(argv, list):
        raise CheckpointError(f"{path} does not name a training of this repository.")
    return origin


def train_again(origin: dict[str, Any], name: str, out: Path, data_dir: str | None) -> Path:
    """Run the script of a record with its flags; returns the new checkpoint folder, out/weights/
    ``name``."""
    places = {"name": name, "output-dir": out / "weights", "run-dir": out / "runs",
              "results-dir": out / "results"}  # fmt: skip
    if data_dir is not None:
        places["data-dir"] = data_dir
    argv = [*origin["argv"], *(f"--{flag}={value}" for flag, value in places.items())]
    importlib.import_module(origin["script"]).main(argv)
    return out / "weights" / name


def compared(before: Path, after: Path) -> Iterator[str]:
    """A line for each part of the records that differs, each figure that does, and the weights."""
    old, new = (read_json(folder / "metrics.json") for folder in (before, after))
    for part in old["provenance"].keys() - set(UNLIKE):
        was, now = old["provenance"][part], new["provenance"].get(part)
        yield f"{part}: the same" if was == now else f"{part}: {was} then, {now} now"
    figures = dict(_figures(new))
    for name, was in _figures(old):
        if "minutes" not in name and (now := figures.get(name, math.nan)) != was:
            yield f"{name}: {was:.6g} then, {now:.6g} now"
    yield f"weights: {_difference(before, after)}"


def _figures(metrics: dict[str, Any], path: str = "") -> Iterator[tuple[str, float]]:
    """The numbers in metrics by their path, without the record."""
    for name, value in metrics.items():
        if isinstance(value, dict) and name != "provenance":
            yield from _figures(value, f"{path}{name}.")
        elif isinstance(value, (int, float)):
            yield f"{path}{name}", value


def _difference(before: Path, after: Path) -> str:
    old, new = (read_weights(folder, load_file) for folder in (before, after))
    if {n: (a.shape, a.dtype) for n, a in old.items()} != {
        n: (a.shape, a.dtype) for n, a in new.items()
    }:
        return "of another shape or number format"
    if all(np.array_equal(old[name], new[name]) for name in old):
        return "the same, bit for bit"
    largest = max(float(np.abs(old[n].astype(float) - new[n].astype(float)).max()) for n in old)
    return f"they differ by {largest:.3g} at most"


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", help=f"a model of weights/, a folder with its {WEIGHTS_FILE}, or "
                        "USER/NAME on the Hub")  # fmt: skip
    parser.add_argument("--revision", help="tag or commit on the Hub")
    parser.add_argument("--out", type=Path, default=Path("runs/again"), help="gets the new one")
    parser.add_argument("--data-dir", help="folder with raw data at hand; else it is downloaded")
    return parser.parse_args(argv)


if __name__ == "__main__":
    run_script(main)
