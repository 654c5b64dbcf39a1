"""Commands and locked books as the tests of the ledger need them."""

import itertools
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from ledger.books import Account, Books
from ledger.card_counters import Objection
from ledger.commands import (
    Advise,
    Answer,
    Answers,
    Authorize,
    Capture,
    Counted,
    RepeatKey,
    Request,
    Reverse,
    Single,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CUSTOMER, CONTRA, SETTLEMENT = 7_000_000, 1_001_000, 1_002_000
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
    single: Single | None = None, goods: int | None = None, alone: Objection | None = None,
    counted: Counted | None = None,
) -> Authorize:  # fmt: skip
    mti = "0200" if single else "0100"
    return Authorize(
        request=request(name, amount, mti=mti, account_id=account_id, content=content, trace_id=trace_id, rrn=rrn, at=at),
        facts_version=facts_version, refusal=refusal, approved=APPROVED, approval_code="123456",
        expires_at=at + timedelta(days=lifetime_days), rule="", policy="test/1", seen="{}", answers=Answers(),
        at_most=at_most, partial=partial, holds=holds and single is None, chain_trace=chain_trace, single=single, goods=goods,
        alone=alone, counted=counted,
    )  # fmt: skip


def advise(
    name: str,
    amount: int = 100,
    *,
    trace_id: str | None = None,
    holds: bool = True,
    account_id: int = CUSTOMER,
    at: datetime = NOW,
    rrn: str | None = None,
    single: Single | None = None,
    is_completion: bool = False,
    response_code: str = "00",
    approval_code: str | None = "654321",
    chain_trace: str | None = None,
    lifetime_days: int = 7,
) -> Advise:
    mti = "0220" if single else "0120"
    return Advise(
        request=request(name, amount, mti=mti, trace_id=trace_id, account_id=account_id, rrn=rrn, at=at),
        response_code=response_code, approval_code=approval_code, expires_at=at + timedelta(days=lifetime_days), policy="test/1",
        holds=holds and single is None, single=single, is_completion=is_completion, chain_trace=chain_trace,
    )  # fmt: skip


def refusing_advice(name: str, amount: int = 100, *, trace_id: str | None = None) -> Advise:
    return advise(name, amount, trace_id=trace_id, holds=False, response_code="05", approval_code=None)


def reverse(
    name: str, original: str | None, replacement: int = 0, *, trace: str | None = None, rrn: str | None = None,
    approval_code: str | None = None, account_id: int | None = CUSTOMER, original_mti: str = "0100", at: datetime = NOW,
    is_undelivered: bool = False,
) -> Reverse:  # fmt: skip
    named = key(f"{original_mti}/{original}", at) if original else None
    asked = request(name, mti="0420" if is_undelivered else "0400", account_id=account_id, rrn=rrn, at=at)
    return Reverse(asked, named, trace, approval_code, replacement, is_undelivered)


def capture(name: str, amount: int, chain_id: int | None, *, is_last: bool = False) -> Capture:
    return Capture(key(name), digest(name), CUSTOMER, "EUR", amount, NOW, NOW.date(), chain_id, is_last=is_last)


def account(posted: int = 1000, *, floor: int | None = 0, account_id: int = CUSTOMER, facts_version: int = 1) -> Account:
    return Account(account_id, "customer", "EUR", False, "open", posted, 0, floor, 0, 1, facts_version)


def books(*accounts: Account) -> Books:
    contra = Account(CONTRA, "holds_contra", "EUR", True, "open", 0, 0, None, 0, 0, 1)
    settlement = Account(SETTLEMENT, "network_settlement", "EUR", False, "open", 0, 0, None, 0, 0, 1)
    ids = itertools.count(10_000)
    return Books(
        accounts={a.account_id: a for a in (*(accounts or (account(),)), contra, settlement)},
        system={("holds_contra", "EUR"): CONTRA, ("network_settlement", "EUR"): SETTLEMENT}, stored=[], early={}, chains={}, next_id=lambda: next(ids),
        booking_date=NOW.date(),
    )  # fmt: skip
