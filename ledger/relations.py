"""What refers to what: reversals to originals, increments to first authorizations, advices to our own decisions. Pure.

Every relation holds within one account only. A reversal that comes first waits under names; a payment that comes later
knows every name under which one may wait for it, so which of both comes first does not matter (G5).
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ledger.books import Books, Chain, Stored
from ledger.commands import Advise, Authorize, Capture, Request, Reverse
from ledger.holds import CAPTURING, ENDING, Event, EventKind, fold
from ledger.remainders import remaining
from ledger.verdicts import Verdict

REQUESTS, ADVICES = frozenset({"0100", "0200"}), frozenset({"0120", "0220"})
PAYMENTS = REQUESTS | ADVICES
GRANTED = frozenset({Verdict.APPROVED.value, Verdict.PARTIAL.value, Verdict.ACCEPTED.value})
BETWEEN = "\t"
"""Between the names of one reversal in a column: text that comes from a message never has it."""
OURS = "="
"""Before the names of a reversal that is about our answer only, and must not reach the network's advice of the payment."""
MORE = "+"
"""Before the trace id of a payment: the name under which an increment that has overtaken it waits for it, with its chain."""
PART, LAST = "%", "#"
"""Before a payment's names: under which a presentment that found no hold waits for its payment to come."""


def names_of(request: Request, approval_code: str | None) -> list[str]:
    """Every name under which a reversal of this payment may have come before it."""
    return _names_of_payment(request, approval_code) + _names_of_answer(request)


def _names_of_payment(request: Request, approval_code: str | None) -> list[str]:
    """Its own key first; a payment may share the others with another one of its account."""
    trace, rrn = request.trace_id, request.rrn
    names = [request.key.digest.hex()] + ([trace] if trace else [])
    if trace and rrn:
        names.append(f"{trace}|{rrn}")
    if rrn:
        names += [f"{request.account_id}|{rrn}|{code}" for code in dict.fromkeys(("", approval_code or ""))]
    return names


def _names_of_answer(request: Request) -> list[str]:
    """Of what is about our answer only, and says nothing of the payment that the network may have decided itself."""
    named = (request.key.digest.hex(), request.trace_id) if request.mti in REQUESTS else ()
    return [OURS + name for name in named if name]


def waiting_names(command: Reverse, original: Stored | None) -> tuple[bytes | None, str | None]:
    """The key and the other names under which a reversal waits for what it has not met.

    DE 90 names one message and no other: beside it a trace id counts only together with the RRN, and an RRN only with the
    approval code, because an increment's reversal also carries the trace id of the first. `original`: what it has met, which
    holds nothing (a decline); by its key it waits for the network's advice of the same payment.
    """
    key = command.original.digest if command.original else None
    if command.is_undelivered:
        named = [key.hex()] if key else [command.original_trace] if command.original_trace else []
        return None, BETWEEN.join(OURS + name for name in named) or None
    if key is not None and original is not None and original.key == key:
        return key, None
    request, trace, code = command.request, command.original_trace, command.approval_code
    names: list[str] = []
    if trace and (key is None or request.rrn):
        names.append(trace if key is None else f"{trace}|{request.rrn}")
    if request.rrn and (key is None or code):
        names.append(f"{request.account_id}|{request.rrn}|{code or ''}")
    return key, BETWEEN.join(names) or None


def early_replacement(request: Request, approval_code: str | None, books: Books) -> int | None:
    """What a reversal that overtook this payment leaves of it; None if there is none."""
    names = _names_of_payment(request, approval_code)
    # A part is that of the least: our own decision and the advice in its place may differ, and come in any order.
    least = min([request.amount, *(stored.amount for stored in counterparts(request, books) if stored.amount)])
    return _left(names[:1] if _has_met_another(request, books) else names, request.account_id, least, books)


def early_undelivered(request: Request, books: Books) -> int | None:
    """Nought where the network has said before this request came that it cannot pass our answer to it on."""
    return _left(_names_of_answer(request), request.account_id, request.amount, books)


def early_for(stored: Stored, amount: int, books: Books) -> int | None:
    """What a reversal that waits for this stored payment by its key leaves of it, and of its advice of `amount`."""
    return _left([stored.key.hex()], stored.account_id, min(stored.amount or amount, amount), books)


def _left(names: Iterable[str], account_id: int | None, amount: int, books: Books) -> int | None:
    """Of a payment of `amount`."""
    waiting = [found for name in names for found in books.early.get(name, ())]
    return min((remaining(left, amount) for of_account, left in waiting if of_account == account_id), default=None)


