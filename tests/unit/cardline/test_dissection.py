"""What a person sees of one message."""

import json

from hypothesis import given
from hypothesis import strategies as st

from cardline.dissection import Failure, as_document, as_table, dissect, failure_line
from switch.framing import Framing
from switch.iso8583 import Codec, Message
from switch.profile import NetworkProfile
from switch.tlv import build_icc_data

PAN = "5413330000000021"
EBCDIC = NetworkProfile("mastercard")
ASCII = NetworkProfile("mastercard-ascii", character_set="ascii")


def purchase(character_set: str = "ascii", additional_data: str = "R420701032106105000019203123") -> bytes:
    elements: dict[int, str | bytes] = {
        2: PAN,
        3: "000000",
        4: "000000001000",
        11: "000001",
        22: "051",
        35: PAN + "D2912",
        48: additional_data.encode(character_set),
        54: "0002978D000000001000",
        55: build_icc_data([("9F36", b"\x00\x01"), ("5A", bytes.fromhex(PAN))]),
        105: "001003ABC",
    }
    return Codec(character_set).encode(Message("0100", elements))


def parts(data: bytes, number: int, *, reveal: bool = False) -> dict[str, str]:
    found = next(element for element in dissect(data, ASCII, reveal=reveal).elements if element.number == number)
    return {part.id: part.value for part in found.parts}


def test_elements_are_named_in_order_with_what_lies_inside() -> None:
    dissection = dissect(purchase(), ASCII)
    assert (dissection.mti, dissection.name, dissection.failure) == ("0100", "Authorization request", None)
    assert [element.number for element in dissection.elements] == [2, 3, 4, 11, 22, 35, 48, 54, 55, 105]
    assert dissection.elements[3].name == "System trace audit number (STAN)"
    assert parts(purchase(), 22) == {"1": "05", "2": "1"}
    assert parts(purchase(), 48) == {"TCC": "R", "42": "0103210", "42.01": "210", "61": "00001", "92": "masked"}
    assert parts(purchase(), 54) == {"1": "-1000"}
    assert parts(purchase(), 55) == {"9F36": "0001", "5A": "masked"}
    assert parts(purchase(), 105) == {"001": "ABC"}


def test_nothing_secret_is_shown_unless_revealed() -> None:
    masked, clear = (json.dumps(as_document(dissect(purchase(), ASCII, reveal=reveal))) for reveal in (False, True))
    assert PAN not in masked
    assert "541333******0021" in masked
    assert clear.count(PAN) >= 3
    assert parts(purchase(), 48, reveal=True)["92"] == "123"


def test_the_length_prefix_may_be_there_or_not_on_either_link() -> None:
    for profile in (EBCDIC, ASCII):
        payload = purchase(profile.character_set)
        assert dissect(payload, profile) == dissect(Framing().wrap(payload), profile)


def test_a_length_prefix_that_does_not_fit_is_noted() -> None:
    dissection = dissect(Framing().wrap(purchase())[:-2], ASCII)
    assert dissection.notes == (f"the length prefix does not fit the {len(purchase()) - 2} bytes that follow it",)
    assert dissection.failure is not None
    assert dissection.failure.element == 105


def test_only_the_first_of_several_messages_is_shown_and_that_is_noted() -> None:
    dissection = dissect(Framing().wrap(purchase()) * 2 + b"\x00", ASCII)
    assert dissection.failure is None
    assert dissection.notes == ("2 messages were given, this is the first", "1 bytes follow the message")


def test_what_was_read_is_shown_up_to_the_failure() -> None:
    dissection = dissect(purchase().replace(b"051", b"O51"), ASCII)
    assert dissection.failure == Failure(22, dissection.failure.offset if dissection.failure else 0, "not digits")
    assert {2, 3, 4, 11} <= {element.number for element in dissection.elements}


def test_a_broken_inside_is_a_failure_of_its_element() -> None:
    dissection = dissect(purchase(additional_data="R6105"), ASCII)
    assert dissection.failure is not None
    assert failure_line(dissection.failure).startswith("DE 48 is malformed inside, at its byte 1")


def test_a_repeat_is_named_as_one() -> None:
    assert dissect(b"0101" + bytes(8), ASCII).name == "Authorization request, repeat"
    assert dissect(b"9999" + bytes(8), ASCII).name == "unknown message type"


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_can_be_shown(data: bytes, reveal: bool) -> None:
    dissection = dissect(data, EBCDIC, reveal=reveal)
    json.dumps(as_document(dissection))
    assert as_table(dissection).row_count >= len(dissection.elements)
