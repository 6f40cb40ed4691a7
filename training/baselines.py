"""What a network on text must beat: counts of characters without any network."""

from __future__ import annotations

import copy
import math
from collections import Counter, defaultdict

from data.generation import TextSplits

ORDERS = (2, 3, 4, 5, 6)
COUNTED = 2_000_000  # characters of the training text, its end; the counts of more fill the memory
GLANCED = 300_000  # characters; of those the counting takes a second


def best_ngram(splits: TextSplits, vocab_size: int, lead: str = "") -> tuple[str, float]:
    """The name and the nats a character of the n-gram model whose order is best on
    ``splits.selection``, fitted on all but the validation text and measured there.

    ``lead`` stands before each text: a newline where texts are lines, which are guessed from their
    first character on.
    """
    model, losses = _fitted(splits, vocab_size, lead, COUNTED)
    order = min(losses, key=losses.__getitem__)
    model.fit(lead + splits.selection)
    nats = model.shortened(order).nats_per_char(lead + splits.validation)
    return f"{order}-gram, Witten-Bell", nats


def goal_ngram(splits: TextSplits, vocab_size: int, lead: str = "") -> tuple[str, float]:
    """What a network has to come below while it learns: the name and the nats a character of the
    n-gram model that is best on ``splits.selection``, measured there. In a second: it counts the
    last ``GLANCED`` characters of the training text only."""
    _, losses = _fitted(splits, vocab_size, lead, GLANCED)
    order = min(losses, key=losses.__getitem__)
    return f"{order}-gram, Witten-Bell", losses[order]


def _fitted(
    splits: TextSplits, vocab_size: int, lead: str, counted: int
) -> tuple[NGramModel, dict[int, float]]:
    """The model of the largest order, and the loss of each order on ``splits.selection``."""
    model = NGramModel(max(ORDERS), vocab_size).fit(lead + splits.train[-counted:])
    return model, {
        order: model.shortened(order).nats_per_char(lead + splits.selection) for order in ORDERS
    }


class NGramModel:
    """A character model of the last ``order - 1`` characters with Witten-Bell interpolation.

    p(c | h) = (n(hc) + t(h) p(c | h')) / (n(h) + t(h)), where n counts, t(h) is the number of
    different characters seen after h and h' is h without its first character; below the empty
    history stands the uniform distribution over the ``vocab_size`` characters (Witten and Bell,
    1991). It never gives a character the probability 0.
    """

    def __init__(self, order: int, vocab_size: int) -> None:
        if order < 1 or vocab_size < 1:
            raise ValueError("order and vocab_size must be at least 1")
        self.order, self.vocab_size = order, vocab_size
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)

    def fit(self, text: str) -> NGramModel:
        """Count every history of up to ``order - 1`` characters in ``text``."""
        for i, character in enumerate(text):
            for length in range(min(i, self.order - 1) + 1):
                self.counts[text[i - length : i]][character] += 1
        return self

    def shortened(self, order: int) -> NGramModel:
        """The model of a lower ``order``, on the same counts."""
        model = copy.copy(self)
        model.order = order
        return model

    def probability(self, character: str, history: str) -> float:
        """p(character | history); only the last ``order - 1`` characters of the history matter."""
        p = 1 / self.vocab_size
        history = history[len(history) - min(len(history), self.order - 1) :]
        for start in range(len(history), -1, -1):
            following = self.counts.get(history[start:])
            if following is None:
                break
            total, kinds = following.total(), len(following)
            p = (following[character] + kinds * p) / (total + kinds)
        return p

    def nats_per_char(self, text: str) -> float:
        """Mean of -ln p over all characters of ``text`` but the first; nan for fewer than two."""
        if len(text) < 2:
            return math.nan
        window = self.order - 1
        total = sum(
            -math.log(self.probability(text[i], text[max(0, i - window) : i]))
            for i in range(1, len(text))
        )
        return total / (len(text) - 1)
