"""What the journal may be asked and what it answers. Values only.

A command carries everything its decision needs except the locked state: the journal adds that and has the last
word. Response codes and reasons are given by the caller as text; the ledger stores them and attaches no meaning.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from ledger.verdicts import Verdict

if TYPE_CHECKING:
    from ledger.card_counters import CardUse, Objection

STALE_FACTS, STALE_COUNTERS = "stale_facts", "stale_counters"
"""Reasons of Verdict.STALE_FACTS."""


class Layer(StrEnum):
    PENDING = "pending"
    POSTED = "posted"


@dataclass(slots=True)  # not frozen: made for every payment
class RepeatKey:
    """Identity of a network request: a 16-byte digest of its key elements, and the date resolved from DE 7."""

    digest: bytes
    date: date


@dataclass(frozen=True, slots=True)
class Answer:
    """A response code with its reason, as the switch would give it (DE 39 and the word behind it)."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers that only the ledger can choose, in the caller's words."""

    approved: Answer = Answer("00", "approved")
    partial: Answer = Answer("10", "partially_approved")
    insufficient_funds: Answer = Answer("51", "insufficient_funds")
    over_limit: Answer = Answer("61", "over_limit")
    reversed_before: Answer = Answer("05", "reversed_before")
    replaced_by_advice: Answer = Answer("05", "replaced_by_advice")
    account_closed: Answer = Answer("46", "account_closed")
    account_frozen: Answer = Answer("62", "account_frozen")
    wrong_asset: Answer = Answer("57", "currency_not_supported")
    goods_only: Answer = Answer("87", "goods_only")
    nothing_to_extend: Answer = Answer("13", "invalid_amount")
    """To an increment of nought, where what it names holds nothing or is not known."""
    conflict: Answer = Answer("94", "duplicate_mismatch")
    timeout: Answer = Answer("91", "timeout")


@dataclass(slots=True)  # not frozen: made for every payment
class Request:
    """What every keyed network request carries. Amounts are minor units of `asset`, the billing currency.

    `trace_id` is DE 63 + DE 15; `rrn` DE 37; `details` and `seen` are JSON text, stored as given (G11).
    """

    key: RepeatKey
    content: bytes
    mti: str
    account_id: int | None
    card_id: int | None
    amount: int
    asset: str
    stan: str
    rrn: str | None
    transmitted_at: datetime
    acquirer: str
    network_reference: str | None
    trace_id: str | None
    message_id: int
    received_at: datetime
    details: str


class Single(StrEnum):
    """Which way the money of a single message goes, at once."""

    DEBIT = "debit"
    CREDIT = "credit"


class Counted(NamedTuple):
    """What a limit was counted on: the account at `version`, and beyond it so many `times` and so much `amount` under way.

    If more has been spent since then, the count may have missed it (a cache that lost what was under way), and is made anew.
    """

    version: int
    available: int | None
    times: int
    amount: int


@dataclass(slots=True)  # not frozen: made for every payment
class Authorize:
    """An ordinary authorization request (0100). Approved for `min(amount, at_most, available)`.

    `refusal`: the authorizer has declined; only the decision is stored. `chain_trace`: an increment of the
    authorization with that trace id (DE 48.63). `holds`: False for credits and inquiries, which hold nothing.
    `goods`: what may be approved without the cash from the till.
    `single`: a single message (0200), which books at once instead of holding, or credits at once.
    """

    request: Request
    facts_version: int
    refusal: Answer | None
    approved: Answer
    approval_code: str
    expires_at: datetime
    rule: str
    policy: str
    seen: str
    answers: Answers
    at_most: int | None = None
    partial: bool = False
    holds: bool = True
    chain_trace: str | None = None
    single: Single | None = None
    goods: int | None = None
    card_use: "CardUse | None" = None
    """A PIN try, a step of the chip's counter: counted under the account's lock, where they may refuse what the rules did not."""
    alone: "Objection | None" = None
    """What stands against an increment that adds to nothing: whether there is a first one, only the ledger knows."""
    counted: Counted | None = None
    """Where limits matter: what they were counted on."""


@dataclass(frozen=True, slots=True)
class Advise:
    """A decision already made by the network (0120, 0220): recorded and, when `holds`, held (or booked) even beyond the balance.

    `raises` names what somebody must look at, because it could not be held.
    """

    request: Request
    response_code: str
    approval_code: str | None
    expires_at: datetime
    policy: str
    holds: bool
    raises: str | None = None
    single: Single | None = None
    is_completion: bool = False
    """It says what an authorization came to in the end (fuel, charging): it stands in its place, whatever that held."""
    chain_trace: str | None = None
    """It is of an increment of the payment with that trace id (DE 48.63)."""


