"""Authorizations (0100) and advices of the network (0120), decided against locked values. Pure."""

from datetime import datetime

from ledger.answers import store
from ledger.books import Account, Books, Chain, Stored
from ledger.commands import Advise, Answer, Authorize, Outcome, Request, Verdict
from ledger.elements import change, open_element, record_authorization
from ledger.holds import Event, EventKind
from ledger.money import MAX_BALANCE, MAX_MINOR
from ledger.relations import ADVICE_CLASS, REQUEST_CLASS, counterparts, early_replacement, first_of, last_of
from ledger.rules import refused_amount

HELD_VERDICTS = frozenset({Verdict.APPROVED, Verdict.PARTIAL, Verdict.ACCEPTED})


def authorize(command: Authorize, books: Books) -> Outcome:
    request = command.request
    if not 0 <= request.amount <= MAX_MINOR:
        return refused_amount(request.amount)
    account = books.accounts.get(request.account_id) if request.account_id is not None else None
    if account is not None and account.facts_version != command.facts_version:
        return Outcome(Verdict.STALE_FACTS, "stale_facts", "", mark=account.mark())
    refusal, rule = _refusal(command, account, books)
    early = early_replacement(request, books)
    advice = _covering_advice(request, books)
    if refusal is not None or account is None:
        verdict, answer, amount = Verdict.DECLINED, refusal or Answer("14", "unknown_card"), 0
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
        open_element(books, account, chain, request, authorization_id, amount, kind=kind)
        if early is not None and early < amount:
            lowered = Event(authorization_id, EventKind.PARTIALLY_REVERSED, early, request.transmitted_at)
            change(books, account, chain, lowered, request)
    elif first is not None and amount == 0:
        _extend(first, command.expires_at)
        books.touch(first)
    outcome = store(
        request, books, verdict, answer,
        approval_code=approval_code, amount=amount, authorization_id=authorization_id, chain_id=chain_id,
    )  # fmt: skip
    record_authorization(
        request, books, outcome, chain_id,
        rule=rule, policy=command.policy, seen=command.seen, expires_at=command.expires_at if is_approved else None,
    )  # fmt: skip
    return outcome


def _refusal(command: Authorize, account: Account | None, books: Books) -> tuple[Answer | None, str]:
    """The rules' own, unless what is stored of the card's PIN tries and counter stands before it. Counts both."""
    card_id = command.request.card_id
    if command.card_use is not None and account is not None and card_id is not None:
        objection = books.use_card(card_id, command.card_use)
        if objection is not None:
            return objection.answer, objection.rule
    return command.refusal, command.rule


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
    found = counterparts(request, books)
    advice = last_of(found, ADVICE_CLASS) if found else None
    if advice is None or last_of(found, REQUEST_CLASS) is not None:
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


def advise(command: Advise, books: Books) -> Outcome:
    request = command.request
    account = books.accounts.get(request.account_id) if request.account_id is not None else None
    amount = request.amount if command.holds else 0
    if not 0 <= request.amount <= MAX_MINOR or (account is not None and account.holds + amount > MAX_BALANCE):
        return refused_amount(request.amount)
    authorization_id = books.next_id()
    if command.raises is not None:
        books.raise_exception(command.raises, request.key, request.amount, request.asset)
    own = last_of(counterparts(request, books), REQUEST_CLASS)
    if account is not None and own is not None:
        _replace(own, request, account, books)
    if account is not None:
        books.relate(account.account_id)
    early = early_replacement(request, books)
    if account is not None and amount > 0:
        chain = books.open_chain(authorization_id, account, command.expires_at)
        open_element(books, account, chain, request, authorization_id, amount, kind=EventKind.ADVISED, is_forced=True)
        if early is not None and early < amount:
            kind = EventKind.REVERSED if early == 0 else EventKind.PARTIALLY_REVERSED
            change(books, account, chain, Event(authorization_id, kind, early, request.transmitted_at), request)
    answer = Answer("00", "advised")
    outcome = store(
        request, books, Verdict.ACCEPTED, answer, approval_code=command.approval_code, amount=amount,
        authorization_id=authorization_id, chain_id=authorization_id,
    )  # fmt: skip
    record_authorization(
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
        change(books, account, chain, event, request)
