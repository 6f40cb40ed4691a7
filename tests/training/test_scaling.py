"""The record of several processes: what is tried where, rates of the real script, and the table."""

from __future__ import annotations

import json

import pytest

from training import scaling
from training.scaling import ways


@pytest.mark.parametrize(
    ("cores", "gpus", "expected"),
    [
        (2, 0, [(1, 1), (1, 2), (2, 1)]),
        (1, 0, [(1, 1)]),
        (8, 1, [(1, 1)]),
        (8, 4, [(1, 1), (4, 1)]),
    ],
)
def test_cores_are_tried_as_threads_and_as_processes_and_gpus_as_processes(cores, gpus, expected):
    assert ways(cores, gpus) == expected


def test_the_rates_are_measured_written_and_shown(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(scaling, "ways", lambda cores, gpus: [(1, 1)])
    monkeypatch.setattr(scaling.os, "cpu_count", lambda: 1)
    small = {"hidden_size": 8, "embedding_size": 4, "num_layers": 1, "bptt_steps": 16}
    monkeypatch.setattr(scaling, "FLAGS", scaling.FLAGS | small)
    scaling.main(["--results-dir", str(tmp_path)])
    record = json.loads((tmp_path / scaling.RECORD).read_text())
    assert json.loads(capsys.readouterr().out) == record
    (trained,), (wrote,) = record["training"], record["writing"]
    assert trained["characters_per_second"] > 0
    assert wrote["characters_per_second"] > 0
    assert wrote["writers"] == 10


def test_a_failed_training_is_told_with_what_it_said(tmp_path):
    with pytest.raises(RuntimeError, match="no_such_module"):
        scaling._run([scaling.sys.executable, "-m", "no_such_module"], str(tmp_path), 1)


def test_the_table_compares_with_one_process():
    record = {
        "device": "CPU", "cores": 2,
        "training": [
            {"processes": 1, "threads": 1, "characters_per_second": 1000.0},
            {"processes": 2, "threads": 1, "characters_per_second": 1900.0},
        ],
        "writing": [{"processes": 1, "writers": 10, "characters_per_second": 300.0}],
    }  # fmt: skip
    *_, one, two, alone = scaling.table(record).splitlines()
    assert one.endswith("| 1 | 1 | 1,000 | 1.00 |")
    assert two == "|  | 2 | 1 | 1,900 | 1.90 |"
    assert alone.endswith("| 1 | 1 | 300 | 1.00 |")
