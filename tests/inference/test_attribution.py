"""Laws of the explanation of a verdict, on small networks of every kind."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import inference.attribution
from data.errors import InputError
from data.sentiment import cut, encode, pad
from data.tokenizers import SubwordTokenizer
from inference.attribution import (
    MAX_POINTS,
    TOLERANCE,
    attribute,
    deletion_curve,
    explain,
    leave_out,
    log_odds,
)
from inference.sentiment import SentimentClassifier
from models.sentiment import SentimentConfig, SentimentNetwork

GOOD, BAD = ("superb", "lovely", "moving"), ("dull", "awful", "boring")
PLAIN = "the film was {} and the music was {}, as i said to my friend"
KINDS = {
    "forward": {"directions": "forward"},
    "bidirectional": {"directions": "bidirectional", "num_layers": 2},
    "halves": {"directions": "halves"},
    "attention": {"directions": "forward", "pooling": "attention", "cell": "gru"},
}
TEXTS = [
    "The film was superb and the music was dull, as I said",
    "Awful. My friend was lovely! Boring film.",
    "superb",
    "The music, the music, the MUSIC was moving " * 8,
]


def make_classifier(directions: str = "halves", **others: object) -> SentimentClassifier:
    """A random network with opinions, strong enough for its verdicts to differ."""
    text = "\n".join(PLAIN.format(a, b) for a in GOOD + BAD for b in GOOD + BAD)
    tokenizer = SubwordTokenizer.train(text, 80)
    config = SentimentConfig(
        tokenizer.vocab_size, embedding_size=8, hidden_size=8, directions=directions,
        temperature=0.7, temperature_growth=0.2, **others,
    )  # fmt: skip
    torch.manual_seed(0)
    network = SentimentNetwork(config)
    with torch.no_grad():
        for reading in network.readings:
            reading.embedding.weight.normal_()
            reading.head.weight.normal_()
    return SentimentClassifier(config, network, tokenizer, "tiny")


@pytest.fixture(scope="module", params=KINDS)
def any_classifier(request) -> SentimentClassifier:
    return make_classifier(**KINDS[request.param])


@pytest.fixture(scope="module")
def classifier() -> SentimentClassifier:
    return make_classifier()


@pytest.fixture(scope="module")
def trained() -> SentimentClassifier:
    """A network that has learned that GOOD words are positive and BAD ones negative, wherever they
    stand among others."""
    classifier = make_classifier()
    for reading in classifier.network.readings:
        reading._initialize()
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 2
    texts = []
    for label in labels:
        words = rng.choice(PLAIN.replace("{}", ",").split(), 8)
        words[rng.integers(8)] = rng.choice(GOOD if label else BAD)
        texts.append(" ".join(words))
    tokens, lengths = map(torch.from_numpy, pad(encode(classifier.tokenizer, texts)))
    targets = torch.from_numpy(labels).float()
    optimizer = torch.optim.Adam(classifier.network.parameters(), 0.02)
    for _ in range(80):
        loss = F.binary_cross_entropy_with_logits(classifier.network(tokens, lengths), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return classifier


def verdict_of(classifier: SentimentClassifier, text: str) -> float:
    return log_odds(classifier.predict([text])[0])


@pytest.mark.parametrize("text", TEXTS)
def test_contributions_add_up_to_the_verdict_for_every_kind_of_network(any_classifier, text):
    attribution = attribute(any_classifier, text)
    assert attribution.logit == pytest.approx(verdict_of(any_classifier, text), abs=1e-4)
    gap = sum(attribution.contributions) - (attribution.logit - attribution.baseline_logit)
    assert attribution.completeness_error == abs(gap)
    assert abs(gap) <= TOLERANCE
    assert max(map(abs, attribution.contributions)) > 0.01  # there is something to add up
    assert " ".join(attribution.words) == " ".join(text.split())


@pytest.mark.parametrize("text", TEXTS[:2])
def test_contributions_are_the_integral_of_the_gradient(any_classifier, text):
    """Beside the definition, with very many equal steps: equation 1 of the paper."""
    network, tokenizer = any_classifier.network, any_classifier.tokenizer
    pieces = cut(tokenizer, text)
    tokens = torch.from_numpy(pieces.ids.astype(np.int64))[None]
    commas = torch.full_like(tokens, tokenizer.encode(",")[0])
    pieces_read = tokens.shape[1]
    total = torch.zeros(pieces_read)
    steps = 500
    begin, end = network.embed(commas), network.embed(tokens)
    for step in range(steps):
        share = (step + 0.5) / steps
        places = [
            (b + share * (e - b)).detach().requires_grad_() for b, e in zip(begin, end, strict=True)
        ]
        logit = network.judge(places, torch.tensor([pieces_read])) / (0.7 * pieces_read**0.2)
        for gradient, b, e in zip(torch.autograd.grad(logit, places), begin, end, strict=True):
            total += (gradient * (e - b)).sum(-1)[0].detach() / steps
    expected = np.add.reduceat(total.numpy(), [0, *(pieces.last_piece[:-1] + 1)])
    found = attribute(any_classifier, text).contributions
    assert found == pytest.approx(expected, abs=0.02)


def test_the_path_begins_at_as_many_commas(any_classifier):
    tokenizer = any_classifier.tokenizer
    (comma,) = tokenizer.encode(",")
    T = len(tokenizer.encode(TEXTS[0]))
    with torch.no_grad():
        logit = any_classifier.network(torch.full((1, T), comma), torch.tensor([T])).item()
    expected = logit / (0.7 * T**0.2)
    assert attribute(any_classifier, TEXTS[0]).baseline_logit == pytest.approx(expected)


def test_what_cannot_be_read_contributes_nothing_and_takes_nothing_from_its_neighbours(classifier):
    strange = attribute(classifier, "\u2603\u2603superb")
    assert strange.contributions == attribute(classifier, "superb").contributions
    before = attribute(classifier, "\u2603 superb")
    total = before.logit - before.baseline_logit
    assert before.contributions == (0, pytest.approx(total, abs=TOLERANCE))


def test_the_words_that_are_one_piece_each_keep_their_pieces(classifier):
    words = ["the", "film", "\u2603", "was", "dull"]
    pieces = cut(classifier.tokenizer, " ".join(words))
    assert [classifier.tokenizer.piece(i) for i in pieces.ids] == [
        "the", " film", " was", " dull"
    ]  # fmt: skip
    values = np.arange(1.0, 5.0)
    assert inference.attribution._by_word(values, pieces, classifier).tolist() == [1, 2, 0, 3, 4]


def test_batches_change_nothing(classifier, monkeypatch):
    whole = attribute(classifier, TEXTS[0])
    monkeypatch.setattr(inference.attribution, "BATCH_POSITIONS", 1)
    single = attribute(classifier, TEXTS[0])
    assert single.contributions == pytest.approx(whole.contributions, abs=1e-4)


def test_the_points_on_the_path_are_bounded_and_the_error_is_told(classifier, monkeypatch):
    monkeypatch.setattr(inference.attribution, "TOLERANCE", 0.0)
    assert attribute(classifier, TEXTS[0]).points == MAX_POINTS
    monkeypatch.setattr(inference.attribution, "MAX_POINTS", 9)
    coarse = attribute(classifier, TEXTS[0])
    assert coarse.points == 9
    assert coarse.completeness_error > 0


def test_the_longest_review_that_is_explained_needs_bounded_work(classifier, monkeypatch):
    asked = []
    judge = classifier.network.judge

    def counting(embedded: list[torch.Tensor], lengths: torch.Tensor) -> torch.Tensor:
        asked.append(embedded[0].shape[:2].numel())
        return judge(embedded, lengths)

    monkeypatch.setattr(classifier.network, "judge", counting)
    monkeypatch.setattr(inference.attribution, "TOLERANCE", 0.0)
    monkeypatch.setattr(inference.attribution, "MAX_PATH_POSITIONS", 2_000)
    monkeypatch.setattr(inference.attribution, "BATCH_POSITIONS", 200)
    attribute(classifier, "dull moving " * 40)
    assert max(asked) <= 200
    assert 1_900 < sum(asked) <= 2_000


def test_a_review_beyond_the_bound_is_a_sentence(classifier, monkeypatch):
    monkeypatch.setattr(inference.attribution, "MAX_PIECES", 20)
    with pytest.raises(InputError, match=r"too long to be explained.*the limit is 20"):
        attribute(classifier, "dull " * 30)


@pytest.mark.parametrize("text", ["", "\u2603", "\x00", "10/10"])
def test_what_cannot_be_judged_cannot_be_explained(classifier, text):
    with pytest.raises(InputError):
        explain(classifier, text)


def test_each_word_of_a_short_review_is_left_out_exactly(any_classifier):
    text = "The film was superb, as I said"
    attribution = explain(any_classifier, text)
    assert attribution.unit == "word"
    assert [attribution.part(o) for o in attribution.omissions] == text.split()
    for place, omission in enumerate(attribution.omissions):
        rest = " ".join(text.split()[:place] + text.split()[place + 1 :])
        verdict = any_classifier.predict([rest])[0]
        assert omission.positive == pytest.approx(verdict.probabilities["positive"], abs=1e-5)
        effect = verdict_of(any_classifier, text) - log_odds(verdict)
        assert omission.effect == pytest.approx(effect, abs=1e-4)


def test_each_sentence_of_a_long_review_is_left_out_exactly(classifier):
    sentences = [f"The film number {number} was dull and my friend said so." for number in range(6)]
    attribution = explain(classifier, " ".join(sentences))
    assert attribution.unit == "sentence"
    assert [attribution.part(o) for o in attribution.omissions] == sentences
    rest = " ".join(sentences[:2] + sentences[3:])
    verdict = classifier.predict([rest])[0]
    assert attribution.omissions[2].positive == pytest.approx(
        verdict.probabilities["positive"], abs=1e-5
    )


def test_of_very_many_sentences_neighbours_are_left_out_together(classifier, monkeypatch):
    words = ("Dull film. " * 30).split()
    pieces = len(cut(classifier.tokenizer, " ".join(words)).ids)
    monkeypatch.setattr(inference.attribution, "MAX_OMITTED_POSITIONS", 10 * pieces)
    unit, omissions = leave_out(classifier, words)
    assert (unit, len(omissions)) == ("sentence", 10)
    assert [(o.start, o.end) for o in omissions] == [(i, i + 6) for i in range(0, 60, 6)]


@pytest.mark.parametrize("text", ["dull", "dull film " * 30])
def test_where_there_is_one_part_nothing_is_left_out(classifier, text):
    assert explain(classifier, text).omissions == ()


def test_a_part_without_which_nothing_can_be_judged_is_not_left_out(classifier):
    attribution = explain(classifier, "dull , !")
    assert [attribution.part(o) for o in attribution.omissions] == [",", "!"]


@pytest.mark.parametrize(("opinions", "sign"), [(GOOD, 1), (BAD, -1)])
def test_the_words_that_decide_contribute_most(trained, opinions, sign):
    for first, second in pairwise(opinions):
        attribution = attribute(trained, f", {PLAIN.format(first, second)}")
        told = {True: [], False: []}
        for word, contribution in zip(attribution.words, attribution.contributions, strict=True):
            told[word.strip(",") in opinions].append(sign * contribution)
        assert min(told[True]) > 2 * np.mean(np.abs(told[False]))


def test_deleting_the_words_that_spoke_most_moves_the_verdict_faster_than_chance(trained):
    texts = [PLAIN.format(words[i], words[2 - i]) for words in (GOOD, BAD) for i in range(3)]
    shares = (0.0, 0.2, 0.5)
    by_attribution, by_chance = deletion_curve(trained, texts, shares, seed=0)
    assert by_attribution.shape == by_chance.shape == (3,)
    scores = [verdict.score for verdict in trained.predict(texts)]
    assert by_attribution[0] == by_chance[0] == pytest.approx(np.mean(scores), abs=1e-5)
    assert by_attribution[1] < by_chance[1] - 0.1
    assert by_attribution[2] < by_chance[2]
    again = deletion_curve(trained, texts, shares, seed=0)
    np.testing.assert_array_equal(again, (by_attribution, by_chance))


def test_one_word_stays_however_much_is_deleted(trained):
    score = trained.predict(["superb"])[0].score
    assert abs(score - 0.5) > 0.1
    for curve in deletion_curve(trained, ["superb"], (0.0, 1.0), seed=0):
        assert curve.tolist() == pytest.approx([score, score], abs=1e-5)


def test_an_explanation_is_json(classifier):
    answer = json.loads(json.dumps(explain(classifier, "A dull \U0001f600 film").to_json()))
    assert answer["words"] == ["A", "dull", "\U0001f600", "film"]
    assert len(answer["contributions"]) == 4
    assert set(answer) >= {"model", "logit", "baseline_logit", "completeness_error", "points"}
    assert [part["text"] for part in answer["left_out"]] == answer["words"]
