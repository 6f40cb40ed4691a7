"""A visitor's own text: checked, learned beside the page in a minute or two, and written with.

The learning is done by the script of the command line (``training.generation``) in a process of its
own, in a folder that is gone when it ends; what stays is the network in memory and one zip. Nothing
here knows the page.
"""

from __future__ import annotations

import contextlib
import math
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.errors import InputError
from data.text_files import read_text
from data.yahoo import known_tickers
from inference import archives
from inference.generation import TextGenerator
from inference.live import LiveTraining
from inference.registry import Registry
from models.checkpoint import read_json

SCRIPT = "training.generation"
CELLS = ("lstm", "gru", "rnn")
MIN_SECONDS, MAX_SECONDS = 30, 180  # a visitor's budget
MIN_CHARACTERS, MAX_CHARACTERS = 5_000, 500_000  # measuring more takes longer than the learning
MAX_KINDS = 5_000  # different characters; the softmax over more fills the memory
EXTRA_SECONDS = 300  # for a slow machine to start the script and to measure the network
PROMPT = 30  # characters of the text that the network is offered to go on from


@dataclass(frozen=True)
class OwnText:
    """A text with its ``name``, which can be part of a folder's."""

    name: str
    text: str


def company_names() -> OwnText:
    """A text that is at hand: the names of large companies, one a line, in alphabetical order."""
    names = sorted(set(known_tickers().values()), key=str.casefold)
    return OwnText("companies", "\n".join(names))


def own_file(path: str) -> OwnText:
    """The text of a visitor's file. InputError with one sentence for what cannot be learned."""
    name = Path(path).name
    try:
        text = read_text(path)
    except InputError as error:  # the visitor knows the file's name, not where it lies
        raise InputError(str(error).replace(str(path), name)) from None
    check(text)
    return OwnText(_safe(Path(path).stem), text)


def pasted(text: str | None, known: OwnText) -> OwnText:
    """The text of a form, which has a name when it is still the one that is ``known``."""
    text = (text or "").replace("\r\n", "\n")
    return known if text == known.text else OwnText("text", text)


def _safe(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name)[:40].strip("-._") or "text"


def check(text: str) -> None:
    """InputError with one sentence unless ``text`` can be learned here."""
    count, kinds = len(text), len(set(text))
    if not text.strip():
        raise InputError(f"Paste a text of at least {MIN_CHARACTERS:,} characters, or give a file.")
    if count < MIN_CHARACTERS:
        raise InputError(
            f"The text has {count:,} characters; give at least {MIN_CHARACTERS:,}, "
            "which is two or three pages."
        )
    if count > MAX_CHARACTERS:
        raise InputError(
            f"The text has {count:,} characters; give at most {MAX_CHARACTERS:,} here. "
            f"python -m {SCRIPT} --text FILE has no such limit."
        )
    if kinds < 2:
        raise InputError(
            "The text is one character again and again, so there is nothing to learn; give another."
        )
    if kinds > MAX_KINDS:
        raise InputError(
            f"The text has {kinds:,} different characters; give one with at most {MAX_KINDS:,}."
        )
    if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in set(text)):
        raise InputError("This is not text that can be saved as UTF-8; give plain text.")


def flags(characters: int, cell: str, seconds: float) -> dict[str, Any]:
    """How a network learns a text of so many ``characters`` in so little time, as flags of SCRIPT.
    InputError for a cell or a number of seconds that is not offered.

    Chosen on the first 100 kB of Tiny Shakespeare with an LSTM and 60 seconds of one core, by the
    loss on the selection text (seed 1, nats a character): 128 units in 16 streams reach 1.696 in 23
    passes, 256 units 1.714 in 12 (in 8 streams 1.711). A larger network learns more from a pass,
    and has time for fewer.
    """
    if cell not in CELLS:
        raise InputError(f"Choose a cell: {', '.join(CELLS)}.")
    if not isinstance(seconds, (int, float)) or not MIN_SECONDS <= seconds <= MAX_SECONDS:
        raise InputError(f"Give it {MIN_SECONDS} to {MAX_SECONDS} seconds.")
    return {
        "cell": cell, "seconds": seconds, "hidden-size": 128, "num-layers": 1,
        "embedding-size": 32, "dropout": 0.1, "batch-size": 16, "bptt-steps": 64,
        "learning-rate": 8e-3, "selection-share": 0.1 if characters < 50_000 else 0.05,
        # Known beforehand, so that nothing is measured or looked for first.
        "precision": "float32", "device": "cpu", "results-dir": "",
    }  # fmt: skip


