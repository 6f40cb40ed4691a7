"""Laws of the writing benchmark: the rivals do the same work, and the bound counts what is read."""

from __future__ import annotations

import pytest
import torch

from models.checkpoint import save_checkpoint
from models.generation import GenerationConfig, LanguageModel
from training import benchmark_generation as bench

CELLS = ["rnn", "gru", "lstm"]


def tiny(cell: str):
    return bench.make_generator(GenerationConfig(11, cell, 5, 7, 2, 0.0))


@pytest.mark.parametrize("cell", CELLS)
@torch.inference_mode()
def test_rivals_compute_the_same(cell):
    model = tiny(cell).model
    ways = [
        bench.by_layers(model, cell),
        bench.by_cells(model, cell),
        model.stepper(bench.zero_state(model)),
    ]
    for token in (3, 1, 4, 1, 5):
        logits = [way(token) for way in ways]
        torch.testing.assert_close(logits[0], logits[2])
        torch.testing.assert_close(logits[1], logits[2])


@pytest.mark.parametrize("cell", [*CELLS, "mogrifier"])
def test_each_way_writes_the_characters_that_are_counted(cell, monkeypatch):
    monkeypatch.setattr(bench, "CHARACTERS", 20)
    ways = bench.rivals(tiny(cell)).values()
    assert [length for _, length in ways] == [2, 20, 20, 20, 20]
    for _ in range(2):
        assert [len(run()) for run, _ in ways] == [2, 20, 20, 20, 20]


def test_the_bound_reads_every_matrix_of_a_step_once():
    H, V, D = 7, 11, 5
    second = 2 * 4 * H * H
    assert bench.bytes_per_step(tiny("lstm").model) == 4 * (4 * H * H + second + V * H)
    mogrifier = tiny("mogrifier").model
    rounds = sum(p.numel() for layer in mogrifier.layers for p in [*layer.down, *layer.up])
    assert bench.bytes_per_step(mogrifier) == 4 * (4 * H * D + 4 * H * H + second + V * H + rounds)
    for total in bench.rivals(tiny("mogrifier"))["bound"][0]():
        assert total == bench.bytes_per_step(mogrifier) / 4


def test_the_flagship_is_measured_where_there_is_one(tmp_path):
    assert list(bench.shapes(tmp_path)) == ["2 x 256", "2 x 512"]
    for name, size in (("shakespeare-lstm", 3), ("shakespeare-best", 4)):
        config = GenerationConfig(11, "gru", 5, size, 1)
        save_checkpoint(tmp_path / name, "generation", config, LanguageModel(config))
        assert bench.shapes(tmp_path)[name].hidden_size == size
    assert list(bench.shapes(tmp_path))[2:] == ["shakespeare-best"]


def test_all_of_a_crowd_write_at_the_same_time(monkeypatch):
    monkeypatch.setattr(bench, "SECONDS", 0.3)
    counts = bench.crowd(tiny("lstm"), 4)
    assert len(counts) == 4
    assert min(counts) > 0


def test_the_table_names_each_way_and_what_users_wait_for(monkeypatch):
    monkeypatch.setattr(bench, "SECONDS", 0.05)
    monkeypatch.setattr(bench, "CHARACTERS", 3)
    lines = bench.compare("tiny", tiny("gru"), 1, 1)
    assert lines[0].startswith("tiny: gru, 2 x 7")
    starts = [
        "nn.GRU, a call",
        "nn.GRUCell",
        "ours, drawn alike",
        "ours, drawn and judged",
        "bound",
    ]
    assert all(line.startswith(s) for line, s in zip(lines[2:], starts, strict=False))
    assert "1.0 x" in lines[5]
    assert lines[-2].startswith("first character")
    assert lines[-1].startswith("10 writers at once")
