"""Card data in fixtures: test cards in clear, every other number replaced, what is secret about it overwritten. Pure.

A number outside the test range becomes another of the same length inside it, the same one each time, so that a masked
recording still tells one card from another and still reads as messages. Lengths never change. What is not understood is
overwritten: private data of no known form always, everything free in a message that names another card wherever it stands.
The recorder gets a mask passed in: the simulator knows the wire only.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from authorizer.card_numbers import SHORTEST, hide_card_numbers, is_card_number
from authorizer.pan import luhn_check_digit
from cardline.network import stray_numbers
from cardline.network.stray_numbers import TEST_BIN
from switch.elements import all_elements
from switch.iso8583 import Message, Value
from switch.layouts import SUBELEMENT_NAMES, TAGGED_ELEMENTS, TAGGED_SUBELEMENTS, TaggedLayout
from switch.masking import IDENTIFIERS, SECRET_TAGS, SHOWN_PARTS
from switch.subelements import (
    AdditionalData,
    SubelementError,
    build_additional_data,
    build_tagged,
    parse_additional_data,
    parse_tagged,
)
from switch.tlv import TAG_NAMES, build_icc_data, parse_icc_data

ZEROED_ELEMENTS = frozenset({36, 52, 56, 64, 96, 110, 122, 123, 124, 125, 128})
"""Track 3, PIN data, codes, key blocks, account references, and free data that may name a person or an account."""
ZEROED_SUBELEMENTS = frozenset({"10", "11", "13", "43", "44", "72", "92", "98", "99"})
"""DE 48: key blocks, phone numbers, authentication values, chip answers, CVC2, fleet data."""
CRYPTOGRAMS = frozenset({"71", "72", "86", "91", "9F26", "9F4B", "9F4C"})
"""DE 55: what a chip or an issuer has computed, and scripts."""
KEPT_TEXTS = frozenset({28, 29, 30, 31, 37, 38, 39, 40, 41, 42, 43, 44, 49, 50, 51, 54, 61, 63, 91, 92, 94, 97, 101})
"""Of another card's message, beside elements of digits only and those taken apart: what has a form or names no person."""
OPAQUE_BYTES = 7
"""From here on, bytes of no known meaning may be a packed card number."""

