"""Figures draw what the predictions hold."""

from __future__ import annotations

from tabs.figures import learning_curves, probability_histogram


def test_figures_suit_the_light_and_the_dark_page():
    curves = learning_curves("net", {"net": LOSSES})
    for figure in (curves, probability_histogram([1, 2, 3, 4])):
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"


LOSSES = [{"epoch": e, "train_loss": 3 / e, "valid_loss": 3.1 / e} for e in (1.0, 2.0, 3.0)]


def test_learning_curves_show_both_losses_of_the_chosen_and_validation_of_the_others():
    figure = learning_curves("net", {"other": LOSSES[:2], "net": LOSSES})
    traces = {trace.name: trace for trace in figure.data}
    assert set(traces) == {"other", "net, training", "net, validation"}
    assert list(traces["net, training"].y) == [row["train_loss"] for row in LOSSES]
    assert list(traces["net, validation"].y) == [row["valid_loss"] for row in LOSSES]
    assert list(traces["other"].y) == [row["valid_loss"] for row in LOSSES[:2]]
    dashes = {trace.line.dash for trace in figure.data}
    assert len(dashes) > 1  # colour is not the only difference
