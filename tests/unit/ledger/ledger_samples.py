"""Commands and locked books as the tests of the ledger need them."""

import itertools
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from ledger.books import Account, Books
from ledger.commands import Advise, Answer, Answers, Authorize, RepeatKey, Request, Reverse

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CUSTOMER, CONTRA = 7_000_000, 1_001_000
APPROVED = Answer("00", "approved")


def digest(name: str) -> bytes:
    return sha256(name.encode()).digest()[:16]


def key(name: str, at: datetime = NOW) -> RepeatKey:
    return RepeatKey(digest(name), at.date())


def request(
    name: str, amount: int = 100, *, mti: str = "0100", account_id: int | None = CUSTOMER, content: str = "content",
    trace_id: str | None = None, rrn: str | None = None, at: datetime = NOW, asset: str = "EUR",
) -> Request:  # fmt: skip
    return Request(
        key=key(f"{mti}/{name}", at), content=digest(content), mti=mti, account_id=account_id, card_id=1 if account_id else None,
        amount=amount, asset=asset, stan="000001", rrn=rrn, transmitted_at=at, acquirer="123456", network_reference=None,
        trace_id=trace_id, message_id=1, received_at=at, details="{}",
    )  # fmt: skip


def authorize(
    name: str, amount: int = 100, *, facts_version: int = 1, refusal: Answer | None = None, at_most: int | None = None,
    partial: bool = False, holds: bool = True, chain_trace: str | None = None, account_id: int | None = CUSTOMER,
    content: str = "content", trace_id: str | None = None, rrn: str | None = None, at: datetime = NOW, lifetime_days: int = 7,
) -> Authorize:  # fmt: skip
    return Authorize(
        request=request(name, amount, account_id=account_id, content=content, trace_id=trace_id, rrn=rrn, at=at),
        facts_version=facts_version, refusal=refusal, approved=APPROVED, approval_code="123456",
        expires_at=at + timedelta(days=lifetime_days), rule="", policy="test/1", seen="{}", answers=Answers(),
        at_most=at_most, partial=partial, holds=holds, chain_trace=chain_trace,
    )  # fmt: skip


def advise(
    name: str,
    amount: int = 100,
    *,
    trace_id: str | None = None,
    holds: bool = True,
    account_id: int = CUSTOMER,
    at: datetime = NOW,
) -> Advise:
    return Advise(
        request=request(name, amount, mti="0120", trace_id=trace_id, account_id=account_id, at=at), response_code="00",
        approval_code="654321", expires_at=at + timedelta(days=7), policy="test/1", holds=holds,
    )  # fmt: skip


def reverse(
    name: str, original: str | None, replacement: int = 0, *, trace: str | None = None, rrn: str | None = None,
    approval_code: str | None = None, account_id: int | None = CUSTOMER, original_mti: str = "0100", at: datetime = NOW,
) -> Reverse:  # fmt: skip
    named = key(f"{original_mti}/{original}", at) if original else None
    return Reverse(request(name, mti="0400", account_id=account_id, rrn=rrn, at=at), named, trace, approval_code, replacement)


def account(posted: int = 1000, *, floor: int | None = 0, account_id: int = CUSTOMER, facts_version: int = 1) -> Account:
    return Account(account_id, "customer", "EUR", False, "open", posted, 0, floor, 0, 1, facts_version)


def books(*accounts: Account) -> Books:
    contra = Account(CONTRA, "holds_contra", "EUR", True, "open", 0, 0, None, 0, 0, 1)
    ids = itertools.count(10_000)
    return Books(
        accounts={a.account_id: a for a in (*(accounts or (account(),)), contra)},
        system={("holds_contra", "EUR"): CONTRA}, stored=[], early={}, chains={}, next_id=lambda: next(ids), booking_date=NOW.date(),
    )  # fmt: skip
