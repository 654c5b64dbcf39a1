"""Where one message ends and the next begins on a TCP stream: length prefixes as data, a reader and a writer.

Pure: bytes in, whole payloads out, nothing raised. What a payload means is not known here (see iso8583).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from switch.errors import ConfigurationError, EncodeError


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
    """A framing strategy as data. The length counts header, payload and trailer, and the prefix where counts_itself.

    Header bytes (a TPDU, say) are written as given and skipped unread, since addresses vary; the trailer must match.
    """

    prefix_bytes: int = 2
    encoding: PrefixEncoding = PrefixEncoding.BIG_ENDIAN
    counts_itself: bool = False
    header: bytes = b""
    trailer: bytes = b""
    max_frame: int = 8192

    def __post_init__(self) -> None:
        if not 1 <= self.prefix_bytes <= 8:
            raise ConfigurationError(f"framing.prefix_bytes: {self.prefix_bytes} is not between 1 and 8")
        if not self.overhead < self.max_frame <= _largest_length(self):
            raise ConfigurationError(f"framing.max_frame: {self.max_frame} does not fit the prefix, header and trailer")

    @property
    def overhead(self) -> int:
        """Counted bytes of a frame that are not payload (nor prefix)."""
        return len(self.header) + len(self.trailer)

    def wrap(self, payload: bytes) -> bytes:
        """One frame. EncodeError where the payload is larger than a frame may be."""
        length = len(payload) + self.overhead
        if length > self.max_frame:
            raise EncodeError(None, f"a frame of {length} bytes is over the limit of {self.max_frame}")
        counted = length + self.prefix_bytes if self.counts_itself else length
        return _WRITERS[self.encoding](counted, self.prefix_bytes) + self.header + payload + self.trailer


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
        while len(stream) - start >= framing.prefix_bytes:
            body = start + framing.prefix_bytes
            length = self._body_length(stream[start:body])
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
            length -= self._framing.prefix_bytes
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
    itself = framing.prefix_bytes if framing.counts_itself else 0
    return int(base**framing.prefix_bytes) - 1 - itself
