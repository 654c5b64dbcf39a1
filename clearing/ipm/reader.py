"""Reads a clearing file from a stream, a piece at a time: records, and flaws with their place. Never seeks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from clearing.ipm.codec import IpmCodec
from clearing.ipm.framing import FramingFlaw, Unframer, moved
from clearing.ipm.messages import BadMessage, IpmMessage, place
from clearing.ipm.recognition import HEAD_BYTES, FileForm, recognized

PIECE_BYTES = 256 * 1024


@dataclass(slots=True)  # not frozen: made for every record of a file
class IpmRecord:
    """One sound record: its number from 1, and where in the file its message begins."""

    number: int
    offset: int
    message: IpmMessage


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong in a file, and where: no content. `offset` counts from the file's start, blocking included.

    `message` is what could be read of a record that is framed well but is no message; reading goes on behind it. Without
    one the framing is lost, and nothing follows.
    """

    number: int
    offset: int
    reason: str
    message: BadMessage | None = None

    def sentence(self, name: str) -> str:
        """File, record, element, byte and reason in one line."""
        where = f", {place(self.message.element, self.message.tag)}" if self.message else ""
        return f"{name}: record {self.number}{where}, byte {self.offset}: {self.reason}"


class IpmReader:
    """Iterate once for the records in order. `form` is known from the start, None where the file has none."""

    def __init__(self, stream: BinaryIO, form: FileForm | None = None) -> None:
        self._stream = stream
        self._head = _read_fully(stream, HEAD_BYTES)
        found = form or recognized(self._head, is_whole=len(self._head) < HEAD_BYTES)
        self.form = found if isinstance(found, FileForm) else None
        self.has_end_mark = False
        """Known at the end: whether the file's framing said that it is complete (RDW has no such mark)."""
        self._refusal = found if isinstance(found, str) else ""

    def __iter__(self) -> Iterator[IpmRecord | Flaw]:
        if self.form is None:
            yield Flaw(1, 0, self._refusal)
            return
        unframer = Unframer(self.form.framing)
        decode, framing = IpmCodec(self.form.character_set).decode, self.form.framing
        number = 0
        for piece in self._pieces():
            for offset, payload in unframer.feed(piece):
                number += 1
                message = decode(payload)
                if isinstance(message, IpmMessage):
                    yield IpmRecord(number, offset, message)
                else:
                    yield Flaw(number, moved(framing, offset, message.offset), message.reason, message)
            if unframer.flaw is not None:
                break
        unframer.finish()
        self.has_end_mark = unframer.has_end_mark
        if unframer.flaw is not None:
            yield _lost(number + 1, unframer.flaw)

    def _pieces(self) -> Iterator[bytes]:
        head, self._head = self._head, b""
        yield head
        while piece := self._stream.read(PIECE_BYTES):
            yield piece


def _lost(number: int, flaw: FramingFlaw) -> Flaw:
    return Flaw(number, flaw.offset, flaw.reason)


def _read_fully(stream: BinaryIO, count: int) -> bytes:
    """Up to `count` bytes, also from a stream that gives fewer at a time."""
    parts: list[bytes] = []
    while count > 0 and (part := stream.read(count)):
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
