"""Published blocks of each format (psec and cardutil tests, the ep2 example of format 4), psec as the oracle."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psec import pinblock
from vectors import pans, pins

from authorizer.crypto.aes import Aes
from authorizer.crypto.des import Tdes
from authorizer.crypto.pin_block import (
    PinBlockFault,
    PinBlockFormat,
    clear_pin_block,
    decipher_format_4,
    encipher_format_4,
    read_pin_block,
)
from authorizer.pan import Pan

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

PAN = Pan("5413330000000001")
CLEAR_FORMATS = [form for form in PinBlockFormat if form is not PinBlockFormat.ISO_4]
AES_KEY = bytes.fromhex("00112233445566778899AABBCCDDEEFF")


@pytest.mark.parametrize(
    ("form", "pin", "pan", "expected"),
    [
        (PinBlockFormat.ISO_0, "1234", "5555555551234567", "041261AAAAEDCBA9"),
        (PinBlockFormat.ISO_0, "1234", "4441234567890123", "041226CBA9876FED"),
        (PinBlockFormat.ISO_0, "1234", "1111222233334444", "041226DDDCCCCBBB"),
        (PinBlockFormat.ISO_0, "123456789012", "5555555551234567", "0C1261032D8226A9"),
        (PinBlockFormat.ISO_2, "1234", "5413330000000001", "241234FFFFFFFFFF"),
    ],
)
def test_clear_blocks_agree_with_the_vectors(form: PinBlockFormat, pin: str, pan: str, expected: str) -> None:
    block = clear_pin_block(form, pin, Pan(pan))
    assert block.hex().upper() == expected
    assert read_pin_block(form, block, Pan(pan)) == pin


def test_the_enciphered_block_of_format_0_agrees_with_the_vector() -> None:
    clear = clear_pin_block(PinBlockFormat.ISO_0, "1234", Pan("1111222233334444"))
    assert Tdes(bytes(16)).encrypt(clear).hex().upper() == "4C0906D10308871A"


def test_format_4_agrees_with_the_vector() -> None:
    block = encipher_format_4(Aes(AES_KEY), "1234", Pan("1234567890123456789"), b"\xff" * 8)
    assert block.hex().upper() == "28B41FDDD29B743E93124BD8E32D921E"


def test_the_ep2_example_of_format_4_holds_its_pin() -> None:
    key = Aes(bytes.fromhex("C1D0F8FB4958670DBA40AB1F3752EF0D"))
    assert decipher_format_4(key, bytes.fromhex("CC17F65586BFD0953010226C4FC5B3CA"), Pan("432198765432109870")) == "1234"


@settings(max_examples=200)
@given(pans, pins, st.sampled_from(CLEAR_FORMATS))
def test_what_was_written_is_read_again(pan: str, pin: str, form: PinBlockFormat) -> None:
    assert read_pin_block(form, clear_pin_block(form, pin, Pan(pan)), Pan(pan)) == pin


@settings(max_examples=200)
@given(pans, pins)
def test_psec_reads_our_blocks_and_we_read_those_of_psec(pan: str, pin: str) -> None:
    card, aes = Pan(pan), Aes(AES_KEY)
    assert clear_pin_block(PinBlockFormat.ISO_0, pin, card) == pinblock.encode_pinblock_iso_0(pin, pan)
    assert clear_pin_block(PinBlockFormat.ISO_2, pin, card) == pinblock.encode_pinblock_iso_2(pin)
    assert pinblock.decode_pinblock_iso_3(clear_pin_block(PinBlockFormat.ISO_3, pin, card), pan) == pin
    assert read_pin_block(PinBlockFormat.ISO_3, pinblock.encode_pinblock_iso_3(pin, pan), card) == pin
    assert pinblock.decipher_pinblock_iso_4(AES_KEY, encipher_format_4(aes, pin, card), pan) == pin
    assert decipher_format_4(aes, pinblock.encipher_pinblock_iso_4(AES_KEY, pin, pan), card) == pin


@settings(max_examples=500)
@given(st.binary(max_size=20), st.sampled_from(CLEAR_FORMATS))
def test_any_bytes_hold_a_pin_or_have_a_fault(block: bytes, form: PinBlockFormat) -> None:
    found = read_pin_block(form, block, PAN)
    assert isinstance(found, PinBlockFault) or 4 <= len(found) <= 12


@pytest.mark.parametrize(
    ("form", "block", "fault"),
    [
        (PinBlockFormat.ISO_2, "241234FFFFFFFF", PinBlockFault.BLOCK_LENGTH),
        (PinBlockFormat.ISO_2, "", PinBlockFault.BLOCK_LENGTH),
        (PinBlockFormat.ISO_2, "141234FFFFFFFFFF", PinBlockFault.CONTROL_DIGIT),
        (PinBlockFormat.ISO_2, "23123FFFFFFFFFFF", PinBlockFault.PIN_LENGTH),
        (PinBlockFormat.ISO_2, "2D12345678901234", PinBlockFault.PIN_LENGTH),
        (PinBlockFormat.ISO_2, "24123AFFFFFFFFFF", PinBlockFault.PIN_DIGITS),
        (PinBlockFormat.ISO_2, "241234FFFFFFFFF0", PinBlockFault.FILL),
    ],
)
def test_each_fault_of_a_block_is_named(form: PinBlockFormat, block: str, fault: PinBlockFault) -> None:
    assert read_pin_block(form, bytes.fromhex(block), PAN) is fault


def test_the_fill_of_format_3_is_letters_only() -> None:
    pan_field = bytes.fromhex("0000" + PAN.clear[-13:-1])
    block = bytes(a ^ b for a, b in zip(bytes.fromhex("341234ABCDEFABC9"), pan_field, strict=True))
    assert read_pin_block(PinBlockFormat.ISO_3, block, PAN) is PinBlockFault.FILL


def test_a_block_of_format_4_for_another_card_or_key_holds_no_pin() -> None:
    key = Aes(AES_KEY)
    block = encipher_format_4(key, "1234", PAN, bytes(8))
    assert isinstance(decipher_format_4(key, block, Pan("5413339999999998")), PinBlockFault)
    assert isinstance(decipher_format_4(Aes(AES_KEY[::-1]), block, PAN), PinBlockFault)
    assert decipher_format_4(key, block[:8], PAN) is PinBlockFault.BLOCK_LENGTH


@pytest.mark.parametrize("form", PinBlockFormat)
@pytest.mark.parametrize("pin", ["123", "1234567890123", "12a4", "", "١٢٣٤"])
def test_what_is_no_pin_makes_no_block_and_is_not_shown(form: PinBlockFormat, pin: str) -> None:
    with pytest.raises(ValueError, match="4 to 12 digits") as refusal:
        clear_pin_block(form, pin, PAN)
    assert not pin or pin not in str(refusal.value)


def test_format_4_has_no_clear_block() -> None:
    with pytest.raises(ValueError, match="enciphered"):
        clear_pin_block(PinBlockFormat.ISO_4, "1234", PAN)


def test_the_random_fill_differs_from_block_to_block() -> None:
    for form in (PinBlockFormat.ISO_1, PinBlockFormat.ISO_3):
        assert len({clear_pin_block(form, "1234", PAN) for _ in range(20)}) > 1
    assert len({encipher_format_4(Aes(AES_KEY), "1234", PAN) for _ in range(20)}) == 20