@dataclass(frozen=True, slots=True)
class Reverse:
    """A reversal (0400, 0420). `replacement` is what remains of the element (0: nothing, a full reversal).

    Found by `original` (DE 90), else `original_trace` (DE 48.63), else card, `rrn` and `approval_code`.
    `whole`: in a currency that is not the account's, what `replacement` is a part of; the same part of the element remains.
    """

    request: Request
    original: RepeatKey | None
    original_trace: str | None
    approval_code: str | None
    replacement: int
    is_undelivered: bool = False
    """It is about our answer, which the network could not pass on; what the network has decided itself stays."""
    whole: int | None = None


@dataclass(frozen=True, slots=True)
class Void:
    """A request, or a repeat of it, was not answered in time. When none of them was, its approval is taken back."""

    key: RepeatKey
    account_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Undo:
    """The network did not accept our answer to the request with this key (0190)."""

    key: RepeatKey
    account_id: int | None
    at: datetime
    message_id: int


class Line(NamedTuple):
    """One posting to be: an account by id, or a system account by role (its stripe is the writer's). Debit positive."""

    account: int | str
    asset: str
    layer: Layer
    amount: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A journal to be: its lines sum to zero in each asset and layer. `is_forced`: it may take an account below its floor."""

    kind: str
    reason: str
    lines: tuple[Line, ...]
    is_forced: bool = False


class Disputed(NamedTuple):
    """Which authorization a journal disputes, whose it is, and how much of it. `is_withdrawn`: it disputes it no longer."""

    account_id: int
    chain_id: int
    amount: int
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    """A journal of people or jobs: funding, fees, corrections. `is_forced` may take an account below its floor.

    Booked on the open day; `booking_date` insists on one, which must be that day or one that was reopened.
    """

    key: RepeatKey
    content: bytes
    kind: str
    reason: str
    actor: str
    value_date: date
    event_at: datetime
    lines: tuple[Line, ...]
    is_forced: bool = False
    booking_date: date | None = None
    disputes: Disputed | None = None
    """Recorded as an element of that authorization, if it is this account's and ever held anything; its sums stay as they are."""


@dataclass(slots=True)  # not frozen: made for every record of a clearing file
class Capture:
    """A presentment. It always posts in full, by force; of a hold it releases its own amount, the last one all of it.

    `chain_id`: the authorization that it was matched to; None posts it without one. `cash`: how much of the amount is cash
    from the till, a debit of its own. `fee`: ours, beside the amount; it counts neither as captured nor against the hold.
    `names` (`relations.presented_names`): by which its payment may still come, where it is posted without one.
    """

    key: RepeatKey
    content: bytes
    account_id: int
    asset: str
    amount: int
    at: datetime
    value_date: date
    chain_id: int | None = None
    is_last: bool = False
    actor: str = "clearing"
    message_id: int | None = None
    cash: int = 0
    fee: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refund:
    """A credit presentment, on its own or for an authorization (whose `refunded` sum it raises)."""

    key: RepeatKey
    content: bytes
    account_id: int
    asset: str
    amount: int
    at: datetime
    value_date: date
    chain_id: int | None = None
    actor: str = "clearing"
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class ReverseCapture:
    """A clearing reversal: takes back the journal of a presentment (`Outcome.journal_id`) once. Its hold stays released.

    `names`: as of a `Capture`, by which the payment of one that was posted without it has come since, or may still come.
    """

    key: RepeatKey
    content: bytes
    journal_id: int
    booking_date: date
    at: datetime
    value_date: date
    actor: str = "clearing"
    message_id: int | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Correct:
    """Reverse a journal, once, and book in its place what should have been (`rebook`), if anything."""

    key: RepeatKey
    content: bytes
    journal_id: int
    booking_date: date
    reason: str
    at: datetime
    value_date: date
    actor: str
    rebook: Entry | None = None


@dataclass(frozen=True, slots=True)
class Expire:
    """Release what a chain still holds if, under the lock, its time is over at `as_of`. Nothing is stored if it is not."""

    key: RepeatKey
    content: bytes
    account_id: int
    chain_id: int
    as_of: datetime
    actor: str = "expiry"
    is_presented: bool = False
    """Whatever the time: its last presentment was booked elsewhere than on its account, to suspense."""


Booking = Book | Capture | Refund | ReverseCapture | Correct | Expire
"""What jobs and people ask for, as against the network's own messages."""
Command = Authorize | Advise | Reverse | Void | Undo | Booking


@dataclass(slots=True)  # not frozen: made for every payment
class AccountMark:
    """An account at one version, for the cache: what it had when the batch locked it and what it has after."""

    locked_version: int
    locked_available: int | None
    version: int
    available: int | None
    facts_version: int


@dataclass(slots=True)  # not frozen: made for every payment
class Outcome:
    """The journal's answer. `amount` is what was approved or accepted; `is_repeat`: this is the stored answer of before.

    `journal_id`: what a booking wrote. `is_added`: to an earlier payment, which it is an increment of.
    """

    verdict: Verdict
    reason: str
    response_code: str
    approval_code: str | None = None
    amount: int = 0
    available: int | None = None
    authorization_id: int | None = None
    is_repeat: bool = False
    mark: AccountMark | None = None
    journal_id: int | None = None
    is_added: bool = False
