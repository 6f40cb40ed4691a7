"""The course of a training as HTML: every number has its place, and no text becomes markup."""

from __future__ import annotations

import math
import re

import pytest

from inference.own_text import Course
from tabs import own_text_html

NASTY = "<img src=x onerror=alert(1)></pre>&"


def row(seconds: float, valid: float | None, best: bool = True, text: str = "abc") -> dict:
    return {
        "stage": "learning", "seconds": seconds, "passes": seconds / 10, "steps": 5,
        "train_loss": None if valid is None else valid - 0.1, "valid_loss": valid, "best": best,
        "rate": 12_345.6, "text": text,
    }  # fmt: skip


def course(*rows: dict) -> Course:
    course = Course(60)
    course.hear({
        "stage": "begin", "warnings": [NASTY], "kinds": 50, "characters": 9000,
        "even_nats_per_char": math.log(50), "baseline": "3-gram", "baseline_nats_per_char": 2.2,
    })  # fmt: skip
    for one in rows:
        course.hear(one)
    return course


METRICS = {
    "validation_nats_per_char": 1.9, "baseline_nats_per_char": 2.25, "parameters": 90_000,
    "baseline": "4-gram, Witten-Bell", "validation_characters": 900, "cell": "gru",
}  # fmt: skip


def points(html: str, name: str) -> list[tuple[float, float]]:
    found = re.search(f'polyline class="line-{name}" points="([^"]*)"', html)[1]
    return [tuple(map(float, pair.split(","))) for pair in found.split()]


def test_before_a_training_each_place_says_what_will_be_there():
    assert "Press Train" in own_text_html.curves(Course(60))
    assert "appears here" in own_text_html.samples(Course(60))


def test_a_falling_loss_is_a_line_that_goes_down_and_to_the_right():
    html = own_text_html.curves(course(row(6, 3.0), row(30, 2.4), row(60, 2.0)))
    xs, ys = zip(*points(html, "valid"), strict=True)
    assert xs == (10, 50, 100)
    assert list(ys) == sorted(ys)
    assert all(0 <= y <= 100 for y in ys)
    lower = [y for _, y in points(html, "train")]
    assert all(train > valid for train, valid in zip(lower, ys, strict=True))


def test_the_goals_stand_at_their_height_and_are_named():
    html = own_text_html.curves(course(row(6, 2.2)))
    tops = dict(
        (label, float(top)) for top, label in re.findall(r'<span style="top:([\d.]+)%">(\w+)', html)
    )
    assert tops["counting"] == pytest.approx(points(html, "valid")[0][1], abs=0.1)
    assert tops["guessing"] < tops["counting"]
    assert f"{math.log(50):.2f}" in html


def test_the_dot_is_where_the_kept_weights_come_from():
    html = own_text_html.curves(course(row(6, 3.0), row(30, 2.4), row(60, 2.9, best=False)))
    at = points(html, "valid")[1]
    assert f'class="dot-kept" style="left:{at[0]:.2f}%;top:{at[1]:.2f}%"' in html
    assert at[0] == 50
    assert "kept: 2.40, after 30 s" in html


def test_a_loss_that_is_no_number_is_left_out():
    html = own_text_html.curves(course(row(6, 3.0), row(12, None, best=False)))
    assert len(points(html, "valid")) == 1


def test_the_key_tells_the_latest_losses():
    html = own_text_html.curves(course(row(6, 3.0), row(30, 2.4)))
    assert "on what it learns from <b>2.30</b>" in html
    assert "on a part that it does not learn from <b>2.40</b>" in html
    assert "<b>" not in own_text_html.curves(course())


def test_who_cannot_see_the_curves_hears_them():
    html = own_text_html.curves(course(row(6, 3.0), row(30, 2.4)))
    assert "from 3.00 to 2.40" in re.search(r'aria-label="([^"]*)"', html)[1]


@pytest.mark.parametrize("spent", [0, 23.4, 99])
def test_progress_tells_the_time_and_the_speed(spent):
    html = own_text_html.progress(course(row(6, 3.0)), spent)
    assert f"{min(spent, 60):.0f} of 60 seconds" in html
    assert "12,346 characters a second" in html
    assert f'aria-valuenow="{round(100 * min(spent, 60) / 60)}"' in html


def test_the_newest_sample_comes_first_and_a_few_earlier_ones_below():
    rows = [row(second, 3.0, text=f"sample {second}.") for second in range(1, 31)]
    shown = re.findall(r"sample (\d+)\.", own_text_html.samples(course(*rows)))
    assert shown[0] == "30"
    assert shown[-1] == "1"
    assert len(shown) == 1 + own_text_html.EARLIER
    assert list(map(int, shown)) == sorted(map(int, shown), reverse=True)


def test_nothing_a_text_says_becomes_markup():
    known = course(row(6, 3.0, text=NASTY))
    html = (
        own_text_html.progress(known, 6) + own_text_html.samples(known)
        + own_text_html.result(NASTY, METRICS, known)
    )  # fmt: skip
    assert "<img" not in html


def test_the_result_says_whether_counting_was_beaten():
    known = course(row(6, 3.0))
    assert "better than counting (4-gram: 2.25)" in own_text_html.result("own", METRICS, known)
    worse = METRICS | {"validation_nats_per_char": 2.3}
    assert "counting does better" in own_text_html.result("own", worse, known)


def test_of_a_list_it_is_told_how_new_the_lines_are():
    known, novelty = course(row(6, 3.0)), {"sampled_lines": 500, "new_share": 0.964}
    told = "Of 500 lines that it drew, 96% stand nowhere"
    assert told in own_text_html.result("own", METRICS | novelty, known)
    assert told not in own_text_html.result("own", METRICS, known)


def test_learning_by_heart_is_told():
    known = course(row(6, 3.0), row(30, 2.4), row(60, 2.9, best=False))
    assert "After 30 seconds it began to learn your text by heart" in own_text_html.result(
        "own", METRICS, known
    )
    assert "by heart" not in own_text_html.result("own", METRICS, course(row(6, 3.0), row(9, 2.4)))
