"""ISO 8583:1987 messages: bytes to elements and back. Total: any bytes give a Message or a Malformed.

Sound messages are read in one pass of our own; pyiso8583 reads the others again, says what is wrong, and is what the
tests hold both directions to.

Here are lengths, characters and bit maps. What an element means belongs to subelements and translate.
Nothing here ever shows content: representations and reasons name elements and offsets only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import iso8583

from switch.elements import BITMAPS, Element, all_elements
from switch.errors import ConfigurationError, EncodeError

CHARACTER_SETS = ("cp037", "cp500", "cp1047", "ascii")
_NOT_BUILT = frozenset({"cp1047"})  # not in CPython; a table of its own would be registered with codecs

Value = str | bytes


@dataclass(slots=True, repr=False)  # not frozen: made for every payment
class Message:
    """One message. Character elements are str as sent (padding kept), binary ones (DE 48, 52, 55...) raw wire bytes."""

    mti: str
    elements: dict[int, Value]

    def text(self, element: int, default: str = "") -> str:
        """A character element, or the default where it is absent."""
        value = self.elements.get(element, default)
        return value if isinstance(value, str) else default

    def raw(self, element: int) -> bytes:
        """A binary element, b"" where it is absent."""
        value = self.elements.get(element, b"")
        return value if isinstance(value, bytes) else b""

    def __repr__(self) -> str:
        return f"Message({self.mti}, DE {' '.join(map(str, sorted(self.elements)))})"


@dataclass(frozen=True, slots=True, repr=False)
class Malformed:
    """Bytes that are no message: what could be read all the same, and where and why reading failed.

    element is None where the failure is in no element (message type, bit map); offset counts from the payload's start.
    """

    mti: str | None
    elements: dict[int, Value]
    element: int | None
    offset: int
    reason: str

    def __repr__(self) -> str:
        place = f"DE {self.element}" if self.element is not None else "header"
        return f"Malformed({self.mti}, {place} at {self.offset}: {self.reason})"


class _Rule(NamedTuple):
    """One element as the decoding loop needs it; prefixes[n] is the one right way to write the length n."""

    number: int
    is_numeric: bool
    is_binary: bool
    prefixes: tuple[bytes, ...]


class _Flaw(NamedTuple):
    key: str
    reason: str


_Texts = dict[str, str]
_Wire = dict[str, dict[str, bytes]]
_BIT_1, _SECONDARY = 1 << 127, (1 << 64) - 1
_BIT_1_AT = 4
_BIT_65_AT = 12
_TOO_LONG = "Extra data after last field"


class Codec:
    """Decodes and encodes for one character set. Stateless, shared by all connections of a link."""

    __slots__ = ("_is_ascii", "_one_byte_per_character", "_readers", "_rules", "_spec", "_writers", "character_set")

    def __init__(self, character_set: str) -> None:
        if character_set not in CHARACTER_SETS:
            raise ConfigurationError(f"character_set: {character_set!r} is not one of {', '.join(CHARACTER_SETS)}")
        if character_set in _NOT_BUILT:
            raise ConfigurationError(f"character_set: {character_set} is not available in this version, use cp037")
        self.character_set = character_set
        carried = [element for number, element in all_elements().items() if number not in BITMAPS]
        self._spec = _spec(carried, character_set)
        self._rules = {str(element.number): _rule(element, character_set) for element in carried}
        self._is_ascii = character_set == "ascii"
        self._one_byte_per_character = "latin-1" if self._is_ascii else character_set
        self._readers = {e.number: _reader(e, character_set) for e in carried}
        self._writers = {e.number: _writer(e) for e in carried}

    def decode(self, payload: bytes) -> Message | Malformed:
        """Never raises. Of several flaws the first on the wire is reported; elements holds everything readable."""
        return self._sound(payload) or self.located(payload)

    def _sound(self, payload: bytes) -> Message | None:
        """The way of nearly every message: one pass, and at the first doubt None, for pyiso8583 to say what is wrong.

        All our character sets have one character per byte, so the payload is decoded once and cut into elements.
        """
        if len(payload) < _BIT_65_AT:
            return None
        text = payload.decode(self._one_byte_per_character)
        mti, ends = text[:4], len(payload)
        present, position = int.from_bytes(payload[4:12], "big"), _BIT_65_AT
        if not (mti.isascii() and mti.isdigit()):
            return None
        numbers = self._numbers_of(present)
        if present >> 63:
            secondary, position = int.from_bytes(payload[12:20], "big"), _BIT_65_AT + 8
            if ends < position or secondary >> 63:
                return None
            numbers = numbers[1:] + [64 + number for number in self._numbers_of(secondary)]
        elements: dict[int, Value] = {}
        for number in numbers:
            is_numeric, is_binary, lengths, digits, length = self._readers[number]
            if lengths is not None:
                found = lengths.get(payload[position : position + digits])
                if found is None:
                    return None
                position, length = position + digits, found
            end = position + length
            if end > ends:
                return None
            if is_binary:
                elements[number] = payload[position:end]
            else:
                value = text[position:end]
                if (is_numeric and not (value.isdigit() and value.isascii())) or (self._is_ascii and not value.isascii()):
                    return None
                elements[number] = value
            position = end
        return Message(mti, elements) if position == ends else None

    @staticmethod
    def _numbers_of(bits: int) -> list[int]:
        """The numbers of the bits that are set, 1 being the first of 64."""
        return [number for number, bit in enumerate(f"{bits:064b}", 1) if bit == "1"]

    def located(self, payload: bytes) -> Message | Malformed:
        """The same by pyiso8583, which says where and why it fails."""
        if len(payload) > _BIT_65_AT and payload[_BIT_1_AT] & 0x80 and payload[_BIT_65_AT] & 0x80:
            return self._with_third_bitmap(payload)
        try:
            texts, wire = iso8583.decode(payload, self._spec)
        except iso8583.DecodeError as error:
            return self._broken(error)
        elements: dict[int, Value] = {}
        flaw = self._collect(texts, wire, elements)
        if flaw is not None:
            return _malformed(texts, wire, elements, flaw)
        return Message(texts["t"], elements)

    def encode(self, message: Message) -> bytes:
        """The payload. EncodeError where a value's type, characters or length do not fit; nothing is padded.

        The same bytes as pyiso8583 gives (a property test holds it to that) at a quarter of the cost: every answer
        passes here.
        """
        mti = message.mti
        if len(mti) != 4 or not (mti.isascii() and mti.isdigit()):
            raise EncodeError(None, "the message type is not four digits")
        present = 0
        charset = self._one_byte_per_character
        parts: list[str] = []
        for number in sorted(message.elements):
            text = self._text(number, message.elements[number])
            _, _, prefixes, length = self._writers[number]
            if len(text) != length if not prefixes else len(text) > length:
                raise EncodeError(number, f"{len(text)} long, not {'up to ' if prefixes else ''}{length}")
            present |= 1 << (128 - number)
            if prefixes:
                parts.append(prefixes[len(text)])
            parts.append(text)
        has_secondary = present & _SECONDARY
        bitmaps = (present | _BIT_1).to_bytes(16, "big") if has_secondary else (present >> 64).to_bytes(8, "big")
        return mti.encode(charset) + bitmaps + "".join(parts).encode(charset)

    def _text(self, number: int, value: Value) -> str:
        """An element as characters of the set, binary ones too: one character is one byte, so all is encoded at once."""
        writer = self._writers.get(number)
        if writer is None:
            raise EncodeError(number, "there is no such element")
        if writer[1]:
            if not isinstance(value, bytes):
                raise EncodeError(number, "not bytes")
            return value.decode(self._one_byte_per_character)
        if not isinstance(value, str):
            raise EncodeError(number, "not characters")
        if writer[0] and not (value.isascii() and value.isdigit()):
            raise EncodeError(number, "not digits")
        if not value.isascii() and not self._can_write(value):
            raise EncodeError(number, f"not in {self.character_set}")
        return value

    def _can_write(self, text: str) -> bool:
        try:
            text.encode(self.character_set)
        except UnicodeEncodeError:
            return False
        return True

    def _collect(self, texts: _Texts, wire: _Wire, elements: dict[int, Value]) -> _Flaw | None:
        """Fill elements with what is sound; give the first flaw."""
        flaw: _Flaw | None = None
        if not (texts["t"].isascii() and texts["t"].isdigit()):
            flaw = _Flaw("t", "the message type is not four digits")
        rules = self._rules
        for key, text in texts.items():
            rule = rules.get(key)
            if rule is None:
                continue
            number, is_numeric, is_binary, prefixes = rule
            if is_numeric and not (text.isascii() and text.isdigit()):
                flaw = flaw or _Flaw(key, "not digits")
            elif prefixes and wire[key]["len"] != prefixes[len(wire[key]["data"])]:
                flaw = flaw or _Flaw(key, "the length is not written in digits")
            else:
                elements[number] = wire[key]["data"] if is_binary else text
        return flaw

    def _broken(self, error: iso8583.DecodeError) -> Malformed:
        """What the library read before it gave up. A flaw in an earlier element is the one to report."""
        texts, wire = error.doc_dec, error.doc_enc
        if not error.msg.startswith(_TOO_LONG):
            texts.pop(error.field, None)
        elements: dict[int, Value] = {}
        flaw = self._collect({"t": "0000", **texts}, wire, elements)
        if flaw is not None:
            return _malformed(texts, wire, elements, flaw)
        return Malformed(_mti(texts), elements, _number(error.field), error.pos, error.msg)

    def _with_third_bitmap(self, payload: bytes) -> Malformed:
        """Bit 65 is never set on this wire. Read DE 2-64 without it, so that the header can be answered."""
        readable = self.located(payload[:_BIT_65_AT] + bytes(8) + payload[_BIT_65_AT + 8 :])
        if isinstance(readable, Malformed) and readable.reason != _TOO_LONG:
            return readable
        return Malformed(readable.mti, readable.elements, 65, _BIT_65_AT, "bit 65 announces a third bit map")


def _malformed(texts: _Texts, wire: _Wire, elements: dict[int, Value], flaw: _Flaw) -> Malformed:
    offset = 0
    for key, part in wire.items():
        if key == flaw.key:
            break
        offset += len(part["len"]) + len(part["data"])
    return Malformed(_mti(texts), elements, _number(flaw.key), offset, flaw.reason)


def _mti(texts: _Texts) -> str | None:
    mti = texts.get("t", "")
    return mti if len(mti) == 4 and mti.isascii() and mti.isdigit() else None


def _number(key: str) -> int | None:
    return int(key) if key.isdigit() else None


def _rule(element: Element, character_set: str) -> _Rule:
    prefixes = _lengths_in_bytes(element.length_digits, element.max_length, character_set)
    return _Rule(element.number, element.is_numeric, element.is_binary, prefixes)


@cache
def _lengths_in_text(digits: int, longest: int) -> tuple[str, ...]:
    """How each length is written in front of the value; none for a fixed length. Many elements share one table."""
    return tuple(f"{length:0{digits}d}" for length in range(longest + 1)) if digits else ()


@cache
def _lengths_in_bytes(digits: int, longest: int, character_set: str) -> tuple[bytes, ...]:
    return tuple(text.encode(character_set) for text in _lengths_in_text(digits, longest))


@cache
def _lengths_by_bytes(digits: int, longest: int, character_set: str) -> Mapping[bytes, int]:
    return {prefix: length for length, prefix in enumerate(_lengths_in_bytes(digits, longest, character_set))}


def _reader(element: Element, character_set: str) -> tuple[bool, bool, Mapping[bytes, int] | None, int, int]:
    """Numeric, binary, lengths by their prefix (None: fixed), digits of the prefix, the fixed length."""
    digits, longest = element.length_digits, element.max_length
    lengths = _lengths_by_bytes(digits, longest, character_set) if digits else None
    return element.is_numeric, element.is_binary, lengths, digits, longest


def _writer(element: Element) -> tuple[bool, bool, tuple[str, ...], int]:
    """Numeric, binary, each length as text (none: fixed), the longest."""
    lengths = _lengths_in_text(element.length_digits, element.max_length)
    return element.is_numeric, element.is_binary, lengths, element.max_length


def _spec(elements: list[Element], character_set: str) -> dict[str, dict[str, Any]]:
    """The pyiso8583 form of the element table."""
    spec: dict[str, dict[str, Any]] = {
        "h": {"data_enc": "b", "len_enc": "b", "len_type": 0, "max_len": 0, "desc": "Header"},
        "t": {"data_enc": character_set, "len_enc": "b", "len_type": 0, "max_len": 4, "desc": "Message type"},
        "p": {"data_enc": "b", "len_enc": "b", "len_type": 0, "max_len": 8, "desc": "Bit map"},
        "1": {"data_enc": "b", "len_enc": "b", "len_type": 0, "max_len": 8, "desc": "Bit map, secondary"},
    }
    for element in elements:
        spec[str(element.number)] = {
            "data_enc": "b" if element.is_binary else character_set,
            "len_enc": character_set,
            "len_type": element.length_digits,
            "max_len": element.max_length,
            "desc": element.name,
        }
    return spec