@dataclass
class Course:
    """What a training has said so far."""

    seconds: float  # the budget
    stage: str = "starting"  # then "begin", "learning", "measuring", "end"
    goals: dict[str, Any] = field(default_factory=dict)  # what is to be beaten, and warnings
    rows: list[dict[str, Any]] = field(default_factory=list)  # one a judgement of the weights

    def hear(self, report: dict[str, Any]) -> None:
        """Take in one report of the script."""
        self.stage = report["stage"]
        if self.stage == "begin":
            self.goals = report
        elif self.stage == "learning":
            self.rows.append(report)

    @property
    def best(self) -> dict[str, Any] | None:
        """The row of the weights that are kept."""
        kept = [row for row in self.rows if row["best"]]
        return kept[-1] if kept else None


@dataclass(frozen=True)
class OwnNetwork:
    """What a visitor's text has become: a network, what was measured of it, where it may begin to
    write, and its checkpoint as a zip."""

    generator: TextGenerator
    metrics: dict[str, Any]
    prompt: str
    archive: Path

    @property
    def name(self) -> str:
        """The name of the checkpoint."""
        return self.generator.name

    def forget(self) -> None:
        """Remove the zip with its folder; the rest goes with this object."""
        shutil.rmtree(self.archive.parent, ignore_errors=True)


class OwnTraining:
    """A network that learns ``own`` for ``seconds``; ``course`` is what was heard of it. InputError
    as of ``check`` and ``flags``."""

    def __init__(self, own: OwnText, cell: str, seconds: float) -> None:
        check(own.text)
        self.course = Course(seconds)
        self._own, self._folder = own, None
        self._flags = flags(len(own.text), cell, seconds) | {"name": f"own-{own.name}-{cell}"}

    @contextlib.contextmanager
    def started(self) -> Iterator[LiveTraining]:
        """The training beside the page, whose reports go to ``hear``; at the end of the context it
        and its folder are gone, whatever happened."""
        with tempfile.TemporaryDirectory(prefix="own-text-") as work:
            folder = Path(work)
            path = folder / f"{self._own.name}.txt"
            path.write_text(self._own.text, encoding="utf-8", newline="")
            given = self._flags | {
                "text": path, "output-dir": folder / "weights", "run-dir": folder / "runs",
            }  # fmt: skip
            arguments = [f"--{flag}={value}" for flag, value in given.items()]
            longest = self.course.seconds + EXTRA_SECONDS
            with LiveTraining(SCRIPT, [*arguments, "--reports"], seconds=longest) as training:
                yield training

    def hear(self, report: dict[str, Any]) -> None:
        """Take in one report of the script."""
        self.course.hear(report)
        self._folder = report.get("folder", self._folder)

    def network(self, place: Path) -> OwnNetwork:
        """The trained network, once all is heard and before the context ends; its zip goes into a
        folder of its own in ``place``."""
        folder = Path(self._folder)
        metrics = read_json(folder / "metrics.json")
        running = metrics["unit"] == "windows"
        prompt = self._own.text[:PROMPT].rpartition(" ")[0] if running else ""
        return OwnNetwork(
            TextGenerator.from_pretrained(folder), metrics, prompt.lstrip(),
            archives.pack(folder, place),
        )  # fmt: skip


class Shelf:
    """The networks that one visitor can write with: those of the registry, and their own."""

    def __init__(self, registry: Registry, own: OwnNetwork | None) -> None:
        self._registry, self._own = registry, own

    def _is_own(self, name: str | None) -> bool:
        return self._own is not None and name == self._own.name

    def load(self, task: str, name: str | None = None) -> Any:
        """See ``Registry.load``."""
        return self._own.generator if self._is_own(name) else self._registry.load(task, name)

    def metrics(self, name: str) -> dict[str, Any]:
        """See ``Registry.metrics``."""
        return self._own.metrics if self._is_own(name) else self._registry.metrics(name)

    def prompt(self, name: str) -> str | None:
        """Where the visitor's own network may begin to write; None for another one."""
        return self._own.prompt if self._is_own(name) else None


def beats(metrics: dict[str, Any]) -> bool:
    """Whether a network foresees the text that was kept out better than counting does."""
    nats = metrics["validation_nats_per_char"]
    return math.isfinite(nats) and nats < metrics["baseline_nats_per_char"]
