"""The decision of a batch, against locked values. Pure: no I/O, no clock, no cancellation.

Commands are decided in arrival order and each sees what the ones before it did, so two spends of one account in
one batch cannot both have the same money (G2), and a repeat inside a batch finds its answer (G4).
"""

from datetime import datetime

from ledger.booking import book
from ledger.books import Account, Books, Chain, Stored
from ledger.commands import (
    Advise,
    Answer,
    Authorize,
    Book,
    Command,
    Layer,
    Outcome,
    Request,
    Reverse,
    Verdict,
    Void,
)
from ledger.holds import Event, EventKind, fold
from ledger.relations import ADVICE_CLASS, REQUEST_CLASS, counterpart, early_replacement, first_of, original_of

HELD_VERDICTS = frozenset({Verdict.APPROVED, Verdict.PARTIAL, Verdict.ACCEPTED})


def decide(commands: list[Command], books: Books, now: datetime) -> list[Outcome]:
    """One outcome per command, in order. `books` collects the rows to write."""
    return [_decide(command, books, now) for command in commands]


def _decide(command: Command, books: Books, now: datetime) -> Outcome:
    if books.busy and _accounts_of(command) & books.busy:
        return Outcome(Verdict.BUSY, "account_busy", "91")
    match command:
        case Authorize():
            return _stored_answer(command, books, now) or _authorize(command, books)
        case Advise():
            return _stored_answer(command, books, now) or _advise(command, books)
        case Reverse():
            return _stored_answer(command, books, now) or _reverse(command, books)
        case Void():
            return _void(command, books)
        case Book():
            return book(command, books)


def _accounts_of(command: Command) -> frozenset[int]:
    match command:
        case Book():
            return frozenset(line.account for line in command.lines if isinstance(line.account, int))
        case Void():
            return frozenset(() if command.account_id is None else (command.account_id,))
    return frozenset(() if command.request.account_id is None else (command.request.account_id,))


# --- G4: the stored answer -----------------------------------------------------------------------------------------


def _stored_answer(command: Authorize | Advise | Reverse, books: Books, now: datetime) -> Outcome | None:
    """The answer given before to the same key, a conflict if the content differs, None if the key is new."""
    request = command.request
    stored = books.by_key.get(request.key.digest)
    if stored is None:
        return None
    if stored.content != request.content:
        answer = command.answers.conflict if isinstance(command, Authorize) else Answer("94", "duplicate_mismatch")
        books.raise_exception(answer.reason, request.key, request.amount, request.asset)
        return Outcome(Verdict.CONFLICT, answer.reason, answer.code)
    chain = books.chains.get(stored.chain_id) if stored.chain_id is not None else None
    if isinstance(command, Authorize) and chain is not None and stored.authorization_id is not None and stored.account_id:
        if chain.has(EventKind.VOIDED, stored.authorization_id):
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


