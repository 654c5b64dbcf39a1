"""What is awaited and what came: answers, late ones, strangers, repeats under one key."""

import pytest
from load_samples import SLOT, key, reply

from simulator.load.in_flight import InFlight
from simulator.load.tally import Tally

LIMIT = 8.0


@pytest.fixture
def awaited() -> InFlight:
    return InFlight(LIMIT, "cp037")


@pytest.fixture
def tally() -> Tally:
    return Tally()


def test_a_latency_counts_from_the_planned_moment(awaited: InFlight, tally: Tally) -> None:
    awaited.sent(key(1), 100.0, SLOT)
    awaited.received([reply(1)], 100.25, tally)
    assert (tally.answered, dict(tally.codes)) == (1, {"00": 1})
    assert next(iter(tally.latencies)) == pytest.approx(250_000, rel=0.001)
    assert not awaited


def test_an_answer_counts_once(awaited: InFlight, tally: Tally) -> None:
    awaited.sent(key(1), 0.0, SLOT)
    awaited.received([reply(1), reply(1)], 1.0, tally)
    assert (tally.answered, tally.unmatched) == (1, 1)


@pytest.mark.parametrize("stranger", [reply(2), reply(1, mti="0130"), reply(1, mti="0100")])
def test_a_reply_to_nothing_is_unmatched(awaited: InFlight, tally: Tally, stranger: bytes) -> None:
    awaited.sent(key(1), 0.0, SLOT)
    awaited.received([stranger], 1.0, tally)
    assert (tally.answered, tally.unmatched) == (0, 1)


def test_what_the_host_asks_itself_is_handed_back(awaited: InFlight, tally: Tally) -> None:
    echo_test = reply(1, None, mti="0800")
    assert awaited.received([echo_test], 1.0, tally) == [echo_test]
    assert (tally.unmatched, tally.malformed) == (0, 0)


def test_garbage_is_counted_and_leaves_the_rest(awaited: InFlight, tally: Tally) -> None:
    awaited.sent(key(1), 0.0, SLOT)
    awaited.received([b"", b"GET / HTTP/1.1", reply(1)], 1.0, tally)
    assert (tally.malformed, tally.answered) == (2, 1)


def test_another_code_than_expected_is_counted(awaited: InFlight, tally: Tally) -> None:
    for stan, code in enumerate(["00", "51", None]):
        awaited.sent(key(stan), 0.0, SLOT)
        awaited.received([reply(stan, code)], 1.0, tally)
    assert tally.unexpected == 2
    assert dict(tally.codes) == {"00": 1, "51": 1, "none": 1}


def test_what_outlives_its_limit_is_given_up_with_the_limit_as_its_latency(awaited: InFlight, tally: Tally) -> None:
    awaited.sent(key(1), 0.0, SLOT)
    awaited.sent(key(2), 1.0, SLOT)
    awaited.give_up(LIMIT + 0.5, tally)
    assert tally.unanswered == 1
    assert next(iter(tally.latencies)) == pytest.approx(LIMIT * 1e6, rel=0.001)
    awaited.received([reply(1), reply(2)], LIMIT + 0.6, tally)
    assert (tally.late, tally.answered) == (1, 1)


def test_a_repeat_in_flight_waits_for_an_answer_of_its_own(awaited: InFlight, tally: Tally) -> None:
    awaited.sent(key(1), 0.0, SLOT)
    awaited.sent(key(1), 0.5, SLOT)
    awaited.received([reply(1)], 1.0, tally)
    assert (tally.answered, bool(awaited)) == (1, True)
    awaited.received([reply(1)], 1.5, tally)
    assert (tally.answered, tally.unmatched, bool(awaited)) == (2, 0, False)


def test_an_unanswered_repeat_is_given_up_too(awaited: InFlight, tally: Tally) -> None:
    awaited.sent(key(1), 0.0, SLOT)
    awaited.sent(key(1), 0.5, SLOT)
    awaited.give_up(20.0, tally)
    awaited.give_up(20.0, tally)
    assert (tally.unanswered, bool(awaited)) == (2, False)
