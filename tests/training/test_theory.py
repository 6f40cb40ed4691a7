"""The measurements of theory/ are what they say, its chapters hold together, their code runs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from models.scratch.batches import one_hot
from models.scratch.gradient_check import numeric_gradient, relative_error
from models.scratch.layers import layer_forward
from training import report, theory, theory_figures, theory_measures, theory_recall, theory_tables
from training.theory_measures import HIDDEN, SYMBOLS, Network

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "theory").glob("*.md"))
MEASURED = ROOT / "results" / "theory" / "measured.json"
CELLS = [Network("RNN", "rnn"), Network("GRU", "gru", 1.0), Network("LSTM", "lstm", 1.0)]


@pytest.mark.parametrize("network", CELLS, ids=lambda network: network.cell)
def test_the_gradient_by_an_earlier_state_is_the_numeric_one(network):
    rng = np.random.default_rng(0)
    x = one_hot(rng.integers(SYMBOLS, size=(2, 5)), SYMBOLS)
    parameters = theory_measures.new_parameters(network, rng)
    above = rng.standard_normal((HIDDEN, 2))
    gradients = theory_measures.state_gradients(network.cell, x, parameters, above)
    assert len(gradients) == 6
    start = [rng.standard_normal((HIDDEN, 2)) * 0 for _ in range(1 + (network.cell == "lstm"))]

    def loss() -> float:
        a, _, _ = layer_forward(network.cell, x, tuple(start), parameters)
        return float((a[:, :, -1] * above).sum())

    numeric = numeric_gradient(loss, start[-1])
    assert relative_error(numeric, gradients[-1]) < 1e-7


def test_the_identity_handed_back_returns_the_product_of_jacobians():
    network = Network("RNN", "rnn")
    rng = np.random.default_rng(0)
    symbols = rng.integers(SYMBOLS, size=(1, 3))
    x = one_hot(np.repeat(symbols, HIDDEN, axis=0), SYMBOLS)
    parameters = theory_measures.new_parameters(network, rng)
    a = layer_forward("rnn", x, None, parameters)[0][:, 0]
    product = np.eye(HIDDEN)
    for t in (1, 2):
        product = np.diag(1 - a[:, t] ** 2) @ parameters["Waa"] @ product  # (4.1), (4.2)
    returned = theory_measures.state_gradients("rnn", x, parameters, np.eye(HIDDEN))[2]
    np.testing.assert_allclose(returned.T, product, atol=1e-14)


def test_a_higher_forget_bias_keeps_more_of_the_gradient():
    ratios = [
        theory_measures.gradient_ratios(Network("", "lstm", bias), 20, seeds=3)[-1]
        for bias in (0.0, 1.0, 3.0)
    ]
    assert ratios == sorted(ratios)
    assert ratios[2] > 1000 * ratios[0]


def test_clipping_by_norm_does_not_turn_the_gradient_and_by_value_does():
    network = Network("", "rnn", gain=1.5)
    angles = theory_measures.clipping_angles(network, 30, 1.0)
    assert angles["norm"] > 1
    assert angles["norm_by_norm"] == pytest.approx(1)
    assert angles["degrees_by_norm"] == pytest.approx(0, abs=1e-4)
    assert angles["degrees_by_value"] > 1


def test_no_loss_speaks_to_a_later_input():
    rng = np.random.default_rng(0)
    layer = theory_measures.new_parameters(Network("", "lstm", 1.0), rng)
    output = {"Wy": rng.standard_normal((SYMBOLS, HIDDEN)), "by": np.zeros((SYMBOLS, 1))}
    table = theory_measures.itemised_gradients("lstm", [1, 2, 3, 4, 5], layer, output)
    assert not table[np.triu_indices(4, 1)].any()
    assert (table[np.tril_indices(4)] > 0).all()


def test_a_network_that_can_remember_learns_to_recall():
    network = Network("", "lstm", 3.0)
    assert theory_recall.recall_curve(network, 4, 120, seed=0)[-20:].mean() > 0.9


@pytest.mark.parametrize("network", CELLS, ids=lambda network: network.cell)
def test_a_cut_gradient_takes_the_state_before_the_cut_as_given(network):
    rng = np.random.default_rng(0)
    symbols = rng.integers(SYMBOLS, size=(3, 6))
    layer = theory_measures.new_parameters(network, rng)
    output = {"Wy": rng.standard_normal((SYMBOLS, HIDDEN)), "by": np.zeros((SYMBOLS, 1))}
    x = one_hot(symbols, SYMBOLS)
    given = layer_forward(network.cell, x[:, :, :4], None, layer)[1]

    def loss() -> float:
        a, _, _ = layer_forward(network.cell, x[:, :, 4:], given, layer)
        scores = output["Wy"] @ a[:, :, -1]
        chosen = scores[symbols[:, 0], range(3)]
        return float((np.log(np.exp(scores).sum(axis=0)) - chosen).mean())

    cut, _ = theory_recall._gradients(network.cell, symbols, layer, output, 2)
    whole, _ = theory_recall._gradients(network.cell, symbols, layer, output, 6)
    name = "ba" if network.cell == "rnn" else "bf" if network.cell == "lstm" else "bz"
    numeric = numeric_gradient(loss, layer[name])
    assert relative_error(numeric, cut[name]) < 1e-7
    assert relative_error(numeric, whole[name]) > 1e-3


def test_the_summary_tells_when_the_task_was_solved():
    curve = np.r_[np.zeros(100), np.ones(100)]
    assert theory_recall.summary(np.array([curve, curve * 0])) == {
        "accuracy": [1.0, 0.0], "solved_at": [148, None],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5"), (123.4, "123"), (0.0, "0"), (8.5e-9, "8.5 · 10<sup>-9</sup>")],
)
def test_numbers_in_tables_are_short(value, text):
    assert theory_tables._short(value) == text


def test_a_table_replaces_the_one_before_and_nothing_else():
    begin, end = (mark.format(name="x", command="theory") for mark in report.MARKS)
    text = f"before\n{begin}\nold\n{end}\nafter"
    filled = report.fill(text, "x", "new", "theory")
    assert filled == text.replace("old", "new")
    assert report.fill(filled, "x", "new", "theory") == filled
    with pytest.raises(ValueError, match="'y'"):
        report.fill(text, "y", "new", "theory")


@pytest.fixture(scope="module")
def measured() -> dict:
    return json.loads(MEASURED.read_text(encoding="utf-8"))


def test_chapters_and_figures_are_those_of_the_measurement(measured, tmp_path):
    for path in CHAPTERS:
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    theory_tables.fill_chapters(tmp_path, measured)
    for path in CHAPTERS:
        assert (tmp_path / path.name).read_text() == path.read_text(), path
    theory_figures.write_figures(measured, tmp_path / "figures")
    names = {path.name for path in (ROOT / "theory" / "figures").iterdir()}
    assert {path.name for path in (tmp_path / "figures").iterdir()} == names


def test_gradients_measured_anew_are_those_on_record(measured, monkeypatch):
    monkeypatch.setattr(theory, "PLAIN", theory.PLAIN[:1])
    monkeypatch.setattr(theory, "GATED", theory.GATED[-2:])
    again = theory.gradients()
    for name in ("jacobians", "forget_bias"):
        key = "norms" if name == "jacobians" else "ratios"
        for label, entry in again[name].items():
            np.testing.assert_allclose(entry[key], measured[name][label][key], rtol=1e-3)


def test_every_number_of_an_equation_is_given_once_and_in_order():
    tags = re.findall(r"\\tag\{(\d+)\.(\d+)\}", (ROOT / "theory" / "equations.md").read_text())
    numbers = [(int(a), int(b)) for a, b in tags]
    assert numbers == sorted(set(numbers))
    for section, number in numbers:
        assert number == 1 or (section, number - 1) in numbers


def test_every_equation_that_is_cited_exists():
    known = set(re.findall(r"\\tag\{(\d+\.\d+)\}", (ROOT / "theory" / "equations.md").read_text()))
    folders = ("models/scratch/*.py", "training/theory*.py", "training/scratch*.py")
    sources = [*CHAPTERS, *(path for folder in folders for path in ROOT.glob(folder))]
    for path in sources:
        cited = set(re.findall(r"(?<!\w)\((\d{1,2}\.\d{1,2})\)", path.read_text(encoding="utf-8")))
        assert cited <= known, f"{path}: {sorted(cited - known)}"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_link_leads_to_a_file(path):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_the_code_of_a_chapter_runs_and_its_assertions_hold(path):
    text = path.read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert blocks or not path.stem[0].isdigit()
    for block in blocks:
        assert "assert" in block
        exec(compile(block, str(path), "exec"), {})
