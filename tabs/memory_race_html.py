"""The race in HTML: four panels, what was measured in words, and the races of record.

Pure functions; a race is what the reports of ``training.memory_race`` say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from html import escape
from typing import Any

from tabs import html
from tabs.moving_svg import PERCENT, Level, chart, progress, round_up, steps
from tabs.texts import memory as texts

BATCH, LAST = 64, 50  # sequences a step, and steps over which an outcome is told
CHANCE = 1 / 8
FIRST_END = 100  # training steps that the axis shows at the least


@dataclass
class RaceView:
    """What was heard of a race so far."""

    distance: int
    forget_bias: float
    seed: int
    steps: list[int] = field(default_factory=list)
    curves: dict[str, list[float]] = field(default_factory=lambda: {n: [] for n in texts.RACERS})
    last: dict[str, Any] = field(default_factory=dict)

    def hear(self, report: dict[str, Any]) -> None:
        """Add a report."""
        self.steps.append(report["step"])
        for name, value in report["accuracy"].items():
            self.curves[name].append(value)
        self.last = report

    def title(self, name: str) -> str:
        """The name of a network in words."""
        return texts.RACERS[name].format(bias=self.forget_bias)

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        return {
            "distance": self.distance, "forget_bias": self.forget_bias, "seed": self.seed,
            "chance": CHANCE, "steps": self.steps, "curves": self.curves,
            "seconds": self.last.get("seconds"), "outcome": self.last.get("outcome"),
            "told": told(self),
        }  # fmt: skip


def panels(race: RaceView) -> str:
    """A panel a network: its curve, the others in grey behind it, chance, and where it stands."""
    return f'<div class="race">{"".join(_panel(race, name) for name in texts.RACERS)}</div>'


def status(race: RaceView, running: bool) -> str:
    """How far the race is."""
    if not race.steps:
        return f'<div class="status">{texts.RACE_STARTS}</div>{progress(0)}'
    step, seconds = race.steps[-1], race.last["seconds"]
    said = f"{step:,} training steps each in {seconds:.1f} s, seed {race.seed}"
    share = race.last["progress"] if running else 1.0
    return f'<div class="status">{said}</div>{progress(share)}'


def told(race: RaceView) -> str:
    """One sentence on what was just measured; nothing while there is nothing."""
    if not race.steps:
        return ""
    outcome, step = race.last["outcome"], race.steps[-1]
    solved = sorted(
        (entry["solved_at"], race.title(name))
        for name, entry in outcome.items()
        if entry["solved_at"] is not None
    )
    parts = [f"{name} remembers (from step {at:,})" for at, name in solved]
    others = [(e["accuracy"], n) for n, e in outcome.items() if e["solved_at"] is None]
    edge = _beyond_chance(step)
    parts += [
        f"{race.title(name)} is right {value:.0%} of the time, more than by guessing"
        for value, name in sorted(others, reverse=True) if value > edge
    ]  # fmt: skip
    guess = [race.title(name) for value, name in others if value <= edge]
    if guess:
        verb = "guesses" if len(guess) == 1 else "guess"
        parts.append(f"{_listed(guess)} still {verb} ({CHANCE:.1%} is chance)")
    return f"Over {race.distance} steps, after {step:,} training steps each: {'; '.join(parts)}."


def told_html(race: RaceView) -> str:
    """The sentence, and how much it says."""
    sentence = told(race)
    if not sentence:
        return ""
    return f'<p class="measured">{escape(sentence)} <small>{texts.RACE_ONE_RUN}</small></p>'


def record(measured: dict[str, Any]) -> str:
    """How many of several races each network solved, at each distance; nothing when no race of
    record is there."""
    if not measured:
        return ""
    distances = measured["distances"]
    head = "".join(f"<th>{escape(d)} steps</th>" for d in distances)
    rows = ""
    for name, title in texts.RACERS.items():
        cells = "".join(f"<td>{_solved(networks[name])}</td>" for networks in distances.values())
        shown = escape(title.format(bias=measured["forget_bias"]))
        rows += f"<tr><td>{shown}</td>{cells}</tr>"
    return (
        f'<div class="scroll-x"><table class="quantiles"><thead><tr><th>network</th>{head}</tr>'
        f"</thead><tbody>{rows}</tbody></table></div>"
        + html.small(texts.RACE_RECORD.format(
            steps=measured["steps"], share=measured["solved"], last=measured["last"]
        ))
    )  # fmt: skip


def _solved(entry: dict[str, Any]) -> str:
    """How many seeds remembered, and the mean accuracy where not all did."""
    done = [step for step in entry["solved_at"] if step is not None]
    mean = sum(entry["accuracy"]) / len(entry["accuracy"])
    detail = f"step {sum(done) / len(done):,.0f}" if done else f"{mean:.0%} right"
    return f"{len(done)} of {len(entry['solved_at'])} <small>{detail}</small>"


def _panel(race: RaceView, name: str) -> str:
    others = [("line-other", _curve(race, other)) for other in texts.RACERS if other != name]
    lines = [*others, (f"line-{name}", _curve(race, name))]
    now, state = "–", texts.RACE_NOT_YET
    if race.steps:
        state = _state(race.last["outcome"][name], race.steps[-1])
        now = f"{race.curves[name][-1]:.0%}"
    return (
        f'<section class="racer"><h4><i class="swatch line-{name}"></i>{escape(race.title(name))}'
        f'</h4><div class="racer-now"><b>{now}</b><span>{state}</span></div>'
        + chart(
            lines, [Level("line-base", CHANCE)], steps(_end(race)), PERCENT,
            f"{race.title(name)}: accuracy {now}, {state}; chance is {CHANCE:.1%}",
        )
        + "</section>"
    )  # fmt: skip


def _state(entry: dict[str, Any], step: int) -> str:
    if entry["solved_at"] is not None:
        return f"remembers since step {entry['solved_at']:,}"
    return "better than guessing" if entry["accuracy"] > _beyond_chance(step) else "guesses"


def _beyond_chance(step: int) -> float:
    """An accuracy that guessing reaches hardly ever: three standard errors above chance."""
    return CHANCE + 3 * math.sqrt(CHANCE * (1 - CHANCE) / (BATCH * min(step, LAST)))


def _curve(race: RaceView, name: str) -> list[tuple[float, float]]:
    return list(zip(race.steps, race.curves[name], strict=True))


def _end(race: RaceView) -> float:
    """Where the axis ends: about the step at which the race will."""
    if not race.steps:
        return FIRST_END
    if race.last["progress"] >= 1:
        return max(FIRST_END, race.steps[-1])
    return round_up(max(FIRST_END, race.steps[-1] / max(race.last["progress"], 0.05)))


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
