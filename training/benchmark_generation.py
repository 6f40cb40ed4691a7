"""How fast a network writes, one character after another for one reader, beside two known ways and
beside what memory allows. Called by ``training.benchmark``; nothing is trained and nothing written.

The known ways compute what ours does, on the same weights: ``torch.nn``'s layers called with one
one-hot character at a time, as tutorials do, and its cells, which is what its manual offers for
that. The bound is the time it takes to read the weights once, at the speed at which this machine
adds up as many numbers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from data.tokenizers import CharTokenizer
from inference.generation import MAX_NEW_TOKENS, TASK, TextGenerator
from inference.predictions import Piece
from inference.streaming import bursts
from models.checkpoint import CONFIG_FILE, load_config
from models.generation import GenerationConfig, LanguageModel
from training.timing import shortest_times

CHARACTERS = 20  # of one run: few, so that some runs are not interrupted on a busy machine
SLOWER = 10  # times fewer in a run of the way of tutorials, so that it does not take all the time
PROMPT = 200  # characters before the first one that is timed
WRITERS, SECONDS = 10, 3.0  # at once, and for how long: several turns of each
FLAGSHIPS = ("shakespeare-best", "shakespeare-lstm")
LAYERS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
CELLS = {"rnn": nn.RNNCell, "gru": nn.GRUCell, "lstm": nn.LSTMCell}

Step = Callable[[int], Tensor]  # a token -> the logits (V,) of the next


def generation(repeats: int, threads: int, weights_dir: Path = Path("weights")) -> list[str]:
    """Characters a second at 2 x 256, 2 x 512 and the shape of the flagship; how long the first one
    takes, and how fast ten write at once."""
    lines = []
    for name, config in shapes(weights_dir).items():
        lines += [*compare(name, make_generator(config), repeats, threads), ""]
    return lines[:-1]


def shapes(weights_dir: Path) -> dict[str, GenerationConfig]:
    """What is measured: two common shapes, and the flagship's where there is one."""
    common = {f"2 x {H}": GenerationConfig(65, "lstm", 128, H, 2) for H in (256, 512)}
    for name in FLAGSHIPS:
        if (weights_dir / name / CONFIG_FILE).is_file():
            return common | {name: load_config(weights_dir / name, TASK, GenerationConfig)}
    return common


def make_generator(config: GenerationConfig) -> TextGenerator:
    """An untrained network, which takes as long as a trained one."""
    torch.manual_seed(0)
    characters = tuple(chr(ord("0") + i) for i in range(config.vocab_size))
    return TextGenerator(LanguageModel(config).eval(), CharTokenizer(characters), "untrained")


def compare(name: str, generator: TextGenerator, repeats: int, threads: int) -> list[str]:
    """The table of one shape."""
    config, megabytes = generator.model.config, bytes_per_step(generator.model) / 1e6
    ways = rivals(generator)
    seconds = shortest_times([run for run, _ in ways.values()], repeats)
    lengths = [length for _, length in ways.values()]
    times = {w: s / n for w, s, n in zip(ways, seconds, lengths, strict=True)}
    bound = times.pop("bound")
    ours = times["ours, drawn and judged"]
    lines = [
        f"{name}: {config.cell}, {config.num_layers} x {config.hidden_size}, {megabytes:.1f} MB of "
        f"weights a character, threads: {threads}, shortest of {repeats}:",
        f"{'':32}{'characters/s':>14}{'ours is':>10}{'of the bound':>14}",
    ]
    for way, took in [*times.items(), (f"bound, {megabytes / bound / 1000:.0f} GB/s", bound)]:
        lines.append(f"{way:32}{1 / took:14,.0f}{took / ours:8.1f} x{bound / took:14.0%}")
    latency = first_character(generator) * 1000
    lines.append(f"first character after a prompt of {PROMPT}: {latency:.1f} ms")
    lines.append(crowd_line(generator))
    return lines