def _has_met_another(request: Request, books: Books) -> bool:
    """A reversal known by a shared name meets one payment of a class: the one after it is a new attempt."""
    if request.account_id is None:
        return False
    same = [*counterparts(request, books)]
    if request.rrn:
        same += books.by_rrn.get((request.account_id, request.rrn), ())
    return any(o.mti == request.mti and (is_granted(o) or o.reason == "reversed_before") for o in same)


def counterparts(request: Request, books: Books) -> list[Stored]:
    """What is stored of the same payment in any class: our decision of an advised one, the advice of one that we decide."""
    return _same_payment(request.account_id, request.trace_id, books)


def advice_of(original: Stored, books: Books) -> Stored | None:
    """The network's own advice of a payment that we decided."""
    return last_of(_same_payment(original.account_id, original.trace_id, books), ADVICES)


def _same_payment(account_id: int | None, trace_id: str | None, books: Books) -> list[Stored]:
    if account_id is None or not trace_id:
        return []
    return books.by_trace.get((account_id, trace_id), [])


def last_of(found: list[Stored], classes: frozenset[str]) -> Stored | None:
    """The last one, a granted one before any other."""
    of_class = [outcome for outcome in found if outcome.mti in classes]
    return next((outcome for outcome in reversed(of_class) if is_granted(outcome)), of_class[-1] if of_class else None)


def is_granted(stored: Stored) -> bool:
    return stored.verdict in GRANTED


def presented_names(trace_id: str | None, rrn: str | None, approval_code: str | None) -> tuple[str, ...]:
    """By which an advice and a presentment of one payment know each other."""
    together = f"{rrn}|{approval_code}" if rrn and approval_code else None
    return tuple(name for name in (trace_id, together) if name)


def waiting_for_payment(command: Capture) -> str | None:
    """The names under which a presentment waits that was posted without a hold."""
    return BETWEEN.join((LAST if command.is_last else PART) + name for name in command.names) or None


def taken_from_waiting(names: Iterable[str]) -> str | None:
    """The same for one that is taken back: it waits beside what it lessens. That it was the last one stays."""
    return BETWEEN.join(PART + name for name in names) or None


def presented_to(names: Iterable[str], account_id: int, books: Books) -> Chain | None:
    """The payment that came after its presentment was posted without it, and has taken that into account."""
    stored = [found for name in names for found in books.by_trace.get((account_id, name), ()) if found.mti in PAYMENTS]
    chains = [books.chains.get(found.chain_id) for found in stored if found.chain_id is not None]
    return next((chain for chain in chains if chain is not None and chain.is_held and has_captures(chain)), None)


def _presented_names_of(command: Authorize | Advise) -> tuple[str, ...]:
    """An approval code of ours is given after the presentment that came before: it ties nothing."""
    code = command.approval_code if isinstance(command, Advise) else None
    return presented_names(command.request.trace_id, command.request.rrn, code)


def names_of_presented(command: Authorize | Advise) -> list[str]:
    """Under which presentments may have come before this payment."""
    return [kind + name for name in _presented_names_of(command) for kind in (PART, LAST)]


class Presented(NamedTuple):
    """Of a payment, before anybody knew of it: how much, whether for the last time, and how much of that was taken back."""

    amount: int
    is_last: bool
    taken_back: int


def presented_before(command: Authorize | Advise, books: Books) -> Presented | None:
    """What was presented of a payment before it came.

    What comes first of it takes that into account: its advice, or our own answer, whose chain the advice then joins.
    """
    if not books.early:
        return None
    request = command.request
    known = counterparts(request, books)
    advice = last_of(known, ADVICES)
    if (advice is not None and is_granted(advice)) or any(_is_captured(stored, books) for stored in known):
        return None
    for name in _presented_names_of(command):
        found = [(kind, *waiting) for kind in (PART, LAST) for waiting in books.early.get(kind + name, ())]
        mine = [(kind, amount) for kind, account_id, amount in found if account_id == request.account_id]
        if mine:
            presented, taken_back = sum(a for _, a in mine if a > 0), -sum(a for _, a in mine if a < 0)
            return Presented(presented, any(kind == LAST for kind, _ in mine), taken_back)
    return None


def has_captures(chain: Chain) -> bool:
    return any(event.kind in CAPTURING for event in chain.events)


