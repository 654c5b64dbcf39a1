"""Reversals of the network (0400, 0420) and what takes our own approvals back: voids, and answers not accepted (0190). Pure."""

from dataclasses import replace

from ledger.answers import store
from ledger.books import Account, Books, Chain, Stored
from ledger.commands import Answer, Outcome, RepeatKey, Reverse, Undo, Void
from ledger.elements import change, record
from ledger.holds import Event, EventKind
from ledger.money import MAX_MINOR
from ledger.relations import REQUESTS, advice_of, original_of, waiting_names
from ledger.remainders import part_of, remaining
from ledger.rules import refused_amount
from ledger.verdicts import Verdict


def reverse(command: Reverse, books: Books) -> Outcome:
    """Always answered 00 once understood. What has not been found yet waits under its original's names (G5)."""
    request = command.request
    if not 0 <= command.replacement <= MAX_MINOR:
        return refused_amount(command.replacement)
    account = books.customer(request.account_id)
    if account is None and request.account_id is not None:
        command = replace(command, request=replace(request, account_id=None))
        request = command.request
    original = original_of(command, books)
    left = part_of(command.replacement, command.whole) if command.whole else command.replacement
    if account is None:
        return store(request, books, Verdict.ACCEPTED, Answer("00", "original_unknown"), replacement=left)
    if original is None:
        return store(
            request, books, Verdict.ACCEPTED, Answer("00", "original_unknown"),
            waits_under=waiting_names(command, None), replacement=left,
        )  # fmt: skip
    found = _reached(command, original, books)
    # A part is that of the least: our own decision and the advice in its place may differ, and come in any order.
    amounts = [of for of in (original.amount, *(of for _, _, of in found)) if of]
    amount = min((remaining(left, of) for of in amounts), default=max(left, 0))
    reached = [chain for chain, element, _ in found if _lower(command, chain, element, amount, account, books)]
    kind = EventKind.REVERSED if amount == 0 else EventKind.PARTIALLY_REVERSED
    chain = _chain_of(original, books)
    # What holds nothing itself (a decline) may yet be answered otherwise by the network: its advice meets the reversal later.
    # So does a part of another amount than ours.
    waits = waiting_names(command, original) if left < 0 or chain is None or not chain.is_held else (None, None)
    return store(
        request, books, Verdict.ACCEPTED, Answer("00", kind.value if reached else "nothing_held"), amount=amount,
        authorization_id=original.authorization_id, chain_id=original.chain_id, waits_under=waits,
        replacement=left if any(waits) else None,
    )  # fmt: skip


def _reached(command: Reverse, original: Stored, books: Books) -> list[tuple[Chain, int, int]]:
    """The elements that a reversal lowers, with their amounts: the original, and the network's advice that replaced it."""
    advice = advice_of(original, books) if original.mti in REQUESTS and not command.is_undelivered else None
    elements = [(_chain_of(s, books), s.authorization_id, s.amount) for s in (original, advice) if s is not None]
    return [
        (chain, element, of) for chain, element, of in elements if chain is not None and chain.is_held and element is not None
    ]


def _lower(command: Reverse, chain: Chain, element: int, left: int, account: Account, books: Books) -> bool:
    """Whether that changed anything."""
    before = (chain.sums.held, chain.sums.reversed)
    kind = EventKind.REVERSED if left == 0 else EventKind.PARTIALLY_REVERSED
    if command.is_undelivered:
        kind = EventKind.UNDELIVERED
    change(books, account, chain, Event(element, kind, left, command.request.transmitted_at), command.request)
    return before != (chain.sums.held, chain.sums.reversed)


def _chain_of(stored: Stored, books: Books) -> Chain | None:
    return books.chains.get(stored.chain_id) if stored.chain_id is not None else None


def void(command: Void, books: Books) -> Outcome:
    """Take back an approval that nobody was given (G9).

    It was told as often as it was asked for: by the request and each of its repeats. Only when none of these was answered in
    time is it void; until then the one that was not is only noted.
    """
    found = _own_approval(command.key, books)
    if found is None:
        return _NOTHING_TO_VOID
    stored, chain, element = found
    told = 1 + chain.count(EventKind.REPEATED, element)
    if 1 + chain.count(EventKind.UNANSWERED, element) < told:
        books.append(chain, Event(element, EventKind.UNANSWERED, 0, command.at), message_id=None, journal_id=None)
        return _NOTHING_TO_VOID
    return _take_back(stored, chain, Event(element, EventKind.VOIDED, 0, command.at), None, books)


def undo(command: Undo, books: Books) -> Outcome:
    """Our answer was not accepted: what it had approved is undone, once. The network's own result comes with its 0120."""
    found = _own_approval(command.key, books)
    if found is None:
        return Outcome(Verdict.ACCEPTED, "nothing_to_undo", "")
    stored, chain, element = found
    return _take_back(stored, chain, Event(element, EventKind.UNACCEPTED, 0, command.at), command.message_id, books)


_NOTHING_TO_VOID = Outcome(Verdict.ACCEPTED, "nothing_to_void", "")


def _own_approval(key: RepeatKey, books: Books) -> tuple[Stored, Chain, int] | None:
    """What we decided under this key, with its chain and element, unless it has been taken back already."""
    stored = books.by_key.get((key.digest, key.date))
    chain = _chain_of(stored, books) if stored is not None else None
    if stored is None or chain is None or stored.authorization_id is None or stored.mti not in REQUESTS:
        return None
    element = stored.authorization_id
    is_over = chain.has(EventKind.VOIDED, element) or chain.has(EventKind.UNACCEPTED, element)
    return None if is_over else (stored, chain, element)


def _take_back(stored: Stored, chain: Chain, event: Event, message_id: int | None, books: Books) -> Outcome:
    account = books.accounts.get(stored.account_id) if stored.account_id is not None else None
    if chain.is_held and account is not None:
        record(books, account, chain, event, message_id=message_id, reason="void")
    else:
        books.append(chain, event, message_id=message_id, journal_id=None)
    return Outcome(
        Verdict.VOIDED, event.kind.value, "91", mark=account.mark() if account else None, authorization_id=stored.authorization_id
    )
