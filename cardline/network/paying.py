"""One payment as a terminal or a web shop sends it: a 0100 made from a card and what is asked for. Pure."""

from dataclasses import dataclass
from datetime import datetime

from simulator.cards import Card
from simulator.messages import CASH, PURCHASE, Amounts, Extras, Header, Merchant, authorization
from simulator.pin import pin_block
from switch.iso8583 import Message

ACQUIRER = "200001"
_IN_A_SHOP, _ONLINE = "051", "810"
"""DE 22: read from the chip at a terminal that takes PINs; entered by the cardholder in a browser."""
_POS_ONLINE = "1025100006600"
"""DE 61 without the country: unattended, at the cardholder's, an electronic order, no card there, a browser."""
_SECURITY, _PIN_LENGTHS = "9701100001000000", "12"
"""DE 53 and DE 26 of a message with a PIN."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`sends_pin` puts DE 52 there, `sends_cvc2` SE 92 of DE 48 (then it is an online payment)."""

    minor: int
    mcc: str
    is_cash: bool
    sends_pin: bool
    sends_cvc2: bool


def payment(card: Card, wanted: Wanted, now: datetime, character_set: str) -> Message:
    """With a key of its own: STAN and RRN are made from `now`."""
    name = "Example cash machine" if wanted.is_cash else "Example web shop" if wanted.sends_cvc2 else "Example shop"
    category = "Z" if wanted.is_cash else "T" if wanted.sends_cvc2 else "R"
    merchant = Merchant(wanted.mcc, "EXAMPLE00000001", name, "Berlin", "DEU", "276", category, "TERM0001")
    return authorization(
        _header(now),
        card,
        Amounts(wanted.minor, card.currency),
        merchant,
        character_set=character_set,
        processing_code=CASH if wanted.is_cash else PURCHASE,
        extras=_extras(card, wanted, merchant.country),
    )


def _header(now: datetime) -> Header:
    stan = f"{now.microsecond:06d}"
    return Header(now, stan, ACQUIRER, None, f"{now:%j%H%M%S}{now.microsecond // 1000:03d}", f"MCC{stan}")


def _extras(card: Card, wanted: Wanted, country: str) -> Extras:
    elements: dict[int, str | bytes] = {22: _ONLINE if wanted.sends_cvc2 else _IN_A_SHOP}
    if wanted.sends_cvc2:
        elements[61] = _POS_ONLINE + country
    if wanted.sends_pin:
        elements |= {52: pin_block(card.pin, card.pan), 53: _SECURITY, 26: _PIN_LENGTHS}
    return Extras({"92": card.cvc2, "42": "0103210"} if wanted.sends_cvc2 else {}, elements)
