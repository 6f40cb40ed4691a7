"""Laws of the race: fair, repeatable, and told as it was."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from inference.live import LiveTraining
from training import memory_record, memory_report
from training.memory_race import NAMES, Race, RaceConfig, main, outcome, report, rounds


def test_all_four_take_the_same_steps_and_a_seed_repeats_the_race_on_any_number_of_threads():
    races = [list(rounds(RaceConfig(6, seed=3, steps=20, threads=threads))) for threads in (1, 2)]
    for found in races:
        assert [report(race, s, RaceConfig(6, steps=20))["step"] for race, s in found] == [20, 20]
    first, second = (found[-1][0].curves for found in races)
    assert first == second
    assert {len(curve) for curve in first.values()} == {20}


def test_the_race_ends_when_the_time_is_up():
    assert len(list(rounds(RaceConfig(6, seconds=1e-9)))) == 1


def test_the_lstms_differ_in_their_forget_bias_alone():
    race = Race(6, 4.0, 1)
    plain, biased = (race.networks[name].layers for name in ("lstm", "lstm-forget"))
    for name, weights in plain.named_parameters():
        same = (weights == getattr(biased, name)).reshape(128, -1).all(1)
        assert same[:32].all()
        assert same[64:].all()
        if name.startswith("bias"):
            assert not same[32:64].any()
    total = biased.bias_ih_l0 + biased.bias_hh_l0
    assert (total[32:64] == 4.0).all()


def test_the_networks_learn():
    race = Race(5, 3.0, 1)
    with ThreadPoolExecutor(1) as pool:
        race.run(150, pool)
    assert race.outcomes()["lstm-forget"].accuracy > 0.6


def test_an_outcome_is_that_of_a_hand_count():
    curve = [0.0] * 100 + [1.0] * 100
    found = outcome(curve)
    assert found.accuracy == 1.0
    assert found.solved_at == 148  # 48 of the last 50 are right: 96 %, and 47 are 94 %
    assert outcome([1.0] * 49).solved_at is None  # too short to be told
    assert outcome([0.5]).accuracy == 0.5


def test_the_race_is_over_when_all_have_solved_it():
    race = Race(6, 3.0, 1)
    assert not race.is_over()
    race.curves = {name: [1.0] * 60 for name in NAMES}
    assert race.is_over()
    race.curves["gru"] = [1.0] * 55 + [0.0] * 5
    assert not race.is_over()


@pytest.mark.parametrize("flags", [["--distance=1"], ["--steps=0"], ["--seconds=0"], ["--x"]])
def test_what_cannot_be_raced_is_refused(flags, capsys):
    with pytest.raises(SystemExit) as caught:
        main(flags)
    assert caught.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_the_page_can_stop_a_race():
    with LiveTraining(
        "training.memory_race", ["--distance=80", "--steps=100000", "--reports"], seconds=120,
        megabytes=3000,
    ) as training:  # fmt: skip
        heard = training.reports()
        first = next(heard)
        training.stop()
        rest = list(heard)
    assert first["step"] == 10
    assert set(first["accuracy"]) == set(NAMES)
    assert len(rest) < 20


def test_the_record_is_written_drawn_and_told(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(
        "a\n<!-- memory:begin (python -m training.evaluate writes this) -->\n<!-- memory:end -->\nb"
    )
    places = [f"--results-dir={tmp_path}", f"--readme={readme}"]
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patch:
        patch.setattr(memory_record, "DISTANCES", (5, 6))
        memory_record.main([*places, "--seeds=2", "--steps=50"])
    measured = json.loads((tmp_path / "memory" / "race.json").read_text())
    entry = measured["distances"]["5"]["gru"]
    assert (len(entry["accuracy"]), np.shape(entry["curves"])) == (2, (2, 2))
    assert (tmp_path / "memory" / "recall.svg").stat().st_size > 1000
    assert "| LSTM, forget bias 3 |" in readme.read_text()
    assert readme.read_text().startswith("a\n")
    before = (tmp_path / "memory" / "recall.svg").read_bytes()
    memory_record.main([*places, "--no-measure"])
    assert (tmp_path / "memory" / "recall.svg").read_bytes() == before


def test_the_table_tells_each_seed_and_when_all_solved_it():
    def entry(*solved):
        return {"accuracy": [1.0, 0.5], "solved_at": list(solved)}

    networks = {name: entry(100, None) for name in NAMES} | {"gru": entry(100, 200)}
    table = memory_report.race_table({
        "chance": 0.125, "hidden_size": 32, "forget_bias": 2.0, "steps": 1000, "last": 50,
        "solved": 0.95, "distances": {"20": networks},
    })  # fmt: skip
    assert "| GRU | 1.00, 0.50 (150) |" in table
    assert "| RNN | 1.00, 0.50 |" in table
    assert "forget bias 2 |" in table
