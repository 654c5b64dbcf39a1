"""A clearing record in the terms of our books: what it is, whose card, how much, and by which names its payment is known.

Amounts are minor units of an asset, always positive; `is_debit` says which way the money goes for the cardholder.
"""

import enum
from dataclasses import dataclass, field
from datetime import date, datetime

from clearing.disputes.records import Dispute


class RecordKind(enum.StrEnum):
    """What a record does. The others in a file (header, addenda, positions) say something about records or totals."""

    PRESENTMENT = "presentment"
    SECOND_PRESENTMENT = "second_presentment"
    CHARGEBACK = "chargeback"
    FEE_COLLECTION = "fee_collection"


class EntryMode(enum.StrEnum):
    """How the card came to the terminal: what DE 22 says in its positions 6 (card present), 7 (input) and 8 (authentication)."""

    CHIP_PIN = "chip_pin"
    CHIP = "chip"
    CONTACTLESS = "contactless"
    STRIPE = "stripe"
    MANUAL = "manual"
    CODE = "code"
    """Bar, QR or printed code."""
    NOT_PRESENT = "not_present"
    UNKNOWN = "unknown"


@dataclass(slots=True)  # not frozen: made for every record of a file
class Sum:
    """Minor units of an asset by its code."""

    minor: int
    asset: str


@dataclass(slots=True)  # not frozen: made for every record of a file
class Fee:
    """One occurrence of PDS 0146, in the reconciliation currency; type 00 is interchange."""

    kind: str
    amount: Sum
    is_earned: bool
    """The issuer gets it; otherwise it pays."""


@dataclass(slots=True)  # not frozen: made for every record of a file
class References:
    """By which names a payment may be known; None where the record does not say. No card number."""

    trace_id: str | None = None
    """As the authorization's DE 63 and DE 15: 13 characters, the two spaces at the end left out."""
    link_id: str | None = None
    """The transaction link identifier, DE 105."""
    approval_code: str | None = None
    rrn: str | None = None
    arn: str | None = None
    """DE 31, which ties later records to the first presentment."""
    acquirer: str | None = None
    acceptor_id: str | None = None
    terminal_id: str | None = None

    @property
    def presentment(self) -> str | None:
        """By which a reversal finds its presentment: DE 31, else the trace id behind a space, with which no DE 31 begins."""
        return self.arn or (f" {self.trace_id}" if self.trace_id else None)


@dataclass(frozen=True, slots=True)
class Flaw:
    """What of a message cannot be read: where and why. No content but currency codes.

    `effect`: what that means for a record that is booked all the same.
    """

    element: int | None
    tag: str | None
    reason: str
    effect: str = ""

    @property
    def said(self) -> str:
        where = f"PDS {self.tag}: " if self.tag else f"DE {self.element}: " if self.element else ""
        return f"{where}{self.reason} ({self.effect})" if self.effect else where + self.reason


@dataclass(slots=True)  # not frozen: made for every record of a file
class ClearingRecord:
    """One record that may be booked. `at` is the terminal's own time; the file names no zone, so it stands as UTC."""

    kind: RecordKind
    number: int
    """DE 71: its place in the file, from 1."""
    function_code: str
    is_debit: bool
    amount: Sum
    """What the cardholder is billed: DE 6 with DE 51, else DE 4 with DE 49. What is settled where not `is_billed`."""
    transaction: Sum | None
    """None where it cannot be read."""
    settled: Sum | None
    reason: str
    """DE 25, empty where absent."""
    references: References
    card_token: bytes | None = field(repr=False)
    masked_pan: str | None
    at: datetime | None = None
    mcc: str | None = None
    fees: tuple[Fee, ...] = ()
    is_partial: bool = False
    is_reversal: bool = False
    entry: EntryMode = EntryMode.UNKNOWN
    business_date: date | None = None
    """The network's day, with the cycle in it, in which it processed the record: PDS 0158, else the day of its file."""
    business_cycle: int | None = None
    service: str | None = None
    """The settlement service that nets it, PDS 0159; in which day and cycle it does, and when that is paid."""
    reconciliation_date: date | None = None
    reconciliation_cycle: int | None = None
    settlement_date: date | None = None
    settlement_cycle: int | None = None
    pds: str = field(default="{}", repr=False)
    """All PDS as JSON by tag, known and unknown alike, without card numbers."""
    dispute: Dispute | None = None
    is_billed: bool = True
    """False: what is billed cannot be read."""
    flaws: tuple[Flaw, ...] = ()
    """What could not be read and keeps it from nothing: it posts with what is sound."""

    @property
    def is_last(self) -> bool:
        """No more presentments follow: what is still held may be released."""
        return self.kind is RecordKind.PRESENTMENT and self.reason != MORE_TO_COME

    def is_foreign_to(self, asset: str) -> bool:
        """Whether it was paid or billed in another asset, as far as that can be read."""
        return self.amount.asset != asset or (self.transaction is not None and self.transaction.asset != asset)


MORE_TO_COME = "1403"


@dataclass(frozen=True, slots=True)
class Untranslatable:
    """A message that is well written and still cannot be used: a record without kind, direction or amount.

    `amount`: what is at stake, as far as it can be read.
    """

    number: int
    flaw: Flaw
    amount: Sum | None = None
    business_date: date | None = None
