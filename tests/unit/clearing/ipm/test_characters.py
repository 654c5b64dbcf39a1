"""Every byte is a character and comes back; IBM-1047 is as its owner has it."""

import pytest

from clearing.ipm.characters import CharacterSet

ALL = bytes(range(256))


@pytest.mark.parametrize("character_set", CharacterSet)
def test_every_byte_is_a_character_and_comes_back(character_set: CharacterSet) -> None:
    text = character_set.decode(ALL)
    assert len(set(text)) == 256
    assert character_set.encode(text) == ALL


def test_ibm_1047_has_brackets_and_caret_where_programmers_expect_them() -> None:
    assert CharacterSet.CP1047.decode(b"\xad\xbd\x5f\x5a\x4f\xe0") == "[]^!|\\"
    assert CharacterSet.CP037.decode(b"\xba\xbb\xb0\x5a\x4f\xe0") == "[]^!|\\"
    assert CharacterSet.CP500.decode(b"\x4a\x5a\x5f\x4f\xbb\xe0") == "[]^!|\\"
