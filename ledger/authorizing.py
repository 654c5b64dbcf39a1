"""Requests (0100, 0200) and advices of the network (0120, 0220), decided against locked values. Pure."""

from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from ledger.answers import store
from ledger.books import Account, Books, Chain, Stored
from ledger.commands import STALE_COUNTERS, STALE_FACTS, Advise, Answer, Authorize, Counted, Outcome, Request, Single
from ledger.elements import change, open_element, open_single, record_authorization
from ledger.holds import LOWERING, Event, EventKind
from ledger.money import MAX_BALANCE, MAX_MINOR
from ledger.relations import (
    ADVICES,
    REQUESTS,
    Presented,
    counterparts,
    early_for,
    early_replacement,
    early_undelivered,
    first_of,
    has_captures,
    increments_of,
    is_granted,
    last_of,
    presented_before,
    waiting_name,
)
from ledger.rules import objection_of, refused_amount
from ledger.verdicts import Verdict

HELD_VERDICTS = frozenset({Verdict.APPROVED, Verdict.PARTIAL, Verdict.ACCEPTED})
ADVISED, COMPLETED = Answer("00", "advised"), Answer("00", "completed")
NOT_HELD = Answer("00", "not_held")
"""An advice whose money could be put on no account, which people have to look at: it takes nobody's place."""


def authorize(command: Authorize, books: Books) -> Outcome:
    request = command.request
    if not 0 <= request.amount <= MAX_MINOR:
        return refused_amount(request.amount)
    account = books.customer(request.account_id)
    if account is None and request.account_id is not None:
        command = replace(command, request=replace(request, account_id=None))
        request = command.request
    if account is not None and account.facts_version != command.facts_version:
        return Outcome(Verdict.STALE_FACTS, STALE_FACTS, "", mark=account.mark())
    if command.counted is not None and account is not None and _is_outrun(command.counted, account):
        return Outcome(Verdict.STALE_FACTS, STALE_COUNTERS, "", mark=account.mark())
    refusal, rule = _refusal(command, account, books)
    early = _early(command, account, books) if books.early else None
    advice = _covering_advice(request, books)
    presented = _presented(command, account, books)
    if presented is not None and command.single is not None:
        command, presented = _as_presented(command), presented._replace(is_last=True)
    verdict, answer, amount = _decided(command, account, early, advice, refusal, presented)
    first = first_of(command, amount, books) if verdict in HELD_VERDICTS and advice is None else None
    if verdict is Verdict.APPROVED and command.chain_trace and command.holds and request.amount == 0 and not (first or advice):
        verdict, answer = Verdict.DECLINED, command.answers.nothing_to_extend
    if verdict in HELD_VERDICTS and command.alone is not None and first is None and advice is None:
        verdict, amount = Verdict.DECLINED, 0
        answer, rule = command.alone.answer, command.alone.rule
    is_approved = verdict in HELD_VERDICTS
    authorization_id = books.next_id()
    is_own = is_approved and advice is None and account is not None
    joined = first or (increments_of(command, amount, books) if is_own and amount else None)
    chain_id = joined.chain_id if joined else authorization_id
    if is_own and account is not None:
        _open(command, books, account, joined, (authorization_id, amount, early), presented, is_more=first is not None)
    waits = waiting_name(command, books) if is_own and command.holds and amount and joined is None else None
    outcome = store(
        request, books, verdict, answer, approval_code=command.approval_code if is_approved else None, amount=amount,
        authorization_id=authorization_id, chain_id=chain_id, waits_under=(None, waits), replacement=chain_id if waits else None,
    )  # fmt: skip
    outcome.is_added = first is not None
    record_authorization(
        request, books, outcome, chain_id,
        rule=rule, policy=command.policy, seen=command.seen, expires_at=command.expires_at if is_approved else None,
    )  # fmt: skip
    return outcome


def _is_outrun(counted: Counted, account: Account) -> bool:
    """Whether the account has moved further than by what was under way when the limits were counted."""
    if not 0 <= account.version - counted.version <= counted.times:
        return True
    if counted.available is None or account.available is None:
        return False
    return counted.available - account.available > counted.amount


def _early(command: Authorize, account: Account | None, books: Books) -> int | None:
    """What reversals that came first leave of this request. Those of the payment also lower the advice that stands for it."""
    left = early_replacement(command.request, command.approval_code, books)
    if left is not None and account is not None:
        _lower_advice(command.request, left, account, books)
    return left if early_undelivered(command.request, books) is None else 0


