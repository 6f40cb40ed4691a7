"""The NumPy writer: the laws of the torch one, and lines that begin anew."""

from __future__ import annotations

import json
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from data.errors import InputError
from inference.generation import MAX_PROMPT
from inference.scratch import TASK, NumpyGenerator
from models.checkpoint import CheckpointError
from models.scratch.network import CharacterNetwork, NetworkConfig
from models.scratch.output import softmax

ALPHABET = "\n abcdefgh"


def make(cell: str = "lstm", unit: str = "lines", seed: int = 0) -> NumpyGenerator:
    network = CharacterNetwork.initialise(NetworkConfig(cell, ALPHABET, 12, 2), seed)
    network.parameters["output.Wy"] *= 8  # opinions strong enough for temperatures to matter
    network.parameters["output.by"] += np.random.default_rng(seed).normal(size=(10, 1))
    return NumpyGenerator(network, unit, "tiny")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights") / "tiny"
    make().save(folder)
    return folder


@pytest.fixture(scope="module")
def generator(folder):
    return NumpyGenerator.from_pretrained(folder)


@pytest.fixture(scope="module", params=["rnn", "gru", "lstm"])
def windows(request):
    return make(request.param, "windows")


def test_a_saved_network_writes_what_it_wrote_before(folder, generator):
    original = make()
    for name, value in original.network.parameters.items():  # float32 is what is saved
        np.testing.assert_array_equal(generator.network.parameters[name], value.astype(np.float32))
    assert generator.generate("abc", 50, 0.5, 1).text == original.generate("abc", 50, 0.5, 1).text
    assert json.loads((folder / "config.json").read_text())["task"] == TASK


def test_the_same_seed_writes_the_same_text_and_another_seed_another(generator):
    first = generator.generate("abc", 200, 1.0, seed=7)
    assert generator.generate("abc", 200, 1.0, seed=7) == first
    assert generator.generate("abc", 200, 1.0, seed=8).text != first.text
    assert (len(first.text), first.model, first.prompt) == (200, "tiny", "abc")


def test_running_text_is_written_as_one_pass_would_have_it(windows):
    text = windows.generate("abc", 40, 0, seed=1).text
    assert text == windows.generate("abc", 40, 0, seed=2).text
    whole, states, tokens = "abc" + text, windows.network.zero_states(1), []
    for token in windows.tokenizer.encode(whole):
        scores, states = windows.network.step([token], states)
        tokens.append(int(scores.argmax()))
    assert windows.tokenizer.decode(tokens[2:-1]) == text


def test_each_line_begins_anew(generator):
    assert (
        generator.generate("gh gh\nab\n", 40, 1.0, 3).text
        == generator.generate("", 40, 1.0, 3).text
    )
    assert (
        generator.generate("dd\nab", 40, 1.0, 3).text == generator.generate("ab", 40, 1.0, 3).text
    )


def test_the_surprise_while_writing_lines_is_their_score(generator):
    whole = generator.generate("", 300, 1.0, seed=1).text
    lines = generator.generate("", whole.rindex("\n") + 1, 1.0, seed=1)
    assert lines.text.count("\n") > 3
    nats = generator.nats_per_char(lines.text)
    assert lines.bits_per_char == pytest.approx(nats / math.log(2))


def test_running_text_does_not_begin_anew():
    source = make(unit="windows")
    assert source.generate("gh gh\nab", 40, 0, 3).text != source.generate("ab", 40, 0, 3).text


def test_a_line_ends_before_its_newline(generator):
    line = generator.line("ab", 60, 1.0, seed=2)
    whole = generator.generate("ab", 60, 1.0, seed=2).text
    assert line.text == whole.split("\n")[0]
    assert "\n" not in line.text


def test_unseen_characters_are_skipped_and_told(generator):
    with_emoji = generator.generate("aXb😀c", 40, 1.0, seed=1)
    assert with_emoji.skipped == ("X", "😀")
    assert with_emoji.text == generator.generate("abc", 40, 1.0, seed=1).text


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=60))
def test_no_prompt_breaks_it(generator, prompt):
    assert len(generator.generate(prompt, 5, 1.0, seed=0).text) == 5


def test_bits_per_char_is_the_mean_surprise_of_the_text(windows):
    result = windows.generate("ab", 60, 0.7, seed=3)
    states, nats = windows.network.zero_states(1), []
    tokens = windows.tokenizer.encode("ab" + result.text)
    for token, after in pairwise(tokens):
        scores, states = windows.network.step([token], states)
        nats.append(-math.log(softmax(scores)[after, 0]))
    assert result.bits_per_char == pytest.approx(np.mean(nats[1:]) / math.log(2))


def test_the_score_of_lines_is_that_of_each_line_alone(generator, monkeypatch):
    text = "abc\nd\n\ngh a\nfe"
    total = count = 0.0
    for line in text.splitlines():
        total += generator.nats_per_char(line + "\nab\n") * (len(line) + 4)
        total -= generator.nats_per_char("ab\n") * 3
        count += len(line) + 1
    assert generator.nats_per_char(text) == pytest.approx(total / count)
    monkeypatch.setattr("inference.scratch.TOKENS_AT_ONCE", 4)  # shorter than a line, too
    assert generator.nats_per_char(text) == pytest.approx(total / count)
    assert "".join(piece.text for piece in generator.read(text).pieces) == text + "\n"