_FREE_TAGS = frozenset({"9F6E", "9F7C"})
"""Known by name, but filled as their sender likes."""
_RANDOM = frozenset({52, 64, 125, 128})
"""Enciphered or computed: digits in there are no number."""

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
        if numbers and not is_foreign and starred == message:
            return self._without_the_unknown(message)
        return self._in_free_text(self._overwritten(message, numbers))

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
        """Numbers of other cards where none belongs are starred, or zeroed with what is around them, whoever's message it is."""
        changed: dict[int, Value] = {}
        for number, value in message.elements.items():
            if isinstance(value, bytes):
                changed[number] = self._bytes_starred(number, value)
            elif not (all_elements()[number].is_numeric or number in IDENTIFIERS):
                changed[number] = self._text_starred(number, value)
        return Message(message.mti, message.elements | changed)

    def _text_starred(self, element: int, text: str) -> str:
        if element in _WITH_NUMBERS:
            return text if element in _ACCOUNTS or _is_track(text) or not stray_numbers.in_text(text) else "0" * len(text)
        form = _OF_ITS_OWN_FORM.get(element)
        if form is not None and form.fullmatch(text):
            return text
        starred = _starred(text)
        hidden = stray_numbers.in_text(starred)
        if not text.isprintable():
            hidden = hidden or stray_numbers.in_bytes(starred.encode(self._byte_wise, "replace"))
        return "0" * len(text) if hidden else starred

    def _bytes_starred(self, element: int, raw: bytes) -> bytes:
        match element:
            case 48:
                return self._private_data_starred(raw)
            case 55:
                return _chip_data_starred(raw)
            case _:
                return bytes(len(raw)) if element not in _RANDOM and stray_numbers.in_bytes(raw) else raw

    def _private_data_starred(self, raw: bytes) -> bytes:
        data = self._taken_apart(raw)
        if data is None:
            return self._zeros(raw) if stray_numbers.in_bytes(raw) else raw
        for identifier, value in data.subelements.items():
            text = value.decode(self._byte_wise)
            if (starred := self._subelement_starred(identifier, text, value)) != text:
                data = self._with(data, identifier, starred)
        return build_additional_data(data, self._character_set)

    def _subelement_starred(self, identifier: str, text: str, value: bytes) -> str:
        layout = TAGGED_SUBELEMENTS.get(identifier)
        parts = _tagged(text, layout) if layout is not None else {}
        if parts:
            others = (part for name, part in parts.items() if (identifier, name) != ("33", "02"))
            return "0" * len(text) if any(map(stray_numbers.in_text, others)) else text
        starred = _starred(text)
        is_hidden = stray_numbers.in_text(starred) or (not text.isprintable() and stray_numbers.in_bytes(value))
        return "0" * len(text) if is_hidden else starred

    def _without_the_unknown(self, message: Message) -> Message:
        """A test card's message, but for private data and chip data that cannot be taken apart, and bytes of no known meaning."""
        changed: dict[int, Value] = {}
        if private := message.raw(48):
            changed[48] = self._known_private_data(private)
        if chip := message.raw(55):
            changed[55] = _known_chip_data(chip)
        return Message(message.mti, message.elements | changed)

    def _known_private_data(self, raw: bytes) -> bytes:
        data = self._taken_apart(raw)
        if data is None:
            return self._zeros(raw)
        for identifier, value in data.subelements.items():
            is_text = value.decode(self._byte_wise).isprintable()
            if identifier not in SUBELEMENT_NAMES and len(value) >= OPAQUE_BYTES and not is_text:
                data = self._with(data, identifier, "0" * len(value))
        return build_additional_data(data, self._character_set)

    def _zeros(self, raw: bytes) -> bytes:
        return ("0" * len(raw)).encode(self._byte_wise)

    def _overwritten(self, message: Message, numbers: tuple[str, ...]) -> Message:
        """Numbers replaced wherever they stand, secrets zeroed."""
        elements: dict[int, Value] = {}
        for number, value in message.elements.items():
            if number in ZEROED_ELEMENTS or (number == 2 and _is_short_card(message)):
                elements[number] = _zeroed(value)
            elif isinstance(value, bytes):
                elements[number] = self._private_data(value, numbers) if number == 48 else self._icc_data(value)
            elif number in SHOWN_PARTS:
                elements[number] = _parts_zeroed(self._replaced(value, numbers), number)
            elif number in _WITH_NUMBERS:
                elements[number] = _track_zeroed(self._replaced(value, numbers))
            elif number in KEPT_TEXTS or all_elements()[number].is_numeric:
                elements[number] = self._replaced(value, numbers)
            else:
                elements[number] = _free_text_zeroed(value, number)
        return Message(message.mti, elements)

    def _private_data(self, raw: bytes, numbers: tuple[str, ...]) -> bytes:
        data = self._taken_apart(raw)
        if data is None:
            return self._zeros(raw)
        for identifier, value in data.subelements.items():
            text = value.decode(self._byte_wise)
            is_known = identifier in SUBELEMENT_NAMES and identifier not in ZEROED_SUBELEMENTS
            kept = self._replaced(text, numbers) if is_known else "0" * len(text)
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

    def _icc_data(self, raw: bytes) -> bytes:
        data = parse_icc_data(raw)
        if isinstance(data, SubelementError):
            return bytes(len(raw))
        hidden = SECRET_TAGS | CRYPTOGRAMS
        items = [(tag, value if _is_plain(tag) and tag not in hidden else self._tag(tag, value)) for tag, value in data.items]
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


def _is_track(text: str) -> bool:
    return _TRACK_2.fullmatch(text) is not None or _TRACK_1.fullmatch(text) is not None


def _free_text_zeroed(text: str, element: int) -> str:
    """Advice reasons keep their code of seven digits and link ids stay; whatever else somebody has written does not."""
    if element == 60:
        code = text[:7] if text[:7].isdigit() else ""
        return code + "0" * (len(text) - len(code))
    layout = TAGGED_ELEMENTS[105]
    parts = parse_tagged(text, element=105, id_digits=layout.id_digits, length_digits=layout.length_digits)
    if element == 105 and not isinstance(parts, SubelementError) and parts.keys() <= layout.names.keys():
        return text
    return "0" * len(text)


def _chip_data_starred(raw: bytes) -> bytes:
    """Tags that hide another card's number zeroed, or all of it where it cannot be taken apart."""
    data = parse_icc_data(raw)
    if isinstance(data, SubelementError):
        return bytes(len(raw)) if stray_numbers.in_bytes(raw) else raw
    items = [(tag, bytes(len(value)) if _hides_another(tag, value) else value) for tag, value in data.items]
    return build_icc_data(items) if tuple(items) != data.items else raw


def _known_chip_data(raw: bytes) -> bytes:
    data = parse_icc_data(raw)
    if isinstance(data, SubelementError):
        return bytes(len(raw))
    items = [
        (tag, bytes(len(value)) if tag not in TAG_NAMES and len(value) >= OPAQUE_BYTES else value) for tag, value in data.items
    ]
    return build_icc_data(items) if tuple(items) != data.items else raw


def _hides_another(tag: str, value: bytes) -> bool:
    """Looked into everywhere where the content has no form; a number at the beginning of its own tag is no stray."""
    if tag in ("5A", "57", "9F6B") and _NUMBER.match(value.hex()):
        return False
    return stray_numbers.is_spelled_by(value) if _is_plain(tag) else stray_numbers.in_bytes(value)


def _is_plain(tag: str) -> bool:
    """A tag whose content has one known form. A template is not opened."""
    return tag in TAG_NAMES and tag not in _FREE_TAGS and not int(tag[:2], 16) & 0x20
