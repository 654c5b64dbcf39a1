"""Names of keys, and what a ring takes."""

import pytest
from vectors import KEY

from authorizer.keyring import KeyName, KeyRing, KeyUse, default_ring


@pytest.mark.parametrize(
    ("text", "name"), [("default/cvk/1", KeyName("default", KeyUse.CVK, 1)), ("debit/zmk", KeyName("debit", KeyUse.ZMK, 0))]
)
def test_a_name_is_set_use_and_index(text: str, name: KeyName) -> None:
    assert KeyName.parse(text) == name
    assert KeyName.parse(str(name)) == name


@pytest.mark.parametrize(
    "text",
    ["", "cvk", "default/", "default/abc", "default/cvk/x", "default/cvk/-1", "default/cvk/256", "a b/cvk", "default/cvk/1/2"],
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no key name"):
        KeyName.parse(text)


@pytest.mark.parametrize("use", KeyUse)
@pytest.mark.parametrize("length", [0, 8, 15, 17, 33])
def test_a_key_of_another_length_is_refused_by_name(use: KeyUse, length: int) -> None:
    with pytest.raises(ValueError, match=f"default/{use.value}/0: a key of this use has"):
        KeyRing({KeyName("default", use): bytes(length)})


def test_the_index_of_a_pvv_key_is_one_digit() -> None:
    with pytest.raises(ValueError, match="one digit"):
        KeyRing({KeyName("default", KeyUse.PVK, 10): KEY})


def test_the_default_ring_leaves_out_what_is_empty() -> None:
    ring = default_ring(pvk_index=3, cvk=KEY, pvk=KEY, zmk=b"")
    assert [str(name) for name in ring.names] == ["default/cvk/0", "default/pvk/3"]
    assert ring.has("default", KeyUse.PVK)
    assert not ring.has("default", KeyUse.ZMK)
    assert not ring.has("other", KeyUse.PVK)


def test_the_same_key_is_found_whatever_its_use_and_its_parity_bits() -> None:
    mine = KeyRing({KeyName("debit", KeyUse.CVK): bytes(byte ^ 1 for byte in KEY), KeyName("debit", KeyUse.PVK): KEY[::-1]})
    assert mine.same_as(default_ring(imk_ac=KEY)) == [KeyName("debit", KeyUse.CVK)]


def test_check_values_follow_the_algorithm_of_the_key() -> None:
    ring = default_ring(pin_key=KEY, pin_key_aes=KEY)
    values = [ring.check_value(name) for name in ring.names]
    assert values[0].startswith("08D7")
    assert values[1] != values[0]
