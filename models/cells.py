"""Recurrent cells with every gate laid open, forwards step by step and backwards row by row.

``torch.nn`` keeps its gates to itself. These cells compute the same on the same weights (gate order
i, f, g, o and r, z, n) and keep all that happens: ``GateCell.read`` gives a ``Trace``, ``back``
goes back through one of its steps with the gradients of many losses at once, and ``pull_back``
through a whole stack of layers. Equal to ``torch.nn`` to rounding, in the weights' own precision.

Nothing here trains (``models.recurrence``), writes fast (``models.stepping``), or knows a text.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.recurrence import MogrifierLSTM

State = tuple[Tensor, ...]  # (h,), or (h, c) where there is a cell state, each (N, H)


@dataclass(frozen=True)
class Trace:
    """What one layer did: its input ``x`` (N, T, D), the state it began in, and ``values``, what it
    computed at each step (N, T, K) by name, in the order of its making."""

    x: Tensor
    start: State
    values: dict[str, Tensor]

    @property
    def hidden(self) -> Tensor:
        """The outputs (N, T, H)."""
        return self.values["hidden"]

    @property
    def last(self) -> State:
        """The state after the last step."""
        return self.before(self.x.shape[1])

    def before(self, t: int) -> State:
        """The state before step ``t``."""
        if t == 0:
            return self.start
        names = ("hidden", "cell")[: len(self.start)]
        return tuple(self.values[name][:, t - 1] for name in names)

    def at(self, t: int, *names: str) -> list[Tensor]:
        """Some values of step ``t``, each (N, K)."""
        return [self.values[name][:, t] for name in names]


class GateCell(ABC):
    """One layer in one direction, on the weights of a ``torch.nn`` layer, which it shares.

    ``gates`` are the values of a Trace between 0 and 1; ``keeper`` is the place of the gate that
    keeps the state among the blocks of the weights, None without one.
    """

    gates: ClassVar[tuple[str, ...]] = ()
    state_parts: ClassVar[int] = 1
    keeper: ClassVar[int | None] = None

    def __init__(self, W_ih: Tensor, W_hh: Tensor, b_ih: Tensor, b_hh: Tensor) -> None:
        """W_ih (G H, D), W_hh (G H, H), both biases (G H,), for a cell of G gates."""
        self.W_ih, self.W_hh, self.b_ih, self.b_hh = W_ih, W_hh, b_ih, b_hh

    @property
    def hidden_size(self) -> int:
        """H, units."""
        return self.W_hh.shape[1]

    def read(self, x: Tensor, start: State | None = None) -> Trace:
        """Read ``x`` (N, T, D), T at least 1, from the state ``start`` (zeros when None)."""
        if start is None:
            start = (x.new_zeros(len(x), self.hidden_size),) * self.state_parts
        state, steps = start, []
        for prepared in self._prepare(x).unbind(1):
            step = self._step(prepared, state)
            state = (step["hidden"], step["cell"]) if self.state_parts == 2 else (step["hidden"],)
            steps.append(step)
        values = {name: torch.stack([step[name] for step in steps], 1) for name in steps[0]}
        return Trace(x, start, values)

    def _prepare(self, x: Tensor) -> Tensor:
        """What of ``x`` does not wait for the step before: W_ih x + b_ih (N, T, G H)."""
        return F.linear(x, self.W_ih, self.b_ih)

    @abstractmethod
    def _step(self, prepared: Tensor, state: State) -> dict[str, Tensor]:
        """All values of one step (N, K) by name."""

    @abstractmethod
    def back(self, trace: Trace, t: int, upstream: State) -> tuple[Tensor, State]:
        """Step ``t`` of one sequence (N = 1) backwards, for B losses at once: from their gradients
        by the state after it (B, H) to those by its input (B, D) and by the state before it."""

    def redrawn(self, rng: torch.Generator, keep_bias: float) -> GateCell:
        """A cell of the same shape with new weights, drawn from U(-1/sqrt(H), 1/sqrt(H)) as
        PyTorch does; the gate that keeps has the bias ``keep_bias``."""
        bound = self.hidden_size**-0.5
        weights = [
            torch.empty_like(old).uniform_(-bound, bound, generator=rng)
            for old in (self.W_ih, self.W_hh, self.b_ih, self.b_hh)
        ]
        if self.keeper is not None:
            block = slice(self.keeper * self.hidden_size, (self.keeper + 1) * self.hidden_size)
            weights[2][block], weights[3][block] = keep_bias, 0
        return type(self)(*weights)

    def without_input(self) -> GateCell:
        """The cell for going back from state to state alone: its ``back`` leaves out the gradients
        by the input, (B, 0), and with them half of its work."""
        return type(self)(self.W_ih[:, :0], self.W_hh, self.b_ih, self.b_hh)


class RnnCell(GateCell):
    """h = tanh(W_ih x + b_ih + W_hh h + b_hh)."""

    def _step(self, prepared: Tensor, state: State) -> dict[str, Tensor]:
        return {"hidden": torch.tanh(prepared + F.linear(state[0], self.W_hh, self.b_hh))}

    def back(self, trace: Trace, t: int, upstream: State) -> tuple[Tensor, State]:
        """See GateCell."""
        (h,) = trace.at(t, "hidden")
        da = upstream[0] * (1 - h * h)
        return da @ self.W_ih, (da @ self.W_hh,)


class GruCell(GateCell):
    """r, z = sigmoid(W_ih x + b_ih + W_hh h + b_hh), u = W_hn h + b_hn, n = tanh(W_in x + b_in +
    r u), h = (1 - z) n + z h, as in ``torch.nn``; named reset, keep, recall, candidate, hidden."""

    gates = ("reset", "keep")
    keeper = 1

    def _step(self, prepared: Tensor, state: State) -> dict[str, Tensor]:
        x_r, x_z, x_n = prepared.chunk(3, -1)
        h_r, h_z, u = F.linear(state[0], self.W_hh, self.b_hh).chunk(3, -1)
        r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
        n = torch.tanh(x_n + r * u)
        h = (1 - z) * n + z * state[0]
        return {"reset": r, "keep": z, "recall": u, "candidate": n, "hidden": h}

    def back(self, trace: Trace, t: int, upstream: State) -> tuple[Tensor, State]:
        """See GateCell."""
        r, z, u, n = trace.at(t, "reset", "keep", "recall", "candidate")
        (dh,), (h,) = upstream, trace.before(t)
        dn = dh * ((1 - z) * (1 - n * n))
        dz = dh * ((h - n) * (z - z * z))
        dr = dn * (u * (r - r * r))
        dx = torch.cat([dr, dz, dn], -1) @ self.W_ih
        return dx, (torch.cat([dr, dz, dn * r], -1) @ self.W_hh + dh * z,)


class LstmCell(GateCell):
    """i, f, o = sigmoid(W_ih x + b_ih + W_hh h + b_hh), g = tanh(...), c = f c + i g,
    h = o tanh(c); named input, forget, output, candidate, cell, hidden."""

    gates = ("forget", "input", "output")
    state_parts = 2
    keeper = 1

    def _step(self, prepared: Tensor, state: State) -> dict[str, Tensor]:
        i, f, g, o = (prepared + F.linear(state[0], self.W_hh, self.b_hh)).chunk(4, -1)
        i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
        c = f * state[1] + i * g
        h = o * torch.tanh(c)
        return {"forget": f, "input": i, "candidate": g, "cell": c, "output": o, "hidden": h}

    def back(self, trace: Trace, t: int, upstream: State) -> tuple[Tensor, State]:
        """See GateCell."""
        f, i, g, c, o = trace.at(t, "forget", "input", "candidate", "cell", "output")
        before = trace.before(t)[1]
        dc = by_cell(trace, t, upstream)
        da = torch.cat(
            [
                dc * (g * (i - i * i)),
                dc * (before * (f - f * f)),
                dc * (i * (1 - g * g)),
                upstream[0] * (torch.tanh(c) * (o - o * o)),
            ],
            -1,
        )
        return da @ self.W_ih, (da @ self.W_hh, dc * f)


class MogrifierCell(LstmCell):
    """An LSTM whose input and state modulate each other first (``models.recurrence``); the factors
    of round k, between 0 and 2, are "scale k", of the input in round 1, 3, ..., else of the state.

    ``rounds`` are the matrices (down, up) of each.
    """

    def __init__(self, *weights: Tensor, rounds: Sequence[tuple[Tensor, Tensor]] = ()) -> None:
        super().__init__(*weights)
        self.rounds = list(rounds)

    def _prepare(self, x: Tensor) -> Tensor:
        return x  # all of it waits: the state changes it

    def _step(self, prepared: Tensor, state: State) -> dict[str, Tensor]:
        x, h, scales = prepared, state[0], {}
        for k, (down, up) in enumerate(self.rounds):
            scale = 2 * torch.sigmoid((x if k % 2 else h) @ down @ up)
            scales[f"scale {k + 1}"] = scale
            if k % 2:
                h = scale * h
            else:
                x = scale * x
        return scales | super()._step(super()._prepare(x), (h, state[1]))

    def back(self, trace: Trace, t: int, upstream: State) -> tuple[Tensor, State]:
        """See GateCell."""
        dx, (dh, dc) = super().back(trace, t, upstream)
        scales = trace.at(t, *(f"scale {k + 1}" for k in range(len(self.rounds))))
        x, h, changed = trace.x[:, t], trace.before(t)[0], []
        for k, scale in enumerate(scales):  # what each round changed, as it was before
            changed.append(h if k % 2 else x)
            if k % 2:
                h = scale * h
            else:
                x = scale * x
        for k in reversed(range(len(scales))):
            down, up = self.rounds[k]
            # The derivative of s = 2 sigmoid(a) is s (1 - s / 2).
            slope = changed[k] * (scales[k] - scales[k] * scales[k] / 2)
            by_reading = ((dh if k % 2 else dx) * slope) @ up.T @ down.T
            if k % 2:
                dx, dh = dx + by_reading, dh * scales[k]
            else:
                dx, dh = dx * scales[k], dh + by_reading
        return dx, (dh, dc)

    def without_input(self) -> MogrifierCell:
        """See GateCell; here nothing can be left out, since the input modulates the state."""
        return self

    def redrawn(self, rng: torch.Generator, keep_bias: float) -> MogrifierCell:
        """See GateCell; the rounds begin as those of a new ``MogrifierLSTM``."""
        fresh = super().redrawn(rng, keep_bias)
        for down, up in self.rounds:
            down_scale, up_scale = down.shape[0] ** -0.5, 0.1 * up.shape[0] ** -0.5
            fresh.rounds.append((
                torch.empty_like(down).normal_(0, down_scale, generator=rng),
                torch.empty_like(up).normal_(0, up_scale, generator=rng),
            ))  # fmt: skip
        return fresh


CELLS: dict[str, type[GateCell]] = {"rnn": RnnCell, "gru": GruCell, "lstm": LstmCell}


def explicit(layer: nn.RNNBase) -> GateCell:
    """The cell on the weights of a one-layer, one-way ``nn.RNN``, ``nn.GRU``, ``nn.LSTM`` or
    ``MogrifierLSTM``."""
    weights = [
        getattr(layer, f"{name}_l0").detach()
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    ]
    if isinstance(layer, MogrifierLSTM):
        pairs = zip(layer.down, layer.up, strict=True)
        return MogrifierCell(*weights, rounds=[(d.detach(), u.detach()) for d, u in pairs])
    return CELLS[layer.mode.lower().removesuffix("_tanh")](*weights)


def by_cell(trace: Trace, t: int, upstream: State) -> Tensor:
    """The gradients by the cell state after step ``t`` (B, H), over all paths, from those by h and
    by c as ``pull_back`` has them."""
    c, o = trace.at(t, "cell", "output")
    tanh_c = torch.tanh(c)
    return upstream[1] + upstream[0] * (o * (1 - tanh_c * tanh_c))


class Arrival(NamedTuple):
    """The gradients that arrive at one step, of the losses of this step and of the B - 1 after it
    (of all, T - step, without what is negligible)."""

    step: int
    dx: Tensor  # by the input of the lowest layer (B, D), the loss of this step first
    states: list[State]  # by the state of each layer after this step (B, H)


def pull_back(
    cells: Sequence[GateCell],
    traces: Sequence[Trace],
    inject: Callable[[int], Tensor],
    negligible: float = 0.0,
) -> Iterator[Arrival]:
    """Back through a stack that read one sequence (N = 1), from its last step to its first, with
    the gradients of T losses side by side: loss tau depends on nothing after step tau.

    ``inject(t)`` are the gradients of losses t, t + 1, ..., T - 1 that reach the output of the top
    layer at step t directly, (T - t, H).

    Where each loss is injected at its own step alone, the latest can be let go: as soon as the norm
    of all that it carries is at most ``negligible`` times the one that it began with.
    """
    carried = [tuple(part.new_zeros(0, part.shape[1]) for part in trace.start) for trace in traces]
    began: deque[float] = deque()  # the norms with which the carried losses began, latest first
    for t in reversed(range(traces[0].x.shape[1])):
        while began and _latest_norm(carried) <= negligible * began[0]:
            carried = [tuple(part[:-1] for part in state) for state in carried]
            began.popleft()
        dx, states = inject(t)[: len(carried[0][0]) + 1], []
        if negligible:
            began.append(float(dx[0].norm()))
        for k in reversed(range(len(cells))):
            # Loss t joins, in the first row; nothing has come to it from later steps.
            dh, *dc = (F.pad(part, (0, 0, 1, 0)) for part in carried[k])
            states.insert(0, (dh + dx, *dc))
            dx, carried[k] = cells[k].back(traces[k], t, states[0])
        yield Arrival(t, dx, states)


def _latest_norm(carried: Sequence[State]) -> float:
    """The norm of all that the latest loss carries."""
    return float(torch.cat([part[-1] for state in carried for part in state]).norm())
