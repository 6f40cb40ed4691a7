"""Live views as browsers and programs see them: two on a page and an API share the seats, others go
on being served, and a Stop or a closed page ends the work or the wait."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from tabs import live
from tabs.common import NETWORK, guarded
from tests.counting import FOREVER, SENTENCE, Counting, gone, is_free

pytestmark = pytest.mark.usefixtures("started")


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[gr.Blocks, str]]:
    """Two views that train, an API that does, and something else to ask for; and where."""

    def count(request: gr.Request, steps: int = FOREVER) -> dict:
        """Count."""
        watched = Counting(steps)
        live.run(watched, request.session_hash or "")
        return {"heard": watched.heard}

    def other() -> dict:
        """What has nothing to do with trainings."""
        return {"said": "hello"}

    with gr.Blocks() as blocks:
        for view in ("one", "two"):
            go, stop = gr.Button(f"Go {view}"), gr.Button(f"Stop {view}")
            live.wire(go, stop, Counting, [gr.Number(FOREVER)], [gr.HTML(), gr.HTML()])
        gr.api(guarded(count), api_name="count", **live.SEATED)
        gr.api(guarded(other), api_name="other", **NETWORK)
    _, url, _ = blocks.queue(max_size=32, default_concurrency_limit=4).launch(
        prevent_thread_lock=True, quiet=True, server_name="127.0.0.1"
    )
    yield blocks, url
    blocks.close()


@pytest.fixture
def page(served: tuple[gr.Blocks, str]) -> Iterator[Page]:
    """The page, with new visitors."""
    blocks, url = served
    with httpx.Client(base_url=f"{url}gradio_api/", timeout=60) as web:
        yield Page(blocks, web, url, secrets.token_hex(4))


class Page:
    """The page as browsers see it; ``here`` makes the names of its visitors new."""

    def __init__(self, blocks: gr.Blocks, web: httpx.Client, url: str, here: str) -> None:
        self.blocks, self.web, self.url, self.here = blocks, web, url, here

    def go(self, view: str, visitor: str, steps: int = FOREVER) -> Iterator[dict[str, Any]]:
        """Press Go; the messages that the browser gets until the event is over."""
        event = self._event(f"Go {view}", lambda e: e["types"]["generator"])
        session = {"session_hash": self.here + visitor}
        body = {"data": [steps], "fn_index": event, **session}
        self.web.post("queue/join", json=body).raise_for_status()
        with self.web.stream("GET", "queue/data", params=session) as stream:
            for line in stream.iter_lines():
                message = json.loads(line.removeprefix("data:") or "{}")
                if message.get("msg") in ("process_generating", "process_completed"):
                    yield message
                if message.get("msg") == "process_completed":
                    return

    def stop(self, view: str, visitor: str) -> dict[str, Any]:
        """Press Stop; what becomes of the button."""
        event = self._event(f"Stop {view}", lambda e: not e["types"]["generator"])
        body = {"data": [], "fn_index": event, "session_hash": self.here + visitor}
        return self.web.post("run/predict", json=body).raise_for_status().json()["data"][0]

    def _event(self, button: str, fits: Callable[[dict], bool]) -> int:
        """The number of the event in Python of a button."""
        number = next(i for i, b in self.blocks.blocks.items() if getattr(b, "value", "") == button)
        return next(
            e["id"] for e in self.blocks.config["dependencies"]
            if e["targets"][0][0] == number and e["backend_fn"] and fits(e)
        )  # fmt: skip


def error(message: dict[str, Any]) -> str:
    """The sentence of an event that failed."""
    assert not message["success"]
    return message["output"]["error"]


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()


def test_two_views_share_the_seats(page):
    running = page.go("one", "a")
    next(running)
    *_, last = page.go("two", "b")
    assert SENTENCE in error(last)
    running.close()


def test_the_api_neither_hangs_nor_goes_round_the_seats(page, started):
    running = page.go("one", "a")
    next(running)
    client = Client(page.url, verbose=False)
    begun = time.monotonic()
    with pytest.raises(AppError, match=SENTENCE):
        client.predict(1, api_name="/count")
    assert time.monotonic() - begun < 10
    page.stop("one", "a")
    assert "the end" in str(list(running)[-1])
    assert client.predict(1, api_name="/count") == {"heard": [0, "the end"]}
    assert len(started) == 2


def test_others_are_served_while_some_wait(page, patient):
    running, waiting = page.go("one", "a"), [page.go("two", name) for name in ("b", "c")]
    for event in (running, *waiting):
        next(event)
    client = Client(page.url, verbose=False)
    begun = time.monotonic()
    for _ in range(5):
        assert client.predict(api_name="/other") == {"said": "hello"}
    assert time.monotonic() - begun < 10
    *_, last = page.go("one", "d")  # the line is full, which is said at once
    assert SENTENCE in error(last)
    for event in (*waiting, running):
        event.close()


def test_what_cannot_be_trained_is_refused_before_anybody_waits(page, patient):
    running = page.go("one", "a")
    next(running)
    *_, last = page.go("two", "b", steps=-1)
    assert error(last) == "Give steps."
    running.close()


def test_the_training_ends_when_the_page_is_closed(page, started):
    running = page.go("one", "a")
    for _ in range(3):
        next(running)
    assert started[0]._process.poll() is None
    running.close()  # the browser goes
    assert gone(started[0])
    assert within(20, is_free)


def test_the_wait_ends_when_the_page_is_closed(page, patient):
    running, waiting = page.go("one", "a"), page.go("one", "b")
    next(running)
    next(waiting)
    waiting.close()
    assert within(20, lambda: len(live.SEATS._places) == 1)
    running.close()


def test_stop_lets_the_script_finish_and_its_last_report_is_shown(page, started):
    running = page.go("one", "a")
    shown = [next(running) for _ in range(3)]
    assert not page.stop("one", "a")["interactive"]
    assert "the end" in str([*shown, *running])
    assert gone(started[0])


def test_a_stop_before_anything_runs_leaves_the_button_as_it_is(page):
    assert "interactive" not in page.stop("one", "a")
