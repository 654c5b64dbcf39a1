"""A payment as the network remembers it at the end of the day: what was authorized, where, and under which references."""

import enum
from dataclasses import dataclass, field
from datetime import datetime

from simulator.cards import masked

CREDITS = frozenset({"20", "28"})
CASH = frozenset({"01", "12", "17"})


class Origin(enum.StrEnum):
    """Who decided, and whether a presentment follows."""

    APPROVED = "approved by the issuer"
    STAND_IN = "approved in stand-in"
    SINGLE_MESSAGE = "single message"
    """Booked when it was authorized: it is settled, but never presented."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the card was used."""

    mcc: str
    acceptor_id: str
    name: str
    city: str
    country: str
    terminal_id: str | None = None

    @property
    def is_online(self) -> bool:
        return self.terminal_id is None


@dataclass(frozen=True, slots=True)
class Money:
    """Minor units of a currency by its ISO 4217 number."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class PlayedTransaction:
    """One approved payment, reversals taken off. `billed` and `rate` (DE 10) where the network converted.

    Where `is_reversed`, nothing is left of it and the amounts are those that had been approved.
    """

    origin: Origin
    pan: str = field(repr=False)
    expiry: str
    processing_code: str
    amount: Money
    at: datetime
    acquirer: str
    place: Place
    network_reference: str
    settlement_date: str
    forwarder: str | None = None
    rrn: str | None = None
    approval_code: str | None = None
    billed: Money | None = None
    rate: str = ""
    is_reversed: bool = False

    @property
    def settled(self) -> Money:
        """What the issuer pays: the billing amount, or the transaction's where nothing was converted."""
        return self.billed or self.amount

    @property
    def trace_id(self) -> str:
        """DE 63 (9), DE 15 (4) and two spaces; nothing where the payment had no DE 63, which any two of a day would share."""
        if not self.network_reference:
            return ""
        return f"{self.network_reference}{self.settlement_date}  "

    @property
    def is_credit(self) -> bool:
        return self.processing_code[:2] in CREDITS

    @property
    def is_cash(self) -> bool:
        return self.processing_code[:2] in CASH

    @property
    def masked_pan(self) -> str:
        return masked(self.pan)
