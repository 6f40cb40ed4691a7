"""The way of a sentiment network's state over the words of a review, seen in a plane.

The plane is that of the two main components of the states of one review: of all planes it shows
most of their variance, and ``explained`` says how much. It is made for this review alone, so two
planes cannot be compared; ``compare_paths`` takes the states of both versions of a review together.
Of a network of two halves it is the half that reads forward. Nothing here draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from data.errors import InputError
from inference.inside import ReviewNetwork, rounded
from inference.predictions import SentimentPrediction
from inference.sentiment import SentimentClassifier

MIN_WORDS = 3  # two points always lie on a line


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane among the states: ``mean`` (H,), and two directions of length 1 at right angles,
    ``axes`` (2, H)."""

    mean: np.ndarray
    axes: np.ndarray

    def project(self, states: np.ndarray) -> np.ndarray:
        """The points (W, 2) of states (W, H)."""
        return (states - self.mean) @ self.axes.T


@dataclass(frozen=True, eq=False)
class VerdictPath:
    """The way over the W ``words`` of a review: ``points`` (W, 2) after each of them, P(positive)
    after each in ``running``, ``running_of`` whose that is, and ``explained``, the share of the
    variance of this review's states that each direction of the plane has. ``positive`` is
    P(positive) of the whole review by the whole network."""

    model: str
    words: tuple[str, ...]
    points: np.ndarray
    running: tuple[float, ...]
    running_of: str
    explained: tuple[float, float]
    positive: float

    def to_json(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return {
            "model": self.model,
            "words": list(self.words),
            "points": rounded(self.points, 4),
            "running": [round(p, 6) for p in self.running],
            "running_of": self.running_of,
            "explained": [round(share, 4) for share in self.explained],
            "positive": round(self.positive, 6),
        }


def verdict_path(classifier: SentimentClassifier, text: str) -> VerdictPath:
    """The path of one review. InputError when it cannot be judged, has fewer than MIN_WORDS or too
    many words (``inference.inside``), or the network does not read forward."""
    states, verdict = _states(classifier, text)
    return _path(main_plane(states, np.array(verdict.running)), states, verdict)


def compare_paths(
    classifier: SentimentClassifier, text: str, other: str
) -> tuple[VerdictPath, VerdictPath]:
    """The paths of two versions of a review in the plane of the states of both. Errors as for
    ``verdict_path``, for either."""
    first, second = _states(classifier, text), _states(classifier, other)
    both = np.concatenate([first[0], second[0]])
    plane = main_plane(both, np.array(first[1].running + second[1].running))
    return _path(plane, *first), _path(plane, *second)


def main_plane(states: np.ndarray, verdicts: np.ndarray) -> Plane:
    """The plane of the two main components of states (W, H), turned so that both axes correlate
    with ``verdicts`` (W,) positively or not at all."""
    mean = states.mean(0)
    _, _, axes = np.linalg.svd(states - mean, full_matrices=False)
    axes = axes[:2]
    agree = (states - mean) @ axes.T  # (W, 2)
    signs = np.where((verdicts - verdicts.mean()) @ agree < 0, -1.0, 1.0)
    return Plane(mean, axes * signs[:, None])


def _states(classifier: SentimentClassifier, text: str) -> tuple[np.ndarray, SentimentPrediction]:
    """The states (W, H) of the top layer after each word, and the verdict."""
    passage = ReviewNetwork(classifier).read(text)
    if len(passage.pieces) < MIN_WORDS:
        raise InputError(f"Give a review of at least {MIN_WORDS} words to see its path.")
    return passage.values(-1)["hidden"], classifier.predict([text], running=True)[0]


def _path(plane: Plane, states: np.ndarray, verdict: SentimentPrediction) -> VerdictPath:
    points = plane.project(states)
    total = ((states - states.mean(0)) ** 2).sum()
    shares = ((points - points.mean(0)) ** 2).sum(0) / total if total > 0 else np.zeros(2)
    return VerdictPath(
        verdict.model, verdict.tokens, points, verdict.running, verdict.running_of,
        (float(shares[0]), float(shares[1])), verdict.probabilities["positive"],
    )  # fmt: skip
