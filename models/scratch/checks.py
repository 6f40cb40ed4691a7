"""What every function asks of its arguments, said in one sentence when it is not so.

Shapes are written with the course's letters: n_x inputs, n_a hidden units, n_y outputs, m sequences
in the batch, T_x steps. Nothing here computes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np


def check_array(name: str, value: np.ndarray, **shape: int | None) -> np.ndarray:
    """``value`` as an array of finite floats with the ``shape``, given as letter=size (None: any).

    Raises ValueError that names the argument, its shape and the one expected.
    """
    try:
        array = np.asarray(value)
    except ValueError:  # lists of unequal length
        array = None
    if array is None or array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must be an array of real numbers.")
    array = array.astype(np.result_type(array, np.float32), copy=False)
    expected = tuple(shape.values())
    if array.ndim != len(expected) or any(
        size not in (None, found) for size, found in zip(expected, array.shape, strict=True)
    ):
        sizes = ", ".join(
            k if v is None else k if k == "1" else f"{k}={v}" for k, v in shape.items()
        )
        raise ValueError(f"{name} has shape {array.shape}, but ({sizes}) is expected.")
    if 0 in array.shape:
        raise ValueError(f"{name} has shape {array.shape}: it is empty.")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} of shape {array.shape} holds numbers that are not finite.")
    return array


def check_parameters(
    parameters: Mapping[str, np.ndarray],
    shapes: Mapping[str, Mapping[str, int | None]],
    n_a: int,
) -> None:
    """ValueError unless ``parameters`` has every array named in ``shapes``, and the output layer
    fits if there is one (``by`` with ``Wy`` or ``Wya``)."""
    for matrix in ("Wy", "Wya"):
        if matrix in parameters:
            n_y = np.shape(parameters[matrix])[0] if np.ndim(parameters[matrix]) else None
            outputs = {matrix: {"n_y": n_y, "n_a": n_a}, "by": {"n_y": n_y, "1": 1}}
            shapes = {**shapes, **outputs}
    missing = [name for name in shapes if name not in parameters]
    if missing:
        raise ValueError(f"parameters lacks {missing[0]!r}; it needs {', '.join(shapes)}.")
    for name, shape in shapes.items():
        check_array(f"parameters[{name!r}]", parameters[name], **shape)


def check_lengths(lengths: Sequence[int] | np.ndarray | None, m: int, steps: int) -> np.ndarray:
    """``lengths`` (m,) as integers in 1..T_x; all T_x when None."""
    if lengths is None:
        return np.full(m, steps)
    array = np.asarray(lengths)
    if array.shape != (m,) or not np.issubdtype(array.dtype, np.integer):
        raise ValueError(
            f"lengths has shape {array.shape} and type {array.dtype}, "
            f"but whole numbers of shape (m={m}) are expected."
        )
    if array.min() < 1 or array.max() > steps:
        raise ValueError(f"lengths must lie in 1..{steps} (T_x), not {array.min()}..{array.max()}.")
    return array


def check_upstream(name: str, value: np.ndarray, tape_shape: tuple[int, int, int]) -> np.ndarray:
    """The gradient ``value`` (n_a, m, T) of what a pass of ``tape_shape`` (T_x, m, n_a) gave;
    T is T_x or less."""
    steps, m, n_a = tape_shape
    array = check_array(name, value, n_a=n_a, m=m, T_x=None)
    if array.shape[2] > steps:
        raise ValueError(
            f"{name} has shape {array.shape}, but the forward pass had T_x={steps} steps."
        )
    return array
