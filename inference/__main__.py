"""The command line: ``python -m inference {generate,read,score,forecast,translate,answer}``, on the
predictors of the page.

Text goes to standard output, one sentence about what is wrong to standard error (exit status 2).
With ``--json`` each answer is one JSON object a line.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from data.text_files import read_text
from inference.attribution import explain
from inference.errors import EXPECTED_ERRORS, InputError
from inference.forecasting import market_of, parse_day, prices, read_csv
from inference.generation import LanguageGenerator
from inference.memory import read_sequences
from inference.predictions import Attribution, SentimentPrediction
from inference.registry import Registry
from inference.review_table import Judging, open_table

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False,
    help="Write, judge, forecast and translate with the trained networks.",
)  # fmt: skip

CHUNK = 2_000  # reviews read at once, so that a long file needs little memory and shows up early
TABLES = (".csv", ".tsv", ".tab")
STOPPED = 130  # exit status after Ctrl-C

WeightsDir = Annotated[
    Path | None, typer.Option("--weights-dir", help="folder with checkpoints [weights/]")
]
Model = Annotated[str | None, typer.Option("--model", help="name of a checkpoint [the default]")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON object a line")]


@app.command()
def generate(
    model: Model = None,
    prompt: Annotated[str, typer.Option(help="where the text begins")] = "",
    max_new_tokens: Annotated[
        int, typer.Option("--max-new-tokens", "--length", help="characters to write")
    ] = 500,
    temperature: Annotated[
        float, typer.Option(help="0 is greedy, 1 as the network believes")
    ] = 0.8,
    top_k: Annotated[int, typer.Option(help="only the likeliest so many, 0 for all")] = 0,
    top_p: Annotated[
        float, typer.Option(help="only the likeliest that have this share together, 1 for all")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="the same seed writes the same text")] = 0,
    interactive: Annotated[
        bool, typer.Option("--interactive", help="ask for beginnings of a line, again and again")
    ] = False,
    as_json: AsJson = False,
    weights_dir: WeightsDir = None,
) -> None:
    """Go on where a prompt ends; the text streams as it is written."""
    torch.set_num_threads(1)  # a step is too small to be split over cores
    generator = Registry(weights_dir).load("generation", model)
    if interactive:
        _ask_for_lines(generator, temperature, seed, top_k, top_p)
        return
    writer = generator.write(prompt, max_new_tokens, temperature, seed, top_k, top_p)
    if as_json:
        for _ in writer:
            pass
        _print_json(writer.result().to_json())
        return
    if skipped := writer.result().skipped:
        print(f"(never seen, so not read: {' '.join(skipped)})", file=sys.stderr)
    print(prompt, end="", flush=True)
    for piece in writer:
        print(piece.text, end="", flush=True)
    print()
    for note in writer.result().notes:
        print(f"({note})", file=sys.stderr)


def _ask_for_lines(
    generator: LanguageGenerator, temperature: float, seed: int, top_k: int, top_p: float
) -> None:
    """Type a beginning, get the line; an empty beginning gets one too, Ctrl-D ends it."""
    while True:
        try:
            prompt = input("beginning> ")
        except (EOFError, KeyboardInterrupt):
            print()
            return
        print(prompt + generator.line(prompt, 60, temperature, seed, top_k, top_p).text)
        seed += 1  # so that the same beginning gets another line


@app.command()
def read(
    text: Annotated[str | None, typer.Argument(help="a text; - reads standard input")] = None,
    file: Annotated[
        str | None, typer.Option("--file", help="a UTF-8 text file; - is standard input")
    ] = None,
    window: Annotated[
        int | None,
        typer.Option(help="begin from a zero state every so many tokens [carry the state through]"),
    ] = None,
    model: Model = None,
    as_json: AsJson = False,
    weights_dir: WeightsDir = None,
) -> None:
    """Measure how well a network foresees a text: nats and bits a character."""
    if (text is None) == (file is None):
        raise InputError("Give a text, or --file with a text file.")
    generator = Registry(weights_dir).load("generation", model)
    if file is not None or text == "-":
        text = read_text(file or "-")
    reading = generator.measure(text, window)
    if as_json:
        _print_json(reading.to_json())
        return
    protocol = "carried state" if window is None else f"windows of {window:,} from a zero state"
    print(f"{reading.nats_per_char:.4f} nats ({reading.bits_per_char:.4f} bits) a character, "
          f"over {reading.characters:,} characters, {protocol}, by {reading.model}")  # fmt: skip
    if reading.skipped:
        listed = " ".join(f"{c!r} ({count:,})" for c, count in reading.skipped.items())
        print(f"(never seen, so not read: {listed})", file=sys.stderr)


@app.command()
def score(
    text: Annotated[str | None, typer.Argument(help="a review; - reads standard input")] = None,
    file: Annotated[
        str | None,
        typer.Option(
            "--file", help="a table (.csv, .tsv), or one review a line; - is standard input"
        ),
    ] = None,
    column: Annotated[
        str | None, typer.Option("--column", help="of the table, with the reviews [the likeliest]")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="write the table with its verdicts to this CSV")
    ] = None,
    why: Annotated[
        bool, typer.Option("--why", help="what each word of one review contributed, in log-odds")
    ] = False,
    model: Model = None,
    as_json: AsJson = False,
    weights_dir: WeightsDir = None,
) -> None:
    """Judge film reviews: negative or positive, and how sure."""
    if (text is None) == (file is None):
        raise InputError("Give one review, or --file with one review a line or a table.")
    wants_table = column is not None or out is not None
    if wants_table and file in (None, "-"):
        raise InputError("--column and --out need --file with a table.")
    if why and text in (None, "-"):
        raise InputError("--why explains one review; give it as the text.")
    classifier = Registry(weights_dir).load("sentiment", model)
    if wants_table or (file and Path(file).suffix.lower() in TABLES):
        table = open_table(file)
        judging = Judging(classifier, table, table.find(column) if column else table.column)
        _print_rows(judging, as_json) if out is None else _write_table(judging, out, as_json)
        return
    if file is None and text != "-":
        verdict = classifier.predict([text])[0]
        if why:
            _print_why(verdict, explain(classifier, text), as_json)
        else:
            _print_verdict(verdict, as_json)
        return
    lines = _lines(file or "-")
    while chunk := list(islice(lines, CHUNK)):
        for answer in classifier.predict_each(chunk):
            _print_verdict(answer, as_json)


@app.command()
def forecast(
    ticker: Annotated[str | None, typer.Argument(help="a symbol of Yahoo Finance")] = None,
    days: Annotated[int, typer.Option(help="trading days ahead")] = 20,
    csv: Annotated[Path | None, typer.Option("--csv", help="a file with daily prices")] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="stand on this day, YYYY-MM-DD")
    ] = None,
    model: Model = None,
    as_json: AsJson = False,
    weights_dir: WeightsDir = None,
) -> None:
    """Forecast the distribution of a price over the coming trading days."""
    if (ticker is None) == (csv is None):
        raise InputError("Give a ticker, or --csv with a file of prices.")
    day = parse_day(as_of)
    forecaster = Registry(weights_dir).load("forecasting", model)
    history = read_csv(csv) if csv is not None else prices().history(ticker)
    answer = forecaster.predict(history, days, day, market_of(history))
    for note in history.notes:
        print(f"({note})", file=sys.stderr)
    if as_json:
        _print_json(answer.to_json())
        return
    print(f"{answer.ticker} at {answer.last_price:,.2f} on {answer.as_of}, from {answer.source}")
    print(f"{'day':>10} {'2.5 %':>10} {'10 %':>10} {'median':>10} {'90 %':>10} {'97.5 %':>10}")
    columns = [answer.price_quantile(level) for level in (0.025, 0.1, 0.5, 0.9, 0.975)]
    for i, day in enumerate(answer.dates):
        print(f"{day!s:>10} " + " ".join(f"{column[i]:10,.2f}" for column in columns))


@app.command()
def translate(
    text: Annotated[str, typer.Argument(help='a date as people write it, such as "3 May 1979"')],
    force: Annotated[
        str, typer.Option(help='characters that the answer must have; "_" leaves a place free')
    ] = "",
    model: Model = None,
    as_json: AsJson = False,
    weights_dir: WeightsDir = None,
) -> None:
    """Read a date in one of many languages and styles; write it as YYYY-MM-DD."""
    answer = Registry(weights_dir).load("translation", model).translate(text, force)
    if as_json:
        _print_json(answer.to_json())
        return
    print(answer.answer)
    for note in answer.notes:
        print(f"({note})", file=sys.stderr)


@app.command()
def answer(
    file: Annotated[Path, typer.Argument(help="an .npy with an array (samples, steps, features)")],
    model: Model = None,
    as_json: AsJson = False,
    weights_dir: WeightsDir = None,
) -> None:
    """Answer sequences of numbers with a small network of training.memory, one line a sample."""
    answers = Registry(weights_dir).load("memory", model).predict(read_sequences(file))
    if as_json:
        _print_json(answers.to_json())
        return
    for found in answers.labels if answers.numbers is None else answers.numbers:
        print(" ".join(found) if isinstance(found, tuple) else found)


def _print_verdict(answer: SentimentPrediction | InputError, as_json: bool) -> None:
    """One line an answer; a review that cannot be judged keeps its line and says why."""
    if isinstance(answer, InputError):
        _print_json({"error": str(answer)}) if as_json else print(f"-\t-\t{answer}")
    elif as_json:
        _print_json(answer.to_json())
    else:
        print(f"{answer.label}\t{answer.score:.3f}\t{_short(answer.text)}")


def _print_why(verdict: SentimentPrediction, attribution: Attribution, as_json: bool) -> None:
    """A verdict, a line a word with its contribution, and a line a part with P(positive) and the
    change without it."""
    if as_json:
        _print_json(verdict.to_json() | {"why": attribution.to_json()})
        return
    _print_verdict(verdict, as_json)
    for word, contribution in zip(attribution.words, attribution.contributions, strict=True):
        print(f"{contribution:+.2f}\t{word}")
    for omission in attribution.omissions:
        part = _short(attribution.part(omission))
        print(f"{omission.positive:.3f}\t{-omission.effect:+.2f}\twithout {part}")


def _print_rows(judging: Judging, as_json: bool) -> None:
    """One line a row of the table, in its order, as soon as it is judged."""
    rows, number = iter(judging.table), 0
    for _ in judging.run():
        while judging.reached(number):
            (label, positive, note), row = judging.verdict(number), next(rows)
            number += 1
            if as_json:
                chance = None if positive is None else round(positive, 6)
                verdict = {"row": number, "label": label, "probability_positive": chance}
                _print_json(verdict | {"note": f"{row.note} {note}".strip()})
            else:
                chance = "-" if positive is None else f"{positive:.3f}"
                said = _short(row.cells[judging.column]) if label else note
                print(f"{label or '-'}\t{chance}\t{said}")


def _write_table(judging: Judging, out: Path, as_json: bool) -> None:
    """The table with its verdicts as a file, and its counts printed; Ctrl-C keeps what is done."""
    try:
        if out.exists() and out.samefile(judging.table.source.path):
            raise InputError(f"{out} is the table itself; give --out another name.")
        out.open("a").close()  # now, not after an hour of judging
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror}.") from error
    stopped = False
    try:
        for done in judging.run():
            if sys.stderr.isatty():
                print(f"\r{done:,} of {judging.total:,} rows", end="", file=sys.stderr)
    except KeyboardInterrupt:
        stopped = True
    judging.write(out)
    print(json.dumps(judging.summary().to_json()) if as_json else judging.told())
    if stopped:
        raise SystemExit(STOPPED)


def _lines(source: str) -> Iterator[str]:
    """The lines of a file or of standard input, without their line ends."""
    if source == "-":
        yield from (line.rstrip("\r\n") for line in sys.stdin)
        return
    try:
        with open(source, encoding="utf-8-sig", errors="replace", newline="\n") as lines:
            yield from (line.rstrip("\r\n") for line in lines)
    except OSError as error:
        raise InputError(f"{source} cannot be read: {error.strerror}.") from error


def _short(text: str, length: int = 80) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False), flush=True)


def main() -> None:
    """Run the command line; an expected error is one sentence and exit status 2."""
    for stream in (sys.stdout, sys.stderr):  # an odd byte in somebody's text must not stop a run
        stream.reconfigure(errors="replace")
    try:
        app()
    except EXPECTED_ERRORS as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None


if __name__ == "__main__":
    main()