def test_the_score_of_running_text_does_not_depend_on_the_window(windows, monkeypatch):
    text = "abc def\ngh " * 9 + "ab"
    whole = windows.nats_per_char(text)
    monkeypatch.setattr("inference.scratch.TOKENS_AT_ONCE", 7)
    assert windows.nats_per_char(text) == pytest.approx(whole)
    assert windows.nats_per_char("ab") > 0


def test_running_text_can_be_read_cold(windows):
    text = "abc def\ngh " * 3
    cold = sum(windows.nats_per_char(text[i : i + 6]) * len(text[i + 1 : i + 6])
               for i in range(0, len(text), 5))  # fmt: skip
    assert windows.nats_per_char(text, 5) == pytest.approx(cold / (len(text) - 1))


def test_lines_have_no_windows(generator):
    with pytest.raises(InputError, match="begins each line anew"):
        generator.read("abc", window=8)


def test_each_character_of_a_line_is_expected_and_its_end(generator):
    found = generator.read("abXc\nd", alternatives=2)
    assert [piece.text for piece in found.pieces] == list("abc\nd\n")
    assert (found.text, found.characters, found.skipped) == ("abc\nd\n", 6, {"X": 1})
    assert not any(math.isnan(piece.nats) for piece in found.pieces)
    assert found.pieces[0].nats == generator.read("a").pieces[0].nats
    assert sum(p.nats for p in found.pieces) / 6 == pytest.approx(generator.nats_per_char("abc\nd"))
    with pytest.raises(InputError, match="too little to read"):
        generator.read("")


@pytest.mark.parametrize("unit", ["lines", "windows"])
def test_writing_on_equals_writing_at_once(unit):
    source = make("gru", unit)
    whole = source.generate("abc", 60, 1.0, 3, 5, 0.9)
    writer = source.write("abc", 25, 1.0, 3, 5, 0.9)
    head = "".join(piece.text for piece in writer)
    tail = source.resume(writer.bookmark(), 35, 1.0, 5, 0.9)
    assert head + "".join(piece.text for piece in tail) == whole.text


def test_a_long_prompt_is_read_in_parts(windows, monkeypatch):
    whole = windows.generate("abc def\ngh " * 5, 20, 0.5, 1).text
    monkeypatch.setattr("inference.scratch.TOKENS_AT_ONCE", 7)
    assert windows.generate("abc def\ngh " * 5, 20, 0.5, 1).text == whole


@pytest.mark.parametrize("text", ["abcX", "a", ""])
def test_texts_that_cannot_be_scored_are_refused(generator, text):
    with pytest.raises(InputError):
        generator.nats_per_char(text)


@pytest.mark.parametrize(
    "arguments", [{"prompt": "a" * (MAX_PROMPT + 1)}, {"temperature": -1}, {"seed": -1}]
)
def test_arguments_out_of_range_get_one_sentence(generator, arguments):
    with pytest.raises(InputError):
        generator.write(**arguments)


def test_a_temperature_near_zero_is_greedy(generator):
    assert generator.generate("ab", 30, 1e-9, 1).text == generator.generate("ab", 30, 0, 1).text


@pytest.fixture
def damaged(tmp_path):
    make("gru").save(tmp_path)
    return tmp_path


def test_damage_is_told_with_the_name_of_the_file(damaged):
    def refuses(message: str) -> None:
        with pytest.raises(CheckpointError, match=message):
            NumpyGenerator.from_pretrained(damaged)

    weights, config = damaged / "model.safetensors", damaged / "config.json"
    tensors = load_file(weights)
    save_file(tensors | {"layers.0.odd": tensors["output.by"]}, weights)
    refuses(r"model\.safetensors does not fit config\.json.*odd")
    save_file(tensors | {"output.by": tensors["output.by"][:3].copy()}, weights)
    refuses(r"output\.by has shape")
    save_file(tensors | {"output.by": tensors["output.by"] * np.nan}, weights)
    refuses("not finite")
    save_file(tensors, weights)
    content = weights.read_bytes()
    weights.write_bytes(content[:200])
    refuses(r"model\.safetensors is truncated")
    weights.unlink()
    refuses(r"model\.safetensors is missing")
    weights.write_bytes(content)
    values = json.loads(config.read_text())
    config.write_text(json.dumps(values | {"cell": "lstm"}))
    refuses(r"does not fit config\.json")
    config.write_text(json.dumps(values | {"unit": "pages"}))
    refuses("pages")
    config.write_text(json.dumps(values | {"vocab_size": 5}))
    refuses(r"tokenizer\.json has 10 pieces")
    config.write_text(json.dumps(values | {"task": "generation"}))
    refuses("belongs to a generation network")
    config.write_text(json.dumps(values))
    NumpyGenerator.from_pretrained(damaged)
