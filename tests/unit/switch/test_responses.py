"""Reasons to DE 39, and what a reply echoes."""

import pytest

from authorizer.reasons import DeclineReason
from switch.iso8583 import Malformed, Message
from switch.responses import (
    PERMITTED_CODES,
    RESPONSE_CODES,
    RESPONSE_MTIS,
    format_error,
    is_response,
    message_class,
    permitted,
    reply,
    response_mti,
)


def test_every_reason_has_its_code() -> None:
    assert set(RESPONSE_CODES) == set(DeclineReason)


@pytest.mark.parametrize(
    ("mti", "answer"),
    [("0100", "0110"), ("0101", "0110"), ("0120", "0130"), ("0121", "0130"), ("0200", "0210"), ("0400", "0410"), ("0401", "0410"),
     ("0420", "0430"), ("0421", "0430"), ("0620", "0630"), ("0800", "0810"), ("0820", None), ("0180", None), ("0190", None),
     ("0110", None), ("0810", None), ("0312", None), ("0181", None), ("0191", None), ("0821", None), ("0644", None),
     ("0201", "0210"), ("0220", "0230"), ("0221", "0230"), ("0302", "0312"), ("0422", "0432"), ("0600", "0610"), ("0500", "0510")],
)  # fmt: skip
def test_requests_are_answered_and_answers_are_not(mti: str, answer: str | None) -> None:
    assert response_mti(mti) == answer


def test_a_repeat_is_of_its_requests_class() -> None:
    assert (message_class("0101"), message_class("0421")) == ("0100", "0420")


def test_a_reply_echoes_what_it_must_and_nothing_else() -> None:
    request = Message(
        "0100", {2: "5413330000000005", 4: "000000000100", 14: "2912", 22: "051", 35: "x", 52: b"12345678", 63: "MCC000001"}
    )
    answered = reply(request, "00", {38: "123456"})
    assert answered is not None
    assert answered.elements == {2: "5413330000000005", 4: "000000000100", 63: "MCC000001", 39: "00", 38: "123456"}


def test_a_reversals_reply_echoes_de_90_and_de_95() -> None:
    answered = reply(Message("0400", {11: "000001", 90: "0" * 42, 95: "0" * 42, 38: "123456"}), "00")
    assert answered is not None
    assert sorted(answered.elements) == [11, 39, 90, 95]


def test_a_format_error_names_its_element() -> None:
    answered = format_error(Malformed("0100", {11: "000001"}, 4, 20, "not digits"), 4)
    assert answered is not None
    assert (answered.mti, answered.elements) == ("0110", {11: "000001", 39: "30", 44: "004"})


@pytest.mark.parametrize(("mti", "is_one"), [("0110", True), ("0312", True), ("0810", True), ("0630", True), ("0100", False), ("0120", False),
                                             ("0180", False), ("0190", False), ("0302", False), ("0820", False)])  # fmt: skip
def test_responses_are_told_from_requests_by_their_type(mti: str, is_one: bool) -> None:
    assert is_response(mti) is is_one


@pytest.mark.parametrize("mti", sorted(PERMITTED_CODES))
@pytest.mark.parametrize("reason", list(DeclineReason))
def test_no_response_carries_a_code_that_its_type_does_not_know(mti: str, reason: DeclineReason) -> None:
    request = next(asked for asked, answered in RESPONSE_MTIS.items() if answered == mti)
    for message in (reply(Message(request, {}), RESPONSE_CODES[reason]), format_error(Message(request, {}), 4)):
        assert message is not None
        assert message.text(39) in PERMITTED_CODES[mti]


@pytest.mark.parametrize(("mti", "asked", "given"), [("0130", "91", "96"), ("0430", "91", "96"), ("0410", "91", "91"), ("0312", "57", "40"),
                                                     ("0610", "57", "57"), ("0810", "79", "79"), ("0110", "51", "51"), ("0210", "91", "91")])  # fmt: skip
def test_a_code_that_is_not_permitted_becomes_the_nearest_that_is(mti: str, asked: str, given: str) -> None:
    assert permitted(mti, asked) == given


def test_a_file_updates_answer_echoes_its_key() -> None:
    answered = reply(Message("0302", {7: "1125221500", 11: "000001", 33: "541333", 91: "1", 101: "MCC102", 120: "X"}), "00")
    assert answered is not None
    assert (answered.mti, sorted(answered.elements)) == ("0312", [7, 11, 33, 39])
