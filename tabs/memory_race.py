"""The race: RNN, GRU and LSTM learn to remember before the visitor's eyes."""

from __future__ import annotations

from typing import Any

import gradio as gr

from inference.live import LiveTraining
from inference.measured import measured
from tabs import live
from tabs.common import guarded
from tabs.memory_race_html import RaceView, panels, record, status, told_html
from tabs.texts import memory as texts

SCRIPT = "training.memory_race"
SECONDS = 13  # of racing
ENOUGH = 16  # seconds from the press until it is told to end: where all is slow, the start too
LONGEST = 90  # seconds until it is ended in any case, on a machine that is very busy
MIN_DISTANCE, MAX_DISTANCE, DISTANCE = 5, 80, 10
SAID = "element.setAttribute('role', 'status')"  # the sentence is read out when it changes


def build() -> None:
    """Add the controls, the panels, what they said and the races of record."""
    gr.Markdown(texts.RACE_INTRO)
    with gr.Row(elem_classes="aligned-end"):
        distance = gr.Slider(
            MIN_DISTANCE, MAX_DISTANCE, DISTANCE, step=1, label="Distance",
            info=texts.DISTANCE_HELP, elem_id="race-distance", scale=4, min_width=220,
        )  # fmt: skip
        bias = gr.Slider(
            -2, 6, 3, step=0.5, label="Forget bias", info=texts.BIAS_HELP,
            elem_id="race-bias", scale=4, min_width=220,
        )  # fmt: skip
        seed = gr.Number(
            1, label="Seed", info=texts.RACE_SEED_HELP, precision=0, minimum=0, maximum=10**6,
            elem_id="race-seed", scale=2, min_width=140,
        )  # fmt: skip
        with gr.Row(scale=3):
            go = gr.Button("Race", variant="primary", elem_id="race", min_width=90)
            stop = gr.Button("Stop", interactive=False, elem_id="race-stop", min_width=70)
    nothing = RaceView(DISTANCE, 3, 1)
    about = gr.HTML(elem_id="race-status")
    view = gr.HTML(panels(nothing), elem_id="race-panels")
    sentence = gr.HTML(elem_id="race-told", js_on_load=SAID)
    live.wire(
        go, stop, lambda *values: Race(*values, SECONDS), [distance, bias, seed],
        [about, view, sentence],
    )  # fmt: skip
    if races := measured("memory", file="race.json"):
        gr.Markdown(texts.RACE_RECORD_TITLE)
        gr.HTML(record(races), elem_id="race-record")
    gr.api(guarded(_race), api_name="race", **live.SEATED)


class Race:
    """A race that a visitor watches (``live.Watched``); frames of (status, panels, sentence)."""

    def __init__(
        self, distance: float, forget_bias: float, seed: float | None, seconds: float
    ) -> None:
        self.view = RaceView(int(distance), float(forget_bias), int(seed or 0))
        self._seconds = seconds

    def started(self) -> LiveTraining:
        """The script that races."""
        view = self.view
        flags = [f"--distance={view.distance}", f"--forget-bias={view.forget_bias}",
                 f"--seed={view.seed}", f"--seconds={self._seconds}", "--reports"]  # fmt: skip
        return LiveTraining(SCRIPT, flags, seconds=LONGEST, enough=ENOUGH)

    def hear(self, report: dict[str, Any]) -> None:
        """Take in a report."""
        self.view.hear(report)

    def frame(self) -> tuple[str, ...]:
        """How far the race is; the sentence comes at the end."""
        return status(self.view, True), panels(self.view), ""

    def result(self) -> tuple[str, ...]:
        """What was measured."""
        return status(self.view, False), panels(self.view), told_html(self.view)


def _race(
    request: gr.Request,
    distance: int = DISTANCE,
    forget_bias: float = 3.0,
    seed: int = 1,
    seconds: float = SECONDS,
) -> dict:
    """Race RNN, GRU, LSTM and an LSTM with a forget bias on delayed recall: steps, curves
    (accuracy by network), outcome and a sentence. At most 13 seconds, after 20 of waiting while
    others train."""
    race = Race(distance, forget_bias, seed, min(float(seconds), SECONDS))
    live.run(race, request.session_hash or "")
    return race.view.to_json()
