"""A GPU for the one job of the page that gains from it: judging many reviews.

A single text is faster on the CPU: a recurrent network takes its steps one after the other, and a
GPU that is lent for a call (ZeroGPU) must be fetched first. Thousands of reviews side by side keep
it busy. Where there is no GPU, none is free or the visitor's quota is used up, the CPU judges.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from inference.errors import InputError
from inference.predictions import SentimentPrediction
from inference.registry import Registry
from inference.sentiment import SentimentClassifier

try:
    from spaces import GPU
except ImportError:  # not on a ZeroGPU Space

    def GPU(duration: int) -> Callable[[Any], Any]:  # noqa: N802
        """What ``spaces.GPU`` is where no GPU is lent: nothing."""
        return lambda function: function


log = logging.getLogger(__name__)

TASK = "sentiment"
DEVICE = "cuda"
SECONDS = 20  # that one call takes at most: so many are reserved of a visitor's daily quota
WORTH_IT = 500  # reviews; the CPU is done with fewer before a GPU is there
Answers = list[SentimentPrediction | InputError]


@GPU(duration=SECONDS)
def judge(folder: str, texts: list[str | None]) -> Answers:
    """The verdicts of the checkpoint in ``folder`` on reviews, by the GPU. On ZeroGPU this runs in
    a process of its own, so it loads the network itself."""
    return SentimentClassifier.from_pretrained(Path(folder), DEVICE).predict_each(texts)


class OnGpu:
    """A classifier that judges large groups on the GPU, and all on the CPU once that has failed."""

    def __init__(self, classifier: SentimentClassifier, folder: Path) -> None:
        self.name, self._classifier, self._folder = classifier.name, classifier, folder
        self._lent = True

    def as_judged(self, texts: Sequence[str | None]) -> Iterator[dict[int, Any]]:
        """See SentimentClassifier."""
        answers = self._by_gpu(list(texts)) if self._lent and len(texts) >= WORTH_IT else None
        if answers is None:
            yield from self._classifier.as_judged(texts)
        else:
            yield dict(enumerate(answers))

    def _by_gpu(self, texts: list[str | None]) -> Answers | None:
        try:
            return judge(str(self._folder), texts)
        except Exception as error:  # the quota, the queue for GPUs, the driver: each has its own
            log.warning("no GPU (%s); the CPU judges", type(error).__name__)
            self._lent = False
            return None


def classifier(registry: Registry, name: str | None) -> SentimentClassifier | OnGpu:
    """The classifier of that name for many reviews."""
    loaded = registry.load(TASK, name)
    return OnGpu(loaded, registry.folder(loaded.name)) if torch.cuda.is_available() else loaded
