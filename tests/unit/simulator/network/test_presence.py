import itertools
from datetime import UTC, datetime, timedelta

import pytest

from simulator.network.presence import NEXT, IssuerPresence, Presence, Step

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def presence(*steps: Step) -> IssuerPresence:
    found = IssuerPresence(misses=2, echo_seconds=60, probe_seconds=10)
    for step in steps:
        found.step(step, NOON)
    return found


@pytest.mark.parametrize(("state", "step"), list(itertools.product(Presence, Step)))
def test_a_pair_that_is_not_in_the_table_changes_nothing(state: Presence, step: Step) -> None:
    found = presence()
    found.state = state
    assert found.step(step, NOON) is ((state, step) in NEXT)
    assert found.state is NEXT.get((state, step), state)


def test_only_misses_in_a_row_make_an_issuer_silent() -> None:
    found = presence(Step.SIGN_ON)
    assert not found.missed()
    found.heard(NOON)
    assert [found.missed(), found.missed()] == [False, True]


def test_an_issuer_that_is_not_signed_on_cannot_fall_silent() -> None:
    assert [presence().missed() for _ in range(3)] == [False] * 3


def test_an_echo_is_due_after_silence_and_a_probe_after_a_pause() -> None:
    found = presence(Step.SIGN_ON)
    assert (found.echo_at, found.probe_at) == (NOON + timedelta(seconds=60), None)
    found.step(Step.SILENCE, NOON)
    assert (found.echo_at, found.probe_at) == (None, NOON + timedelta(seconds=10))
    found.probed()
    assert found.probe_at is None


def test_without_an_interval_no_echo_is_sent() -> None:
    found = IssuerPresence(misses=2, echo_seconds=0, probe_seconds=10)
    found.step(Step.SIGN_ON, NOON)
    assert found.echo_at is None
