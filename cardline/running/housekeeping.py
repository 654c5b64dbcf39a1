"""What a switch process does beside the payments, in the background: partitions ahead of time, gauges, holds that are over."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import asyncpg
import structlog

from authorizer.store import Store
from cardline.metrics import Metrics
from cardline.running.clearing_watch import ClearingWatch
from ledger import partitions
from ledger.commands import Outcome
from ledger.expiring import sweep
from ledger.file_updates import count_updates
from ledger.journal import Journal
from ledger.statements import statement

log = structlog.get_logger("cardline.housekeeping")

INTERVAL_SECONDS = 15.0
HOLD_COUNT_SECONDS = 300.0
"""Between two counts of all holds: the only chore that reads more than a few rows."""
RECONCILIATION_SECONDS = 60.0
"""Between two looks for business dates without a reconciliation: one look into an index for each date there ever was."""
AGES = ("day", "week", "month", "older")


@dataclass(slots=True)
class Warnings:
    """What `/readyz` says beside "ready": nothing here keeps a payment from being answered yet."""

    partitions: list[str] = field(default_factory=list)
    redis: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        return [*self.partitions, *self.redis, *self.ended]

    def watch(self, task: "asyncio.Task[None]") -> "asyncio.Task[None]":
        """One that is to run until it is cancelled: its death is told, or nobody would know."""
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if task.cancelled():
            return
        error = type(task.exception()).__name__
        self.ended.append(f"{task.get_name()}: has ended ({error}); restart this process")
        log.error("background_task_ended", task=task.get_name(), error=error)


Chore = Callable[[], Awaitable[None]]


async def keep_house(pool: asyncpg.Pool, metrics: Metrics, warnings: Warnings, *more: Chore) -> None:
    """Runs until cancelled. A round that fails is logged and tried again at the next."""
    clearing = ClearingWatch(pool, metrics)
    chores: tuple[Chore, ...] = (
        partial(_count_exceptions, pool, metrics),
        clearing.tell_files,
        _rarely(RECONCILIATION_SECONDS, clearing.tell_reconciliation),
        partial(_tell_expiry_lag, pool, metrics),
        _rarely(HOLD_COUNT_SECONDS, partial(_count_holds, pool, metrics)),
        partial(_ask_postgres, pool, metrics),
        partial(_count_file_updates, pool, metrics),
        partial(keep_partitions, pool, metrics, warnings),
        *more,
    )
    while True:
        for chore in chores:
            try:
                await chore()
            except Exception as error:  # noqa: BLE001 - the edge: the other chores are to be done all the same, and the next round
                log.warning("housekeeping_failed", why=type(error).__name__)
        await asyncio.sleep(INTERVAL_SECONDS)


async def keep_partitions(pool: asyncpg.Pool, metrics: Metrics, warnings: Warnings) -> None:
    """Make the months that are missing around the day that is booked on; what then still is, is an alarm, not a decline."""
    today = datetime.now(UTC).date()
    day = await pool.fetchval("select ledger.booking_date($1)", today)
    try:
        if any(table.missing for table in await partitions.tables(pool, day)):
            await partitions.make(pool, {today, day})
    finally:
        tables = await partitions.tables(pool, day)
        for table in tables:
            metrics.partitions_ahead.labels(table.parent).set(table.months_ahead)
        warnings.partitions = [warning for table in tables if (warning := table.warning)]


async def expire_holds(pool: asyncpg.Pool, journal: Journal, store: Store) -> None:
    """Give back what is held beyond its time; the cache is told as after any other change."""

    def expired(account_id: int, outcome: Outcome) -> None:
        if (mark := outcome.mark) is not None:
            version, available = mark.version, mark.available
            store.observe(account_id, version=version, available=available, facts_version=mark.facts_version)

    swept = await sweep(pool, journal.record, datetime.now(UTC), on_expired=expired)
    if swept.holds:
        log.info("holds_expired", holds=swept.holds)


async def _count_exceptions(pool: asyncpg.Pool, metrics: Metrics) -> None:
    rows = await pool.fetch(statement("exception_counts"))
    metrics.exceptions_seen({row["kind"]: (row["open"], row["oldest_seconds"]) for row in rows})
    for age in AGES:
        metrics.exceptions_by_age.labels(age).set(sum(row[age] for row in rows))


async def _tell_expiry_lag(pool: asyncpg.Pool, metrics: Metrics) -> None:
    metrics.holds_expired_until(float(await pool.fetchval(statement("expiry_lag"))))


async def _count_holds(pool: asyncpg.Pool, metrics: Metrics) -> None:
    counted = await pool.fetchrow(statement("hold_counts"))
    for expires in ("over", "day", "week", "month", "later"):
        metrics.open_holds.labels(expires).set(counted[expires])


def _rarely(seconds: float, chore: Chore) -> Chore:
    """The same, but not at every round: it reads a lot."""
    due = 0.0

    async def when_due() -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + seconds
            await chore()

    return when_due


async def _ask_postgres(pool: asyncpg.Pool, metrics: Metrics) -> None:
    metrics.store_answered("postgres", math.nan)
    async with pool.acquire() as connection:
        begun = time.perf_counter()
        await connection.fetchval("select 1")
        metrics.store_answered("postgres", time.perf_counter() - begun)


async def ask_redis(store: Store, metrics: Metrics, warnings: Warnings) -> None:
    """How long an empty question takes; what follows from no answer is the store's affair."""
    metrics.store_answered("redis", math.nan)
    seconds = await store.round_trip_seconds()
    warnings.redis = [] if seconds is not None else ["redis: does not answer; payments are slower, nothing is wrong"]
    if seconds is not None:
        metrics.store_answered("redis", seconds)


async def _count_file_updates(pool: asyncpg.Pool, metrics: Metrics) -> None:
    counted = await count_updates(pool)
    metrics.file_updates.labels("pending").set(counted.pending)
    metrics.file_updates.labels("failed").set(counted.failed)
    metrics.file_update_oldest.set(counted.oldest_seconds)