def _store(
    request: Request,
    books: Books,
    verdict: Verdict,
    answer: Answer,
    *,
    approval_code: str | None = None,
    amount: int = 0,
    authorization_id: int | None = None,
    chain_id: int | None = None,
    original: Reverse | None = None,
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
            original_key=original.original.digest if original and original.original else None,
            original_trace=original.original_trace if original else None,
            replacement=replacement,
            verdict=verdict.value,
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


# --- 0100 ----------------------------------------------------------------------------------------------------------


def _authorize(command: Authorize, books: Books) -> Outcome:
    request = command.request
    account = books.accounts.get(request.account_id) if request.account_id is not None else None
    if account is not None and account.facts_version != command.facts_version:
        return Outcome(Verdict.STALE_FACTS, "stale_facts", "", mark=account.mark())
    early = early_replacement(request, books)
    advice = _covering_advice(request, books)
    if command.refusal is not None or account is None:
        verdict, answer, amount = Verdict.DECLINED, command.refusal or Answer("14", "unknown_card"), 0
    elif early == 0:
        verdict, answer, amount = Verdict.DECLINED, command.answers.reversed_before, 0
    elif advice is not None:
        verdict, answer, amount = _as_advised(advice, command)
    else:
        verdict, answer, amount = _grant(command, account)
    is_approved = verdict in HELD_VERDICTS
    authorization_id = books.next_id()
    first = first_of(command, books) if is_approved else None
    chain_id = first.chain_id if first else authorization_id
    approval_code = command.approval_code if is_approved else None
    if is_approved and command.holds and amount > 0 and advice is None and account is not None:
        chain = first or books.open_chain(chain_id, account, command.expires_at)
        kind = EventKind.INCREMENTED if first else EventKind.AUTHORIZED
        _extend(chain, command.expires_at)
        _open_element(books, account, chain, request, authorization_id, amount, kind=kind)
        if early is not None and early < amount:
            lowered = Event(authorization_id, EventKind.PARTIALLY_REVERSED, early, request.transmitted_at)
            _change(books, account, chain, lowered, request)
    elif first is not None and amount == 0:
        _extend(first, command.expires_at)
        books.touch(first)
    outcome = _store(
        request, books, verdict, answer,
        approval_code=approval_code, amount=amount, authorization_id=authorization_id, chain_id=chain_id,
    )  # fmt: skip
    _record_authorization(
        request, books, outcome, chain_id,
        rule=command.rule, policy=command.policy, seen=command.seen, expires_at=command.expires_at if is_approved else None,
    )  # fmt: skip
    return outcome


def _grant(command: Authorize, account: Account) -> tuple[Verdict, Answer, int]:
    """The last word on funds: `min(amount, at_most, available)`, whole, partial where allowed, or not at all."""
    wanted, answers = command.request.amount, command.answers
    if not command.holds or wanted == 0:
        return Verdict.APPROVED, command.approved, wanted
    available = wanted if account.available is None else account.available
    allowed = wanted if command.at_most is None else command.at_most
    granted = min(wanted, allowed, available)
    if granted == wanted:
        return Verdict.APPROVED, command.approved, wanted
    if command.partial and granted > 0:
        return Verdict.PARTIAL, answers.partial, granted
    return Verdict.DECLINED, answers.insufficient_funds if available < min(wanted, allowed) else answers.over_limit, 0


def _covering_advice(request: Request, books: Books) -> Stored | None:
    """The advice whose hold stands for this request: once, and for no more than it holds."""
    advice = counterpart(request, books, ADVICE_CLASS)
    if advice is None or counterpart(request, books, REQUEST_CLASS) is not None:
        return None
    is_refusal = advice.amount == 0 and not advice.approval_code
    return advice if is_refusal or advice.amount >= request.amount else None


def _as_advised(advice: Stored, command: Authorize) -> tuple[Verdict, Answer, int]:
    """The network has already decided this one by itself and told us: its result stands and its hold is the only one."""
    if advice.amount == 0 and not advice.approval_code:
        return Verdict.DECLINED, command.answers.replaced_by_advice, 0
    return Verdict.APPROVED, command.approved, command.request.amount


def _extend(chain: Chain, expires_at: datetime) -> None:
    if chain.expires_at is None or expires_at > chain.expires_at:
        chain.expires_at = expires_at


# --- 0120 ----------------------------------------------------------------------------------------------------------


def _advise(command: Advise, books: Books) -> Outcome:
    request = command.request
    account = books.accounts.get(request.account_id) if request.account_id is not None else None
    authorization_id = books.next_id()
    amount = request.amount if command.holds else 0
    if command.raises is not None:
        books.raise_exception(command.raises, request.key, request.amount, request.asset)
    own = counterpart(request, books, REQUEST_CLASS)
    if account is not None and own is not None:
        _replace(own, request, account, books)
    early = early_replacement(request, books)
    if account is not None and amount > 0:
        chain = books.open_chain(authorization_id, account, command.expires_at)
        _open_element(books, account, chain, request, authorization_id, amount, kind=EventKind.ADVISED, is_forced=True)
        if early is not None and early < amount:
            kind = EventKind.REVERSED if early == 0 else EventKind.PARTIALLY_REVERSED
            _change(books, account, chain, Event(authorization_id, kind, early, request.transmitted_at), request)
    answer = Answer("00", "advised")
    outcome = _store(
        request, books, Verdict.ACCEPTED, answer, approval_code=command.approval_code, amount=amount,
        authorization_id=authorization_id, chain_id=authorization_id,
    )  # fmt: skip
    _record_authorization(
        request, books, outcome, authorization_id, rule="network", policy=command.policy, seen="{}",
        expires_at=command.expires_at if amount else None, response_code=command.response_code,
    )  # fmt: skip
    return outcome


def _replace(own: Stored, request: Request, account: Account, books: Books) -> None:
    chain = books.chains.get(own.chain_id) if own.chain_id is not None else None
    if chain is None or not chain.is_held or own.authorization_id is None:
        return
    if not chain.has(EventKind.REPLACED, own.authorization_id):
        event = Event(own.authorization_id, EventKind.REPLACED, 0, request.transmitted_at)
        _change(books, account, chain, event, request)


# --- 0400, 0420 ----------------------------------------------------------------------------------------------------


def _reverse(command: Reverse, books: Books) -> Outcome:
    """Always answered 00 once understood. What is not found yet waits under its original's key (G5)."""
    request = command.request
    account = books.accounts.get(request.account_id) if request.account_id is not None else None
    original = original_of(command, books)
    if original is None or account is None:
        return _store(
            request, books, Verdict.ACCEPTED, Answer("00", "original_unknown"),
            original=command if account is not None else None, replacement=command.replacement,
        )  # fmt: skip
    chain = books.chains.get(original.chain_id) if original.chain_id is not None else None
    element = original.authorization_id
    answer = Answer("00", "nothing_held")
    if chain is not None and chain.is_held and element is not None:
        before = chain.sums.held
        kind = EventKind.REVERSED if command.replacement == 0 else EventKind.PARTIALLY_REVERSED
        _change(books, account, chain, Event(element, kind, command.replacement, request.transmitted_at), request)
        answer = Answer("00", kind.value if chain.sums.held < before else "nothing_held")
    return _store(
        request, books, Verdict.ACCEPTED, answer, amount=command.replacement, authorization_id=element, chain_id=original.chain_id
    )


# --- voids ---------------------------------------------------------------------------------------------------------


def _void(command: Void, books: Books) -> Outcome:
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
    is_held = chain.is_held and account is not None
    journal_id = _settle(books, account, chain, event, command.at, "void") if is_held and account else None
    books.append(chain, event, message_id=None, journal_id=journal_id)
    return Outcome(Verdict.VOIDED, "timeout", "91", mark=account.mark() if account else None)


# --- elements and their money ---------------------------------------------------------------------------------------


def _open_element(
    books: Books, account: Account, chain: Chain, request: Request, authorization_id: int, amount: int,
    *, kind: EventKind, is_forced: bool = False,
) -> None:  # fmt: skip
    """Hold `amount` more on the chain: debit the customer, credit the holds contra, both pending."""
    event = Event(authorization_id, kind, amount, request.transmitted_at)
    journal_id = _shift(books, account, amount, request.transmitted_at, kind.value, authorization_id, is_forced=is_forced)
    books.append(chain, event, message_id=request.message_id, journal_id=journal_id)


def _change(books: Books, account: Account, chain: Chain, event: Event, request: Request) -> None:
    """Append a reversal or replacement and post the difference between what is held and what then must be."""
    journal_id = _settle(books, account, chain, event, request.transmitted_at, event.kind.value)
    books.append(chain, event, message_id=request.message_id, journal_id=journal_id)


def _settle(books: Books, account: Account, chain: Chain, event: Event, at: datetime, reason: str) -> int | None:
    difference = fold([*chain.events, event]).held - chain.sums.held
    return _shift(books, account, difference, at, reason, event.authorization_id) if difference else None


def _shift(
    books: Books, account: Account, amount: int, at: datetime, reason: str, authorization_id: int, *, is_forced: bool = False
) -> int:
    contra = books.stripe("holds_contra", account.asset)
    return books.post(
        ((account.account_id, Layer.PENDING, amount), (contra, Layer.PENDING, -amount)),
        kind="hold" if amount > 0 else "release",
        reason=reason,
        value_date=at.date(),
        event_at=at,
        is_forced=is_forced,
        authorization_id=authorization_id,
    )


def _record_authorization(
    request: Request, books: Books, outcome: Outcome, chain_id: int,
    *, rule: str, policy: str, seen: str, expires_at: datetime | None, response_code: str | None = None,
) -> None:  # fmt: skip
    books.rows.authorizations.append(
        (outcome.authorization_id, chain_id, request.card_id, request.account_id, request.mti, request.stan, request.rrn,
         request.transmitted_at, request.acquirer, request.network_reference, outcome.approval_code, request.amount,
         request.asset, response_code or outcome.response_code, outcome.verdict.value, outcome.reason, rule, policy, seen,
         request.details, request.message_id, request.received_at, expires_at)
    )  # fmt: skip
