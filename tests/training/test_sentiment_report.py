"""The README's tables about sentiment say what the results say, and only what is there."""

from __future__ import annotations

import copy

import pytest

from models.checkpoint import write_json
from training.sentiment_report import FIELD, FLAGSHIP, field_table, parts


def exam(accuracy: float) -> dict:
    figures = {"accuracy": accuracy, "ece": 0.0123, "brier": 0.05, "reviews": 2_000}
    figures |= {"interval_95": [accuracy - 0.01, accuracy + 0.01]}
    cut = figures | {"accuracy": accuracy - 0.1, "of_reviews": 5_000, "mean_words": 15.7}
    return {
        "test": figures | {
            "copies": 30, "copies_in_train": 10, "copies_in_unlabelled": 25,
            "without_copies": figures | {"accuracy": accuracy - 0.0011, "reviews": 1_970},
        },
        "cuts": {"20": cut, "all": figures | {"of_reviews": 5_000, "mean_words": 229.0}},
        "challenge": {
            "accuracy": 0.7, "interval_95": [0.6, 0.8], "texts": 40, "pairs": 0.45,
            "kinds": {"plain": {"right": 8, "texts": 10}, "sarcasm": {"right": 20, "texts": 30}},
            "failures": [{"text": "My one complaint: it ended.", "kind": "sarcasm",
                          "positive": 0.31}],
        },
    }  # fmt: skip


BAG = exam(0.91)
METRICS = {
    **exam(0.942),
    "calibration": {"sure": {"confidence": 0.95, "share": 0.613, "accuracy": 0.991}},
    "deletion": {"reviews": 200, "shares": [0.0, 0.1], "by_attribution": [0.93, 0.41],
                 "by_chance": [0.93, 0.92]},
    "baselines": {"majority": {"accuracy": 0.5}, "bag_of_words": {**BAG["test"], **BAG}},
}  # fmt: skip
FIELD_RESULTS = {
    "networks": {"sentiment-rnn": "vanilla RNN", "sentiment-gru": "GRU"}, "majority": 0.5,
    "bags": {
        "words": {"parameters": 30_001, "megabytes": 0.4, "training_minutes": 0.4,
                  "metrics": exam(0.88)},
    },
    "reviews_per_second": {"words": 4_321.0, "sentiment-rnn": 900.0},
}  # fmt: skip


def record(name: str, accuracy: float) -> dict:
    return {"model": name, "parameters": 1_046_000, "megabytes": 2.09, "training_minutes": 33.2,
            "metrics": METRICS | exam(accuracy)}  # fmt: skip


@pytest.fixture
def results(tmp_path):
    write_json(tmp_path / FIELD, FIELD_RESULTS)
    write_json(tmp_path / "sentiment-rnn.json", record("sentiment-rnn", 0.86))
    write_json(tmp_path / f"{FLAGSHIP}.json", record(FLAGSHIP, 0.942))
    return tmp_path


def test_the_field_goes_from_the_baselines_to_the_flagship(results):
    rows = field_table(results).splitlines()
    assert rows[2] == "| majority | 50.00% | | | | | | |"
    assert rows[3] == (
        "| bag of words, logistic regression | **88.00%** (87.0% to 89.0%) | 78.0% | 70.0% "
        "| 30,001 | 0.4 MB | under 1 min | 4,321 |"
    )
    assert rows[4] == (
        "| `sentiment-rnn`, vanilla RNN | **86.00%** (85.0% to 87.0%) | 76.0% | 70.0% "
        "| 1,046,000 | 2.1 MB | 33 min | 900 |"
    )
    assert rows[5].startswith(f"| `{FLAGSHIP}`, ")
    assert rows[5].endswith("| 33 min | - |")  # not timed beside the others yet
    assert len(rows) == 6  # a network without a record has no row
    assert {row.count("|") for row in rows} == {9}


def test_short_texts_stand_beside_the_bag_on_the_same_texts(results):
    table, facts = parts(results)["short-texts"].split("\n\n")
    assert table.splitlines()[2] == (
        "| 20 words at most (16) | 2,000 of 5,000 | **84.2%** | 81.0% | **1.2%** | 1.2% |"
    )
    assert table.splitlines()[3].startswith("| all | 2,000 of 5,000 | **94.2%** | 91.0% |")
    for fact in ("1.23%", "61% get", "95% or more", "99.1% are right", "30 of them", "1,970",
                 "94.09%", "is 0.93", "it 0.41", "random 0.92"):  # fmt: skip
        assert fact in facts


def test_the_challenge_is_told_by_kind_with_its_failures(results):
    table, *failures = parts(results)["challenge"].split("\n\n")
    assert table.splitlines()[2:] == [
        "| plain | 10 | 8 | 8 |",
        "| sarcasm | 30 | 20 | 20 |",
        "| all (95 % interval) | 40 | **70.0%** (60% to 80%) | 70.0% (60% to 80%) |",
        "| both of a pair | 20 pairs | 45.0% | 45.0% |",
    ]
    assert "- sarcasm, 31% positive: My one complaint: it ended." in failures[1]


def test_what_was_not_measured_has_no_part(results, tmp_path):
    assert set(parts(results)) == {"field", "short-texts", "challenge"}
    (results / f"{FLAGSHIP}.json").unlink()
    assert set(parts(results)) == {"field"}
    assert parts(tmp_path / "nothing") == {}


def test_a_changed_number_changes_the_table(results):
    before = parts(results)
    changed = copy.deepcopy(record(FLAGSHIP, 0.942))
    changed["metrics"]["challenge"]["kinds"]["sarcasm"]["right"] = 3
    changed["metrics"]["test"]["accuracy"] = 0.9
    write_json(results / f"{FLAGSHIP}.json", changed)
    after = parts(results)
    assert before["field"] != after["field"]
    assert before["challenge"] != after["challenge"]
