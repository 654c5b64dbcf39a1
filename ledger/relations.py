"""What refers to what: reversals to originals, increments to first authorizations, advices to our own decisions. Pure.

Every relation holds within one account only.
"""

from ledger.books import Books, Chain, Stored
from ledger.commands import Authorize, Request, Reverse

ADVICE_CLASS, REQUEST_CLASS = "0120", "0100"


def early_replacement(request: Request, books: Books) -> int | None:
    """What a reversal that overtook this request leaves of it; None if there is none."""
    names = filter(None, (request.key.digest.hex(), request.trace_id))
    waiting = [found for name in names for found in books.early.get(name, ())]
    return min((left for account_id, left in waiting if account_id == request.account_id), default=None)


def counterpart(request: Request, books: Books, mti: str) -> Stored | None:
    """The same payment in the other class: our own decision of an advised one, or the advice of one that we decide."""
    if request.account_id is None:
        return None
    if request.trace_id:
        found = [o for o in books.by_trace.get(request.trace_id, ()) if o.mti == mti and o.account_id == request.account_id]
        return found[-1] if found else None
    return None


def first_of(command: Authorize, books: Books) -> Chain | None:
    """The chain that an increment belongs to (DE 48.63 names the first authorization)."""
    if command.chain_trace is None:
        return None
    for outcome in books.by_trace.get(command.chain_trace, ()):
        if outcome.account_id == command.request.account_id and outcome.chain_id is not None:
            chain = books.chains.get(outcome.chain_id)
            if chain is not None and chain.is_held:
                return chain
    return None


def original_of(command: Reverse, books: Books) -> Stored | None:
    """By DE 90, then the trace id, then card, RRN and approval code; always of the same account."""
    account_id = command.request.account_id
    candidates: list[Stored] = []
    if command.original and (found := books.by_key.get(command.original.digest)):
        candidates.append(found)
    if command.original_trace:
        candidates += books.by_trace.get(command.original_trace, ())
    if command.request.rrn:
        candidates += [
            o
            for o in books.by_rrn.get(command.request.rrn, ())
            if command.approval_code is None or o.approval_code == command.approval_code
        ]
    for candidate in candidates:
        if candidate.account_id == account_id and candidate.mti in (REQUEST_CLASS, ADVICE_CLASS):
            return candidate
    return None
