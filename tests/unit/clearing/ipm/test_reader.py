"""Files as streams: records in order, flaws with their place, reading on behind a bad record, flat memory."""

import io
import re
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ipm_samples import PAN, presentment, written

from clearing.ipm.characters import CharacterSet
from clearing.ipm.codec import LONGEST_MESSAGE
from clearing.ipm.framing import Framer, Framing
from clearing.ipm.reader import Flaw, IpmReader, IpmRecord
from clearing.ipm.recognition import FileForm

FORMS = st.builds(FileForm, st.sampled_from(Framing), st.sampled_from(CharacterSet))
KNOWN_NUMBERS = {"1014", "4040", str(LONGEST_MESSAGE)}
"""What a reason may say in digits: our own limits, and how many bytes there are."""
FORM = FileForm(Framing.BLOCKED, CharacterSet.CP500)


def read(data: bytes, form: FileForm | None = None) -> list[IpmRecord | Flaw]:
    return list(IpmReader(io.BytesIO(data), form))


@pytest.mark.parametrize("framing", Framing)
def test_records_come_in_order_with_number_and_place(framing: Framing) -> None:
    messages = [presentment(number) for number in range(1, 9)]
    records = read(written(messages, FileForm(framing, CharacterSet.CP500)))
    assert [record.message for record in records if isinstance(record, IpmRecord)] == messages
    assert [record.number for record in records] == list(range(1, 9))
    assert records[0].offset == 4


@pytest.mark.parametrize("framing", Framing)
def test_a_bad_record_is_named_and_the_next_ones_are_read(framing: Framing) -> None:
    data = written([presentment(number) for number in range(1, 6)], FileForm(framing, CharacterSet.LATIN_1))
    bad = data.replace(b"00000003", b"0000000x")
    records = read(bad)
    assert [type(record) for record in records] == [IpmRecord, IpmRecord, Flaw, IpmRecord, IpmRecord]
    flaw = records[2]
    assert isinstance(flaw, Flaw)
    assert bad[flaw.offset : flaw.offset + 8] == b"0000000x"
    assert flaw.sentence("day.ipm") == f"day.ipm: record 3, DE 71, byte {flaw.offset}: not digits"


def test_a_flaw_says_nothing_of_the_content() -> None:
    flaw = read(written([presentment()], FORM)[:300].ljust(1014, b"\xff"))[-1]
    assert isinstance(flaw, Flaw)
    assert PAN not in repr(flaw) + flaw.sentence("file")


@pytest.mark.parametrize("length", [1, 3, 30, 300, 1500])
def test_a_file_cut_anywhere_ends_in_a_flaw(length: int) -> None:
    data = written([presentment(number) for number in range(1, 6)], FileForm(Framing.VBS, CharacterSet.CP037))
    last = read(data[:length])[-1]
    assert isinstance(last, Flaw)


@given(
    data=st.binary(max_size=1500), form=st.none() | st.builds(FileForm, st.sampled_from(Framing), st.sampled_from(CharacterSet))
)
def test_any_bytes_give_records_or_located_flaws(data: bytes, form: FileForm | None) -> None:
    for found in read(data, form):
        assert 0 <= found.offset <= len(data) + 4


def test_a_stream_that_gives_little_at_a_time_is_read_whole() -> None:
    class Trickle(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 100))

    reader = IpmReader(Trickle(written([presentment(number) for number in range(1, 30)], FORM)))
    assert len(list(reader)) == 29
    assert reader.has_end_mark


def test_memory_does_not_grow_with_the_file() -> None:
    class Endless(io.RawIOBase):
        """One record again and again, two megabytes of them."""

        def __init__(self) -> None:
            self._piece = Framer(Framing.VBS).record(GOOD) * 100
            self._left = 40

        def read(self, size: int = -1) -> bytes:
            self._left -= 1
            return self._piece if self._left > 0 else b""

    GOOD = written([presentment()], FileForm(Framing.VBS, CharacterSet.CP500))[4:-4]  # noqa: N806
    reader = IpmReader(Endless(), FileForm(Framing.VBS, CharacterSet.CP500))  # type: ignore[arg-type]
    tracemalloc.start()
    try:
        count = sum(1 for _ in reader)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 39 * 100
    assert peak < 1_400_000


@settings(max_examples=60)
@given(form=FORMS, data=st.data())
def test_a_damaged_file_gives_records_and_located_flaws_that_quote_nothing(form: FileForm, data: st.DataObject) -> None:
    digits = form.character_set.encode(PAN)
    content = bytearray(written([presentment(number) for number in range(1, 6)], form))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        match data.draw(st.sampled_from(["change", "insert", "drop"])):
            case "change":
                content[at] = data.draw(st.integers(0, 255))
            case "insert":
                content[at:at] = digits[: data.draw(st.integers(1, 16))]
            case "drop":
                del content[at : at + data.draw(st.integers(1, 5))]
    for found in read(bytes(content)):
        assert 0 <= found.offset <= len(content) + 4
        if isinstance(found, Flaw):
            numbers = set(re.findall(r"[0-9]{3,}", found.reason))
            assert numbers <= KNOWN_NUMBERS | {str(length) for length in range(1015)}
