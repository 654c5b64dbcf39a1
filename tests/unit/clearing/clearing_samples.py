"""Clearing records, payments and what is known of them, to test matching and booking with."""

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any

from clearing.bookings import FileFacts
from clearing.matches import Earlier, Known, KnownCard, Match, Payment, Presented
from clearing.matching import Convert, Matcher, no_rates
from clearing.records import ClearingRecord, RecordKind, References, Sum
from clearing.tolerances import parse_tolerances

TOLERANCES = parse_tolerances(tomllib.loads(files("configs").joinpath("clearing_tolerances.toml").read_text()))
AT = datetime(2026, 11, 26, 10, 11, 12, tzinfo=UTC)
TOKEN = b"t" * 16
CARD = KnownCard(5, 50, "EUR", is_open=True)
FILE = Presented("0022611260000020090000001", date(2026, 11, 26))
FACTS = FileFacts(FILE.file_id, b"s" * 32, AT)
NAMES = References(trace_id="MCCABC1231126", approval_code="A12345", arn="7" * 23, acceptor_id="SHOP1", rrn="633010000001")


def record(number: int = 2, amount: int = 1250, asset: str = "EUR", **changes: Any) -> ClearingRecord:
    """A first presentment; `names` are its references."""
    names = changes.pop("names", NAMES)
    money = Sum(amount, asset)
    made = ClearingRecord(
        kind=RecordKind.PRESENTMENT, number=number, function_code="200", is_debit=True, amount=money, transaction=money,
        settled=money, reason="1401", references=names, card_token=TOKEN, masked_pan="541333******0019", at=AT, mcc="5411",
        business_date=AT.date(),
    )  # fmt: skip
    return replace(made, **changes)


def payment(amount: int = 1250, **changes: Any) -> Payment:
    """An authorization that holds its amount, named as `record` names it."""
    made = Payment(
        authorization_id=900, chain_id=900, is_approved=True, at=AT - timedelta(hours=2), amount=amount, trace_id=NAMES.trace_id,
        rrn=NAMES.rrn, approval_code=NAMES.approval_code, left=amount, held=amount, expires_at=AT + timedelta(days=7), card_id=5,
        acceptor_id="SHOP1",
    )  # fmt: skip
    return replace(made, **changes)


def earlier(number: int = 2, amount: int = 1250, **changes: Any) -> Earlier:
    made = Earlier(
        "0022611250000020090000001",
        number,
        "200",
        amount,
        "EUR",
        True,
        False,
        50,
        900,
        900,
        (amount, "EUR"),
        True,
        "541333******0019",
        50,
    )
    return replace(made, **changes)


def known(*payments: Payment, card: KnownCard | None = CARD, references: dict[str, list[Earlier]] | None = None) -> Known:
    """Payments under their trace ids, and all of them on the account."""
    by_trace: dict[tuple[int, str], list[Payment]] = {}
    for one in payments:
        if one.trace_id:
            by_trace.setdefault((50, one.trace_id), []).append(one)
    return Known({TOKEN: card} if card else {}, by_trace, {50: list(payments)}, references or {})


def matched(records: list[ClearingRecord], facts: Known, convert: Convert = no_rates) -> list[Match]:
    matcher = Matcher(facts, FILE, convert, TOLERANCES)
    return [matcher.paired.get(match.number, match) for match in matcher.match_all(records)]


def one(*arguments: object, **options: object) -> Match:
    return matched([arguments[0]], *arguments[1:], **options)[0]  # type: ignore[list-item,arg-type]
