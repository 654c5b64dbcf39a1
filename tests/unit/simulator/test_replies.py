from simulator.expectation import ApprovalCode
from simulator.replies import Answer, predicted_reply
from switch.iso8583 import Message

REQUEST = Message(
    "0100",
    {
        2: "5413330000000001",
        4: "000000001000",
        6: "000000000900",
        7: "1121120000",
        11: "000001",
        14: "2912",
        48: b"R9203123",
        49: "978",
    },
)


def test_what_is_echoed_is_what_came() -> None:
    expected = predicted_reply(REQUEST, Answer("00", "approved"), character_set="ascii")
    assert dict(expected.elements) == {
        2: "5413330000000001",
        4: "000000001000",
        6: "000000000900",
        7: "1121120000",
        11: "000001",
        49: "978",
    }
    assert {14, 37, 63} <= expected.absent
    assert (expected.category, expected.subelements) == ("R", {})


def test_a_part_reduces_both_amounts_and_names_the_original() -> None:
    billed = Message("0100", REQUEST.elements | {51: "840"})
    expected = predicted_reply(billed, Answer("10", "in part", part_minor=450), character_set="ascii")
    assert (expected.elements[4], expected.elements[6]) == ("000000000500", "000000000450")
    assert expected.original_amount == ("978", 1000)


def test_only_an_approved_authorization_needs_an_approval_code() -> None:
    codes = {"00": ApprovalCode.PRESENT, "10": ApprovalCode.PRESENT, "51": ApprovalCode.ABSENT}
    for code, wanted in codes.items():
        assert predicted_reply(REQUEST, Answer(code, ""), character_set="ascii").approval_code is wanted
    advice = Message("0120", REQUEST.elements)
    assert predicted_reply(advice, Answer("00", ""), character_set="ascii").approval_code is ApprovalCode.ANY


def test_a_reversal_brings_back_de_90_and_its_trace_id() -> None:
    request = Message("0401", {7: "1121120000", 48: b"R6303ABC1502XX", 90: "1" * 42})
    expected = predicted_reply(request, Answer("00", ""), character_set="ascii")
    assert (expected.mti, expected.elements[90], expected.subelements) == ("0410", "1" * 42, {"63": "ABC"})


def test_network_management_brings_back_its_code() -> None:
    request = Message("0800", {7: "1121120000", 11: "000001", 33: "200900", 70: "270"})
    expected = predicted_reply(request, Answer("00", ""), character_set="ascii")
    assert (expected.mti, expected.elements[70], expected.absent) == ("0810", "270", frozenset())
