"""The elements of an authorization and their money: what an element or a change to it posts. Pure."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise

from ledger.books import Account, Books, Chain
from ledger.commands import Entry, Outcome, Request, Single
from ledger.holds import ENDING, SINGLE, Event, EventKind, fold
from ledger.recipes import debits
from ledger.recipes.entry import kind_of
from ledger.recipes.holds import reserve
from ledger.relations import has_captures


def open_element(
    books: Books, account: Account, chain: Chain, request: Request, authorization_id: int, amount: int,
    *, kind: EventKind, is_forced: bool = False,
) -> None:  # fmt: skip
    """Hold `amount` more on the chain."""
    event = Event(authorization_id, kind, amount, request.transmitted_at)
    record(books, account, chain, event, message_id=request.message_id, is_forced=is_forced)


def open_single(
    books: Books, account: Account, chain: Chain, request: Request, amount: int, *, single: Single, is_forced: bool = False
) -> None:
    """Book `amount` at once: what a single message does instead of holding."""
    recipe = debits.credit if single is Single.CREDIT else debits.advised_debit if is_forced else debits.debit
    kind = EventKind.CREDITED if single is Single.CREDIT else EventKind.DEBITED
    entry = recipe(account.account_id, account.asset, amount)
    journal_id = _book(books, entry, entry.reason, request.transmitted_at, chain.chain_id)
    event = Event(chain.chain_id, kind, amount, request.transmitted_at)
    books.append(chain, event, message_id=request.message_id, journal_id=journal_id)


def change(books: Books, account: Account, chain: Chain, event: Event, request: Request) -> None:
    """Append a reversal or replacement."""
    record(books, account, chain, event, message_id=request.message_id)


def record(
    books: Books,
    account: Account,
    chain: Chain,
    event: Event,
    *,
    message_id: int | None,
    reason: str = "",
    is_forced: bool = False,
) -> None:
    """Append the event and post the difference between what is held, or booked by a single message, and what then must be."""
    sums = fold([*chain.events, event])
    difference = sums.held - chain.sums.held
    journal_id = None
    given_back = sums.reversed - chain.sums.reversed
    if difference:
        journal_id = shift(
            books, account, difference, event.at, reason or event.kind, event.authorization_id, is_forced=is_forced
        )  # fmt: skip
    books.append(chain, event, message_id=message_id, journal_id=journal_id, sums=sums)
    if given_back and chain.events[0].kind in SINGLE and not has_captures(chain):
        _book_back(books, account, chain, event, given_back, reason or event.kind)


def _book_back(books: Books, account: Account, chain: Chain, event: Event, amount: int, reason: str) -> None:
    """What a single message booked and should not have: each part once, as what is left of the element only falls.

    Not of one that was presented: then its presentment is what is booked, and only the network takes that back.
    """
    opened = chain.events[0]
    # A reversal is settled on its own day, as the message was on its. What was never told or is told by another message
    # instead, the network has not settled at all.
    day = opened.at.date() if event.kind in ENDING else event.at.date()
    is_debit = opened.kind is EventKind.DEBITED
    recipe = debits.debit_reversal if is_debit else debits.credit_reversal
    entry = recipe(account.account_id, account.asset, amount)
    journal_id = _book(books, entry, reason, event.at, event.authorization_id, value_date=day)
    kind = EventKind.CAPTURE_REVERSED if is_debit else EventKind.REFUND_REVERSED
    books.append(chain, Event(event.authorization_id, kind, amount, event.at), message_id=None, journal_id=journal_id)


def _book(
    books: Books, entry: Entry, reason: str, at: datetime, authorization_id: int, *, value_date: date | None = None
) -> int:  # fmt: skip
    """`value_date`: the day of `at`, unless another is given."""
    return books.post(
        tuple((books.account_of(line), line.layer, line.amount) for line in entry.lines),
        kind=kind_of(entry.kind, is_forced=entry.is_forced),
        reason=reason,
        value_date=value_date or at.date(),
        event_at=at,
        is_forced=entry.is_forced,
        authorization_id=authorization_id,
    )


def clear_single(books: Books, account: Account, chain: Chain, at: datetime) -> None:
    """The presentment of a single message takes its place: the network settles the payment once, and it is booked once.

    What the message had booked is undone on each day on which it stands, whatever day the presentment is of: by every day the
    network's account then holds what the network settles on it.
    """
    if chain.events[0].kind is not EventKind.DEBITED or chain.sums.captured <= 0 or has_captures(chain):
        return
    owed = account.account_id, account.asset
    for day, amount in sorted(_booked_by_day(chain.events).items()):
        if amount:
            entry = debits.debit_reversal(*owed, amount) if amount > 0 else debits.debit(*owed, -amount)
            journal_id = _book(books, entry, "presented", at, chain.chain_id, value_date=day)
            undone = Event(chain.chain_id, EventKind.CAPTURE_REVERSED, amount, at)
            books.append(chain, undone, message_id=None, journal_id=journal_id)


def _booked_by_day(events: Sequence[Event]) -> Counter[date]:
    """What a debit comes to by value date: what it booked, and what was booked back of it (`_book_back`)."""
    opened, by_day = events[0].at.date(), Counter[date]()
    by_day[opened] = events[0].amount
    for cause, event in pairwise(events):
        if event.kind is EventKind.CAPTURE_REVERSED:
            by_day[opened if cause.kind in ENDING else event.at.date()] -= event.amount
    return by_day


def shift(
    books: Books, account: Account, amount: int, at: datetime, reason: str, authorization_id: int, *, is_forced: bool = False
) -> int:
    """Hold `amount` more, or give it back when it is negative (`recipes.holds`)."""
    return books.post(
        reserve(account.account_id, books.stripe("holds_contra", account.asset), amount),
        kind="hold" if amount > 0 else "release",
        reason=reason,
        value_date=at.date(),
        event_at=at,
        is_forced=is_forced,
        authorization_id=authorization_id,
    )


def record_authorization(
    request: Request, books: Books, outcome: Outcome, chain_id: int,
    *, rule: str, policy: str, seen: str, expires_at: datetime | None, response_code: str | None = None,
) -> None:  # fmt: skip
    books.rows.authorizations.append(
        (outcome.authorization_id, chain_id, request.card_id, request.account_id, request.mti, request.stan, request.rrn,
         request.transmitted_at, request.acquirer, request.network_reference, outcome.approval_code, request.amount,
         request.asset, response_code or outcome.response_code, outcome.verdict, outcome.reason, rule, policy, seen,
         request.details, request.message_id, request.received_at, expires_at)
    )  # fmt: skip
