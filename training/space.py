"""The app as a Space: what it needs, up there; then wait until it runs, and call it once.

The front matter of README.md says how the Space is built. The checkpoints go along, so that the
page needs no other repository; so does training/, which the page starts beside itself where a
visitor trains (``inference.live``), and the figures that it quotes. Nothing of tests and
no other result does.
"""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path
from typing import Any

from models import hub
from models.hub import HubError

ROOT = Path(__file__).parents[1]
SINGLE = ("app.py", "README.md", "LICENSE", "requirements.txt")
FOLDERS = (
    "data", "models", "inference", "training", "tabs", "weights", "results/memory",
    "results/gradient_flow",
)  # fmt: skip
MARK = "inference/registry.py"  # a Space that has it is one of ours
BUILD_SECONDS = 30 * 60  # torch is large; the Hub gives up after the same time
CALL = {"text": "A wonderful little film.", "api_name": "/score"}


def files(root: Path = ROOT) -> dict[str, Path]:
    """The files of the Space by path."""
    found = [root / name for name in SINGLE]
    for folder in FOLDERS:
        found += sorted(path for path in (root / folder).rglob("*") if _belongs(path))
    return {path.relative_to(root).as_posix(): path for path in found}


def publish(repo: str, private: bool = False, hardware: str | None = None) -> str:
    """Make ``repo`` (USER/NAME) the Space of this app, wait until it runs, and ask it for a
    verdict; returns what was done, in words. Raises HubError."""
    pushed = hub.push(
        repo, files(), message="Publish RNN Lab", is_own=_is_ours, kind="space", private=private,
        hardware=hardware,
    )  # fmt: skip
    address, token = hub.start_space(repo, hardware, BUILD_SECONDS)
    answer = call(address, token)
    done = "Published" if pushed.changed else "Nothing was changed in"
    return (
        f"{done} {repo} (commit {pushed.commit[:8]}). It runs at {address} and judges "
        f"{CALL['text']!r}: {answer['label']} ({answer['score']:.0%})."
    )


def call(address: str, token: str | None = None) -> dict[str, Any]:
    """One verdict from the app at ``address``; HubError when it does not answer."""
    from gradio_client import Client

    try:
        return Client(address, token=token, verbose=False).predict(**CALL)
    except Exception as error:  # of many kinds: the network's, the client's, the app's own
        raise HubError(
            f"The Space at {address} runs but does not answer ({type(error).__name__}); open it "
            "in a browser to see."
        ) from error


def _belongs(path: Path) -> bool:
    hidden = any(part.startswith(".") or part == "__pycache__" for part in path.parts)
    return path.is_file() and not hidden and path.suffix not in (".pyc", ".part")


def _is_ours(names: Set[str]) -> bool:
    """Whether a Space with these files may be replaced: it is new, or an older version."""
    return MARK in names or names <= {"README.md"}
