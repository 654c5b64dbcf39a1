"""A message as it may be stored and logged: PAN as first 6 and last 4, secrets and personal data as "masked".

Pure. Everything that leaves the switch for a log line, a stored message or a screen passes here; nothing here decides.
"""

from collections.abc import Mapping

from switch.iso8583 import Malformed, Message, Value
from switch.subelements import SubelementError, parse_additional_data
from switch.tlv import parse_icc_data

MASKED = "masked"

SECRET_ELEMENTS = frozenset({34, 35, 36, 45, 52, 96, 102, 103, 104, 108, 110, 120, 122, 123, 124, 125})
"""Tracks, PIN data, passwords, key blocks, and free data that may name a person or an account."""

SECRET_SUBELEMENTS = frozenset({"10", "11", "33", "92"})
"""DE 48: key blocks, the token's account number, CVC2."""

SECRET_TAGS = frozenset({"56", "57", "5A", "5F20", "9F0B", "9F1F", "9F20", "9F6B", "99"})
"""DE 55: tracks, PAN, cardholder name, PIN data."""

_BINARY_SUBELEMENTS = frozenset({"72"})


def masked_pan(pan: str) -> str:
    """First 6 and last 4; nothing of a number too short to hide in between."""
    return pan[:6] + "*" * (len(pan) - 10) + pan[-4:] if len(pan) >= 13 else "*" * len(pan)


def masked_fields(message: Message | Malformed, character_set: str) -> dict[str, object]:
    """JSON-able values by DE number: text printable, bytes as hex, DE 48 and 55 as objects by subelement and tag."""
    return shown_fields(message, character_set, reveal=False)


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
    pan = reply.elements.get(2)
    shown = masked_fields(Message(reply.mti, added if pan is None else {**added, 2: pan}), character_set)
    return fields | shown


def shown_fields(message: Message | Malformed, character_set: str, *, reveal: bool) -> dict[str, object]:
    """masked_fields, or with reveal the clear values in the same shape (for a person at a terminal only)."""
    pan = message.elements.get(2, "")
    hidden = "" if reveal or not isinstance(pan, str) or len(pan) < 13 else pan
    fields: dict[str, object] = {}
    for number, value in message.elements.items():
        if number in SECRET_ELEMENTS and not reveal:
            fields[str(number)] = MASKED
        elif number == 2 and not reveal:
            fields["2"] = masked_pan(printable(value))
        elif number == 48:
            fields["48"] = _additional_data(_raw(value), character_set, hidden, reveal=reveal)
        elif number == 55:
            fields["55"] = _icc_data(_raw(value), hidden, reveal=reveal)
        else:
            fields[str(number)] = _without(hidden, printable(value))
    return fields


def printable(value: Value) -> str:
    """Text that any store and terminal can hold: control characters escaped, bytes as upper-case hex."""
    if isinstance(value, bytes):
        return value.hex().upper()
    return value if value.isprintable() else value.encode("unicode_escape").decode("ascii")


def _raw(value: Value) -> bytes:
    return value if isinstance(value, bytes) else b""


def _without(pan: str, text: str) -> str:
    """The message's own PAN may also stand in an element that nobody expects it in."""
    return text.replace(pan, masked_pan(pan)) if pan and pan in text else text


def _additional_data(raw: bytes, character_set: str, pan: str, *, reveal: bool) -> object:
    data = parse_additional_data(raw, character_set)
    if isinstance(data, SubelementError):
        return raw.hex().upper() if reveal else MASKED
    shown = {"tcc": printable(data.tcc)}
    for identifier, value in data.subelements.items():
        if identifier in SECRET_SUBELEMENTS and not reveal:
            shown[identifier] = MASKED
        elif identifier in _BINARY_SUBELEMENTS:
            shown[identifier] = printable(value)
        else:
            text = data.text(identifier)
            shown[identifier] = _without(pan, text) if text.isprintable() else printable(value)
    return shown


def _icc_data(raw: bytes, pan: str, *, reveal: bool) -> object:
    data = parse_icc_data(raw)
    if isinstance(data, SubelementError):
        return raw.hex().upper() if reveal else MASKED
    return {tag: MASKED if tag in SECRET_TAGS and not reveal else _without(pan, printable(value)) for tag, value in data.items}
