"""A person's sequences made ready: nothing of the test is known before it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import InputError
from data.series_files import SeriesFile
from data.series_splits import AUTO, CLASS, NUMBER, as_of, make_splits

RNG = np.random.default_rng(0)


def file(labels: np.ndarray, scale: float = 5.0) -> SeriesFile:
    x = RNG.normal(3, scale, (len(labels), 4, 2)).astype(np.float32)
    return SeriesFile("mine.npz", x, labels, ("speed", "height"))


def test_the_parts_share_no_sample_and_leave_none_out():
    made = file(np.arange(60) % 3)
    made.x[:, 0, 0] = np.arange(60)  # each sample knows its number
    splits = make_splits(made, AUTO, 1)
    scale = splits.series
    numbers = [
        np.round(part.x[:, 0, 0] * scale.std[0] + scale.mean[0]).astype(int)
        for part in (splits.train, splits.valid, splits.test)
    ]
    assert sorted(np.concatenate(numbers)) == list(range(60))
    assert [len(part) for part in numbers] == [42, 9, 9]


def test_the_scale_is_that_of_the_training_part_alone():
    made = file(np.arange(60) % 2)
    splits = make_splits(made, AUTO, 1)
    flat = splits.train.x.reshape(-1, 2)
    assert flat.mean(axis=0) == pytest.approx(np.zeros(2), abs=1e-5)
    assert flat.std(axis=0) == pytest.approx(np.ones(2), abs=1e-4)
    assert np.abs(splits.test.x.reshape(-1, 2).mean(axis=0)).max() > 1e-4


@given(sizes=st.lists(st.integers(5, 40), min_size=2, max_size=6), seed=st.integers(0, 99))
def test_each_class_is_in_each_part(sizes, seed):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    splits = make_splits(file(labels), CLASS, seed)
    for part in (splits.train, splits.valid, splits.test):
        assert set(part.y) == set(range(len(sizes)))


@pytest.mark.parametrize(
    ("labels", "answer", "outputs"),
    [
        (np.array(["no", "yes"] * 20), "class", 2),
        (np.array([True, False] * 20), "class", 2),
        (np.arange(40) % 5, "class", 5),
        (np.arange(40) % 2 + 0.0, "class", 2),
        (np.arange(40), "number", 1),
        (RNG.normal(size=40), "number", 1),
    ],
)
def test_labels_are_taken_for_what_they_look_like(labels, answer, outputs):
    series = make_splits(file(labels), AUTO, 1).series
    assert (series.answer, series.output_size) == (answer, outputs)


def test_whole_numbers_may_be_foretold_as_numbers():
    splits = make_splits(file(np.arange(40) % 5), NUMBER, 1)
    assert splits.series.answer == "number"
    assert splits.train.y.mean() == pytest.approx(0, abs=1e-6)
    assert splits.train.y.std() == pytest.approx(1, abs=1e-5)
    assert splits.baseline.loss == pytest.approx(float((splits.test.y**2).mean()))


def test_the_baseline_is_the_class_that_was_most_frequent_in_training():
    labels = np.array(["a"] * 60 + ["b"] * 20)
    splits = make_splits(file(labels), AUTO, 1)
    assert splits.baseline.score == pytest.approx(0.75)
    assert splits.baseline.name == "always the most frequent class"


def test_a_feature_that_never_changes_is_said_and_does_no_harm():
    made = file(np.arange(40) % 2)
    made.x[:, :, 1] = 7
    splits = make_splits(made, AUTO, 1)
    assert np.isfinite(splits.train.x).all()
    assert any("height" in sentence and "never" in sentence.lower() for sentence in splits.told)


@pytest.mark.parametrize(
    ("labels", "answer", "said"),
    [
        (np.array(["same"] * 40), AUTO, "All labels .* 'same'"),
        (np.zeros(40), NUMBER, "nothing to foretell"),
        (np.array(["a"] * 36 + ["b"] * 4), AUTO, "4 samples of the class 'b'"),
        (np.repeat(np.arange(60), 5).astype(str), AUTO, "at most 50 classes"),
        (np.array(["a", "b"] * 20), NUMBER, "are words"),
    ],
)
def test_labels_that_cannot_be_learned_are_a_sentence(labels, answer, said):
    with pytest.raises(InputError, match=said):
        make_splits(file(labels), answer, 1)


def test_what_was_found_is_told_before_anything_is_learned():
    told = " ".join(make_splits(file(np.array(["no", "yes", "no"] * 20)), AUTO, 1).told)
    assert "60 samples of 4 steps and 2 features (speed, height)" in told
    assert "no (40), yes (20)" in told
    assert "42 samples are learned from" in told


def test_another_file_is_put_on_the_scale_of_the_network():
    made = file(np.array(["no", "yes"] * 20))
    series = make_splits(made, AUTO, 1).series
    again = as_of(series, made)
    assert again.x[:, :, 0] == pytest.approx((made.x[:, :, 0] - series.mean[0]) / series.std[0])
    assert again.y.tolist() == [0, 1] * 20
    with pytest.raises(InputError, match="label 'perhaps'"):
        as_of(series, file(np.array(["perhaps"] * 40)))
    with pytest.raises(InputError, match="1 features"):
        as_of(series, SeriesFile("other", made.x[:, :, :1], made.labels, ("speed",)))
