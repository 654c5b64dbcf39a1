"""Card data in fixtures: test cards in clear, every other number replaced, what is secret about it overwritten. Pure.

A number outside the test range becomes another of the same length inside it, the same one each time, so that a masked
recording still tells one card from another and still reads as messages. Lengths never change. The recorder gets a mask
passed in: the simulator knows the wire only.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from authorizer.pan import luhn_check_digit
from switch.card_numbers import SHORTEST, hide_card_numbers, is_card_number
from switch.elements import all_elements
from switch.iso8583 import Message, Value
from switch.layouts import TAGGED_ELEMENTS, TAGGED_SUBELEMENTS, TaggedLayout
from switch.masking import IDENTIFIERS, SECRET_TAGS, SHOWN_PARTS
from switch.subelements import (
    AdditionalData,
    SubelementError,
    build_additional_data,
    build_tagged,
    parse_additional_data,
    parse_tagged,
)
from switch.tlv import build_icc_data, parse_icc_data

TEST_BIN = "541333"

ZEROED_ELEMENTS = frozenset({36, 52, 56, 64, 96, 110, 122, 123, 124, 125, 128})
"""Track 3, PIN data, codes, key blocks, account references, and free data that may name a person or an account."""
ZEROED_SUBELEMENTS = frozenset({"10", "11", "13", "43", "44", "72", "92", "98", "99"})
"""DE 48: key blocks, phone numbers, authentication values, chip answers, CVC2, fleet data."""
CRYPTOGRAMS = frozenset({"71", "72", "86", "91", "9F26", "9F4B", "9F4C"})
"""DE 55: what a chip or an issuer has computed, and scripts."""

_WITH_NUMBERS = (34, 35, 45, 102, 103)
_ACCOUNTS = (102, 103)
"""An account is not always a card: there, only what has a card's form and check digit is one."""
_NUMBER = re.compile(r"[0-9]{13,19}")
_TRACK_2 = re.compile(r"([0-9]{13,19}[=D][0-9]{7})(.*)")
_TRACK_1 = re.compile(r"(B[0-9]{13,19}\^)([^^]*)(\^[0-9]{7})(.*)")
_STARRED = re.compile(r"([0-9]{6})\*+")
_OF_ITS_OWN_FORM = {54: re.compile(r"([0-9]{7}[CD][0-9]{12})+"), 61: re.compile(r"[012]0[0-9]{6}0[0-9]{7}.*", re.DOTALL)}
"""Amounts and POS data are digits that are no card numbers."""


