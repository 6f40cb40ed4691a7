"""What a run learns from: corpora of the house and own files, cut without leaks, warned about."""

from __future__ import annotations

import base64
import random
from pathlib import Path

import pytest

from data.errors import InputError
from training import corpora
from training.corpora import Corpus, Source, load, safe_name

RNG = random.Random(1)
WORDS = ["".join(RNG.choices("etaoinshrdlu", k=RNG.randint(2, 8))) for _ in range(300)]
RANKS = [1 / (i + 1) for i in range(300)]


def prose(characters: int, seed: int = 1) -> str:
    """Sentences of made-up words, a few of them very frequent, as in a language."""
    rng = random.Random(seed)
    text = ""
    while len(text) < characters:
        words = rng.choices(WORDS, weights=RANKS, k=rng.randint(5, 30))
        text += " ".join(words).capitalize() + ".\n"
    return text[:characters]


def names(count: int) -> str:
    """Names from A to Z."""
    drawn = {"".join(RNG.choices("abcdefghijklmnopqrstuvwxyz", k=9)) for _ in range(count)}
    return "".join(f"{name.capitalize()}\n" for name in sorted(drawn))


PROSE = prose(20_000)


@pytest.fixture
def own(tmp_path):
    """A function that loads a text as a person's own file."""

    def of(text: str, name: str = "mybook.txt", **flags: object) -> Corpus:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return load("shakespeare", str(tmp_path / name), None, **flags)

    return of


def enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """No text is small any more, so that other warnings stand alone."""
    monkeypatch.setattr(corpora, "ENOUGH", dict.fromkeys(corpora.ENOUGH, 1))


def test_an_own_file_stands_for_the_corpus_and_nothing_of_it_is_lost(own):
    corpus = own(PROSE, selection_share=0.1)
    assert (corpus.name, corpus.unit) == ("mybook", "windows")
    assert corpus.splits.validation == PROSE[18_000:]
    assert len(corpus.splits.selection) == 1_800
    assert sorted(corpus.text) == sorted(PROSE)


def test_a_corpus_of_the_house_comes_from_the_data_folder(tmp_path, monkeypatch):
    def read(data_dir: Path | None) -> str:
        return (data_dir / "hidden.txt").read_text()

    (tmp_path / "hidden.txt").write_text(PROSE)
    monkeypatch.setitem(corpora.CORPORA, "shakespeare", Source("The plays", "windows", read))
    corpus = load("shakespeare", None, tmp_path)
    assert (corpus.name, corpus.title) == ("shakespeare", "The plays")
    assert corpus.splits.validation == PROSE[18_000:]


def test_names_are_read_in_lower_case_and_no_name_is_in_two_parts(monkeypatch):
    listed = names(200)
    monkeypatch.setattr(corpora, "load_dinosaurs", lambda data_dir: listed.removesuffix("\n"))
    corpus = load("dinosaurs", None, None)
    parts = (corpus.splits.train, corpus.splits.selection, corpus.splits.validation)
    assert all(part.endswith("\n") for part in parts)
    assert sorted("".join(parts).split()) == listed.lower().split()
    assert min(corpus.splits.validation.split()) < "g"  # not only the end of the alphabet
    assert corpus.unit == "lines"


def test_short_lines_in_alphabetical_order_are_a_list_and_other_lines_are_not(own):
    listed = names(100)
    assert own(listed).unit == "lines"
    assert own(listed, unit="windows", selection_share=0.1).unit == "windows"
    shuffled = listed.splitlines(keepends=True)
    RNG.shuffle(shuffled)
    assert own("".join(shuffled) * 2).unit == "windows"
    assert own("".join(shuffled), unit="lines").unit == "lines"
    log = "".join(f"2024-01-01 {i:05} a long line of what a program did\n" for i in range(100))
    assert own(log).unit == "windows"


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("mybook", "mybook"),
        ("My Book (2nd ed.)", "My-Book-2nd-ed"),
        ("..", "text"),
        ("", "text"),
        ("--name", "name"),
        ("../../etc/passwd", "etc-passwd"),
        ("война и мир", "война-и-мир"),
        ("e\u0301tude", "\u00e9tude"),
        ("a: [b]\n# c", "a-b-c"),
        ("x" * 300, "x" * 60),
        ("shakespeare", "shakespeare-own"),
        ("Dinosaurs", "Dinosaurs-own"),
    ],
)
def test_a_name_is_safe_for_a_folder_and_for_a_card(stem, name):
    assert safe_name(stem) == name


