"""The decision of a batch, against locked values. Pure: no I/O, no clock, no cancellation.

Commands are decided in arrival order and each sees what the ones before it did, so two spends of one account in
one batch cannot both have the same money (G2), and a repeat inside a batch finds its answer (G4). Each noun has its room:
`authorizing`, `reversing`, `capturing`, `correcting`, `booking`.
"""

from datetime import datetime

from ledger.answers import stored_answer
from ledger.authorizing import advise, authorize
from ledger.booking import book
from ledger.books import Books
from ledger.capturing import capture, expire, refund
from ledger.commands import (
    Advise,
    Authorize,
    Book,
    Capture,
    Command,
    Correct,
    Expire,
    Outcome,
    Refund,
    Reverse,
    ReverseCapture,
    Undo,
    Void,
)
from ledger.correcting import correct, reverse_capture
from ledger.references import parties_of
from ledger.reversing import reverse, undo, void
from ledger.verdicts import Verdict


def decide(commands: list[Command], books: Books, now: datetime) -> list[Outcome]:
    """One outcome per command, in order. `books` collects the rows to write."""
    return [_decide(command, books, now) for command in commands]


def _decide(command: Command, books: Books, now: datetime) -> Outcome:
    if books.busy and not books.busy.isdisjoint(_accounts_of(command, books)):
        return Outcome(Verdict.BUSY, "account_busy", "91")
    # The network's own first: by far the most.
    if isinstance(command, Authorize):
        return stored_answer(command, books, now) or authorize(command, books)
    if isinstance(command, Advise):
        return stored_answer(command, books, now) or advise(command, books)
    if isinstance(command, Reverse):
        return stored_answer(command, books, now) or reverse(command, books)
    if isinstance(command, Void):
        return void(command, books)
    if isinstance(command, Undo):
        return undo(command, books)
    return _book(command, books)


def _book(command: Book | Capture | Refund | ReverseCapture | Correct | Expire, books: Books) -> Outcome:
    match command:
        case Book():
            return book(command, books)
        case Capture():
            return capture(command, books)
        case Refund():
            return refund(command, books)
        case ReverseCapture():
            return reverse_capture(command, books)
        case Correct():
            return correct(command, books)
        case Expire():
            return expire(command, books)


def _accounts_of(command: Command, books: Books) -> set[int]:
    match command:
        case Authorize() | Advise() | Reverse():
            account_id = command.request.account_id
        case Void() | Undo():
            account_id = command.account_id
        case _:
            return {party for party in parties_of(command, books.originals) if isinstance(party, int)}
    return set() if account_id is None else {account_id}
