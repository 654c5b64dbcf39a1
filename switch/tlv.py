"""BER-TLV of DE 55 (EMV Book 3, annex B): tags of one to three bytes, definite lengths, templates opened on demand.

Pure, total and bounded: every step takes at least one byte, depth and count have limits, so no content can make it loop.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from switch.errors import EncodeError
from switch.subelements import SubelementError

MAX_ITEMS = 100
"""Tags in one DE 55, those inside templates included. A full one of the field has about forty."""
MAX_DEPTH = 4
"""Templates within templates; issuer scripts need two."""
MAX_BYTES = 255

_PADDING = frozenset({0x00, 0xFF})  # both are seen between and after tags in the field
_CONSTRUCTED = 0x20


@dataclass(frozen=True, slots=True, repr=False)
class IccData:
    """DE 55 as (tag in upper-case hex, value) in wire order; padding between tags is not kept."""

    items: tuple[tuple[str, bytes], ...]

    def get(self, tag: str) -> bytes | None:
        """The first value of a tag."""
        return next((value for found, value in self.items if found == tag), None)

    def __repr__(self) -> str:
        return f"IccData({' '.join(tag for tag, _ in self.items)})"


@dataclass(frozen=True, slots=True, repr=False)
class IccTag:
    """One tag with what lies inside it, where it is a template (bit 6 of the tag). offset counts from DE 55's start."""

    tag: str
    value: bytes
    offset: int
    parts: tuple["IccTag", ...] = ()

    def __repr__(self) -> str:
        return f"IccTag({self.tag}, {len(self.value)} bytes, {self.parts})"


def parse_icc_data(raw: bytes) -> IccData | SubelementError:
    """DE 55 with its templates closed, or where and why it is not BER-TLV."""
    found = _read(raw, 0, len(raw), MAX_ITEMS)
    return found if isinstance(found, SubelementError) else IccData(tuple((tag, raw[at:end]) for tag, _, at, end in found))


def open_icc_data(raw: bytes) -> tuple[IccTag, ...] | SubelementError:
    """DE 55 with every template opened, or where and why it, or a template in it, is not BER-TLV."""
    return _open(raw, 0, len(raw), MAX_DEPTH, MAX_ITEMS)


def build_icc_data(items: Iterable[tuple[str, bytes]]) -> bytes:
    """DE 55. EncodeError where it would not fit into 255 bytes."""
    parts: list[bytes] = []
    for tag, value in items:
        size = len(value)
        if size > MAX_BYTES:
            raise EncodeError(55, f"longer than {MAX_BYTES} bytes")
        parts += [bytes.fromhex(tag), bytes([size]) if size < 0x80 else bytes([0x81, size]), value]
    raw = b"".join(parts)
    if len(raw) > MAX_BYTES:
        raise EncodeError(55, f"longer than {MAX_BYTES} bytes")
    return raw


_Found = tuple[str, int, int, int]
"""Tag, where it starts, where its value starts and ends."""


def _read(raw: bytes, position: int, end: int, room: int) -> list[_Found] | SubelementError:
    """One level between position and end."""
    items: list[_Found] = []
    while position < end:
        if raw[position] in _PADDING:
            position += 1
            continue
        tag_end = _tag_end(raw, position, end)
        tag = raw[position:tag_end].hex().upper()
        length, start = _length(raw, tag_end, end)
        if length is None:
            return SubelementError(55, tag_end, "no length", tag)
        if start + length > end:
            return SubelementError(55, position, "longer than what is left", tag)
        if len(items) == room:
            return SubelementError(55, position, f"more than {MAX_ITEMS} tags", tag)
        items.append((tag, position, start, start + length))
        position = start + length
    return items


def _open(raw: bytes, position: int, end: int, depth: int, room: int) -> tuple[IccTag, ...] | SubelementError:
    found = _read(raw, position, end, room)
    if isinstance(found, SubelementError):
        return found
    room -= len(found)
    opened: list[IccTag] = []
    for tag, at, start, stop in found:
        if not raw[at] & _CONSTRUCTED or stop == start:
            opened.append(IccTag(tag, raw[start:stop], at))
            continue
        if not depth:
            return SubelementError(55, at, f"more than {MAX_DEPTH} templates within each other", tag)
        parts = _open(raw, start, stop, depth - 1, room)
        if isinstance(parts, SubelementError):
            return parts
        room -= _count(parts)
        opened.append(IccTag(tag, raw[start:stop], at, parts))
    return tuple(opened)


def _count(parts: tuple[IccTag, ...]) -> int:
    return len(parts) + sum(_count(part.parts) for part in parts)


def _tag_end(raw: bytes, position: int, limit: int) -> int:
    """A tag whose first byte ends in 11111 goes on until a byte without its top bit; three bytes at most."""
    end = position + 1
    if raw[position] & 0x1F == 0x1F:
        while end < limit and end < position + 3:
            end += 1
            if not raw[end - 1] & 0x80:
                break
    return end


def _length(raw: bytes, position: int, limit: int) -> tuple[int | None, int]:
    """The length and where the value starts; None where it is missing, indefinite or over two bytes."""
    first = raw[position] if position < limit else 0xFF
    if first < 0x80:
        return first, position + 1
    start = position + 1 + (first & 0x7F)
    if first not in (0x81, 0x82) or start > limit:
        return None, start
    return int.from_bytes(raw[position + 1 : start], "big"), start


TAG_NAMES: Mapping[str, str] = {
    "4F": "Application identifier",
    "50": "Application label",
    "56": "Track 1 equivalent data",
    "57": "Track 2 equivalent data",
    "5A": "Application PAN",
    "5F20": "Cardholder name",
    "5F24": "Application expiration date",
    "5F2A": "Transaction currency code",
    "5F2D": "Language preference",
    "5F30": "Service code",
    "5F34": "PAN sequence number",
    "71": "Issuer script template 1",
    "72": "Issuer script template 2",
    "82": "Application interchange profile",
    "84": "Dedicated file name",
    "86": "Issuer script command",
    "8A": "Authorization response code",
    "8E": "Cardholder verification method list",
    "91": "Issuer authentication data",
    "95": "Terminal verification results",
    "9A": "Transaction date",
    "9B": "Transaction status information",
    "9C": "Transaction type",
    "9F02": "Amount, authorized",
    "9F03": "Amount, other",
    "9F06": "Application identifier, terminal",
    "9F07": "Application usage control",
    "9F09": "Application version number",
    "9F0B": "Cardholder name, extended",
    "9F0D": "Issuer action code, default",
    "9F0E": "Issuer action code, denial",
    "9F0F": "Issuer action code, online",
    "9F10": "Issuer application data",
    "9F12": "Application preferred name",
    "9F18": "Issuer script identifier",
    "9F1A": "Terminal country code",
    "9F1E": "Interface device serial number",
    "9F1F": "Track 1 discretionary data",
    "9F20": "Track 2 discretionary data",
    "9F26": "Application cryptogram",
    "9F27": "Cryptogram information data",
    "9F33": "Terminal capabilities",
    "9F34": "Cardholder verification method results",
    "9F35": "Terminal type",
    "9F36": "Application transaction counter",
    "9F37": "Unpredictable number",
    "9F41": "Transaction sequence counter",
    "9F4C": "ICC dynamic number",
    "9F53": "Transaction category code",
    "9F5B": "Issuer script results",
    "9F6B": "Track 2 data",
    "9F6E": "Third party data",
    "9F7C": "Customer exclusive data",
}
"""EMV Book 3, annex A; 9F53, 9F6E and the like as contactless kernels name them."""
