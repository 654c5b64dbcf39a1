"""Clearing messages: bytes to elements and PDS and back. Total: any bytes give an IpmMessage or a BadMessage.

Sound messages are read in one pass by a plan made once per bit map: a run of fixed elements is cut in one go and its
digits are looked at together. At the first doubt pyiso8583 reads the message again (`locator`) and says what is wrong
and where; the tests hold both directions to it.
"""

from typing import NamedTuple

from clearing.errors import EncodeError
from clearing.ipm.characters import CharacterSet
from clearing.ipm.elements import CARRIERS, MESSAGE_TYPES, Element, all_elements
from clearing.ipm.locator import Locator
from clearing.ipm.messages import BadMessage, IpmMessage, Value
from clearing.ipm.pds import carried, read_pds

HEADER_LENGTH = 20
"""Message type and both bit maps, which are always there."""
LONGEST_MESSAGE = HEADER_LENGTH + sum(element.length_digits + element.max_length for element in all_elements().values())
_PLANS_KEPT = 256  # a file from outside may use a new bit map for every record
_TEXT, _DIGITS, _BYTES, _PDS = range(4)


class _Stretch(NamedTuple):
    """Some fixed elements in a row and the variable one behind them; positions count from the stretch's start."""

    fixed: tuple[tuple[int, int, int], ...]
    digits: tuple[tuple[int, int], ...]
    width: int
    variable: int
    kind: int
    prefix: int
    lengths: dict[str, int]


class IpmCodec:
    """Decodes and encodes for one character set; shared by all records of a file."""

    __slots__ = ("_located", "_plans", "character_set")

    def __init__(self, character_set: CharacterSet) -> None:
        self.character_set = character_set
        self._located = Locator(character_set)
        self._plans: dict[bytes, tuple[_Stretch, ...] | None] = {}

    def decode(self, payload: bytes) -> IpmMessage | BadMessage:
        """Never raises. Of several flaws the first is reported; what was sound before it is kept."""
        return self._sound(payload) or self._located.read(payload)

    def _sound(self, payload: bytes) -> IpmMessage | None:
        """None at the first doubt."""
        text = self.character_set.decode(payload)
        bits = payload[4:HEADER_LENGTH]
        plan = self._plans[bits] if bits in self._plans else self._planned(bits)
        if plan is None or text[:4] not in MESSAGE_TYPES:
            return None
        elements: dict[int, Value] = {}
        pds: dict[str, str] = {}
        at, ends = HEADER_LENGTH, len(payload)
        for fixed, digits, width, variable, kind, prefix, lengths in plan:
            if at + width > ends or (digits and not _are_digits(text, at, digits)):
                return None
            for number, start, end in fixed:
                elements[number] = text[at + start : at + end]
            at += width
            if not variable:
                continue
            length = lengths.get(text[at : at + prefix])
            start = at + prefix
            if length is None or (at := start + length) > ends:
                return None
            if kind == _PDS:
                if read_pds(text, start, at, pds) is not None:
                    return None
            elif kind == _BYTES:
                elements[variable] = payload[start:at]
            else:
                elements[variable] = value = text[start:at]
                if kind == _DIGITS and not value.isdecimal():
                    return None
        return IpmMessage(text[:4], elements, pds) if at == ends else None

    def encode(self, message: IpmMessage) -> bytes:
        """The record's bytes. EncodeError where a value's type, characters or length do not fit; nothing is padded."""
        if message.mti not in MESSAGE_TYPES:
            raise EncodeError(None, "the message type is none of a clearing file")
        values = dict(message.elements)
        if misplaced := values.keys() & set(CARRIERS):
            raise EncodeError(min(misplaced), "is filled from the message's PDS")
        values.update(carried(message.pds))
        present = 1 << 127
        parts: list[str] = []
        for number in sorted(values):
            present |= 1 << (128 - number)
            parts.append(self._written(number, values[number]))
        head = self.character_set.encode(message.mti) + present.to_bytes(16, "big")
        return head + self.character_set.encode("".join(parts))

    def _written(self, number: int, value: Value) -> str:
        """An element as characters, a binary one too: one character is one byte, so all is encoded at once."""
        element = all_elements().get(number)
        if element is None:
            raise EncodeError(number, "has no place in a clearing file")
        if isinstance(value, bytes) is not element.is_binary:
            raise EncodeError(number, "not bytes" if element.is_binary else "not characters")
        text = self.character_set.decode(value) if isinstance(value, bytes) else value
        if element.is_numeric and not (text.isascii() and text.isdecimal()):
            raise EncodeError(number, "not digits")
        if len(text) != element.max_length if element.is_fixed else len(text) > element.max_length:
            raise EncodeError(number, f"{len(text)} long, not {'' if element.is_fixed else 'up to '}{element.max_length}")
        return text if element.is_fixed else f"{len(text):0{element.length_digits}d}{text}"

    def _planned(self, bits: bytes) -> tuple[_Stretch, ...] | None:
        if len(self._plans) >= _PLANS_KEPT:
            self._plans.clear()
        self._plans[bits] = plan = _plan(bits)
        return plan


def _are_digits(text: str, at: int, spans: tuple[tuple[int, int], ...]) -> bool:
    for start, end in spans:  # noqa: SIM110 - a generator costs more than the look at the digits
        if not text[at + start : at + end].isdecimal():
            return False
    return True


def _plan(bits: bytes) -> tuple[_Stretch, ...] | None:
    """How to read a message with these bit maps; None where they cannot be right."""
    if len(bits) != HEADER_LENGTH - 4 or not bits[0] & 0x80:
        return None
    present = int.from_bytes(bits, "big")
    numbers = [number for number in range(2, 129) if present >> (128 - number) & 1]
    known = all_elements()
    if any(number not in known for number in numbers):
        return None
    plan: list[_Stretch] = []
    run: list[Element] = []
    for element in map(known.__getitem__, numbers):
        if element.is_fixed:
            run.append(element)
        else:
            plan.append(_stretch(run, element))
            run = []
    return (*plan, _stretch(run, None)) if run else tuple(plan)


def _stretch(run: list[Element], variable: Element | None) -> _Stretch:
    fixed: list[tuple[int, int, int]] = []
    digits: list[tuple[int, int]] = []
    at = 0
    for element in run:
        end = at + element.max_length
        fixed.append((element.number, at, end))
        if element.is_numeric:
            joined = digits.pop()[0] if digits and digits[-1][1] == at else at
            digits.append((joined, end))
        at = end
    if variable is None:
        return _Stretch(tuple(fixed), tuple(digits), at, 0, _TEXT, 0, {})
    return _Stretch(tuple(fixed), tuple(digits), at, variable.number, _kind(variable), variable.length_digits, _lengths(variable))


def _kind(element: Element) -> int:
    if element.number in CARRIERS:
        return _PDS
    if element.is_binary:
        return _BYTES
    return _DIGITS if element.is_numeric else _TEXT


def _lengths(element: Element) -> dict[str, int]:
    """Lengths by how they must be written."""
    return {f"{length:0{element.length_digits}d}": length for length in range(element.max_length + 1)}
