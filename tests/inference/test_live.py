"""A script beside the page: its reports come, it stops when asked, and nothing of it is left."""

from __future__ import annotations

import os
import textwrap
import time
from pathlib import Path

import pytest

from data.errors import InputError
from inference import live
from inference.live import LiveTraining


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Writes a script that a LiveTraining can start, and starts it."""
    monkeypatch.setattr(live, "ROOT", tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))

    def start(
        body: str, *arguments: str,
        seconds: float = 30, enough: float | None = None, megabytes: int = 4000,
    ):  # fmt: skip
        (tmp_path / "made_up.py").write_text(textwrap.dedent(body))
        return LiveTraining(
            "made_up", arguments, seconds=seconds, enough=enough, megabytes=megabytes
        )

    return start


COUNTS = """
    import sys, time
    from training.reports import Reports
    reports = Reports()
    for step in range(int(sys.argv[1])):
        reports.say(step=step)
        if reports.stop_is_asked:
            break
        time.sleep(0.02)
    print("for people")
    reports.say(end=True, loss=float("nan"))
"""


def test_every_report_comes_and_lines_for_people_do_not(script):
    with script(COUNTS, "3") as training:
        assert list(training.reports()) == [
            {"step": 0}, {"step": 1}, {"step": 2}, {"end": True, "loss": None},
        ]  # fmt: skip


def test_a_stop_lets_the_script_finish_properly(script):
    with script(COUNTS, "100000") as training:
        reports = training.reports()
        next(reports)
        training.stop()
        *_, last = reports
        training.stop()  # a second one changes nothing
    assert last == {"end": True, "loss": None}


def test_after_enough_seconds_the_script_finishes_properly(script):
    with script(COUNTS, "100000", enough=0.5) as training:
        *_, last = training.reports()
    assert last == {"end": True, "loss": None}


def test_whoever_waits_can_look_up_while_nothing_is_said(script):
    body = """
        import time
        from training.reports import Reports
        reports = Reports()
        reports.say(step=0)
        time.sleep(1)
        reports.say(step=1)
    """
    with script(body) as training:
        reports = list(training.reports(0.1))
    assert [report for report in reports if report] == [{"step": 0}, {"step": 1}]
    between = reports[reports.index({"step": 0}) + 1 : reports.index({"step": 1})]
    assert between
    assert not any(between)


def test_leaving_ends_the_process(script):
    with script(COUNTS, "100000") as training:
        next(training.reports())
        pid = training._process.pid
    assert not _runs(pid)


def test_the_process_ends_when_the_one_that_started_it_is_gone(script):
    with script(COUNTS, "100000") as training:
        next(training.reports())
        training._process.stdin.close()
        assert training._process.wait(10) == 1


def test_a_script_that_takes_too_long_is_ended_with_a_sentence(script):
    with (
        script(COUNTS, "100000", seconds=0.5) as training,
        pytest.raises(InputError, match="longer than"),
    ):
        list(training.reports())


def test_a_refused_input_is_the_scripts_own_sentence(script):
    body = "import sys; print('noise', file=sys.stderr); print('Give more.', file=sys.stderr); "
    with (
        script(body + "sys.exit(2)") as training,
        pytest.raises(InputError, match=r"^Give more\.$"),
    ):
        list(training.reports())


def test_a_bad_flag_is_the_sentence_of_argparse_without_the_name_of_the_script(script):
    body = "import sys; sys.stderr.write('usage: x\\nmade_up.py: error: the budget must be more'); "
    with (
        script(body + "sys.exit(2)") as training,
        pytest.raises(InputError, match=r"^The budget must be more$"),
    ):
        list(training.reports())


def test_too_much_memory_is_a_sentence(script):
    with (
        script("block = bytearray(3 * 2**30)", megabytes=500) as training,
        pytest.raises(InputError, match="more memory"),
    ):
        list(training.reports())


def test_a_broken_script_is_an_error_that_says_which(script):
    with script("1 / 0") as training, pytest.raises(RuntimeError, match=r"made_up ended with 1"):
        list(training.reports())


def test_the_page_goes_before_the_script(script):
    with script(COUNTS, "100000") as training:
        next(training.reports())
        assert os.getpriority(os.PRIO_PROCESS, training._process.pid) == live.NICENESS


def _runs(pid: int) -> bool:
    time.sleep(0.1)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
