"""Vectors of the card-network reference; psec is the oracle wherever its CVV finds three digits in the first pass."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from psec import cvv as psec_cvv
from psec import des as psec_des
from psec import pin as psec_pin
from psec import pinblock as psec_pinblock

from authorizer.crypto.pin_block import PinBlockFormat, clear_pin_block
from authorizer.hsm import SoftwareHsm, key_check_value
from authorizer.keyring import default_ring
from authorizer.pan import Pan

# psec still takes 3DES from where it used to be.
pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
PIN_KEY = bytes.fromhex("404142434445464748494A4B4C4D4E4F")
PAN = Pan("5413330000000001")

pans = st.text("0123456789", min_size=13, max_size=19)
pins = st.text("0123456789", min_size=4, max_size=12)


def _hsm(*, cvk: bytes = KEY, pvk: bytes = KEY, pvk_index: int = 1, pin_key: bytes = PIN_KEY) -> SoftwareHsm:
    return SoftwareHsm(default_ring(cvk=cvk, pvk=pvk, pvk_index=pvk_index, pin_key=pin_key))


@pytest.mark.parametrize(
    ("key", "pan", "expiry", "service_code", "expected"),
    [
        ("99999999999999998888888888888888", "2222222222222222", "3333", "111", "361"),
        (KEY.hex(), "1234567890123456", "9912", "220", "170"),
        (KEY.hex(), "5100000000003075", "2912", "201", "324"),
        (KEY.hex(), "5100000000045762", "2912", "201", "615"),
        (KEY.hex(), "5100000000047015", "2912", "201", "944"),
    ],
)
def test_the_cvc_agrees_with_the_vectors(key: str, pan: str, expiry: str, service_code: str, expected: str) -> None:
    assert _hsm(cvk=bytes.fromhex(key)).cvc(Pan(pan), expiry, service_code) == expected


@settings(max_examples=50)
@given(pans, st.sampled_from(["2912", "3001"]), st.sampled_from(["000", "201", "999"]))
def test_the_cvc_agrees_with_psec(pan: str, expiry: str, service_code: str) -> None:
    expected = psec_cvv.generate_cvv(KEY, pan, expiry, service_code)
    assume(len(expected) == 3)
    assert _hsm().cvc(Pan(pan), expiry, service_code) == expected


@settings(max_examples=200)
@given(pans)
def test_a_cvc_always_has_three_digits(pan: str) -> None:
    cvc = _hsm().cvc(Pan(pan), "2912", "000")
    assert len(cvc) == 3
    assert cvc.isdigit()


def test_the_cvc2_is_the_one_of_service_code_000() -> None:
    hsm = _hsm()
    right = hsm.cvc(PAN, "2912", "000")
    assert hsm.verify_cvc2(PAN, "2912", right)
    assert not hsm.verify_cvc2(PAN, "3001", right)
    assert not hsm.verify_cvc2(PAN, "2912", f"{(int(right) + 1) % 1000:03}")
    assert not hsm.verify_cvc2(PAN, "2912", "")
    assert not hsm.verify_cvc2(PAN, "2912", "é")


@pytest.mark.parametrize(
    ("key", "pan", "index", "pin", "expected"),
    [
        (KEY.hex(), "1122334455667788", 1, "4524", "8523"),
        (KEY.hex(), "1122334455667788", 2, "1912", "3244"),
        (KEY.hex(), "1122334455667788", 3, "4524", "4021"),
        (KEY.hex(), "1122334455667718", 1, "0570", "3144"),
        (KEY.hex(), "1122334455667708", 1, "8299", "4422"),
    ],
)
def test_the_pvv_agrees_with_the_vectors(key: str, pan: str, index: int, pin: str, expected: str) -> None:
    assert _hsm(pvk=bytes.fromhex(key), pvk_index=index).pvv(Pan(pan), pin) == expected


@settings(max_examples=100)
@given(pans, st.text("0123456789", min_size=4, max_size=4), st.integers(0, 6))
def test_the_pvv_agrees_with_psec(pan: str, pin: str, index: int) -> None:
    expected = psec_pin.generate_visa_pvv(KEY, str(index), pin, pan)
    assert _hsm(pvk_index=index).pvv(Pan(pan), pin) == expected


@pytest.mark.parametrize(
    ("pin", "pan", "expected"),
    [
        ("1234", "5555555551234567", "041261AAAAEDCBA9"),
        ("1234", "4441234567890123", "041226CBA9876FED"),
        ("1234", "1111222233334444", "041226DDDCCCCBBB"),
        ("123456789012", "5555555551234567", "0C1261032D8226A9"),
    ],
)
def test_the_clear_pin_block_agrees_with_the_vectors(pin: str, pan: str, expected: str) -> None:
    assert clear_pin_block(PinBlockFormat.ISO_0, pin, Pan(pan)).hex().upper() == expected


def test_the_encrypted_pin_block_agrees_with_the_vector() -> None:
    block = _hsm(pin_key=bytes(16)).encrypt_pin_block("1234", Pan("1111222233334444"))
    assert block.hex().upper() == "4C0906D10308871A"


@settings(max_examples=50)
@given(pans, pins)
def test_the_encrypted_pin_block_agrees_with_psec(pan: str, pin: str) -> None:
    clear = psec_pinblock.encode_pinblock_iso_0(pin, pan)
    assert _hsm().encrypt_pin_block(pin, Pan(pan)) == psec_des.encrypt_tdes_ecb(PIN_KEY, clear)


@settings(max_examples=50)
@given(pans, pins)
def test_a_pin_block_gives_the_pvv_of_its_pin(pan: str, pin: str) -> None:
    hsm = _hsm()
    assert hsm.pin_block_pvv(hsm.encrypt_pin_block(pin, Pan(pan)), Pan(pan)) == hsm.pvv(Pan(pan), pin)


@settings(max_examples=200)
@given(st.binary(max_size=16))
def test_any_bytes_as_a_pin_block_give_a_pvv_or_none(block: bytes) -> None:
    pvv = _hsm().pin_block_pvv(block, PAN)
    assert pvv is None or len(pvv) == 4


def test_a_pin_block_for_another_card_or_key_holds_no_pin() -> None:
    hsm = _hsm()
    block = hsm.encrypt_pin_block("1234", PAN)
    assert _hsm(pin_key=KEY).pin_block_pvv(block, PAN) is None
    assert hsm.pin_block_pvv(block, Pan("5413339999999998")) is None
    assert hsm.pin_block_pvv(block[:7], PAN) is None


@pytest.mark.parametrize("pin", ["123", "1234567890123", "12a4", "", "١٢٣٤"])
def test_what_is_no_pin_is_refused_without_showing_it(pin: str) -> None:
    with pytest.raises(ValueError, match="4 to 12 digits") as refusal:
        _hsm().encrypt_pin_block(pin, PAN)
    assert not pin or pin not in str(refusal.value)


def test_key_check_values_agree_with_the_vectors() -> None:
    assert key_check_value(KEY).startswith("08D7")
    assert key_check_value(bytes.fromhex("67C4A7191ADAFD086432CE0DD6384AB8")) == "20D40B"
    assert key_check_value(bytes.fromhex("0A227E33F5C0BEACD7B7DB09723ABB48")) == "05EE1D"


def test_keys_of_another_length_are_refused_and_keys_are_never_shown() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        _hsm(pvk=KEY[:8])
    with pytest.raises(ValueError, match="one digit"):
        _hsm(pvk_index=10)
    assert KEY.hex() not in repr(_hsm()).lower()
