"""What refers to what: reversals to originals, increments to first authorizations, advices to our own decisions. Pure.

Every relation holds within one account only.
"""

from ledger.books import Books, Chain, Stored
from ledger.commands import Authorize, Request, Reverse

ADVICE_CLASS, REQUEST_CLASS = "0120", "0100"


def early_replacement(request: Request, books: Books) -> int | None:
    """What a reversal that overtook this request leaves of it; None if there is none."""
    if not books.early:
        return None
    names = filter(None, (request.key.digest.hex(), request.trace_id))
    waiting = [found for name in names for found in books.early.get(name, ())]
    return min((left for account_id, left in waiting if account_id == request.account_id), default=None)


def counterparts(request: Request, books: Books) -> list[Stored]:
    """What is stored of the same payment in any class: our decision of an advised one, the advice of one that we decide."""
    if request.account_id is None or not request.trace_id:
        return []
    return books.by_trace.get((request.account_id, request.trace_id), [])


def last_of(found: list[Stored], mti: str) -> Stored | None:
    return next((outcome for outcome in reversed(found) if outcome.mti == mti), None)


def first_of(command: Authorize, books: Books) -> Chain | None:
    """The chain that an increment belongs to (DE 48.63 names the first authorization)."""
    account_id = command.request.account_id
    if command.chain_trace is None or account_id is None:
        return None
    for outcome in books.by_trace.get((account_id, command.chain_trace), ()):
        chain = books.chains.get(outcome.chain_id) if outcome.chain_id is not None else None
        if chain is not None and chain.is_held:
            return chain
    return None


def original_of(command: Reverse, books: Books) -> Stored | None:
    """By DE 90, then the trace id, then card, RRN and approval code; always of the same account."""
    account_id = command.request.account_id
    if account_id is None:
        return None
    candidates: list[Stored] = []
    if command.original and (found := books.by_key.get(command.original.digest)):
        candidates.append(found)
    if command.original_trace:
        candidates += books.by_trace.get((account_id, command.original_trace), ())
    if command.request.rrn:
        candidates += [
            o
            for o in books.by_rrn.get((account_id, command.request.rrn), ())
            if command.approval_code is None or o.approval_code == command.approval_code
        ]
    for candidate in candidates:
        if candidate.account_id == account_id and candidate.mti in (REQUEST_CLASS, ADVICE_CLASS):
            return candidate
    return None
