"""Bursts: nothing is lost, the first piece comes at once, and writers take turns."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference import streaming
from inference.streaming import Turns, bursts


@given(st.lists(st.integers(), max_size=50))
def test_the_bursts_together_are_the_pieces_and_none_is_empty(pieces):
    lists = list(bursts(iter(pieces)))
    assert [piece for burst in lists for piece in burst] == pieces
    assert all(lists)


def test_the_first_burst_is_one_piece_and_a_frame_holds_many():
    first, second, *_ = bursts(iter(range(100_000)))
    assert first == [0]
    assert len(second) > 10


def test_one_writer_works_at_a_time_but_first_pieces_wait_for_nobody(monkeypatch):
    monkeypatch.setattr(streaming, "FRAME_SECONDS", 0.01)
    at_work: list[int] = []
    crowds: list[int] = []

    def slowly(visitor: int) -> Iterator[int]:
        yield 0
        for piece in range(20):
            at_work.append(visitor)
            time.sleep(0.001)
            crowds.append(len(at_work))
            at_work.remove(visitor)
            yield piece

    with streaming.TURNS:
        firsts = [next(bursts(slowly(visitor))) for visitor in range(4)]
    assert firsts == [[0]] * 4
    with ThreadPoolExecutor(4) as visitors:
        lengths = visitors.map(lambda n: sum(map(len, bursts(slowly(n)))), range(4))
        assert list(lengths) == [21] * 4
    assert max(crowds) == 1


def test_a_stream_that_is_left_or_fails_gives_its_turn_back():
    left = bursts(iter(range(100_000)))
    next(left), next(left)
    left.close()

    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        list(bursts(broken()))
    taken = threading.Event()
    threading.Thread(target=lambda: [*bursts(iter(range(9))), taken.set()], daemon=True).start()
    assert taken.wait(5)


def test_turns_go_to_whoever_has_waited_longest():
    turns, order = Turns(), []

    def ask(visitor: int) -> None:
        for _ in range(3):
            with turns:
                order.append(visitor)
                time.sleep(0.02)  # the others have asked by then

    visitors = [threading.Thread(target=ask, args=(visitor,)) for visitor in range(3)]
    with turns:
        for visitor in visitors:
            visitor.start()
            time.sleep(0.05)
    for visitor in visitors:
        visitor.join()
    assert order == [0, 1, 2] * 3
