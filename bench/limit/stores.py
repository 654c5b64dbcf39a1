"""The least that a payment can ask of Valkey and Postgres: one script call and one committed statement per batch.

The tables stand in a schema of their own beside the ledger's, in the same server with the same durability.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Any

import asyncpg
import redis.asyncio

BATCHES = (1, 50, 200)
SECONDS = 2.0
AMOUNT = 100

Payment = tuple[int, int]
"""Number (unique) and account."""


class ScriptStore:
    """One hash per account; the script reads its balance and puts a reservation beside it."""

    def __init__(self, url: str) -> None:
        self._client = redis.asyncio.Redis.from_url(url)
        self._script = self._client.register_script(_text("reserve.lua"))

    async def open(self, accounts: int) -> None:
        async with self._client.pipeline(transaction=False) as pipeline:
            for account in range(accounts):
                pipeline.delete(_key(account))
                pipeline.hset(_key(account), mapping={"available": 10**12, "facts": "1|active|2912"})
            await pipeline.execute()

    async def reserve(self, payments: Sequence[Payment]) -> list[Any]:
        keys = [_key(account) for _, account in payments]
        return list(await self._script(keys=keys, args=[AMOUNT, *(number % 1000 for number, _ in payments)]))

    async def close(self, accounts: int) -> None:
        await self._client.delete(*(_key(account) for account in range(accounts)))
        await self._client.aclose()


class CommitStore:
    """Journal, two postings, a hold, a key and the balances' changes: one statement, one commit, whatever the batch."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._write: Any = None

    @classmethod
    async def open(cls, dsn: str, accounts: int) -> "CommitStore":
        connection = await asyncpg.connect(dsn, timeout=10, server_settings={"plan_cache_mode": "force_generic_plan"})
        store = cls(connection)
        await connection.execute(_text("tables.sql"))
        await connection.execute("insert into bench.balance select n, 0, 0 from generate_series(-1, $1 - 1) as n", accounts)
        store._write = await connection.prepare(_text("write.sql"))
        return store

    async def write(self, payments: Sequence[Payment]) -> None:
        numbers = [number for number, _ in payments]
        changes = Counter(account for _, account in payments)
        changes[-1] = -len(payments)
        ordered = sorted(changes)
        await self._write.fetchval(
            numbers, [account for _, account in payments], [sha256(b"%d" % number).digest()[:16] for number in numbers],
            AMOUNT, ordered, [AMOUNT * changes[account] for account in ordered],
        )  # fmt: skip

    async def next_number(self) -> int:
        return int(await self._connection.fetchval("select coalesce(max(journal_id), -1) + 1 from bench.journal"))

    async def close(self, *, drop: bool = True) -> None:
        if drop:
            await self._connection.execute("drop schema bench cascade")
        await self._connection.close(timeout=10)


async def measure_stores(dsn: str, redis_url: str, accounts: int) -> dict[str, Any]:
    """Items per second and time per batch for several batch sizes, one batch at a time."""
    scripts, commits = ScriptStore(redis_url), await CommitStore.open(dsn, accounts)
    try:
        await scripts.open(accounts)
        return {
            "script": {str(size): await _rate(scripts.reserve, size, accounts) for size in BATCHES},
            "commit": {str(size): await _rate(commits.write, size, accounts) for size in BATCHES},
        }
    finally:
        await scripts.close(accounts)
        await commits.close()


class _Numbers:
    last = 0


async def _rate(send: Callable[[Sequence[Payment]], Awaitable[Any]], size: int, accounts: int) -> dict[str, float]:
    done, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < SECONDS:
        numbers = range(_Numbers.last, _Numbers.last + size)
        _Numbers.last += size
        await send([(number, number % accounts) for number in numbers])
        done += 1
        await asyncio.sleep(0)
    return {"per_second": round(done * size / spent, 1), "milliseconds": round(spent / done * 1000, 3)}


def _key(account: int) -> str:
    return f"bench:{account}"


def _text(name: str) -> str:
    return files("bench.limit").joinpath(name).read_text(encoding="utf-8")
