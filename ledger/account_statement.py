"""Statements and balances at a point in time, of one account or of a control account (all stripes of a role and asset).

Amounts are in the account's own sense: positive is more of what it is for, so a customer's posted amount is money
gained, a pending one money held. By booking date; a line's value date is its own.
"""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from typing import Any, NamedTuple

from ledger.commands import Layer
from ledger.money import Asset, AssetKind
from ledger.statements import statement as sql

SETTINGS = (
    "set local enable_partitionwise_join = on; set local work_mem = '64MB'; set local max_parallel_workers_per_gather = 0;"
    "set local timezone = 'UTC'"
)
"""Postings and journals have the same months, so they are joined month by month. On one core: payments need the others."""


@dataclass(frozen=True, slots=True)
class StatedAccount:
    """What a statement is about. `account_ids` has one member, or every stripe of a control account."""

    name: str
    account_ids: tuple[int, ...]
    asset: Asset
    is_debit_normal: bool

    def own(self, layer: Layer, amount: int) -> int:
        """A sum of postings (debit positive) in the account's own sense."""
        return amount if self.is_debit_normal == (layer == Layer.POSTED) else -amount


class StatementLine(NamedTuple):
    """A tuple: a hundred thousand dataclasses take three times as long to make."""

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
    ids = list(account.account_ids)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(SETTINGS)
        before = await connection.fetchval(sql("statement_opening"), ids, layer.value, date_from)
        rows = await connection.fetch(sql("statement_lines"), ids, layer.value, date_from, date_to)
        rrns = await _rrns(connection, {row[5] for row in rows if row[5] is not None})
    opening = account.own(layer, int(before))
    with _collector_paused():
        lines = _lines(rows, rrns, opening, account.own(layer, 1))
    return Statement(account, layer, date_from, date_to, opening, lines, lines[-1].balance if lines else opening)


def _lines(rows: list[Any], rrns: Mapping[int | None, str], opening: int, sign: int) -> list[StatementLine]:
    if not rows:
        return []
    *said, authorization_ids, debits = zip(*rows, strict=True)
    amounts = debits if sign == 1 else [-debit for debit in debits]
    balances = accumulate(amounts, initial=opening)
    next(balances)
    columns = (*said, authorization_ids, map(rrns.get, authorization_ids), amounts, balances)
    return list(map(StatementLine._make, zip(*columns, strict=True)))


@contextmanager
def _collector_paused() -> Iterator[None]:
    """A hundred thousand objects that all stay: looking through them again and again takes half the time of making them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


async def _rrns(connection: Any, authorization_ids: set[int]) -> dict[int | None, str]:
    """In a query of its own: bookings have no authorization, and an outer join would cost each of them a look."""
    if not authorization_ids:
        return {}
    return {row[0]: row[1] for row in await connection.fetch(sql("rrns"), sorted(authorization_ids))}


async def balances_at(connection: Any, at: date | datetime, account: StatedAccount | None = None) -> list[BalanceAt]:
    """As of the end of a booking day, or of a moment (what was committed by then, whatever day it is booked on).

    Accounts without a posting by then are left out; all accounts unless one is given.
    """
    moment = at if isinstance(at, datetime) else None
    day = None if isinstance(at, datetime) else at
    ids = None if account is None else list(account.account_ids)
    rows = await connection.fetch(sql("balances_at"), ids, day, moment)
    return [BalanceAt(row["account_id"], int(row["posted"]), int(row["holds"])) for row in rows]