def test_a_good_text_has_no_warning(own, monkeypatch):
    enough(monkeypatch)
    assert own(PROSE).warnings == ()


def test_dinosaurs_and_a_text_long_enough_for_its_tokens_have_no_warning(own, monkeypatch):
    monkeypatch.setattr(corpora, "load_dinosaurs", lambda data_dir: names(1536))
    assert load("dinosaurs", None, None).warnings == ()
    long = prose(corpora.ENOUGH["char"])
    assert own(long).warnings == ()
    assert len(own(long, tokenizer="word").warnings) == 1


@pytest.mark.parametrize(
    ("tokenizer", "sentence"),
    [
        ("char", "a network on characters wants 500,000 or more, so add text, or expect little."),
        ("subword", "on sub-words wants 2,000,000 or more, so add text, or read it by characters."),
        ("word", "on words wants 5,000,000 or more, so add text, or read it by characters."),
    ],
)
def test_a_small_text_is_warned_about_by_what_a_token_is(own, tokenizer, sentence):
    (warning,) = own(PROSE, tokenizer=tokenizer).warnings
    assert warning.startswith("The text has 20,000 characters; ")
    assert warning.endswith(sentence)


def test_a_short_list_is_warned_about(own):
    (warning,) = own(names(100)).warnings
    assert warning.startswith("The list has 80 different lines")


def test_a_very_large_alphabet_is_warned_about(own, monkeypatch):
    enough(monkeypatch)
    rare = "".join(chr(0x4E00 + i) for i in range(400))
    (warning,) = own(PROSE[:10_000] + rare + PROSE[10_000:]).warnings
    assert "different characters" in warning


@pytest.mark.parametrize("noise", ["base64", "hexadecimal"])
def test_a_text_without_repetition_is_warned_about(own, monkeypatch, noise):
    enough(monkeypatch)
    content = random.Random(2).randbytes(20_000)
    text = base64.b64encode(content).decode() if noise == "base64" else content.hex()
    (warning,) = own(text).warnings
    assert warning.startswith("Hardly any run of 6 characters")


def test_a_validation_text_that_was_copied_into_the_training_text_is_warned_about(own, monkeypatch):
    enough(monkeypatch)
    (warning,) = own(PROSE * 3).warnings
    assert warning.startswith("About 100% of the validation text stands word for word")
    (warning,) = own(PROSE + prose(2_000, seed=2) + PROSE[:1_000]).warnings
    assert 30 < int(warning.split("%")[0].removeprefix("About ")) < 50


@pytest.mark.parametrize("share", [0.0, 0.5, -0.1, float("nan")])
def test_a_senseless_share_to_choose_on_is_refused(own, share):
    with pytest.raises(InputError, match="selection_share"):
        own(PROSE, selection_share=share)


def test_what_cannot_be_learned_is_refused_with_a_sentence(own, tmp_path):
    with pytest.raises(InputError, match="999 characters, too few to learn from; give at least"):
        own(PROSE[:999])
    with pytest.raises(InputError, match="3 different lines, too few"):
        own("a\nb\nc\n", unit="lines")
    with pytest.raises(InputError, match="null bytes"):
        own("\0" * 5000)
    with pytest.raises(InputError, match="cannot be read"):
        load("shakespeare", str(tmp_path / "none.txt"), None)


def test_an_unknown_corpus_is_refused_by_name():
    with pytest.raises(InputError, match=r"no corpus 'bible'.*shakespeare, dinosaurs.*--text"):
        load("bible", None, None)
