"""A migrated ledger of its own in a temporary directory, with as many customer accounts as are wanted."""

import contextlib
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from bench.ledger.commands import ASSET
from cardline.embedded.postgres import EmbeddedPostgres
from cardline.schema import migrate
from ledger.journal import Journal

FIRST_ACCOUNT = 10**15
FLOOR = -(10**15)
"""A credit limit that nothing spends up: what is measured is the approval, the longest way."""


class SilentMeter:
    """Nobody watches."""

    def batch_committed(self, size: int, seconds: float) -> None: ...
    def command_poisoned(self) -> None:
        raise AssertionError("a command of the bench was poison")

    def approval_voided(self) -> None: ...
    def writer_changed(self, is_ready: bool) -> None: ...


@contextlib.asynccontextmanager
async def ledger(accounts: int) -> AsyncIterator[tuple[str, range]]:
    """DSN and account ids; durable as in production, stopped and removed at the end."""
    with tempfile.TemporaryDirectory(prefix="cardline-bench-") as directory:
        server = EmbeddedPostgres(Path(directory) / "postgres")
        server.start()
        try:
            await migrate(server.dsn())
            yield server.dsn(), await open_accounts(server.dsn(), accounts)
        finally:
            server.stop()


async def open_accounts(dsn: str, count: int, first: int = FIRST_ACCOUNT) -> range:
    """Customer accounts with a credit limit and no postings yet."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        await connection.execute(
            "insert into ledger.account (account_id, code, name, kind, normal_side, asset) "
            "select n, 'customer.' || n, 'Bench', 'customer', 'credit', $3 from generate_series($1::bigint, $2::bigint - 1) as n",
            first, first + count, ASSET,
        )  # fmt: skip
        await connection.execute(
            "insert into ledger.balance (account_id, floor) select n, $3 from generate_series($1::bigint, $2::bigint - 1) as n",
            first, first + count, FLOOR,
        )  # fmt: skip
        await connection.execute("analyze ledger.account; analyze ledger.balance")
    finally:
        await connection.close()
    return range(first, first + count)


@contextlib.asynccontextmanager
async def journal(dsn: str, *, writers: int = 2, max_batch: int = 200) -> AsyncIterator[Journal]:
    opened = Journal(dsn, SilentMeter(), writers=writers, max_batch=max_batch)
    await opened.start()
    try:
        yield opened
    finally:
        await opened.close()


def now() -> str:
    return f"{datetime.now(UTC):%H:%M:%S}"
