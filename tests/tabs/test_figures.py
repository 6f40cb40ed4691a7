"""Figures draw what the predictions hold."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from tabs.figures import HISTORY_DAYS, forecast_fan, learning_curves
from tests.tabs.test_html import make_forecast


def make_fan():
    days = pd.bdate_range(end="2024-02-29", periods=300)
    history = pd.DataFrame({"Close": np.linspace(80, 100, 300)}, index=days)
    return history, forecast_fan(history, make_forecast(), make_forecast())


def test_the_fan_begins_at_the_last_price():
    _, figure = make_fan()
    traces = {trace.name: trace for trace in figure.data}
    for name in ("median", "50 % band", "80 % band", "95 % band", "random walk, 80 % band"):
        assert traces[name].y[0] == 100.0, name
        assert pd.Timestamp(traces[name].x[0]) == pd.Timestamp("2024-02-29"), name


def test_the_bands_lie_inside_each_other_and_hold_their_quantiles():
    _, figure = make_fan()
    forecast = make_forecast()
    traces = {trace.name: trace for trace in figure.data}
    tops = [max(traces[f"{share} % band"].y) for share in (50, 80, 95)]
    assert tops == sorted(tops)
    assert tops[1] == forecast.price_quantile(0.9)[-1]
    assert min(traces["80 % band"].y) == forecast.price_quantile(0.1)[-1]


def test_only_the_last_months_of_history_are_drawn():
    history, figure = make_fan()
    assert len(figure.data[0].y) == HISTORY_DAYS < len(history)
    assert figure.data[0].y[-1] == 100.0


def test_figures_suit_the_light_and_the_dark_page():
    curves = learning_curves("net", {"net": LOSSES})
    for figure in (make_fan()[1], curves):
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"


def test_a_simulated_series_is_called_so_in_the_figure():
    simulated = dataclasses.replace(make_forecast(), source="simulated")
    history, figure = make_fan()
    assert figure.data[0].name == "AAPL close"
    assert forecast_fan(history, simulated, simulated).data[0].name == "AAPL, simulated"


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
