"""Reads the books after a played day, for comparison with the simulator's own model. I/O; reads only."""

from collections.abc import Mapping

import asyncpg

from cardline.demo.verdict import BooksAfterwards, compared
from ledger.reports import trial_balance
from ledger.verify import verify
from simulator.auditor.accounts import Balance
from simulator.cards import masked

BALANCES = "select account_id, posted, holds, available from report.account_balance where account_id = any($1::bigint[])"


async def books_afterwards(dsn: str, expected: Mapping[str, Balance], account_ids: Mapping[str, int]) -> BooksAfterwards:
    """`expected` and `account_ids` by PAN; accounts of cards that nothing is expected of are left out."""
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(BALANCES, [account_ids[pan] for pan in expected])
        booked = {row["account_id"]: tuple(map(int, row[1:])) if row["available"] is not None else None for row in rows}
        found = [
            difference
            for pan, balance in expected.items()
            for difference in compared(masked(pan), account_ids[pan], balance, booked.get(account_ids[pan]))
        ]
        return BooksAfterwards(len(booked), found, await trial_balance(connection), await verify(connection))
    finally:
        await connection.close()
