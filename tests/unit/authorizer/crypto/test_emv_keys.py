"""Derivation of card and session keys: vectors of pyemv's tests, pyemv as the oracle."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyemv import kd
from vectors import CHIP_PAN, CHIP_PSN, IMK_AC, IMK_SMC, IMK_SMI, KEY, keys

from authorizer.crypto.check_value import key_check_value
from authorizer.crypto.des import Tdes
from authorizer.crypto.emv_keys import Derivation, icc_master_key, session_key
from authorizer.pan import Pan

# pyemv still takes 3DES from where it used to be.
pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

A, B = Derivation.OPTION_A, Derivation.OPTION_B
all_pans = st.text("0123456789", min_size=12, max_size=19)


@pytest.mark.parametrize(
    ("option", "expected"), [(A, "73AD54688CEF2934B0979857E3C719F1"), (B, "AD406D7F6D7570916D75E5DCAB8CF737")]
)
def test_the_key_of_a_card_with_a_long_pan_agrees_with_the_vectors(option: Derivation, expected: str) -> None:
    assert icc_master_key(Tdes(KEY), Pan("12345678901234567"), "01", option).hex().upper() == expected


@pytest.mark.parametrize(("issuer_key", "check"), [(IMK_AC, "BAB0"), (IMK_SMI, "F010"), (IMK_SMC, "B154")])
def test_the_check_values_of_card_keys_agree_with_the_vectors(issuer_key: bytes, check: str) -> None:
    assert key_check_value(icc_master_key(Tdes(issuer_key), Pan(CHIP_PAN), CHIP_PSN))[:4] == check


def test_the_emv_session_key_agrees_with_the_vector() -> None:
    found = session_key(Tdes(KEY), bytes.fromhex("001C000000000000"))
    assert found.hex().upper() == "E9FB384AF807B940FEDCEA613461B0C4"


@settings(max_examples=200)
@given(keys, all_pans, st.text("0123456789", min_size=2, max_size=2))
def test_card_keys_agree_with_pyemv(key: bytes, pan: str, psn: str) -> None:
    assert icc_master_key(Tdes(key), Pan(pan), psn, A) == kd.derive_icc_mk_a(key, pan, psn)
    assert icc_master_key(Tdes(key), Pan(pan), psn, B) == kd.derive_icc_mk_b(key, pan, psn)


@given(keys, st.binary(min_size=8, max_size=8))
def test_session_keys_agree_with_pyemv(key: bytes, diversifier: bytes) -> None:
    assert session_key(Tdes(key), diversifier) == kd.derive_common_sk(key, diversifier)


def test_the_options_differ_for_long_pans_only() -> None:
    for pan in ("123456789012", CHIP_PAN):
        assert icc_master_key(Tdes(KEY), Pan(pan), "00", A) == icc_master_key(Tdes(KEY), Pan(pan), "00", B)
