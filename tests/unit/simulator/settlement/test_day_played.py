"""What is settled is what the day left authorized: the same sums that the model predicts as holds."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from simulator.cards import Card
from simulator.day import DayPlan, plan_day
from simulator.expectation import Expectation
from simulator.messages import ReplyKey, reply_key
from simulator.script import Day
from simulator.settlement.day_played import payments_of
from simulator.settlement.played import Origin, PlayedTransaction
from switch.iso8583 import Message

STARTS_AT = datetime(2026, 12, 31, 23, 59, 50, tzinfo=UTC)


@pytest.fixture(scope="module")
def day() -> Day:
    cards = [_card(number) for number in range(1, 31)]
    return plan_day(cards, DayPlan(7, STARTS_AT, messages=900))


def _card(number: int) -> Card:
    from simulator.cards import luhn_digit

    payload = f"541333{number:09d}"
    currency = "392" if number % 7 == 0 else "978"
    return Card(payload + luhn_digit(payload), "2912", "123", "1234", currency, 100_000)


def as_predicted(expected: Expectation) -> Message:
    return Message(expected.mti, {**expected.elements, 39: expected.code, 38: "A12345"})


def replies_of(day: Day) -> dict[ReplyKey, Message]:
    found: dict[ReplyKey, Message] = {}
    for script in day.scripts:
        for step in (step for steps in script.rounds for step in steps):
            found.setdefault(reply_key(step.message), as_predicted(step.expected))
    return found


def held(payments: list[PlayedTransaction]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for payment in payments:
        if not payment.is_reversed and not payment.is_credit:
            sums[payment.pan] += payment.settled.minor
    return sums


def test_what_is_settled_is_what_is_held(day: Day) -> None:
    payments = payments_of(day, replies_of(day), frozenset(), year_of=STARTS_AT)
    assert held(payments) == {pan: balance.holds_minor for pan, balance in day.balances.items() if balance.holds_minor}


def test_all_kinds_of_payments_occur(day: Day) -> None:
    payments = payments_of(day, replies_of(day), frozenset(), year_of=STARTS_AT)
    assert {payment.origin for payment in payments} == {Origin.APPROVED, Origin.STAND_IN}
    assert {payment.is_reversed for payment in payments} == {True, False}
    assert {payment.is_credit for payment in payments} == {True, False}
    assert any(payment.billed for payment in payments)


def test_a_declined_or_unanswered_payment_is_not_settled(day: Day) -> None:
    assert [p for p in payments_of(day, {}, frozenset(), year_of=STARTS_AT) if p.origin is Origin.APPROVED] == []


def test_a_card_whose_script_broke_off_is_left_out(day: Day) -> None:
    everybody = payments_of(day, replies_of(day), frozenset(), year_of=STARTS_AT)
    pan = everybody[0].pan
    assert pan not in {p.pan for p in payments_of(day, replies_of(day), frozenset({pan}), year_of=STARTS_AT)}


def test_the_year_of_a_payment_is_the_nearest_one(day: Day) -> None:
    moments = [p.at for p in payments_of(day, replies_of(day), frozenset(), year_of=STARTS_AT)]
    assert {moment.year for moment in moments} == {2026, 2027}
    assert max(abs((moment - STARTS_AT).total_seconds()) for moment in moments) < 3600


def test_where_a_payment_took_place_is_kept(day: Day, make_card: Callable[..., Card]) -> None:
    payments = payments_of(day, replies_of(day), frozenset(), year_of=STARTS_AT)
    places = {(p.place.mcc, p.place.city, p.place.country, p.place.is_online) for p in payments}
    assert ("5732", "DUBLIN", "IRL", True) in places
    assert ("5411", "ROMA", "ITA", False) in places
