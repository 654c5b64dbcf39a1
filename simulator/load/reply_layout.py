"""Finds in a reply what says whose it is (MTI, DE 7, DE 11) and what was answered (DE 39), without decoding it. Pure.

Where these stand depends on the bit map alone but for a few length prefixes, so the way to them is worked out once per
header. Our character sets write digits with their value in the low half of the byte.
"""

from collections.abc import Iterator
from typing import NamedTuple

from switch.elements import all_elements

MTI_BYTES, BITMAP_BYTES = 4, 8
HEADER_BYTES = MTI_BYTES + BITMAP_BYTES
KEPT_HEADERS = 1_000
"""A host that invents headers may not fill our memory."""

Hops = tuple[tuple[int, int], ...]
"""Bytes to skip, then digits of a length prefix to read and to skip with what they announce; the last has none."""

_TENS = [(byte & 15) * 10 for byte in range(256)]


class Layout(NamedTuple):
    """Where things stand behind the bit maps. Of what comes before DE 11 only DE 2 has no fixed length."""

    begins: int
    has_pan: bool
    to_stamp: int
    """From the end of DE 2."""
    to_stan: int
    """From DE 7."""
    to_code: Hops | None
    """From DE 11 to DE 39; None: the reply carries none."""


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
        begins, has_pan, to_stamp, to_stan, to_code = layout
        try:
            stamp = begins + to_stamp
            if has_pan:
                stamp += 2 + _TENS[payload[begins]] + (payload[begins + 1] & 15)
            stan = stamp + to_stan
            if len(payload) < stan + 6:
                return None
            key = payload[:MTI_BYTES] + payload[stamp : stamp + 10] + payload[stan : stan + 6]
            if to_code is None:
                return key, b""
            code = _along(to_code, payload, stan)
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
    fixed = {number: all_elements()[number].max_length for number in present if number not in {1, 2}}
    return Layout(
        begins=HEADER_BYTES + (BITMAP_BYTES if 1 in present else 0),
        has_pan=2 in present,
        to_stamp=sum(length for number, length in fixed.items() if number < 7),
        to_stan=sum(length for number, length in fixed.items() if 7 <= number < 11),
        to_code=tuple(_joined(number for number in present if 11 <= number < 39)) if 39 in present else None,
    )


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
        if digits == 2:
            at += 2 + _TENS[payload[at]] + (payload[at + 1] & 15)
        elif digits:
            at += 3 + _TENS[payload[at]] * 10 + _TENS[payload[at + 1]] + (payload[at + 2] & 15)
    return at
