"""Statements and balances at a point in time, of one account or of a control account (all stripes of a role and asset).

Amounts are in the account's own sense: positive is more of what it is for, so a customer's posted amount is money
gained, a pending one money held. By booking date; a line's value date is its own.
"""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from typing import Any

from ledger.commands import Layer
from ledger.money import Asset, AssetKind
from ledger.statements import statement as sql

SETTINGS = "set local enable_partitionwise_join = on; set local work_mem = '64MB'; set local timezone = 'UTC'"
"""Postings and journals have the same months; joined month by month neither is sorted nor hashed whole."""


@dataclass(frozen=True, slots=True)
class StatedAccount:
    """What a statement is about. `account_ids` has one member, or every stripe of a control account."""

    name: str
    account_ids: tuple[int, ...]
    asset: Asset
    is_debit_normal: bool

    def own(self, layer: Layer, amount: int) -> int:
        """A sum of postings (debit positive) in the account's own sense."""
        return amount if self.is_debit_normal == (layer is Layer.POSTED) else -amount


@dataclass(slots=True)  # not frozen: a hundred thousand of them take twice as long
class StatementLine:
    journal_id: int
    booking_date: date
    value_date: date
    kind: str
    reason: str
    authorization_id: int | None
    rrn: str | None
    amount: int
    balance: int


@dataclass(frozen=True, slots=True)
class Statement:
    account: StatedAccount
    layer: Layer
    date_from: date
    date_to: date
    opening: int
    lines: list[StatementLine]
    closing: int


@dataclass(frozen=True, slots=True)
class BalanceAt:
    account_id: int
    posted: int
    holds: int


async def find_account(connection: Any, name: str) -> StatedAccount:
    """By id, by code, or by role and asset (`bank.EUR`). Raises LookupError."""
    rows = await connection.fetch(sql("stated_account"), name, int(name) if name.isdecimal() and len(name) < 19 else None)
    if not rows:
        raise LookupError(f"there is no account {name}; give an id, a code, or a role and an asset as bank.EUR")
    first = rows[0]
    asset = Asset(first["asset"], first["exponent"], AssetKind(first["asset_kind"]), first["numeric_code"])
    return StatedAccount(name, tuple(row["account_id"] for row in rows), asset, first["is_debit_normal"])


async def statement(
    connection: Any, account: StatedAccount, date_from: date, date_to: date, layer: Layer = Layer.POSTED
) -> Statement:
    """Everything booked from `date_from` to `date_to`, both included, in one snapshot."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(SETTINGS)
        ids = list(account.account_ids)
        before = await connection.fetchval(sql("statement_opening"), ids, layer.value, date_from)
        rows = await connection.fetch(sql("statement_lines"), ids, layer.value, date_from, date_to)
    opening, sign = account.own(layer, int(before)), account.own(layer, 1)
    # Plain tuples first: a record's columns by name cost more than the rest of it.
    balances = list(accumulate((sign * row[7] for row in rows), initial=opening))
    lines = [
        StatementLine(journal_id, booked, value, kind, reason, authorization_id, rrn, sign * amount, balance)
        for (journal_id, booked, value, kind, reason, authorization_id, rrn, amount), balance in zip(
            rows, balances[1:], strict=True
        )
    ]
    return Statement(account, layer, date_from, date_to, opening, lines, balances[-1])


async def balances_at(connection: Any, at: date | datetime, account: StatedAccount | None = None) -> list[BalanceAt]:
    """As of the end of a booking day, or of a moment (what was committed by then, whatever day it is booked on).

    Accounts without a posting by then are left out; all accounts unless one is given.
    """
    moment = at if isinstance(at, datetime) else None
    day = None if isinstance(at, datetime) else at
    ids = None if account is None else list(account.account_ids)
    rows = await connection.fetch(sql("balances_at"), ids, day, moment)
    return [BalanceAt(row["account_id"], int(row["posted"]), int(row["holds"])) for row in rows]
