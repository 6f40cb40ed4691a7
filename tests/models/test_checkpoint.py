"""A checkpoint is loaded whole or not at all, and the error names the file."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from models.checkpoint import (
    CheckpointError,
    load_config,
    load_weights,
    read_json,
    save_checkpoint,
    write_json,
)


@dataclass(frozen=True)
class Shape:
    width: int = 3
    levels: tuple[float, ...] = (0.1, 0.9)

    def __post_init__(self) -> None:
        if self.width < 1:
            raise ValueError("width must be at least 1")


@pytest.fixture
def folder(tmp_path):
    torch.manual_seed(0)
    save_checkpoint(tmp_path / "net", "toy", Shape(), nn.Linear(3, 2))
    return tmp_path / "net"


def test_config_and_weights_survive_a_round_trip(folder):
    torch.manual_seed(0)
    original, loaded = nn.Linear(3, 2), nn.Linear(3, 2).train()
    load_weights(folder, loaded)
    assert load_config(folder, "toy", Shape) == Shape()
    assert torch.equal(original.weight, loaded.weight)
    assert not loaded.training


def test_a_checkpoint_of_another_task_is_refused(folder):
    with pytest.raises(CheckpointError, match=r"config.json belongs to a toy network"):
        load_config(folder, "sentiment", Shape)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.pop("width"), "lacks entry 'width'"),
        (lambda c: c.update(depth=1), "has the unknown entry 'depth'"),
        (lambda c: c.update(width=0), "bad value: width must be"),
        (lambda c: c.pop("task"), "not the config"),
    ],
)
def test_a_config_with_other_entries_is_refused(folder, change, message):
    config = json.loads((folder / "config.json").read_text())
    change(config)
    write_json(folder / "config.json", config)
    with pytest.raises(CheckpointError, match=message):
        load_config(folder, "toy", Shape)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("bias"), "lacks tensor 'bias'"),
        (lambda t: t.update(extra=torch.ones(1)), "has the unknown tensor 'extra'"),
        (lambda t: t.update(bias=torch.ones(5)), "'bias' has shape"),
        (lambda t: t.update(bias=torch.full((2,), float("nan"))), "not finite"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(folder, change, message):
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors")
    model = nn.Linear(3, 2)
    before = model.weight.clone()
    with pytest.raises(CheckpointError, match=message):
        load_weights(folder, model)
    assert torch.equal(model.weight, before)


@pytest.mark.parametrize("kept", [0, 5, 40, -1])
def test_truncated_weights_are_refused(folder, kept):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match=r"model\.safetensors is truncated or damaged"):
        load_weights(folder, nn.Linear(3, 2))


def test_missing_files_are_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"config\.json is missing"):
        load_config(tmp_path, "toy", Shape)
    with pytest.raises(CheckpointError, match=r"model\.safetensors is missing"):
        load_weights(tmp_path, nn.Linear(3, 2))
    with pytest.raises(CheckpointError, match=r"metrics\.json is missing"):
        read_json(tmp_path / "metrics.json")


def test_nothing_half_written_is_left_behind(folder):
    assert sorted(p.name for p in folder.iterdir()) == ["config.json", "model.safetensors"]
