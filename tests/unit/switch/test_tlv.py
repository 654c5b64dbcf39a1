"""DE 55: what is built is read back; no content makes the reader raise or loop."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.errors import EncodeError
from switch.subelements import SubelementError
from switch.tlv import MAX_DEPTH, MAX_ITEMS, TAG_NAMES, IccData, IccTag, build_icc_data, open_icc_data, parse_icc_data

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


def test_a_template_is_opened_and_its_offsets_count_from_the_start_of_the_element() -> None:
    raw = bytes.fromhex("9C0100 720D 9F180400000001 8604DEADBEEF")
    raw = raw[:4] + bytes([len(raw) - 5]) + raw[5:]
    assert open_icc_data(raw) == (
        IccTag("9C", b"\x00", 0),
        IccTag("72", raw[5:], 3, (IccTag("9F18", bytes.fromhex("00000001"), 5), IccTag("86", bytes.fromhex("DEADBEEF"), 12))),
    )
    assert parse_icc_data(raw) == IccData((("9C", b"\x00"), ("72", raw[5:])))


@pytest.mark.parametrize(
    ("raw", "offset", "tag"),
    [
        ("9C0100 9F02", 5, "9F02"),
        ("9C0100 7202 9F18", 7, "9F18"),
        ("7203 860500 9C0100", 2, "86"),
        ("9C0100 9A82FFFF", 3, "9A"),
        ("9C0100 DF8180", 6, "DF8180"),
    ],
)
def test_broken_icc_data_is_located_also_inside_a_template(raw: str, offset: int, tag: str) -> None:
    found = open_icc_data(bytes.fromhex(raw))
    assert isinstance(found, SubelementError)
    assert (found.element, found.offset, found.subelement) == (55, offset, tag)


def test_templates_within_templates_and_many_tags_have_a_limit() -> None:
    raw = b""
    for _ in range(MAX_DEPTH):
        raw = b"\x70" + bytes([len(raw) + 3]) + b"\x9c\x01\x00" + raw
    assert isinstance(open_icc_data(raw), tuple)
    deeper = open_icc_data(b"\x70" + bytes([len(raw)]) + raw)
    assert isinstance(deeper, SubelementError)
    assert "within each other" in deeper.reason
    assert isinstance(parse_icc_data(b"\x9c\x00" * MAX_ITEMS), IccData)
    assert isinstance(parse_icc_data(b"\x9c\x00" * (MAX_ITEMS + 1)), SubelementError)
    inside = b"\x9c\x00" * (MAX_ITEMS // 2)
    assert isinstance(open_icc_data(b"\x70" + bytes([len(inside)]) + inside + inside), SubelementError)


@given(st.binary(max_size=255))
def test_any_bytes_can_be_opened_and_no_tag_lies_outside_its_template(raw: bytes) -> None:
    found = open_icc_data(raw)
    if isinstance(found, SubelementError):
        assert found.offset <= len(raw)
        return
    for tag in found:
        for part in tag.parts:
            assert tag.offset < part.offset < tag.offset + len(raw)
            assert part.value in tag.value
