"""Laws of the predictor of dates: what it answers, what it doubts, and what it refuses."""

from __future__ import annotations

import dataclasses
import json
import shutil

import numpy as np
import pytest
import torch

from data.errors import InputError
from data.tokenizers import CharTokenizer, SubwordTokenizer
from inference.translation import TASK, DateTranslator, doubts_about
from models.checkpoint import CheckpointError, save_checkpoint
from models.translation import TranslationConfig, TranslationNetwork

CHARACTERS = " ,-./0123456789abcdefghijklmnopqrstuvwxyzé"
SIZES = {"embedding_size": 6, "encoder_size": 8, "decoder_size": 8, "attention_size": 6}
LONGEST = 24
SURE = [1.0] * 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(3)
    folder = tmp_path_factory.mktemp("weights") / "tiny"
    network = TranslationNetwork(TranslationConfig(len(CHARACTERS), LONGEST, **SIZES))
    with torch.no_grad():  # opinions enough for the answers to differ
        for parameter in network.parameters():
            parameter.mul_(5)
    save_checkpoint(folder, TASK, network.config, network)
    CharTokenizer.from_text(CHARACTERS).save(folder)
    return folder


@pytest.fixture(scope="module")
def translator(folder):
    return DateTranslator.from_pretrained(folder)


def test_an_answer_comes_with_a_probability_a_character_and_attention_on_the_text(translator):
    found = translator.translate(" 3 May  1979")
    assert (found.text, found.source, found.model) == (" 3 May  1979", "3 may 1979", "tiny")
    assert len(found.answer) == len(found.probabilities) == 10
    assert found.forced == "_" * 10
    assert found.attention.shape == (10, len("3 may 1979"))
    np.testing.assert_allclose(found.attention.sum(axis=1), 1, atol=1e-5)
    assert all(0 < p <= 1 for p in found.probabilities)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.answer = "x"


def test_the_json_is_plain_and_whole(translator):
    found = translator.translate("3 May 1979", forced="19")
    answer = json.loads(json.dumps(found.to_json()))
    assert set(answer) == {field.name for field in dataclasses.fields(found)}
    np.testing.assert_allclose(answer["attention"], found.attention, atol=1e-6)


def test_the_same_date_typed_differently_gets_the_same_answer(translator):
    one, other = translator.translate("3 may 1979"), translator.translate("  3  MAY １９７９")
    assert one.answer == other.answer
    assert one.probabilities == other.probabilities


def test_what_is_forced_stands_and_the_rest_follows(translator):
    free = translator.translate("3 may 1979")
    other = "8" if free.answer[2] != "8" else "9"
    found = translator.translate("3 may 1979", forced=f"__{other}")
    assert found.forced == f"__{other}_______"
    assert found.answer[:3] == free.answer[:2] + other
    assert np.array_equal(found.attention[:3], free.attention[:3])
    assert not np.allclose(found.attention[3:], free.attention[3:])
    assert translator.translate("3 may 1979", forced=free.answer).answer == free.answer


@pytest.mark.parametrize("forced", ["1979-05-033", "may", "1979/05", None])
def test_what_no_answer_can_have_is_not_forced(translator, forced):
    with pytest.raises(InputError, match="forced must be at most 10"):
        translator.translate("3 may 1979", forced=forced)


def test_many_answers_are_those_of_one_at_a_time(translator):
    texts = [f"{day} may {year}" for day in range(1, 29) for year in range(1970, 1980)]
    answers = translator.answers(texts)
    assert len(answers) == len(texts) == 280  # more than a batch
    assert len(set(answers)) > 1
    for place in (0, 17, 255, 256, 279):
        assert answers[place] == translator.translate(texts[place]).answer
    assert translator.answers([]) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is no text"),
        (" \n\t", "There is no text"),
        ("x" * 10_000, "10,000 characters"),
        ("五月三日", "nothing here that tiny can read"),
        (None, "must be text"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(translator, text, sentence):
    with pytest.raises(InputError, match=sentence) as error:
        translator.translate(text)
    assert "3 May 1979" in str(error.value) or "date alone" in str(error.value)


def notes(translator, text):
    return " ".join(translator.translate(text).notes)


def test_doubts_are_named(translator):
    assert "never saw м а я" in notes(translator, "3 мая 1979")
    assert "too long" in notes(translator, "it was on 3 may 1979 in paris")
    assert "century" in notes(translator, "3 may 79")
    assert "century" in notes(translator, "hello")
    assert "no number of a day" in notes(translator, "may 1979")
    assert "Day or month first" in notes(translator, "3/5/1979")
    for plain in ("3 may 1979", "13/5/1979"):
        for doubt in ("never saw", "too long", "century", "no number", "Day or month"):
            assert doubt not in notes(translator, plain)


def test_unseen_characters_are_not_read(translator):
    found = translator.translate("3 мая may 1979")
    assert found.source == "3 may 1979"
    assert found.answer == translator.translate("3 may 1979").answer
    assert "а б в г д е ж з и й and others" in notes(translator, "1979 абвгдежзийклм")


def test_only_a_day_of_the_calendar_is_a_date():
    for answer in ("1979-02-29", "1979-13-01", "1979-00-10", "19790-5-03", "0000-01-01"):
        assert doubts_about(answer, "_" * 10, SURE) == [f"{answer} is not a day of the calendar."]
    assert doubts_about("1980-02-29", "_" * 10, SURE) == []


def test_a_doubtful_part_is_named_unless_it_was_forced():
    probabilities = [1.0] * 6 + [0.5] + [1.0] * 2 + [0.2]
    (note,) = doubts_about("1979-05-03", "_" * 10, probabilities)
    assert note == "The network is not sure of the month and the day."
    (note,) = doubts_about("1979-05-03", "______5___", probabilities)
    assert note == "The network is not sure of the day."


def test_a_checkpoint_that_does_not_fit_is_refused(folder, tmp_path):
    broken = shutil.copytree(folder, tmp_path / "broken")
    CharTokenizer.from_text("ab").save(broken)
    with pytest.raises(
        CheckpointError, match=r"tokenizer\.json has 2 pieces, but config\.json asks for 42"
    ):
        DateTranslator.from_pretrained(broken)
    SubwordTokenizer.train("".join(CHARACTERS), len(CHARACTERS)).save(broken)
    with pytest.raises(CheckpointError, match="single characters"):
        DateTranslator.from_pretrained(broken)
    (broken / "tokenizer.json").unlink()
    with pytest.raises(CheckpointError, match=r"tokenizer\.json is missing"):
        DateTranslator.from_pretrained(broken)


def test_a_network_that_writes_something_else_is_refused(folder, tmp_path):
    other = TranslationConfig(len(CHARACTERS), LONGEST, answer_length=8, **SIZES)
    save_checkpoint(tmp_path, TASK, other, TranslationNetwork(other))
    CharTokenizer.from_text(CHARACTERS).save(tmp_path)
    with pytest.raises(CheckpointError, match="answer_length is 8, but must be 10"):
        DateTranslator.from_pretrained(tmp_path)
