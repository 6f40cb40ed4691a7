"""Publish what was trained: a checkpoint as a model on the Hugging Face Hub, the app as a Space.

    python -m training.publish weights/shakespeare-best --repo USER/shakespeare-best
    python -m training.publish --all --namespace USER     # every checkpoint in weights/
    python -m training.publish --space USER/rnn-lab       # the page

A checkpoint is loaded as strictly as the app loads it before anything is sent; then it goes up in
one commit, with a card for people and a tag. Publishing the same again changes nothing. The token
is that of ``hf auth login`` or of HF_TOKEN, and is never shown. ``models.hub`` does the talking,
``training.space`` knows what a Space needs.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from inference.registry import Registry, default_weights_dir
from models import hub
from models.checkpoint import CONFIG_FILE, WEIGHTS_FILE, CheckpointError
from models.hub import CHECKPOINT_FILES, HubError, Pushed
from models.places import PINS_FILE, Pin, is_repo, write_pins
from training import space
from training.card import hub_card
from training.flags import option
from training.processes import processes
from training.script import run_script

CARD = "README.md"
CODE = "https://huggingface.co/spaces/{user}/rnn-lab"  # where the page is, its code is


@dataclass(frozen=True)
class Publishing:
    """Whether a training ends on the Hub."""

    publish: str = option("", "USER/NAME on the Hub, which gets the finished checkpoint; empty: no")

    def __post_init__(self) -> None:
        if self.publish:  # before hours of training, not after
            check_repo(self.publish)
            hub.require_token()

    def finish(self, folder: Path) -> None:
        """Publish a finished checkpoint folder, if asked; SystemExit when the Hub does not take it,
        which leaves the folder as it is."""
        if not self.publish or not processes().is_main:
            return
        try:
            print(publish(folder, self.publish))
        except CheckpointError as error:
            again = f"python -m training.publish {folder} --repo {self.publish}"
            raise SystemExit(f"{error} {folder} is finished; publish it by: {again}") from None


def main(argv: Sequence[str] | None = None) -> None:
    """Publish what the flags name, and say what was done."""
    options = _parse(argv)
    if options.space:
        check_repo(options.space)
        if options.dry_run:
            print(listed(options.space, space.files()))
            return
        print(space.publish(options.space, options.private, options.hardware))
        return
    folders = {options.folder: options.repo}
    if options.all:
        folders = {c.parent: "" for c in sorted(default_weights_dir().glob(f"*/{CONFIG_FILE}"))}
    repos = {
        folder: repo or f"{options.namespace}/{folder.name}" for folder, repo in folders.items()
    }
    checked = {f: contents(f, repo, options.code) for f, repo in repos.items()}  # all before any
    for folder, repo in repos.items():
        if options.dry_run:
            print(listed(repo, checked[folder]))
        else:
            print(publish(folder, repo, options.private, options.revision, options.code))


def publish(
    folder: Path, repo: str, private: bool = False, tag: str | None = None, code: str = ""
) -> str:
    """Publish a checkpoint folder and pin it; returns what was done, in words.

    ``tag`` None is the next of v1, v2, ...; ``code`` is where a reader of the card gets the code.
    The pin goes into the file of pins beside the folder, when the repository has the folder's name.
    Raises CheckpointError for a folder that the app could not load, HubError.
    """
    pushed = hub.push(
        repo, contents(folder, repo, code), message=f"Publish {folder.name}",
        is_own=_is_checkpoint, private=private, tag=tag,
    )  # fmt: skip
    told = _told(repo, pushed)
    if folder.name == repo.split("/")[1]:
        weights = (folder / WEIGHTS_FILE).read_bytes()
        pin = Pin(repo, pushed.commit, hashlib.sha256(weights).hexdigest())
        write_pins(folder.parent, {folder.name: pin})
        told += f" Pinned in {folder.parent / PINS_FILE}."
    return told


def contents(folder: Path, repo: str, code: str = "") -> dict[str, Path | bytes]:
    """What goes up, by path: the files of a checkpoint, nothing else that may lie in the folder.
    CheckpointError for one that the app could not load, or without a card."""
    check_repo(repo)
    registry = Registry(folder.parent, namespace="")
    registry.check(folder.name)
    if not (folder / CARD).is_file():
        raise CheckpointError(f"{folder / CARD} is missing; a training writes it at its end.")
    files: dict[str, Path | bytes] = {
        name: folder / name for name in CHECKPOINT_FILES if (folder / name).is_file()
    }
    text = (folder / CARD).read_text(encoding="utf-8")
    code = code or CODE.format(user=repo.split("/")[0])
    return files | {CARD: hub_card(text, folder.name, repo, code).encode()}


def listed(repo: str, files: dict[str, Path | bytes]) -> str:
    """What would be sent, a line a file; nobody is asked."""
    sizes = {
        name: len(file) if isinstance(file, bytes) else file.stat().st_size
        for name, file in files.items()
    }
    lines = [f"{size:>12,}  {name}" for name, size in sorted(sizes.items())]
    total = f"{sum(sizes.values()) / 1e6:.1f} MB would go to {repo}; nothing was sent."
    return "\n".join([*lines, total])


def check_repo(repo: str) -> None:
    """HubError unless ``repo`` is written as USER/NAME."""
    if not is_repo(repo):
        raise HubError(f"{repo!r} is no name on the Hub; write USER/NAME, as in alice/my-lstm.")


def _is_checkpoint(names: Set[str]) -> bool:
    """Whether a repository with these files may be replaced: it is new, or one of ours."""
    return names <= {*CHECKPOINT_FILES, "LICENSE"}


def _told(repo: str, pushed: Pushed) -> str:
    where = f"commit {pushed.commit[:8]}, tag {pushed.tag}"
    if not pushed.changed:
        return f"{repo} has exactly this already ({where}); nothing was changed."
    line = f'from_pretrained("{repo}", revision="{pushed.tag}")'
    return f"Published {repo} ({where}). Load it: {line}."


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, help="a checkpoint folder")
    parser.add_argument("--repo", help="USER/NAME of the model on the Hub")
    parser.add_argument("--all", action="store_true", help="every checkpoint of weights/")
    parser.add_argument("--namespace", help="USER, or an organization, that gets them")
    parser.add_argument("--space", help="USER/NAME of the Space that gets the app")
    parser.add_argument("--hardware", help="of the Space: cpu-basic, zero-a10g, t4-small, ...")
    parser.add_argument("--private", action="store_true", help="make what is new private")
    parser.add_argument("--revision", help="tag of the commit [v1, v2, ...]")
    parser.add_argument("--code", default="", help=f"where the card says the code is [{CODE}]")
    parser.add_argument("--dry-run", action="store_true", help="check and list, send nothing")
    options = parser.parse_args(argv)
    ways = [options.folder is not None, options.all, options.space is not None]
    if sum(ways) != 1:
        parser.error("give one of: a checkpoint folder, --all, --space")
    if options.folder is not None and not options.repo:
        parser.error("give --repo USER/NAME")
    if options.all and (not options.namespace or options.repo):
        parser.error("give --namespace USER with --all, and no --repo")
    if options.hardware and not options.space:
        parser.error("--hardware is for a --space")
    return options


if __name__ == "__main__":
    run_script(main)
