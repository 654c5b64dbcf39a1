"""Where one message ends and the next begins on a TCP stream: length prefixes as data, a reader and a writer.

Pure: bytes in, whole payloads out, nothing raised. What a payload means is not known here (see iso8583).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from switch.errors import ConfigurationError, EncodeError

MAX_FRAME = 8192
"""The most that a profile may allow: no message comes near it (2 KB), and a connection may hold two such frames."""


MAX_RECORD = 9216
"""The same on a clearing link, where an element may be longer; a record of every element at its longest has 8,866 bytes."""


class PrefixEncoding(Enum):
    """How the length prefix is written."""

    BIG_ENDIAN = "big-endian"
    LITTLE_ENDIAN = "little-endian"
    ASCII = "ascii"
    BCD = "bcd"


@dataclass(frozen=True, slots=True)
class FramingLost:
    """The stream cannot be cut into messages any more; the connection has to be closed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Framing:
    """A framing strategy as data. The length counts header, payload and trailer, and what stands before where counts_itself.

    On the wire: prefix, reserved bytes (written as zeros, never read), header, payload, trailer. Header bytes (a TPDU,
    an ISO header) are written as given and skipped unread, since addresses and status vary; the trailer must match.
    """

    prefix_bytes: int = 2
    encoding: PrefixEncoding = PrefixEncoding.BIG_ENDIAN
    counts_itself: bool = False
    reserved_bytes: int = 0
    header: bytes = b""
    trailer: bytes = b""
    max_frame: int = MAX_FRAME

    def __post_init__(self) -> None:
        mistakes = [
            f"framing.{key}: {value} is not between {least} and {most}"
            for key, value, least, most in (
                ("prefix_bytes", self.prefix_bytes, 1, 8),
                ("reserved_bytes", self.reserved_bytes, 0, 8),
                ("header", len(self.header), 0, 64),
                ("trailer", len(self.trailer), 0, 8),
            )
            if not least <= value <= most
        ]
        if mistakes:
            raise ConfigurationError(*mistakes)
        most = _largest_length(self)
        if not self.overhead < self.max_frame <= most:
            raise ConfigurationError(f"framing.max_frame: {self.max_frame} is not between {self.overhead + 1} and {most}")

    @property
    def lead(self) -> int:
        """Bytes before those that every length counts."""
        return self.prefix_bytes + self.reserved_bytes

    @property
    def overhead(self) -> int:
        """Counted bytes of a frame that are not payload (nor prefix)."""
        return len(self.header) + len(self.trailer)

    def wrap(self, payload: bytes) -> bytes:
        """One frame. EncodeError where the payload is larger than a frame may be."""
        length = len(payload) + self.overhead
        if length > self.max_frame:
            raise EncodeError(None, f"a frame of {length} bytes is over the limit of {self.max_frame}")
        counted = length + self.lead if self.counts_itself else length
        prefix = _WRITERS[self.encoding](counted, self.prefix_bytes)
        return prefix + bytes(self.reserved_bytes) + self.header + payload + self.trailer


class FrameReader:
    """Cuts one stream into payloads. A frame over the limit, or a prefix that is no length, loses the framing."""

    __slots__ = ("_framing", "_read_length", "_rest", "lost")

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        self._read_length = _READERS[framing.encoding]
        self._rest = b""
        self.lost: FramingLost | None = None

    @property
    def pending_bytes(self) -> int:
        """Bytes of a frame that has begun and is not whole yet."""
        return len(self._rest)

    def feed(self, data: bytes) -> list[bytes]:
        """Whole payloads in order, also those before a loss in the same data. A frame of length 0 gives b""."""
        if self.lost is not None:
            return []
        framing, stream = self._framing, self._rest + data if self._rest else data
        payloads: list[bytes] = []
        start = 0
        lead, prefix_bytes = framing.lead, framing.prefix_bytes
        while len(stream) - start >= prefix_bytes:
            body = start + lead
            length = self._body_length(stream[start : start + prefix_bytes])
            if self.lost is not None or len(stream) - body < length:
                break
            payload = self._payload(stream[body : body + length])
            if payload is None:
                break
            payloads.append(payload)
            start = body + length
        self._rest = stream[start:] if self.lost is None else b""
        return payloads

    def _body_length(self, prefix: bytes) -> int:
        length = self._read_length(prefix)
        if length is not None and self._framing.counts_itself:
            length -= self._framing.lead
        if length is None:
            self.lost = FramingLost("the length prefix is not a number")
        elif length > self._framing.max_frame:
            self.lost = FramingLost(f"a frame of {length} bytes is over the limit of {self._framing.max_frame}")
        elif length < 0 or 0 < length < self._framing.overhead:
            self.lost = FramingLost(f"a frame of {length} bytes is shorter than what surrounds its payload")
        return length or 0

    def _payload(self, body: bytes) -> bytes | None:
        framing = self._framing
        if not framing.overhead or not body:
            return body
        if not body.endswith(framing.trailer):
            self.lost = FramingLost("the trailer is not where the length says")
            return None
        return body[len(framing.header) : len(body) - len(framing.trailer)]


def _read_ascii(prefix: bytes) -> int | None:
    return int(prefix) if prefix.isdigit() else None


def _read_bcd(prefix: bytes) -> int | None:
    digits = prefix.hex()
    return int(digits) if digits.isdigit() else None


_READERS: dict[PrefixEncoding, Callable[[bytes], int | None]] = {
    PrefixEncoding.BIG_ENDIAN: lambda prefix: int.from_bytes(prefix, "big"),
    PrefixEncoding.LITTLE_ENDIAN: lambda prefix: int.from_bytes(prefix, "little"),
    PrefixEncoding.ASCII: _read_ascii,
    PrefixEncoding.BCD: _read_bcd,
}

_WRITERS: dict[PrefixEncoding, Callable[[int, int], bytes]] = {
    PrefixEncoding.BIG_ENDIAN: lambda length, size: length.to_bytes(size, "big"),
    PrefixEncoding.LITTLE_ENDIAN: lambda length, size: length.to_bytes(size, "little"),
    PrefixEncoding.ASCII: lambda length, size: b"%0*d" % (size, length),
    PrefixEncoding.BCD: lambda length, size: bytes.fromhex(f"{length:0{2 * size}d}"),
}


def _largest_length(framing: Framing) -> int:
    base = {PrefixEncoding.ASCII: 10, PrefixEncoding.BCD: 100}.get(framing.encoding, 256)
    itself = framing.lead if framing.counts_itself else 0
    return int(base**framing.prefix_bytes) - 1 - itself
