"""What a clearing record is matched with: the values that the rules see and what they answer. Values only."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

VERSION = "4"
"""Of the rules in `matching`; stored with every match. It changes when they may answer otherwise."""


class Rule(enum.StrEnum):
    """How a record found what it belongs to, in the order in which the rules are asked."""

    REFERENCE = "acquirer_reference"
    """DE 31: an earlier record of the same presentment; of a reversal without it DE 63 SF2."""
    TRACE = "trace_id"
    """DE 63 SF2 is the authorization's DE 63 and DE 15."""
    LINK = "link_id"
    """DE 105, the transaction link identifier."""
    APPROVAL = "approval_code"
    """DE 38 on the same account, with amount, date and merchant not against it."""
    FALLBACK = "fallback"
    """DE 37, or the same amount at the same merchant, of the same card within the time."""
    NONE = "none"
    BY_HAND = "by_hand"


class Concern(enum.StrEnum):
    """Why somebody has to look at a record; the kind of its item in report.exception. The first that applies, in this order."""

    UNKNOWN_CURRENCY = "unknown_currency"
    """Billed in a currency that is not kept here, and not settled in one that is: nothing is booked."""
    UNBOOKABLE = "unbookable_record"
    """Well written and still not understood, or refused by the books: nothing is booked."""
    ORPHAN_REVERSAL = "orphan_reversal"
    """It takes back a presentment that we do not have, or that was taken back before: it waits for one in suspense."""
    CREDITED_BEFORE = "credited_before"
    """It takes back a presentment whose money was given back before, by a claim or a chargeback: it waits in suspense."""
    UNKNOWN_CARD = "unknown_card"
    """No card of ours, or no card number: booked to suspense."""
    CLOSED_ACCOUNT = "closed_account"
    """The card's account is closed: booked to suspense."""
    WRONG_CURRENCY = "wrong_currency"
    """Billed in another currency than the account's and no rate for it, or in one that cannot be read: booked to suspense."""
    DOUBLED = "doubled_presentment"
    """The same acquirer reference, amount and function code as an earlier presentment, or perhaps booked by a single message
    before, or the credit of one: booked again."""
    CHARGEBACK = "chargeback"
    """A case: the network has credited us, the cardholder waits."""
    SECOND_PRESENTMENT = "second_presentment"
    """A case: the acquirer does not take the chargeback."""
    UNAUTHORIZED = "unauthorized_presentment"
    """No authorization, or one that was declined: booked by force."""
    AFTER_REVERSAL = "after_reversal"
    """The authorization was reversed: booked by force."""
    AFTER_EXPIRY = "after_expiry"
    """The hold's time was over: booked by force."""
    OVER_CLEARED = "over_cleared"
    """More than was authorized and more than its merchants may add: booked in full; the item's amount is the excess."""
    SETTLED_OTHERWISE = "settled_otherwise"
    """The network settles another amount than it bills, nothing explains it: the difference is in suspense. Beside any other."""
    FLAWED = "flawed_record"
    """Booked with what is sound of it; something beside cannot be read. Beside any other, one for all flaws of the record."""


@dataclass(frozen=True, slots=True)
class KnownCard:
    """A card of ours and its account."""

    card_id: int
    account_id: int
    asset: str
    is_open: bool


@dataclass(slots=True)  # not frozen: made for every record of a file
class Payment:
    """An authorization, advice or single message of an account, with the sums of its chain.

    `chain_id` is None where the chain never held or booked anything: declined, or a credit that was announced.
    """

    authorization_id: int
    chain_id: int | None
    is_approved: bool
    at: datetime
    amount: int
    trace_id: str | None
    rrn: str | None
    approval_code: str | None
    left: int = 0
    """Authorized and incremented less reversed."""
    captured: int = 0
    expired: int = 0
    held: int = 0
    expires_at: datetime | None = None
    is_single: bool = False
    is_presented: bool = False
    """Of a single message: a presentment has taken the place of what it booked."""
    card_id: int | None = None
    acceptor_id: str | None = None
    link_id: str | None = None


@dataclass(slots=True)  # not frozen: made for every record of a file
class Earlier:
    """A record with the same DE 31 (or trace id, without it) that came before, perhaps in the same file."""

    file_id: str
    number: int
    function_code: str
    amount: int
    asset: str
    is_presentment: bool
    is_reversal: bool
    account_id: int | None
    authorization_id: int | None
    chain_id: int | None
    posted: tuple[int, str]
    """What it posted, in which asset."""
    is_debit: bool
    masked_pan: str | None
    card_account_id: int | None
    """Whose card it names; None where it was no card of ours."""
    is_taken_back: bool = False
    is_orphan: bool = False
    """A reversal that waits for its presentment, and that nobody has worked off."""


@dataclass(slots=True)
class Known:
    """All that is known of the records of a chunk, by the names they use."""

    cards: Mapping[bytes, KnownCard] = field(default_factory=dict)
    by_trace: Mapping[tuple[int, str], Sequence[Payment]] = field(default_factory=dict)
    by_account: Mapping[int, Sequence[Payment]] = field(default_factory=dict)
    by_reference: Mapping[str, Sequence[Earlier]] = field(default_factory=dict)


@dataclass(slots=True)  # not frozen: made for every record of a file
class Match:
    """What a record belongs to and where its money goes.

    `account_id` None: to suspense, or to no cardholder at all. `amount` and `asset`: what is posted.
    """

    number: int
    rule: Rule
    reason: str
    account_id: int | None = None
    amount: int = 0
    asset: str = ""
    authorization_id: int | None = None
    chain_id: int | None = None
    card_id: int | None = None
    concern: Concern | None = None
    concern_amount: int | None = None
    refers: tuple[str, int] | None = None
    """File and number of the record that this one takes back or repeats."""
    disputed_account_id: int | None = None
    """Of a dispute: whose the authorization is that it is recorded on. Its money is not the cardholder's yet."""


@dataclass(frozen=True, slots=True)
class Presented:
    """The file that a record stands in, as far as matching has to know."""

    file_id: str
    received_on: date
