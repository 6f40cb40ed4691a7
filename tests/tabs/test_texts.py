"""The prose of the page: each piece has one name, and each name has a reader."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(ROOT.glob("tabs/texts/[a-z]*.py"))


def names(path: Path) -> list[str]:
    """Every name that a file of prose gives, as often as it does."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
    parts = [part for node in assigned for target in node.targets for part in ast.walk(target)]
    return [part.id for part in parts if isinstance(part, ast.Name)]


def test_there_is_a_file_of_prose_for_each_tab():
    assert len(FILES) > 6


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_text_takes_the_name_of_another(path):
    assert [name for name, count in Counter(names(path)).items() if count > 1] == []


def test_every_text_is_used():
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in [ROOT / "app.py", *ROOT.rglob("tabs/**/*.py")]
    )
    every = [name for path in FILES for name in names(path)]
    assert [name for name in every if len(re.findall(rf"\b{name}\b", code)) < 2] == []
