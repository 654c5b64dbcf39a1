"""Builds the messages a network sends: 0100/0120, 0400/0420, their repeats, and 0800. Pure; no decisions about money.

Amounts are integers in minor units; an element that the message does not carry is simply left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from simulator.cards import Card
from simulator.private_data import build_private_data
from switch.iso8583 import Message

PURCHASE, CASH, REFUND = "000000", "010000", "200000"
SIGN_ON, SIGN_OFF, ECHO_TEST = "061", "062", "270"

ReplyKey = tuple[str, str, str, str, str]
# What a reversal repeats of its original; DE 7, 11, 12, 13, 15, 63 are its own.
COPIED_BY_REVERSAL = (2, 3, 4, 5, 6, 9, 10, 14, 16, 18, 22, 32, 33, 37, 41, 42, 43, 49, 50, 51, 61)

PIN_ELEMENTS = frozenset({52, 53})
# What a 0180 or 0190 repeats of the reply that it is about.
ACKNOWLEDGED = (2, 3, 4, 7, 11, 15, 32, 33, 37, 39, 49, 63)


@dataclass(frozen=True, slots=True)
class Header:
    """What the network stamps on a message; `transmitted` in UTC, `network_reference` is DE 63 (9 characters).

    `settles` is the settlement day (DE 15), the day of transmission where it is None.
    """

    transmitted: datetime
    stan: str
    acquirer: str
    forwarder: str | None
    rrn: str | None
    network_reference: str
    settles: date | None = None

    @property
    def settlement_date(self) -> str:
        return f"{self.settles or self.transmitted:%m%d}"


@dataclass(frozen=True, slots=True)
class Amounts:
    """DE 4 with DE 49 and, where the network billed in the card's currency, DE 6 with DE 10 and DE 51.

    `settlement` is DE 5, DE 50 and DE 9, where the network says them.
    """

    minor: int
    currency: str
    billing_minor: int | None = None
    billing_currency: str = ""
    rate: str = ""
    settlement: tuple[int, str, str] | None = None

    def elements(self, settlement_date: str) -> dict[int, str]:
        found = {4: f"{self.minor:012d}", 49: self.currency}
        if self.billing_minor is not None:
            found |= {6: f"{self.billing_minor:012d}", 10: self.rate, 16: settlement_date, 51: self.billing_currency}
        if self.settlement is not None:
            settled, currency, rate = self.settlement
            found |= {5: f"{settled:012d}", 9: rate, 16: settlement_date, 50: currency}
        return found


@dataclass(frozen=True, slots=True)
class Merchant:
    """Where the card is used: DE 18, 41, 42, 43, the country of DE 61 and the category code that opens DE 48."""

    mcc: str
    acceptor_id: str
    name: str
    city: str
    country_alpha: str
    country: str
    category: str
    terminal_id: str | None
    currency: str = "978"

    def elements(self) -> dict[int, str]:
        found = {18: self.mcc, 42: self.acceptor_id.ljust(15)}
        found[43] = f"{self.name:<22.22} {self.city:<13.13} {self.country_alpha:<3.3}"
        found[61] = f"0000000000800{self.country}"
        return found | ({41: self.terminal_id.ljust(8)} if self.terminal_id else {})


@dataclass(frozen=True, slots=True)
class Extras:
    """What a particular message carries on top: subelements of DE 48 and whole elements."""

    subelements: Mapping[str, str] = field(default_factory=dict)
    elements: Mapping[int, str | bytes] = field(default_factory=dict)


def authorization(
    header: Header,
    card: Card,
    amounts: Amounts,
    merchant: Merchant,
    *,
    character_set: str,
    mti: str = "0100",
    processing_code: str = PURCHASE,
    extras: Extras | None = None,
) -> Message:
    """A 0100, or with `mti` a 0120; `extras` wins over what stands here."""
    extras = extras or Extras()
    elements: dict[int, str | bytes] = {2: card.pan, 3: processing_code, 14: card.expiry, 22: "051"}
    elements |= _stamped(header) | _parties(header) | amounts.elements(header.settlement_date) | merchant.elements()
    elements[48] = build_private_data(merchant.category, extras.subelements, character_set)
    return Message(mti, elements | dict(extras.elements))


def advice(
    header: Header,
    card: Card,
    amounts: Amounts,
    merchant: Merchant,
    *,
    character_set: str,
    code: str = "00",
    extras: Extras | None = None,
) -> Message:
    """A 0120: what the network decided in stand-in, with its advice date in DE 48.15 and its reason in DE 60."""
    extras = extras or Extras()
    decided: dict[int, str | bytes] = {39: code, 60: "1020000", 121: "000001"}
    if code == "00":
        decided[38] = header.stan
    subelements = {"15": _stamp(header.transmitted)} | dict(extras.subelements)
    return authorization(
        header,
        card,
        amounts,
        merchant,
        character_set=character_set,
        mti="0120",
        extras=Extras(subelements, decided | dict(extras.elements)),
    )


def stood_in(request: Message, header: Header, decided: Mapping[int, str], *, character_set: str) -> Message:
    """The 0120 (0220) about a request that the network answered itself: `decided` is DE 38, 39 and 60.

    It keeps DE 15 and 63 of the request, by which the issuer knows it; the PIN is not passed on.
    """
    kept = {number: value for number, value in request.elements.items() if number not in PIN_ELEMENTS}
    own = {7: _stamp(header.transmitted), 11: header.stan, 121: "000001", **decided}
    dated = request.raw(48) + f"1510{_stamp(header.transmitted)}".encode(character_set)
    return Message(request.mti[:2] + "20", kept | own | {48: dated})


def acknowledgement(mti: str, reply: Message) -> Message:
    """A 0180 or 0190 about the issuer's reply."""
    return Message(mti, {number: reply.elements[number] for number in ACKNOWLEDGED if number in reply.elements})