class FixtureMask:
    """One recording's mask. In clear it lets messages pass as they are, and none that names a card outside the test range."""

    def __init__(self, character_set: str, *, is_clear: bool) -> None:
        self._character_set, self._is_clear = character_set, is_clear
        self._substitutes: dict[str, str] = {}

    def __call__(self, message: Message, card: str = "") -> Message | None:
        """`card` is DE 2 of the request that the message answers."""
        numbers = tuple(self._numbers(message))
        if len(card) >= SHORTEST and card not in numbers:
            numbers += (card,)
        is_foreign = _is_short_card(message) or not all(map(_is_test, numbers))
        starred = self._in_free_text(message)
        if self._is_clear:
            return None if is_foreign or starred != message else message
        return starred if numbers and not is_foreign else self._in_free_text(self._overwritten(message, numbers))

    def _numbers(self, message: Message) -> Iterator[str]:
        """The card numbers that stand where card numbers belong."""
        if len(message.text(2)) >= SHORTEST:
            yield message.text(2)
        for element in _WITH_NUMBERS:
            found = _NUMBER.search(message.text(element))
            if found and (element not in _ACCOUNTS or is_card_number(found[0])):
                yield found[0]
        private = parse_additional_data(message.raw(48), self._character_set)
        if not isinstance(private, SubelementError) and (
            token := _tagged(private.text("33"), TAGGED_SUBELEMENTS["33"]).get("02")
        ):
            yield token
        chip = parse_icc_data(message.raw(55))
        for tag, value in () if isinstance(chip, SubelementError) else chip.items:
            if tag in ("5A", "57", "9F6B") and (found := _NUMBER.match(value.hex())):
                yield found[0]

    def _in_free_text(self, message: Message) -> Message:
        """Numbers of other cards in text where none belongs are starred, whoever's message it is."""
        changed: dict[int, Value] = {}
        for number, value in message.elements.items():
            element = all_elements()[number]
            if number == 48 and isinstance(value, bytes):
                changed[number] = self._private_data_starred(value)
            elif isinstance(value, str) and not (element.is_numeric or number in IDENTIFIERS or number in _WITH_NUMBERS):
                form = _OF_ITS_OWN_FORM.get(number)
                changed[number] = value if form is not None and form.fullmatch(value) else _starred(value)
        return Message(message.mti, message.elements | changed)

    def _private_data_starred(self, raw: bytes) -> bytes:
        data = self._taken_apart(raw)
        if data is None:
            text = raw.decode(self._byte_wise)
            return _starred(text).encode(self._byte_wise)
        for identifier, value in data.subelements.items():
            text = value.decode(self._byte_wise)
            if identifier != "33" and (starred := _starred(text)) != text:
                data = self._with(data, identifier, starred)
        return build_additional_data(data, self._character_set)

    def _overwritten(self, message: Message, numbers: tuple[str, ...]) -> Message:
        """Numbers replaced wherever they stand, secrets zeroed."""
        elements: dict[int, Value] = {}
        for number, value in message.elements.items():
            if number in ZEROED_ELEMENTS or (number == 2 and _is_short_card(message)):
                elements[number] = _zeroed(value)
            elif isinstance(value, bytes):
                elements[number] = self._private_data(value, numbers) if number == 48 else self._icc_data(value, number)
            elif number in SHOWN_PARTS:
                elements[number] = _parts_zeroed(self._replaced(value, numbers), number)
            elif number in _WITH_NUMBERS:
                elements[number] = _track_zeroed(self._replaced(value, numbers))
            else:
                elements[number] = self._replaced(value, numbers)
        return Message(message.mti, elements)

    def _private_data(self, raw: bytes, numbers: tuple[str, ...]) -> bytes:
        data = self._taken_apart(raw)
        if data is None:
            return ("0" * len(raw)).encode(self._byte_wise)
        for identifier, value in data.subelements.items():
            text = value.decode(self._byte_wise)
            kept = "0" * len(text) if identifier in ZEROED_SUBELEMENTS else self._replaced(text, numbers)
            if kept != text:
                data = self._with(data, identifier, kept)
        return build_additional_data(data, self._character_set)

    def _taken_apart(self, raw: bytes) -> AdditionalData | None:
        """None for what cannot be put together again as it was."""
        data = parse_additional_data(raw, self._character_set)
        if isinstance(data, SubelementError) or not data.tcc.isascii():
            return None
        return data

    def _with(self, data: AdditionalData, identifier: str, text: str) -> AdditionalData:
        """`AdditionalData.with_text` for text that may stand for any bytes."""
        return replace(data, subelements={**data.subelements, identifier: text.encode(self._byte_wise)})

    def _icc_data(self, raw: bytes, element: int) -> bytes:
        data = parse_icc_data(raw) if element == 55 else None
        if data is None or isinstance(data, SubelementError):
            return bytes(len(raw)) if element == 55 else raw
        hidden = SECRET_TAGS | CRYPTOGRAMS
        items = [(tag, self._tag(tag, value) if tag in hidden or _may_hide(tag, value) else value) for tag, value in data.items]
        return build_icc_data(items)

    def _tag(self, tag: str, value: bytes) -> bytes:
        """Zeros, with the substitute in front where a card number is the tag's beginning."""
        found = _NUMBER.match(value.hex()) if tag in ("5A", "57", "9F6B") else None
        if found is None:
            return bytes(len(value))
        rest = value.hex()[found.end() :]
        return bytes.fromhex(self._substitute(found[0]) + re.sub("[0-9]", "0", rest))

    def _replaced(self, text: str, numbers: tuple[str, ...]) -> str:
        for number in numbers:
            if number in text:
                text = text.replace(number, self._substitute(number))
        return text

    def _substitute(self, number: str) -> str:
        """The nth card gets the nth number from the end of the test range."""
        if _is_test(number):
            return number
        if number not in self._substitutes:
            width = len(number) - len(TEST_BIN) - 1
            payload = f"{TEST_BIN}{10**width - 1 - len(self._substitutes) % 10**width:0{width}d}"
            self._substitutes[number] = payload + luhn_check_digit(payload)
        return self._substitutes[number]

    @property
    def _byte_wise(self) -> str:
        """One character per byte, whatever the bytes."""
        return "latin-1" if self._character_set == "ascii" else self._character_set


def _is_short_card(message: Message) -> bool:
    """A card number of twelve digits or less, which is too short to be looked for elsewhere. In 08xx DE 2 names a group."""
    return 0 < len(message.text(2)) < SHORTEST and message.mti[1] != "8"


def _is_test(number: str) -> bool:
    return number.startswith(TEST_BIN)


def _starred(text: str) -> str:
    """With the numbers of other cards hidden, at the same length."""
    starred = hide_card_numbers(text)
    if starred == text or all(found[1] == TEST_BIN for found in _STARRED.finditer(starred)):
        return text
    return starred.ljust(len(text))


def _tagged(text: str, layout: TaggedLayout) -> Mapping[str, str]:
    parts = parse_tagged(text, element=48, id_digits=layout.id_digits, length_digits=layout.length_digits)
    return {} if isinstance(parts, SubelementError) else parts


def _parts_zeroed(text: str, element: int) -> str:
    layout = TAGGED_ELEMENTS[element]
    parts = parse_tagged(text, element=element, id_digits=layout.id_digits, length_digits=layout.length_digits)
    if isinstance(parts, SubelementError):
        return "0" * len(text)
    kept = {part: value if part in SHOWN_PARTS[element] else "0" * len(value) for part, value in parts.items()}
    return build_tagged(kept, element=element, id_digits=layout.id_digits, length_digits=layout.length_digits)


def _track_zeroed(text: str) -> str:
    """Number, expiry and service code stay (the number is a substitute), names and discretionary data do not."""
    if found := _TRACK_2.fullmatch(text):
        return found[1] + "0" * len(found[2])
    if found := _TRACK_1.fullmatch(text):
        return found[1] + "X" * len(found[2]) + found[3] + "0" * len(found[4])
    found = _NUMBER.fullmatch(text.strip())
    return text if found and _is_test(found[0]) else "0" * len(text)


def _zeroed(value: Value) -> Value:
    return bytes(len(value)) if isinstance(value, bytes) else "0" * len(value)


def _may_hide(tag: str, value: bytes) -> bool:
    """A template is not opened, and what is packed like a card number or spells one may be one."""
    if int(tag[:2], 16) & 0x20 or is_card_number(value.hex().rstrip("f").lstrip("0")):
        return True
    return any(hide_card_numbers(text) != text for text in (value.decode("latin-1"), value.decode("cp037")))
