"""A saved network is the network; a damaged one is refused by the name of its file."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from models.scratch.batches import pad_names
from models.scratch.optimizers import SGD, Adagrad, Adam
from models.scratch.storage import (
    StorageError,
    load_arrays,
    load_network,
    save_arrays,
    save_network,
)
from tests.models.scratch.cases import CELLS, NAMES, network


@pytest.mark.parametrize("make", [lambda: SGD(0.1), lambda: Adagrad(0.1), lambda: Adam(0.1)])
def test_training_goes_on_as_if_it_had_never_stopped(tmp_path, make):
    batch = pad_names(NAMES, 0)

    def train(net, optimizer, steps):
        for _ in range(steps):
            optimizer.update(net.parameters, net.loss_and_gradients(batch).gradients)

    whole, optimizer = network(), make()
    train(whole, optimizer, 6)
    first, optimizer = network(), make()
    train(first, optimizer, 3)
    save_network(tmp_path, first)
    save_arrays(tmp_path / "optimizer.npz", optimizer.state)
    second, optimizer = load_network(tmp_path), make()
    optimizer.state = load_arrays(tmp_path / "optimizer.npz")
    train(second, optimizer, 3)
    for name, value in whole.parameters.items():
        assert np.array_equal(value, second.parameters[name])


@pytest.mark.parametrize("cell", CELLS)
def test_a_saved_network_writes_the_same_text(tmp_path, cell):
    net = network(cell)
    save_network(tmp_path, net)
    again = load_network(tmp_path, cell)
    assert again.config == net.config
    assert "".join(again.generate("a", 30, seed=1)) == "".join(net.generate("a", 30, seed=1))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "weights.npz"]


def edit_config(folder, **changes):
    values = json.loads((folder / "config.json").read_text()) | changes
    kept = {name: value for name, value in values.items() if value is not ...}
    (folder / "config.json").write_text(json.dumps(kept))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "config.json").unlink(), "config.json is missing"),
        (lambda f: (f / "config.json").write_text("{"), "config.json is not the config"),
        (lambda f: (f / "config.json").write_text("[]"), "config.json is not the config"),
        (lambda f: edit_config(f, task="generation"), "belongs to a generation network"),
        (lambda f: edit_config(f, cell=...), "lacks entry 'cell'"),
        (lambda f: edit_config(f, dropout=0.5), "unknown entry 'dropout'"),
        (lambda f: edit_config(f, hidden_size="5"), "'hidden_size' must be of type int"),
        (lambda f: edit_config(f, characters="ba"), "bad value"),
        (lambda f: edit_config(f, cell="gru"), "weights.npz does not fit config.json"),
        (lambda f: edit_config(f, hidden_size=6), r"weights\.npz does not fit .* is expected"),
        (lambda f: (f / "weights.npz").unlink(), "weights.npz is missing"),
        (lambda f: (f / "weights.npz").write_bytes(b"PK"), "weights.npz is truncated"),
        (
            lambda f: (f / "weights.npz").write_bytes((f / "weights.npz").read_bytes()[:-99]),
            "weights.npz is truncated",
        ),
        (
            lambda f: np.savez(f / "weights.npz", a=np.array([{}], dtype=object)),
            "weights.npz is truncated or damaged",  # it would need pickle
        ),
        (
            lambda f: np.savez(f / "weights.npz", a=np.array([np.nan])),
            "not finite|else than finite",
        ),
        (lambda f: np.savez(f / "weights.npz", a=np.array(["x"])), "else than finite numbers"),
    ],
)
def test_a_damaged_network_is_refused_by_the_name_of_its_file(tmp_path, damage, message):
    save_network(tmp_path, network())
    damage(tmp_path)
    with pytest.raises(StorageError, match=message):
        load_network(tmp_path)


def test_a_network_of_another_cell_is_refused(tmp_path):
    save_network(tmp_path, network("gru"))
    with pytest.raises(StorageError, match="belongs to a gru network, not to a lstm network"):
        load_network(tmp_path, "lstm")


def test_the_config_says_all_there_is_to_say(tmp_path):
    save_network(tmp_path, network())
    values = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    assert values == {"task": "scratch", **dataclasses.asdict(network().config)}
