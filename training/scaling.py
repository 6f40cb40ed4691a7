"""What more processes bring: ``python -m training.scaling`` trains and writes with one and with
several, and keeps the rates in ``results/scaling/record.json``.

Training is the very script of the language model, launched as README says, on a text made up for
it and with the same global batch throughout. Writing is replicas of the page's text network, each
with as many writers at once. How good the networks are is not asked; they learn noise.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from models.checkpoint import read_json, write_json
from models.generation import GenerationConfig
from training.benchmark_generation import SECONDS, WRITERS, crowd, make_generator
from training.script import run_script

RECORD = Path("scaling") / "record.json"
ALPHABET = [chr(ord("0") + i) for i in range(65)]  # as large as that of Tiny Shakespeare
NETWORK = GenerationConfig(len(ALPHABET), "lstm", 128, 512, 2)
BATCH, STEPS, EPOCHS = 64, 12, 3
FLAGS = {
    "name": "scaling", "cell": NETWORK.cell, "hidden_size": NETWORK.hidden_size,
    "num_layers": NETWORK.num_layers, "embedding_size": NETWORK.embedding_size,
    "unit": "windows", "batch_size": BATCH, "bptt_steps": 128, "epochs": EPOCHS,
    "patience": EPOCHS, "precision": "float32",
}  # fmt: skip
LAUNCH = ("accelerate.commands.launch", "--multi_gpu", "--num_machines=1", "--mixed_precision=no",
          "--dynamo_backend=no", "--main_process_port=0")  # fmt: skip


def main(argv: Sequence[str] | None = None) -> None:
    """Measure all ways, print and write them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results-dir", type=Path, default=Path("results"))
    parser.add_argument("--replica", action="store_true", help=argparse.SUPPRESS)
    flags = parser.parse_args(argv)
    if flags.replica:
        replica()
        return
    gpus = torch.cuda.device_count()
    result = {
        "device": torch.cuda.get_device_name() if gpus else "CPU",
        "cores": os.cpu_count(),
        "training": [training_rate(*way) for way in ways(os.cpu_count() or 1, gpus)],
        "writing": [writing_rate(count) for count in sorted({1, os.cpu_count() or 1})],
    }
    write_json(flags.results_dir / RECORD, result)
    print(json.dumps(result, indent=1))


def ways(cores: int, gpus: int) -> list[tuple[int, int]]:
    """(processes, threads of each) to train with: one GPU and all of them; without a GPU one core,
    then all cores as threads and as processes."""
    if gpus:
        return [(count, 1) for count in sorted({1, gpus})]
    return sorted({(1, 1), (1, cores), (cores, 1)})


def training_rate(processes: int, threads: int) -> dict[str, Any]:
    """Characters a second in the fastest epoch of a training with so many processes."""
    launch = (*LAUNCH, f"--num_processes={processes}", "-m") if processes > 1 else ()
    with tempfile.TemporaryDirectory() as folder:
        text = random.Random(1).choices(ALPHABET, k=BATCH * FLAGS["bptt_steps"] * STEPS)
        Path(folder, "noise.txt").write_text("".join(text), encoding="utf-8")
        given = [f"--{name}={value}" for name, value in FLAGS.items()]
        _run(
            [sys.executable, "-m", *launch, "training.generation", "--text=noise.txt", *given],
            folder, threads,
        )  # fmt: skip
        with open(Path(folder, "weights", FLAGS["name"], "history.csv"), encoding="utf-8") as file:
            rates = [float(row["rate"]) for row in csv.DictReader(file)]
    return {"processes": processes, "threads": threads, "characters_per_second": max(rates)}


def writing_rate(replicas: int) -> dict[str, Any]:
    """Characters a second that so many processes write in all, WRITERS at once in each; the best
    of three times."""
    command = [sys.executable, "-m", "training.scaling", "--replica"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    started = [
        subprocess.Popen(command, env=_environment(1), cwd=_root(), **pipes)
        for _ in range(replicas)
    ]
    for process in started:
        process.stdout.readline()  # it is ready
    sums = []
    for _ in range(3):
        for process in started:
            process.stdin.write("write\n")
            process.stdin.flush()
        sums.append(sum(int(process.stdout.readline()) for process in started))
    for process in started:
        process.communicate()
    return {
        "processes": replicas,
        "writers": replicas * WRITERS,
        "characters_per_second": max(sums) / SECONDS,
    }


def replica() -> None:
    """Write for SECONDS each time that a line is read, and print how much."""
    torch.set_num_threads(1)
    generator = make_generator(NETWORK)
    crowd(generator, 1)
    print("ready", flush=True)
    for _ in sys.stdin:
        print(sum(crowd(generator, WRITERS)), flush=True)


def parts(results_dir: Path) -> dict[str, str]:
    """The part of the README by the name of its marks, once it has been measured."""
    path = results_dir / RECORD
    return {"scaling": table(read_json(path))} if path.is_file() else {}


def table(record: dict[str, Any]) -> str:
    """The record as a Markdown table, each rate beside that of one process with one thread."""
    rows = [
        f"| {record['device']}, {record['cores']} cores | processes | threads of each "
        "| characters/s | times one |",
        "|---|---:|---:|---:|---:|",
    ]
    for what, ways in (
        ("training, 2 x 512 LSTM, float32", record["training"]),
        (f"writing, 2 x 512 LSTM, {WRITERS} visitors a process", record["writing"]),
    ):
        first = ways[0]["characters_per_second"]
        for way in ways:
            rate = way["characters_per_second"]
            rows.append(
                f"| {what} | {way['processes']} | {way.get('threads', 1)} | {rate:,.0f} "
                f"| {rate / first:.2f} |"
            )
            what = ""
    return "\n".join(rows)


def _run(command: Sequence[str], folder: str, threads: int) -> None:
    """Run ``command`` in ``folder``; RuntimeError with what it said when it fails."""
    done = subprocess.run(
        command, cwd=folder, env=_environment(threads), capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:4])} failed: {done.stderr[-2000:]}")


def _environment(threads: int) -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": str(threads), "PYTHONPATH": str(_root())}


def _root() -> Path:
    return Path(__file__).parents[1]


if __name__ == "__main__":
    run_script(main)
