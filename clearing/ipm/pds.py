"""Private data subelements inside their carriers: tag (4 digits), length (3 digits), value; one after the other. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from clearing.errors import EncodeError
from clearing.ipm.elements import CARRIERS

CARRIER_LENGTH = 999
_HEAD = 7
_LENGTHS = {f"{length:03d}": length for length in range(1000)}
_HEADS_KEPT = 4096  # a file from outside may use any of ten million
_heads: dict[str, tuple[str, int]] = {}
"""Tag and length as they were read before: a file uses the same ones again and again."""


class PdsFlaw(NamedTuple):
    """What is wrong in a carrier. `offset` counts in the text given; `tag` is None where it could not be read."""

    offset: int
    tag: str | None
    reason: str


def read_pds(text: str, start: int, end: int, into: dict[str, str]) -> PdsFlaw | None:
    """Adds the PDS of the carrier at text[start:end] to `into`, up to the first flaw."""
    at = start
    while at < end:
        begin = at + _HEAD
        head = _heads.get(text[at:begin]) or _head(text[at:begin])
        if head is None:
            return _flaw(text, at, end, into)
        tag, length = head
        if begin + length > end or tag in into:
            return _flaw(text, at, end, into)
        at = begin + length
        into[tag] = text[begin:at]
    return None


def _head(text: str) -> tuple[str, int] | None:
    """None where these are no tag and length."""
    tag, length = text[:4], _LENGTHS.get(text[4:])
    if length is None or len(tag) != 4 or not tag.isdecimal():
        return None
    if len(_heads) < _HEADS_KEPT:
        _heads[text] = tag, length
    return tag, length


def carried(pds: Mapping[str, str]) -> list[tuple[int, str]]:
    """The carriers with their values, in order of tags. Raises EncodeError for what does not fit."""
    values: list[str] = []
    room = 0
    for tag in sorted(pds):
        item = _written(tag, pds[tag])
        if len(item) > room:
            if len(values) == len(CARRIERS):
                raise EncodeError(CARRIERS[-1], "the PDS do not fit into all carriers together")
            values.append("")
            room = CARRIER_LENGTH
        values[-1] += item
        room -= len(item)
    return list(zip(CARRIERS, values, strict=False))


def _written(tag: str, value: str) -> str:
    if len(tag) != 4 or not tag.isdecimal():
        raise EncodeError(None, "a tag is not four digits", tag="????")
    if len(value) > CARRIER_LENGTH - _HEAD:
        raise EncodeError(None, f"{len(value)} long, not up to {CARRIER_LENGTH - _HEAD}", tag=tag)
    return f"{tag}{len(value):03d}{value}"


def _flaw(text: str, at: int, end: int, seen: Mapping[str, str]) -> PdsFlaw:
    tag = text[at : at + 4]
    if at + _HEAD > end:
        return PdsFlaw(at, None, f"{end - at} characters are left, too few for a tag and a length")
    if not tag.isdecimal():
        return PdsFlaw(at, None, "the tag is not four digits")
    length = _LENGTHS.get(text[at + 4 : at + _HEAD])
    if length is None:
        return PdsFlaw(at + 4, tag, "the length is not three digits")
    if at + _HEAD + length > end:
        return PdsFlaw(at + 4, tag, f"longer than the {end - at - _HEAD} characters left in the carrier")
    assert tag in seen, "nothing else is refused"
    return PdsFlaw(at, tag, "occurs twice in one message")
