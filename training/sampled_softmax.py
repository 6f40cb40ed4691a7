"""A softmax over few tokens in place of all, for training on large vocabularies.

Of V tokens only the right one and some drawn ones get a logit, so that the cost of a step does not
grow with V. What is measured afterwards always uses the whole softmax.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


class SampledSoftmax:
    """Draws ``count`` tokens a step, by the square root of how often they stand in ``tokens``
    (length,): drawn as often as they stand, the rare ones would hardly ever be told to be wrong.
    """

    def __init__(self, tokens: Tensor, vocab_size: int, count: int) -> None:
        # One more of each, so that no token is impossible.
        counts = torch.bincount(tokens, minlength=vocab_size) + 1
        self.count, self._shares = count, counts.sqrt() / counts.sqrt().sum()
        self._log_expected = (self._shares * count).log()

    def loss(
        self, x: Tensor, targets: Tensor, weight: Tensor, bias: Tensor, dtype: torch.dtype
    ) -> Tensor:
        """Mean nats of the ``targets`` (N, T) among themselves and the drawn tokens.

        ``x`` (N, T, K) goes through the softmax's ``weight`` (V, K) and ``bias`` (V,), with
        products in ``dtype``. Each logit is lessened by the log of how often its token is expected
        among the drawn ones, so that the network learns the logits of the whole softmax (Jean et
        al., 2015, "On Using Very Large Target Vocabulary for Neural Machine Translation", sec. 3).
        """
        x, targets = x.flatten(0, 1).to(dtype), targets.flatten()
        drawn = torch.multinomial(self._shares, self.count, replacement=True).to(targets.device)
        log_expected = self._log_expected.to(targets.device)
        weight = weight.to(dtype)
        right = (x * weight[targets]).sum(1).float() + bias[targets] - log_expected[targets]
        others = (x @ weight[drawn].t()).float() + bias[drawn] - log_expected[drawn]
        others = others.masked_fill(targets[:, None] == drawn, -torch.inf)
        logits = torch.cat([right[:, None], others], dim=1)
        return F.cross_entropy(logits, torch.zeros_like(targets))
