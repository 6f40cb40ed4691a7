"""What a whole-sequence pass shares, whatever the cell: time-major buffers and the step caches.

Outside, arrays are (features, batch, time), as in the course. Inside, a pass works on contiguous
(time, batch, features) buffers, its *tape*: a step is then one block of memory, and all steps
together are one matrix with T_x * m rows, ready for one product. No cell is defined here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np


def time_major(array: np.ndarray) -> np.ndarray:
    """(F, m, T_x) -> contiguous (T_x, m, F); a copy only where it is needed."""
    return np.ascontiguousarray(array.transpose(2, 1, 0))


def feature_major(array: np.ndarray) -> np.ndarray:
    """(T_x, m, F) -> a read-only view (F, m, T_x): writing to it would falsify the tape."""
    view = array.transpose(2, 1, 0)
    view.flags.writeable = False
    return view


def padded_steps(lengths: np.ndarray, steps: int) -> np.ndarray | None:
    """(T_x, m) bool, true where a sequence has ended already; None when none ends early."""
    ended = np.arange(steps)[:, None] >= lengths[None, :]
    return ended if ended.any() else None


class Caches(NamedTuple):
    """What a pass leaves for the way back: ``steps[t]`` is the cell cache of step t."""

    steps: Sequence[tuple]
    x: np.ndarray  # (n_x, m, T_x)


class StepCaches(Sequence):
    """The cell caches of one pass, ``steps[t]``, made from its tape when they are asked for."""

    def __init__(self, tape: Any, length: int, cell_cache: Callable[[Any, int], tuple]) -> None:
        self.tape = tape
        self._length = length
        self._cell_cache = cell_cache

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[t] for t in range(*index.indices(self._length))]
        return self._cell_cache(self.tape, range(self._length)[index])
