"""Seats: one training a visitor, a few in all, and a line in which nobody is forgotten."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import pytest

from data.errors import InputError
from inference.seats import SEATS, Place, Seats


class Training:
    """What counts how often it was asked to stop."""

    stops = 0

    def stop(self) -> None:
        self.stops += 1


def is_seated(place: Place) -> bool:
    """Whether the place has a seat at this moment."""
    return not any(True for _ in place.wait(patience=1, pause=0))


def test_a_visitor_has_one_place_and_all_have_the_limit():
    seats = Seats(limit=2, line=0)
    with seats.place("a") as a:
        with pytest.raises(InputError, match="of yours"), seats.place("a"):
            pass
        with seats.place("b") as b:
            with pytest.raises(InputError, match="no more than 2"), seats.place("c"):
                pass
            assert is_seated(a)
            assert is_seated(b)
        with seats.place("c") as c:
            assert is_seated(c)


def test_whoever_waits_cannot_come_twice_either():
    seats = Seats(limit=1, line=2)
    with (
        seats.place("a"),
        seats.place("b"),
        pytest.raises(InputError, match="of yours"),
        seats.place("b"),
    ):
        pass


def test_the_line_moves_up_in_the_order_of_coming():
    seats, a = Seats(limit=1, line=2), ExitStack()
    a.enter_context(seats.place("a"))
    with seats.place("b") as b, seats.place("c") as c:
        assert not is_seated(b)
        a.close()
        assert is_seated(b)
        assert not is_seated(c)
    with seats.place("c") as again:
        assert is_seated(again)


def test_whoever_leaves_the_line_is_not_waited_for():
    seats, a, b = Seats(limit=1, line=2), ExitStack(), ExitStack()
    a.enter_context(seats.place("a"))
    b.enter_context(seats.place("b"))
    with seats.place("c") as c:
        b.close()
        assert not is_seated(c)
        a.close()
        assert is_seated(c)


def test_a_line_that_is_full_is_told_at_once():
    seats = Seats(limit=1, line=1)
    with (
        seats.place("a"),
        seats.place("b"),
        pytest.raises(InputError, match="try again"),
        seats.place("c"),
    ):
        pass


def test_an_error_gives_the_seat_back():
    seats = Seats(limit=1, line=1)
    with pytest.raises(ZeroDivisionError), seats.place("a"):
        1 / 0  # noqa: B018
    with seats.place("a") as place:
        assert is_seated(place)


def test_a_wait_ends_with_the_sentence_and_says_so_meanwhile():
    seats = Seats(limit=1, line=1)
    with seats.place("a"), seats.place("b") as b:
        looks, wait = [], b.wait(patience=0.1, pause=0.01)
        with pytest.raises(InputError, match="no more than 1 can at once; try again"):
            looks.extend(wait)
        assert len(looks) > 3


def test_a_seat_that_falls_free_ends_the_wait_before_the_next_look():
    seats, a = Seats(limit=1, line=1), ExitStack()
    a.enter_context(seats.place("a"))
    with seats.place("b") as b:
        threading.Timer(0.1, a.close).start()
        begun = time.monotonic()
        assert list(b.wait(patience=20, pause=20)) == [None]
        assert time.monotonic() - begun < 10
        assert not b.is_stopped


def test_a_stop_ends_the_wait_before_the_next_look():
    seats = Seats(limit=1, line=1)
    with seats.place("a"), seats.place("b") as b:
        threading.Timer(0.1, seats.stop, ["b"]).start()
        begun = time.monotonic()
        assert list(b.wait(patience=20, pause=20)) == [None]
        assert time.monotonic() - begun < 10
        assert b.is_stopped


@pytest.mark.parametrize("stop_first", [True, False])
def test_a_stop_reaches_the_training_whether_it_came_before_or_after_its_begin(stop_first):
    seats, training = Seats(limit=1, line=0), Training()
    with seats.place("a") as a:
        if stop_first:
            assert seats.stop("a")
        a.begin(training)
        assert training.stops == int(stop_first)
        assert seats.stop("a")
        assert training.stops == 1 + int(stop_first)


def test_a_stop_is_for_nobody_else():
    seats, training = Seats(limit=2, line=0), Training()
    with seats.place("a") as a:
        a.begin(training)
        assert not seats.stop("b")
    assert not seats.stop("a")
    assert training.stops == 0


def test_the_machine_has_a_seat_at_least_and_fills_no_more_than_the_memory_of_a_space():
    assert 1 <= SEATS.limit <= 4
