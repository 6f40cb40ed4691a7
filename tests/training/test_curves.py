"""The pictures show what they were given, and the same numbers give the same file."""

from __future__ import annotations

import pytest

from training.curves import LINES, write_field, write_reliability

BINS = [
    {"from": 0.8, "to": 0.87, "confidence": 0.84, "accuracy": 0.8, "reviews": 10},
    {"from": 0.93, "to": 1.0, "confidence": 0.97, "accuracy": 0.9, "reviews": 30},
]
CALIBRATION = {"bins": BINS, "bins_of_cuts": {"5": BINS[:1], "20": BINS, "all": BINS}}
ROWS = [
    {"epoch": epoch, "train_loss": 1 / epoch, "valid_loss": 2 / epoch, "train_accuracy": 0.5,
     "valid_accuracy": 0.6}
    for epoch in (1, 2, 3)
]  # fmt: skip


def test_the_reliability_of_every_length_is_a_line_of_its_own(tmp_path):
    write_reliability(CALIBRATION, tmp_path, "net")
    picture = (tmp_path / "curves" / "net-reliability.svg").read_text()
    for label in ("whole reviews", "sentences, at most 5 words", "sentences, at most 20 words"):
        assert picture.count(f">{label}<") == 1
    assert "at most all" not in picture
    write_reliability(CALIBRATION, tmp_path / "again", "net")
    assert (tmp_path / "again" / "curves" / "net-reliability.svg").read_text() == picture


def test_the_field_is_a_line_for_each_network_in_four_panels(tmp_path):
    histories = {f"network {i}": ROWS for i in range(len(LINES))}
    write_field(histories, tmp_path, "all of them")
    picture, page = (tmp_path / "curves.svg").read_text(), (tmp_path / "curves.html").read_text()
    for name in histories:
        assert picture.count(f">{name}<") == 1  # in the legend, once
        assert page.count(f'"name":"{name}"') == 4
    for title in ("training loss", "validation loss", "training accuracy", "validation accuracy"):
        assert f">{title}<" in picture


@pytest.mark.parametrize("part", [0, 1])
def test_no_two_lines_look_alike(part):
    assert len({line[part] for line in LINES}) == len(LINES)