def rivals(generator: TextGenerator) -> dict[str, tuple[Callable[[], object], int]]:
    """The ways to write: what to call for one run, and the characters of a run. All begin before
    the first run and go on from run to run, so that only steps are timed. The last is the bound:
    it reads as many numbers as a step does, in the fastest way that there is."""
    model = generator.model
    kind = "lstm" if model.config.cell == "mogrifier" else model.config.cell  # torch.nn has none
    few = max(1, CHARACTERS // SLOWER)
    layers, cells = by_layers(model, kind), by_cells(model, kind)
    ours, pieces = model.stepper(zero_state(model)), endless(generator)
    weights = torch.ones(bytes_per_step(model) // 4)
    return {
        f"nn.{LAYERS[kind].__name__}, a call a character": (lambda: draw_text(layers, few), few),
        f"nn.{CELLS[kind].__name__}": (lambda: draw_text(cells, CHARACTERS), CHARACTERS),
        "ours, drawn alike": (lambda: draw_text(ours, CHARACTERS), CHARACTERS),
        "ours, drawn and judged": (lambda: list(islice(pieces, CHARACTERS)), CHARACTERS),
        "bound": (lambda: [weights.sum() for _ in range(CHARACTERS)], CHARACTERS),
    }


def endless(generator: TextGenerator) -> Iterator[Piece]:
    """One text after another as users get them."""
    for seed in count():
        yield from generator.write("", MAX_NEW_TOKENS, 1.0, seed)


@torch.inference_mode()
def draw_text(step: Step, length: int) -> list[int]:
    """``length`` tokens drawn as tutorials draw them."""
    token, tokens = 0, []
    for _ in range(length):
        probabilities = F.softmax(step(token), dim=-1)
        token = int(torch.multinomial(probabilities, 1))
        tokens.append(token)
    return tokens


def by_layers(model: LanguageModel, kind: str) -> Step:
    """``nn.LSTM`` called with one one-hot character at a time, its state handed back in."""
    config, embedding = model.config, model.embedding.weight
    V, H = config.vocab_size, config.hidden_size
    stack, state = LAYERS[kind](V, H, config.num_layers, batch_first=True).eval(), None
    for i, layer in enumerate(model.layers):
        weights = plain_weights(layer)
        if i == 0:  # the embedding of a one-hot vector is a column of a matrix
            weights["weight_ih"] = weights["weight_ih"] @ embedding.detach().t()
        for name, value in weights.items():
            getattr(stack, f"{name}_l{i}").data.copy_(value)

    def step(token: int) -> Tensor:
        nonlocal state
        one_hot = F.one_hot(torch.tensor([[token]]), V).float()
        x, state = stack(one_hot, state)
        return model.head(x)[0, 0]

    return step


def by_cells(model: LanguageModel, kind: str) -> Step:
    """``nn.LSTMCell``, one a layer."""
    cells, states = [], []
    for layer in model.layers:
        cell = CELLS[kind](layer.input_size, layer.hidden_size).eval()
        cell.load_state_dict(plain_weights(layer))
        cells.append(cell)
        states.append(None)

    def step(token: int) -> Tensor:
        x = model.embedding(torch.tensor([token]))
        for i, cell in enumerate(cells):
            states[i] = cell(x, states[i])
            x = states[i][0] if kind == "lstm" else states[i]
        return model.head(x)[0]

    return step


def plain_weights(layer: nn.Module) -> dict[str, Tensor]:
    """The four parameters of a layer under the names of a cell, without a mogrifier's own."""
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    return {name: getattr(layer, f"{name}_l0").detach() for name in names}


def zero_state(model: LanguageModel) -> list:
    """The state before anything was read."""
    zeros = torch.zeros(1, 1, model.config.hidden_size)
    pair = model.config.cell in ("lstm", "mogrifier")
    return [(zeros, zeros) if pair else zeros for _ in model.layers]


def bytes_per_step(model: LanguageModel) -> int:
    """Bytes of the matrices that a step must read; of the first layer's product with the embedding
    only a row, unless a mogrifier changes the embedding first."""
    numbers = model.head.weight.numel()
    for i, layer in enumerate(model.layers):
        matrices = [p for p in layer.parameters() if p.ndim == 2]
        numbers += sum(p.numel() for p in matrices)
        if i == 0 and model.config.cell != "mogrifier":
            numbers -= layer.weight_ih_l0.numel()
    return 4 * numbers


def first_character(generator: TextGenerator) -> float:
    """Seconds from the press of a button to the first character; the shortest of five."""
    prompt = generator.tokenizer.piece(1) * PROMPT
    return min(shortest_times([lambda: next(generator.write(prompt, 1))], 5))


def crowd_line(generator: TextGenerator) -> str:
    """Ten writers at once beside one alone, taking turns three times; the median ratio."""
    pairs = []
    for _ in range(3):
        (alone,), together = crowd(generator, 1), crowd(generator, WRITERS)
        pairs.append((sum(together) / alone, alone, together))
    ratio, alone, together = sorted(pairs)[1]
    return (
        f"{WRITERS} writers at once: {sum(together) / SECONDS:,.0f} characters/s in all, "
        f"{ratio:.2f} times one alone ({alone / SECONDS:,.0f}); the slowest has {min(together):,}, "
        f"the fastest {max(together):,}"
    )


def crowd(generator: TextGenerator, writers: int) -> list[int]:
    """The characters that each of ``writers`` threads writes in SECONDS, in the page's turns."""
    counts, end = [0] * writers, threading.Event()

    def write(number: int) -> None:
        while not end.is_set():
            for burst in bursts(generator.write("", MAX_NEW_TOKENS, 1.0, number)):
                counts[number] += len(burst)
                if end.is_set():
                    break

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    time.sleep(SECONDS)
    written = list(counts)
    end.set()
    for thread in threads:
        thread.join()
    return written
