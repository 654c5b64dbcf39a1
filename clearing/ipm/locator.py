"""Reads a doubtful clearing message by pyiso8583, element by element, and says what is wrong with it and where. Pure.

The way of few records, so it is thorough instead of fast: message type, bit maps, lengths, digits, then the PDS inside
the carriers. It judges alone: what it finds nothing wrong with is a message.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import iso8583

from clearing.ipm.characters import CharacterSet
from clearing.ipm.elements import CARRIERS, MESSAGE_TYPES, Element, all_elements
from clearing.ipm.messages import BadMessage, IpmMessage, Value
from clearing.ipm.pds import PdsFlaw, read_pds

_BITS_AT, _DATA_AT = 4, 20
_TOO_LONG = "Extra data after last field"


class _Flaw(NamedTuple):
    element: int | None
    offset: int
    reason: str
    tag: str | None = None


@dataclass(slots=True)
class _Reading:
    """What has been read of one message."""

    mti: str | None = None
    elements: dict[int, Value] = field(default_factory=dict)
    pds: dict[str, str] = field(default_factory=dict)


class Locator:
    """The judge for one character set."""

    __slots__ = ("_character_set", "_spec")

    def __init__(self, character_set: CharacterSet) -> None:
        self._character_set = character_set
        # Digits are the same in all EBCDIC sets, and only digits matter to the library: it has no cp1047.
        self._spec = specification("cp037" if character_set is CharacterSet.CP1047 else character_set.value)

    def read(self, payload: bytes) -> IpmMessage | BadMessage:
        """The message, or its first flaw with what could be read."""
        reading = _Reading()
        flaw = self._head(payload, reading) or self._body(payload, reading)
        if flaw is None:
            assert reading.mti is not None, "the head was sound"
            return IpmMessage(reading.mti, reading.elements, reading.pds)
        return BadMessage(reading.mti, reading.elements, reading.pds, flaw.element, flaw.tag, flaw.offset, flaw.reason)

    def _head(self, payload: bytes, reading: _Reading) -> _Flaw | None:
        if len(payload) < _DATA_AT:
            return _Flaw(None, len(payload), "ends within message type and bit maps")
        mti = self._character_set.decode(payload[:_BITS_AT])
        if not mti.isdecimal():
            return _Flaw(None, 0, "the message type is not four digits")
        reading.mti = mti
        if mti not in MESSAGE_TYPES:
            return _Flaw(None, 0, "the message type is none of a clearing file")
        if not payload[_BITS_AT] & 0x80:
            return _Flaw(None, _BITS_AT, "bit 1 is not set, but a clearing file always has two bit maps")
        for number in range(2, 129):
            at = _BITS_AT + (number - 1) // 8
            if payload[at] >> (7 - (number - 1) % 8) & 1 and number not in all_elements():
                return _Flaw(number, at, "has no place in a clearing file")
        return None

    def _body(self, payload: bytes, reading: _Reading) -> _Flaw | None:
        try:
            texts, wire = iso8583.decode(payload, self._spec)
        except iso8583.DecodeError as error:
            texts, wire = error.doc_dec, error.doc_enc
            if not error.msg.startswith(_TOO_LONG):
                texts.pop(error.field, None)
            last = int(error.field) if error.field.isdigit() else None
            return self._collect(texts, wire, reading) or _Flaw(last, error.pos, _in_words(error.msg, last))
        return self._collect(texts, wire, reading)

    def _collect(self, texts: dict[str, str], wire: dict[str, dict[str, bytes]], reading: _Reading) -> _Flaw | None:
        """Fills the reading up to the first flaw in what the library has read."""
        at = 0
        for key, part in wire.items():
            element = all_elements().get(int(key)) if key.isdigit() else None
            if element is not None and key in texts:
                flaw = self._element(element, part, at, reading)
                if flaw is not None:
                    return flaw
            at += len(part["len"]) + len(part["data"])
        return None

    def _element(self, element: Element, part: dict[str, bytes], at: int, reading: _Reading) -> _Flaw | None:
        prefix, text = self._character_set.decode(part["len"]), self._character_set.decode(part["data"])
        if not element.is_fixed and prefix != f"{len(text):0{element.length_digits}d}":
            return _Flaw(element.number, at, "the length is not written in digits")
        if element.is_numeric and not text.isdecimal():
            return _Flaw(element.number, at + len(prefix), "not digits")
        if element.number not in CARRIERS:
            reading.elements[element.number] = part["data"] if element.is_binary else text
            return None
        found = read_pds(text, 0, len(text), reading.pds)
        return None if found is None else _inside(element, at + len(prefix), found)


def _in_words(said: str, element: int | None) -> str:
    """What the library says, without the numbers it quotes: a length read at a wrong place is somebody's digits."""
    if said.startswith(_TOO_LONG):
        return "bytes after the last element"
    if said.startswith("Failed to decode field length"):
        return "the length is not written in digits"
    if "larger than maximum" in said and element is not None:
        return f"longer than the {all_elements()[element].max_length} it may be"
    return "the message ends within the element"


def specification(character_set: str) -> dict[str, dict[str, Any]]:
    """The element table in the form of pyiso8583."""
    spec: dict[str, dict[str, Any]] = {
        "h": _field("b", 0, 0),
        "t": {**_field(character_set, 0, 4), "len_enc": "b"},
        "p": _field("b", 0, 8),
        "1": _field("b", 0, 8),
    }
    for number, element in all_elements().items():
        data = "b" if element.is_binary else character_set
        spec[str(number)] = {**_field(data, element.length_digits, element.max_length), "len_enc": character_set}
    return spec


def _field(data: str, digits: int, longest: int) -> dict[str, Any]:
    return {"data_enc": data, "len_enc": "b", "len_type": digits, "max_len": longest, "desc": ""}


def _inside(element: Element, start: int, flaw: PdsFlaw) -> _Flaw:
    return _Flaw(element.number, start + flaw.offset, flaw.reason, flaw.tag)
