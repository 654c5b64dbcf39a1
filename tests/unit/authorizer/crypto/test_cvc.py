"""Static codes against psec (where its CVV finds three digits at once), dynamic ones against pyemv and its vector."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from psec import cvv as psec_cvv
from pyemv import cvv as pyemv_cvv
from vectors import KEY, keys, pans

from authorizer.crypto.check_value import key_check_value
from authorizer.crypto.cvc import Cvk, cvc, decimal_digits
from authorizer.crypto.cvc3 import cvc3, track2_template
from authorizer.crypto.des import Tdes
from authorizer.crypto.emv_keys import icc_master_key
from authorizer.pan import Pan

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

TRACK = "5123456789012345D35121010000000000000F"


@settings(max_examples=200)
@given(keys, pans, st.sampled_from(["2912", "3001"]), st.sampled_from(["000", "201", "999"]))
def test_the_cvc_agrees_with_psec_under_any_key(key: bytes, pan: str, expiry: str, service_code: str) -> None:
    expected = psec_cvv.generate_cvv(key, pan, expiry, service_code)
    assume(len(expected) == 3)
    assert cvc(Cvk(key), Pan(pan), expiry, service_code) == expected


@pytest.mark.parametrize(
    ("block", "digits"), [("A1B2C3FFFFFFFFFF", "1230"[:3]), ("ABCDEFABCDEFABC1", "101"), ("ABCDEFABCDEFABCD", "012")]
)
def test_a_second_pass_takes_letters_where_digits_are_too_few(block: str, digits: str) -> None:
    assert decimal_digits(bytes.fromhex(block), 3) == digits


def test_the_cvc3_agrees_with_the_vector_of_pyemv() -> None:
    icc_key = icc_master_key(Tdes(bytes.fromhex("01234567899876543210012345678998")), Pan("5123456789012345"), "00")
    assert key_check_value(icc_key)[:4] == "BB8F"
    code = cvc3(icc_key, bytes.fromhex(TRACK), bytes.fromhex("005E"), bytes.fromhex("00000899"))
    assert code == "29488"
    assert code[-3:] == "488"


@settings(max_examples=200)
@given(keys, st.binary(min_size=1, max_size=40), st.binary(min_size=2, max_size=2), st.binary(min_size=4, max_size=4))
def test_the_cvc3_agrees_with_pyemv_padded_to_five_digits(key: bytes, track: bytes, atc: bytes, number: bytes) -> None:
    assert cvc3(key, track, atc, number) == pyemv_cvv.generate_cvc3(key, track, atc, number).zfill(5)


@pytest.mark.parametrize("text", ["5123456789012345D35121010000000000000", "5123456789012345=35121010000000000000"])
def test_track_2_is_packed_with_d_and_filled_to_whole_bytes(text: str) -> None:
    assert track2_template(text).hex().upper() == TRACK


def test_what_is_no_track_2_is_refused() -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        track2_template("5123456789012345=35^2")


def test_a_card_verification_key_is_double_length_and_does_not_show() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Cvk(KEY + KEY[:8])
    assert KEY.hex() not in repr(Cvk(KEY)).lower()
