"""Records survive every framing in pieces of any size, and lost framing says where it was lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ipm_samples import FRAMINGS

from clearing.ipm.framing import BLOCK, IN_BLOCK, Framer, Framing, FramingFlaw, Unframer, moved

RECORDS = st.lists(st.binary(min_size=1, max_size=1500), max_size=8)


def framed(framing: Framing, records: list[bytes]) -> bytes:
    framer = Framer(framing)
    return b"".join([*map(framer.record, records), framer.end()])


def unframed(framing: Framing, *pieces: bytes) -> tuple[list[tuple[int, bytes]], Unframer]:
    unframer = Unframer(framing)
    found = [record for piece in pieces for record in unframer.feed(piece)]
    unframer.finish()
    return found, unframer


def flaw_of(framing: Framing, data: bytes) -> FramingFlaw:
    flaw = unframed(framing, data)[1].flaw
    assert flaw is not None
    return flaw


@given(framing=FRAMINGS, records=RECORDS, size=st.integers(1, 3000))
def test_records_come_out_as_they_went_in_however_the_bytes_arrive(framing: Framing, records: list[bytes], size: int) -> None:
    data = framed(framing, records)
    found, unframer = unframed(framing, *(data[at : at + size] for at in range(0, len(data), size)))
    assert [payload for _, payload in found] == records
    assert unframer.flaw is None
    assert unframer.has_end_mark is (framing is not Framing.RDW)


@given(framing=FRAMINGS, records=RECORDS)
def test_an_offset_is_the_place_in_the_file(framing: Framing, records: list[bytes]) -> None:
    data = framed(framing, records)
    for offset, payload in unframed(framing, data)[0]:
        assert bytes(data[moved(framing, offset, by)] for by in range(len(payload))) == payload


@given(framing=FRAMINGS, data=st.binary(max_size=2100))
def test_any_bytes_give_records_or_a_flaw(framing: Framing, data: bytes) -> None:
    found, unframer = unframed(framing, data)
    assert unframer.flaw is not None or sum(len(payload) for _, payload in found) <= len(data)


def test_blocks_are_1014_bytes_filled_up_with_x40() -> None:
    data = framed(Framing.BLOCKED, [b"r" * 1100])
    assert len(data) == 2 * BLOCK
    assert data[IN_BLOCK:BLOCK] == b"@@"
    assert data.endswith(bytes(4) + b"@" * (2 * IN_BLOCK - 1108 + 2))


def test_a_file_cut_at_a_records_end_is_read_but_known_to_lack_its_end_mark() -> None:
    for framing in (Framing.VBS, Framing.BLOCKED):
        framer = Framer(framing)
        data = framer.record(b"r" * 1000)
        if framing is Framing.BLOCKED:
            data = (data + framer._open).ljust(BLOCK, b"@")
        found, unframer = unframed(framing, data)
        assert (len(found), unframer.flaw, unframer.has_end_mark) == (1, None, False)


@pytest.mark.parametrize(
    ("framing", "data", "offset", "reason"),
    [
        (Framing.VBS, b"\0\0\0\x05abc", 0, "ends within a record, after 3 bytes of it"),
        (Framing.VBS, b"\0\0\0\x01a\0\0", 5, "ends within the length of a record"),
        (Framing.VBS, b"\0\0\0\x01a\x7f\0\0\0", 5, "longer than any message"),
        (Framing.VBS, b"\0\0\0\x01a" + bytes(4) + b"x", 9, "after the end"),
        (Framing.RDW, b"\0\x09\0\0abc", 0, "after 3 bytes of it"),
        (Framing.RDW, b"\0\x05\0\x01a", 0, "no record descriptor"),
        (Framing.RDW, b"\0\x04\0\0", 0, "no record descriptor"),
        (Framing.BLOCKED, framed(Framing.BLOCKED, [b"r" * 1500])[:-1], BLOCK, "last block has 1013"),
        (Framing.BLOCKED, framed(Framing.BLOCKED, [b"r" * 1500]).replace(b"r@@r", b"r@ r"), IN_BLOCK, "does not end in"),
        (Framing.BLOCKED, framed(Framing.BLOCKED, [b"r"])[:-3] + b"x@@", BLOCK - 3, "after the end"),
    ],
)
def test_lost_framing_is_located(framing: Framing, data: bytes, offset: int, reason: str) -> None:
    flaw = flaw_of(framing, data)
    assert flaw.offset == offset
    assert reason in flaw.reason


def test_endless_fill_is_not_kept() -> None:
    unframer = Unframer(Framing.BLOCKED)
    for _ in range(50):
        unframer.feed(b"@" * (20 * BLOCK))
    assert len(unframer._stream) + len(unframer._blocks) < BLOCK
