"""The prose of the page: each piece has one name, and each name has a reader."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

TABS = Path(__file__).parents[2] / "tabs"


def names() -> list[str]:
    """Every name that texts.py gives, as often as it does."""
    tree = ast.parse((TABS / "texts.py").read_text(encoding="utf-8"))
    assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
    parts = [part for node in assigned for target in node.targets for part in ast.walk(target)]
    return [part.id for part in parts if isinstance(part, ast.Name)]


def test_no_text_takes_the_name_of_another():
    assert [name for name, count in Counter(names()).items() if count > 1] == []


def test_every_text_is_used():
    root = TABS.parent
    files = [root / "app.py", *TABS.glob("*.py")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    assert [name for name in names() if len(re.findall(rf"\b{name}\b", code)) < 2] == []
