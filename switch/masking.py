"""A message as it may be stored and logged: PAN as first 6 and last 4, secrets and personal data as "masked".

Pure. Everything that leaves the switch for a log line, a stored message or a screen passes here; nothing here decides.
Elements with an inside are shown by subelement, tag, position or amount. Where card numbers are looked for in text
that should hold none is said in authorizer.card_numbers.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import cache
from itertools import accumulate, pairwise

from authorizer.card_numbers import SHORTEST, hide_card_numbers, hide_own_number, is_card_number, masked_pan
from switch.elements import all_elements
from switch.iso8583 import Malformed, Message, Value
from switch.layouts import POSITIONS, SUBELEMENT_NAMES, TAGGED_ELEMENTS, TAGGED_SUBELEMENTS, TaggedLayout
from switch.subelements import SubelementError, parse_additional_amounts, parse_additional_data, parse_tagged
from switch.tlv import TAG_NAMES, IccTag, open_icc_data, parse_icc_data

__all__ = ["MASKED", "OnUnknown", "masked_answer", "masked_fields", "masked_pan", "printable", "shown_fields"]

MASKED = "masked"

SECRET_ELEMENTS = frozenset({34, 35, 36, 45, 52, 96, 102, 103, 110, 122, 123, 124, 125})
"""Tracks, PIN data, passwords, key blocks, and free data that may name a person or an account."""

SECRET_SUBELEMENTS = frozenset({"10", "11", "92"})
"""DE 48: key blocks, CVC2."""

SECRET_TAGS = frozenset({"56", "57", "5A", "5F20", "9F0B", "9F1F", "9F20", "9F6B", "99"})
"""DE 55: tracks, PAN, cardholder name, PIN data."""

SHOWN_PARTS: Mapping[int, frozenset[str]] = {104: frozenset({"002", "003", "004"}), 108: frozenset(), 120: frozenset()}
"""Elements whose other parts are cryptograms, names, addresses and accounts: only the ids of those are shown."""

SPLIT_ELEMENTS = frozenset({60, 61, 63, 90, 95})
"""Shown by position. DE 3, 22 and 43 stay whole: people and queries read them so, decode splits them for the eye."""

IDENTIFIERS = frozenset({42, 97})
"""No free text although not numeric and 13 characters or longer: merchant id, net settlement amount."""

POS_DATA = re.compile(r"[012]0[0-9]{6}0[0-9]{7}")
"""DE 61 that keeps to its positions is no free text."""

OnUnknown = Callable[[int], None]
"""Told the element of each subelement, tag or part that no table of ours names."""

_BINARY_SUBELEMENTS = frozenset({"72"})
_AUTHORIZATION_KINDS = "12"
_WITH_CARD_NUMBERS = frozenset({34, 35, 45, 102, 103})
_TRACK_PAN = re.compile(r"[0-9]{13,19}")


def masked_fields(message: Message | Malformed, character_set: str, on_unknown: OnUnknown | None = None) -> dict[str, object]:
    """JSON-able values by DE number: text printable, bytes as hex, insides as objects (DE 54: a list)."""
    return _View(character_set, _own_numbers(message), on_unknown).fields(message)


def masked_answer(
    reply: Message, request: Message | Malformed, request_fields: Mapping[str, object], character_set: str
) -> dict[str, object]:
    """masked_fields of a reply to `request`, which is masked already: what was echoed is not masked again."""
    fields: dict[str, object] = {}
    added: dict[int, Value] = {}
    for number, value in reply.elements.items():
        if request.elements.get(number) is value:
            fields[str(number)] = request_fields[str(number)]
        else:
            added[number] = value
    return fields | _View(character_set, _own_numbers(request)).fields(Message(reply.mti, added))


def shown_fields(message: Message | Malformed, character_set: str, *, reveal: bool) -> dict[str, object]:
    """masked_fields, or with reveal the clear values in the same shape (for a person at a terminal only)."""
    return _View(character_set, reveal=True).fields(message) if reveal else masked_fields(message, character_set)


def printable(value: Value) -> str:
    """Text that any store and terminal can hold: control characters escaped, bytes as upper-case hex."""
    if isinstance(value, bytes):
        return value.hex().upper()
    return value if value.isprintable() else value.encode("unicode_escape").decode("ascii")


def _own_numbers(message: Message | Malformed) -> Sequence[str]:
    """The card numbers that the message itself names, by DE 2 and the elements that carry one beside other data."""
    elements = message.elements
    pan = elements.get(2)
    found = [pan] if isinstance(pan, str) and len(pan) >= SHORTEST else []
    for number in _WITH_CARD_NUMBERS & elements.keys():
        value = elements[number]
        if isinstance(value, str) and (match := _TRACK_PAN.search(value)) and match[0] not in found:
            found.append(match[0])
    return found


class _Room(Enum):
    """What an element has room for."""

    SHORT_NUMBER = 1
    """Digits, too few for a card number: shown as they are. Most elements of most messages."""
    IDENTIFIER = 2
    FREE_TEXT = 3
    INSIDE = 4
    """A structure, a secret, or DE 2."""


@cache
def _room(number: int) -> _Room:
    element = all_elements()[number]
    if number == 2 or number in SECRET_ELEMENTS or number in SPLIT_ELEMENTS or number in TAGGED_ELEMENTS or number == 54:
        return _Room.INSIDE
    if element.is_binary:
        return _Room.INSIDE
    if element.max_length < SHORTEST:
        return _Room.SHORT_NUMBER if element.is_numeric else _Room.IDENTIFIER
    return _Room.IDENTIFIER if element.is_numeric or number in IDENTIFIERS else _Room.FREE_TEXT


@cache
def _widths(number: int) -> Sequence[tuple[str, int, int]]:
    """Position, where it starts, where it ends."""
    ends = list(accumulate(width for _, width in POSITIONS[number]))
    return [(str(place), start, end) for place, (start, end) in enumerate(pairwise([0, *ends]), start=1)]


class _View:
    """How the values of one message are shown. `own` are its card numbers, hidden wherever they stand."""

    __slots__ = ("_character_set", "_on_unknown", "_own", "_reveal")

    def __init__(
        self, character_set: str, own: Sequence[str] = (), on_unknown: OnUnknown | None = None, *, reveal: bool = False
    ) -> None:
        self._character_set, self._own, self._on_unknown, self._reveal = character_set, own, on_unknown, reveal

    def fields(self, message: Message | Malformed) -> dict[str, object]:
        kind = (message.mti or "")[1:2]
        shown: dict[str, object] = {}
        for number, value in message.elements.items():
            room = _room(number)
            if room is _Room.SHORT_NUMBER:
                shown[str(number)] = value
            elif room is _Room.INSIDE or isinstance(value, bytes):
                shown[str(number)] = self._element(number, value, kind)
            elif room is _Room.FREE_TEXT:
                shown[str(number)] = self._free(value)
            else:
                shown[str(number)] = printable(self._identifier(value))
        return shown

    def _element(self, number: int, value: Value, kind: str) -> object:
        if number in SECRET_ELEMENTS and not self._reveal:
            return MASKED
        if isinstance(value, bytes):
            return self._binary(number, value)
        if number == 2:
            return printable(value) if self._reveal else masked_pan(printable(value))
        if number in SPLIT_ELEMENTS:
            return self._positions(number, value)
        if number == 54:
            return self._amounts(value)
        layout = TAGGED_ELEMENTS.get(number)
        return self._free(value) if layout is None else self._tagged_element(number, value, layout, kind)

    def _identifier(self, text: str) -> str:
        """A value with a form of its own: only the message's own card numbers are hidden in it."""
        for pan in self._own:
            text = hide_own_number(text, pan)
        return text

    def _free(self, text: str) -> str:
        return printable(text if self._reveal else hide_card_numbers(self._identifier(text)))

    def _unknown(self, number: int) -> None:
        if self._on_unknown is not None:
            self._on_unknown(number)

    def _positions(self, number: int, text: str) -> object:
        """By position from 1, as far as the text goes; as text where a card number stands in it."""
        follows = POS_DATA.match(text) if number == 61 else text.isdigit() if number in (90, 95) else None
        shown = self._identifier(text) if follows else self._free(text)
        if shown != text:
            return printable(shown)
        length = len(text)
        return {position: text[start:end] for position, start, end in _widths(number) if start < length}

    def _amounts(self, text: str) -> object:
        amounts = parse_additional_amounts(text)
        if isinstance(amounts, SubelementError):
            return self._free(text)
        return [
            {
                "account_type": amount.account_type,
                "amount_type": amount.amount_type,
                "currency": amount.currency,
                "amount_minor": amount.amount_minor,
            }
            for amount in amounts
        ]

    def _tagged_element(self, number: int, text: str, layout: TaggedLayout, kind: str) -> object:
        visible = None if self._reveal else SHOWN_PARTS.get(number)
        is_tagged = number != 120 or kind in _AUTHORIZATION_KINDS
        shown = self._tagged(number, text, layout, visible) if is_tagged else None
        if shown is None:
            return MASKED if visible is not None else self._free(text)
        return shown

    def _tagged(self, number: int, text: str, layout: TaggedLayout, visible: frozenset[str] | None) -> dict[str, object] | None:
        """None for what is not of this layout. `visible` are the ids whose values may be shown (None: all)."""
        items = parse_tagged(text, element=number, id_digits=layout.id_digits, length_digits=layout.length_digits)
        if isinstance(items, SubelementError):
            return None
        shown: dict[str, object] = {}
        for identifier, value in items.items():
            if layout.names and identifier not in layout.names:
                self._unknown(number)
            is_hidden = visible is not None and identifier not in visible
            inner = layout.inside.get(identifier)
            inside = self._tagged(number, value, inner, frozenset() if is_hidden else None) if inner is not None else None
            shown[identifier] = inside if inside is not None else MASKED if is_hidden else self._free(value)
        return shown

    def _binary(self, number: int, raw: bytes) -> object:
        match number:
            case 48:
                return self._additional_data(raw)
            case 55:
                return self._icc_data(raw)
            case _:
                return self._identifier(printable(raw))

    def _additional_data(self, raw: bytes) -> object:
        data = parse_additional_data(raw, self._character_set)
        if isinstance(data, SubelementError):
            return printable(raw) if self._reveal else MASKED
        shown: dict[str, object] = {"tcc": printable(data.tcc)}
        for identifier, value in data.subelements.items():
            if identifier not in SUBELEMENT_NAMES:
                self._unknown(48)
            if identifier in SECRET_SUBELEMENTS and not self._reveal:
                shown[identifier] = MASKED
            elif identifier in _BINARY_SUBELEMENTS:
                shown[identifier] = self._identifier(printable(value))
            else:
                shown[identifier] = self._subelement(identifier, value, data.text(identifier))
        return shown

    def _subelement(self, identifier: str, value: bytes, text: str) -> object:
        layout = TAGGED_SUBELEMENTS.get(identifier)
        if layout is not None and text.isprintable():
            shown = self._tagged(48, text, layout, None)
            if identifier == "33" and not self._reveal:
                return MASKED if shown is None else {**shown, **_masked_token(shown)}
            if shown is not None:
                return shown
        if identifier == "33" and not self._reveal:
            return MASKED
        if text.isprintable():
            return self._free(text)
        if not self._reveal and (self._free(text) != printable(text) or _spells_a_card(value)):
            return MASKED  # bytes in hex would spell the card number that stands among them
        return self._identifier(printable(value))

    def _icc_data(self, raw: bytes) -> object:
        opened = open_icc_data(raw)
        if not isinstance(opened, SubelementError):
            return self._tags(opened)
        flat = parse_icc_data(raw)  # the fault may lie in a template, and the rest is worth showing
        if isinstance(flat, SubelementError):
            return printable(raw) if self._reveal else MASKED
        return self._tags([IccTag(tag, value, 0) for tag, value in flat.items])

    def _tags(self, tags: Sequence[IccTag]) -> dict[str, object]:
        shown: dict[str, object] = {}
        for tag in tags:
            name, count = tag.tag, 1
            while name in shown:
                count += 1
                name = f"{tag.tag}#{count}"
            shown[name] = self._tag(tag)
        return shown

    def _tag(self, tag: IccTag) -> object:
        is_unknown = tag.tag not in TAG_NAMES
        if is_unknown:
            self._unknown(55)
        if tag.parts and tag.tag not in SECRET_TAGS:
            return self._tags(tag.parts)
        text = printable(tag.value)
        if self._reveal:
            return text
        is_closed_template = int(tag.tag[:2], 16) & 0x20 and not tag.parts and tag.value
        if tag.tag in SECRET_TAGS or is_closed_template or (is_unknown and _spells_a_card(tag.value)):
            return MASKED
        return self._identifier(text)


def _spells_a_card(value: bytes) -> bool:
    """Packed decimals, or characters of either alphabet."""
    texts = (value.decode("latin-1"), value.decode("cp037"))
    return is_card_number(value.hex().rstrip("f").lstrip("0")) or any(hide_card_numbers(text) != text for text in texts)


def _masked_token(shown: Mapping[str, object]) -> dict[str, object]:
    """SE 33: the account number (02) is a card number, whatever its check digit says."""
    number = shown.get("02")
    return {"02": masked_pan(number)} if isinstance(number, str) else {}
