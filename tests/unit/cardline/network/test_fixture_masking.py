"""Nothing of a card outside the test range may be found in a masked message, in whatever element and spelling it stood."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_samples import MESSAGES, PAN
from wire_samples import purchase as any_purchase

from authorizer.card_numbers import hide_card_numbers
from authorizer.pan import luhn_check_digit
from cardline.network.fixture_masking import FixtureMask
from simulator.fixtures.values import flattened
from switch.iso8583 import Codec, Message

FOREIGN = "4" + "1" * 15
"""A number of the field's test vectors; in one piece it would be one too many in this file."""
OTHER = "55" + "0" * 13
OTHER += luhn_check_digit(OTHER)
CODEC = Codec("cp037")


def ebcdic(text: str) -> bytes:
    return text.encode("cp037")


def purchase(**changed: Any) -> Message:
    """With private data that can be taken apart."""
    return any_purchase(**{"de48": ebcdic("R6105000019203123")} | changed)


def with_card(pan: str) -> dict[str, Any]:
    """A message full of the card: what a recording may meet at the worst."""
    packed = bytes.fromhex(pan)
    chip = b"\x5a\x08" + packed + b"\x57\x13" + bytes.fromhex(f"{pan}D29122010000012345000F"[:38].ljust(38, "F"))
    return {
        "de2": pan,
        "de14": "2912",
        "de34": pan.ljust(19),
        "de35": f"{pan}=29122010000012345000",
        "de36": pan * 2,
        "de43": f"{pan[:4]} {pan[4:8]} {pan[8:12]} {pan[12:]}".ljust(40),
        "de45": f"B{pan}^DOE/JANE^29122010000012345000",
        "de48": ebcdic(f"R332002{len(pan)}{pan}") + ebcdic("9203987") + ebcdic("4306UCAF==") + ebcdic(f"8816{pan}"),
        "de52": bytes.fromhex("0123456789ABCDEF"),
        "de55": chip + bytes.fromhex("9F2608A1B2C3D4E5F60718") + b"\x5f\x20\x08DOE/JANE" + b"\x9f\x36\x02\x00\x42",
        "de102": pan,
        "de103": pan,
        "de104": "001010CRYPTOGRAM" + f"003016{pan}",
        "de108": f"01022{'01'}18{pan}AB",
        "de110": "secret key block",
        "de120": "0109SOME ROAD",
        "de123": f"thank you, {pan}",
        "de124": pan,
        "de125": bytes.fromhex("0123456789ABCDEF"),
    }


def masked(message: Message, *, is_clear: bool = False) -> Message | None:
    return FixtureMask("cp037", is_clear=is_clear)(message)


def everything(message: Message) -> str:
    """All that could be read of it: as it is written into a fixture, as characters and as packed digits."""
    payload = CODEC.encode(message)
    written = " ".join(flattened(message, "cp037").values())
    return " ".join([written, payload.decode("cp037"), payload.decode("latin-1"), payload.hex()]).replace(" ", "")


def test_a_message_of_a_test_card_stays_as_it_is() -> None:
    message = purchase(**with_card(PAN))
    assert masked(message) == message


@pytest.mark.parametrize(
    "secret", [FOREIGN, "DOE", "CRYPTOGRAM", "secretkey", "SOMEROAD", "9203987", "UCAF", "0123456789abcdef", "a1b2c3d4e5f60718"]
)
def test_of_another_card_nothing_is_left(secret: str) -> None:
    message = purchase(**with_card(FOREIGN))
    assert secret in everything(message), "the test would see it"
    kept = masked(message)
    assert kept is not None
    assert secret not in everything(kept)
    assert "0000012345" not in everything(kept)


@pytest.mark.parametrize("element", [2, 34, 35, 36, 43, 45, 48, 55, 102, 103, 104, 108, 123, 124])
def test_no_single_element_gives_the_number_away(element: int) -> None:
    key = f"de{element}"
    message = purchase(**({"de2": None} | {key: with_card(FOREIGN)[key]}))
    kept = masked(message)
    assert kept is not None
    assert FOREIGN not in everything(kept)


def test_lengths_and_what_is_no_card_data_stay() -> None:
    message = purchase(**with_card(FOREIGN))
    kept = masked(message)
    assert kept is not None
    assert {number: len(value) for number, value in kept.elements.items()} == {n: len(v) for n, v in message.elements.items()}
    for number in (3, 4, 7, 11, 18, 32, 37, 41, 42, 61, 63):
        assert kept.elements[number] == message.elements[number]
    assert flattened(kept, "cp037")["55.9F36"] == "0042"


def test_a_card_is_the_same_in_every_message_and_another_than_the_next() -> None:
    mask = FixtureMask("cp037", is_clear=False)
    kept = [mask(purchase(de2=pan)) for pan in (FOREIGN, OTHER, FOREIGN)]
    one, other, again = (message.text(2) for message in kept if message is not None)
    assert one == again != other
    for number in (one, other):
        assert number.startswith("541333")
        assert luhn_check_digit(number[:-1]) == number[-1]


