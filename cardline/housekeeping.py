"""What a switch process does beside the payments, in the background: partitions ahead of time, gauges from the books."""

import asyncio
import time
from datetime import UTC, datetime

import asyncpg
import structlog

from cardline.metrics import Metrics

log = structlog.get_logger("cardline.housekeeping")

INTERVAL_SECONDS = 15.0
PARTITIONS_EVERY_SECONDS = 6 * 3600.0
"""Partitions are made two months ahead: a day of failures does no harm, a month of them is an alarm."""


async def keep_house(pool: asyncpg.Pool, metrics: Metrics) -> None:
    """Runs until cancelled. A round that fails is logged and tried again at the next."""
    partitions_due = 0.0
    while True:
        try:
            await _count_exceptions(pool, metrics)
            if time.monotonic() >= partitions_due:
                await pool.execute("select ledger.make_partitions($1)", datetime.now(UTC).date())
                partitions_due = time.monotonic() + PARTITIONS_EVERY_SECONDS
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            log.warning("housekeeping_failed", why=type(error).__name__)
        await asyncio.sleep(INTERVAL_SECONDS)


async def _count_exceptions(pool: asyncpg.Pool, metrics: Metrics) -> None:
    counted = {row["kind"]: row["open"] for row in await pool.fetch(
        "select kind, count(*) filter (where status = 'open') as open from ledger.exception group by kind"
    )}  # fmt: skip
    for kind, count in counted.items():
        metrics.open_exceptions.labels(kind).set(count)
