"""The running mean of a model's weights (Polyak and Juditsky, 1992), for the end of a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn


class MeanWeights:
    """The mean of ``model``'s weights over the ``steps`` at which they were added.

    ``weights`` are empty until then. Both are plain, so that a run can keep them in its state.
    """

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.weights: dict[str, Tensor] = {}
        self.steps = 0

    def add(self) -> None:
        """Take the weights that the model has now into the mean."""
        self.steps += 1
        for name, value in self.model.state_dict().items():
            if self.steps == 1:
                self.weights[name] = value.detach().clone()
            else:
                self.weights[name].lerp_(value, 1 / self.steps)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Let the model hold the mean, once there is one, and after it its own weights again."""
        if not self.steps:
            yield
            return
        own = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        self.model.load_state_dict(self.weights)
        yield
        self.model.load_state_dict(own)
