"""What a hold's validity depends on, read from the message."""

import pytest

from authorizer.request import Effect
from authorizer.validity import HoldClass, Initiator, Occasion, Presence
from switch.iso8583 import Message
from switch.occasions import occasion_of
from switch.subelements import AdditionalData


def occasion(pos: str = "", effect: Effect = Effect.SPEND, mti: str = "0100", reason: str = "", **subelements: str) -> Occasion:
    elements: dict[int, str | bytes] = {18: "5542", 61: pos, 60: reason}
    additional = AdditionalData("R", {name[1:]: text.encode() for name, text in subelements.items()}, "ascii")
    return occasion_of(Message(mti, elements), additional, effect)


def test_the_class_is_read_from_de_61_de_48_61_de_3_and_de_60() -> None:
    assert occasion().hold_class is HoldClass.UNDEFINED
    assert occasion(s61="00001").hold_class is HoldClass.FINAL
    assert occasion("0000004000000000").hold_class is HoldClass.PREAUTHORIZATION
    assert occasion(effect=Effect.CREDIT).hold_class is HoldClass.REFUND
    assert occasion(mti="0120", reason="1910000").hold_class is HoldClass.COMPLETION
    assert occasion(reason="1910000").hold_class is HoldClass.UNDEFINED


@pytest.mark.parametrize(
    ("pos", "expected"), [("00000", Presence.PRESENT), ("00001", Presence.NOT_PRESENT), ("", Presence.PRESENT)]
)
def test_de_61_says_whether_the_card_is_there(pos: str, expected: Presence) -> None:
    assert occasion(pos).presence is expected


@pytest.mark.parametrize(
    ("pos", "subelements", "expected"),
    [("", {}, Initiator.CARDHOLDER), ("00040", {}, Initiator.MERCHANT), ("00000", {"s22": "0504M103"}, Initiator.MERCHANT),
     ("00040", {"s22": "0504C101"}, Initiator.CARDHOLDER), ("00040", {"s22": "0101A"}, Initiator.MERCHANT)],
)  # fmt: skip
def test_de_48_22_says_who_started_it_and_else_de_61(pos: str, subelements: dict[str, str], expected: Initiator) -> None:
    assert occasion(pos, **subelements).initiator is expected
