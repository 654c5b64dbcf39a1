"""Records in a byte stream: VBS, VBS in 1014-byte blocks, RDW. Pure: bytes in, records out, with or without an end.

- VBS: each record behind its length (4 bytes, big-endian, itself not counted); a zero length ends the file.
- 1014-blocked: a VBS stream cut into 1012 bytes, each followed by X'4040', the last filled up with X'40'.
- RDW: each record behind a descriptor of z/OS, 2 bytes of length (the descriptor counted) and 2 of zero; nothing ends it.

Offsets are those of the file as it lies on disk, blocking counted.
"""

import enum
from dataclasses import dataclass

from clearing.ipm.codec import LONGEST_MESSAGE

PREFIX = 4
BLOCK, IN_BLOCK = 1014, 1012
FILL = b"\x40"
_END_MARK = bytes(PREFIX)
_ONLY_FILL = FILL * PREFIX


class Framing(enum.StrEnum):
    """How records lie in a file."""

    VBS = "vbs"
    BLOCKED = "1014"
    RDW = "rdw"


@dataclass(frozen=True, slots=True)
class FramingFlaw:
    """The records can no longer be told apart; `offset` in the file."""

    offset: int
    reason: str


class Unframer:
    """Takes a file's bytes in any pieces; gives its records until the end mark or the first flaw, then nothing more."""

    def __init__(self, framing: Framing) -> None:
        self.flaw: FramingFlaw | None = None
        self.has_end_mark = False
        """A file without one may have been cut at a record's end."""
        self._framing = framing
        self._blocks = b""
        self._blocks_at = 0
        self._stream = b""
        self._stream_at = 0
        self._is_over = False

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """The records completed by `data`, each with the offset of its first byte."""
        if self.flaw is not None:
            return []
        self._stream += self._unblocked(data) if self._framing is Framing.BLOCKED else data
        records = self._records()
        if self._is_over:
            self._expect_fill()
        return records

    def finish(self) -> None:
        """No more bytes will come: sets `flaw` where the file ends within something."""
        if self.flaw is not None:
            return
        if self._blocks:
            self.flaw = FramingFlaw(self._blocks_at, f"the last block has {len(self._blocks)} bytes instead of {BLOCK}")
        elif self._stream and not self._is_fill(self._stream):
            if len(self._stream) < PREFIX:
                reason = f"the file ends within the length of a record, after {len(self._stream)} of {PREFIX} bytes"
            else:
                reason = f"the file ends within a record, after {len(self._stream) - PREFIX} bytes of it"
            self.flaw = FramingFlaw(self._on_disk(0), reason)

    def _records(self) -> list[tuple[int, bytes]]:
        stream, at, ends = self._stream, 0, len(self._stream)
        found: list[tuple[int, bytes]] = []
        while not self._is_over and ends - at >= PREFIX:
            length = self._length(stream, at)
            if length <= 0 or length > LONGEST_MESSAGE:
                at += self._stop(at, length)
                break
            end = at + PREFIX + length
            if end > ends:
                break
            found.append((self._on_disk(at + PREFIX), stream[at + PREFIX : end]))
            at = end
        self._stream, self._stream_at = stream[at:], self._stream_at + at
        return found

    def _length(self, stream: bytes, at: int) -> int:
        """Of the record's content; nought at the end mark, below it for a descriptor that is none."""
        if self._framing is Framing.RDW:
            return int.from_bytes(stream[at : at + 2], "big") - PREFIX if stream[at + 2 : at + PREFIX] == b"\0\0" else -1
        return int.from_bytes(stream[at : at + PREFIX], "big")

    def _stop(self, at: int, length: int) -> int:
        """At the end mark, at the fill of a file without one, or at nonsense; gives how many bytes are used up."""
        mark = self._stream[at : at + PREFIX]
        self._is_over = True
        if mark == _END_MARK and self._framing is not Framing.RDW:
            self.has_end_mark = True
            return PREFIX
        if self._framing is not Framing.BLOCKED or mark != _ONLY_FILL:
            # Where the framing is lost, the length is somebody's digits: it is not quoted.
            reason = (
                f"a record longer than any message may be ({LONGEST_MESSAGE} bytes)" if length > 0 else "no record descriptor"
            )
            self.flaw = FramingFlaw(self._on_disk(at), reason)
        return 0

    def _expect_fill(self) -> None:
        if self._stream and self.flaw is None and not self._is_fill(self._stream):
            fill = len(self._stream) - len(self._stream.lstrip(FILL)) if self._framing is Framing.BLOCKED else 0
            self.flaw = FramingFlaw(self._on_disk(fill), "bytes after the end of the file")
        self._stream_at += len(self._stream)
        self._stream = b""

    def _is_fill(self, data: bytes) -> bool:
        return self._framing is Framing.BLOCKED and not data.strip(FILL)

    def _unblocked(self, data: bytes) -> bytes:
        """The content of all complete blocks, up to the first that does not end in X'4040'."""
        data = self._blocks + data
        whole = len(data) // BLOCK * BLOCK
        ends = next((at for at in range(0, whole, BLOCK) if data[at + IN_BLOCK : at + BLOCK] != FILL * 2), whole)
        if ends < whole:
            self.flaw = FramingFlaw(self._blocks_at + ends + IN_BLOCK, "a block of 1014 bytes does not end in X'4040'")
        self._blocks = data[whole:]
        self._blocks_at += whole
        return b"".join([data[at : at + IN_BLOCK] for at in range(0, ends, BLOCK)])

    def _on_disk(self, at: int) -> int:
        """Where byte `at` of what is left of the record stream lies in the file."""
        return on_disk(self._framing, self._stream_at + at)


class Framer:
    """Gives the bytes to write for each record, and those that end the file."""

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        self._open = b""

    def record(self, payload: bytes) -> bytes:
        if self._framing is Framing.RDW:
            return (len(payload) + PREFIX).to_bytes(2, "big") + b"\0\0" + payload
        return self._blocked(len(payload).to_bytes(PREFIX, "big") + payload)

    def end(self) -> bytes:
        """End mark and fill; nothing may be framed afterwards."""
        if self._framing is Framing.RDW:
            return b""
        data = self._blocked(_END_MARK)
        if not self._open:
            return data
        return data + self._open.ljust(BLOCK, FILL)

    def _blocked(self, data: bytes) -> bytes:
        if self._framing is not Framing.BLOCKED:
            return data
        data = self._open + data
        whole = len(data) // IN_BLOCK * IN_BLOCK
        self._open = data[whole:]
        return b"".join(data[at : at + IN_BLOCK] + FILL * 2 for at in range(0, whole, IN_BLOCK))


def on_disk(framing: Framing, offset: int) -> int:
    """Where byte `offset` of the record stream lies in the file."""
    return offset + offset // IN_BLOCK * (BLOCK - IN_BLOCK) if framing is Framing.BLOCKED else offset


def moved(framing: Framing, offset: int, by: int) -> int:
    """The place in the file `by` bytes of the record stream behind the place `offset`."""
    if framing is not Framing.BLOCKED:
        return offset + by
    return on_disk(framing, offset - offset // BLOCK * (BLOCK - IN_BLOCK) + by)
