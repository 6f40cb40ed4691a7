"""The reference values that all tests of ``models.scratch`` may ask for."""

from __future__ import annotations

import json

import pytest


@pytest.fixture(scope="session")
def entries(request) -> dict[str, dict]:
    """The entries of ``dls_reference.json`` by their id; the test skips where it is not at hand."""
    path = request.config.rootpath.parent / "shared" / "reference" / "dls_reference.json"
    if not path.is_file():
        pytest.skip(f"the reference values are not at hand ({path})")
    return {entry["id"]: entry for entry in json.loads(path.read_text())["entries"]}
