"""Reads the issuer's balances and postings through its report views by SQL. I/O; reads only, every wait has a limit.

A small reader of the simulator's own, so that it stands on what is promised to outsiders and on nothing else:
`report.account_balance`, `report.posting` and `report.authorization`.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg

from simulator.auditor.accounts import HoldName, Posting
from simulator.errors import BooksUnreadable

BALANCE = "select posted, holds, available from report.account_balance where account_id = $1"
POSTINGS = "select journal_id, line, kind, amount from report.posting where account_id = $1"
# An increment stands as long as the hold of its first.
LIVES = """
select a.stan, coalesce(a.rrn, '') as rrn, first.expires_at - first.received_at as lasts
  from report.authorization a
  join report.authorization first on first.authorization_id = coalesce(a.chain_id, a.authorization_id)
 where a.account_id = $1 and first.held > 0 and first.expires_at is not null
 order by a.authorization_id"""
SECONDS = 5.0
FAULTS = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Account:
    """What the books show for an account, in minor units; a posting by (journal, line).

    `lives`: how long each hold stands from when it was opened, the latest last.
    """

    posted_minor: int
    holds_minor: int
    available_minor: int
    postings: dict[tuple[int, int], Posting]
    lives: dict[HoldName, timedelta]


class Books:
    """One connection, used by one reader at a time. Make it with `opened`."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()

    async def account(self, account_id: int) -> Account:
        """Raises BooksUnreadable."""
        try:
            async with asyncio.timeout(SECONDS), self._turn, self._connection.transaction(isolation="repeatable_read"):
                rows = await self._connection.fetch(BALANCE, account_id)
                postings = await self._connection.fetch(POSTINGS, account_id)
                lives = await self._connection.fetch(LIVES, account_id)
        except FAULTS as error:
            raise BooksUnreadable(_said(error)) from error
        if len(rows) != 1:
            raise BooksUnreadable(f"report.account_balance has {len(rows)} rows for account {account_id}")
        posted, holds, available = (int(value or 0) for value in rows[0])
        return Account(posted, holds, available, _read(postings), {(row["stan"], row["rrn"]): row["lasts"] for row in lives})


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[Books]:
    """Raises BooksUnreadable where the database cannot be reached."""
    try:
        connection = await asyncpg.connect(dsn, timeout=SECONDS, server_settings={"application_name": "cardline simulator"})
    except FAULTS as error:
        raise BooksUnreadable(_said(error)) from error
    try:
        yield Books(connection)
    finally:
        await connection.close(timeout=SECONDS)


def _read(rows: Sequence[Any]) -> dict[tuple[int, int], Posting]:
    return {(row["journal_id"], row["line"]): (row["kind"], abs(int(row["amount"]))) for row in rows}


def _said(error: BaseException) -> str:
    return f"the books cannot be read: {(str(error).splitlines() or [type(error).__name__])[0]}"
