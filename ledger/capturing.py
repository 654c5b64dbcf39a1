"""Presentments, credit presentments, expiry: how what was held comes to be booked, or given back. Pure."""

from ledger.booking import accepted, answered_before, write
from ledger.books import Account, Books, Chain
from ledger.commands import Capture, Entry, Expire, Layer, Line, Outcome, Refund
from ledger.elements import clear_single
from ledger.holds import Event, EventKind, Sums, expiry, fold
from ledger.recipes import captures, holds, refunds
from ledger.relations import waiting_for_payment
from ledger.rules import broken_by_amount, broken_by_presentment, broken_by_sums, refused
from ledger.verdicts import Rule, Verdict


def capture(command: Capture, books: Books) -> Outcome:
    """Always posts in full. Of the chain's hold it releases the amount presented; the last one releases the rest."""
    if answer := answered_before(command, books, amount=command.amount, asset=command.asset):
        return answer
    account = books.accounts.get(command.account_id)
    if rule := broken_by_presentment(account, command.asset, command.amount) or _broken_by_parts(command, books):
        return refused(rule)
    assert account is not None
    chain = _chain_of(command, books)
    if command.chain_id is not None and chain is None:
        return refused(Rule.UNKNOWN_CHAIN)
    if chain is not None:
        clear_single(books, account, chain, command.at)
    kind = EventKind.CAPTURED_LAST if command.is_last else EventKind.CAPTURED
    event = Event(command.chain_id or 0, kind, command.amount, command.at)
    sums = fold([*chain.events, event]) if chain is not None else None
    return _post(command, books, account, chain, event, _captured(command, chain, sums), sums)


def refund(command: Refund, books: Books) -> Outcome:
    """A credit presentment: the customer gets the money, the authorization (if there is one) remembers it."""
    if answer := answered_before(command, books, amount=command.amount, asset=command.asset):
        return answer
    account = books.accounts.get(command.account_id)
    if rule := broken_by_presentment(account, command.asset, command.amount):
        return refused(rule)
    assert account is not None
    chain = _chain_of(command, books)
    if command.chain_id is not None and chain is None:
        return refused(Rule.UNKNOWN_CHAIN)
    event = Event(command.chain_id or 0, EventKind.REFUNDED, command.amount, command.at)
    return _post(command, books, account, chain, event, refunds.refund(command.account_id, command.asset, command.amount))


def expire(command: Expire, books: Books) -> Outcome:
    """Decided under the lock: an increment may have come since somebody saw that the time was over."""
    if answer := answered_before(command, books, amount=0, asset=""):
        return answer
    account, chain = books.accounts.get(command.account_id), _chain_of(command, books)
    if account is None or chain is None:
        return refused(Rule.UNKNOWN_CHAIN)
    if command.is_presented:
        return _presented_elsewhere(command, books, account, chain)
    if chain.expires_at is None or chain.expires_at > command.as_of:
        return Outcome(Verdict.ACCEPTED, "not_expired", "")
    held = chain.sums.held
    if held == 0:
        return Outcome(Verdict.ACCEPTED, "nothing_held", "")
    entry = holds.expire(account.account_id, account.asset, held)
    at = command.as_of
    journal_id = write(entry, command, books, at=at, value_date=at.date(), chain_id=chain.chain_id)
    for event in expiry(chain.events, at):
        books.append(chain, event, message_id=None, journal_id=journal_id)
    return accepted(
        command, books, "expired", account=account, journal_id=journal_id, amount=held, chain_id=chain.chain_id
    )  # fmt: skip


def _presented_elsewhere(command: Expire, books: Books, account: Account, chain: Chain) -> Outcome:
    """For the chain it is its last presentment, of nothing: whatever comes later (an increment, an advice) finds it ended."""
    held, journal_id = chain.sums.held, None
    if held:
        entry = holds.release_presented(account.account_id, account.asset, held)
        journal_id = write(entry, command, books, at=command.as_of, value_date=command.as_of.date(), chain_id=chain.chain_id)
    ended = Event(chain.chain_id, EventKind.CAPTURED_LAST, 0, command.as_of)
    books.append(chain, ended, message_id=None, journal_id=journal_id)
    return accepted(
        command, books, "presented_elsewhere", account=account, journal_id=journal_id, amount=held, chain_id=chain.chain_id
    )  # fmt: skip


def _chain_of(command: Capture | Refund | Expire, books: Books) -> Chain | None:
    """The authorization that is named, if it is this account's and ever held anything."""
    chain = books.chains.get(command.chain_id) if command.chain_id is not None else None
    return chain if chain is not None and chain.is_held and chain.account_id == command.account_id else None


def _broken_by_parts(command: Capture, books: Books) -> Rule | None:
    """The cash is part of the amount, the fee goes to an account that is there."""
    if command.fee and books.find(Line("fee_income", command.asset, Layer.POSTED, command.fee)) is None:
        return Rule.UNKNOWN_ACCOUNT
    if command.cash > command.amount:
        return Rule.AMOUNT_OVERFLOW
    return broken_by_amount(command.cash) or broken_by_amount(command.fee)


def _captured(command: Capture, chain: Chain | None, sums: Sums | None) -> Entry:
    """`sums`: of the chain after the capture."""
    account_id, asset, amount = command.account_id, command.asset, command.amount
    if command.cash or command.fee:
        released = chain.sums.held - sums.held if chain is not None and sums is not None else 0
        if not command.cash:
            return captures.cash_with_fee(account_id, asset, amount, command.fee, released)
        entry = captures.cashback(account_id, asset, amount - command.cash, command.cash, released)
        return captures.with_fee(entry, account_id, asset, command.fee)
    if chain is None or sums is None:
        return captures.force_post(account_id, asset, amount)
    held = chain.sums.held
    if held == 0:
        return captures.capture_after_expiry(account_id, asset, amount)
    released = held - sums.held
    is_first = not any(e.kind in (EventKind.CAPTURED, EventKind.CAPTURED_LAST) for e in chain.events)
    reason = _reason(amount, held, is_first=is_first, is_last=command.is_last)
    return captures.capture(account_id, asset, amount, released, reason)


def _reason(amount: int, held: int, *, is_first: bool, is_last: bool) -> str:
    if amount > held:
        return "over"
    if is_first and amount == held:
        return "exact"
    if not is_last:
        return "part"
    return "under" if is_first else "last"


def _post(
    command: Capture | Refund, books: Books, account: Account, chain: Chain | None, event: Event, entry: Entry,
    sums: Sums | None = None,
) -> Outcome:  # fmt: skip
    if rule := broken_by_sums(entry.lines, books, is_forced=True):
        return refused(rule)
    journal_id = write(entry, command, books, at=command.at, value_date=command.value_date, chain_id=command.chain_id)
    if chain is not None:
        books.append(chain, event, message_id=command.message_id, journal_id=journal_id, sums=sums)
    waits = waiting_for_payment(command) if isinstance(command, Capture) and chain is None else None
    return accepted(
        command, books, entry.reason, account=account, journal_id=journal_id, amount=command.amount, chain_id=command.chain_id,
        waits=(waits, command.amount) if waits else None,
    )  # fmt: skip
