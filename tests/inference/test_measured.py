"""What is quoted from results/ is what stands there, and nothing where nothing stands."""

from __future__ import annotations

from inference.measured import measured
from models.checkpoint import write_json


def test_a_record_is_read_as_it_was_written(tmp_path):
    write_json(tmp_path / "flow" / "measured.json", {"runs": 3})
    assert measured("flow", tmp_path) == {"runs": 3}


def test_a_record_that_is_missing_or_damaged_is_empty(tmp_path):
    assert measured("flow", tmp_path) == {}
    (tmp_path / "flow").mkdir()
    (tmp_path / "flow" / "measured.json").write_text('{"runs": ')
    assert measured("flow", tmp_path) == {}
