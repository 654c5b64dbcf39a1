"""The elements of an authorization and their money: what an element or a change to it posts. Pure."""

from datetime import datetime

from ledger.books import Account, Books, Chain
from ledger.commands import Outcome, Request
from ledger.holds import Event, EventKind, fold
from ledger.recipes.holds import reserve


def open_element(
    books: Books, account: Account, chain: Chain, request: Request, authorization_id: int, amount: int,
    *, kind: EventKind, is_forced: bool = False,
) -> None:  # fmt: skip
    """Hold `amount` more on the chain."""
    # Of an increment less is held where captures have gone beyond the authorization, or the last one has ended it.
    event = Event(authorization_id, kind, amount, request.transmitted_at)
    record(books, account, chain, event, message_id=request.message_id, is_forced=is_forced)


def change(books: Books, account: Account, chain: Chain, event: Event, request: Request) -> None:
    """Append a reversal or replacement."""
    record(books, account, chain, event, message_id=request.message_id)


def record(
    books: Books,
    account: Account,
    chain: Chain,
    event: Event,
    *,
    message_id: int | None,
    reason: str = "",
    is_forced: bool = False,
) -> None:
    """Append the event and post the difference between what is held and what then must be."""
    sums = fold([*chain.events, event])
    difference = sums.held - chain.sums.held
    journal_id = None
    if difference:
        journal_id = shift(
            books, account, difference, event.at, reason or event.kind, event.authorization_id, is_forced=is_forced
        )  # fmt: skip
    books.append(chain, event, message_id=message_id, journal_id=journal_id, sums=sums)


def shift(
    books: Books, account: Account, amount: int, at: datetime, reason: str, authorization_id: int, *, is_forced: bool = False
) -> int:
    """Hold `amount` more, or give it back when it is negative (`recipes.holds`)."""
    return books.post(
        reserve(account.account_id, books.stripe("holds_contra", account.asset), amount),
        kind="hold" if amount > 0 else "release",
        reason=reason,
        value_date=at.date(),
        event_at=at,
        is_forced=is_forced,
        authorization_id=authorization_id,
    )


def record_authorization(
    request: Request, books: Books, outcome: Outcome, chain_id: int,
    *, rule: str, policy: str, seen: str, expires_at: datetime | None, response_code: str | None = None,
) -> None:  # fmt: skip
    books.rows.authorizations.append(
        (outcome.authorization_id, chain_id, request.card_id, request.account_id, request.mti, request.stan, request.rrn,
         request.transmitted_at, request.acquirer, request.network_reference, outcome.approval_code, request.amount,
         request.asset, response_code or outcome.response_code, outcome.verdict, outcome.reason, rule, policy, seen,
         request.details, request.message_id, request.received_at, expires_at)
    )  # fmt: skip
