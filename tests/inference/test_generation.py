"""The text generator: reproducible, honest about its prompt, right in its scores."""

from __future__ import annotations

import json
import math
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from data.copying import CopyIndex
from data.errors import InputError
from data.tokenizers import CharTokenizer
from inference.generation import MAX_PROMPT, TASK, TextGenerator
from models.checkpoint import CheckpointError, save_checkpoint
from models.generation import GenerationConfig, LanguageModel
from tests.inference.conftest import ALPHABET


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
    head = "".join(next(writer).text for _ in range(10))
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
        ({"prompt": "a" * 100_000}, "has 100,000 characters"),
        ({"temperature": math.nan}, "temperature"),
        ({"top_k": -1}, "Top-k"),
        ({"top_p": 0}, "Top-p"),
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


@pytest.mark.parametrize(
    "prompt", ["\x00\x07\x1b[2J", "שלום עולם", "\u202eab", "<b>a</b>", "\ud83d"]
)
def test_strange_prompts_are_read_as_far_as_they_are_known(generator, prompt):
    known = "".join(c for c in prompt if c in ALPHABET)
    result = generator.generate(prompt, 20, 1.0, seed=1)
    assert result.prompt == prompt
    assert result.text == generator.generate(known, 20, 1.0, seed=1).text
    assert set(result.skipped) == set(prompt) - set(ALPHABET)


def test_a_top_k_above_the_vocabulary_keeps_all(generator):
    plain = generator.generate("abc", 100, 1.0, seed=7)
    assert generator.generate("abc", 100, 1.0, seed=7, top_k=10_000).text == plain.text
    assert generator.generate("abc", 100, 1.0, seed=7, top_k=3).text != plain.text
    assert generator.generate("abc", 100, 1.0, seed=7, top_p=0.5).text != plain.text


def test_what_was_read_long_ago_still_matters(generator):
    assert (
        generator.generate("abcdef", 50, 1.0, 5).text
        != generator.generate("bbcdef", 50, 1.0, 5).text
    )


def test_a_line_ends_before_its_newline(any_generator):
    prompt = "the cat"
    line = any_generator.line(prompt, 60, 1.0, seed=2)
    whole = any_generator.generate(prompt, 60, 1.0, seed=2).text
    assert "\n" not in line.text
    assert line.text.rstrip() == whole.split("\n")[0].rstrip()
    assert "".join(piece.text for piece in line.pieces) == line.text


def test_copying_is_unknown_without_an_index_and_told_with_one(folder, tmp_path):
    assert TextGenerator.from_pretrained(folder).copying("abc") is None
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    CopyIndex.from_text("a bad head had a bad bed\n" * 2).save(tmp_path)
    found = TextGenerator.from_pretrained(tmp_path).copying("gag: had a bad bed!")
    assert found.longest == (4, 18)
    assert found.spans == ((4, 18),)
    assert (found.window, found.share) == (12, 3 / 8)
    json.dumps(found.to_json(), allow_nan=False)


def test_a_damaged_index_is_told_with_the_name_of_the_file(folder, tmp_path):
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "copies.safetensors").write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match=r"copies\.safetensors is damaged"):
        TextGenerator.from_pretrained(tmp_path)


def test_many_writers_at_once_write_what_each_writes_alone(generator):
    alone = [generator.generate("abc", 150, 1.0, seed).text for seed in range(8)]
    with ThreadPoolExecutor(8) as threads:
        together = threads.map(
            lambda seed: generator.generate("abc", 150, 1.0, seed).text, range(8)
        )
    assert list(together) == alone


def test_json_holds_pieces_only_when_they_were_asked_for(generator):
    assert set(generator.generate("a", 5).to_json()) == {
        "prompt", "text", "seed", "model", "bits_per_char", "skipped", "notes",
    }  # fmt: skip
    answer = json.loads(json.dumps(generator.generate("a", 5, alternatives=2).to_json()))
    assert "".join(piece["text"] for piece in answer["pieces"]) == answer["text"]
    assert all(len(piece["alternatives"]) == 2 for piece in answer["pieces"])


def test_a_tokenizer_that_does_not_fit_is_refused(folder, tmp_path):
    config = GenerationConfig(5, "lstm", 6, 12, 2, 0.5)
    save_checkpoint(tmp_path, TASK, config, LanguageModel(config))
    CharTokenizer.from_text(ALPHABET).save(tmp_path)
    with pytest.raises(CheckpointError, match=r"tokenizer.json has 10 pieces"):
        TextGenerator.from_pretrained(tmp_path)
