import pytest

from simulator.network.answers import answer_to
from switch.iso8583 import Message


def management(code: str) -> Message:
    return Message("0800", {7: "1121120000", 11: "000001", 33: "541333", 70: code})


@pytest.mark.parametrize(
    ("code", "answer"), [("061", "00"), ("062", "00"), ("270", "00"), ("060", "00"), ("161", "00"), ("162", "91"), ("999", "30")]
)
def test_each_code_of_network_management_has_its_answer(code: str, answer: str) -> None:
    reply = answer_to(management(code), is_draining=False)
    assert reply is not None
    assert (reply.mti, reply.text(39), reply.text(70), reply.text(11)) == ("0810", answer, code, "000001")


def test_a_second_request_for_stored_advices_is_a_duplicate() -> None:
    reply = answer_to(management("060"), is_draining=True)
    assert reply is not None
    assert reply.text(39) == "94"


@pytest.mark.parametrize(("mti", "reply_mti", "code"), [("0302", "0312", "00"), ("0600", "0610", "57"), ("0620", "0630", "00")])
def test_file_updates_and_administrative_messages_are_answered(mti: str, reply_mti: str, code: str) -> None:
    reply = answer_to(Message(mti, {7: "1121120000", 11: "000001", 33: "541333", 101: "MCC102"}), is_draining=False)
    assert reply is not None
    assert (reply.mti, reply.text(39), reply.text(101)) == (reply_mti, code, "MCC102")


@pytest.mark.parametrize("mti", ["0820", "0100", "0190"])
def test_what_is_no_request_of_an_issuer_is_not_answered(mti: str) -> None:
    assert answer_to(Message(mti, {11: "000001"}), is_draining=False) is None
