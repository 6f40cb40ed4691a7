"""Laws of the sentiment predictor, on a small random network: order, company, bounds, sentences."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import inference.sentiment
from data.errors import InputError
from data.sentiment import clean, cut
from data.tokenizers import CharTokenizer, SubwordTokenizer, Tokenizer
from inference.predictions import SentimentPrediction
from inference.sentiment import (
    MAX_CHARACTERS,
    TASK,
    SentimentClassifier,
    _batches,
    looks_english,
    notes,
)
from models.checkpoint import CheckpointError, save_checkpoint
from models.sentiment import SentimentConfig, SentimentNetwork

TEXTS = [
    "I loved this film, and the acting in it was wonderful.",
    "What a waste of time! The plot was dull and the ending was worse.",
    "Not bad at all.",
] * 10


def pieces(vocab_size: int = 150) -> Tokenizer:
    """With the start piece, and letters enough for what the tests type."""
    letters = "\nabcdefghijklmnopqrstuvwxyz0123456789'&<>;\u00e9"
    return SubwordTokenizer.train("\n".join(TEXTS).lower(), vocab_size, letters)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A checkpoint with random weights, large enough for the verdicts to differ."""
    path = tmp_path_factory.mktemp("weights") / "tiny-lstm"
    path.mkdir()
    tokenizer = pieces()
    config = SentimentConfig(
        tokenizer.vocab_size, embedding_size=8, hidden_size=8, directions="forward",
        temperature=0.5, running_temperature=0.5,
    )  # fmt: skip
    torch.manual_seed(0)
    network = SentimentNetwork(config)
    with torch.no_grad():
        network.readings[0].embedding.weight.normal_()
        network.readings[0].head.weight.normal_()
    save_checkpoint(path, TASK, config, network)
    tokenizer.save(path)
    return path


@pytest.fixture(scope="module")
def classifier(folder) -> SentimentClassifier:
    return SentimentClassifier.from_pretrained(folder)


def positive(predictions: list[SentimentPrediction]) -> list[float]:
    return [prediction.probabilities["positive"] for prediction in predictions]


def test_a_verdict_is_the_likelier_label_and_its_probability(classifier):
    for verdict in classifier.predict(TEXTS[:3]):
        assert sum(verdict.probabilities.values()) == pytest.approx(1)
        assert verdict.score == max(verdict.probabilities.values())
        assert verdict.label == max(verdict.probabilities, key=verdict.probabilities.get)
        assert verdict.model == "tiny-lstm"
        assert verdict.tokens == verdict.running == ()


def test_the_temperature_divides_the_logit(classifier):
    hot = SentimentClassifier(
        replace(classifier.config, temperature=1.0),
        classifier.network,
        classifier.tokenizer,
        "hot",
    )

    def logits(judge: SentimentClassifier) -> np.ndarray:
        p = np.array(positive(judge.predict(TEXTS[:3])))
        return np.log(p / (1 - p))

    np.testing.assert_allclose(logits(classifier), 2 * logits(hot), rtol=1e-4)


def test_the_temperature_follows_the_length_wherever_a_text_stands_in_a_batch(classifier):
    config = replace(classifier.config, temperature_growth=0.5, running_temperature_growth=0.5)
    grown = SentimentClassifier(config, classifier.network, classifier.tokenizer, "grown")
    texts = TEXTS[:3]
    for plain, told in zip(
        classifier.predict(texts, running=True), grown.predict(texts, running=True), strict=True
    ):
        pieces = cut(classifier.tokenizer, clean(plain.text))
        read = [*pieces.last_piece + 1, len(pieces.ids)]  # after every word, and at the end

        def logits(verdict) -> np.ndarray:
            p = np.array([*verdict.running, verdict.probabilities["positive"]])
            return np.log(p / (1 - p))

        np.testing.assert_allclose(logits(told), logits(plain) / np.sqrt(read), rtol=1e-3)


