"""The simulator's own small reader and builder of DE 48 (subelements) and reader of DE 54 (additional amounts).

Kept apart from the switch's parser on purpose: a fault in one shows against the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PrivateData:
    """DE 48 of an authorization message: the transaction category code and text subelements by two-digit id."""

    category: str
    subelements: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AdditionalAmount:
    """One occurrence of DE 54, 20 characters; `minor` is negative for sign D."""

    kind: str
    currency: str
    minor: int


def build_private_data(category: str, subelements: Mapping[str, str], character_set: str) -> bytes:
    """DE 48: category code, then id 2, length 2, value of each subelement, ascending as is usual."""
    body = "".join(f"{key}{len(value):02d}{value}" for key, value in sorted(subelements.items()))
    return (category + body).encode(character_set)


def read_private_data(raw: bytes, character_set: str) -> PrivateData | None:
    """DE 48 taken apart, or None where it does not parse: the caller reports that as a difference."""
    text = raw.decode(character_set, errors="replace")
    found: dict[str, str] = {}
    at = 1
    while at < len(text):
        key, length = text[at : at + 2], text[at + 2 : at + 4]
        value = text[at + 4 : at + 4 + int(length)] if length.isascii() and length.isdigit() else ""
        if not (length.isascii() and length.isdigit() and len(length) == 2 and len(value) == int(length)):
            return None
        found[key] = value
        at += 4 + int(length)
    return PrivateData(text[:1], found) if text else None


def read_additional_amounts(text: str) -> tuple[AdditionalAmount, ...] | None:
    """DE 54 taken apart: account type 2, amount type 2, currency 3, sign 1, amount 12; None where it does not parse."""
    if len(text) % 20:
        return None
    found = []
    for at in range(0, len(text), 20):
        kind, currency, sign, amount = text[at + 2 : at + 4], text[at + 4 : at + 7], text[at + 7], text[at + 8 : at + 20]
        if not amount.isdigit() or sign not in {"C", "D"}:
            return None
        found.append(AdditionalAmount(kind, currency, int(amount) if sign == "C" else -int(amount)))
    return tuple(found)
