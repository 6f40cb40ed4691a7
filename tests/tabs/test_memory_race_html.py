"""The race in words and pictures: what is said is what was measured."""

from __future__ import annotations

import json
import re

from tabs.memory_race_html import RaceView, panels, record, status, told, told_html
from tabs.texts import memory as texts


def view(step: int = 600, **outcomes) -> RaceView:
    """A race after ``step`` steps; ``outcomes``: (accuracy, solved_at) by network."""
    all_of = dict.fromkeys(texts.RACERS, (0.125, None)) | {
        name.replace("_", "-"): value for name, value in outcomes.items()
    }
    race = RaceView(20, 3.0, 7)
    for at in (10, step):
        race.hear({
            "step": at, "seconds": at / 50, "progress": at / 1200,
            "accuracy": {name: accuracy for name, (accuracy, _) in all_of.items()},
            "outcome": {
                name: {"accuracy": accuracy, "solved_at": solved}
                for name, (accuracy, solved) in all_of.items()
            },
        })  # fmt: skip
    return race


def test_the_sentence_names_the_first_first_and_who_guesses():
    said = told(view(rnn=(1.0, 210), lstm_forget=(0.99, 90), gru=(0.45, None)))
    assert said == (
        "Over 20 steps, after 600 training steps each: LSTM (forget bias 3) remembers (from step "
        "90); RNN remembers (from step 210); GRU is right 45% of the time, more than by guessing; "
        "LSTM (as in PyTorch) still guesses (12.5% is chance)."
    )


def test_a_little_above_chance_counts_only_with_enough_rows():
    assert "more than by guessing" not in told(view(gru=(0.14, None)))
    assert "GRU is right 15% of the time" in told(view(gru=(0.15, None)))
    assert "more than by guessing" not in told(view(step=20, gru=(0.15, None)))


def test_before_the_first_report_nothing_is_claimed():
    race = RaceView(20, 3.0, 1)
    assert told(race) == told_html(race) == ""
    assert texts.RACE_NOT_YET in panels(race)
    assert texts.RACE_STARTS in status(race, running=True)


def test_there_is_a_panel_a_network_with_its_number_in_words_too():
    html = panels(view(rnn=(1.0, 210)))
    assert html.count("<section") == 4
    assert "RNN: accuracy 100%, remembers since step 210; chance is 12.5%" in html
    assert html.count('class="line-other"') == 12
    assert html.count('class="line-base"') == 4


def test_the_status_tells_steps_and_time_and_is_full_at_the_end():
    race = view()
    assert "600 training steps each in 12.0 s, seed 7" in status(race, running=False)
    assert 'aria-valuenow="50"' in status(race, running=True)
    assert 'aria-valuenow="100"' in status(race, running=False)


def test_all_of_a_race_is_json():
    values = json.loads(json.dumps(view(rnn=(1.0, 210)).to_json()))
    assert values["outcome"]["rnn"] == {"accuracy": 1.0, "solved_at": 210}
    assert values["steps"] == [10, 600]
    assert len(values["curves"]["gru"]) == 2


def test_the_races_of_record_are_counted():
    entry = {"accuracy": [1.0, 0.5], "solved_at": [100, None]}
    networks = dict.fromkeys(texts.RACERS, entry) | {
        "gru": {"accuracy": [0.2, 0.1], "solved_at": [None, None]}
    }
    html = record({"distances": {"20": networks}, "forget_bias": 3.0, "steps": 1000,
                   "solved": 0.95, "last": 50})  # fmt: skip
    assert re.search(r"<td>RNN</td><td>1 of 2 <small>step 100</small>", html)
    assert "<td>GRU</td><td>0 of 2 <small>15% right</small>" in html
    assert record({}) == ""
