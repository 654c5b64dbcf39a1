"""Reversals of the network (0400, 0420) and voids of our own approvals. Pure."""

from ledger.answers import store
from ledger.books import Books
from ledger.commands import Answer, Outcome, Reverse, Verdict, Void
from ledger.elements import change, record
from ledger.holds import Event, EventKind
from ledger.money import MAX_MINOR
from ledger.relations import original_of
from ledger.rules import refused_amount


def reverse(command: Reverse, books: Books) -> Outcome:
    """Always answered 00 once understood. What is not found yet waits under its original's key (G5)."""
    request = command.request
    if not 0 <= command.replacement <= MAX_MINOR:
        return refused_amount(command.replacement)
    account = books.accounts.get(request.account_id) if request.account_id is not None else None
    original = original_of(command, books)
    if original is None or account is None:
        return store(
            request, books, Verdict.ACCEPTED, Answer("00", "original_unknown"),
            original=command if account is not None else None, replacement=command.replacement,
        )  # fmt: skip
    chain = books.chains.get(original.chain_id) if original.chain_id is not None else None
    element = original.authorization_id
    answer = Answer("00", "nothing_held")
    if chain is not None and chain.is_held and element is not None:
        before = chain.sums.held
        kind = EventKind.REVERSED if command.replacement == 0 else EventKind.PARTIALLY_REVERSED
        change(books, account, chain, Event(element, kind, command.replacement, request.transmitted_at), request)
        answer = Answer("00", kind.value if chain.sums.held < before else "nothing_held")
    return store(
        request, books, Verdict.ACCEPTED, answer, amount=command.replacement, authorization_id=element, chain_id=original.chain_id
    )


def void(command: Void, books: Books) -> Outcome:
    """Take back an approval that nobody was given (G9). A repeat that got it since makes this do nothing."""
    stored = books.by_key.get(command.key.digest)
    chain = books.chains.get(stored.chain_id) if stored and stored.chain_id is not None else None
    if stored is None or chain is None or stored.authorization_id is None:
        return Outcome(Verdict.ACCEPTED, "nothing_to_void", "")
    element = stored.authorization_id
    if chain.has(EventKind.REPEATED, element) or chain.has(EventKind.VOIDED, element):
        return Outcome(Verdict.ACCEPTED, "nothing_to_void", "")
    event = Event(element, EventKind.VOIDED, 0, command.at)
    account = books.accounts.get(stored.account_id) if stored.account_id is not None else None
    if chain.is_held and account is not None:
        record(books, account, chain, event, message_id=None, reason="void")
    else:
        books.append(chain, event, message_id=None, journal_id=None)
    return Outcome(Verdict.VOIDED, "timeout", "91", mark=account.mark() if account else None)
