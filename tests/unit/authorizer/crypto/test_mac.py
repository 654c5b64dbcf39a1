"""Vectors of psec's tests; psec is the oracle for the rest."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psec import mac as psec_mac

from authorizer.crypto.check_value import aes_key_check_value, key_check_value
from authorizer.crypto.des import Tdes, with_odd_parity, xor
from authorizer.crypto.mac import Padding, padded, retail_mac

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

TWO_KEYS = b"A" * 8 + b"A" * 8, b"B" * 8 + b"B" * 8


@pytest.mark.parametrize(
    ("padding", "expected"),
    [(Padding.METHOD_1, "3DDE5C5511661CBF"), (Padding.METHOD_2, "E16941032C3BC7D4"), (Padding.METHOD_3, "BA90F750EF43F668")],
)
def test_the_retail_mac_agrees_with_the_vectors(padding: Padding, expected: str) -> None:
    # The vector is of the ISO 9797-1 algorithm 3 whose two keys are triple DES keys themselves.
    assert psec_mac.generate_retail_mac(*TWO_KEYS, b"hello world", padding.value).hex().upper() == expected
    assert retail_mac(b"A" * 8 + b"B" * 8, b"hello world", padding).hex().upper() == expected


@settings(max_examples=200)
@given(st.binary(min_size=16, max_size=16), st.binary(max_size=100), st.sampled_from(Padding))
def test_the_retail_mac_agrees_with_psec(key: bytes, data: bytes, padding: Padding) -> None:
    assert retail_mac(key, data, padding) == psec_mac.generate_retail_mac(key[:8], key[8:], data, padding.value)


@given(st.binary(max_size=40))
def test_padded_data_is_whole_blocks_and_at_least_one(data: bytes) -> None:
    for padding in Padding:
        blocks = padded(data, padding)
        assert len(blocks) % 8 == 0
        assert blocks
    assert padded(data, Padding.METHOD_2).rstrip(b"\0") == data + b"\x80"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("0123456789ABCDEFFEDCBA9876543210", "08D7"),
        ("67C4A7191ADAFD086432CE0DD6384AB8", "20D40B"),
        ("0A227E33F5C0BEACD7B7DB09723ABB48", "05EE1D"),
    ],
)
def test_check_values_agree_with_the_vectors(key: str, expected: str) -> None:
    assert key_check_value(bytes.fromhex(key)).startswith(expected)


def test_components_of_a_key_combine_by_exclusive_or() -> None:
    one, two = bytes.fromhex("6D6BE51F04F76167491554FE25F7ABEF"), bytes.fromhex("67499B2CF137DFCB9EA28FF757CD10A7")
    assert xor(one, two).hex().upper() == "0A227E33F5C0BEACD7B7DB09723ABB48"


def test_the_check_value_of_an_aes_key_is_its_cmac_over_nought() -> None:
    # NIST SP 800-38B, example key of AES-128; subkey generation starts from AES(key, 0), which is not the CMAC.
    key = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C")
    assert (
        aes_key_check_value(key)
        == psec_mac.generate_cbc_mac(key, xor(bytes(16), _first_subkey(key)), 1, 3, psec_mac.Algorithm.AES).hex().upper()
    )


def _first_subkey(key: bytes) -> bytes:
    from psec.aes import encrypt_aes_ecb

    doubled = int.from_bytes(encrypt_aes_ecb(key, bytes(16)), "big") << 1
    return (doubled ^ (0x87 if doubled >> 128 else 0)).to_bytes(17, "big")[-16:]


@given(st.binary(min_size=16, max_size=24))
def test_every_byte_of_an_adjusted_key_has_odd_parity(key: bytes) -> None:
    adjusted = with_odd_parity(key)
    assert all(byte.bit_count() % 2 == 1 for byte in adjusted)
    assert all(a & 0xFE == b & 0xFE for a, b in zip(adjusted, key, strict=True))


@pytest.mark.parametrize("length", [0, 7, 8, 15, 17, 23, 25, 32])
def test_a_3des_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Tdes(bytes(length))
