"""What one record is to a transfer: the beginning of a file, its end, or something between. Pure and total.

Only 1644 are read here; whether the others are sound is judged when their file is whole.
"""

import enum
from dataclasses import dataclass

from clearing.ipm.characters import CharacterSet
from clearing.ipm.codec import HEADER_LENGTH, IpmCodec
from clearing.ipm.elements import MESSAGE_TYPES
from clearing.ipm.messages import BadMessage
from clearing.ipm.proof import HEADER, TRAILER

ADMINISTRATIVE = "1644"
# The three EBCDIC sets write digits alike, and only digits matter here.
_CODECS = {one: IpmCodec(one) for one in (CharacterSet.CP500, CharacterSet.LATIN_1)}


class Kind(enum.Enum):
    """HEADER and TRAILER are the 1644/697 and 1644/695 around a file; GARBAGE is no message of a clearing file."""

    HEADER = enum.auto()
    TRAILER = enum.auto()
    DETAIL = enum.auto()
    GARBAGE = enum.auto()


@dataclass(frozen=True, slots=True)
class Sort:
    """A record's kind, and what a header says of its file; of garbage where it could not be read and why. No content."""

    kind: Kind
    character_set: CharacterSet | None = None
    mti: str = ""
    file_id: str = ""
    """PDS 0105 of a header, where it is one."""
    element: int | None = None
    tag: str | None = None
    reason: str = ""


def sorted_out(record: bytes, expected: CharacterSet | None = None) -> Sort:
    """`expected`: what the file's header was written in, where one is open; a record in another is garbage."""
    for character_set in _CODECS:
        mti = character_set.decode(record[:4])
        if mti in MESSAGE_TYPES and expected in (None, character_set):
            break
    else:
        return Sort(Kind.GARBAGE, reason="does not begin with a message type of a clearing file")
    if len(record) < HEADER_LENGTH or not record[4] & 0x80:
        return Sort(Kind.GARBAGE, character_set, reason="has no two bit maps")
    if mti != ADMINISTRATIVE:
        return Sort(Kind.DETAIL, character_set, mti)
    return _administrative(record, _CODECS[character_set])


def _administrative(record: bytes, codec: IpmCodec) -> Sort:
    message = codec.decode(record)
    if isinstance(message, BadMessage):
        return Sort(Kind.GARBAGE, codec.character_set, element=message.element, tag=message.tag, reason=message.reason)
    match message.function_code:
        case code if code == HEADER:
            file_id = message.pds.get("0105", "")
            is_sound = len(file_id) == 25 and file_id.isdecimal()
            return Sort(Kind.HEADER, codec.character_set, ADMINISTRATIVE, file_id if is_sound else "")
        case code if code == TRAILER:
            return Sort(Kind.TRAILER, codec.character_set, ADMINISTRATIVE)
    return Sort(Kind.DETAIL, codec.character_set, ADMINISTRATIVE)
