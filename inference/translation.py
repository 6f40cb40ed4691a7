"""A written date in, the date in ISO 8601 out, with where the network looked as it wrote.

``DateTranslator`` is what the page, the command line and the evaluation call. The network writes
ten characters whatever it reads, so an answer comes with ``notes`` on what speaks against it. This
module does NOT train, draw, or correct an answer by rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import torch

from data.errors import InputError
from data.tokenizers import CharTokenizer
from data.translation import (
    ANSWER_CHARACTERS,
    ANSWER_LENGTH,
    FREE,
    clean,
    decode_answer,
    encode_answers,
    has_day,
    has_year,
    is_ambiguous,
    pad,
)
from inference.vocabulary import load_tokenizer
from models.checkpoint import CheckpointError, load_config, load_weights
from models.places import locate
from models.translation import TranslationConfig, TranslationNetwork

TASK = "translation"
MAX_CHARACTERS = 300  # of a text, before cleaning
SHOWN_UNSEEN = 10  # characters
SURE = 0.9  # a part of an answer with a less likely character is named in a note
PARTS = {"year": slice(0, 4), "month": slice(5, 7), "day": slice(8, 10)}
BATCH = 256  # texts at once


@dataclass(frozen=True)
class DateTranslation:
    """A date that was read from a text.

    ``source`` is what the network read: the text cleaned, without characters that it never saw.
    ``answer`` has ten characters, ``forced`` too: those that were forced, FREE elsewhere.
    ``probabilities`` (U,) are those that the network gave to each character of the answer, forced
    or not, given the ones before it; ``attention`` (U, T) is the weight of each character of
    ``source`` at each of ``answer``, and its rows sum to one. ``notes`` are sentences on what
    speaks against the answer.
    """

    text: str
    source: str
    answer: str
    forced: str
    model: str
    probabilities: tuple[float, ...]
    attention: np.ndarray
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        expected = (len(self.answer), len(self.source))
        if self.attention.shape != expected:
            raise ValueError(f"attention has shape {self.attention.shape}, not {expected}")

    def to_json(self) -> dict[str, Any]:
        """The fields as plain JSON values, the attention as [answer][source]."""
        return {
            "text": self.text,
            "source": self.source,
            "answer": self.answer,
            "forced": self.forced,
            "model": self.model,
            "probabilities": [round(p, 6) for p in self.probabilities],
            "attention": np.round(self.attention, 6).tolist(),
            "notes": list(self.notes),
        }


class DateTranslator:
    """Reads dates with a network from a checkpoint folder."""

    def __init__(self, network: TranslationNetwork, tokenizer: CharTokenizer, name: str) -> None:
        self.network, self.tokenizer, self.name = network.eval(), tokenizer, name

    @classmethod
    def from_pretrained(cls, place: str | Path, revision: str | None = None) -> DateTranslator:
        """Load a checkpoint folder, or USER/NAME of the Hub (`models.places`), whose name is the
        model's.

        Raises CheckpointError, naming the file, when one is missing, broken or of another model.
        """
        folder, name = locate(place, revision)
        config = load_config(folder, TASK, TranslationConfig)
        tokenizer = load_tokenizer(folder, config.source_vocab_size)
        if not isinstance(tokenizer, CharTokenizer):
            raise CheckpointError(f"{folder / 'tokenizer.json'} is not one of single characters.")
        for name_of, value, expected in (
            ("answer_vocab_size", config.answer_vocab_size, len(ANSWER_CHARACTERS)),
            ("answer_length", config.answer_length, ANSWER_LENGTH),
        ):
            if value != expected:
                raise CheckpointError(
                    f"{folder / 'config.json'}: {name_of} is {value}, but must be {expected}."
                )
        network = TranslationNetwork(config)
        load_weights(folder, network)
        return cls(network, tokenizer, name)

    def translate(self, text: str, forced: str = "") -> DateTranslation:
        """The date that ``text`` means.

        ``forced``: characters that the answer must have, from its beginning; "_" leaves a place to
        the network, so "____-12" forces the month alone. What follows a forced character is
        written with it in mind. InputError for a text that cannot be read (empty, too long, without
        a known character) or a ``forced`` that no answer can have.
        """
        source, unseen = self._read(text)
        forced = _checked(forced)
        with torch.inference_mode():
            sources, lengths = self._tensors([source])
            found = self.network.translate(
                sources, lengths, torch.from_numpy(encode_answers([forced]))
            )
        answer = decode_answer(found.tokens[0].tolist())
        probabilities = tuple(found.probabilities[0].tolist())
        return DateTranslation(
            text=text,
            source=source,
            answer=answer,
            forced=forced,
            model=self.name,
            probabilities=probabilities,
            attention=found.attention[0].numpy(),
            notes=(
                *self._doubts(source, unseen),
                *doubts_about(answer, forced, probabilities),
            ),
        )

    def answers(self, texts: Sequence[str]) -> list[str]:
        """The answers alone, many texts at once; InputError as for ``translate``."""
        sources = [self._read(text)[0] for text in texts]
        answers = []
        with torch.inference_mode():
            for start in range(0, len(sources), BATCH):
                found = self.network.translate(*self._tensors(sources[start : start + BATCH]))
                answers += [decode_answer(row) for row in found.tokens.tolist()]
        return answers

    def _read(self, text: str) -> tuple[str, tuple[str, ...]]:
        """What the network reads of ``text``, and the characters that it cannot read."""
        if not isinstance(text, str):
            raise InputError("A date must be text; type one, such as 3 May 1979.")
        if len(text) > MAX_CHARACTERS:
            raise InputError(
                f"The text has {len(text):,} characters; a date has at most {MAX_CHARACTERS}, so "
                "please give the date alone."
            )
        cleaned = clean(text)
        if not cleaned:
            raise InputError("There is no text; type a date, such as 3 May 1979.")
        source = clean(self.tokenizer.known(cleaned))
        if not source:
            raise InputError(
                f"There is nothing here that {self.name} can read; write a date in Latin letters "
                "and digits, such as 3 May 1979."
            )
        return source, self.tokenizer.unseen(cleaned)

    def _tensors(self, sources: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Tokens (N, T) and lengths (N,)."""
        tokens, lengths = pad([self.tokenizer.encode(source) for source in sources])
        return torch.from_numpy(tokens), torch.from_numpy(lengths)

    def _doubts(self, source: str, unseen: Sequence[str]) -> list[str]:
        """A sentence for each thing in the text that the network was not trained for."""
        found = []
        if unseen:
            more = " and others" if len(unseen) > SHOWN_UNSEEN else ""
            found.append(
                f"The network never saw {' '.join(unseen[:SHOWN_UNSEEN])}{more}, and did not read "
                "that."
            )
        longest = self.network.config.longest
        if len(source) > longest:
            found.append(
                f"The text is too long: {len(source)} characters, and in training no date had more "
                f"than {longest}. Give the date alone."
            )
        if not has_year(source):
            found.append(
                "There is no year of four digits here, so nobody can be sure of the century; the "
                "network writes one in any case."
            )
        if not has_day(source):
            found.append("There is no number of a day here, so the network makes one up.")
        if is_ambiguous(source):
            found.append(
                "Day or month first? This can be read both ways, and such dates were left out of "
                "the training; write the month's name."
            )
        return found


def doubts_about(answer: str, forced: str, probabilities: Sequence[float]) -> list[str]:
    """A sentence when ``answer`` is no day of the calendar, and one that names the parts of it that
    the network was not sure of (where it was free)."""
    found = []
    try:
        if date.fromisoformat(answer).isoformat() != answer:
            raise ValueError(answer)
    except ValueError:
        found.append(f"{answer} is not a day of the calendar.")
    doubtful = [c == FREE and p < SURE for c, p in zip(forced, probabilities, strict=True)]
    unsure = [name for name, part in PARTS.items() if any(doubtful[part])]
    if unsure:
        found.append(f"The network is not sure of the {' and the '.join(unsure)}.")
    return found


def _checked(forced: str) -> str:
    """``forced`` filled up to the length of an answer."""
    if (
        not isinstance(forced, str)
        or len(forced) > ANSWER_LENGTH
        or not (set(forced) <= {*ANSWER_CHARACTERS, FREE})
    ):
        raise InputError(
            f"What is forced must be at most {ANSWER_LENGTH} of the characters "
            f'{ANSWER_CHARACTERS} and "{FREE}" for a free place, as in 1980 or ____-12.'
        )
    return forced.ljust(ANSWER_LENGTH, FREE)
