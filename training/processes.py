"""One training in several processes, on several GPUs or CPUs: what the loop needs to know of it.

    accelerate launch --multi_gpu --num_processes 2 -m training.generation  # or CPUs without a GPU

Every process reads its share of the rows of each batch. Gradients are averaged, weighted by how
much each has read, so all take the step that one process would have taken on the whole batch.
Without a launcher there is one process, and nothing here does anything. It does NOT cut models or
optimisers in parts.
"""

from __future__ import annotations

import atexit
import functools
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, distributed, nn


@dataclass(frozen=True)
class Processes:
    """This process among ``count``; ``device`` is its own, None for the only process."""

    rank: int = 0
    count: int = 1
    device: torch.device | None = None

    @property
    def is_main(self) -> bool:
        """Whether this is the process that reports and writes."""
        return self.rank == 0

    def share(self, batch: Any) -> Any:
        """This process's rows of a batch, an array or several in a tuple: of each array and tensor
        in it; the rest as it is. With fewer rows than processes each reads all, which gives the
        same gradients."""
        if self.count == 1:
            return batch
        if _has_rows(batch):
            return self.share((batch,))[0]
        rows = min(len(part) for part in batch if _has_rows(part))
        if rows < self.count:
            return batch
        own = slice(self.rank, None, self.count)
        return tuple(part[own] if _has_rows(part) else part for part in batch)

    def average_gradients(
        self, parameters: Iterable[nn.Parameter], count: int, flags: Sequence[bool]
    ) -> list[bool]:
        """Average all gradients, weighted by the ``count`` of items behind those of each process;
        returns for each flag whether any process raised it, so that all do the same."""
        if self.count == 1:
            return list(flags)
        gradients = [p.grad for p in parameters if p.grad is not None]
        told = torch.tensor([float(count), *map(float, flags)], device=gradients[0].device)
        flat = torch.cat([*(gradient.flatten() * count for gradient in gradients), told])
        distributed.all_reduce(flat)
        *sums, told = flat.split([*(gradient.numel() for gradient in gradients), len(told)])
        total, *raised = told.tolist()
        for gradient, summed in zip(gradients, sums, strict=True):
            gradient.copy_(summed.view_as(gradient) / total)
        return [number > 0 for number in raised]

    def sum(self, values: dict[str, float]) -> dict[str, float]:
        """The sum of each value over all processes."""
        if self.count == 1:
            return values
        numbers = torch.tensor(list(values.values()), dtype=torch.float64, device=self.device)
        distributed.all_reduce(numbers)
        return dict(zip(values, numbers.tolist(), strict=True))

    def wait(self) -> None:
        """Go on when all processes have come here."""
        if self.count > 1:
            distributed.barrier()


@functools.cache
def processes() -> Processes:
    """This process among those that a launcher has started together; it joins them once."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return Processes()
    from accelerate import PartialState

    state = PartialState(cpu=not torch.cuda.is_available())
    atexit.register(distributed.destroy_process_group)
    return Processes(state.process_index, state.num_processes, state.device)


def _has_rows(part: Any) -> bool:
    return isinstance(part, (Tensor, np.ndarray)) and part.ndim > 0
