"""Nothing that leaves through masking carries card data in clear."""

import json

from hypothesis import given
from hypothesis import strategies as st
from wire_samples import MESSAGES, PAN, purchase

from switch.iso8583 import Codec, Malformed, Message
from switch.masking import masked_answer, masked_fields, masked_pan, shown_fields
from switch.subelements import AdditionalData, build_additional_data
from switch.tlv import build_icc_data


def additional_data(**subelements: bytes) -> bytes:
    data = AdditionalData("T", {key.removeprefix("se"): value for key, value in subelements.items()})
    return build_additional_data(data, "cp037")


def test_a_pan_keeps_first_six_and_last_four() -> None:
    assert masked_pan(PAN) == "541333******0021"


def test_a_number_too_short_to_hide_anything_is_hidden_whole() -> None:
    assert masked_pan("541333000002") == "*" * 12


def test_secret_elements_are_masked_and_the_rest_is_shown() -> None:
    message = purchase(de35=PAN + "D2912", de52=b"12345678", de124="name and address")
    fields = masked_fields(message, "cp037")
    assert {fields[de] for de in ("35", "52", "124")} == {"masked"}
    assert (fields["2"], fields["4"], fields["41"]) == ("541333******0021", "000000001000", "TERM0001")


def test_secret_subelements_are_masked_and_the_rest_is_shown_by_number() -> None:
    raw = additional_data(se33=b"0216" + PAN.encode("cp037"), se61="00001".encode("cp037"), se72=b"\x01\xff", se92=b"123")
    fields = masked_fields(purchase(de48=raw), "cp037")
    assert fields["48"] == {"tcc": "T", "33": "masked", "61": "00001", "72": "01FF", "92": "masked"}


def test_secret_tags_are_masked() -> None:
    icc = build_icc_data([("5A", bytes.fromhex(PAN)), ("57", bytes(9)), ("9F36", b"\x00\x01")])
    assert masked_fields(purchase(de55=icc), "cp037")["55"] == {"5A": "masked", "57": "masked", "9F36": "0001"}


def test_what_cannot_be_read_inside_is_masked_whole() -> None:
    fields = masked_fields(purchase(de48=b"\xff\xff", de55=b"\x9a\x50"), "cp037")
    assert (fields["48"], fields["55"]) == ("masked", "masked")


def test_a_pan_in_an_element_that_nobody_expects_it_in_is_masked() -> None:
    raw = additional_data(se37=f"01{PAN}".encode("cp037"))
    icc = build_icc_data([("9F10", bytes.fromhex(PAN))])
    message = purchase(de62=f"CARD {PAN}", de48=raw, de55=icc)
    assert PAN not in json.dumps(masked_fields(message, "cp037"))


def test_control_characters_are_escaped_so_that_any_store_can_hold_them() -> None:
    assert masked_fields(purchase(de41="T\x00RM\x070\\1"), "cp037")["41"] == "T\\x00RM\\x070\\\\1"


def test_what_was_read_of_a_malformed_message_is_masked_too() -> None:
    decoded = Codec("cp037").decode(Codec("cp037").encode(purchase())[:-1])
    assert isinstance(decoded, Malformed)
    assert masked_fields(decoded, "cp037")["2"] == "541333******0021"


def test_reveal_shows_everything_in_the_same_shape() -> None:
    message = purchase(de35=PAN + "D2912", de52=b"12345678")
    fields = shown_fields(message, "cp037", reveal=True)
    assert (fields["2"], fields["35"], fields["52"]) == (PAN, PAN + "D2912", "3132333435363738")


@given(MESSAGES)
def test_any_message_masks_to_json_without_its_pan_or_nul(message: Message) -> None:
    shown = json.dumps(masked_fields(message, "cp037"))
    pan = message.text(2)
    assert "\\u0000" not in shown
    assert len(pan) < 13 or pan not in shown


@given(MESSAGES, st.sampled_from(["cp037", "ascii"]))
def test_an_answer_is_masked_as_if_by_itself(message: Message, character_set: str) -> None:
    reply = Message("0110", {**{n: v for n, v in message.elements.items() if n != 41}, 39: "00", 38: "123456"})
    masked = masked_fields(message, character_set)
    assert masked_answer(reply, message, masked, character_set) == masked_fields(reply, character_set)
