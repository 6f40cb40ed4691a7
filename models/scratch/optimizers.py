"""Clipping, and the optimisers SGD, Adagrad and Adam: PyTorch's formulas and defaults.

Numbers in brackets are those of ``theory/equations.md``. ``parameters`` and ``gradients`` are
dicts of arrays under the same names; an update is in place. No schedules, no weight decay.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

Arrays = Mapping[str, np.ndarray]


def clip(gradients: Arrays, maxValue: float) -> dict[str, np.ndarray]:
    """Each entry brought into [-maxValue, maxValue] (5.1); new arrays, the given ones stay."""
    if not maxValue > 0:
        raise ValueError(f"maxValue is {maxValue}, but a number above 0 is expected.")
    return {name: np.clip(value, -maxValue, maxValue) for name, value in gradients.items()}


def clip_by_norm(gradients: Arrays, max_norm: float) -> tuple[dict[str, np.ndarray], float]:
    """All gradients shortened together so that their norm is at most ``max_norm`` (5.2), (5.3).

    Returns new arrays and the norm before. The direction stays, unlike with ``clip``.
    """
    if not max_norm > 0:
        raise ValueError(f"max_norm is {max_norm}, but a number above 0 is expected.")
    norm = float(np.sqrt(sum(np.vdot(value, value) for value in gradients.values())))
    if not np.isfinite(norm):
        raise ValueError("The gradients are not finite: training has diverged.")
    factor = min(1.0, max_norm / (norm + 1e-6))
    return {name: value * factor for name, value in gradients.items()}, norm


class Optimizer:
    """What all share: an update of every parameter in place, and a state that can be saved."""

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = learning_rate
        self.state: dict[str, np.ndarray] = {}  # running arrays; with them training can go on

    def update(self, parameters: Arrays, gradients: Arrays) -> None:
        """One step, in place; ValueError when the two do not hold the same names and shapes."""
        _check_names(parameters, gradients)
        for name, gradient in gradients.items():
            self._update_one(name, parameters[name], gradient)

    def _update_one(self, name: str, parameter: np.ndarray, gradient: np.ndarray) -> None:
        raise NotImplementedError

    def _slot(self, name: str, like: np.ndarray) -> np.ndarray:
        """The running array ``name`` of the state, zero at first."""
        if name not in self.state:
            self.state[name] = np.zeros_like(like)
        return self.state[name]


class SGD(Optimizer):
    """theta <- theta - learning_rate * g (10.1)."""

    def _update_one(self, name: str, parameter: np.ndarray, gradient: np.ndarray) -> None:
        parameter -= self.learning_rate * gradient


class Adagrad(Optimizer):
    """Steps shrink with the sum of squared gradients (10.2); Duchi et al. (2011)."""

    def __init__(self, learning_rate: float = 0.01, epsilon: float = 1e-10) -> None:
        super().__init__(learning_rate)
        self.epsilon = epsilon

    def _update_one(self, name: str, parameter: np.ndarray, gradient: np.ndarray) -> None:
        total = self._slot(f"sum.{name}", parameter)
        total += gradient * gradient
        parameter -= self.learning_rate * gradient / (np.sqrt(total) + self.epsilon)


class Adam(Optimizer):
    """Running means of gradients and of their squares, corrected for their start at zero (10.3),
    (10.4); Kingma and Ba (2015). Epsilon stands outside the root, unlike in the course's code."""

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        super().__init__(learning_rate)
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon

    def update(self, parameters: Arrays, gradients: Arrays) -> None:
        """One step, in place; ValueError when the two do not hold the same names."""
        _check_names(parameters, gradients)
        steps = self._slot("steps", np.zeros((), np.int64))
        steps += 1
        super().update(parameters, gradients)

    def _update_one(self, name: str, parameter: np.ndarray, gradient: np.ndarray) -> None:
        k = int(self.state["steps"])
        mean, square = (
            self._slot(f"mean.{name}", parameter),
            self._slot(f"square.{name}", parameter),
        )
        mean += (1 - self.beta1) * (gradient - mean)
        square += (1 - self.beta2) * (gradient * gradient - square)
        root = np.sqrt(square / (1 - self.beta2**k)) + self.epsilon
        parameter -= self.learning_rate / (1 - self.beta1**k) * mean / root


def _check_names(parameters: Arrays, gradients: Arrays) -> None:
    odd = sorted(set(parameters) ^ set(gradients))
    if odd:
        owner = "gradients lack" if odd[0] in parameters else "parameters lack"
        raise ValueError(f"{owner} {odd[0]!r}.")
    for name, gradient in gradients.items():
        if gradient.shape != parameters[name].shape:
            raise ValueError(
                f"the gradient of {name!r} has shape {gradient.shape}, "
                f"but {parameters[name].shape} is expected."
            )