def test_the_order_is_kept_over_groups_and_batches(classifier, monkeypatch):
    monkeypatch.setattr(inference.sentiment, "GROUP", 4)
    monkeypatch.setattr(inference.sentiment, "BATCH_PIECES", 30)
    texts = [f"{'dull ' * (i * 7 % 10)}film number {i}" for i in range(11)]
    together = classifier.predict(texts)
    assert [verdict.text for verdict in together] == texts
    alone = [classifier.predict([text])[0] for text in texts]
    assert positive(together) == pytest.approx(positive(alone), abs=1e-5)
    assert len(set(positive(together))) >= 10


@given(st.lists(st.integers(1, 60), max_size=40))
def test_a_batch_holds_a_bounded_number_of_positions(lengths):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inference.sentiment, "BATCH_PIECES", 50)
        batches = _batches(lengths)
    assert sorted(row for rows in batches for row in rows) == list(range(len(lengths)))
    for rows in batches:
        assert len(rows) == 1 or len(rows) * max(lengths[row] for row in rows) <= 50


def test_progress_reaches_the_end_and_never_goes_back(classifier, monkeypatch):
    monkeypatch.setattr(inference.sentiment, "GROUP", 4)
    calls = []
    classifier.predict(TEXTS[:10], progress=lambda done, total: calls.append((done, total)))
    assert calls == sorted(calls)
    assert calls[-1] == (10, 10)


def test_the_same_text_gets_the_same_verdict(classifier):
    assert classifier.predict(TEXTS) == classifier.predict(TEXTS)


def test_the_running_probability_ends_at_the_verdict(classifier):
    for verdict in classifier.predict(TEXTS[:3], running=True):
        assert verdict.running[-1] == pytest.approx(verdict.probabilities["positive"], abs=1e-6)
        assert verdict.running_of == "whole network"
        assert len(verdict.running) == len(verdict.tokens)
        assert " ".join(verdict.tokens) == clean(verdict.text)


def test_the_running_probability_is_the_verdict_on_every_beginning(classifier):
    verdict = classifier.predict([TEXTS[1]], running=True)[0]
    beginnings = [" ".join(verdict.tokens[: n + 1]) for n in range(len(verdict.tokens))]
    assert verdict.running == pytest.approx(positive(classifier.predict(beginnings)), abs=1e-5)


def test_the_curve_of_halves_says_whose_it_is(classifier):
    torch.manual_seed(0)
    config = replace(classifier.config, directions="halves", running_temperature=2.0)
    both = SentimentClassifier(config, SentimentNetwork(config), classifier.tokenizer, "both")
    (verdict,) = both.predict(TEXTS[:1], running=True)
    forward = replace(config, directions="forward", temperature=2.0)
    half = SentimentClassifier(forward, SentimentNetwork(forward), classifier.tokenizer, "half")
    half.network.readings[0].load_state_dict(both.network.readings[0].state_dict())
    assert verdict.running_of == "forward half"
    assert verdict.running[-1] == pytest.approx(positive(half.predict(TEXTS[:1]))[0], abs=1e-6)
    assert verdict.running[-1] != pytest.approx(positive([verdict])[0], abs=1e-4)


def test_running_changes_no_verdict(classifier):
    plain, running = classifier.predict(TEXTS), classifier.predict(TEXTS, running=True)
    assert positive(plain) == pytest.approx(positive(running), abs=1e-5)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("<br /><br />", "empty"),
        ("\x00\x01", "empty"),
        ("10/10 !!!", "no words"),
        ("\U0001f600\U0001f600", "no words"),
        ("a" * (MAX_CHARACTERS + 1), "limit is 100,000"),
        (None, "must be text"),
        (float("nan"), "must be text"),
    ],
)
def test_what_cannot_be_judged_gets_a_sentence(text, sentence, classifier):
    with pytest.raises(InputError, match=sentence):
        classifier.predict([TEXTS[0], text])
    answers = classifier.predict_each([TEXTS[0], text, TEXTS[1]])
    assert isinstance(answers[1], InputError)
    assert sentence in str(answers[1])
    assert [answers[0].text, answers[2].text] == TEXTS[:2]


def test_no_texts_give_no_verdicts(classifier):
    assert classifier.predict([]) == []
    assert classifier.predict_each([]) == []


