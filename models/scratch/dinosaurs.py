"""The course's dinosaur names: ``clip``, ``sample``, ``optimize``, ``model`` as learners know them.

Numbers in brackets are those of ``theory/equations.md``. One name a step, a plain RNN, SGD; the
parameters are ``Wax Waa Wya b by``, ``b`` being the ``ba`` of ``models.scratch.rnn``. The global
random generator of NumPy is not touched, though the numbers are those that it would give. Batches,
other cells and other optimisers: ``models.scratch.network``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from models.scratch.batches import START, one_hot
from models.scratch.optimizers import clip
from models.scratch.output import cross_entropy, output_backward, output_forward
from models.scratch.rnn import rnn_backward, rnn_cell_forward, rnn_forward
from models.scratch.sampling import draw_token

__all__ = ["clip", "initialize_parameters", "model", "optimize", "sample"]

MAX_CHARACTERS = 50
MAX_VALUE = 5.0  # of a gradient's entry
NAME_LENGTH = 7  # characters that the first smoothed loss assumes

Parameters = dict[str, np.ndarray]


def initialize_parameters(n_a: int, n_x: int, n_y: int) -> Parameters:
    """Weights randn * 0.01 from seed 1, biases 0: Wax (n_a, n_x), Waa (n_a, n_a), Wya (n_y, n_a),
    b (n_a, 1), by (n_y, 1)."""
    rng = np.random.RandomState(1)
    shapes = {"Wax": (n_a, n_x), "Waa": (n_a, n_a), "Wya": (n_y, n_a)}
    parameters = {name: rng.randn(*shape) * 0.01 for name, shape in shapes.items()}
    return parameters | {"b": np.zeros((n_a, 1)), "by": np.zeros((n_y, 1))}


def sample(
    parameters: Mapping[str, np.ndarray],
    char_to_ix: Mapping[str, int],
    seed: int,
    temperature: float = 1.0,
    top_k: int | None = None,
) -> list[int]:
    """The character numbers of one name, the newline at its end included; at most 50 and it.

    The k-th character is drawn with the seed ``seed`` + 2k, as in the course. ``temperature`` and
    ``top_k`` as in ``models.scratch.sampling`` (12.1), (12.2).
    """
    newline = _newline(char_to_ix)
    cell = _cell_parameters(parameters)
    x = np.zeros((cell["Wax"].shape[1], 1))
    a = np.zeros((cell["Waa"].shape[0], 1))
    indices: list[int] = []
    while len(indices) < MAX_CHARACTERS:
        a, _, _ = rnn_cell_forward(x, a, cell)
        rng = np.random.RandomState(seed + 2 * len(indices))
        scores = output_forward(a, parameters["Wya"], parameters["by"])[:, 0]
        indices.append(draw_token(scores, rng, temperature, top_k))
        if indices[-1] == newline:
            return indices
        x = np.zeros_like(x)
        x[indices[-1]] = 1
    return [*indices, newline]


def optimize(
    X: Sequence[int | None],
    Y: Sequence[int],
    a_prev: np.ndarray,
    parameters: Parameters,
    learning_rate: float = 0.01,
) -> tuple[float, dict[str, np.ndarray], np.ndarray]:
    """One step of SGD (10.1) on one name; ``parameters`` change in place.

    X holds the character numbers that are read, None for nothing, Y those that should follow;
    a_prev (n_a, 1). Returns the loss (2.2), summed over the name, the gradients dWax dWaa dWya db
    dby clipped to 5 (5.1), and the last state (n_a, 1).
    """
    if len(X) != len(Y):
        raise ValueError(f"X has length {len(X)} and Y {len(Y)}, but equal lengths are expected.")
    tokens = np.array([[START if token is None else token for token in X]])
    x = one_hot(tokens, parameters["Wax"].shape[1])
    a, _, caches = rnn_forward(x, a_prev, _cell_parameters(parameters))
    scores = output_forward(a, parameters["Wya"], parameters["by"])
    loss, dscores = cross_entropy(scores, np.array([Y]))
    da, dWya, dby = output_backward(dscores, a, parameters["Wya"])
    through_time = rnn_backward(da, caches)
    gradients = clip(
        {
            "dWax": through_time["dWax"],
            "dWaa": through_time["dWaa"],
            "dWya": dWya,
            "db": through_time["dba"],
            "dby": dby,
        },
        MAX_VALUE,
    )
    for name, gradient in gradients.items():
        parameters[name[1:]] -= learning_rate * gradient
    return loss, gradients, a[:, :, -1]


def model(
    data_x: Sequence[str] | str,
    ix_to_char: Mapping[int, str],
    char_to_ix: Mapping[str, int],
    num_iterations: int = 35_000,
    n_a: int = 50,
    dino_names: int = 7,
    vocab_size: int = 27,
    print_every: int = 1000,
    reshuffle: bool = False,
    report: Callable[[str], None] = print,
) -> tuple[Parameters, str]:
    """Learn names one by one and show, every ``print_every`` iterations, the smoothed loss (2.5)
    and ``dino_names`` sampled names.

    ``data_x`` is a list of names, or a text with one a line. They are shuffled once with seed 0, as
    in the course, or with ``reshuffle`` again before each round with the round's number. The state
    is carried over from name to name. Returns the parameters and the last name shown. ValueError on
    an empty corpus or a character without a number.
    """
    names = data_x.splitlines() if isinstance(data_x, str) else data_x
    examples = [_encode(name, char_to_ix) for name in map(_tidy, names) if name]
    if not examples:
        raise ValueError("data_x holds no name; give at least one.")
    newline = _newline(char_to_ix)
    parameters = initialize_parameters(n_a, vocab_size, vocab_size)
    np.random.RandomState(0).shuffle(examples)
    smoothed = NAME_LENGTH * np.log(vocab_size)
    a_prev = np.zeros((n_a, 1))
    shown: list[str] = []
    for j in range(num_iterations):
        round_number, place = divmod(j, len(examples))
        if reshuffle and place == 0 and round_number > 0:
            np.random.RandomState(round_number).shuffle(examples)
        tokens = examples[place]
        X, Y = [None, *tokens], [*tokens, newline]
        loss, _, a_prev = optimize(X, Y, a_prev, parameters)
        smoothed = 0.999 * smoothed + 0.001 * loss
        if j % print_every == 0:
            shown = [
                "".join(ix_to_char[k] for k in sample(parameters, char_to_ix, seed)).capitalize()
                for seed in range(dino_names)
            ]
            report(f"Iteration: {j}, Loss: {smoothed:f}\n\n{''.join(shown)}")
    return parameters, shown[-1] if shown else ""


def _newline(char_to_ix: Mapping[str, int]) -> int:
    if "\n" not in char_to_ix:
        raise ValueError("char_to_ix lacks the newline, which ends a name.")
    return char_to_ix["\n"]


def _tidy(name: str) -> str:
    return name.strip().lower()


def _encode(name: str, char_to_ix: Mapping[str, int]) -> list[int]:
    unseen = [character for character in dict.fromkeys(name) if character not in char_to_ix]
    if unseen:
        raise ValueError(f"char_to_ix lacks {unseen[0]!r}, which stands in {name!r}.")
    return [char_to_ix[character] for character in name]


def _cell_parameters(parameters: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Under the names of ``models.scratch.rnn``; ValueError when any of the five is missing."""
    for name in ("Wax", "Waa", "Wya", "b", "by"):
        if name not in parameters:
            raise ValueError(f"parameters lacks {name!r}; it needs Wax, Waa, Wya, b, by.")
    return {"Wax": parameters["Wax"], "Waa": parameters["Waa"], "ba": parameters["b"]}
