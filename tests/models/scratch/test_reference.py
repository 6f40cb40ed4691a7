"""The reference values of the course, where they are at hand; the best known stand here.

Each entry says which random numbers to draw, what to call and what was printed. Values that are
marked as wrong are made by the mistake that is named, and not by our functions.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

from models.scratch.dinosaurs import optimize, sample
from models.scratch.lstm import lstm_backward, lstm_cell_backward, lstm_cell_forward, lstm_forward
from models.scratch.optimizers import clip
from models.scratch.rnn import rnn_backward, rnn_cell_backward, rnn_cell_forward, rnn_forward

NEWLINE = {"\n": 0}


def drawn(entry: dict) -> dict[str, np.ndarray]:
    """The arrays of ``draws_in_order``, by name."""
    seed = entry["setup"]["seed"]
    rng = np.random.RandomState(int(re.search(r"\d+", seed)[0])) if seed else None
    arrays = {}
    for draw in entry["setup"]["draws_in_order"]:
        name, code = draw["name"].split()[0], draw["code"]
        if match := re.fullmatch(r"np\.random\.randn\(([\d,]+)\)(\*10)?", code):
            shape = [int(size) for size in match[1].split(",")]
            arrays[name] = rng.randn(*shape) * (10 if match[2] else 1)
        elif match := re.fullmatch(r"np\.linspace\((.+?),(.+?),num=(\d+)\)(.*)", code):
            values = np.linspace(float(match[1]), float(match[2]), int(match[3]))
            shape = re.findall(r"\d+", match[4])
            arrays[name] = values.reshape([int(size) for size in shape]) if shape else values
        else:
            assert code == "not drawn", code
    return arrays


def assert_printed(expected: dict, names: dict, atol: float = 0) -> None:
    """Every expression of ``expected`` has its value, to the digits that are printed."""
    assert expected
    for expression, printed in expected.items():
        value = eval(expression.split(" (")[0], {"np": np}, names)
        for text in str(printed).split("(full"):
            numbers = re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", text)
            decimals = max(len(number.partition(".")[2]) for number in numbers)
            np.testing.assert_allclose(
                np.ravel(value), [float(number) for number in numbers],
                rtol=1e-12, atol=max(1.01 * 10.0**-decimals if decimals else 0, atol),
                err_msg=expression,
            )  # fmt: skip


def pick(arrays: dict, *names: str) -> list[np.ndarray]:
    return [arrays[name] for name in names]


def run_rnn_cell_forward(p):
    a_next, yt_pred, cache = rnn_cell_forward(p["xt"], p["a_prev"], p)
    return {"a_next": a_next, "yt_pred": yt_pred, "cache": cache}


def run_rnn_forward(p):
    a, y_pred, caches = rnn_forward(p["x"], p["a0"], p)
    return {"a": a, "y_pred": y_pred, "caches": caches}


def run_lstm_cell_forward(p):
    x, a0, c0 = pick(p, *(("xt", "a_prev", "c_prev") if "xt" in p else ("x", "a0", "c0")))
    a_next, c_next, yt, cache = lstm_cell_forward(x, a0, c0, p)
    return {"a_next": a_next, "c_next": c_next, "yt": yt, "y_pred": yt, "cache": cache,
            **cache._asdict()}  # fmt: skip


def run_lstm_forward(p):
    a, y, c, caches = lstm_forward(p["x"], p["a0"], p)
    return {"a": a, "y": y, "c": c, "caches": caches}


def run_rnn_cell_backward(p):
    _, _, cache = rnn_cell_forward(p["xt"], p["a_prev"], p)
    return {"gradients": rnn_cell_backward(p["da_next"], cache)}


def run_rnn_backward(p):
    _, _, caches = rnn_forward(p["x"], p["a0"], p)
    return {"gradients": rnn_backward(p["da"], caches)}


def run_lstm_cell_backward(p):
    _, _, _, cache = lstm_cell_forward(p["xt"], p["a_prev"], p["c_prev"], p)
    return {"gradients": lstm_cell_backward(p["da_next"], p["dc_next"], cache)}


def run_lstm_backward(p):
    _, _, _, caches = lstm_forward(p["x"], p["a0"], p)
    return {"gradients": lstm_backward(p["da"], caches)}


RUNS = {
    "rnn_cell_forward": run_rnn_cell_forward,
    "rnn_forward": run_rnn_forward,
    "lstm_cell_forward": run_lstm_cell_forward,
    "lstm_forward": run_lstm_forward,
    "rnn_cell_backward": run_rnn_cell_backward,
    "rnn_backward": run_rnn_backward,
    "lstm_cell_backward": run_lstm_cell_backward,
    "lstm_backward": run_lstm_backward,
    "unit_rnn_forward": run_rnn_forward,
    "unit_lstm_cell_forward": run_lstm_cell_forward,
    "unit_lstm_forward": run_lstm_forward,
}


def draw(seed: int, *sizes: tuple[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    """Arrays of ``randn`` by name, in the order given."""
    rng = np.random.RandomState(seed)
    return {name: rng.randn(*shape) for name, shape in sizes}


STATE, BIAS, GATE = (5, 10), (5, 1), (5, 8)
LSTM_WEIGHTS = [
    (f"{kind}{gate}", GATE if kind == "W" else BIAS) for gate in "fioc" for kind in "Wb"
]


def test_the_best_known_values_of_the_course_stand_here_too():
    outputs = [("Wy", (2, 5)), ("by", (2, 1))]
    p = draw(1, ("x", (3, 10, 7)), ("a0", STATE), *LSTM_WEIGHTS, *outputs)
    names = run_lstm_forward(p)
    assert names["a"][4][3][6] == pytest.approx(0.17211776753291672, rel=1e-13)
    assert names["y"][1][4][3] == pytest.approx(0.9508734618501101, rel=1e-13)
    assert names["c"][1][2][1] == pytest.approx(-0.8555449167181982, rel=1e-13)
    assert names["caches"][1][1][1][0] == pytest.approx(0.82797464, abs=1e-8)
    p = draw(1, ("x", (3, 10, 7)), ("a0", STATE), *LSTM_WEIGHTS, ("da", (5, 10, 4)))
    gradients = run_lstm_backward(p)["gradients"]
    expected = [0.00218254, 0.28205375, -0.48292508, -0.43281115]
    np.testing.assert_allclose(gradients["dx"][1][2], expected, rtol=0, atol=1e-8)
    assert gradients["da0"][2][3] == pytest.approx(0.312770310257, rel=1e-10)
    assert gradients["dWf"][3][1] == pytest.approx(-0.0809802310938, rel=1e-10)
    weights = [("Wax", (5, 3)), ("Waa", (5, 5)), ("Wya", (2, 5)), ("ba", BIAS), ("by", (2, 1))]
    p = draw(1, ("xt", (3, 10)), ("a_prev", STATE), *weights, ("da_next", STATE))
    gradients = run_rnn_cell_backward(p)["gradients"]
    assert gradients["dxt"][1][2] == pytest.approx(-1.3872130506020925, rel=1e-12)
    assert gradients["dWax"].shape == (5, 3)
    p = draw(1, ("x", (3, 10, 4)), ("a0", STATE), *weights, ("da", (5, 10, 4)))
    gradients = run_rnn_backward(p)["gradients"]
    assert gradients["da0"][2][3] == pytest.approx(-0.314942375127, rel=1e-10)
    assert gradients["dWax"][3][1] == pytest.approx(11.2641044965, rel=1e-10)


@pytest.mark.parametrize("name", RUNS)
def test_a_right_entry_is_reproduced_to_its_printed_digits(entries, name):
    # Where one digit was cut off ("0.68453"), not rounded.
    atol = 5e-6 if name == "unit_lstm_cell_forward" else 0
    assert_printed(entries[name]["expected"], RUNS[name](drawn(entries[name])), atol)


def test_no_entry_is_forgotten(entries):
    # In the tests below, test_reference_others.py, test_dinosaurs.py and test_torch.py.
    elsewhere = {
        "rnn_cell_backward_v1_v3", "lstm_backward_v1_v3_WRONG", "lstm_backward_v3a_setup",
        "unit_rnn_cell_forward_structural", "clip", "sample_v3", "sample_2021", "optimize",
        "cs231n_rnn_step", "cs231n_rnn_forward", "cs231n_lstm_step", "cs231n_lstm_forward",
        "gru_cell_course_convention",
        "model", "adam_c5",
    }  # fmt: skip
    assert set(entries) == set(RUNS) | elsewhere


def test_the_old_rnn_cell_backward_used_a_bias_of_another_cell(entries):
    entry = entries["rnn_cell_backward_v1_v3"]
    p = drawn(entry)
    stale = drawn(entries["rnn_forward"])["ba"]
    assert_printed(entry["expected"], run_rnn_cell_backward(p | {"ba": stale}))
    with pytest.raises(AssertionError):
        assert_printed(entry["expected"], run_rnn_cell_backward(p | {"ba": p["b"]}))


def without_time(p):
    """The mistake: neither da_prevt nor dc_prevt goes on to the step before."""
    _, _, _, caches = lstm_forward(p["x"], p["a0"], p)
    da = p["da"]
    total = {"dx": np.zeros((3, 10, da.shape[2]))}
    for t in reversed(range(da.shape[2])):
        of_step = lstm_cell_backward(da[:, :, t], np.zeros((5, 10)), caches[0][t])
        total["dx"][:, :, t] = of_step.pop("dxt")
        total["da0"] = of_step.pop("da_prev")
        for name in of_step:
            if name != "dc_prev":
                total[name] = total.get(name, 0) + of_step[name]
    return total


@pytest.mark.parametrize("name", ["lstm_backward_v1_v3_WRONG", "lstm_backward_v3a_setup"])
def test_the_old_lstm_backward_had_no_way_back_through_time(entries, name):
    p = drawn(entries[name])
    expected = next(iter(entries[name]["expected"].values()))
    assert_printed(expected, without_time(p))
    ours = run_lstm_backward(p)["gradients"]
    # The last of the four steps has no later one, so there the mistake does not show.
    assert_printed({"dx[1][2][3:]": expected["dx[1][2]"].strip("[] ").split()[-1]}, ours)
    for expression, printed in expected.items():
        with pytest.raises(AssertionError):
            assert_printed({expression: printed}, ours)


def test_the_values_quoted_elsewhere_are_not_ours(entries):
    names = run_lstm_forward(drawn(entries["lstm_forward"]))
    assert abs(names["a"][4][3][6] - 0.2197) > 0.01
    assert abs(names["c"][1][2][1] + 0.2219) > 0.1


def test_the_output_reads_the_new_state_which_the_public_test_does_not_see():
    rng = np.random.default_rng(0)
    p = {"Wax": np.zeros((5, 3)), "Waa": np.zeros((5, 5)), "ba": rng.standard_normal((5, 1)),
         "Wya": rng.standard_normal((2, 5)), "by": rng.standard_normal((2, 1))}  # fmt: skip
    a_next, yt, _ = rnn_cell_forward(np.zeros((3, 1)), rng.standard_normal((5, 1)), p)
    np.testing.assert_allclose(a_next, np.tanh(p["ba"]), rtol=1e-14)
    scores = np.exp(p["Wya"] @ np.tanh(p["ba"]) + p["by"])
    np.testing.assert_allclose(yt, scores / scores.sum(), rtol=1e-14)


def test_clip(entries):
    entry = entries["clip"]
    gradients = drawn(entry)
    kept = {name: value.copy() for name, value in gradients.items()}
    for case, expected in entry["expected"].items():
        assert_printed(expected, clip(gradients, int(case.partition("=")[2])))
    assert all(np.array_equal(gradients[name], kept[name]) for name in kept)  # not in place


def test_sample(entries):
    entry = entries["sample_2021"]
    assert sample(drawn(entry), NEWLINE, 0) == entry["expected"]["indices"]
    entry = entries["sample_v3"]
    indices = sample(drawn(entry), NEWLINE, 0)
    assert len(indices) == 51
    assert indices[-1] == 0
    assert indices[:40] == entry["expected"]["first 43 indices (portable)"][:40]


def test_optimize(entries):
    p = drawn(entries["optimize"])
    before = p["Wya"].copy()
    X, Y = [12, 3, 5, 11, 22, 3], [4, 14, 11, 22, 25, 26]
    loss, gradients, a_last = optimize(X, Y, p["a_prev"], p)
    names = {"Loss": loss, "gradients": gradients, "a_last": a_last}
    assert_printed(entries["optimize"]["expected"], names)
    np.testing.assert_allclose(p["Wya"], before - 0.01 * gradients["dWya"], rtol=0, atol=1e-15)