def _presented(command: Authorize, account: Account | None, books: Books) -> Presented | None:
    """What was posted of it before it came. Presentments that wait for their payment have marked the account."""
    is_spend = command.holds or command.single is Single.DEBIT
    return presented_before(command, books) if is_spend and account is not None and account.is_related else None


_Payment = TypeVar("_Payment", Authorize, Advise)


def _as_presented(command: _Payment) -> _Payment:
    """A single message that comes after its own presentment: what that has booked is not booked once more.

    It joins what was presented as a request does, and since it would never hold anything it holds nothing of it either.
    """
    return replace(command, single=None, holds=True, chain_trace=None)


def _decided(
    command: Authorize, account: Account | None, early: int | None, advice: Stored | None, refusal: Answer | None,
    presented: Presented | None,
) -> tuple[Verdict, Answer, int]:  # fmt: skip
    if refusal is not None or account is None:
        return Verdict.DECLINED, refusal or Answer("14", "unknown_card"), 0
    granted = _as_advised(advice, command, account) if advice is not None else _grant(command, account, presented)
    if early == 0 and granted[0] is not Verdict.DECLINED:
        return Verdict.DECLINED, command.answers.reversed_before, 0
    return granted


def _open(
    command: Authorize, books: Books, account: Account, joined: Chain | None, element: tuple[int, int, int | None],
    presented: Presented | None, *, is_more: bool,
) -> None:  # fmt: skip
    """Hold what is approved, or book it. `element`: the authorization, its amount, and what a reversal of before leaves of it.

    `joined`: the chain that it belongs to, if there is one; `is_more`: it adds to a payment that is known.
    """
    request, (authorization_id, amount, early) = command.request, element
    if amount == 0:
        _keep(joined, command.expires_at, books)
        return
    if command.single is not None:
        chain = books.open_chain(authorization_id, account, command.expires_at)
        open_single(books, account, chain, request, amount, single=command.single)
    elif command.holds:
        chain = joined or books.open_chain(authorization_id, account, command.expires_at)
        _extend(chain, command.expires_at)
        kind = EventKind.INCREMENTED if is_more else EventKind.AUTHORIZED
        open_element(books, account, chain, request, authorization_id, amount, kind=kind)
    else:
        return
    if early is not None and early < amount:
        lowered = Event(authorization_id, EventKind.PARTIALLY_REVERSED, early, request.transmitted_at)
        change(books, account, chain, lowered, request)
    if presented is not None:
        _use_presented(presented, chain, authorization_id, account, request, books)


def _use_presented(
    presented: Presented, chain: Chain, authorization_id: int, account: Account, request: Request, books: Books
) -> None:
    """What was posted before the payment was known is not held once more."""
    kind = EventKind.CAPTURED_LAST if presented.is_last else EventKind.CAPTURED
    change(books, account, chain, Event(authorization_id, kind, presented.amount, request.transmitted_at), request)
    if presented.taken_back:
        back = Event(authorization_id, EventKind.CAPTURE_REVERSED, presented.taken_back, request.transmitted_at)
        change(books, account, chain, back, request)


def _refusal(command: Authorize, account: Account | None, books: Books) -> tuple[Answer | None, str]:
    """The rules' own, unless what is stored of the card's PIN tries and counter stands before it. Counts both."""
    card_id = command.request.card_id
    if command.card_use is not None and account is not None and card_id is not None:
        objection = books.use_card(card_id, command.card_use)
        if objection is not None:
            return objection.answer, objection.rule
    if command.refusal is None and account is not None and (said := objection_of(account, command)) is not None:
        return said, "ledger"
    return command.refusal, command.rule


def _grant(command: Authorize, account: Account, presented: Presented | None = None) -> tuple[Verdict, Answer, int]:
    """The last word on funds: `min(amount, at_most, available)`, whole, partial where allowed, or not at all.

    What was posted of it already, and not taken back, was there before (G3), and will not be held once more (G2).
    """
    wanted, answers = command.request.amount, command.answers
    spends = command.holds or command.single is Single.DEBIT
    if not spends or wanted == 0:
        return Verdict.APPROVED, command.approved, wanted
    available = (
        wanted if account.available is None else account.available + (presented.amount - presented.taken_back if presented else 0)
    )
    allowed = wanted if command.at_most is None else command.at_most
    granted = min(wanted, allowed, available)
    if granted == wanted:
        return Verdict.APPROVED, command.approved, wanted
    if command.partial and granted > 0:
        return Verdict.PARTIAL, answers.partial, granted
    if command.goods is not None and 0 < command.goods <= granted:
        return Verdict.PARTIAL, answers.goods_only, command.goods
    return Verdict.DECLINED, answers.insufficient_funds if available < min(wanted, allowed) else answers.over_limit, 0


