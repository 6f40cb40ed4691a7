"""A small network in training: the page shows what it was told, each number beside a baseline."""

from __future__ import annotations

import pytest

from data.memory import Series
from tabs.memory_html import TrainingView, checkpoint_line, curves, examination, status, told
from tabs.texts import memory as texts


def check(step: int, **changes) -> dict:
    row = {
        "kind": "check", "step": step, "progress": 0.25, "seconds": 2.0, "train_loss": 1.5,
        "valid_loss": 1.25, "train_score": 0.5, "valid_score": 0.625, "gradient_norm": 0.8,
        "clipped": 0.25,
    }  # fmt: skip
    return row | changes


def view(*rows: dict, clip: float = 1.0) -> TrainingView:
    made = TrainingView()
    made.hear({"kind": "start", "answer": "class", "told": [], "clip_norm": clip,
               "baseline": {"name": "guessing", "loss": 2.08, "score": 0.125}})  # fmt: skip
    for row in rows:
        made.hear(row)
    return made


def test_loss_score_and_gradient_norm_are_shown_beside_their_measure():
    html = curves(view(check(20), check(40)))
    assert html.count("<section>") == 3
    assert "accuracy in validation: 62.5%" in html
    assert "loss, nats in validation: 1.250" in html
    assert "0.8 · 25% of steps clipped" in html
    assert "clipped above 1" in html
    assert html.count('class="line-base"') == 3  # two baselines and the threshold
    assert html.count("guessing") == 2


def test_without_clipping_there_is_no_threshold():
    html = curves(view(check(20), clip=0.0))
    assert html.count('class="line-base"') == 2
    assert texts.NO_CLIP in html


def test_a_loss_that_is_no_number_is_said_and_not_drawn():
    html = curves(view(check(20, train_loss=None, valid_loss=None, gradient_norm=None)))
    assert "not a number" in html
    assert "nan" not in html.lower()


def test_before_anything_was_heard_the_page_is_whole():
    html = curves(TrainingView())
    assert html.count("<section>") == 3
    assert "line-base" not in html  # no baseline is claimed before one is known
    assert texts.TRAIN_STARTS in status(TrainingView())


def test_the_status_says_why_it_ended_and_what_is_kept():
    made = view(check(40))
    assert "step 40 · 2.0 s · 20 steps a second" in status(made)
    made.hear({"kind": "end", "metrics": {"ended": "the <time> was up", "best_step": 20}})
    assert "ended because the &lt;time&gt; was up; the weights of step 20 are kept" in status(made)
    assert 'aria-valuenow="100"' in status(made)


def test_of_classes():
    html = examination({"answer": "class", "test": {
        "examples": 10, "loss": 0.5, "score": 0.8, "error": None, "pairs": [],
        "baseline": {"name": "guessing", "loss": 0.69, "score": 0.5},
        "confusion": [[5, 0], [2, 3]],
        "per_class": [
            {"class": "<b>yes", "examples": 5, "recall": 1.0, "precision": 5 / 7},
            {"class": "no", "examples": 5, "recall": 0.6, "precision": None},
        ],
    }})  # fmt: skip
    assert "<b>80.0%</b> accuracy on 10 examples" in html
    assert "guessing: 50.0%" in html
    assert "<b>yes" not in html
    assert '<td style="--share:0.400">2</td><td class=right style="--share:0.600">3</td>' in html
    assert "<td>5</td><td>100.0%</td><td>71.4%</td><td>50.0%</td>" in html
    assert "<td>60.0%</td><td>–</td>" in html


def test_of_many_classes_the_first_are_drawn_and_the_rest_counted():
    many = 30
    entries = [{"class": str(k), "examples": 1, "recall": 1.0, "precision": 1.0}
               for k in range(many)]  # fmt: skip
    html = examination({"answer": "class", "test": {
        "examples": many, "loss": 0, "score": 1, "error": None, "pairs": [],
        "baseline": {"name": "m", "loss": 1, "score": 0}, "per_class": entries,
        "confusion": [[int(r == c) for c in range(many)] for r in range(many)],
    }})  # fmt: skip
    assert html.count("class=right") == 20
    assert "and 10 classes more" in html


def test_of_numbers():
    html, again = (examination(numbers(), are_new) for are_new in (True, False))
    assert "90.0%</b> variance explained on 2 examples that it did not learn from" in html
    assert "some of which it may have learned from" in again
    assert "did not" not in again
    assert "Off by 0.25 on average" in html
    assert html.count("<circle") == 2


def numbers() -> dict:
    return {"answer": "number", "test": {
        "examples": 2, "loss": 0.1, "score": 0.9, "error": 0.25, "confusion": [], "per_class": [],
        "baseline": {"name": "always the mean", "loss": 1.0, "score": 0.0},
        "pairs": [[1.0, 1.1], [2.0, 1.9]],
    }}  # fmt: skip


@pytest.mark.parametrize(
    ("series", "said"),
    [
        (Series("recall", 20, ("A",), "class", ("A",)), "name the first letter, 20 steps"),
        (Series("own", 9, ("a", "b"), "class", ("x", "y")), "own data, 2 features, 2 classes"),
        (Series("own", 9, ("a",), "number"), "own data, 1 features, a number"),
    ],
)
def test_a_checkpoint_is_described_and_its_name_escaped(series, said):
    line = checkpoint_line("<i>net", series, "gru", 1234)
    assert said in line
    assert "&lt;i&gt;net" in line
    assert "1,234 parameters" in line


def test_what_a_file_holds_is_escaped():
    assert "<script>" not in told(["<script>"])
    assert told([]) == ""
