"""Who may import whom: every import statement of every file is read, also inside functions."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("data", "models", "inference", "training", "tabs")
ALLOWED = {
    "app.py": {"tabs", "inference"},
    "tabs": {"tabs", "inference"},
    "training": {"training", "inference", "data", "models"},
    "inference": {"inference", "data", "models"},
    "data": {"data"},
    "models": {"models"},
}
# Libraries with few doors: where each may be imported.
DOORS = {
    "gradio": ("app.py", "tabs/"),
    "plotly": (
        "tabs/figures.py",
        "tabs/fan_figures.py",
        "tabs/price_figures.py",
        "training/curves.py",
    ),
    "matplotlib": (
        "training/curves.py",
        "training/forecast_figures.py",
        "training/gradient_flow.py",
        "training/theory_figures.py",
    ),
    "huggingface_hub": ("models/hub.py", "data/sources.py"),
    "yfinance": ("data/yahoo.py",),
    "babel": ("data/written_dates.py",),  # not there at run time
    "typer": ("inference/__main__.py",),
}


def imported_modules(path: Path) -> set[str]:
    """The dotted names that a file imports, at its top or anywhere inside."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide who imports whom"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def violations(root: Path) -> list[str]:
    """One sentence for each import that the rules forbid."""
    wrong = []
    files = [root / "app.py", *(f for p in PACKAGES for f in sorted((root / p).rglob("*.py")))]
    for path in files:
        place = path.relative_to(root).as_posix()
        layer = place.split("/")[0]
        for name in sorted(imported_modules(path)):
            top = name.split(".")[0]
            if top in (*PACKAGES, "app", "tests") and top not in ALLOWED[layer]:
                wrong.append(f"{place} imports {name}")
            if top in DOORS and not place.startswith(DOORS[top]):
                wrong.append(f"{place} imports {name}")
            if place.startswith("models/scratch/") and top in ("torch", "pandas"):
                wrong.append(f"{place} imports {name}")
    return wrong


def test_the_house_rules_hold():
    assert violations(ROOT) == []


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("models/wrong.py", "import data.sources"),
        ("data/wrong.py", "from models import checkpoint"),
        ("inference/wrong.py", "from training.loop import Trainer"),
        ("tabs/wrong.py", "from data.errors import InputError"),
        ("tabs/wrong.py", "def f():\n    import plotly.express"),
        ("inference/wrong.py", "import gradio as gr"),
        ("training/wrong.py", "from huggingface_hub import hf_hub_download"),
        ("models/scratch/wrong.py", "import torch"),
    ],
)
def test_a_planted_violation_is_found(tmp_path, place, line):
    (tmp_path / "app.py").write_text("import tabs\n")
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / place).write_text(line + "\n")
    assert len(violations(tmp_path)) == 1


@pytest.mark.parametrize("package", PACKAGES)
def test_package_files_are_empty_so_that_importing_one_module_loads_only_it(package):
    assert (ROOT / package / "__init__.py").read_text().strip() == ""


def test_every_module_says_what_it_is_for():
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if path.name != "__init__.py":
                assert ast.get_docstring(ast.parse(path.read_text())), path
