"""DE 55: what is built is read back; no content makes the reader raise or loop."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.errors import EncodeError
from switch.subelements import SubelementError
from switch.tlv import TAG_NAMES, IccData, build_icc_data, parse_icc_data

ITEMS = st.lists(st.tuples(st.sampled_from(sorted(TAG_NAMES)), st.binary(max_size=30)), max_size=7)


@given(ITEMS)
def test_icc_data_is_read_back(items: list[tuple[str, bytes]]) -> None:
    assert parse_icc_data(build_icc_data(items)) == IccData(tuple(items))


@given(st.binary(max_size=255))
def test_any_bytes_give_a_value_that_is_no_longer_than_they_are(raw: bytes) -> None:
    found = parse_icc_data(raw)
    if isinstance(found, IccData):
        assert len(found.items) <= len(raw) / 2
        assert sum(len(value) for _, value in found.items) <= len(raw)
    else:
        assert found.offset <= len(raw)


def test_padding_between_and_after_tags_is_skipped() -> None:
    found = parse_icc_data(bytes.fromhex("00 9A03201122 FF00 9C0100 0000"))
    assert found == IccData((("9A", b"\x20\x11\x22"), ("9C", b"\x00")))


def test_lengths_of_one_and_two_further_bytes_are_read() -> None:
    assert parse_icc_data(b"\x9a\x81\x80" + bytes(128)) == IccData((("9A", bytes(128)),))
    assert parse_icc_data(b"\x9a\x82\x00\x01\x05") == IccData((("9A", b"\x05"),))


def test_a_long_value_is_written_with_a_further_length_byte() -> None:
    assert build_icc_data([("72", bytes(200))])[:3] == b"\x72\x81\xc8"


@pytest.mark.parametrize("raw", ["9A", "9A80", "9A0320", "9A83000001", "9F", "9F26", "1F818181", "9A82"])
def test_broken_icc_data_is_an_error(raw: str) -> None:
    assert isinstance(parse_icc_data(bytes.fromhex(raw)), SubelementError)


def test_a_tag_is_found_by_its_name() -> None:
    found = parse_icc_data(bytes.fromhex("9F36020001"))
    assert isinstance(found, IccData)
    assert (found.get("9F36"), found.get("9F37"), repr(found)) == (b"\x00\x01", None, "IccData(9F36)")


@pytest.mark.parametrize("size", [254, 256])
def test_icc_data_that_does_not_fit_is_refused(size: int) -> None:
    with pytest.raises(EncodeError):
        build_icc_data([("91", bytes(size))])
