"""PVV and IBM 3624 offset: vectors of psec's and cardutil's tests, psec as the oracle."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psec import pin as psec_pin
from vectors import KEY, keys, pans, pins

from authorizer.crypto.des import Tdes
from authorizer.crypto.pin_reference import OffsetRule, natural_pin, pin_of_offset, pin_offset, pvv
from authorizer.pan import Pan

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

TABLE = "1234567890123456"
CARDUTIL_KEY = "5CA64B3C22BEC347CA7E6609904BAAED"
CARDUTIL_PAN = "45643200" + "00980369"


@pytest.mark.parametrize(
    ("key", "pan", "index", "pin", "expected"),
    [
        (KEY.hex(), "1122334455667788", 1, "4524", "8523"),
        (KEY.hex(), "1122334455667788", 2, "1912", "3244"),
        (KEY.hex(), "1122334455667788", 3, "4524", "4021"),
        (KEY.hex(), "1122334455667718", 1, "0570", "3144"),
        (KEY.hex(), "1122334455667708", 1, "8299", "4422"),
        (CARDUTIL_KEY, CARDUTIL_PAN, 1, "2205", "3856"),
        (CARDUTIL_KEY, CARDUTIL_PAN, 1, "0654", "0885"),
    ],
)
def test_the_pvv_agrees_with_the_vectors(key: str, pan: str, index: int, pin: str, expected: str) -> None:
    assert pvv(Tdes(bytes.fromhex(key)), index, Pan(pan), pin) == expected


@settings(max_examples=200)
@given(keys, pans, st.text("0123456789", min_size=4, max_size=4), st.integers(0, 6))
def test_the_pvv_agrees_with_psec_under_any_key(key: bytes, pan: str, pin: str, index: int) -> None:
    assert pvv(Tdes(key), index, Pan(pan), pin) == psec_pin.generate_visa_pvv(key, str(index), pin, pan)


@pytest.mark.parametrize(("offset", "pin"), [("0000", "4524"), ("1111", "5635"), ("7697", "1111"), ("7710", "1234")])
def test_offset_and_pin_agree_with_the_vectors(offset: str, pin: str) -> None:
    rule, key, pan = OffsetRule(TABLE), Tdes(KEY), Pan("1122334455667788")
    assert pin_of_offset(key, rule, pan, offset) == pin
    assert pin_offset(key, rule, pan, pin) == offset


def test_the_natural_pin_of_padded_data_agrees_with_the_vector() -> None:
    assert natural_pin(Tdes(KEY), OffsetRule(TABLE, 0, 14, "F"), Pan("1122334455667788"), 4) == "5518"


@settings(max_examples=200)
@given(keys, st.text("0123456789", min_size=16, max_size=16), pans, pins, st.sampled_from("0123456789ABCDEF"), st.data())
def test_the_offset_agrees_with_psec(key: bytes, table: str, pan: str, pin: str, pad: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(pan) - 1))
    length = data.draw(st.integers(1, min(16, len(pan) - start)))
    ours = pin_offset(Tdes(key), OffsetRule(table, start, length, pad), Pan(pan), pin)
    assert ours == psec_pin.generate_ibm3624_offset(key, table, pin, pan, start, length, pad)
    assert pin_of_offset(Tdes(key), OffsetRule(table, start, length, pad), Pan(pan), ours) == pin


@pytest.mark.parametrize(
    "rule", [{"decimalisation": "123"}, {"decimalisation": "123456789012345A"}, {"start": -1}, {"start": 19}, {"length": 0},
             {"length": 17}, {"pad": "G"}, {"pad": ""}]
)  # fmt: skip
def test_what_is_no_offset_rule_is_refused(rule: dict[str, str | int]) -> None:
    with pytest.raises(ValueError, match=r"decimalisation table|offset rule"):
        OffsetRule(**rule)  # type: ignore[arg-type]
