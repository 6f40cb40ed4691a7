"""Recurrent layers written out over time, forwards and backwards: the way training runs on a CPU.

``torch.nn`` has no fast way on a CPU for what training here needs: products in bfloat16 (twice as
fast where the processor has them, while sums, cell states and weights stay in float32), dropped
recurrent weights, and cells that ``torch.nn`` lacks (the mogrifier). So each cell is an autograd
function of its own. The loop over time holds only what depends on the step before; the products
with the inputs and all gradients of weights are one large product over all N * T rows.

Equal to ``torch.nn`` to rounding, on the same parameters (gate order i, f, g, o and r, z, n).
Nothing here stacks layers or knows a vocabulary; ``models.generation`` does.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.stepping import MogrifierStep

Gradients = tuple[Tensor | None, ...]


class MogrifierLSTM(nn.LSTM):
    """An LSTM whose input and state modulate each other before each step (Melis, Kocisky and
    Blunsom, 2020, "Mogrifier LSTM", eqs. 1 and 2, with low-rank matrices).

    In round 1, 3, ... x = 2 sigmoid(h A B) * x, in round 2, 4, ... h = 2 sigmoid(x A B) * h, each
    round with matrices of its own: ``down`` A (in, rank) and ``up`` B (rank, out).
    """

    def __init__(self, input_size: int, hidden_size: int, rounds: int, rank: int) -> None:
        super().__init__(input_size, hidden_size, batch_first=True)
        sizes = [(hidden_size, input_size), (input_size, hidden_size)]
        self.down, self.up = nn.ParameterList(), nn.ParameterList()
        for i in range(rounds):
            reads, changes = sizes[i % 2]
            self.down.append(nn.Parameter(torch.randn(reads, rank) * reads**-0.5))
            # Small at first, so that the modulation starts near 1 and the cell as a plain LSTM.
            self.up.append(nn.Parameter(torch.randn(rank, changes) * 0.1 * rank**-0.5))

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor] | None = None) -> Any:
        """As ``nn.LSTM`` with ``batch_first``: (N, T, D) -> (N, T, H), (h, c) of (1, N, H)."""
        if len(x) == 1 and x.is_cpu and not torch.is_grad_enabled():
            return self._read_one(x, state)
        return run_layer(self, x, state, x.dtype)

    def _read_one(self, x: Tensor, state: tuple[Tensor, Tensor] | None) -> Any:
        """One text, such as a prompt, by the steps that writing is made of: several times as fast,
        since here no product waits for more than one row."""
        zero = x.new_zeros(1, 1, self.hidden_size)
        step = MogrifierStep(self, state or (zero, zero))
        outputs = torch.empty(1, x.shape[1], self.hidden_size)
        for inputs, output in zip(x[0].numpy(), outputs[0].numpy(), strict=True):
            step.read(inputs)
            output[:] = step.h
        h, c = (torch.from_numpy(value).view(1, 1, -1) for value in (step.h, step.c))
        return outputs, (h, c)


def run_layer(
    layer: nn.RNNBase,
    x: Tensor,
    state: Any = None,
    dtype: torch.dtype = torch.float32,
    recurrent_dropout: float = 0.0,
) -> tuple[Tensor, Any]:
    """Read ``x`` (N, T, D) with a one-layer, one-way ``nn.RNN``, ``nn.GRU``, ``nn.LSTM`` or
    ``MogrifierLSTM``; returns what the layer itself would.

    Products are computed in ``dtype``. ``recurrent_dropout`` is the share of the recurrent weights
    that is dropped, one mask for the whole call (DropConnect: Merity et al., 2018, "Regularizing
    and Optimizing LSTM Language Models").
    """
    N, H = x.shape[0], layer.hidden_size
    weight_ih, bias_ih, bias_hh = layer.weight_ih_l0, layer.bias_ih_l0, layer.bias_hh_l0
    weight_hh = F.dropout(layer.weight_hh_l0, recurrent_dropout)
    kept = x.dtype if dtype == torch.bfloat16 else dtype  # of states, sums and results
    pair = state if isinstance(state, tuple) else (state,)
    h0 = x.new_zeros(N, H, dtype=kept) if state is None else pair[0][0].to(kept)
    x = x.transpose(0, 1)
    if isinstance(layer, nn.LSTM):
        c0 = torch.zeros_like(h0) if state is None else pair[1][0].to(kept)
        rounds = ()
        if isinstance(layer, MogrifierLSTM):
            rounds = [w for both in zip(layer.down, layer.up, strict=True) for w in both]
        bias = bias_ih + bias_hh
        h, c = _LSTM.apply(x, h0, c0, weight_ih, weight_hh, bias, dtype, *rounds)
        return h.transpose(0, 1), (h[-1:], c[None])
    if isinstance(layer, nn.GRU):
        h = _GRU.apply(x, h0, weight_ih, weight_hh, bias_ih, bias_hh, dtype)
    else:
        h = _RNN.apply(x, h0, weight_ih, weight_hh, bias_ih + bias_hh, dtype)
    return h.transpose(0, 1), h[-1:]


def _rows(x: Tensor) -> Tensor:
    """(T, N, K) -> (T * N, K)."""
    return x.reshape(-1, x.shape[-1])


def _project(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """(T, N, D) -> (T, N, K): the part of the gates that does not wait for the step before."""
    return torch.addmm(bias, _rows(x), weight.t()).view(*x.shape[:2], -1)


class _RNN(torch.autograd.Function):
    """h_t = tanh(W_ih x_t + W_hh h_{t-1} + b)."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, h0: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias: Tensor,
        dtype: torch.dtype,
    ) -> Tensor:  # fmt: skip
        x, W_ih, W_hh = x.to(dtype).contiguous(), weight_ih.to(dtype), weight_hh.to(dtype)
        projected = _project(x, W_ih, bias.to(dtype))
        h = projected.new_empty(len(x) + 1, *h0.shape)
        h[0] = h0
        for t in range(len(x)):
            torch.addmm(projected[t], h[t], W_hh.t(), out=h[t + 1]).tanh_()
        ctx.save_for_backward(x, h, W_ih, W_hh)
        ctx.kept = h0.dtype
        return h[1:].to(h0.dtype)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> Gradients:
        x, h, W_ih, W_hh = ctx.saved_tensors
        dy, da = dy.to(h.dtype), torch.empty_like(h[1:])
        dh = torch.zeros_like(h[0])
        for t in range(len(x) - 1, -1, -1):
            torch.mul(dh + dy[t], 1 - h[t + 1] * h[t + 1], out=da[t])
            dh = da[t] @ W_hh
        rows = _rows(da)
        return (
            (rows @ W_ih).view(x.shape).to(ctx.kept), dh.to(ctx.kept),
            (rows.t() @ _rows(x)).to(ctx.kept), (rows.t() @ _rows(h[:-1])).to(ctx.kept),
            rows.sum(0, dtype=ctx.kept), None,
        )  # fmt: skip


