"""Laws of the benchmark; how fast anything is depends on the machine and is no test."""

from __future__ import annotations

import pytest

from training import benchmark, timing


@pytest.mark.parametrize("cell", benchmark.CELLS)
def test_rivals_compute_the_same(cell, monkeypatch):
    monkeypatch.setattr(benchmark, "T", 3)
    assert benchmark.layer_rivals(cell)[2] < 1e-12


def test_rivals_take_turns_and_the_shortest_time_counts(monkeypatch):
    order, clock = [], iter([0, 5, 5, 7, 7, 10, 10, 14])
    monkeypatch.setattr(timing.time, "perf_counter", lambda: next(clock))
    times = timing.shortest_times([lambda: order.append("a"), lambda: order.append("b")], 2)
    assert order == ["a", "b", "a", "b"]
    assert times == [3, 2]


def test_the_command_prints_a_ratio_for_every_cell(capfd):
    assert benchmark.main(["scratch", "--repeats", "1"]) == 0
    printed = capfd.readouterr().out
    assert "threads: 1" in printed
    for cell in benchmark.CELLS:
        assert any(line.startswith(cell) for line in printed.splitlines())


def test_bad_flags_are_refused(capsys):
    for flags in (["scratch", "--repeats", "0"], ["scratch", "--threads", "0"], ["nothing"]):
        with pytest.raises(SystemExit):
            benchmark.main(flags)
