"""A training that the page starts: the script of the command line, in a process of its own.

A process of its own shares no interpreter lock with the page, so that others go on being served;
it ends when its page is closed; and its memory has a bound. It says one JSON object a line on
standard output (``training.reports``). This module does NOT know what is trained: each page names
the script, its flags, and the fields of its reports; nor who may train (``inference.seats``).
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from data.errors import InputError

ROOT = Path(__file__).parents[1]
BAD_INPUT = 2  # exit code of a script that was given what it cannot use
NICENESS = 5  # the page goes first
MEGABYTES = 3_000  # that one training may hold


class LiveTraining:
    """``python -m MODULE ARGUMENTS`` beside the page.

    ``seconds`` is the longest that it may run, all in all, and ``megabytes`` what it may hold in
    memory (bounded on Linux only); a script that goes beyond is ended, and ``reports`` raises
    InputError. After ``enough`` seconds it is asked to finish, as by ``stop``. Use it as a context
    manager: at the end the process is gone, whatever happened.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        *,
        seconds: float,
        enough: float | None = None,
        megabytes: int = MEGABYTES,
    ) -> None:
        self.seconds, self.is_late = seconds, False
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 (until end)
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT, text=True, encoding="utf-8",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors,
        )  # fmt: skip
        _bound_memory(self._process.pid, megabytes)
        _let_others_first(self._process.pid)
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()  # None: no more come
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._timers = [threading.Timer(seconds, self._end_late)]
        if enough is not None:
            self._timers.append(threading.Timer(enough, self.stop))
        for timer in self._timers:
            timer.daemon = True
            timer.start()

    def __enter__(self) -> LiveTraining:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def reports(self, pause: float | None = None) -> Iterator[dict[str, Any]]:
        """Each report of the script, as it comes, until the script ends; with ``pause`` an empty
        one, too, whenever nothing has come for so many seconds.

        Raises InputError with the script's own sentence for what it cannot use, and when it took
        too long or too much memory; RuntimeError when it broke.
        """
        while (line := self._next_line(pause)) is not None:
            if line.startswith("{"):  # anything else is for people at a terminal
                yield json.loads(line)
        code = self._process.wait()
        if self.is_late:
            raise InputError(
                f"This took longer than {self.seconds:.0f} seconds and was ended; choose less."
            )
        if code:
            raise self._error(code)

    def stop(self) -> None:
        """Ask the script to finish with what it has learned so far; a finished one has nothing to
        stop."""
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.write("stop\n")
            self._process.stdin.flush()

    def end(self) -> None:
        """End the process at once, if it still runs, and free what it held."""
        for timer in self._timers:
            timer.cancel()
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(OSError):  # what was being written to it
            self._process.stdin.close()
        self._reader.join()
        self._process.stdout.close()
        self._errors.close()

    def _read(self) -> None:
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _next_line(self, pause: float | None) -> str | None:
        try:
            return self._lines.get(timeout=pause)
        except queue.Empty:
            return "{}"

    def _end_late(self) -> None:
        self.is_late = True
        self._process.kill()

    def _error(self, code: int) -> Exception:
        self._errors.seek(0)
        said = self._errors.read().strip()
        if code == BAD_INPUT:
            return InputError(_sentence(said) or "The training refused its input.")
        if "MemoryError" in said or "can't allocate memory" in said:
            return InputError("This needs more memory than a visitor has here; choose less.")
        return RuntimeError(f"{self._process.args[2]} ended with {code}: {said[-2000:]}")


def _let_others_first(pid: int) -> None:
    """Lower the priority of the process; where the system knows none, nothing."""
    with contextlib.suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, pid, NICENESS)


def _sentence(said: str) -> str:
    """The last thing that a script said, without the name that argparse puts before it."""
    last = said.splitlines()[-1].rpartition(": error: ")[2] if said else ""
    return last[:1].upper() + last[1:]


def _bound_memory(pid: int, megabytes: int) -> None:
    """Bound what the process may allocate; where the system knows no such bound, nothing."""
    with contextlib.suppress(ImportError, AttributeError):
        import resource

        limit = megabytes * 2**20
        resource.prlimit(pid, resource.RLIMIT_DATA, (limit, limit))
