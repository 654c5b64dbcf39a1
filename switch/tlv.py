"""BER-TLV of DE 55 (EMV Book 3, annex B): tags of one to three bytes, definite lengths, nothing nested is opened.

Pure, total and bounded: every step takes at least one byte, so no content can make it loop.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from switch.errors import EncodeError
from switch.subelements import SubelementError

_PADDING = frozenset({0x00, 0xFF})  # both are seen between and after tags in the field


@dataclass(frozen=True, slots=True, repr=False)
class IccData:
    """DE 55 as (tag in upper-case hex, value) in wire order; padding between tags is not kept."""

    items: tuple[tuple[str, bytes], ...]

    def get(self, tag: str) -> bytes | None:
        """The first value of a tag."""
        return next((value for found, value in self.items if found == tag), None)

    def __repr__(self) -> str:
        return f"IccData({' '.join(tag for tag, _ in self.items)})"


def parse_icc_data(raw: bytes) -> IccData | SubelementError:
    """DE 55, or where and why it is not BER-TLV."""
    items: list[tuple[str, bytes]] = []
    position = 0
    while position < len(raw):
        if raw[position] in _PADDING:
            position += 1
            continue
        tag_end = _tag_end(raw, position)
        tag = raw[position:tag_end].hex().upper()
        length, start = _length(raw, tag_end)
        if length is None:
            return SubelementError(55, tag_end, "no length", tag)
        if start + length > len(raw):
            return SubelementError(55, position, "longer than what is left", tag)
        items.append((tag, raw[start : start + length]))
        position = start + length
    return IccData(tuple(items))


def build_icc_data(items: Iterable[tuple[str, bytes]]) -> bytes:
    """DE 55. EncodeError where it would not fit into 255 bytes."""
    parts: list[bytes] = []
    for tag, value in items:
        size = len(value)
        if size > 255:
            raise EncodeError(55, "longer than 255 bytes")
        parts += [bytes.fromhex(tag), bytes([size]) if size < 0x80 else bytes([0x81, size]), value]
    raw = b"".join(parts)
    if len(raw) > 255:
        raise EncodeError(55, "longer than 255 bytes")
    return raw


def _tag_end(raw: bytes, position: int) -> int:
    """A tag whose first byte ends in 11111 goes on until a byte without its top bit; three bytes at most."""
    end = position + 1
    if raw[position] & 0x1F == 0x1F:
        while end < len(raw) and end < position + 3:
            end += 1
            if not raw[end - 1] & 0x80:
                break
    return end


def _length(raw: bytes, position: int) -> tuple[int | None, int]:
    """The length and where the value starts; None where it is missing, indefinite or over two bytes."""
    first = raw[position] if position < len(raw) else 0xFF
    if first < 0x80:
        return first, position + 1
    start = position + 1 + (first & 0x7F)
    if first not in (0x81, 0x82) or start > len(raw):
        return None, start
    return int.from_bytes(raw[position + 1 : start], "big"), start


TAG_NAMES: Mapping[str, str] = {
    "56": "Track 1 equivalent data",
    "57": "Track 2 equivalent data",
    "5A": "Application PAN",
    "5F20": "Cardholder name",
    "5F24": "Application expiration date",
    "5F2A": "Transaction currency code",
    "5F34": "PAN sequence number",
    "71": "Issuer script template 1",
    "72": "Issuer script template 2",
    "82": "Application interchange profile",
    "84": "Dedicated file name",
    "91": "Issuer authentication data",
    "95": "Terminal verification results",
    "9A": "Transaction date",
    "9C": "Transaction type",
    "9F02": "Amount, authorized",
    "9F03": "Amount, other",
    "9F09": "Application version number",
    "9F10": "Issuer application data",
    "9F1A": "Terminal country code",
    "9F1E": "Interface device serial number",
    "9F26": "Application cryptogram",
    "9F27": "Cryptogram information data",
    "9F33": "Terminal capabilities",
    "9F34": "Cardholder verification method results",
    "9F35": "Terminal type",
    "9F36": "Application transaction counter",
    "9F37": "Unpredictable number",
    "9F41": "Transaction sequence counter",
    "9F53": "Transaction category code",
    "9F6E": "Third party data",
}
"""EMV Book 3, annex A."""
