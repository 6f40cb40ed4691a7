"""The README says what the results say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from training.report import best_writers, fill, fill_readme, results_table, sample

ROOT = Path(__file__).parents[2]


def test_the_readme_is_what_the_results_and_samples_make_of_it():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert fill_readme(readme, ROOT / "results", ROOT / "weights") == readme


def test_results_and_checkpoints_tell_the_same_numbers():
    for path in (ROOT / "results").glob("*.json"):
        record = json.loads(path.read_text())
        trained = json.loads((ROOT / "weights" / record["model"] / "metrics.json").read_text())
        assert set(record["metrics"]) & set(trained), path.name
        assert_close(trained, record["metrics"], path.name)


def assert_close(trained, value, place: str) -> None:
    """Equal, numbers to the rounding of another machine's arithmetic; what is only in the results
    (an interval, the cuts of reviews) has nothing to differ from."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in trained:
                assert_close(trained[name], inner, f"{place}.{name}")
    elif isinstance(value, float):
        assert trained == pytest.approx(value, rel=2e-3), place
    else:
        assert trained == value, place


def test_every_checkpoint_has_its_results():
    names = {p.parent.name for p in (ROOT / "weights").glob("*/config.json")}
    assert names == {p.stem for p in (ROOT / "results").glob("*.json")}
    assert names >= {"shakespeare-lstm", "sentiment-best", "forecast-lstm"}


def make_record(model: str = "net", task: str = "generation", parameters: int = 1_500) -> dict:
    row = {"data": "d", "measure": "m", "value": "1.234", "baseline": "2.0 (counts)"}
    return {"model": model, "task": task, "parameters": parameters, "megabytes": 6.0,
            "training_minutes": 12.3, "table": [row]}  # fmt: skip


def test_a_changed_number_changes_the_table(tmp_path):
    (tmp_path / "net.json").write_text(json.dumps(make_record()))
    table = results_table(tmp_path)
    assert "| `net` | d | m | **1.234** | 2.0 (counts) | 12 min | 6.0 MB, 1,500 |" in table


def test_the_table_goes_by_task_and_size(tmp_path):
    records = [make_record("a", "forecasting"), make_record("b", parameters=10), make_record("c")]
    for record in records:
        (tmp_path / f"{record['model']}.json").write_text(json.dumps(record))
    rows = results_table(tmp_path).splitlines()[2:]
    assert [row[3] for row in rows] == ["c", "b", "a"]


def test_the_best_writer_of_each_corpus_is_shown(tmp_path):
    for name, corpus, nats, characters in (
        ("a", "plays", 1.5, 100), ("b", "plays", 1.4, 100), ("c", "names", 1.6, 10),
    ):  # fmt: skip
        (tmp_path / name).mkdir()
        (tmp_path / name / "samples.txt").write_text("=== seed 1\ntext\n")
        metrics = {"corpus": corpus, "validation_nats_per_char": nats,
                   "validation_characters": characters}  # fmt: skip
        (tmp_path / name / "metrics.json").write_text(json.dumps(metrics))
    assert best_writers(tmp_path) == ["b", "c"]


def test_filling_replaces_only_what_is_between_the_marks():
    marks = "<!-- a:begin (python -m training.evaluate writes this) -->", "<!-- a:end -->"
    text = f"before\n{marks[0]}\nold\n{marks[1]}\nafter"
    assert fill(text, "a", "new") == f"before\n{marks[0]}\nnew\n{marks[1]}\nafter"
    with pytest.raises(ValueError, match="lacks the marks"):
        fill("nothing here", "a", "new")


def test_a_sample_is_the_first_of_its_file(tmp_path):
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "samples.txt").write_text("=== seed 1\none\ntwo\n\n=== seed 2\nthree\n")
    assert sample(tmp_path, "net") == "`net`, seed 1:\n\n```text\none\ntwo\n```"


def test_every_picture_and_file_that_the_readme_names_is_there():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(((?!https?://)[^)#]+)\)", readme)
    assert len(targets) >= 5
    assert [target for target in targets if not (ROOT / target).exists()] == []
