"""The money of one card's account as the auditor sees it: payments, what each still holds or has booked, what was posted.

Integers in minor units of the card's currency. Nothing here reads a message.
"""

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from simulator.cards import Card

OriginalKey = tuple[str, str, str, str, str]
Posting = tuple[str, int]
"""A journal's kind and the amount that it moved on the account, without sign."""
EarlyName = tuple[str, str]
"""Trace id and RRN: a reversal that carries both means the payment, be it the request or the network's advice."""
HoldName = tuple[str, str]
"""By which the books know a hold: STAN and RRN of the message that opened it."""
CODES_TO_TELL_BY = 3
"""So many payments with one and the same approval code are no chance."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What the books must show for one card's account, in minor units."""

    posted_minor: int
    holds_minor: int
    floor_minor: int

    @property
    def available_minor(self) -> int:
        return self.posted_minor - self.holds_minor - self.floor_minor


class Booking(enum.Enum):
    """What a payment does to the account: the journals that add to it and that take it back, and the balance it moves."""

    HOLD = ("hold", "release", 0)
    DEBIT = ("debit", "debit_reversal", -1)
    ADVISED_DEBIT = ("forced_debit", "debit_reversal", -1)
    CREDIT = ("credit", "forced_credit_reversal", 1)

    def __init__(self, given: str, taken_back: str, sign: int) -> None:
        self.given, self.taken_back, self.sign = given, taken_back, sign


@dataclass(slots=True)
class Payment:
    """One authorization, increment or advice with what is left of it. `rrn` is DE 37, `approval_code` DE 38 once it is known."""

    minor: int
    booking: Booking
    is_ours: bool
    rrn: str = ""
    stan: str = ""
    approval_code: str = ""
    lasts: timedelta = timedelta()
    """How long its hold stands from when it was opened."""
    adds_to: "Payment | None" = None
    """Of an increment: the payment whose hold it is part of."""
    covers: int | None = None
    """Of an advice: how much of a later request of ours it answers for; None for any amount (a completion)."""
    reversed_to: int | None = None
    """What reversals of the payment itself have left of it."""
    replaced_by: "Payment | None" = None
    """The network's own, which stands for the payment since."""


@dataclass(slots=True)
class Account:
    """One card's money and everything by which a later message may name an earlier one."""

    card: Card
    payments: list[Payment] = field(default_factory=list)
    originals: dict[OriginalKey, Payment] = field(default_factory=dict)
    traces: dict[str, Payment] = field(default_factory=dict)
    references: dict[str, Payment] = field(default_factory=dict)
    advices: dict[str, Payment] = field(default_factory=dict)
    early_reversals: dict[OriginalKey | EarlyName, int] = field(default_factory=dict)
    """What is left of payments that have not come, by the name that the reversal gave."""
    pin_tries: int = 0
    counters: set[int] = field(default_factory=set)
    """Transaction counters (tag 9F36) of genuine cryptograms."""
    postings: list[Posting] = field(default_factory=list)

    @property
    def balance(self) -> Balance:
        booked = sum(payment.booking.sign * payment.minor for payment in self.payments)
        holds = sum(payment.minor for payment in self.payments if payment.booking is Booking.HOLD)
        return Balance(self.card.posted_minor + booked, holds, self.card.floor_minor)

    def open(self, payment: Payment) -> Payment:
        """Adds a payment and posts it."""
        self.payments.append(payment)
        if payment.minor:
            self.postings.append((payment.booking.given, payment.minor))
        return payment

    def lower(self, payment: Payment, minor: int) -> bool:
        """Leaves at most `minor` of a payment, posts the difference, says whether there was one."""
        given_back = payment.minor - min(payment.minor, minor)
        payment.minor -= given_back
        if given_back:
            self.postings.append((payment.booking.taken_back, given_back))
        return bool(given_back)

    def lives(self) -> dict[HoldName, timedelta]:
        """How long each hold that stands was made to stand."""
        held = [payment for payment in self.payments if payment.booking is Booking.HOLD and payment.minor]
        return {(payment.stan, payment.rrn): (payment.adds_to or payment).lasts for payment in held}

    def has_one_code_for_all(self) -> bool:
        """Whether one approval code was given to every payment, where there are enough to tell."""
        codes = [payment.approval_code for payment in self.payments if payment.is_ours and payment.approval_code]
        return len(codes) >= CODES_TO_TELL_BY and len(set(codes)) == 1

    def taken_postings(self) -> Iterator[Posting]:
        """What was posted since this was last asked."""
        taken, self.postings = self.postings, []
        return iter(taken)
