"""A migrated ledger of its own, with as many customer accounts as are wanted, and writers on it."""

import contextlib
import gc
import itertools
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import asyncpg

from bench.ledger.commands import ASSET, holds
from cardline.embedded.postgres import EmbeddedPostgres
from cardline.running.serve import GC_THRESHOLD
from cardline.schema import migrate
from ledger.commands import Command
from ledger.journal import Journal
from ledger.writer import WriterMeter

FIRST_ACCOUNT = 10**15
FLOOR = -(10**15)
"""A credit limit that nothing spends up: what is measured is the approval, the longest way."""
PIECE = 20_000
"""Commands made at a time: a job's memory stays bounded."""
_Item = TypeVar("_Item")


class SilentMeter:
    """Nobody watches."""

    def batch_committed(self, size: int, seconds: float) -> None: ...
    def command_poisoned(self) -> None:
        raise AssertionError("a command of the bench was poison")

    def approval_voided(self) -> None: ...
    def writer_changed(self, is_ready: bool) -> None: ...


@contextlib.contextmanager
def server(directory: Path | None = None) -> Iterator[EmbeddedPostgres]:
    """Durable as in production. Without a directory everything is gone at the end; with one it is kept and used again."""
    with contextlib.ExitStack() as stack:
        place = directory or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cardline-bench-")))
        place.mkdir(parents=True, exist_ok=True)
        started = EmbeddedPostgres(place / "postgres")
        started.start()
        stack.callback(started.stop)
        yield started


@contextlib.asynccontextmanager
async def ledger(accounts: int) -> AsyncIterator[tuple[str, range]]:
    """DSN and account ids of a ledger for this run."""
    with server() as started:
        await migrate(started.dsn())
        yield started.dsn(), await open_accounts(started.dsn(), accounts)


async def open_accounts(dsn: str, count: int, first: int = FIRST_ACCOUNT) -> range:
    """Customer accounts with a credit limit and no postings yet. What is there already is kept."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        await connection.execute(
            "insert into ledger.account (account_id, code, name, kind, normal_side, asset, product) "
            "select n, 'customer.' || n, 'Bench', 'customer', 'credit', $3, 'credit' "
            "from generate_series($1::bigint, $2::bigint - 1) as n on conflict do nothing",
            first, first + count, ASSET,
        )  # fmt: skip
        await connection.execute(
            "insert into ledger.balance (account_id, floor) select n, $3 from generate_series($1::bigint, $2::bigint - 1) as n "
            "on conflict do nothing",
            first, first + count, FLOOR,
        )  # fmt: skip
        await connection.execute("analyze ledger.account; analyze ledger.balance")
    finally:
        await connection.close()
    return range(first, first + count)


@contextlib.asynccontextmanager
async def journal(
    dsn: str, *, writers: int = 2, max_batch: int = 200, meter: WriterMeter | None = None
) -> AsyncIterator[Journal]:
    opened = Journal(dsn, meter or SilentMeter(), writers=writers, max_batch=max_batch)
    await opened.start()
    try:
        yield opened
    finally:
        await opened.close()


async def fill(dsn: str, accounts: Sequence[int], count: int) -> float:
    """Add so many holds, two postings each, through the writers, so that every link is their own. Returns seconds."""
    async with journal(dsn) as writer:
        began = time.perf_counter()
        await record(writer, holds(accounts, count))
        return time.perf_counter() - began


def quiet_collector() -> None:
    """As in a serving switch: what stays is looked at no more, and cycles are rare."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 50, 1000)


async def record(writer: Journal, commands: Iterable[Command]) -> None:
    """A job of any size, a piece at a time."""
    quiet_collector()
    for piece in pieces(commands, PIECE):
        await writer.record_all(piece)


def pieces(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    source = iter(items)
    while piece := list(itertools.islice(source, size)):
        yield piece
