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

# Made-up data in place of what the task would load; the rest is the script as it is launched.
SENTIMENT = """
import sys
from tests.training.test_sentiment import made_up
from training import sentiment
sentiment.load_imdb = lambda split, data_dir=None: made_up(120, len(split))
sentiment.main(sys.argv[1:])
"""
FORECASTING = """
import sys
from tests.made_up_prices import made_up_prices
from training import forecasting
forecasting.load_price_panel = lambda data_dir: made_up_prices()
forecasting.main(sys.argv[1:])
"""
TRANSLATION = """
import sys
from training import translation
translation.main(sys.argv[1:])
"""
TASKS = {
    "sentiment": (SENTIMENT, [
        "--no-pretrain", "--directions=forward", "--rounds=1", "--vocab_size=80",
        "--valid_reviews=40", "--epochs=2", "--embedding_size=12", "--hidden_size=12",
        "--batch_size=9", "--precision=float32", "--head_dropout=0", "--embedding_dropout=0",
        "--layer_dropout=0", "--recurrent_dropout=0", "--word_dropout=0",
    ]),
    "forecasting": (FORECASTING, [
        "--hidden_size=6", "--context_length=24", "--warm_up_days=8", "--epochs=2",
        "--batch_size=9", "--dropout=0", "--market_dropout=0",
    ]),
    "translation": (TRANSLATION, [
        "--train_dates=60", "--valid_dates=10", "--test_dates=10", "--epochs=2", "--batch_size=9",
        "--encoder_size=6", "--decoder_size=6", "--attention_size=6",
    ]),
}  # fmt: skip
TEXT = "".join(f"{i % 7} times {i % 3} makes {(i % 7) * (i % 3)};\n" for i in range(400))
FLAGS = ["--text=text.txt", "--dropout=0", "--hidden_size=16", "--embedding_size=8",
         "--num_layers=1", "--bptt_steps=16", "--precision=float32", "--unit=windows",
         "--epochs=2"]  # fmt: skip
LAUNCH = ["-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes=2",
          "--num_machines=1", "--mixed_precision=no", "--dynamo_backend=no",
          "--main_process_port=0"]  # fmt: skip
ROOT = Path(__file__).parents[2]


def start(folder: Path, count: int, *command: str) -> subprocess.Popen:
    """Python with this command in ``count`` processes, in ``folder``."""
    environment = {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "",
                   "PYTHONPATH": str(ROOT)}  # fmt: skip
    launched = [sys.executable, *(LAUNCH if count > 1 else []), *command]
    return subprocess.Popen(
        launched, cwd=folder, env=os.environ | environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip


def finish(process: subprocess.Popen) -> None:
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0, output


def assert_the_same_weights(folder: Path, *command: str) -> None:
    """What one process and two leave in the checkpoint ``net`` below ``folder``: the same but for
    rounding, since two add up the gradients in another order."""
    weights = []
    for count in (1, 2):
        place = folder / str(count)
        place.mkdir()
        (place / "text.txt").write_text(TEXT)
        finish(start(place, count, *command, "--name=net"))
        weights.append(load_file(place / "weights" / "net" / "model.safetensors"))
    one, two = weights
    for name in one:
        rounding = 2e-3 if one[name].dtype is torch.float16 else 0  # two of its steps
        torch.testing.assert_close(two[name], one[name], atol=1e-4, rtol=rounding)
    # The second process was there: it leaves a state of its own.
    assert [len(list(folder.glob(f"{n}/runs/**/state-1.safetensors"))) for n in (1, 2)] == [0, 1]


@pytest.mark.parametrize("batch_size", [8, 9])
def test_two_processes_train_the_language_model_of_one(tmp_path, batch_size):
    command = ["-m", "training.generation", *FLAGS, f"--batch_size={batch_size}"]
    assert_the_same_weights(tmp_path, *command)


@pytest.mark.parametrize("task", TASKS)
def test_two_processes_train_the_network_of_one(tmp_path, task):
    script, flags = TASKS[task]
    (tmp_path / "script.py").write_text(script)
    assert_the_same_weights(tmp_path, str(tmp_path / "script.py"), *flags)


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
    assert Processes(1, 2).share(np.arange(4)).tolist() == [1, 3]
    tiny = (np.arange(1),)
    assert all(Processes(rank, 2).share(tiny)[0].tolist() == [0] for rank in (0, 1))
