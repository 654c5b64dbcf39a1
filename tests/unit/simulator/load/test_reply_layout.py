"""Whose answer a reply is, read without decoding: always what the codec reads, and never a fault."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.load.reply_layout import ReplyReader, layout_of
from switch.elements import BITMAPS, all_elements
from switch.iso8583 import Codec, Message

CODECS = {name: Codec(name) for name in ("cp037", "ascii")}
STAMP, STAN = "1126013000", "004711"
_OPTIONAL = [number for number in all_elements() if number not in BITMAPS | {7, 11, 39}]


def value(number: int, length: int) -> str | bytes:
    """A sound value of that element, as long as asked where the element lets it."""
    element = all_elements()[number]
    size = element.max_length if element.is_fixed else min(length, element.max_length)
    return bytes(size) if element.is_binary else "1" * size


@pytest.mark.parametrize("character_set", CODECS)
@settings(max_examples=50)
@given(
    present=st.sets(st.sampled_from(_OPTIONAL), max_size=30), length=st.integers(1, 40), code=st.sampled_from(["00", "51", None])
)
def test_it_reads_what_the_codec_reads(character_set: str, present: set[int], length: int, code: str | None) -> None:
    elements = {number: value(number, length) for number in present} | {7: STAMP, 11: STAN} | ({39: code} if code else {})
    payload = CODECS[character_set].encode(Message("0110", elements))
    found = ReplyReader().read(payload)
    assert found is not None
    assert tuple(part.decode(character_set) for part in found) == ("0110" + STAMP + STAN, code or "")


@given(payload=st.binary(max_size=80))
def test_no_bytes_are_a_fault(payload: bytes) -> None:
    ReplyReader().read(payload)


@given(header=st.binary(min_size=12, max_size=12), rest=st.binary(max_size=60))
def test_a_header_with_anything_behind_it_is_no_fault(header: bytes, rest: bytes) -> None:
    ReplyReader().read(header[:4] + bytes([header[4] | 0x02, header[5] | 0x20]) + header[6:] + rest)


@pytest.mark.parametrize("header", [b"", b"0110", b"0110" + bytes(8), b"0110" + b"\x02" + bytes(7)])
def test_what_has_no_key_is_no_reply(header: bytes) -> None:
    assert layout_of(header) is None
    assert ReplyReader().read(header + bytes(40)) is None


def test_a_reply_that_ends_before_its_key_is_none() -> None:
    payload = Codec("ascii").encode(Message("0110", {7: STAMP, 11: STAN}))
    assert ReplyReader().read(payload) is not None
    assert ReplyReader().read(payload[:-1]) is None
