"""Flags come from the dataclasses, and from nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from training.flags import option, parse_flags


@dataclass(frozen=True)
class Net:
    width: int = option(3, "units")
    cell: str = option("lstm", "kind", choices=("gru", "lstm"))
    hidden: int = 7  # no help: not for the command line

    def __post_init__(self) -> None:
        if self.width < 1:
            raise ValueError("width must be at least 1")


@dataclass(frozen=True)
class Run:
    rate: float = option(0.1, "5 % of something")
    resume: bool = option(False, "go on")
    data_dir: str | None = option(None, "folder")


@pytest.mark.parametrize("flag", ["--data-dir", "--data_dir"])
def test_hyphens_and_underscores_are_the_same(flag):
    assert parse_flags([flag, "here"], Run, description="x")[0].data_dir == "here"


def test_without_flags_the_defaults_hold():
    assert parse_flags([], Net, Run, description="x") == (Net(), Run())


def test_flags_replace_defaults_with_their_types():
    argv = ["--width", "5", "--cell", "gru", "--rate", "1e-3", "--resume", "--data_dir", "d"]
    net, run = parse_flags(argv, Net, Run, description="x")
    assert (net.width, net.cell) == (5, "gru")
    assert (run.rate, run.resume, run.data_dir) == (0.001, True, "d")


@pytest.mark.parametrize(
    "argv", [["--width", "0"], ["--width", "x"], ["--cell", "cnn"], ["--hidden", "3"], ["--nope"]]
)
def test_bad_flags_end_with_a_message(argv, capsys):
    with pytest.raises(SystemExit):
        parse_flags(argv, Net, Run, description="x")
    assert "error:" in capsys.readouterr().err


def test_help_shows_text_default_and_percent_signs(capsys):
    with pytest.raises(SystemExit):
        parse_flags(["--help"], Net, Run, description="x")
    assert "5 % of something (default: 0.1)" in " ".join(capsys.readouterr().out.split())
