"""How fast the project's own networks are, each beside the best known: one command, one table.

    python -m training.benchmark scratch       the NumPy layers beside torch.nn
    python -m training.benchmark generation    writing, beside nn.LSTM, nn.LSTMCell and the memory
    python -m training.benchmark sentiment     judging, beside DistilBERT and a bag of words

Every benchmark runs in a process of its own with a set number of threads. The rivals take turns, so
that a busy machine slows all, and the shortest time of each counts. Nothing is trained or written.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from models.scratch.layers import CELLS, layer_backward, layer_forward
from models.scratch.torch_layout import from_torch
from training.benchmark_generation import generation
from training.benchmark_sentiment import sentiment
from training.timing import shortest_times

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
N, T, D, H = 32, 50, 64, 128
TORCH_LAYERS = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}


def scratch(repeats: int, threads: int) -> list[str]:
    """Our NumPy layers against ``torch.nn`` in float64: one layer, forward and backward."""
    lines = [
        f"One layer, forward and backward, N {N}, T {T}, D {D}, H {H}, float64, "
        f"threads: {threads}, shortest of {repeats}:",
        f"{'cell':6}{'NumPy':>10}{'torch.nn':>10}{'ratio':>8}{'difference':>13}",
    ]
    for cell in CELLS:
        ours, theirs, difference = layer_rivals(cell)
        ours_s, theirs_s = shortest_times([ours, theirs], repeats)
        lines.append(
            f"{cell:6}{ours_s * 1000:7.1f} ms{theirs_s * 1000:7.1f} ms{ours_s / theirs_s:8.2f}"
            f"{difference:13.0e}"
        )
    return lines


def layer_rivals(cell: str) -> tuple[Callable[[], object], Callable[[], object], float]:
    """One pass forwards and backwards by us and by torch on the same numbers, and the largest
    difference of their input gradients."""
    torch.manual_seed(0)
    module = TORCH_LAYERS[cell](D, H).double()
    parameters = from_torch(cell, module.state_dict())[0][0]
    x = torch.randn(T, N, D, dtype=torch.float64, requires_grad=True)
    da = torch.randn(T, N, H, dtype=torch.float64)
    # In the course's layout (features, batch, time), contiguous: turning them is our own time.
    our_x, our_da = (v.detach().permute(2, 1, 0).contiguous().numpy() for v in (x, da))

    def ours() -> np.ndarray:
        _, _, caches = layer_forward(cell, our_x, None, parameters)
        return layer_backward(cell, our_da, caches)[0]

    def theirs() -> np.ndarray:
        module.zero_grad()
        x.grad = None
        module(x)[0].backward(da)
        return x.grad.permute(2, 1, 0).numpy()

    return ours, theirs, float(np.abs(ours() - theirs()).max())


# Each takes the number of repeats and of threads; beside it what these are unless asked otherwise.
BENCHMARKS: dict[str, tuple[Callable[..., list[str]], int, tuple[int, ...]]] = {
    "scratch": (scratch, 50, (1,)),
    "generation": (generation, 200, (1, 2)),
    "sentiment": (sentiment, 5, (1,)),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one benchmark and print its tables; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("benchmark", choices=sorted(BENCHMARKS))
    parser.add_argument("--repeats", type=int, help="runs of each rival")
    parser.add_argument("--threads", type=int, help="threads of each rival")
    of_sentiment = parser.add_argument_group("sentiment")
    of_sentiment.add_argument("--weights-dir", type=Path, help="folder with the flagship")
    of_sentiment.add_argument("--data-dir", type=Path, help="folder with the reviews of IMDB")
    argv = sys.argv[1:] if argv is None else argv
    flags = parser.parse_args(argv)
    run, repeats, numbers = BENCHMARKS[flags.benchmark]
    folders = {"weights_dir": flags.weights_dir, "data_dir": flags.data_dir}
    folders = {name: folder for name, folder in folders.items() if folder is not None}
    if folders and flags.benchmark != "sentiment":
        parser.error("--weights-dir and --data-dir go with the sentiment benchmark.")
    repeats = repeats if flags.repeats is None else flags.repeats
    if repeats < 1 or (flags.threads is not None and flags.threads < 1):
        parser.error("--repeats and --threads must be 1 or more.")
    for threads in numbers if flags.threads is None else (flags.threads,):
        if all(os.environ.get(name) == str(threads) for name in THREADS):
            torch.set_num_threads(threads)
            print("\n".join(run(repeats, threads, **folders)))
            continue
        # The number of threads is read when NumPy is loaded, so once more with this one.
        command = [sys.executable, "-m", "training.benchmark", *argv]
        command += ["--repeats", str(repeats), "--threads", str(threads)]
        environment = {**os.environ, **dict.fromkeys(THREADS, str(threads))}
        status = subprocess.run(command, env=environment).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