def reversal(
    header: Header,
    original: Message,
    *,
    character_set: str,
    mti: str = "0400",
    remaining: tuple[int, int] | None = None,
    subelements: Mapping[str, str] | None = None,
) -> Message:
    """A 0400 or 0420 of `original`; `remaining` is what stays (DE 95 SF1 and SF3), None reverses all of it."""
    kept = {number: original.elements[number] for number in COPIED_BY_REVERSAL if number in original.elements}
    elements = kept | _stamped(header) | {39: "32" if remaining else "17", 90: original_data(original)}
    subelements = {"63": trace_id(original)} | dict(subelements or {})
    if mti == "0420":
        elements |= {39: "82", 60: "4020000"}
        subelements.setdefault("15", _stamp(header.transmitted))
    if remaining:
        elements[95] = f"{remaining[0]:012d}{0:012d}{remaining[1]:012d}{0:06d}"
    category = original.raw(48)[:1].decode(character_set)
    elements[48] = build_private_data(category, subelements, character_set)
    return Message(mti, elements)


def network_management(header: Header, code: str) -> Message:
    """A 0800; `code` is DE 70."""
    elements: dict[int, str | bytes] = {7: _stamp(header.transmitted), 11: header.stan, 70: code}
    elements |= {33: header.forwarder or header.acquirer, 63: header.network_reference}
    return Message("0800", elements)


def repeated(message: Message) -> Message:
    """The same message marked as a repeat: last digit of the MTI 1."""
    return replace(message, mti=message.mti[:3] + "1")


def altered(message: Message, changes: Mapping[int, str | bytes | None]) -> Message:
    """`message` with elements replaced, or left out where the change is None."""
    elements = {number: value for number, value in (message.elements | dict(changes)).items() if value is not None}
    return replace(message, elements=elements)


def original_data(original: Message) -> str:
    """DE 90: MTI 4, STAN 6, DE 7 10, DE 32 and DE 33 right-justified and zero-filled to 11."""
    base = original.mti[:3] + "0"
    parties = f"{original.text(32):0>11}{original.text(33):0>11}"
    return f"{base}{original.text(11)}{original.text(7)}{parties}"


def trace_id(original: Message) -> str:
    """DE 48.63: DE 63 (9), DE 15 (4) of the original and two spaces."""
    return f"{original.text(63)}{original.text(15)}  "


def reply_mti(mti: str) -> str:
    """The MTI that answers: 0100 and 0101 are answered 0110, 0420 is answered 0430."""
    return f"{mti[:2]}{int(mti[2]) + 1}0"


def reply_key(message: Message, mti: str | None = None) -> ReplyKey:
    """What ties a reply to its request: the answering MTI, DE 7, 11, 32, 33. A STAN alone is not a key."""
    return (mti or reply_mti(message.mti), message.text(7), message.text(11), message.text(32), message.text(33))


def _stamped(header: Header) -> dict[int, str | bytes]:
    elements: dict[int, str | bytes] = {7: _stamp(header.transmitted), 11: header.stan}
    local = {12: f"{header.transmitted:%H%M%S}", 13: f"{header.transmitted:%m%d}", 15: header.settlement_date}
    return elements | local | {63: header.network_reference}


def _parties(header: Header) -> dict[int, str | bytes]:
    elements: dict[int, str | bytes] = {32: header.acquirer}
    if header.forwarder:
        elements[33] = header.forwarder
    if header.rrn:
        elements[37] = header.rrn
    return elements


def _stamp(moment: datetime) -> str:
    return f"{moment:%m%d%H%M%S}"