def test_track_and_chip_name_the_card_that_replaced_it() -> None:
    kept = masked(purchase(**with_card(FOREIGN)))
    assert kept is not None
    assert kept.text(35) == f"{kept.text(2)}=2912201" + "0" * 13
    assert flattened(kept, "cp037")["55.5A"] == kept.text(2)
    assert kept.text(45).startswith(f"B{kept.text(2)}^XXXXXXXX^2912201")


def test_another_card_in_the_text_of_a_test_cards_message_is_starred_and_the_secrets_beside_it_go() -> None:
    text = f"see {FOREIGN}".ljust(40)
    kept = masked(purchase(de43=text, de52=bytes(range(8))))
    assert kept is not None
    assert kept.text(43) == f"see {FOREIGN[:6]}******{FOREIGN[-4:]}".ljust(40)
    assert kept.raw(52) == bytes(8)


HIDDEN = {
    "packed in private data": {48: ebcdic("R9808") + bytes.fromhex(FOREIGN)},
    "packed with a zero in front and a filler behind": {48: ebcdic("R9809") + bytes.fromhex(f"0{FOREIGN}F")},
    "between other bytes of private data": {48: ebcdic("R7212") + b"\x00\xff" + bytes.fromhex(FOREIGN) + b"\x0f\x01"},
    "private data with a blank in the number": {48: ebcdic(f"R9617{FOREIGN[:8]} {FOREIGN[8:]}")},
    "private data of no layout": {48: ebcdic(f"R9{FOREIGN}zz")},
    "private data of no layout, packed": {48: ebcdic("R9") + bytes.fromhex(FOREIGN)},
    "a tag of no name": {55: bytes.fromhex(f"9F2608A1B2C3D4E5F60718DF0108{FOREIGN}")},
    "a tag of no name, in a template": {55: bytes.fromhex(f"9F2608A1B2C3D4E5F60718BF0C0BDF0108{FOREIGN}")},
    "a tag of no name, in characters": {55: bytes.fromhex("9F2608A1B2C3D4E5F60718DF0110") + FOREIGN.encode()},
    "chip data that is no TLV": {55: bytes.fromhex(f"9F2608A1B2C3D4E5F607189F269F{FOREIGN}")},
    "dots": {112: ".".join(FOREIGN[at : at + 4] for at in range(0, 16, 4))},
    "slashes and blanks": {124: "pay " + " / ".join(FOREIGN[at : at + 4] for at in range(0, 16, 4))},
    "every digit by itself": {112: "-".join(FOREIGN)},
    "glued to other digits": {126: f"0016{FOREIGN}2911"},
    "track 2 with another service code": {34: f"{FOREIGN[:5]} {FOREIGN[5:]}"},
}


@pytest.mark.parametrize("elements", HIDDEN.values(), ids=HIDDEN.keys())
def test_another_card_in_any_writing_is_taken_out_of_a_test_cards_message_with_the_secrets(elements: dict[int, Any]) -> None:
    secrets: dict[int, Any] = {48: ebcdic("R9203987"), 52: bytes.fromhex("0123456789ABCDEF")}
    message = purchase()
    message = Message(message.mti, message.elements | secrets | elements)
    kept = masked(message)
    assert kept is not None
    assert FOREIGN not in re.sub("[^0-9]", "", " ".join(flattened(kept, "cp037").values()))
    for secret in (FOREIGN, "9203987", "0123456789abcdef", "a1b2c3d4e5f60718"):
        assert secret not in everything(kept)
    assert [len(value) for value in kept.elements.values()] == [len(value) for value in message.elements.values()]
    assert masked(message, is_clear=True) is None


def test_of_another_card_no_free_text_is_left_in_whatever_writing() -> None:
    slashes = "/".join(FOREIGN[at : at + 4] for at in range(0, 16, 4))
    kept = masked(purchase(de2=FOREIGN, de112=f"cvc 987 {slashes} pin 4711", de62="cvc 987", de60=f"1910000{slashes}"))
    assert kept is not None
    assert set(kept.text(112)) == set(kept.text(62)) == {"0"}
    assert kept.text(60) == "1910000" + "0" * 19


def test_of_another_card_no_subelement_or_tag_is_left_that_has_no_name() -> None:
    kept = masked(
        purchase(de2=FOREIGN, de48=ebcdic("R9603pin610500000"), de55=bytes.fromhex("DF0104DEADBEEF9F360200429F6E02AABB"))
    )
    assert kept is not None
    assert kept.raw(48) == ebcdic("R9603000610500000")
    assert kept.raw(55) == bytes.fromhex("DF0104000000009F360200429F6E020000")


def test_of_a_test_card_what_cannot_be_taken_apart_is_overwritten_and_the_rest_stays() -> None:
    message = purchase(de48=ebcdic("R61"), de52=bytes(range(8)), de55=b"\x5a\x20\x01")
    kept = masked(message)
    assert kept is not None
    assert kept == Message(message.mti, message.elements | {48: ebcdic("000"), 55: bytes(3)})
    assert masked(message, is_clear=True) == message