def _is_captured(stored: Stored, books: Books) -> bool:
    chain = books.chains.get(stored.chain_id) if stored.chain_id is not None else None
    return chain is not None and has_captures(chain)


def first_of(command: Authorize | Advise, amount: int, books: Books) -> Chain | None:
    """The chain that an increment of `amount` belongs to (DE 48.63 names the first authorization).

    None where one of ours would not be held in full there: what was debited at once, presented for the last time or presented
    beyond what was authorized swallows whatever is added to it. Such an increment is held by itself (G1). The advice of one
    joins all the same: we have promised nothing, and what is presented already is not to be held once more.
    """
    account_id = command.request.account_id
    if command.chain_trace is None or account_id is None or not command.holds:
        return None
    stored = [o for o in books.by_trace.get((account_id, command.chain_trace), ()) if o.mti in PAYMENTS]
    found = [(books.chains[o.chain_id], o) for o in stored if o.chain_id is not None and o.chain_id in books.chains]
    open_ones = [(chain, o) for chain, o in found if chain.is_held and _takes(chain, amount, command)]
    best = max(open_ones, key=lambda one: (_stands(*one), one[0].sums.held > 0), default=None)
    return best[0] if best is not None else None


def _stands(chain: Chain, stored: Stored) -> bool:
    """Whether the payment is what this chain is about: what the network's advice has replaced is not, the advice is."""
    return not any(event.kind in ENDING and event.authorization_id == stored.authorization_id for event in chain.events)


def _takes(chain: Chain, amount: int, command: Authorize | Advise) -> bool:
    """A hold whose time is over is not revived, also where nobody has swept it yet."""
    held, request = chain.sums.held, command.request
    if held and chain.expires_at is not None and chain.expires_at <= request.received_at:
        return False
    if amount and isinstance(command, Advise) and has_captures(chain):
        return True
    more = Event(0, EventKind.INCREMENTED, amount, request.transmitted_at)
    return fold([*chain.events, more]).held == held + amount if amount else held > 0


def names_of_increments(command: Authorize | Advise) -> list[str]:
    """Under which increments may have come that add to the same payment: to the one that it names, or to itself."""
    named = command.chain_trace or command.request.trace_id
    return [MORE + named] if named else []


def chains_waiting(early: Mapping[str, list[tuple[int, int]]]) -> set[int]:
    return {number for name, waiting in early.items() if name.startswith(MORE) for _account_id, number in waiting}


def increments_of(command: Authorize | Advise, amount: int, books: Books) -> Chain | None:
    """The chain of increments that have overtaken the payment: it joins them, so that clearing and expiry reach them all."""
    if not books.early or not command.holds:
        return None
    request = command.request
    waiting = [found for name in names_of_increments(command) for found in books.early.get(name, ())]
    chains = [books.chains.get(chain_id) for account_id, chain_id in waiting if account_id == request.account_id]
    return next((c for c in chains if c is not None and c.account_id == request.account_id and _takes(c, amount, command)), None)


def waiting_name(command: Authorize | Advise, books: Books) -> str | None:
    """Under which an increment waits for a payment that is not known, or was not granted."""
    if not command.chain_trace:
        return None
    known = books.by_trace.get((command.request.account_id or 0, command.chain_trace), ())
    return None if any(is_granted(stored) for stored in known) else MORE + command.chain_trace


def original_of(command: Reverse, books: Books) -> Stored | None:
    """By DE 90, then the trace id, then card, RRN and approval code; always of the same account.

    A declined attempt is what is meant only where there is no approved one. See `waiting_names` for what counts beside DE 90.
    """
    request, code = command.request, command.approval_code
    account_id = request.account_id
    if account_id is None:
        return None
    classes = REQUESTS if command.is_undelivered else PAYMENTS
    original = command.original
    named = books.by_key.get((original.digest, original.date)) if original else None
    if named is not None and named.account_id == account_id and named.mti in PAYMENTS:
        return named
    candidates: list[Stored] = []
    if command.original_trace:
        of_trace = books.by_trace.get((account_id, command.original_trace), ())
        candidates += [o for o in of_trace if command.original is None or (o.rrn and o.rrn == request.rrn)]
    if request.rrn and (command.original is None or code):
        of_rrn = books.by_rrn.get((account_id, request.rrn), ())
        candidates += [o for o in of_rrn if code is None or o.approval_code == code]
    found = [candidate for candidate in candidates if candidate.mti in classes]
    return next((candidate for candidate in found if is_granted(candidate)), found[0] if found else None)
