"""What a person sees of one message."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardline.decoding.dissection import Failure, as_document, as_table, dissect, failure_line
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
    shown = parts(purchase(), 48)
    assert {key: value for key, value in shown.items() if not key.startswith("61.")} == {
        "TCC": "R", "42": "0103210", "42.01": "210", "61": "00001", "92": "masked",
    }  # fmt: skip
    assert shown["61.5"] == "1"
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


def test_every_structure_is_laid_open_with_its_names() -> None:
    elements: dict[int, str | bytes] = {
        43: "EXAMPLE SHOP           ROMA          ITA",
        48: b"T2208" + b"0504C101" + b"7108" + b"50C 51V " + b"7202\x01\xff",
        54: "0057978C000000001000",
        55: bytes.fromhex("7207 8605 8424000008"),
        60: "1910000FUEL",
        61: "102510000600084063368",
        63: "MCC123456",
        108: "010100106MILANO",
        120: "0205ABCDE",
    }
    data = Codec("ascii").encode(Message("0100", elements))
    assert parts(data, 43) == {"1": "EXAMPLE SHOP          ", "2": "ROMA         ", "3": "ITA"}
    assert parts(data, 48)["22.05"] == "C101"
    assert (parts(data, 48)["71.2"], parts(data, 48)["72"]) == ("51V ", "01FF")
    assert parts(data, 55) == {"72": "86=8424000008", "72.86": "8424000008"}
    assert parts(data, 60) == {"1": "191", "2": "0000", "3": "FUEL"}
    assert parts(data, 61)["14"] == "63368"
    assert parts(data, 63) == {"1": "MCC", "2": "123456"}
    assert parts(data, 108) == {"01": "01=masked", "01.01": "masked"}
    assert parts(data, 108, reveal=True)["01.01"] == "MILANO"
    assert parts(data, 120) == {"02": "masked"}
    by_number = {element.number: element for element in dissect(data, ASCII).elements}
    assert (by_number[61].value, by_number[54].value) == ("102510000600084063368", "0057978C000000001000")
    assert by_number[54].parts[0].name == "original amount (57), account type 00, currency 978"


@pytest.mark.parametrize(
    ("element", "value", "offset"), [(54, "0002978C0000000010001", 20), (90, "0" * 41 + "1", None), (95, "9", 0)]
)
def test_amounts_and_originals_that_do_not_follow_their_layout_are_failures(element: int, value: str, offset: int | None) -> None:
    width = 42 if element in (90, 95) else len(value)
    data = Codec("ascii").encode(Message("0400", {element: value.ljust(width, "0")}))
    failure = dissect(data, ASCII).failure
    assert (failure is None) if element in (90, 95) else (failure is not None and failure.offset == offset)


def test_a_fault_inside_a_template_is_located_in_the_element() -> None:
    data = Codec("ascii").encode(Message("0100", {55: bytes.fromhex("9C0100 7203 860500")}))
    failure = dissect(data, ASCII).failure
    assert failure == Failure(55, 5, "longer than what is left", is_inside_element=True)


def test_a_repeat_is_named_as_one() -> None:
    assert dissect(b"0101" + bytes(8), ASCII).name == "Authorization request, repeat"
    assert dissect(b"9999" + bytes(8), ASCII).name == "unknown message type"


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_can_be_shown(data: bytes, reveal: bool) -> None:
    dissection = dissect(data, EBCDIC, reveal=reveal)
    json.dumps(as_document(dissection))
    assert as_table(dissection).row_count >= len(dissection.elements)
