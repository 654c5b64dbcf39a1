"""Finds in a reply what says whose it is (MTI, DE 7, DE 11) and what was answered (DE 39), without decoding it. Pure.

Where these stand depends on the bit map alone but for a few length prefixes, so the way to them is worked out once per
header. Our character sets write digits with their value in the low half of the byte.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from switch.elements import all_elements

MTI_BYTES, BITMAP_BYTES = 4, 8
HEADER_BYTES = MTI_BYTES + BITMAP_BYTES
KEPT_HEADERS = 1_000
"""A host that invents headers may not fill our memory."""

Hops = tuple[tuple[int, int], ...]
"""Bytes to skip, then digits of a length prefix to read and to skip with what they announce; the last has none."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The ways to DE 7, from there to DE 11, from there to DE 39 (None: the reply carries none)."""

    to_stamp: Hops
    to_stan: Hops
    to_code: Hops | None


class ReplyReader:
    """Keeps the ways that it has found."""

    def __init__(self) -> None:
        self._layouts: dict[bytes, Layout | None] = {}

    def read(self, payload: bytes) -> tuple[bytes, bytes] | None:
        """Key (MTI, DE 7, DE 11 as sent) and DE 39 (empty where absent); None for what is no such message."""
        header = payload[:HEADER_BYTES]
        try:
            layout = self._layouts[header]
        except KeyError:
            layout = self._learn(header)
        if layout is None:
            return None
        try:
            stamp = _along(layout.to_stamp, payload, HEADER_BYTES)
            stan = _along(layout.to_stan, payload, stamp)
            if len(payload) < stan + 6:
                return None
            key = payload[:MTI_BYTES] + payload[stamp : stamp + 10] + payload[stan : stan + 6]
            if layout.to_code is None:
                return key, b""
            code = _along(layout.to_code, payload, stan)
        except IndexError:
            return None
        return key, payload[code : code + 2]

    def _learn(self, header: bytes) -> Layout | None:
        layout = layout_of(header)
        if len(self._layouts) < KEPT_HEADERS:
            self._layouts[header] = layout
        return layout


def is_management_request(payload: bytes) -> bool:
    """A 0800: digits have their value in the low half of the byte."""
    return [byte & 15 for byte in payload[:MTI_BYTES]] == [0, 8, 0, 0]


def layout_of(header: bytes) -> Layout | None:
    """None for a header without DE 7 or DE 11, or with fewer bytes than a header has."""
    if len(header) < HEADER_BYTES:
        return None
    bits = int.from_bytes(header[MTI_BYTES:], "big")
    present = [number for number in range(1, 65) if bits >> (64 - number) & 1]
    if not {7, 11} <= set(present):
        return None
    secondary = BITMAP_BYTES if present[0] == 1 else 0
    to_stamp = _hops(present, 1, 7)
    to_stamp = ((to_stamp[0][0] + secondary, to_stamp[0][1]), *to_stamp[1:])
    return Layout(to_stamp, _hops(present, 7, 11), _hops(present, 11, 39) if 39 in present else None)


def _hops(present: list[int], after: int, to: int) -> Hops:
    """From the value of `after` (where present: its beginning) to the value of `to`."""
    return tuple(_joined(number for number in present if after <= number < to and number != 1))


def _joined(numbers: Iterator[int]) -> Iterator[tuple[int, int]]:
    known, skip = all_elements(), 0
    for number in numbers:
        element = known[number]
        if element.length_digits:
            yield skip, element.length_digits
            skip = 0
        else:
            skip += element.max_length
    yield skip, 0


def _along(hops: Hops, payload: bytes, at: int) -> int:
    for skip, digits in hops:
        at += skip
        length = 0
        for place in range(at, at + digits):
            length = length * 10 + (payload[place] & 15)
        at += digits + length
    return at
