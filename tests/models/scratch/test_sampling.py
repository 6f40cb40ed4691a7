"""Laws of drawing a token."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.scratch.sampling import draw_token, token_probabilities


@settings(max_examples=50, deadline=None)
@given(
    scores=st.lists(st.floats(-50, 50), min_size=1, max_size=8),
    temperature=st.floats(0, 5),
    top_k=st.none() | st.integers(1, 9),
)
def test_probabilities_sum_to_one_over_exactly_k_tokens(scores, temperature, top_k):
    p = token_probabilities(np.array(scores), temperature, top_k)
    assert p.sum() == pytest.approx(1)
    assert (p >= 0).all()
    assert np.count_nonzero(p) <= min(top_k or 99, len(scores))
    assert p.max() == p[int(np.argmax(scores))]


def test_temperature_zero_takes_the_first_of_the_best():
    assert token_probabilities(np.array([1.0, 3.0, 3.0]), 0).tolist() == [0, 1, 0]


def test_top_k_keeps_the_proportions_of_those_kept():
    whole = token_probabilities(np.array([0.0, 1.0, 2.0, 3.0]), 0.7)
    kept = token_probabilities(np.array([0.0, 1.0, 2.0, 3.0]), 0.7, top_k=2)
    np.testing.assert_allclose(kept, [0, 0, *whole[2:] / whole[2:].sum()], rtol=1e-12)


def test_draws_follow_the_probabilities():
    # 4,000 draws: the share of a token of probability p lies within 5 sigma but once in 10^6 times.
    scores, rng = np.log([0.5, 0.3, 0.2]), np.random.default_rng(0)
    counts = np.bincount([draw_token(scores, rng) for _ in range(4000)], minlength=3)
    p = np.array([0.5, 0.3, 0.2])
    assert (np.abs(counts / 4000 - p) < 5 * np.sqrt(p * (1 - p) / 4000)).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": -1}, "temperature is -1"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"top_k": 0}, "top_k is 0"),
        ({"scores": np.array([np.nan, 0])}, "must be finite"),
    ],
)
def test_bad_sampling_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        token_probabilities(**{"scores": np.zeros(3), **options})
