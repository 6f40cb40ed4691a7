"""What bad input gets: one sentence that names the argument, its shape and the one expected."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from models.scratch.explain import explain, main
from models.scratch.layers import (
    bidirectional_backward,
    bidirectional_forward,
    layer_backward,
    layer_forward,
    stacked_forward,
    zero_state,
)
from models.scratch.lstm import lstm_backward, lstm_cell_backward, lstm_cell_forward, lstm_forward
from models.scratch.output import cross_entropy, output_forward
from models.scratch.rnn import rnn_forward
from tests.models.scratch.cases import CELLS, KINDS, Cell, draw_case, draw_parameters

PARAMETERS = draw_parameters("lstm", 3, 4, np.random.default_rng(0), outputs=True)
X, A0 = np.zeros((3, 2, 5)), np.zeros((4, 2))
CACHES = lstm_forward(X, A0, PARAMETERS)[3]


def spoilt(name: str, value: object) -> dict:
    return {**PARAMETERS, name: value}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: lstm_forward(X[0], A0, PARAMETERS), r"x has shape \(2, 5\), but \(n_x, m, T_x\)"),
        (lambda: lstm_forward(X, A0[:, :1], PARAMETERS), r"a0 has shape \(4, 1\).*m=2"),
        (lambda: lstm_forward(X, A0, PARAMETERS, A0.T), r"c0 has shape \(2, 4\).*n_a=4, m=2"),
        (lambda: lstm_forward(X[:2], A0, PARAMETERS), r"'Wf'\] has shape \(4, 7\).*n_a\+n_x=6"),
        (lambda: lstm_forward(X, A0, spoilt("bo", np.zeros(4))), r"'bo'\] has shape \(4,\)"),
        (lambda: lstm_forward(X, A0, spoilt("Wy", np.zeros((2, 5)))), r"'Wy'\] has shape \(2, 5\)"),
        (
            lambda: lstm_forward(X, A0, spoilt("by", np.zeros((3, 1)))),
            r"'by'\] has shape \(3, 1\), but \(n_y=2, 1\)",
        ),
        (lambda: lstm_forward(X, A0, {}), "parameters lacks 'Wf'; it needs Wf, bf, Wi"),
        (lambda: lstm_forward(X * np.nan, A0, PARAMETERS), r"x of shape \(3, 2, 5\).*not finite"),
        (lambda: lstm_forward(X, A0 + np.inf, PARAMETERS), "a0 of shape .* not finite"),
        (lambda: lstm_forward(X, A0, spoilt("bf", np.full((4, 1), np.nan))), r"'bf'\].*not finite"),
        (lambda: lstm_forward(X[:, :, :0], A0, PARAMETERS), "x has shape .*: it is empty"),
        (lambda: lstm_forward("abc", A0, PARAMETERS), "x must be an array of real numbers"),
        (lambda: lstm_forward([[1], [1, 2]], A0, PARAMETERS), "x must be an array of real"),
        (lambda: lstm_forward(X * 1j, A0, PARAMETERS), "x must be an array of real numbers"),
        (lambda: lstm_forward(X, A0, PARAMETERS, lengths=[5]), r"lengths has shape \(1,\).*m=2"),
        (lambda: lstm_forward(X, A0, PARAMETERS, lengths=[5, 0]), r"lie in 1\.\.5 .*not 0\.\.5"),
        (lambda: lstm_forward(X, A0, PARAMETERS, lengths=[5, 6]), r"lie in 1\.\.5 .*not 5\.\.6"),
        (lambda: lstm_forward(X, A0, PARAMETERS, lengths=[5.0, 2.0]), "type float64"),
        (lambda: lstm_cell_forward(X[:, :, 0], A0.T, A0, PARAMETERS), r"a_prev has shape \(2, 4\)"),
        (lambda: lstm_cell_forward(X[:, :, 0], A0, A0.T, PARAMETERS), r"c_prev has shape \(2, 4\)"),
        (lambda: rnn_forward(X, A0, {"Wax": np.zeros((4, 3))}), "lacks 'Waa'"),
        (lambda: lstm_backward(X, ([], X)), "caches holds no step"),
        (lambda: layer_forward("lsmt", X, None, PARAMETERS), "cell is 'lsmt', but one of rnn, gru"),
        (lambda: layer_forward("gru", X, None, PARAMETERS), "parameters lacks 'Wr'"),
        (lambda: layer_forward("lstm", X, (A0,), PARAMETERS), r"has 2 part\(s\), not 1"),
        (lambda: layer_forward("lstm", X, None, {}), "are those of no cell"),
        (lambda: stacked_forward("lstm", X, []), "layers is empty"),
        (lambda: stacked_forward("lstm", X, [PARAMETERS], []), "states holds 0, but one for each"),
        (lambda: bidirectional_forward("lstm", X[0], (PARAMETERS,) * 2), "x has shape"),
        (lambda: zero_state("GRU", 2, 1), "cell is 'GRU'"),
        (lambda: cross_entropy(X, np.zeros((2, 4), int)), r"targets has shape \(2, 4\).*\(2, 5\)"),
        (
            lambda: layer_backward("lstm", np.zeros((4, 2, 5)), CACHES, (A0, A0.T)),
            "dstate has shape",
        ),
        (lambda: layer_backward("lsmt", np.zeros((4, 2, 5)), CACHES), "cell is 'lsmt'"),
        (
            lambda: bidirectional_backward("lstm", np.zeros((7, 2, 5)), (CACHES, CACHES, [5, 5])),
            r"da has shape \(7, 2, 5\), but \(2 n_a=8, m=2, T_x\)",
        ),
        (lambda: output_forward(A0, np.zeros((2, 3)), np.zeros((2, 1))), "output layer.*n_a=4"),
        (lambda: output_forward(A0, np.zeros((2, 4)), np.zeros((1, 2))), "bias.*n_y=2, 1"),
        (lambda: cross_entropy(X, np.zeros((2, 5))), "targets is of type float64"),
        (lambda: cross_entropy(X, np.full((2, 5), 3)), r"targets must lie in 0\.\.2"),
    ],
)
def test_a_bad_argument_is_named_with_its_shape(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("kind", KINDS)
def test_upstream_gradients_must_fit_the_pass(kind):
    case = draw_case(kind, n_x=3, n_a=4, m=2, T=3)
    _, _, caches = case.cell.forward(case.x, case.state, case.parameters)
    rest = case.dstates[1:]
    with pytest.raises(ValueError, match=r"da has shape \(4, 2, 4\), but .* T_x=3 steps"):
        case.cell.backward((np.zeros((4, 2, 4)), *rest), caches)
    with pytest.raises(ValueError, match=r"da has shape \(4, 1, 3\), but \(n_a=4, m=2, T_x\)"):
        case.cell.backward((np.zeros((4, 1, 3)), *rest), caches)
    _, _, cache = case.cell.cell_forward(case.x[:, :, 0], case.state, case.parameters)
    with pytest.raises(ValueError, match=r"da_next has shape \(3, 2\), but \(n_a=4, m=2\)"):
        case.cell.cell_backward((np.zeros((3, 2)), *(d[:, :, 0] for d in rest)), cache)


def test_the_cell_states_gradient_must_fit_too():
    case = draw_case("lstm", n_a=4, m=2, T=3)
    _, _, caches = case.cell.forward(case.x, case.state, case.parameters)
    with pytest.raises(ValueError, match="dc has shape"):
        lstm_backward(case.dstates[0], caches, case.dstates[1][:, :, :2])
    with pytest.raises(ValueError, match="dc_next has shape"):
        lstm_cell_backward(np.zeros((4, 2)), np.zeros((4, 1)), caches[0][0])


@pytest.mark.parametrize("kind", KINDS)
def test_caches_are_tuples_in_the_courses_order(kind):
    case = draw_case(kind)
    _, _, caches = case.cell.forward(case.x, case.state, case.parameters)
    assert len(caches) == 2
    assert caches[1] is case.x
    assert len(caches[0]) == case.x.shape[2]
    assert len(caches[0][0]) == {"rnn": 4, "lstm": 10}.get(kind, 8)
    assert np.array_equal(caches[0][-1][0], caches[0][4].a_next)
    assert [step.xt.shape for step in caches[0][1:3]] == [(3, 3)] * 2
    with pytest.raises(IndexError):
        caches[0][5]
    assert caches[0][2][-1] is case.parameters


@pytest.mark.parametrize("kind", KINDS)
def test_without_an_output_layer_there_is_no_prediction(kind):
    cell, rng = Cell.of(kind), np.random.default_rng(0)
    parameters = draw_parameters(kind, 3, 4, rng)
    state = zero_state(cell.name, 4, 2)
    assert cell.forward(X, state, parameters)[1] is None
    assert cell.cell_forward(X[:, :, 0], state, parameters)[1] is None


@pytest.mark.parametrize("kind", KINDS)
def test_single_precision_stays_single(kind):
    case = draw_case(kind)
    parameters = {name: value.astype(np.float32) for name, value in case.parameters.items()}
    state = tuple(s.astype(np.float32) for s in case.state)
    states, y, caches = case.cell.forward(case.x.astype(np.float32), state, parameters)
    gradients = case.cell.backward(tuple(d.astype(np.float32) for d in case.dstates), caches)
    assert {a.dtype for a in (*states, y, *gradients.values())} == {np.dtype(np.float32)}
    exact, _, _ = case.cell.forward(case.x, case.state, case.parameters)
    np.testing.assert_allclose(states[0], exact[0], atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_whole_numbers_as_weights_are_taken_as_floats(kind):
    case = draw_case(kind)
    whole = {name: np.rint(2 * value).astype(int) for name, value in case.parameters.items()}
    floats = {name: value.astype(float) for name, value in whole.items()}
    ours, _, _ = case.cell.forward(case.x, case.state, whole)
    theirs, _, _ = case.cell.forward(case.x, case.state, floats)
    assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_scores_beyond_the_range_of_exp_have_a_finite_loss():
    loss, dscores = cross_entropy(np.array([[[1e4]], [[-1e4]]]), np.array([[1]]))
    assert loss == pytest.approx(2e4)
    assert np.isfinite(dscores).all()


def test_importing_any_module_loads_numpy_and_nothing_else():
    code = (
        "import importlib, pkgutil, sys, models.scratch as package\n"
        "for module in pkgutil.iter_modules(package.__path__):\n"
        "    importlib.import_module(f'models.scratch.{module.name}')\n"
        "heavy = {'torch', 'pandas', 'safetensors', 'scipy', 'matplotlib', 'gradio'}\n"
        "print(sorted(heavy & set(sys.modules)), 'numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] True"


@pytest.mark.parametrize("cell", CELLS)
def test_the_walk_through_shows_every_step_beside_its_numeric_gradient(cell):
    text = "\n".join(explain(cell, steps=2))
    assert text.count("\nstep 0\n") == text.count("\nstep 1\n") == 2
    errors = [float(line.split("relative error")[1].split()[0]) for line in text.splitlines()
              if "relative error" in line]  # fmt: skip
    gates = {"rnn": 1, "gru": 4, "lstm": 4}[cell]
    states = 2 if cell == "lstm" else 1
    weights = {"rnn": 3, "gru": 7, "lstm": 8}[cell]
    assert len(errors) == 2 * (gates + states + 1) + weights
    assert max(errors) < 1e-7
    for shape in ("(2, 1)", "(3, 1)", "(3, 3)" if cell == "rnn" else "(3, 5)"):
        assert shape in text


def test_the_walk_through_is_a_command(capsys):
    main(["--cell", "rnn", "--steps", "1"])
    assert "A RNN cell" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--steps", "0"])
    assert "steps is 0, but 1 or more" in capsys.readouterr().err
