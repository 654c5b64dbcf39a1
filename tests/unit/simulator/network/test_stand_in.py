from datetime import date

import pytest

from simulator.network.plan import StandInLimits
from simulator.network.stand_in import (
    APPROVED,
    MERCHANT_REFUSED,
    OVER_AMOUNT,
    OVER_DAY,
    PIN_NOT_CHECKED,
    UNAVAILABLE,
    StandIn,
)
from switch.iso8583 import Message, Value

TODAY, TOMORROW = date(2026, 11, 21), date(2026, 11, 22)
LIMITS = StandInLimits(amount_minor=100, day_minor=150)


def request(minor: int, more: dict[int, Value] | None = None) -> Message:
    return Message("0100", {2: "5413330000000016", 3: "000000", 4: f"{minor:012d}", 18: "5411"} | (more or {}))


def test_one_transaction_and_the_cards_day_have_a_limit_each() -> None:
    stand_in = StandIn(LIMITS)
    verdicts = [stand_in.decide(request(minor), TODAY) for minor in (101, 100, 51, 50, 1)]
    assert verdicts == [OVER_AMOUNT, APPROVED, OVER_DAY, APPROVED, OVER_DAY]


def test_the_next_settlement_day_begins_anew() -> None:
    stand_in = StandIn(LIMITS)
    assert [stand_in.decide(request(100), day) for day in (TODAY, TODAY, TOMORROW)] == [APPROVED, OVER_DAY, APPROVED]


def test_another_card_has_a_day_of_its_own() -> None:
    stand_in = StandIn(LIMITS)
    stand_in.decide(request(100), TODAY)
    assert stand_in.decide(request(100, {2: "5413330000000024"}), TODAY) == APPROVED


def test_the_limit_is_about_the_amount_billed_to_the_card() -> None:
    assert StandIn(LIMITS).decide(request(5_000, {6: f"{90:012d}", 51: "978"}), TODAY) == APPROVED


@pytest.mark.parametrize(
    ("more", "verdict"),
    [
        ({18: "7995"}, MERCHANT_REFUSED),
        ({52: bytes(8)}, PIN_NOT_CHECKED),
        ({3: "300000"}, UNAVAILABLE),
        ({3: "200000"}, APPROVED),
    ],
)
def test_what_is_asked_and_where_matters_too(more: dict[int, Value], verdict: object) -> None:
    assert StandIn(LIMITS).decide(request(100, more), TODAY) == verdict


def test_a_refund_uses_nothing_of_the_cards_day() -> None:
    stand_in = StandIn(LIMITS)
    stand_in.decide(request(10_000, {3: "200000"}), TODAY)
    assert [stand_in.decide(request(minor), TODAY) for minor in (100, 50)] == [APPROVED, APPROVED]