def _covering_advice(request: Request, books: Books) -> Stored | None:
    """The advice that stands for this request, whatever its amount: the network's counts, in either order. For one request."""
    found = counterparts(request, books)
    advice = last_of(found, ADVICES) if found else None
    own = last_of(found, REQUESTS) if found else None
    if advice is None or advice.reason == NOT_HELD.reason or (own is not None and is_granted(own)):
        return None
    return advice


def _as_advised(advice: Stored, command: Authorize, account: Account) -> tuple[Verdict, Answer, int]:
    """The network has already decided this one by itself and told us: its result stands and its hold is the only one.

    What is asked beyond that must be there as of any request, or the answer would promise what nobody has (G2).
    """
    request = command.request
    if advice.amount == 0 and not advice.approval_code and advice.reason != COMPLETED.reason:
        return Verdict.DECLINED, command.answers.replaced_by_advice, 0
    beyond = request.amount - advice.amount
    if beyond <= 0 or advice.reason == COMPLETED.reason:
        return Verdict.APPROVED, command.approved, request.amount
    verdict, answer, more = _grant(replace(command, request=replace(request, amount=beyond), goods=None), account)
    return verdict, answer, 0 if verdict is Verdict.DECLINED else advice.amount + more


def _lower_advice(request: Request, left: int, account: Account, books: Books) -> None:
    """A reversal that named this request before it came is meant for the payment, which the network has decided meanwhile."""
    advice = last_of(counterparts(request, books), ADVICES)
    chain = books.chains.get(advice.chain_id) if advice is not None and advice.chain_id is not None else None
    if advice is None or advice.authorization_id is None or chain is None or not chain.is_held:
        return
    kind = EventKind.REVERSED if left == 0 else EventKind.PARTIALLY_REVERSED
    change(books, account, chain, Event(advice.authorization_id, kind, left, request.transmitted_at), request)


def _extend(chain: Chain, expires_at: datetime) -> None:
    if chain.expires_at is None or expires_at > chain.expires_at:
        chain.expires_at = expires_at


def _keep(chain: Chain | None, expires_at: datetime, books: Books) -> None:
    """An increment of nought: nothing more is held, but what is, for longer."""
    if chain is not None:
        _extend(chain, expires_at)
        books.touch(chain)


def advise(command: Advise, books: Books) -> Outcome:
    request = command.request
    account = books.customer(request.account_id)
    amount = request.amount if command.holds or command.single is not None else 0
    raises = command.raises or _raised(request, account, amount)
    if account is None and request.account_id is not None:
        command = replace(command, request=replace(request, account_id=None))
        request = command.request
    if account is None or account.asset != request.asset:
        amount = 0
    if not 0 <= request.amount <= MAX_MINOR or (account is not None and _is_too_much(account, amount)):
        return refused_amount(request.amount)
    authorization_id = books.next_id()
    if raises is not None:
        books.raise_exception(raises, request.key, request.amount, request.asset)
    early, presented, joined = None, None, None
    answer = NOT_HELD if raises is not None and amount == 0 else COMPLETED if command.is_completion else ADVISED
    if account is not None:
        early, presented = _reversed_to(command, books), presented_before(command, books)
        if command.single is Single.DEBIT and amount and (presented is not None or _is_presented(command, books)):
            command, presented = _as_presented(command), (presented or Presented(0, True, 0))._replace(is_last=True)
        if answer is not NOT_HELD:
            _replace(command, account, books)
        books.relate(account.account_id)
        joined = _joined(command, amount, books)
    if account is not None and amount > 0:
        chain = joined or books.open_chain(authorization_id, account, command.expires_at)
        _open_advised(command, books, account, chain, (authorization_id, amount, early))
        if presented is not None and command.single is None:
            _use_presented(presented, chain, authorization_id, account, request, books)
    elif joined is not None:
        _keep(joined, command.expires_at, books)
    chain_id = joined.chain_id if joined else authorization_id
    waits = waiting_name(command, books) if amount and command.holds and joined is None else None
    outcome = store(
        request, books, Verdict.ACCEPTED, answer, approval_code=command.approval_code, amount=amount,
        authorization_id=authorization_id, chain_id=chain_id, waits_under=(None, waits), replacement=chain_id if waits else None,
    )  # fmt: skip
    record_authorization(
        request, books, outcome, chain_id, rule="network", policy=command.policy, seen="{}",
        expires_at=command.expires_at if amount or joined else None, response_code=command.response_code,
    )  # fmt: skip
    return outcome


