"""How a message names another one: a reversal its original, an acknowledgement our answer, an increment its first. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from authorizer.pan import Pan
from ledger.commands import RepeatKey
from switch.iso8583 import Message
from switch.responses import message_class
from switch.subelements import SubelementError, parse_original_data_elements, parse_replacement_amounts
from switch.translate import (
    Financial,
    FormatError,
    clean,
    missing_element,
    named_trace,
    repeat_key,
    resolve_transmission,
)

if TYPE_CHECKING:
    from authorizer.tokens import Tokenizer

UNDELIVERED = frozenset({"400", "401", "402", "403"})
"""DE 60 of a 0420: our answer did not reach the acquirer, was not acknowledged or came too late, or we were signed out."""
REQUESTS = ("0100", "0200")
"""What we answer with a decision of ours."""


@dataclass(frozen=True, slots=True)
class Reversal:
    """How a 04xx names its original, and what it leaves of it (minor units of the billing currency; 0: nothing)."""

    original: RepeatKey | None
    original_trace: str | None
    approval_code: str | None
    replacement: int
    is_undelivered: bool = False


def reversal(message: Message, parts: Financial, now: datetime) -> Reversal | FormatError:
    """DE 90, DE 48.63, DE 38 and DE 95. SF3 of DE 95 counts where DE 51 is present, else SF1."""
    replacement = 0
    if 95 in message.elements:
        amounts = parse_replacement_amounts(message.text(95))
        if isinstance(amounts, SubelementError):
            return FormatError(95, amounts.reason)
        replacement = amounts.billing_minor if 51 in message.elements else amounts.transaction_minor
    original, is_of_request = None, True
    if 90 in message.elements:
        found = parse_original_data_elements(message.text(90))
        if isinstance(found, SubelementError):
            return FormatError(90, found.reason)
        at = resolve_transmission(found.transmitted, now)
        if at is not None:
            mti = message_class(found.mti)
            is_of_request = mti in REQUESTS
            original = repeat_key(mti, parts.token, at, found.stan, found.acquirer, found.forwarder)
    is_about_us = message_class(message.mti) == "0420" and message.text(60)[:3] in UNDELIVERED
    is_undelivered = is_about_us and is_of_request and not replacement
    trace = named_trace(parts.pan, parts.additional) or None
    return Reversal(original, trace, clean(message.text(38)) or None, replacement, is_undelivered)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Whose answer an acknowledgement is about: the card, and the keys that the request may have."""

    token: bytes
    keys: tuple[RepeatKey, ...]


def answered_request(message: Message, tokenizer: "Tokenizer", now: datetime) -> Acknowledged | FormatError:
    """0180 and 0190 repeat DE 2, 7, 11, 32 and 33 of the answer, which are those of its request."""
    if (missing := missing_element(message)) is not None:
        return FormatError(missing, "missing")
    at = resolve_transmission(message.text(7), now)
    if at is None:
        return FormatError(7, "no date and time")
    try:
        token = tokenizer.token(Pan(message.text(2)))
    except ValueError:
        return FormatError(2, "no card number")
    named = (message.text(11), message.text(32), message.text(33))
    return Acknowledged(token, tuple(repeat_key(mti, token, at, *named) for mti in REQUESTS))