class _GRU(torch.autograd.Function):
    """r, z = sigmoid(W_ih x + b_ih + W_hh h + b_hh), n = tanh(W_in x + b_in + r (W_hn h + b_hn)),
    h = (1 - z) n + z h, as in ``torch.nn``."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, h0: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Tensor,
        bias_hh: Tensor, dtype: torch.dtype,
    ) -> Tensor:  # fmt: skip
        x, W_ih, W_hh = x.to(dtype).contiguous(), weight_ih.to(dtype), weight_hh.to(dtype)
        b_hh, H = bias_hh.to(dtype), h0.shape[1]
        gates = _project(x, W_ih, bias_ih.to(dtype))
        h = gates.new_empty(len(x) + 1, *h0.shape)
        u_n = gates.new_empty(len(x), *h0.shape)  # W_hn h + b_hn, which r scales
        h[0] = h0
        for t, a in enumerate(gates):
            recurrent = torch.addmm(b_hh, h[t], W_hh.t())
            u_n[t] = recurrent[:, 2 * H :]
            a[:, : 2 * H].add_(recurrent[:, : 2 * H]).sigmoid_()
            r, z, n = a.chunk(3, 1)
            n.addcmul_(r, u_n[t]).tanh_()
            torch.lerp(n, h[t], z, out=h[t + 1])
        ctx.save_for_backward(x, h, gates, u_n, W_ih, W_hh)
        ctx.kept = h0.dtype
        return h[1:].to(h0.dtype)

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> Gradients:
        x, h, gates, u_n, W_ih, W_hh = ctx.saved_tensors
        H, dy = h.shape[2], dy.to(h.dtype)
        d_in, d_hh = torch.empty_like(gates), torch.empty_like(gates)  # by W_ih x, by W_hh h
        dh = torch.zeros_like(h[0])
        for t in range(len(x) - 1, -1, -1):
            r, z, n = gates[t].chunk(3, 1)
            dr, dz, dn = d_in[t].chunk(3, 1)
            dh = dh + dy[t]
            torch.mul(dh * (h[t] - n), z - z * z, out=dz)
            torch.mul(dh - dh * z, 1 - n * n, out=dn)
            torch.mul(dn * u_n[t], r - r * r, out=dr)
            d_hh[t, :, : 2 * H] = d_in[t, :, : 2 * H]
            torch.mul(dn, r, out=d_hh[t, :, 2 * H :])
            dh = torch.addmm(dh * z, d_hh[t], W_hh)
        rows, rows_hh = _rows(d_in), _rows(d_hh)
        return (
            (rows @ W_ih).view(x.shape).to(ctx.kept), dh.to(ctx.kept),
            (rows.t() @ _rows(x)).to(ctx.kept), (rows_hh.t() @ _rows(h[:-1])).to(ctx.kept),
            rows.sum(0, dtype=ctx.kept), rows_hh.sum(0, dtype=ctx.kept), None,
        )  # fmt: skip


class _LSTM(torch.autograd.Function):
    """i, f, g, o = W_ih x + W_hh h + b; c = sigmoid(f) c + sigmoid(i) tanh(g);
    h = sigmoid(o) tanh(c); before that the mogrifier's rounds on x and h, if any.

    ``mogrifier`` holds down and up of each round in turn.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, h0: Tensor, c0: Tensor, weight_ih: Tensor, weight_hh: Tensor,
        bias: Tensor, dtype: torch.dtype, *mogrifier: Tensor,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        x, W_ih, W_hh = x.to(dtype).contiguous(), weight_ih.to(dtype), weight_hh.to(dtype)
        bias, (T, N, _), H = bias.to(dtype), x.shape, h0.shape[1]
        gates = x.new_empty(T, N, 4 * H) if mogrifier else _project(x, W_ih, bias)
        h, c = x.new_empty(T + 1, N, H), c0.new_empty(T + 1, N, H)
        tanh_c = x.new_empty(T, N, H)
        h[0], c[0] = h0, c0
        rounds = _Rounds(x, h, [w.to(dtype) for w in mogrifier])
        for t, a in enumerate(gates):
            if mogrifier:
                torch.addmm(bias, rounds.forward(t), W_ih.t(), out=a)
            a.addmm_(rounds.h[-1][t], W_hh.t())
            a[:, : 2 * H].sigmoid_()
            a[:, 2 * H : 3 * H].tanh_()
            a[:, 3 * H :].sigmoid_()
            i, f, g, o = a.chunk(4, 1)
            torch.mul(f, c[t], out=c[t + 1]).add_(i * g)
            tanh_c[t].copy_(c[t + 1]).tanh_()
            torch.mul(o, tanh_c[t], out=h[t + 1])
        ctx.save_for_backward(c, tanh_c, gates, W_ih, W_hh)
        ctx.rounds, ctx.kept = rounds, h0.dtype
        return h[1:].to(h0.dtype), c[T].clone()

    @staticmethod
    def backward(ctx: Any, dy: Tensor, dc_last: Tensor) -> Gradients:
        c, tanh_c, gates, W_ih, W_hh = ctx.saved_tensors
        rounds, kept, dtype = ctx.rounds, ctx.kept, gates.dtype
        dy, da, dc = dy.to(dtype), torch.empty_like(gates), dc_last.clone()
        dh = torch.zeros_like(tanh_c[0])
        dx = torch.empty_like(rounds.x[0])
        rounds.start_backward()
        for t in range(len(dx) - 1, -1, -1):
            dh = dh + dy[t]
            i, f, g, o = gates[t].chunk(4, 1)
            di, df, dg, do = da[t].chunk(4, 1)
            by_tanh = dh * o
            dc.add_(by_tanh - by_tanh * tanh_c[t] * tanh_c[t])
            torch.mul(dh * tanh_c[t], o - o * o, out=do)
            dc_now = dc.to(dtype)
            torch.mul(dc_now * g, i - i * i, out=di)
            torch.mul(dc_now * c[t].to(dtype), f - f * f, out=df)
            torch.mul(dc_now * i, 1 - g * g, out=dg)
            dc.mul_(f)
            dh = da[t] @ W_hh
            if rounds.weights:
                dx[t], dh = rounds.backward(t, da[t] @ W_ih, dh)
        rows = _rows(da)
        if not rounds.weights:
            dx = (rows @ W_ih).view(dx.shape)
        return (
            dx.to(kept), dh.to(kept), dc,
            (rows.t() @ _rows(rounds.x[-1])).to(kept),
            (rows.t() @ _rows(rounds.h[-1][: len(dx)])).to(kept),
            rows.sum(0, dtype=kept), None, *(w.to(kept) for w in rounds.weight_gradients()),
        )  # fmt: skip


