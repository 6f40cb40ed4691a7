"""A training beside the page: it ends when its page is closed, and when Stop is pressed."""

from __future__ import annotations

import json
import secrets
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import httpx
import pytest

from inference import live as inference_live
from inference.live import LiveTraining
from tabs import live

COUNTS = """
    import time
    from training.reports import Reports
    reports = Reports()
    for step in range(100000):
        reports.say(step=step)
        if reports.stop_is_asked:
            break
        time.sleep(0.02)
    reports.say(step="the end")
"""


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[LiveTraining]:
    """The trainings that were started, by a script that counts until it is stopped."""
    monkeypatch.setattr(inference_live, "ROOT", tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    (tmp_path / "counts.py").write_text(textwrap.dedent(COUNTS))
    return []


@pytest.fixture
def page(started: list[LiveTraining]) -> Iterator[tuple[str, gr.Blocks]]:
    """A page with a Go and a Stop, and its address."""

    def handler() -> Iterator[tuple]:
        with LiveTraining("counts", [], seconds=60, megabytes=3000) as training:
            started.append(training)
            yield training, "begun"
            for reports in live.heard(training):
                yield gr.skip(), str(reports[-1]["step"])

    with gr.Blocks() as blocks:
        go, stop = gr.Button("Go"), gr.Button("Stop")
        state, shown = gr.State(None), gr.HTML()
        live.wire(go, stop, handler, [], [state, shown], shown, "waiting")
    _, url, _ = blocks.queue().launch(
        prevent_thread_lock=True, quiet=True, server_name="127.0.0.1"
    )  # fmt: skip
    yield url, blocks
    blocks.close()


def event(blocks: gr.Blocks, generator: bool, text: str) -> int:
    """The number of the event in Python of a button that streams, or that asks to stop."""
    button = next(i for i, b in blocks.blocks.items() if getattr(b, "value", None) == text)
    return next(
        e["id"] for e in blocks.config["dependencies"]
        if e["targets"][0][0] == button and e["backend_fn"]
        and e["types"]["generator"] is generator and (generator or e["inputs"])
    )  # fmt: skip


def gone(training: LiveTraining) -> bool:
    """Whether its process ends within some seconds."""
    end = time.monotonic() + 20
    while training._process.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
    return training._process.poll() is not None


def frames(web: httpx.Client, session: str) -> Iterator[str]:
    """The texts that the page is told to show."""
    with web.stream("GET", "queue/data", params={"session_hash": session}) as stream:
        for line in stream.iter_lines():
            if line.startswith("data:"):
                message = json.loads(line.removeprefix("data:"))
                if message["msg"] in ("process_generating", "process_completed"):
                    yield json.dumps(message.get("output", {}).get("data"))
                if message["msg"] == "process_completed":
                    return


def press(web: httpx.Client, session: str, number: int, values: list) -> None:
    body = {"data": values, "fn_index": number, "session_hash": session}
    web.post("queue/join", json=body).raise_for_status()


def test_the_training_ends_when_the_page_is_closed(page, started):
    url, blocks = page
    session = secrets.token_hex(8)
    with httpx.Client(base_url=f"{url}gradio_api/", timeout=60) as web:
        press(web, session, event(blocks, True, "Go"), [])
        shown = frames(web, session)
        for _ in range(3):
            next(shown)
        assert started[0]._process.poll() is None
        shown.close()  # the browser goes
    assert gone(started[0])


def test_stop_lets_the_script_finish_and_its_last_report_is_shown(page, started):
    url, blocks = page
    session = secrets.token_hex(8)
    with httpx.Client(base_url=f"{url}gradio_api/", timeout=60) as web:
        press(web, session, event(blocks, True, "Go"), [])
        shown = []
        for text in frames(web, session):
            shown.append(text)
            if len(shown) == 3:
                body = {"data": [None], "fn_index": event(blocks, False, "Stop"),
                        "session_hash": session}  # fmt: skip
                web.post("run/predict", json=body).raise_for_status()
    assert any("the end" in text for text in shown)
    assert gone(started[0])


def test_a_stop_before_anything_runs_does_nothing():
    live._ask(None)
