"""Reference values from elsewhere: CS231n's, made without random numbers, and the course's GRU, of
which no public values exist, by its equations in torch."""

from __future__ import annotations

import numpy as np
import torch

from models.scratch.gru import gru_backward, gru_cell_backward, gru_cell_forward, gru_forward
from models.scratch.lstm import lstm_cell_forward, lstm_forward
from models.scratch.rnn import rnn_cell_forward, rnn_forward
from tests.models.scratch.test_reference import BIAS, GATE, STATE, draw, drawn


def cs231n_lstm_parameters(p, n_a):
    """Their blocks i, f, o, g of (D, 4H) and (H, 4H) under our names."""
    W, b = np.hstack([p["Wh"].T, p["Wx"].T]), p["b"][:, None]
    blocks = {gate: slice(k * n_a, (k + 1) * n_a) for k, gate in enumerate("ifoc")}
    return {f"W{gate}": W[s] for gate, s in blocks.items()} | {
        f"b{gate}": b[s] for gate, s in blocks.items()
    }


def test_cs231n_steps(entries):
    entry = entries["cs231n_rnn_step"]
    p = drawn(entry)
    ours = {"Wax": p["Wx"].T, "Waa": p["Wh"].T, "ba": p["b"][:, None]}
    a_next, none, _ = rnn_cell_forward(p["x"].T, p["prev_h"].T, ours)
    np.testing.assert_allclose(a_next.T, entry["expected"]["next_h"], rtol=0, atol=1e-8)
    assert none is None
    entry = entries["cs231n_lstm_step"]
    p = drawn(entry)
    ours = cs231n_lstm_parameters(p, 5)
    a_next, c_next, _, _ = lstm_cell_forward(p["x"].T, p["prev_h"].T, p["prev_c"].T, ours)
    np.testing.assert_allclose(a_next.T, entry["expected"]["next_h"], rtol=0, atol=1e-8)
    np.testing.assert_allclose(c_next.T, entry["expected"]["next_c"], rtol=0, atol=1e-8)


def test_cs231n_sequences(entries):
    entry = entries["cs231n_rnn_forward"]
    p = drawn(entry)
    ours = {"Wax": p["Wx"].T, "Waa": p["Wh"].T, "ba": p["b"][:, None]}
    a, _, _ = rnn_forward(p["x"].transpose(2, 0, 1), p["h0"].T, ours)
    expected = np.array(entry["expected"]["h (N,T,H)"])
    np.testing.assert_allclose(a.transpose(1, 2, 0), expected, rtol=0, atol=1e-8)
    entry = entries["cs231n_lstm_forward"]
    p = drawn(entry)
    a, _, _, _ = lstm_forward(
        p["x"].transpose(2, 0, 1), p["h0"].T, cs231n_lstm_parameters(p, 4)
    )  # fmt: skip
    expected = np.array(entry["expected"]["h (N,T,H)"])
    np.testing.assert_allclose(a.transpose(1, 2, 0), expected, rtol=0, atol=1e-8)


def test_the_courses_gru_equals_its_equations_in_torch():
    weights = [(f"{kind}{gate}", GATE if kind == "W" else BIAS) for gate in "urc" for kind in "Wb"]
    p = draw(1, ("xt", (3, 10)), ("a_prev", STATE), *weights, ("da_next", STATE))
    t = {name: torch.tensor(value, requires_grad=True) for name, value in p.items()}
    concat = torch.cat([t["a_prev"], t["xt"]])
    u = torch.sigmoid(t["Wu"] @ concat + t["bu"])
    r = torch.sigmoid(t["Wr"] @ concat + t["br"])
    candidate = torch.tanh(t["Wc"] @ torch.cat([r * t["a_prev"], t["xt"]]) + t["bc"])
    expected = u * candidate + (1 - u) * t["a_prev"]
    expected.backward(t["da_next"].detach())
    a_next, _, cache = gru_cell_forward(p["xt"], p["a_prev"], p)
    np.testing.assert_allclose(a_next, expected.detach().numpy(), rtol=0, atol=1e-14)
    gradients = gru_cell_backward(p["da_next"], cache)
    a, _, caches = gru_forward(p["xt"][:, :, None], p["a_prev"], p)
    of_sequence = gru_backward(p["da_next"][:, :, None], caches)
    np.testing.assert_allclose(a[:, :, 0], a_next, rtol=0, atol=1e-14)
    of_sequence["dxt"], of_sequence["da_prev"] = of_sequence["dx"][:, :, 0], of_sequence["da0"]
    for name, gradient in gradients.items():
        inner = {"dxt": "xt", "da_prev": "a_prev"}.get(name, name[1:])
        for ours in (gradient, of_sequence[name]):
            np.testing.assert_allclose(ours, t[inner].grad.numpy(), rtol=0, atol=1e-13)
