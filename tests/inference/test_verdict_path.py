"""The path lies in the plane of the two main components of the states, of two versions together."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest

from data.errors import InputError
from inference.inside import open_up
from inference.verdict_path import compare_paths, main_plane, verdict_path
from models.sentiment import SentimentConfig, SentimentNetwork

REVIEW = "The cat sat on the mat, and the dog was flat."
OTHER = "The dog sat on the cat, and the mat was flat."


def states_of(classifier, text: str) -> np.ndarray:
    return open_up(classifier).read(text).values(-1)["hidden"]


def test_the_plane_is_that_of_most_variance():
    rng = np.random.default_rng(0)
    states = rng.normal(size=(400, 6)) * [9, 0.1, 3, 0.1, 0.1, 0.1] + 7
    plane = main_plane(states, states[:, 0])
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(np.abs(plane.axes[:, [0, 2]]), np.eye(2), atol=0.1)
    values = np.linalg.eigvalsh(np.cov(states.T, bias=True))[::-1]
    np.testing.assert_allclose(plane.project(states).var(0), values[:2])


def test_to_the_right_the_verdict_is_more_positive():
    states = np.random.default_rng(1).normal(size=(30, 5))
    for verdicts in (states[:, 0], -states[:, 0], states.sum(1)):
        points = main_plane(states, verdicts).project(states)
        assert ((verdicts - verdicts.mean()) @ points >= 0).all()


def test_the_points_are_the_states_in_the_plane_and_the_verdict_is_the_classifiers(reviewer):
    path, verdict = verdict_path(reviewer, REVIEW), reviewer.predict([REVIEW], running=True)[0]
    assert path.words == verdict.tokens
    assert path.running == verdict.running
    assert path.running_of == "forward half"
    assert path.positive == verdict.probabilities["positive"] != path.running[-1]
    states = states_of(reviewer, REVIEW)
    plane = main_plane(states, np.array(verdict.running))
    np.testing.assert_allclose(path.points, plane.project(states))
    # Distances in the plane are never longer than those of the states.
    flat, whole = (
        np.linalg.norm(np.diff(values, axis=0), axis=1) for values in (path.points, states)
    )
    assert (flat <= whole + 1e-12).all()


def test_the_explained_share_is_that_of_the_largest_eigenvalues(reviewer):
    values = np.linalg.eigvalsh(np.cov(states_of(reviewer, REVIEW).T))[::-1]
    explained = verdict_path(reviewer, REVIEW).explained
    np.testing.assert_allclose(explained, values[:2] / values.sum())
    assert explained[0] >= explained[1] > 0


def test_two_versions_are_drawn_in_the_plane_of_both(reviewer):
    first, second = compare_paths(reviewer, REVIEW, OTHER)
    states = [states_of(reviewer, text) for text in (REVIEW, OTHER)]
    plane = main_plane(np.concatenate(states), np.array(first.running + second.running))
    for path, own in zip((first, second), states, strict=True):
        np.testing.assert_allclose(path.points, plane.project(own))
        shown = ((path.points - path.points.mean(0)) ** 2).sum()
        np.testing.assert_allclose(sum(path.explained), shown / ((own - own.mean(0)) ** 2).sum())
    # Up to the word that differs, the network has read the same.
    np.testing.assert_allclose(second.points[0], first.points[0])
    assert not np.allclose(second.points[1], first.points[1])


def test_the_order_of_two_versions_does_not_change_their_plane(reviewer):
    first, second = compare_paths(reviewer, REVIEW, OTHER)
    again, before = compare_paths(reviewer, OTHER, REVIEW)
    np.testing.assert_allclose(again.points, second.points, atol=1e-12)
    np.testing.assert_allclose(before.points, first.points, atol=1e-12)


def test_json_holds_the_path(reviewer):
    path = verdict_path(reviewer, REVIEW)
    answer = json.loads(json.dumps(path.to_json()))
    assert answer["words"] == list(path.words)
    np.testing.assert_allclose(answer["points"], path.points, atol=1e-4)


@pytest.mark.parametrize("text", ["", "the cat", "12 34 56", "the cat " * 101])
def test_a_review_without_a_path_is_refused_in_a_sentence(reviewer, text):
    for view in (
        lambda: verdict_path(reviewer, text),
        lambda: compare_paths(reviewer, REVIEW, text),
    ):
        with pytest.raises(InputError, match=r"^.+\.$"):
            view()


def test_a_network_that_does_not_read_forward_is_refused(reviewer):
    backward = copy.copy(reviewer)
    backward.config = SentimentConfig(
        reviewer.config.vocab_size, embedding_size=5, hidden_size=7, directions="backward"
    )
    backward.network = SentimentNetwork(backward.config).eval()
    with pytest.raises(InputError, match="no half that reads"):
        verdict_path(backward, REVIEW)
