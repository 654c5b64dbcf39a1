"""What was booked is taken back, once, and booked anew where that is needed. Pure. Nothing is ever changed."""

from ledger.booking import accepted, answered_before, store, write
from ledger.books import Account, Books, Chain, Original
from ledger.commands import Correct, Entry, Outcome, ReverseCapture
from ledger.holds import Event, EventKind
from ledger.recipes import FORCED_KINDS, corrections
from ledger.references import reversal_key
from ledger.relations import presented_to, taken_from_waiting
from ledger.rules import broken_by_lines, refused
from ledger.verdicts import Rule

PRESENTMENTS = frozenset({"capture", "refund"})
"""Kinds of journals that a clearing reversal takes back."""
REFUNDING = frozenset({"refund", "refund_reversal", "credit", "credit_reversal"})
"""Kinds of journals that stand in what an authorization has refunded; all others stand in what it has captured."""


def reverse_capture(command: ReverseCapture, books: Books) -> Outcome:
    """Mirrors what the presentment booked. What it had released stays released."""
    if answer := answered_before(command, books, amount=0, asset=""):
        return answer
    original = _original_of(command, books)
    if isinstance(original, Rule):
        return refused(original)
    if original.kind not in PRESENTMENTS:
        return refused(Rule.NOT_A_PRESENTMENT)
    lines = corrections.mirrored(original.lines)
    kind = f"{original.kind}_reversal"
    is_forced = kind in FORCED_KINDS
    entry = Entry(kind, "clearing_reversal", lines, is_forced)
    if rule := broken_by_lines(lines, books, is_forced=is_forced):
        return refused(rule)
    return _reverse(command, books, original, entry)


def correct(command: Correct, books: Books) -> Outcome:
    """Reverses any journal that booked something; with `rebook`, a second journal says what should have been."""
    if answer := answered_before(command, books, amount=0, asset=""):
        return answer
    original = _original_of(command, books)
    if isinstance(original, Rule):
        return refused(original)
    entry = corrections.correct(original.lines, command.reason)
    for lines in (entry.lines, command.rebook.lines if command.rebook else entry.lines):
        if rule := broken_by_lines(lines, books, is_forced=True):
            return refused(rule)
    outcome = _reverse(command, books, original, entry)
    if command.rebook is not None:
        rebooked = corrections.rebook(command.rebook)
        chain = _chain_of(original, books)
        journal_id = write(
            rebooked, command, books, at=command.at, value_date=command.value_date, is_keyed=False,
            chain_id=chain.chain_id if chain else None,
        )  # fmt: skip
        _recount(rebooked, command, books, original, journal_id, chain)
    return outcome


def _original_of(command: ReverseCapture | Correct, books: Books) -> Original | Rule:
    original = books.originals.get(command.journal_id)
    if original is None or original.booking_date != command.booking_date:
        return Rule.UNKNOWN_JOURNAL
    mark = reversal_key(command)
    if (mark.digest, mark.date) in books.by_key:
        return Rule.ALREADY_REVERSED
    return original if corrections.mirrored(original.lines) else Rule.NOTHING_POSTED


def _reverse(command: ReverseCapture | Correct, books: Books, original: Original, entry: Entry) -> Outcome:
    chain, account = _chain_of(original, books), _customer(entry, books)
    names = command.names if isinstance(command, ReverseCapture) and original.chain_id is None else ()
    if names and account is not None:
        chain = presented_to(names, account.account_id, books)
    chain_id = chain.chain_id if chain else None
    journal_id = write(
        entry, command, books, at=command.at, value_date=command.value_date, chain_id=chain_id, reverses=original.journal_id
    )  # fmt: skip
    amount = sum(abs(line.amount) for line in entry.lines) // 2
    _recount(entry, command, books, original, journal_id, chain)
    store(command, books, reversal_key(command), entry.reason, (None, journal_id, None, amount, None))
    waits_under = taken_from_waiting(names) if account is not None and chain is None else None
    return accepted(
        command, books, entry.reason, account=account, journal_id=journal_id, amount=amount, chain_id=chain_id,
        waits=(waits_under, -amount) if waits_under else None,
    )  # fmt: skip


def _chain_of(original: Original, books: Books) -> Chain | None:
    """The authorization that the original belongs to, if it ever held or booked anything."""
    chain = books.chains.get(original.chain_id) if original.chain_id is not None else None
    return chain if chain is not None and chain.is_held else None


def _recount(
    entry: Entry, command: ReverseCapture | Correct, books: Books, original: Original, journal_id: int, chain: Chain | None
) -> None:  # fmt: skip
    """Keep what the authorization has captured less what it has refunded equal to what is booked of it.

    The amount of the event is negative where a presentment that was taken back is put back, or booked anew: as another
    capture it would use up what is still held, which its first booking has done already.
    """
    if chain is None:
        return
    # A fee of ours is no part of what was presented: what it takes from the customer stands on the other side as well.
    moved = sum(line.amount for line in entry.lines if line.account in (chain.account_id, "fee_income"))
    if moved:
        is_refund = original.kind.removeprefix("forced_") in REFUNDING
        kind, amount = (EventKind.REFUND_REVERSED, moved) if is_refund else (EventKind.CAPTURE_REVERSED, -moved)
        event = Event(chain.chain_id, kind, amount, command.at)
        books.append(chain, event, message_id=None, journal_id=journal_id)


def _customer(entry: Entry, books: Books) -> Account | None:
    return next((books.accounts[line.account] for line in entry.lines if isinstance(line.account, int)), None)
