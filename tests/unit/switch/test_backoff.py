"""Pauses between attempts to connect."""

from hypothesis import given
from hypothesis import strategies as st

from switch.backoff import Backoff

BACKOFF = Backoff(first_seconds=0.5, most_seconds=30.0)


def test_the_first_attempt_waits_for_nothing_and_each_failure_doubles_the_pause() -> None:
    assert [BACKOFF.pause(failures, 1.0) for failures in range(9)] == [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_a_pause_has_bounds_whatever_fails(failures: int, chance: float) -> None:
    assert 0 <= BACKOFF.pause(failures, chance) <= 30.0
    assert failures == 0 or BACKOFF.pause(failures, chance) >= 0.25
