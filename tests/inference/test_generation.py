"""The text generator: reproducible, honest about its prompt, right in its scores."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from data.errors import InputError
from data.generation import CharTokenizer
from inference.generation import MAX_PROMPT, TASK, TextGenerator, sample_token
from models.checkpoint import CheckpointError, save_checkpoint
from models.generation import GenerationConfig, LanguageModel

ALPHABET = "\n abcdefgh"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("weights") / "tiny"
    tokenizer = CharTokenizer.from_text(ALPHABET)
    config = GenerationConfig(tokenizer.vocab_size, "lstm", 6, 12, 2, 0.5)
    model = LanguageModel(config)
    with torch.no_grad():
        model.head.weight.mul_(8)  # opinions strong enough for temperatures to matter
    save_checkpoint(folder, TASK, config, model)
    tokenizer.save(folder)
    return folder


@pytest.fixture(scope="module")
def generator(folder):
    return TextGenerator.from_pretrained(folder)


def test_the_same_seed_writes_the_same_text_and_another_seed_another(generator):
    first = generator.generate("abc", 200, 1.0, seed=7)
    assert generator.generate("abc", 200, 1.0, seed=7) == first
    assert generator.generate("abc", 200, 1.0, seed=8).text != first.text
    assert len(first.text) == 200


def test_temperature_zero_takes_the_likeliest_character_each_time(generator):
    text = generator.generate("abc", 50, 0, seed=1).text
    assert text == generator.generate("abc", 50, 0, seed=2).text
    tokens = torch.tensor([generator.tokenizer.encode("abc" + text)])
    with torch.inference_mode():
        logits = generator.model(tokens)[0][0]
    assert torch.equal(logits[2:-1].argmax(-1), tokens[0, 3:])


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.0])
def test_draws_follow_the_softmax_at_the_temperature(temperature):
    logits = torch.tensor([1.0, 0.0, -1.0, 2.0])
    source = torch.Generator().manual_seed(0)
    draws = torch.tensor([sample_token(logits, temperature, source) for _ in range(20_000)])
    shares = torch.bincount(draws, minlength=4) / len(draws)
    # Three standard errors of a share near 1/2 are 0.0106.
    torch.testing.assert_close(shares, F.softmax(logits / temperature, -1), atol=0.0106, rtol=0)


def test_a_tiny_temperature_is_greedy_and_finite():
    logits = torch.tensor([300.0, 299.0, -1e4])
    assert sample_token(logits, 1e-6, torch.Generator().manual_seed(0)) == 0


def test_unseen_characters_are_skipped_and_told(generator):
    with_emoji = generator.generate("aXb😀c", 40, 1.0, seed=1)
    assert with_emoji.skipped == ("X", "😀")
    assert with_emoji.text == generator.generate("abc", 40, 1.0, seed=1).text
    assert with_emoji.prompt == "aXb😀c"


def test_a_prompt_of_unseen_characters_only_reads_like_an_empty_one(generator):
    empty = generator.generate("", 40, 1.0, seed=1).text
    assert generator.generate("XYZ", 40, 1.0, seed=1).text == empty
    assert generator.generate("\n", 40, 1.0, seed=1).text == empty


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=60))
def test_no_prompt_breaks_it(generator, prompt):
    assert len(generator.generate(prompt, 5, 1.0, seed=0).text) == 5


def test_bits_per_char_is_the_mean_surprise_of_the_text(generator):
    result = generator.generate("ab", 300, 0.7, seed=3)
    tokens = torch.tensor([generator.tokenizer.encode("ab" + result.text)])
    with torch.inference_mode():
        logits = generator.model(tokens[:, :-1])[0][0]
    nats = F.cross_entropy(logits[1:], tokens[0, 2:])
    assert result.bits_per_char == pytest.approx(float(nats) / math.log(2), rel=1e-4)


def test_a_writer_can_be_left_in_the_middle(generator):
    writer = generator.write("abc", 100, 1.0, seed=5)
    head = "".join(next(writer) for _ in range(10))
    assert writer.result().text == head
    assert generator.generate("abc", 100, 1.0, seed=5).text.startswith(head)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"prompt": "a" * (MAX_PROMPT + 1)}, "at most 20,000"),
        ({"prompt": None}, "must be a text"),
        ({"max_new_tokens": 0}, "length"),
        ({"max_new_tokens": 10**9}, "length"),
        ({"max_new_tokens": 2.5}, "length"),
        ({"temperature": -0.1}, "temperature"),
        ({"temperature": math.nan}, "temperature"),
        ({"temperature": math.inf}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**64}, "seed"),
        ({"seed": None}, "seed"),
    ],
)
def test_arguments_out_of_range_get_one_sentence(generator, arguments, message):
    with pytest.raises(InputError, match=message):
        generator.write(**arguments)


def test_the_longest_prompt_is_read(generator):
    assert len(generator.generate("ab" * (MAX_PROMPT // 2), 3).text) == 3


def test_stateful_score_is_the_mean_over_one_pass(generator, monkeypatch):
    text = "abc def\ngh " * 9
    tokens = torch.tensor([generator.tokenizer.encode(text)])
    with torch.inference_mode():
        logits = generator.model(tokens[:, :-1])[0][0]
    expected = float(F.cross_entropy(logits, tokens[0, 1:]))
    monkeypatch.setattr("inference.generation.SCORE_WINDOW", 7)
    assert generator.nats_per_char(text) == pytest.approx(expected, rel=1e-5)


def test_cold_score_starts_each_window_from_zero(generator):
    text = "abc def\ngh " * 9  # 99 characters: windows of 20 leave a short one
    tokens = torch.tensor(generator.tokenizer.encode(text))
    total = 0.0
    with torch.inference_mode():
        for i in range(0, len(tokens) - 1, 20):
            part = tokens[i : i + 21]
            logits = generator.model(part[None, :-1])[0][0]
            total += float(F.cross_entropy(logits, part[1:], reduction="sum"))
    assert generator.nats_per_char(text, 20) == pytest.approx(total / 98, rel=1e-5)
    assert generator.nats_per_char(text, 20) != pytest.approx(generator.nats_per_char(text))


@pytest.mark.parametrize("text", ["abcX", "a", ""])
def test_texts_that_cannot_be_scored_are_refused(generator, text):
    with pytest.raises(InputError):
        generator.nats_per_char(text)


def test_a_tokenizer_that_does_not_fit_is_refused(folder, tmp_path):
    config = GenerationConfig(5, "lstm", 6, 12, 2, 0.5)
    save_checkpoint(tmp_path, TASK, config, LanguageModel(config))
    CharTokenizer.from_text(ALPHABET).save(tmp_path)
    with pytest.raises(CheckpointError, match=r"tokenizer.json knows 10 characters"):
        TextGenerator.from_pretrained(tmp_path)
