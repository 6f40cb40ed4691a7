"""How a token is drawn: temperature, top-k and top-p as they are defined, and in that order."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import InputError
from inference.sampling import Sampling, log_probabilities

LOGITS = np.array([1.0, 0.0, -1.0, 2.0, 2.0, -30.0], np.float32)
# The 99.9 % point of chi-square, by degrees of freedom.
CHI_SQUARE = {3: 16.27, 4: 18.47, 5: 20.52}

some_logits = st.lists(st.integers(-6, 6), min_size=1, max_size=9).map(
    lambda values: np.array(values, np.float32) / 2
)


def plain(logits: np.ndarray, temperature: float, top_k: int, top_p: float) -> list[float]:
    """The definition, one token after another."""
    exponentials = [math.exp((float(x) - float(max(logits))) / temperature) for x in logits]
    likeliest = sorted(range(len(logits)), key=lambda i: (-exponentials[i], i))
    if top_k:
        likeliest = likeliest[:top_k]
    total, kept, so_far = sum(exponentials[i] for i in likeliest), [], 0.0
    for i in likeliest:
        if so_far >= top_p * total * (1 + 1e-12):
            break
        kept.append(i)
        so_far += exponentials[i]
    mass = sum(exponentials[i] for i in kept)
    return [exponentials[i] / mass if i in kept else 0.0 for i in range(len(logits))]


@settings(max_examples=300, deadline=None)
@given(
    some_logits,
    st.sampled_from([0.1, 0.5, 1.0, 2.0, 5.0]),
    st.integers(0, 12),
    # Away from the edges where a set has exactly this probability, which rounding decides.
    st.sampled_from([1.0, 0.987654, 0.8123457, 0.412345, 0.1234567, 1e-9]),
)
def test_probabilities_are_those_of_the_plain_definition(logits, temperature, top_k, top_p):
    drawn_from = Sampling(temperature, top_k, top_p).probabilities(logits)
    expected = plain(logits, temperature, top_k, top_p)
    if top_k == 1:  # greedy, whatever else is asked for
        expected = [float(i == int(logits.argmax())) for i in range(len(logits))]
    np.testing.assert_allclose(drawn_from, expected, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(
    "sampling",
    [Sampling(0.5), Sampling(1.0), Sampling(2.0), Sampling(1.0, 4), Sampling(1.0, 0, 0.9)],
)
def test_draws_have_the_frequencies_of_the_probabilities(sampling):
    rng, draws = np.random.default_rng(0), 20_000
    counts = np.bincount([sampling.draw(LOGITS, rng) for _ in range(draws)], minlength=6)
    expected = sampling.probabilities(LOGITS) * draws
    often = expected > 5
    assert counts[expected == 0].sum() == 0
    chi_square = ((counts - expected)[often] ** 2 / expected[often]).sum()
    assert chi_square < CHI_SQUARE.get(int(often.sum()) - 1, 16.27)


@settings(max_examples=100, deadline=None)
@given(some_logits, st.integers(0, 2**32 - 1))
def test_a_top_k_of_the_whole_vocabulary_changes_no_draw(logits, seed):
    draw = [
        Sampling(1.0, top_k).draw(logits, np.random.default_rng(seed))
        for top_k in (0, max(2, len(logits)), 10**9)
    ]
    assert draw[0] == draw[1] == draw[2]


@pytest.mark.parametrize("temperature", [0, 1e-300, 1e-9])
def test_a_tiny_temperature_is_greedy_and_finite(temperature):
    logits = np.array([300.0, 299.0, -1e4], np.float32)
    sampling = Sampling(temperature)
    assert sampling.draw(logits, np.random.default_rng(0)) == 0
    assert sampling.probabilities(logits).tolist() == [1, 0, 0]


def test_greedy_takes_the_first_of_equals():
    assert Sampling(0).draw(LOGITS, np.random.default_rng(0)) == 3
    assert Sampling(1.0, top_k=1).draw(LOGITS, np.random.default_rng(0)) == 3


@settings(max_examples=100, deadline=None)
@given(some_logits, st.sampled_from([0, 0.01, 1.0, 5.0]), st.integers(0, 9))
def test_no_chance_draws_what_is_left_out(logits, temperature, top_k):
    class Chance:
        def __init__(self, value: float) -> None:
            self.value = value

        def random(self) -> float:
            return self.value

    sampling = Sampling(temperature, top_k, 0.9)
    for value in (0.0, 0.5, 1 - 2**-53):  # the ends of what a generator returns
        assert sampling.probabilities(logits)[sampling.draw(logits, Chance(value))] > 0


@pytest.mark.parametrize("sampling", [Sampling(0), Sampling(1.0), Sampling(1.0, 3, 0.5)])
def test_every_draw_takes_one_random_number(sampling):
    rng, counted = np.random.default_rng(0), np.random.default_rng(0)
    for _ in range(5):
        sampling.draw(LOGITS, rng)
        counted.random()
    assert rng.random() == counted.random()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"temperature": -0.1}, "temperature"),
        ({"temperature": 5.1}, "from 0 to 5"),
        ({"temperature": math.nan}, "temperature"),
        ({"temperature": math.inf}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": True}, "temperature"),
        ({"top_k": -1}, "Top-k"),
        ({"top_k": 2.5}, "Top-k"),
        ({"top_k": math.nan}, "Top-k"),
        ({"top_k": math.inf}, "Top-k"),
        ({"top_k": None}, "Top-k"),
        ({"top_p": 0}, "Top-p"),
        ({"top_p": -1}, "Top-p"),
        ({"top_p": 1.01}, "Top-p"),
        ({"top_p": math.nan}, "Top-p"),
        ({"top_p": "most"}, "Top-p"),
    ],
)
def test_settings_out_of_range_get_one_sentence(arguments, message):
    with pytest.raises(InputError, match=message):
        Sampling(**arguments)


def test_log_probabilities_are_the_softmax_of_each_row():
    logits = np.array([[1e4, 0, -1e4], [1, 1, 1]], np.float32)
    np.testing.assert_allclose(
        log_probabilities(logits), [[0, -1e4, -2e4], [-math.log(3)] * 3], rtol=1e-12
    )
    rows = np.random.default_rng(0).normal(size=(4, 7)).astype(np.float32)
    np.testing.assert_allclose(np.exp(log_probabilities(rows)).sum(-1), 1, rtol=1e-12)
