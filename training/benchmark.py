"""How fast the project's own networks are, each beside the best known: one command, one table.

    python -m training.benchmark scratch

Every benchmark runs in a process of its own with one thread. The rivals take turns, so that a busy
machine slows both, and the shortest time of each counts. Nothing is trained and nothing written.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch

from models.scratch.layers import CELLS, layer_backward, layer_forward
from models.scratch.torch_layout import from_torch

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
N, T, D, H = 32, 50, 64, 128
TORCH_LAYERS = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}


def scratch(repeats: int) -> list[str]:
    """Our NumPy layers against ``torch.nn`` in float64: one layer, forward and backward."""
    lines = [
        f"One layer, forward and backward, N {N}, T {T}, D {D}, H {H}, float64, one thread, "
        f"shortest of {repeats}:",
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


def shortest_times(rivals: Sequence[Callable[[], object]], repeats: int) -> list[float]:
    """Seconds of the fastest of ``repeats`` runs of each, taking turns."""
    times = [[] for _ in rivals]
    for _ in range(repeats):
        for run, of_run in zip(rivals, times, strict=True):
            start = time.perf_counter()
            run()
            of_run.append(time.perf_counter() - start)
    return [min(of_run) for of_run in times]


BENCHMARKS: dict[str, Callable[[int], list[str]]] = {"scratch": scratch}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one benchmark and print its table; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("benchmark", choices=sorted(BENCHMARKS))
    parser.add_argument("--repeats", type=int, default=50, help="runs of each rival (50)")
    flags = parser.parse_args(argv)
    if flags.repeats < 1:
        parser.error("--repeats must be 1 or more.")
    if any(os.environ.get(name) != "1" for name in ONE_THREAD):
        # The number of threads is read when NumPy is loaded, so once more with one.
        command = [sys.executable, "-m", "training.benchmark", flags.benchmark]
        command += ["--repeats", str(flags.repeats)]
        return subprocess.run(command, env={**os.environ, **ONE_THREAD}).returncode
    torch.set_num_threads(1)
    print("\n".join(BENCHMARKS[flags.benchmark](flags.repeats)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