def test_of_a_test_card_bytes_of_no_known_meaning_that_could_be_a_number_are_overwritten() -> None:
    kept = masked(purchase(de48=ebcdic("R9607") + bytes(range(7)), de55=bytes.fromhex("DF010701020304050607DF0201AA")))
    assert kept is not None
    assert kept.raw(48) == ebcdic("R9607" + "0" * 7)
    assert kept.raw(55) == bytes.fromhex("DF010700000000000000DF0201AA")


def test_an_account_beside_a_test_card_makes_it_no_other_card() -> None:
    message = purchase(de52=bytes(range(8)), de102="DE" + "12" + "0" * 16 + "17")
    assert masked(message) == message


def test_amounts_are_no_card_numbers() -> None:
    texts = (f"0002978C{amount:012d}0057978C000000000500" for amount in range(410_000_000_000, 410_000_000_100))
    text = next(text for text in texts if hide_card_numbers(text) != text)
    assert masked(purchase(de54=text)) == purchase(de54=text)


def test_a_test_card_in_text_stays() -> None:
    message = purchase(de43=f"see {PAN}".ljust(40))
    assert masked(message) == message


def test_a_reply_that_does_not_name_its_card_is_kept_as_its_requests() -> None:
    reply = Message("0110", {7: "1121101112", 11: "000001", 39: "00", 44: "", 55: bytes.fromhex("9108A1B2C3D4E5F60718")})
    kept = FixtureMask("cp037", is_clear=False)(reply, PAN)
    assert kept == reply
    reply = Message(reply.mti, reply.elements | {44: FOREIGN})
    other = FixtureMask("cp037", is_clear=False)(reply, FOREIGN)
    assert other is not None
    assert other.raw(55) == bytes.fromhex("9108") + bytes(8)
    assert other.text(44).startswith("541333")


def test_keys_in_a_message_without_a_card_are_overwritten() -> None:
    message = Message("0800", {7: "1121101112", 11: "000001", 48: ebcdic("1108KEYBLOCK"), 70: "161", 96: b"password"})
    kept = masked(message)
    assert kept == Message("0800", message.elements | {48: ebcdic("1108") + ebcdic("0" * 8), 96: bytes(8)})


def test_in_clear_test_cards_and_messages_without_a_card_stay_whole() -> None:
    signing_on = Message("0800", {7: "1121101112", 11: "000001", 70: "061", 96: b"password"})
    for message in (purchase(**with_card(PAN)), signing_on):
        assert masked(message, is_clear=True) == message


@pytest.mark.parametrize("changed", [{"de2": FOREIGN}, {"de35": f"{FOREIGN}=2912"}, {"de43": f"see {FOREIGN}".ljust(40)}])
def test_in_clear_a_message_that_names_another_card_is_refused(changed: dict[str, Any]) -> None:
    assert masked(purchase(**changed), is_clear=True) is None


@given(message=MESSAGES, raw=st.binary(max_size=80), is_clear=st.booleans(), character_set=st.sampled_from(["cp037", "ascii"]))
@settings(max_examples=30)
def test_no_message_is_too_odd_to_be_masked(message: Message, raw: bytes, is_clear: bool, character_set: str) -> None:
    number = FOREIGN.encode("cp037" if character_set == "cp037" else "ascii")
    odd = Message(message.mti, message.elements | {48: raw + number, 55: raw})
    kept = FixtureMask(character_set, is_clear=is_clear)(odd)
    if kept is not None:
        assert kept.elements.keys() == odd.elements.keys()
        assert number not in Codec(character_set).encode(kept)


def test_a_subelement_of_any_bytes_is_masked_in_ascii_too() -> None:
    raw = b"R8818" + b"\xe9\xff" + FOREIGN.encode() + b"9203123"
    kept = FixtureMask("ascii", is_clear=False)(purchase(de48=raw))
    assert kept is not None
    assert kept.raw(48) == b"R8818" + b"\xe9\xff" + f"{FOREIGN[:6]}******{FOREIGN[-4:]}".encode() + b"9203000"


def test_a_group_that_signs_on_is_no_card() -> None:
    signing_on = Message("0800", {2: "00541", 7: "1121101112", 11: "000001", 70: "061"})
    assert masked(signing_on) == signing_on
    assert masked(signing_on, is_clear=True) == signing_on


def test_a_number_too_short_to_be_looked_for_is_overwritten_where_it_stands() -> None:
    kept = masked(purchase(de2="501800000009"))
    assert kept is not None
    assert kept.text(2) == "0" * 12
    assert kept.text(4) == purchase().text(4)
    assert masked(purchase(de2="501800000009"), is_clear=True) is None


@pytest.mark.parametrize("raw", [ebcdic("R61"), ebcdic("R") + bytes(9)])
def test_private_data_that_cannot_be_taken_apart_is_overwritten(raw: bytes) -> None:
    kept = masked(purchase(de2=FOREIGN, de48=raw))
    assert kept is not None
    assert kept.raw(48) == ebcdic("0" * len(raw))


def test_chip_data_that_cannot_be_taken_apart_is_overwritten() -> None:
    kept = masked(purchase(de2=FOREIGN, de55=b"\x5a\x20" + bytes.fromhex(FOREIGN)))
    assert kept is not None
    assert kept.raw(55) == bytes(10)
