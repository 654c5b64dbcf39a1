"""Reasons to DE 39, and what a reply echoes."""

import pytest

from authorizer.reasons import DeclineReason
from switch.iso8583 import Malformed, Message
from switch.responses import RESPONSE_CODES, format_error, message_class, reply, response_mti


def test_every_reason_has_its_code() -> None:
    assert set(RESPONSE_CODES) == set(DeclineReason)


@pytest.mark.parametrize(
    ("mti", "answer"),
    [("0100", "0110"), ("0101", "0110"), ("0120", "0130"), ("0121", "0130"), ("0200", "0210"), ("0400", "0410"), ("0401", "0410"),
     ("0420", "0430"), ("0421", "0430"), ("0620", "0630"), ("0800", "0810"), ("0820", None), ("0180", None), ("0190", None),
     ("0110", None), ("0810", None)],
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
