"""Several processes take the steps that one would take on the same batches."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from training.processes import Processes, processes

TEXT = "".join(f"{i % 7} times {i % 3} makes {(i % 7) * (i % 3)};\n" for i in range(400))
FLAGS = ["--text=text.txt", "--dropout=0", "--hidden_size=16", "--embedding_size=8",
         "--num_layers=1", "--bptt_steps=16", "--precision=float32", "--unit=windows",
         "--epochs=2"]  # fmt: skip
LAUNCH = ["-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes=2",
          "--num_machines=1", "--mixed_precision=no", "--dynamo_backend=no",
          "--main_process_port=0"]  # fmt: skip
ROOT = Path(__file__).parents[2]


def start(folder: Path, count: int, *flags: str) -> subprocess.Popen:
    """Training on the made-up text in ``count`` processes, below ``folder``."""
    (folder / "text.txt").write_text(TEXT)
    environment = {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "",
                   "PYTHONPATH": str(ROOT)}  # fmt: skip
    command = [*(LAUNCH if count > 1 else []), "-m", "training.generation", "--name=net", *FLAGS]
    return subprocess.Popen(
        [sys.executable, *command, *flags], cwd=folder, env=os.environ | environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip


def finish(process: subprocess.Popen) -> None:
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0, output


@pytest.mark.parametrize("batch_size", [8, 9])
def test_two_processes_train_the_weights_of_one(tmp_path, batch_size):
    weights = []
    for count in (1, 2):
        folder = tmp_path / str(count)
        folder.mkdir()
        finish(start(folder, count, f"--batch_size={batch_size}"))
        weights.append(load_file(folder / "weights" / "net" / "model.safetensors"))
    one, two = weights
    for name in one:
        torch.testing.assert_close(two[name], one[name], atol=1e-4, rtol=0)
    assert not all(torch.equal(two[name], one[name]) for name in one)


def test_one_process_alone_changes_nothing():
    alone = processes()
    batch = (3, torch.arange(4))
    assert alone.share(batch) is batch
    assert alone.average_gradients([], 5, (True, False)) == [True, False]
    assert alone.sum({"loss": 2.0}) == {"loss": 2.0}
    assert alone.is_main
    assert alone.device is None


def test_the_shares_are_the_batch():
    batch = (7, torch.arange(10).view(5, 2), np.arange(5))
    first, second = (Processes(rank, 2).share(batch) for rank in (0, 1))
    assert first[0] == second[0] == 7
    assert sorted(first[1].flatten().tolist() + second[1].flatten().tolist()) == list(range(10))
    assert sorted([*first[2], *second[2]]) == list(range(5))
    tiny = (np.arange(1),)
    assert all(Processes(rank, 2).share(tiny)[0].tolist() == [0] for rank in (0, 1))