class _Rounds:
    """The mogrifier's rounds over a whole sequence, with all values that their gradients need.

    ``x[k]`` (T, N, D) and ``h[k]`` (at least T, N, H) are the input and the state after k changes;
    without weights the first are also the last.
    """

    def __init__(self, x: Tensor, h: Tensor, weights: list[Tensor]) -> None:
        self.weights, count, (T, N, _) = weights, len(weights) // 2, x.shape
        self.x = [x] + [torch.empty_like(x) for _ in range((count + 1) // 2)]
        self.h = [h] + [x.new_empty(T, N, h.shape[2]) for _ in range(count // 2)]
        self.low = [x.new_empty(T, N, down.shape[1]) for down in weights[::2]]
        self.scale = [x.new_empty(T, N, up.shape[1]) for up in weights[1::2]]

    def forward(self, t: int) -> Tensor:
        """Run all rounds of step ``t``; returns the changed input (N, D)."""
        x, h = self.x[0][t], self.h[0][t]
        for k, (low, scale) in enumerate(zip(self.low, self.scale, strict=True)):
            torch.mm(x if k % 2 else h, self.weights[2 * k], out=low[t])
            torch.mm(low[t], self.weights[2 * k + 1], out=scale[t]).sigmoid_().mul_(2)
            if k % 2:
                h = torch.mul(scale[t], h, out=self.h[k // 2 + 1][t])
            else:
                x = torch.mul(scale[t], x, out=self.x[k // 2 + 1][t])
        return x

    def start_backward(self) -> None:
        """Make room for the gradients by the products of each round."""
        self.d_low = [torch.empty_like(low) for low in self.low]
        self.d_up = [torch.empty_like(scale) for scale in self.scale]

    def backward(self, t: int, dx: Tensor, dh: Tensor) -> tuple[Tensor, Tensor]:
        """From the gradients by the changed input and state of step ``t`` to those before."""
        for k in range(len(self.scale) - 1, -1, -1):
            scale, before, changed = self.scale[k][t], (self.h if k % 2 else self.x)[k // 2][t], dh
            if k % 2 == 0:
                changed = dx
            # The derivative of s = 2 sigmoid(a) is s (1 - s / 2).
            torch.mul(changed * before, scale - scale * scale * 0.5, out=self.d_up[k][t])
            torch.mm(self.d_up[k][t], self.weights[2 * k + 1].t(), out=self.d_low[k][t])
            by_reading = self.d_low[k][t] @ self.weights[2 * k].t()
            if k % 2:
                dx, dh = dx + by_reading, dh * scale
            else:
                dx, dh = dx * scale, dh + by_reading
        return dx, dh

    def weight_gradients(self) -> list[Tensor]:
        """By down and up of each round, each one product over all steps."""
        gradients = []
        for k, (low, d_low, d_up) in enumerate(zip(self.low, self.d_low, self.d_up, strict=True)):
            read = self.x[(k + 1) // 2] if k % 2 else self.h[k // 2][: len(low)]
            gradients += [_rows(read).t() @ _rows(d_low), _rows(low).t() @ _rows(d_up)]
        return gradients
