"""Nothing that leaves through masking carries card data in clear."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_samples import MESSAGES, PAN, purchase

from switch.iso8583 import Codec, Malformed, Message
from switch.masking import masked_answer, masked_fields, masked_pan, shown_fields
from switch.subelements import AdditionalData, build_additional_data
from switch.tlv import build_icc_data

OTHER_CARD = "5413330000000027"
"""Of nobody in the message."""
FREE_ELEMENTS = (43, 44, 46, 47, 56, 57, 58, 59, 60, 61, 62, 63, 98, 105, 106, 107, 109, 111, 112, 113, 114, 115, 116, 117, 118,
                 119, 126, 127)  # fmt: skip
SECRET_ELEMENTS = (34, 35, 36, 45, 102, 103, 104, 108, 110, 120, 122, 123, 124)


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
    raw = additional_data(se61="00001".encode("cp037"), se72=b"\x01\xff", se92=b"123")
    fields = masked_fields(purchase(de48=raw), "cp037")
    assert fields["48"] == {"tcc": "T", "61": "00001", "72": "01FF", "92": "masked"}


def test_a_tokens_account_number_is_shown_as_a_card_number_is() -> None:
    raw = additional_data(se33=f"0101C0216{OTHER_CARD}03042912".encode("cp037"))
    fields = masked_fields(purchase(de48=raw), "cp037")
    assert fields["48"] == {"tcc": "T", "33": {"01": "C", "02": "541333******0027", "03": "2912"}}


@pytest.mark.parametrize("content", [OTHER_CARD, f"0216{OTHER_CARD}9", f"C{OTHER_CARD}"])
def test_a_token_that_does_not_follow_its_layout_is_masked_whole(content: str) -> None:
    fields = masked_fields(purchase(de48=additional_data(se33=content.encode("cp037"))), "cp037")
    assert fields["48"] == {"tcc": "T", "33": "masked"}


def test_nested_subelements_are_shown_by_their_ids() -> None:
    raw = additional_data(
        se22="0504C101".encode("cp037"), se37="0106123456020512345".encode("cp037"), se42="0103212".encode("cp037"),
        se66="010120236550e8400-e29b-41d4-a716-446655440000".encode("cp037"),
    )  # fmt: skip
    assert masked_fields(purchase(de48=raw), "cp037")["48"] == {
        "tcc": "T",
        "22": {"05": "C101"},
        "37": {"01": "123456", "02": "12345"},
        "42": {"01": "212"},
        "66": {"01": "2", "02": "550e8400-e29b-41d4-a716-446655440000"},
    }


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


@pytest.mark.parametrize("number", [*FREE_ELEMENTS, *SECRET_ELEMENTS])
@pytest.mark.parametrize("text", ["{}", "PAY {} NOW", "0016{}", "001016{}", "01016{}"])
def test_somebody_elses_card_number_is_hidden_in_every_element_of_text(number: int, text: str) -> None:
    value = text.format(OTHER_CARD)
    shown = json.dumps(masked_fields(Message("0100", {2: PAN, number: value}), "cp037"))
    assert OTHER_CARD not in "".join(filter(str.isdigit, shown)) or number in (61, 63)
    assert OTHER_CARD not in shown


@pytest.mark.parametrize("number", [61, 63])
@pytest.mark.parametrize("text", ["{}", "0016{}", "{}0000"])
def test_a_card_number_is_not_spread_over_the_positions_of_an_element(number: int, text: str) -> None:
    shown = masked_fields(Message("0100", {number: text.format(OTHER_CARD)}), "cp037")[str(number)]
    assert isinstance(shown, str)
    assert "541333******0027" in shown


@pytest.mark.parametrize("identifier", ["01", "21", "23", "37", "43", "66", "75", "95", "97"])
@pytest.mark.parametrize("text", ["{}", "0116{}", "\x00{}\x01"])
def test_somebody_elses_card_number_is_hidden_in_every_subelement(identifier: str, text: str) -> None:
    value = text.format(OTHER_CARD).encode("cp037")
    shown = json.dumps(masked_fields(Message("0100", {48: additional_data(**{identifier: value})}), "cp037"))
    assert OTHER_CARD not in shown
    assert OTHER_CARD.encode("cp037").hex().upper() not in shown


@pytest.mark.parametrize("value", [bytes.fromhex(OTHER_CARD), OTHER_CARD.encode(), bytes.fromhex("00" + OTHER_CARD + "FF")])
def test_somebody_elses_card_number_is_hidden_in_tags_that_no_table_names(value: bytes) -> None:
    icc = build_icc_data([("DF01", value), ("9F36", b"\x00\x07"), ("70", build_icc_data([("DF02", value), ("5A", value)]))])
    fields = masked_fields(Message("0100", {55: icc}), "cp037")
    assert fields["55"] == {"DF01": "masked", "9F36": "0007", "70": {"DF02": "masked", "5A": "masked"}}


def test_a_template_that_cannot_be_opened_is_masked_and_the_rest_shown() -> None:
    fields = masked_fields(Message("0100", {55: bytes.fromhex("9C0100 7003 5A0854 9A03261125")}), "cp037")
    assert fields["55"] == {"9C": "00", "70": "masked", "9A": "261125"}


def test_a_tag_given_twice_is_shown_twice() -> None:
    icc = build_icc_data([("86", b"\x01"), ("86", b"\x02")])
    assert masked_fields(Message("0100", {55: icc}), "cp037")["55"] == {"86": "01", "86#2": "02"}


def test_numbers_with_a_form_of_their_own_stay_readable() -> None:
    message = purchase(de42=OTHER_CARD[:15], de90="010000000111211011120000001234500000012345", de105=f"001022{'4' * 22}")
    fields = masked_fields(message, "cp037")
    assert (fields["37"], fields["42"]) == ("632510000001", OTHER_CARD[:15])
    assert fields["63"] == {"1": "MCC", "2": "123456"}
    assert fields["90"] == {"1": "0100", "2": "000001", "3": "1121101112", "4": "00000012345", "5": "00000012345"}


@given(
    st.sampled_from("012"), st.text("0123456789", min_size=6, max_size=6), st.text("0123456789", min_size=7, max_size=7),
    st.text("0123456789", max_size=10),
)  # fmt: skip
def test_pos_data_that_follows_its_layout_stays_readable(attendance: str, first: str, second: str, postal_code: str) -> None:
    text = f"{attendance}0{first}0{second}{postal_code}"
    shown = masked_fields(Message("0100", {61: text}), "cp037")["61"]
    assert isinstance(shown, dict)
    assert "".join(shown.values()) == text


def test_a_short_de_61_is_shown_as_far_as_it_goes() -> None:
    shown = masked_fields(Message("0100", {61: "1025100006000840"}), "cp037")["61"]
    assert isinstance(shown, dict)
    assert (shown["7"], shown["13"], len(shown)) == ("0", "840", 13)


def test_amounts_originals_and_replacements_are_shown_in_their_parts() -> None:
    message = purchase(de54="0057978C000000001000" * 2, de95="000000000500" * 3 + "000000", de60="1050000TEXT")
    fields = masked_fields(message, "cp037")
    assert fields["54"] == [{"account_type": "00", "amount_type": "57", "currency": "978", "amount_minor": 1000}] * 2
    assert fields["95"] == {"1": "000000000500", "2": "000000000500", "3": "000000000500", "4": "000000"}
    assert fields["60"] == {"1": "105", "2": "0000", "3": "TEXT"}


def test_people_and_accounts_inside_tagged_elements_are_known_by_their_ids_only() -> None:
    message = purchase(
        de104=f"001004{'A' * 4}002003100", de105="001002AB", de108="010100106MILANO030120108PAYMENTS", de112="001002XY", de120="0205ABCDE",
    )  # fmt: skip
    fields = masked_fields(message, "cp037")
    assert fields["104"] == {"001": "masked", "002": "100"}
    assert fields["105"] == {"001": "AB"}
    assert fields["108"] == {"01": {"01": "masked"}, "03": {"01": "masked"}}
    assert fields["112"] == {"001": "XY"}
    assert fields["120"] == {"02": "masked"}


@pytest.mark.parametrize("mti", ["0302", "0620"])
def test_records_and_texts_of_de_120_are_masked_whole(mti: str) -> None:
    assert masked_fields(Message(mti, {120: "0205ABCDE"}), "cp037") == {"120": "masked"}


def test_what_no_table_names_is_counted_by_its_element() -> None:
    counted: Counter[int] = Counter()
    raw = additional_data(se01=b"", se61="00001".encode("cp037"), se42="0900".encode("cp037"))
    icc = build_icc_data([("DF01", b"x"), ("9F36", b"x")])
    message = purchase(de48=raw, de55=icc, de105="999001X", de108="010040100")
    masked_fields(message, "cp037", lambda element: counted.update([element]))
    assert counted == {48: 2, 55: 1, 105: 1}


@given(MESSAGES)
def test_any_message_masks_to_json_without_its_pan_or_nul(message: Message) -> None:
    shown = json.dumps(masked_fields(message, "cp037"))
    pan = message.text(2)
    assert "\\u0000" not in shown
    assert len(pan) < 13 or pan not in shown


@given(MESSAGES, st.sampled_from(["cp037", "ascii"]))
def test_an_answer_is_masked_as_if_by_itself(message: Message, character_set: str) -> None:
    message = Message("0100", message.elements)
    reply = Message("0110", {**{n: v for n, v in message.elements.items() if n != 41}, 39: "00", 38: "123456"})
    masked = masked_fields(message, character_set)
    assert masked_answer(reply, message, masked, character_set) == masked_fields(reply, character_set)