@pytest.mark.parametrize("word", ["a", "wonderful ", "\u6620", "a<", "&amp;a", "<b>a"])
def test_a_review_at_the_limit_is_read_whole(word, classifier):
    text = (word * MAX_CHARACTERS)[: MAX_CHARACTERS - 12] + " what a film"
    verdict = classifier.predict([text], running=True)[0]
    assert verdict.tokens[-3:] == ("what", "a", "film")
    assert verdict.running[-1] == pytest.approx(verdict.probabilities["positive"], abs=1e-6)


@given(st.lists(st.text(alphabet=st.characters(codec=None), max_size=50), max_size=5))
@settings(deadline=None, max_examples=60)
def test_any_text_gets_a_verdict_or_a_sentence(classifier, texts):
    answers = classifier.predict_each(texts, running=True)
    assert len(answers) == len(texts)
    for answer in answers:
        if isinstance(answer, InputError):
            assert str(answer).endswith(".")
        else:
            assert 0 <= answer.probabilities["positive"] <= 1
            assert len(answer.running) == len(answer.tokens) > 0


def test_html_quotes_and_emoji_are_read_as_in_training(classifier):
    texts = ["I didn't like &quot;it&quot;.<br />Dull", "I didn\u2019t like \u201cit\u201d. Dull"]
    first, second = positive(classifier.predict(texts))
    assert first == second


def test_what_was_left_out_is_said(classifier):
    (verdict,) = classifier.predict(["I loved \u6620\u753b this film a lot"])
    assert any("\u6620 \u753b" in note and "8%" in note for note in verdict.notes)


def test_pieces_without_a_start_are_refused(folder, tmp_path):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    size = SentimentClassifier.from_pretrained(folder).tokenizer.vocab_size
    CharTokenizer.from_text("".join(map(chr, range(97, 97 + size)))).save(tmp_path)
    with pytest.raises(CheckpointError, match="begin"):
        SentimentClassifier.from_pretrained(tmp_path)


def test_an_ordinary_review_has_no_notes():
    assert notes("I loved this film and its music.", 1.1, 0.9) == ()


@pytest.mark.parametrize(
    ("cleaned", "fragmentation", "probability", "said"),
    [
        ("great film", 1.0, 0.9, "2 words"),
        ("great", 1.0, 0.9, "one word"),
        ("I saw this film in May.", 1.0, 0.5, "not sure"),
        ("I saw this film in May.", 1.0, 0.4, "no neutral reviews"),
        ("Der Film war wirklich sehr gut", 2.0, 0.9, "English"),
    ],
)
def test_each_doubt_has_its_sentence(cleaned, fragmentation, probability, said):
    (note,) = notes(cleaned, fragmentation, probability)
    assert said in note
    assert note.endswith(".")
    assert note.count(". ") == 0


@pytest.mark.parametrize(
    ("cleaned", "fragmentation", "english"),
    [
        ("Kurosawa's Rashomon is a masterpiece", 2.0, True),
        ("Un film formidable et drole", 1.4, False),
        ("\u0424\u0438\u043b\u044c\u043c \u043f\u043b\u043e\u0445\u043e\u0439", 1.0, False),
        ("caf\u00e9 scenes I liked a lot", 1.2, True),
        ("qwrtp zxcvb", 4.0, True),  # two words tell nothing
    ],
)
def test_english_is_told_from_letters_and_words(cleaned, fragmentation, english):
    assert looks_english(cleaned, fragmentation) is english


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("damage", [Path.unlink, _truncate])
def test_a_broken_checkpoint_is_an_error_that_names_the_file(name, damage, folder, tmp_path):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    damage(tmp_path / name)
    with pytest.raises(CheckpointError, match=name.replace(".", r"\.")):
        SentimentClassifier.from_pretrained(tmp_path)


def test_a_vocabulary_of_another_network_is_refused(folder, tmp_path):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    pieces(vocab_size=80).save(tmp_path)
    with pytest.raises(CheckpointError, match=r"tokenizer\.json"):
        SentimentClassifier.from_pretrained(tmp_path)


def test_verdicts_are_json(classifier):
    verdict = classifier.predict(["Great \U0001f600 film \ud83d"])[0]
    assert json.loads(json.dumps(verdict.to_json()))["model"] == "tiny-lstm"
