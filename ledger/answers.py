"""The stored answers of network requests (G4): found again for a repeat, kept for what comes later. Pure."""

from datetime import datetime

from ledger.books import Books, Stored
from ledger.commands import Advise, Answer, Authorize, Outcome, Request, Reverse
from ledger.holds import Event, EventKind
from ledger.verdicts import Verdict


def stored_answer(command: Authorize | Advise | Reverse, books: Books, now: datetime) -> Outcome | None:
    """The answer given before to the same key, a conflict if the content differs, None if the key is new."""
    request = command.request
    stored = books.by_key.get((request.key.digest, request.key.date))
    if stored is None:
        return None
    if stored.content != request.content or not stored.mti.isdigit():  # a booking's outcome names its type there
        answer = command.answers.conflict if isinstance(command, Authorize) else Answer("94", "duplicate_mismatch")
        books.raise_exception(answer.reason, request.key, request.amount, request.asset)
        return Outcome(Verdict.CONFLICT, answer.reason, answer.code)
    chain = books.chains.get(stored.chain_id) if stored.chain_id is not None else None
    if isinstance(command, Authorize) and chain is not None and stored.authorization_id is not None and stored.account_id:
        if chain.has(EventKind.VOIDED, stored.authorization_id) or chain.has(EventKind.UNACCEPTED, stored.authorization_id):
            timeout = command.answers.timeout
            return Outcome(Verdict.VOIDED, timeout.reason, timeout.code, is_repeat=True)
        # A void that comes later must see that this approval has been given to somebody.
        event = Event(stored.authorization_id, EventKind.REPEATED, 0, now)
        books.append(chain, event, message_id=request.message_id, journal_id=None)
    return Outcome(
        Verdict(stored.verdict),
        stored.reason,
        stored.response_code,
        stored.approval_code,
        stored.amount,
        stored.available,
        stored.authorization_id,
        is_repeat=True,
    )


def store(
    request: Request,
    books: Books,
    verdict: Verdict,
    answer: Answer,
    *,
    approval_code: str | None = None,
    amount: int = 0,
    authorization_id: int | None = None,
    chain_id: int | None = None,
    waits_under: tuple[bytes | None, str | None] = (None, None),
    replacement: int | None = None,
) -> Outcome:
    account = books.accounts.get(request.account_id) if request.account_id is not None else None
    available = account.available if account else None
    books.store(
        Stored(
            key=request.key.digest,
            key_date=request.key.date,
            content=request.content,
            mti=request.mti,
            account_id=request.account_id,
            authorization_id=authorization_id,
            chain_id=chain_id,
            trace_id=request.trace_id,
            rrn=request.rrn,
            original_key=waits_under[0],
            original_trace=waits_under[1],
            replacement=replacement,
            verdict=verdict,
            reason=answer.reason,
            response_code=answer.code,
            approval_code=approval_code,
            amount=amount,
            available=available,
        ),
        request.message_id,
    )
    mark = account.mark() if account else None
    return Outcome(verdict, answer.reason, answer.code, approval_code, amount, available, authorization_id, mark=mark)
