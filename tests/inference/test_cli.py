"""The command line, as a process: what it prints, and what it says when something is wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def cli(weights_dir, tmp_path):
    def run(*arguments: str, text: str | None = None, weights: Path = weights_dir):
        environment = os.environ | {
            "RNN_LAB_WEIGHTS": str(weights),
            "RNN_LAB_CACHE": str(tmp_path / "cache"),
            "OMP_NUM_THREADS": "1",
        }
        return subprocess.run(
            [sys.executable, "-m", "inference", *arguments],
            cwd=ROOT, env=environment, input=text, capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    return run


@pytest.fixture
def prices_csv(tmp_path):
    rng = np.random.default_rng(0)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 300)))
    frame = pd.DataFrame(
        {"Date": pd.bdate_range("2023-01-02", periods=300), "Open": close, "High": close,
         "Low": close, "Close": close, "Volume": 1e6}
    )  # fmt: skip
    path = tmp_path / "mine.csv"
    frame.to_csv(path, index=False)
    return path


def test_generate_prints_prompt_and_text_and_repeats_itself(cli):
    arguments = ["generate", "--prompt", "ROMEO:", "--temperature", "0.8", "--seed", "1",
                 "--length", "80"]  # fmt: skip
    first = cli(*arguments)
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("ROMEO:")
    assert len(first.stdout) == len("ROMEO:") + 80 + 1
    assert cli(*arguments).stdout == first.stdout


def test_generate_json_has_the_promised_fields(cli):
    answer = json.loads(cli("generate", "--prompt", "A😀", "--length", "20", "--json").stdout)
    assert set(answer) >= {"prompt", "text", "seed", "model", "bits_per_char"}
    assert (answer["prompt"], answer["model"]) == ("A😀", "shakespeare-lstm")
    assert answer["skipped"] == ["😀"]
    assert len(answer["text"]) == 20


def test_generate_takes_top_k_and_top_p(cli):
    arguments = ["generate", "--prompt", "ROMEO:", "--temperature", "1", "--length", "80", "--json"]
    texts = {
        json.loads(cli(*arguments, *more).stdout)["text"]
        for more in ([], ["--top-k", "2"], ["--top-p", "0.1"], ["--top-k", "1000"])
    }
    assert len(texts) == 3  # of these, only a top-k above the vocabulary changes nothing


def test_generate_says_when_a_text_goes_round_in_circles(cli):
    result = cli("generate", "--temperature", "0", "--length", "800")
    assert "goes round in circles" in result.stderr


def test_read_measures_a_text_a_file_and_what_is_piped_in(cli, tmp_path):
    text = "To be, or not to be: that is the question.\r\nWhether ☃ or ☃"
    (tmp_path / "mine.txt").write_bytes(text.encode())
    answer = json.loads(cli("read", "--file", str(tmp_path / "mine.txt"), "--json").stdout)
    assert (answer["characters"], answer["skipped"]) == (len(text) - 3, {"☃": 2})
    assert answer["bits_per_char"] == pytest.approx(answer["nats_per_char"] / np.log(2), abs=1e-5)
    assert (answer["model"], answer["window"]) == ("shakespeare-lstm", None)
    assert json.loads(cli("read", "-", "--json", text=text).stdout) == answer
    assert json.loads(cli("read", text.replace("\r", ""), "--json").stdout) == answer
    cold = json.loads(cli("read", "-", "--window", "8", "--json", text=text).stdout)
    assert cold["window"] == 8
    assert cold["nats_per_char"] != answer["nats_per_char"]
    plain = cli("read", "-", "--window", "8", text=text)
    assert f"{cold['nats_per_char']:.4f} nats" in plain.stdout
    assert "windows of 8" in plain.stdout
    assert "'☃' (2)" in plain.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not a UTF-8 text file"),
        ("Zoë".encode("latin-1"), "not UTF-8"),
        (b"x", "at least two characters"),
        (300_000_000, "more than 50 MB"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(cli, tmp_path, content, message):
    with (tmp_path / "mine.txt").open("wb") as file:
        file.truncate(content) if isinstance(content, int) else file.write(content)
    result = cli("read", "--file", str(tmp_path / "mine.txt"))
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_interactive_gives_a_line_for_each_beginning_and_another_for_the_same(cli):
    result = cli("generate", "--interactive", "--temperature", "1", text="RO\nRO\n")
    assert result.returncode == 0, result.stderr
    first, second, end = result.stdout.split("beginning> ")[1:]
    assert first.startswith("RO")
    assert second.startswith("RO")
    assert first != second
    assert end == "\n"


def test_score_judges_one_review(cli):
    answer = json.loads(cli("score", "a wonderful film", "--json").stdout)
    assert answer["label"] in ("negative", "positive")
    assert answer["score"] == answer["probabilities"][answer["label"]]
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert answer["model"] == "sentiment-lstm"


def test_score_says_why(cli):
    text = "a wonderful film"
    answer = json.loads(cli("score", text, "--why", "--json").stdout)
    why = answer["why"]
    assert why["words"] == text.split()
    assert len(why["contributions"]) == 3
    assert why["completeness_error"] < 0.05
    assert [part["text"] for part in why["left_out"]] == text.split()
    first, *lines = cli("score", text, "--why").stdout.splitlines()
    assert first == cli("score", text).stdout.strip()
    assert lines[:3] == [
        f"{contribution:+.2f}\t{word}"
        for contribution, word in zip(why["contributions"], why["words"], strict=True)
    ]
    assert [line.split("\t")[2] for line in lines[3:]] == [f"without {w}" for w in why["words"]]


def test_score_file_keeps_order_and_marks_what_cannot_be_judged(cli, tmp_path):
    lines = ["a wonderful film", "", "what a waste", "😀 !!", "a wonderful film"]
    (tmp_path / "reviews.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = cli("score", "--file", str(tmp_path / "reviews.txt"), "--json")
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [("error" in answer) for answer in answers] == [False, True, False, True, False]
    assert answers[0] == answers[4]
    piped = cli("score", "-", "--json", text="\n".join(lines))
    assert piped.stdout == result.stdout


@pytest.fixture
def table_csv(tmp_path) -> Path:
    path = tmp_path / "reviews.csv"
    path.write_text(
        "id;who;review;sentiment\n1;me;a wonderful film;pos\n2;=you;;neg\n3;we;what a waste;neg\n",
        encoding="utf-8",
    )
    return path


def test_score_judges_the_likeliest_column_of_a_table_row_by_row(cli, table_csv):
    answers = [json.loads(line) for line in
               cli("score", "--file", str(table_csv), "--json").stdout.splitlines()]  # fmt: skip
    assert [answer["row"] for answer in answers] == [1, 2, 3]
    assert answers[1]["probability_positive"] is None
    assert "empty" in answers[1]["note"]
    alone = json.loads(cli("score", "a wonderful film", "--json").stdout)
    expected = pytest.approx(alone["probabilities"]["positive"], abs=1e-5)
    assert answers[0]["probability_positive"] == expected
    named = cli("score", "--file", str(table_csv), "--column", "WHO").stdout.splitlines()
    assert [line.split("\t")[2] for line in named] == ["me", "=you", "we"]


def test_score_writes_the_table_with_its_verdicts(cli, table_csv, tmp_path):
    out = tmp_path / "judged.csv"
    result = cli("score", "--file", str(table_csv), "--out", str(out))
    assert result.returncode == 0, result.stderr
    assert "3 of 3 rows by sentiment-lstm" in result.stdout
    assert "of 2 rows agree with the column sentiment" in result.stdout
    frame = pd.read_csv(out, sep=";", keep_default_na=False)
    assert list(frame.columns) == ["id", "who", "review", "sentiment", "label",
                                   "probability_positive", "note"]  # fmt: skip
    assert frame["id"].tolist() == [1, 2, 3]
    assert frame["who"].tolist() == ["me", "'=you", "we"]
    assert frame["label"][1] == ""
    counts = json.loads(cli("score", "--file", str(table_csv), "--out", str(out), "--json").stdout)
    assert (counts["done"], counts["counts"]["not judged"]) == (3, 1)
    assert counts["agreement"]["rows"] == 2


def test_score_of_a_table_can_be_interrupted(weights_dir, tmp_path):
    path, out = tmp_path / "long.csv", tmp_path / "judged.csv"
    path.write_text("review\n" + "a wonderful film with superb acting\n" * 60_000)
    process = subprocess.Popen(
        [sys.executable, "-m", "inference", "score", "--file", str(path), "--out", str(out)],
        cwd=ROOT, env=os.environ | {"RNN_LAB_WEIGHTS": str(weights_dir), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not out.exists():  # it is there when the judging begins
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    told, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "of 60,000 rows" in told
    frame = pd.read_csv(out)
    assert len(frame) == 60_000
    assert frame["label"].isna().any()
    assert errors == ""


def test_forecast_from_a_file_on_a_past_day(cli, prices_csv):
    result = cli("forecast", "--csv", str(prices_csv), "--days", "5", "--as-of", "2023-12-01",
                 "--json")  # fmt: skip
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert set(answer) >= {
        "ticker", "as_of", "source", "model", "dates", "quantile_levels", "prices", "log_returns",
    }  # fmt: skip
    assert answer["as_of"] == "2023-12-01"
    assert answer["dates"][0] == "2023-12-04"
    assert len(answer["prices"]) == len(answer["log_returns"]) == 5
    assert all(len(day) == len(answer["quantile_levels"]) for day in answer["prices"])
    assert all(day == sorted(day) for day in answer["prices"])
    assert "mine.csv" in answer["source"]


def test_translate_prints_a_date_and_its_doubts(cli):
    result = cli("translate", "3 May 79")
    assert result.returncode == 0, result.stderr
    assert len(result.stdout.strip()) == 10
    assert "century" in result.stderr


def test_translate_json_has_the_attention(cli):
    answer = json.loads(cli("translate", "3 May 1979", "--force", "1980", "--json").stdout)
    assert answer["answer"].startswith("1980")
    assert (answer["source"], answer["forced"]) == ("3 may 1979", "1980______")
    assert [len(row) for row in answer["attention"]] == [len("3 may 1979")] * 10
    assert all(abs(sum(row) - 1) < 1e-4 for row in answer["attention"])


def test_answer_prints_a_line_a_sample(cli, tmp_path):
    np.save(tmp_path / "x.npy", np.eye(8)[np.arange(24).reshape(3, 8) % 8])
    result = cli("answer", str(tmp_path / "x.npy"))
    assert result.returncode == 0, result.stderr
    assert [line in set("ABCDEFGH") for line in result.stdout.splitlines()] == [True] * 3
    answer = json.loads(cli("answer", str(tmp_path / "x.npy"), "--json").stdout)
    assert answer["labels"] == result.stdout.split()
    assert [round(sum(row), 4) for row in answer["probabilities"]] == [1.0] * 3


def test_forecast_prints_a_table(cli, prices_csv):
    result = cli("forecast", "--csv", str(prices_csv), "--days", "3")
    assert len(result.stdout.splitlines()) == 2 + 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["generate", "--temperature", "-1"], "temperature"),
        (["generate", "--top-k", "-1"], "Top-k"),
        (["generate", "--top-p", "nan"], "Top-p"),
        (["read"], "Give a text"),
        (["read", "a text", "--window", "0"], "window must be a whole number"),
        (["generate", "--model", "nobody"], "There is no model 'nobody'"),
        (["generate", "--model", "../x"], "There is no model"),
        (["score"], "Give one review"),
        (["score", "   "], "empty"),
        (["score", "   ", "--why"], "empty"),
        (["score", "--file", "app.py", "--why"], "--why explains one review"),
        (["score", "-", "--why"], "--why explains one review"),
        (["score", "--file", "/nowhere/reviews.txt"], "cannot be read"),
        (["score", "--column", "text", "good"], "need --file"),
        (["score", "--file", "app.py", "--column", "text"], "no column 'text'"),
        (["score", "--file", "app.py", "--out", "/nowhere/x.csv"], "cannot be written"),
        (["score", "--file", "README.md", "--out", "README.md"], "is the table itself"),
        (["translate", " "], "type a date"),
        (["translate", "3 May 1979", "--force", "x"], "forced"),
        (["answer", "/nowhere/x.npy"], "cannot be read"),
        (["answer", "README.md"], "of no kind"),
        (["forecast"], "Give a ticker"),
        (["forecast", "../../x"], "ticker"),
        (["forecast", "--csv", "/nowhere/prices.csv"], "prices.csv"),
        (["forecast", "AAPL", "--as-of", "tomorrow"], "YYYY-MM-DD"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_no_stack_trace(cli, arguments, message):
    result = cli(*arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.stderr


def test_a_byte_that_is_no_text_does_not_stop_a_run(cli):
    result = cli("generate", "--prompt", "RO\udc80MEO", "--length", "5", "--json")
    assert result.returncode == 0, result.stderr
    assert len(json.loads(result.stdout)["text"]) == 5


def test_a_reader_that_leaves_early_is_no_error(cli, weights_dir):
    command = f"{sys.executable} -m inference generate --length 5000 | head -c 20"
    result = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=os.environ | {"RNN_LAB_WEIGHTS": str(weights_dir)},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert result.stderr == ""
