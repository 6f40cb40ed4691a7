"""The text tab says what was measured, names what was never seen, and lets no text be markup."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.predictions import Copying, Generation, Reading
from tabs import text_html

METRICS = {
    "corpus": "shakespeare", "parameters": 3000, "validation_nats_per_char": 1.4,
    "baseline": "6-gram", "baseline_nats_per_char": 1.7,
}  # fmt: skip


def make_generation(text="thou art", **fields) -> Generation:
    return Generation("ROMEO:", text, 7, "net", 1.5, **fields)


def make_reading(name="net", nats=1.0, text="thou art", **fields) -> Reading:
    return Reading(text, name, len(text), nats, **fields)


def tags(markup: str) -> set[str]:
    return set(re.findall(r"<(\w+)", markup))


@given(st.text())
def test_no_text_becomes_markup(text):
    metrics = {**METRICS, "corpus": text, "baseline": text}
    reading = make_reading(text, skipped={text[:1] or "x": 2})
    generation = make_generation(text, skipped=tuple(text), notes=(text,))
    for markup, known in (
        (text_html.status(generation, 1.0, True), {"div"}),
        (text_html.author(text, metrics), {"div", "b"}),
        (text_html.reading_status(reading, metrics, 2), {"div", "b"}),
        (text_html.cell_card("rnn", text, metrics), {"div", "b", "span"}),
        (text_html.stage({"step": 1, "text": text}), {"div", "pre"}),
        (
            text_html.readings_table([reading, text], {text: metrics}, None, 9),
            {"div", "table", "thead", "tbody", "tr", "th", "td", "b"},
        ),
    ):
        assert tags(markup) <= known


def test_a_status_tells_length_speed_surprise_and_seed():
    status = text_html.status(make_generation("a" * 1200), 2.0, True)
    for told in ("1,200 characters", "600 a second", "1.50 bits a character", "seed 7"):
        assert told in status


def test_an_unfinished_text_shows_that_more_will_come():
    assert "8 characters …" in text_html.status(make_generation(), 1.0, False)
    assert "…" not in text_html.status(make_generation(), 1.0, True)


def test_an_empty_text_has_no_speed():
    assert "a second" not in text_html.status(make_generation(""), 0.0, True)


def test_skipped_characters_are_named():
    status = text_html.status(make_generation(skipped=("😀", "\x00")), 1.0, True)
    assert "never saw 😀 &#x27;\\x00&#x27;" in status


def test_of_many_skipped_characters_the_first_are_named_and_the_others_counted():
    many = tuple(map(chr, range(0x4E00, 0x4E00 + 1000)))
    status = text_html.status(make_generation(skipped=many), 1.0, True)
    assert "and 980 more" in status
    assert many[30] not in status


def test_notes_on_a_text_are_shown():
    assert "in circles" in text_html.status(make_generation(notes=("in circles",)), 1.0, True)


def test_an_author_is_named_with_data_and_loss():
    author = text_html.author("net", METRICS)
    assert "<b>net</b> (Tiny Shakespeare, validation loss 1.400)" in author
    assert "(" not in text_html.author("net", {})


@pytest.mark.parametrize(
    ("share", "span", "told"),
    [(0.034, (20, 41), "3 %"), (0.004, (0, 12), "0.4 %"), (1.0, (0, 400), "100 %")],
)
def test_copying_is_told_as_share_and_longest_run(share, span, told):
    sentence = text_html.copying_sentence(Copying(12, share, span, (span,)), "net")
    assert sentence.startswith(f"{told} of its 12-character windows")
    assert f"{span[1] - span[0]} characters" in sentence


def test_a_text_of_ones_own_words_and_a_missing_index_are_told_apart():
    assert "own words" in text_html.copying_sentence(Copying(12, 0.0, (0, 0)), "net")
    assert "without an index" in text_html.copying_sentence(None, "net")


def rows(table: str) -> list[list[str]]:
    body = table.split("<tbody>")[1]
    return [re.findall(r"<td[^>]*>(?:<b>)?(.*?)(?:</b>)?</td>", row) for row in body.split("<tr")]


def test_the_least_surprised_network_comes_first_and_who_cannot_read_last():
    readings = [make_reading("worse", 2.0), "blind", make_reading("better", 1.0)]
    table = text_html.readings_table(readings, {}, None, 8)
    assert [row[0] for row in rows(table)[1:]] == ["better", "worse", "blind"]


def test_a_row_holds_bits_of_the_text_of_its_own_kind_and_of_the_baseline():
    table = text_html.readings_table([make_reading("net", math.log(2))], {"net": METRICS}, None, 10)
    assert rows(table)[1] == ["net", "1.00", "2.02", "2.45", "8 of 10"]


def test_a_network_without_figures_has_dashes():
    assert rows(text_html.readings_table([make_reading()], {}, None, 8))[1][2:] == ["–", "–", "8"]


def test_what_was_not_read_and_what_is_not_shown_is_told():
    reading = make_reading(text="x" * 50, skipped={"é": 2, "😀": 1})
    status = text_html.reading_status(reading, METRICS, 20)
    assert "never saw é 😀" in status
    assert "these 3 characters" in status
    assert "first 20 of 50 characters" in status


def test_a_stage_is_shown_with_step_and_loss():
    row = {"step": 3000, "characters": 12_288_000, "loss": 1.5, "text": "<b>thou</b>"}
    markup = text_html.stage(row)
    assert "step 3,000" in markup
    assert "12,288,000" in markup
    assert "1.500" in markup
    assert "&lt;b&gt;thou" in markup


def test_a_stopped_text_no_longer_looks_as_if_it_grew():
    growing, done = (
        text_html.status(make_generation("ab … cd"), 1.0, finished) for finished in (False, True)
    )
    assert growing != done
    assert text_html.stopped(growing) == text_html.stopped(done) == done
