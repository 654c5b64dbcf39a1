"""One message encoded once, with holes where each sending differs. Pure.

Every hole has a fixed width, so that the length prefix and all lengths inside stay as they are; filling one in costs a
formatting of bytes instead of an encoding of some twenty elements.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from simulator.load.reply_layout import BITMAP_BYTES, MTI_BYTES
from switch.elements import all_elements
from switch.framing import Framing
from switch.iso8583 import Codec, Message

Place = int | str
"""An element; "48.NN" for a text subelement of DE 48; "NN:FROM:TO" for some characters of an element."""

HOLES: Mapping[Place, str] = {
    2: "pan", 4: "amount", 7: "stamp", 11: "stan", 12: "time", 13: "date", 14: "expiry", 15: "date", 37: "rrn",
    49: "currency", 52: "pin_block", 63: "reference",
}  # fmt: skip
"""What is new in an ordinary message."""


@dataclass(frozen=True, slots=True)
class Hole:
    """`width` bytes at `at`, counted from the payload's start, come from the value of that name."""

    at: int
    width: int
    name: str


def template(message: Message, codec: Codec, framing: Framing, holes: Mapping[Place, str]) -> bytes:
    """A whole frame as a format for `%` with a mapping of byte strings; places that the message lacks are left out."""
    payload = codec.encode(message)
    offsets = _element_offsets(message)
    subelements = _subelement_offsets(message.raw(48), codec.character_set)
    found = [
        Hole(*where, name) for place, name in holes.items() if (where := _where(place, message, offsets, subelements)) is not None
    ]
    return with_holes(framing.wrap(payload), found, before=len(framing.wrap(b"")) - len(framing.trailer))


def with_holes(frame: bytes, holes: list[Hole], *, before: int) -> bytes:
    """`before`: how many bytes of the frame stand in front of the payload."""
    parts, at = [], 0
    for hole in sorted(holes, key=lambda hole: hole.at):
        start = hole.at + before
        parts += [frame[at:start].replace(b"%", b"%%"), b"%%(%b)b" % hole.name.encode()]
        at = start + hole.width
    return b"".join([*parts, frame[at:].replace(b"%", b"%%")])


def _where(
    place: Place, message: Message, offsets: Mapping[int, int], subelements: Mapping[str, tuple[int, int]]
) -> tuple[int, int] | None:
    """Offset in the payload and width; None where the message lacks the place."""
    if isinstance(place, int):
        return (offsets[place], len(message.elements[place])) if place in offsets else None
    if place.startswith("48."):
        inner = subelements.get(place[3:])
        return None if inner is None else (offsets[48] + inner[0], inner[1])
    number, start, end = map(int, place.split(":"))
    return (offsets[number] + start, end - start) if number in offsets else None


def _element_offsets(message: Message) -> dict[int, int]:
    """Where each element's value begins in the payload."""
    known = all_elements()
    at = MTI_BYTES + BITMAP_BYTES * (2 if max(message.elements) > 64 else 1)
    offsets = {}
    for number in sorted(message.elements):
        at += known[number].length_digits
        offsets[number] = at
        at += len(message.elements[number])
    return offsets


def _subelement_offsets(raw: bytes, character_set: str) -> dict[str, tuple[int, int]]:
    """Offset and length of each text subelement's value in DE 48: category 1, then id 2, length 2, value."""
    text, at, found = raw.decode(character_set), 1, {}
    while at < len(text):
        key, length = text[at : at + 2], int(text[at + 2 : at + 4])
        found[key] = (at + 4, length)
        at += 4 + length
    return found
