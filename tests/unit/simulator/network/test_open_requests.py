from datetime import UTC, datetime, timedelta

from simulator.messages import reply_key
from simulator.network.open_requests import Open, OpenRequests, Purpose
from switch.iso8583 import Message

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def asked(stan: int, seconds: float = 8.0, link: int = 1, purpose: Purpose = Purpose.REQUEST) -> Open:
    message = Message("0100", {7: "1121120000", 11: f"{stan:06d}", 32: "200001"})
    return Open(purpose, message, link, NOON, NOON + timedelta(seconds=seconds))


def filled(*found: Open) -> OpenRequests:
    requests = OpenRequests(late_seconds=60.0)
    for one in found:
        requests.add(one)
    return requests


def test_the_next_timer_is_that_of_whoever_has_waited_long_enough_first() -> None:
    first, second = asked(1, 9.0), asked(2, 5.0)
    requests = filled(first, second)
    assert requests.next_timer() == second.until
    assert requests.answered(second.key) is second
    assert requests.next_timer() == first.until


def test_what_was_answered_is_never_overdue() -> None:
    requests = filled(asked(1))
    requests.answered(asked(1).key)
    assert list(requests.overdue(NOON + timedelta(hours=1))) == []
    assert requests.next_timer() is None


def test_the_oldest_of_two_with_the_same_key_is_answered_first() -> None:
    first, second = asked(1, 5.0), asked(1, 6.0)
    requests = filled(first, second)
    assert [requests.answered(first.key), requests.answered(first.key), requests.answered(first.key)] == [first, second, None]


def test_what_timed_out_may_be_answered_late_once_and_not_for_ever() -> None:
    first, second = asked(1), asked(2)
    requests = filled(first, second)
    assert list(requests.overdue(NOON + timedelta(seconds=8))) == [first, second]
    assert requests.answered(first.key) is None
    assert [requests.answered_late(first.key), requests.answered_late(first.key)] == [first, None]
    list(requests.overdue(NOON + timedelta(seconds=8 + 61)))
    assert requests.answered_late(second.key) is None


def test_what_went_over_a_lost_link_is_given_up_and_nothing_else() -> None:
    first, second = asked(1, link=1), asked(2, link=2)
    requests = filled(first, second)
    assert list(requests.lost(1)) == [first]
    assert requests.answered(second.key) is second


def test_it_is_known_what_is_waited_for() -> None:
    echo = asked(1, purpose=Purpose.ECHO)
    requests = filled(echo)
    assert requests.is_waiting_for(Purpose.ECHO)
    assert not requests.is_waiting_for(Purpose.ADVICE)
    requests.answered(reply_key(echo.message))
    assert not requests.is_waiting_for(Purpose.ECHO)
