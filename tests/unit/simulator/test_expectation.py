from dataclasses import replace

import pytest

from simulator.expectation import ApprovalCode, Expectation, differences
from switch.iso8583 import Message

KEY = ("0110", "1121120000", "000001", "200001", "")
EXPECTED = Expectation(
    mti="0110",
    code="00",
    reason="approved",
    elements={2: "5413330000000001", 11: "000001"},
    absent=frozenset({14, 35}),
    approval_code=ApprovalCode.PRESENT,
    category="R",
    subelements={"87": "N"},
    original_amount=("978", 1000),
    available_minor=-250,
)
REPLY = Message(
    "0110",
    {2: "5413330000000001", 11: "000001", 38: "A1B2C3", 39: "00", 48: b"R8701N", 54: "0057978C0000000010000002978D000000000250"},
)


def found(reply: Message, expected: Expectation = EXPECTED, first: Message | None = None) -> set[str]:
    return {difference.element for difference in differences(expected, reply, first, "ascii")}


def with_elements(**changes: str | bytes | None) -> Message:
    elements = REPLY.elements | {int(key[1:]): value for key, value in changes.items()}
    return Message("0110", {number: value for number, value in elements.items() if value is not None})


def test_a_reply_as_predicted_has_no_differences() -> None:
    assert not found(REPLY)


@pytest.mark.parametrize(
    ("reply", "element"),
    [
        (replace(REPLY, mti="0130"), "MTI"),
        (with_elements(e39="05"), "DE 39"),
        (with_elements(e11="000002"), "DE 11"),
        (with_elements(e11=None), "DE 11"),
        (with_elements(e14="2912"), "DE 14"),
        (with_elements(e38=None), "DE 38"),
        (with_elements(e38="      "), "DE 38"),
        (with_elements(e48=None), "DE 48"),
        (with_elements(e48=b"T8701N"), "DE 48 category"),
        (with_elements(e48=b"R8701M"), "DE 48.87"),
        (with_elements(e54=None), "DE 54 type 57"),
        (with_elements(e54="0057978C00000000100"), "DE 54"),
        (with_elements(e54="0057978C0000000010000002978C000000000250"), "DE 54 type 02"),
    ],
)
def test_each_departure_is_named(reply: Message, element: str) -> None:
    assert element in found(reply)


def test_an_approval_code_on_a_decline_is_a_departure() -> None:
    assert "DE 38" in found(REPLY, replace(EXPECTED, approval_code=ApprovalCode.ABSENT))


def test_a_repeat_must_carry_the_first_answer() -> None:
    repeat = replace(EXPECTED, same_as=KEY)
    assert not found(REPLY, repeat, REPLY)
    assert found(REPLY, repeat, with_elements(e38="ZZZZZZ")) == {"DE 38 as first answered"}
    assert found(REPLY, repeat, None) == {"first reply"}


def test_a_format_error_must_name_the_element() -> None:
    expected = Expectation("0110", "30", "format error", bad_element=49)
    assert not found(Message("0110", {39: "30", 44: "049"}), expected)
    assert found(Message("0110", {39: "30", 44: "490"}), expected) == {"DE 44"}


def test_a_difference_never_shows_a_card_number() -> None:
    shown = differences(EXPECTED, with_elements(e2="5413330000000019"), None, "ascii")
    assert "5413330000000" not in repr(shown)
