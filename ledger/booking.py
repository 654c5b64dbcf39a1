"""Journals of people and jobs: funding, fees, transfers, disputes. Pure.

The rules of the books are checked in order; the first one broken names the refusal, and nothing of it is written.
"""

from datetime import date, datetime

from ledger.books import Account, Books, Chain, Stored
from ledger.commands import (
    Book,
    Booking,
    Capture,
    Correct,
    Entry,
    Expire,
    Outcome,
    Refund,
    RepeatKey,
    ReverseCapture,
)
from ledger.holds import Event, EventKind
from ledger.recipes.entry import is_reserved, kind_of
from ledger.rules import broken_by_dates, broken_by_lines, refused
from ledger.verdicts import Rule, Verdict  # fmt: skip

TYPES: dict[type[Booking], str] = {
    Book: "book", Capture: "capture", Refund: "refund", ReverseCapture: "reverse_capture", Correct: "correct", Expire: "expire",
}  # fmt: skip
"""What stands in the column `mti` of an outcome that answers no message."""


def book(command: Book, books: Books) -> Outcome:
    if answer := answered_before(command, books, amount=0, asset=command.lines[0].asset if command.lines else ""):
        return answer
    rule = broken_by_dates(books, command.value_date, command.booking_date)
    if not command.is_forced and is_reserved(command.kind):
        rule = rule or Rule.RESERVED_KIND
    if rule := rule or broken_by_lines(command.lines, books, is_forced=command.is_forced):
        return refused(rule)
    entry = Entry(command.kind, command.reason, command.lines, command.is_forced)
    chain = _disputed(command, books)
    chain_id = chain.chain_id if chain is not None else None
    journal_id = write(entry, command, books, at=command.event_at, value_date=command.value_date, chain_id=chain_id)
    if chain is not None and command.disputes is not None:
        kind = EventKind.DISPUTE_WITHDRAWN if command.disputes.is_withdrawn else EventKind.DISPUTED
        event = Event(chain.chain_id, kind, command.disputes.amount, command.event_at)
        books.append(chain, event, message_id=None, journal_id=journal_id)
    return accepted(
        command, books, command.reason, journal_id=journal_id, account=books.find(command.lines[0]), chain_id=chain_id
    )  # fmt: skip


def _disputed(command: Book, books: Books) -> Chain | None:
    """The authorization that the journal disputes, if there is one."""
    named = command.disputes
    chain = books.chains.get(named.chain_id) if named is not None else None
    return chain if chain is not None and named is not None and chain.is_held and chain.account_id == named.account_id else None


def answered_before(command: Booking, books: Books, *, amount: int, asset: str) -> Outcome | None:
    """The stored answer to the same key and content, a conflict if the content differs, None if the key is new (G4)."""
    stored = books.by_key.get((command.key.digest, command.key.date))
    if stored is None:
        return None
    if stored.content != command.content or stored.mti != TYPES[type(command)]:
        books.raise_exception("duplicate_mismatch", command.key, amount, asset)
        return Outcome(Verdict.CONFLICT, "duplicate_mismatch", "94")
    return Outcome(
        Verdict(stored.verdict), stored.reason, stored.response_code, amount=stored.amount, available=stored.available,
        is_repeat=True, journal_id=stored.authorization_id,
    )  # fmt: skip


def write(
    entry: Entry, command: Booking, books: Books, *, at: datetime, value_date: date,
    chain_id: int | None = None, reverses: int | None = None, is_keyed: bool = True,
) -> int:  # fmt: skip
    """The entry's journal, under the command's key unless that stands on another of its journals. Returns its id."""
    return books.post(
        tuple((books.account_of(line), line.layer, line.amount) for line in entry.lines),
        kind=kind_of(entry.kind, is_forced=entry.is_forced),
        reason=entry.reason,
        value_date=value_date,
        event_at=at,
        actor=command.actor,
        is_forced=entry.is_forced,
        key=command.key.digest if is_keyed else None,
        content=command.content if is_keyed else None,
        authorization_id=chain_id,
        reverses=reverses,
    )


def accepted(
    command: Booking, books: Books, reason: str, *, account: Account | None,
    journal_id: int | None, amount: int = 0, chain_id: int | None = None, waits: tuple[str, int] | None = None,
) -> Outcome:  # fmt: skip
    """Store the answer to a booking. The journal that it made stands where a request has its authorization.

    `waits`: names for a payment that has not come yet, and how much of it has been presented.
    """
    available = account.available if account else None
    account_id = account.account_id if account else None
    store(command, books, command.key, reason, (account_id, journal_id, chain_id, amount, available), waits)
    mark = account.mark() if account else None
    return Outcome(Verdict.ACCEPTED, reason, "", amount=amount, available=available, mark=mark, journal_id=journal_id)


def store(
    command: Booking, books: Books, key: RepeatKey, reason: str,
    facts: tuple[int | None, int | None, int | None, int, int | None], waits: tuple[str, int] | None = None,
) -> None:  # fmt: skip
    """`facts`: account, journal, chain, amount, available. `waits` as in `accepted`."""
    account_id, journal_id, chain_id, amount, available = facts
    waits_under, presented = waits or (None, None)
    books.store(
        Stored(key.digest, key.date, command.content, TYPES[type(command)], account_id, journal_id, chain_id, None, None, None,
               waits_under, presented, Verdict.ACCEPTED.value, reason, "", None, amount, available),
        0,
    )  # fmt: skip