def _open_advised(command: Advise, books: Books, account: Account, chain: Chain, element: tuple[int, int, int | None]) -> None:
    """Hold or book it, by force. `element` as for a request (`_open`)."""
    request, (authorization_id, amount, early) = command.request, element
    _extend(chain, command.expires_at)
    if command.single is not None:
        open_single(books, account, chain, request, amount, single=command.single, is_forced=True)
    else:
        open_element(books, account, chain, request, authorization_id, amount, kind=EventKind.ADVISED, is_forced=True)
    if early is not None and early < amount:
        kind = EventKind.REVERSED if early == 0 else EventKind.PARTIALLY_REVERSED
        change(books, account, chain, Event(authorization_id, kind, early, request.transmitted_at), request)


def _raised(request: Request, account: Account | None, amount: int) -> str | None:
    """What somebody has to look at, although the caller knew nothing of it. An advice is never declined."""
    if amount == 0 or request.account_id is None:
        return None
    if account is None:
        return "advice_for_unknown_card"
    if account.asset != request.asset:
        return "advice_in_another_currency"
    return "advice_for_closed_account" if account.status == "closed" else None


def _is_too_much(account: Account, amount: int) -> bool:
    return account.holds + amount > MAX_BALANCE or account.posted - amount < -MAX_BALANCE


def _reversed_to(command: Advise, books: Books) -> int | None:
    """What reversals of before leave of an advised payment: those that waited for it, and those of our own decision of it."""
    request = command.request
    left = [early_replacement(request, command.approval_code, books)]
    for own in counterparts(request, books):
        if own.mti in REQUESTS:
            left.append(early_for(own, request.amount, books))
            chain = books.chains.get(own.chain_id) if own.chain_id is not None else None
            events = chain.events if chain is not None and chain.is_held else ()
            left += [e.amount for e in events if e.kind in LOWERING and e.authorization_id == own.authorization_id]
    return min((amount for amount in left if amount is not None), default=None)


def _joined(command: Advise, amount: int, books: Books) -> Chain | None:
    """The chain that it belongs to: of our own answer, of the payment that it adds to, or of increments that have overtaken it.

    Of nought, only an increment belongs to one, which it makes last longer.
    """
    if not amount and (command.request.amount or not command.chain_trace):
        return None
    return _continued(command, books) or first_of(command, amount, books) or increments_of(command, amount, books)


def _continued(command: Advise, books: Books) -> Chain | None:
    """Our own chain of the payment, where it goes on: what was presented is not held once more, and increments stay with it.

    Then one chain holds all of the payment, and its last presentment releases all.
    """
    chain = _own_chain(command, books) if command.holds else None
    if chain is None or has_captures(chain):
        return chain
    is_over = chain.expires_at is not None and chain.expires_at <= command.request.received_at
    return chain if chain.sums.held and not is_over else None


def _is_presented(command: Advise, books: Books) -> bool:
    """Whether clearing has booked already what the network says now that it has booked."""
    chain = _own_chain(command, books)
    return chain is not None and has_captures(chain)


def _own_chain(command: Advise, books: Books) -> Chain | None:
    own = last_of(counterparts(command.request, books), REQUESTS)
    chain = books.chains.get(own.chain_id) if own is not None and own.chain_id is not None else None
    return chain if chain is not None and chain.is_held else None


def _replace(command: Advise, account: Account, books: Books) -> None:
    """Ours is released, or booked back; the network's stands."""
    own = last_of(counterparts(command.request, books), REQUESTS)
    chain = books.chains.get(own.chain_id) if own is not None and own.chain_id is not None else None
    if own is None or chain is None or not chain.is_held or own.authorization_id is None:
        return
    if not chain.has(EventKind.REPLACED, own.authorization_id):
        event = Event(own.authorization_id, EventKind.REPLACED, 0, command.request.transmitted_at)
        change(books, account, chain, event, command.request)
