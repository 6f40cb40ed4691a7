"""Characters, words, sub-words: nothing lost, nothing invented, the same on every run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import InputError
from data.tokenizers import (
    CharTokenizer,
    SubwordTokenizer,
    Tokenizer,
    WordTokenizer,
    load_tokenizer,
    train_tokenizer,
)

ROOT = Path(__file__).parents[2]
KINDS = ("char", "word", "subword")
VERSE = "the cat sat on the mat; the cat's hat sat there too.\n\nThe end?  It  was.\n" * 2
TYPED = "[PAD] <unk> <s></s> [UNK] ##ing \u2581word <|endoftext|> Ġtoken"
# Blanks, marks and letters beside each other, and any text at all.
TEXTS = st.one_of(st.text(" \n\tab'’-_é", min_size=1), st.text(min_size=1))


def pieces_of(tokenizer: Tokenizer, text: str) -> list[str]:
    return [tokenizer.piece(token) for token in tokenizer.encode(text)]


@pytest.mark.parametrize("kind", KINDS)
@given(text=TEXTS, more=TEXTS)
@settings(max_examples=60)
def test_decoding_undoes_encoding(kind, text, more):
    tokenizer = train_tokenizer(kind, text + more, 10_000)
    for known in (text, more, more + text):
        assert tokenizer.unseen(known) == ()
        tokens = tokenizer.encode(known)
        assert tokenizer.decode(tokens) == "".join(map(tokenizer.piece, tokens)) == known
        assert all(0 <= token < tokenizer.vocab_size for token in tokens)


@pytest.mark.parametrize("kind", KINDS)
def test_unseen_characters_are_left_out_and_told_in_order(kind):
    tokenizer = train_tokenizer(kind, VERSE, 60)
    strange = "z\ud800the cq\U0001f995at zsat"
    assert tokenizer.unseen(strange) == ("z", "\ud800", "q", "\U0001f995")
    assert tokenizer.encode(strange) == tokenizer.encode("the cat sat")


@pytest.mark.parametrize("kind", KINDS)
def test_upper_case_is_read_in_lower_case_where_none_was_ever_seen(kind):
    lower = train_tokenizer(kind, "to be, or not to be\n", 40)
    assert lower.known("To BE") == "to be"
    assert lower.encode("To BE") == lower.encode("to be")
    assert lower.unseen("To BE? \u0130X") == ("?", "\u0130", "X")
    cased = train_tokenizer(kind, "To be, or not to be\n", 40)
    assert cased.known("To BE") == "To "
    assert cased.unseen("To BE") == ("B", "E")


def test_reading_in_lower_case_moves_no_character():
    greek = train_tokenizer("char", "\u03b1\u03c3\u03c2i\u0307", 10)
    assert greek.known("\u0391\u03a3 \u0130") == "\u03b1\u03c3"  # a last Sigma like any other


@pytest.mark.parametrize("kind", KINDS)
def test_what_looks_like_a_command_is_text(kind):
    tokenizer = train_tokenizer(kind, VERSE + TYPED, 200)
    assert tokenizer.decode(tokenizer.encode(TYPED)) == TYPED
    # Nothing but text of the corpus is in the vocabulary, so nothing else can ever be written.
    assert all(tokenizer.piece(token) in VERSE + TYPED for token in range(tokenizer.vocab_size))


@pytest.mark.parametrize("kind", KINDS)
@given(text=TEXTS)
@settings(max_examples=40)
def test_a_tokenizer_survives_its_file(tmp_path_factory, kind, text):
    folder = tmp_path_factory.mktemp("tokenizer")
    tokenizer = train_tokenizer(kind, text, 10_000)
    tokenizer.save(folder)
    again = load_tokenizer(folder)
    assert again == tokenizer
    assert again.encode(text) == tokenizer.encode(text)


def test_the_file_of_a_character_tokenizer_is_what_it_always_was(tmp_path):
    CharTokenizer.from_text("baé\n").save(tmp_path)
    content = '{\n  "type": "characters",\n  "characters": "\\nabé"\n}\n'
    assert (tmp_path / "tokenizer.json").read_text(encoding="utf-8") == content


@pytest.mark.parametrize("kind", ["word", "subword"])
def test_training_twice_gives_the_same_vocabulary_also_in_another_process(tmp_path, kind):
    text = "".join(f"{a}{b}{c} {c}{a}'s {b}!\n" for a in "xyzw" for b in "rstu" for c in "aeio")
    tokenizer = train_tokenizer(kind, text, 150)
    assert tokenizer == train_tokenizer(kind, text, 150)
    (tmp_path / "text.txt").write_text(text)
    code = (
        "import sys; from pathlib import Path; from data.tokenizers import train_tokenizer; "
        "folder = Path(sys.argv[2]); text = (folder / 'text.txt').read_text(); "
        "train_tokenizer(sys.argv[1], text, 150).save(folder)"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7"}
    command = [sys.executable, "-c", code, kind, str(tmp_path)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    assert load_tokenizer(tmp_path) == tokenizer


def test_frequent_words_are_one_token_and_others_are_spelled():
    text = "so to be or not to be, so be it: be\n"
    tokenizer = WordTokenizer.train(text, len(set(text)) + 2)
    assert tokenizer.pieces[-2:] == (
        " be",
        " to",
    )  # 4 and 2 times; "so" is not always after a blank
    assert pieces_of(tokenizer, " to bet be") == [" to", " ", "b", "e", "t", " be"]


def test_inner_apostrophes_belong_to_the_word():
    tokenizer = WordTokenizer.train("don't don’t 'don't' " * 3, 100)
    assert pieces_of(tokenizer, " don't don’t") == [" don't", " don’t"]


def test_a_blank_goes_with_the_word_behind_it_and_a_paragraph_is_one_piece():
    tokenizer = WordTokenizer.train("a  b\n\n\nc --\n" * 3, 100)
    assert pieces_of(tokenizer, "  b\n\n\nc --\n") == [" ", " b", "\n\n\n", "c", " --", "\n"]


def test_the_most_frequent_pairs_are_merged_first():
    # "lo" stands in all words, "low" in five of six; pairs that stand there once are not merged.
    tokenizer = SubwordTokenizer.train("low low\nlow\tlow\tlower\tlox", 100)
    assert tokenizer.merges[:2] == (("l", "o"), ("lo", "w"))
    assert pieces_of(tokenizer, "lower\tlo") == ["low", "e", "r", "\t", "lo"]


@given(st.text("ab ", max_size=30))
def test_merging_is_that_of_the_textbook(text):
    tokenizer = SubwordTokenizer.train("aab abb baba aabb abab bbbaab a b ab " * 2, 20)
    ranks = {pair: rank for rank, pair in enumerate(tokenizer.merges)}
    expected = []
    for word in tokenizer_runs(text):
        parts = list(word)
        while True:
            pairs = [(ranks.get(pair, 99), i) for i, pair in enumerate(pairwise(parts))]
            if not pairs or min(pairs)[0] == 99:
                break
            i = min(pairs)[1]
            parts[i : i + 2] = ["".join(parts[i : i + 2])]
        expected += parts
    assert pieces_of(tokenizer, text) == expected


def tokenizer_runs(text: str) -> list[str]:
    """Words of letters with one blank before them, or blanks up to the last one before a word."""
    runs, i = [], 0
    while i < len(text):
        j = i
        while j < len(text) and text[j] == " ":
            j += 1
        if j == len(text):
            return [*runs, text[i:]]
        if j - i > 1:
            runs.append(text[i : j - 1])
        i = max(i, j - 1)
        while j < len(text) and text[j] != " ":
            j += 1
        runs.append(text[i:j])
        i = j
    return runs


@pytest.mark.parametrize("kind", ["word", "subword"])
def test_the_vocabulary_is_no_larger_than_asked(kind):
    smallest = len(set(VERSE))
    for size in (smallest, smallest + 1, smallest + 7):
        assert train_tokenizer(kind, VERSE, size).vocab_size == size
    with pytest.raises(InputError, match="different characters, more than"):
        train_tokenizer(kind, VERSE, smallest - 1)


@pytest.mark.parametrize("kind", KINDS)
def test_of_the_alphabet_only_the_characters_are_learned(kind):
    alphabet = "zebra zebra zebra zebra"
    tokenizer = train_tokenizer(kind, VERSE, 200, alphabet)
    assert tokenizer.unseen(alphabet) == ()
    longer = {piece for piece in tokenizer.pieces if len(piece) > 1}
    assert longer == {p for p in train_tokenizer(kind, VERSE, 200).pieces if len(p) > 1}


@pytest.mark.parametrize("kind", ["word", "subword"])
def test_a_text_without_blanks_has_pieces_of_bounded_length(kind):
    tokenizer = train_tokenizer(kind, "acgt" * 2000 + "\u4e00\u4e8c" * 500 + "." * 3000, 400)
    assert max(map(len, tokenizer.pieces)) <= 64


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_text_has_no_tokenizer(kind):
    with pytest.raises(InputError, match="empty"):
        train_tokenizer(kind, "", 100)


WORDS = {"type": "words", "characters": "ab"}
PAIRS = {"type": "subwords", "characters": "ab"}


@pytest.mark.parametrize(
    "content",
    [
        "", "{", "[]", "3", '{"type": []}',
        {"characters": "ab"},
        {"type": "syllables", "characters": "ab"},
        {"type": "characters", "characters": "ba"},
        {"type": "characters", "characters": "aa"},
        {"type": "characters", "characters": ""},
        {"type": "characters", "characters": ["ab", "c"]},
        {"type": "characters", "characters": 7},
        {"type": "characters", "characters": "ab", "other": "c"},
        WORDS,
        WORDS | {"words": ["ab", "ac"]},
        WORDS | {"words": ["a"]},
        WORDS | {"words": [7]},
        WORDS | {"words": ["ab", "ab"]},
        PAIRS | {"merges": [["a", "bb"]]},
        PAIRS | {"merges": [["a"]]},
        PAIRS | {"merges": ["ab", 3]},
        PAIRS | {"merges": [["a", "b"], ["a", "b"]]},
        PAIRS | {"merges": [["a", ["b"]]]},
    ],
)  # fmt: skip
def test_a_damaged_tokenizer_file_is_named(tmp_path, content):
    text = content if isinstance(content, str) else json.dumps(content)
    (tmp_path / "tokenizer.json").write_text(text)
    with pytest.raises(ValueError, match=r"tokenizer\.json is not the tokenizer"):
        load_tokenizer(tmp_path)


def test_a_missing_tokenizer_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"tokenizer\.json is missing"):
        load_tokenizer(tmp_path)


@pytest.mark.parametrize("path", sorted(ROOT.glob("weights/*/tokenizer.json")), ids=str)
def test_the_tokenizers_of_the_house_can_be_read(path):
    content = json.loads(path.read_text(encoding="utf-8"))
    if content.get("type") == "characters":
        assert load_tokenizer(path.parent) == CharTokenizer(tuple(content["characters"]))
