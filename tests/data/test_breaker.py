"""Laws of the breaker: when a request may go after failures."""

from __future__ import annotations

import pytest

from data.breaker import Break, Breaker

SHORT, LONG = Break(first=60, longest=200), Break(first=900, longest=14_400)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock)


def test_all_requests_go_while_all_is_well(breaker: Breaker) -> None:
    assert all(breaker.admits() for _ in range(5))
    breaker.succeeded()
    assert breaker.admits()
    assert breaker.reason == ""


def test_after_a_break_one_request_goes_until_it_has_ended(breaker: Breaker, clock: Clock) -> None:
    breaker.failed(SHORT, "away")
    assert not breaker.admits()
    assert breaker.reason == "away"
    clock.now += 60
    assert breaker.admits()
    assert not breaker.admits()
    breaker.succeeded()
    assert breaker.admits()
    assert breaker.admits()
    assert breaker.reason == ""


def test_each_failed_trial_doubles_the_break_up_to_the_longest(
    breaker: Breaker, clock: Clock
) -> None:
    breaker.failed(SHORT, "away")
    for length in (60, 120, 200, 200):
        clock.now += length - 1
        assert not breaker.admits()
        clock.now += 1
        assert breaker.admits()
        breaker.failed(SHORT, "away")


def test_a_success_makes_the_next_break_short_again(breaker: Breaker, clock: Clock) -> None:
    for _ in range(3):
        breaker.failed(SHORT, "away")
        clock.now += 200
        breaker.admits()
    breaker.succeeded()
    breaker.failed(SHORT, "away")
    clock.now += 60
    assert breaker.admits()


def test_requests_that_fail_together_begin_one_break(breaker: Breaker, clock: Clock) -> None:
    assert all(breaker.admits() for _ in range(3))
    for _ in range(3):
        breaker.failed(SHORT, "away")
    clock.now += 60
    assert breaker.admits()


def test_a_late_success_does_not_end_a_break(breaker: Breaker) -> None:
    assert breaker.admits()
    assert breaker.admits()
    breaker.failed(LONG, "refused")
    breaker.succeeded()
    assert not breaker.admits()


def test_the_longer_of_two_breaks_counts(breaker: Breaker, clock: Clock) -> None:
    breaker.failed(SHORT, "away")
    breaker.failed(LONG, "refused")
    breaker.failed(SHORT, "away")
    assert breaker.reason == "refused"
    clock.now += 899
    assert not breaker.admits()
    clock.now += 1
    assert breaker.admits()
    breaker.failed(LONG, "refused")
    clock.now += 1799
    assert not breaker.admits()
