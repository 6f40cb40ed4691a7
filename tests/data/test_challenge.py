"""Laws of the challenge file and of its reader."""

from __future__ import annotations

from collections import Counter

import pytest

from data.challenge import COLUMNS, KINDS, load_challenge
from data.sentiment import clean
from data.sources import load_imdb

HEADER = ",".join(COLUMNS)
COMMON_WORDS = 5  # so few words in a row are everybody's: "You won't be disappointed."


@pytest.fixture(scope="module")
def challenge():
    return load_challenge()


def test_there_are_enough_texts_and_as_many_of_each_label_in_every_kind(challenge):
    assert len(challenge.texts) >= 200
    labels = {kind: Counter() for kind in KINDS}
    for kind, label in zip(challenge.kinds, challenge.labels, strict=True):
        labels[kind][int(label)] += 1
    for kind, counts in labels.items():
        assert counts[0] == counts[1] >= 5, kind


def test_no_text_stands_there_twice(challenge):
    cleaned = Counter(clean(text).lower().rstrip(".! ") for text in challenge.texts)
    assert [text for text, count in cleaned.items() if count > 1] == []


def test_every_text_is_short_and_has_its_reason_in_a_sentence(challenge):
    for text, reason in zip(challenge.texts, challenge.reasons, strict=True):
        assert 1 <= len(text.split()) <= 30, text
        assert clean(text) == text
        assert reason[0] in "'ABCDEFGHIJKLMNOPQRSTUVWXYZ", reason
        assert reason.endswith("."), reason


def test_very_short_is_three_words_at_most_and_capitals_have_no_punctuation(challenge):
    for text, kind in zip(challenge.texts, challenge.kinds, strict=True):
        if kind == "very short":
            assert len(text.split()) <= 3
        if kind == "capitals":
            assert text.replace(" ", "").isalpha()
            assert text.isupper() or text.islower()


def test_no_text_was_taken_from_the_reviews(challenge, request):
    data_dir = request.config.rootpath.parent / "shared" / "data"
    if not data_dir.is_dir():
        pytest.skip("the reviews are not at hand")
    reviews = [
        text.lower().replace("<br />", " ")
        for split in ("train", "test", "unsupervised")
        for text in load_imdb(split, data_dir).texts
    ]
    assert not {text.lower() for text in challenge.texts}.intersection(reviews)
    together = "\n".join(reviews).encode()
    found = [
        text
        for text in challenge.texts
        if len(text.split()) > COMMON_WORDS and text.lower().rstrip(".!").encode() in together
    ]
    assert found == []


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "columns"),
        (["text,label,kind", "a,positive,plain"], "columns"),
        ([HEADER, "a,positive,plain"], "line 2: not one value"),
        ([HEADER, "a,positive,plain,why,more"], "line 2: not one value"),
        ([HEADER, ",positive,plain,why"], "line 2: not one value"),
        ([HEADER, "a,good,plain,why"], "line 2: label 'good'"),
        ([HEADER, "a,positive,opera,why"], "line 2: label 'positive', kind 'opera'"),
        ([HEADER, "a,positive,plain,why", "b,positive,plain,why"], "line 3: not the negative half"),
        ([HEADER, "a,positive,plain,why", "b,negative,slang,why"], "line 3: not the negative half"),
        ([HEADER, "a,positive,plain,why"], "the last text has no pair"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(rows, message, tmp_path):
    path = tmp_path / "challenge.csv"
    path.write_text("\n".join(rows))
    with pytest.raises(ValueError, match=message):
        load_challenge(path)


def test_quotes_commas_and_emoji_are_read_as_they_were_typed(tmp_path):
    path = tmp_path / "challenge.csv"
    path.write_text(
        f'{HEADER}\n"good, ""really"" 🔥",positive,slang,"Why, so."\nbad,negative,slang,Why.\n',
        encoding="utf-8",
    )
    challenge = load_challenge(path)
    assert challenge.texts == ('good, "really" 🔥', "bad")
    assert challenge.reasons == ("Why, so.", "Why.")
    assert challenge.labels.tolist() == [1, 0]
