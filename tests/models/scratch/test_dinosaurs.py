"""The course's dinosaur names: known numbers of short runs, and the whole trajectory where the
names are at hand."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from models.scratch.dinosaurs import clip, initialize_parameters, model, optimize, sample
from models.scratch.gradient_check import numeric_gradient, relative_error

LETTERS = "\nabcdefghijklmnopqrstuvwxyz"
CHAR_TO_IX = {character: k for k, character in enumerate(LETTERS)}
IX_TO_CHAR = dict(enumerate(LETTERS))
NAMES = ["rexor", "tora", "zaurus", "ankylo"]


def course_parameters(seed: int, n_a: int = 100) -> dict[str, np.ndarray]:
    """Drawn as in the course's tests."""
    rng = np.random.RandomState(seed)
    shapes = {"Wax": (n_a, 27), "Waa": (n_a, n_a), "Wya": (27, n_a), "b": (n_a, 1), "by": (27, 1)}
    return {name: rng.randn(*shape) for name, shape in shapes.items()}


def run_model(*args, **options) -> tuple[dict, str, list[str]]:
    reports: list[str] = []
    parameters, last = model(*args, **options, report=reports.append)
    return parameters, last, reports


def test_sample_draws_the_characters_of_the_course():
    expected = [23, 16, 26, 26, 24, 3, 21, 1, 7, 24, 15, 3, 25, 20, 6, 13, 10, 8, 20, 12, 2, 0]
    assert sample(course_parameters(24), CHAR_TO_IX, 0) == expected


def test_sample_leaves_numpys_generator_alone():
    np.random.seed(5)
    before = np.random.get_state()[1].copy()
    sample(course_parameters(24), CHAR_TO_IX, 0)
    initialize_parameters(5, 27, 27)
    model(NAMES, IX_TO_CHAR, CHAR_TO_IX, 2, 5, report=lambda text: None)
    assert np.array_equal(np.random.get_state()[1], before)


def test_temperature_zero_needs_no_chance():
    parameters = course_parameters(24)
    greedy = sample(parameters, CHAR_TO_IX, 0, temperature=0)
    assert greedy == sample(parameters, CHAR_TO_IX, 99, temperature=0)
    assert greedy == sample(parameters, CHAR_TO_IX, 7, top_k=1)
    assert greedy != sample(parameters, CHAR_TO_IX, 0)
    assert len(greedy) <= 51
    assert greedy[-1] == 0


def test_optimize_gives_the_numbers_of_the_course():
    rng = np.random.RandomState(1)
    a_prev = rng.randn(100, 1)
    shapes = {"Wax": (100, 27), "Waa": (100, 100), "Wya": (27, 100), "b": (100, 1), "by": (27, 1)}
    parameters = {name: rng.randn(*shape) for name, shape in shapes.items()}
    X, Y = [12, 3, 5, 11, 22, 3], [4, 14, 11, 22, 25, 26]
    loss, gradients, a_last = optimize(X, Y, a_prev, parameters)
    assert loss == pytest.approx(126.50397572165389, rel=1e-12)
    assert gradients["dWaa"][1][2] == pytest.approx(0.19470931534713587, rel=1e-12)
    assert gradients["dWya"][1][2] == pytest.approx(-0.007773876032002162, rel=1e-12)
    assert np.argmax(gradients["dWax"]) == 93
    assert gradients["db"][4] == pytest.approx(-0.06809825, abs=1e-8)
    assert gradients["dby"][1] == pytest.approx(0.01538192, abs=1e-8)
    assert a_last.shape == (100, 1)
    assert a_last[4] == pytest.approx(-1, abs=1e-6)
    assert max(np.abs(gradient).max() for gradient in gradients.values()) == 5


def test_optimizes_gradients_are_the_numeric_ones():
    rng = np.random.default_rng(0)
    shapes = {"Wax": (4, 5), "Waa": (4, 4), "Wya": (5, 4), "b": (4, 1), "by": (5, 1)}
    parameters = {name: 0.3 * rng.standard_normal(shape) for name, shape in shapes.items()}
    X, Y, a_prev = [None, 3, 1, 1], [3, 1, 1, 0], rng.standard_normal((4, 1))

    def loss() -> float:
        return optimize(X, Y, a_prev, parameters, learning_rate=0)[0]

    gradients = optimize(X, Y, a_prev, parameters, learning_rate=0)[1]
    for name, value in parameters.items():
        assert relative_error(numeric_gradient(loss, value), gradients[f"d{name}"]) < 1e-7


def test_clip_cuts_entries_and_leaves_its_argument():
    rng = np.random.RandomState(3)
    shapes = {"dWax": (5, 3), "dWaa": (5, 5), "dWya": (2, 5), "db": (5, 1), "dby": (2, 1)}
    gradients = {name: rng.randn(*shape) * 10 for name, shape in shapes.items()}
    kept = {name: value.copy() for name, value in gradients.items()}
    clipped = clip(gradients, 10)
    assert clipped["dWaa"][1][2] == 10
    assert clipped["dWax"][3][1] == -10
    assert clipped["dWya"][1][2] == 0.2971381536101662
    assert clipped["dby"][1] == pytest.approx(8.45833407, abs=1e-8)
    assert all(np.array_equal(gradients[name], kept[name]) for name in kept)


def test_the_first_report_of_the_course_is_ours():
    # Two names of the corpus cannot change what an untrained network writes.
    _, last, reports = run_model(NAMES, IX_TO_CHAR, CHAR_TO_IX, 1)
    lines = reports[0].splitlines()
    assert lines[0].startswith("Iteration: 0, Loss: 23.0")
    assert lines[2:9] == [
        "Nkzxwtdmfqoeyhsqwasjkjvu", "Kneb", "Kzxwtdmfqoeyhsqwasjkjvu", "Neb",
        "Zxwtdmfqoeyhsqwasjkjvu", "Eb", "Xwtdmfqoeyhsqwasjkjvu",
    ]  # fmt: skip
    assert last == "Xwtdmfqoeyhsqwasjkjvu\n"


def test_model_learns_and_prints(capsys):
    model(NAMES, IX_TO_CHAR, CHAR_TO_IX, 401, n_a=10, dino_names=2, print_every=200)
    printed = capsys.readouterr().out
    losses = [float(line.split()[-1]) for line in printed.splitlines() if "Loss" in line]
    assert len(losses) == 3
    assert losses[-1] < losses[0]


def test_a_text_and_its_names_are_the_same_corpus():
    ours = run_model("Rexor\n\n tora \nZaurus\nankylo\n", IX_TO_CHAR, CHAR_TO_IX, 9, n_a=5)
    theirs = run_model(NAMES, IX_TO_CHAR, CHAR_TO_IX, 9, n_a=5)
    assert ours[1:] == theirs[1:]


def test_reshuffling_changes_the_second_round_and_not_the_first():
    def parameters(iterations, reshuffle):
        options = {"n_a": 5, "reshuffle": reshuffle}
        return run_model(NAMES, IX_TO_CHAR, CHAR_TO_IX, iterations, **options)[0]["by"]

    assert np.array_equal(parameters(4, True), parameters(4, False))
    assert not np.array_equal(parameters(6, True), parameters(6, False))


@pytest.mark.parametrize("nothing", ["", [], ["", " "]])
def test_an_empty_corpus_is_refused(nothing):
    with pytest.raises(ValueError, match="data_x holds no name"):
        model(nothing, IX_TO_CHAR, CHAR_TO_IX, 1)


def test_a_character_without_a_number_is_refused():
    with pytest.raises(ValueError, match="char_to_ix lacks 'é', which stands in 'théro'"):
        model(["théro"], IX_TO_CHAR, CHAR_TO_IX, 1)


def test_missing_parameters_and_a_missing_newline_are_refused():
    parameters = initialize_parameters(5, 27, 27)
    with pytest.raises(ValueError, match="char_to_ix lacks the newline"):
        sample(parameters, {"a": 0}, 0)
    del parameters["b"]
    with pytest.raises(ValueError, match="parameters lacks 'b'"):
        sample(parameters, CHAR_TO_IX, 0)
    with pytest.raises(ValueError, match="parameters lacks 'b'"):
        optimize([None], [1], np.zeros((5, 1)), parameters)


def test_unequal_x_and_y_are_refused():
    with pytest.raises(ValueError, match="X has length 2 and Y 1"):
        optimize([None, 1], [1], np.zeros((5, 1)), initialize_parameters(5, 27, 27))


@pytest.fixture(scope="module")
def trajectory(request, entries) -> tuple[dict, dict]:
    """(what the course printed, what we print), by iteration."""
    path = request.config.rootpath.parent / "shared" / "data" / "corpora" / "dinos.txt"
    if not path.is_file():
        pytest.skip(f"the names are not at hand ({path})")
    content, entry = path.read_bytes(), entries["model"]
    assert hashlib.sha256(content).hexdigest() in entry["expected"]["data"]
    data = content.decode().lower()
    _, _, reports = run_model(data.split("\n"), IX_TO_CHAR, CHAR_TO_IX, 12_001)
    ours = {}
    for report in reports:
        head, _, *names = report.strip().split("\n")
        ours[head.split(",")[0].removeprefix("Iteration: ")] = (float(head.split()[-1]), names)
    return entry["expected"]["trajectory"], ours


@pytest.mark.parametrize("iteration", range(0, 12_001, 1000))
def test_the_trajectory_of_the_course_is_ours(trajectory, iteration):
    expected, ours = trajectory
    loss, names = ours[str(iteration)]
    assert loss == pytest.approx(float(expected[str(iteration)]["loss_6dp"]), abs=1e-6)
    assert names == expected[str(iteration)]["names"]
