"""Messages are kept beside the payments: in batches, bounded, and whatever happens to Postgres."""

import asyncio
from datetime import UTC, datetime

import asyncpg

from ledger.messages import MessageLog, MessageRow


class Meter:
    def __init__(self) -> None:
        self.lost = 0

    def messages_lost(self, count: int) -> None:
        self.lost += count


def row(number: int) -> list[MessageRow]:
    at = datetime.now(UTC)
    return [(number, direction, at, "test", "0100", "000001", None, '{"3": "000000"}') for direction in ("in", "out")]


async def test_what_is_put_is_stored_by_the_end(pool: asyncpg.Pool) -> None:
    meter = Meter()
    messages = MessageLog(pool, meter, max_batch=10)
    messages.start()
    for number in range(25):
        messages.put(lambda number=number: row(number))  # type: ignore[misc]
    await messages.close()
    assert await pool.fetchval("select count(*) from report.message") == 50
    assert meter.lost == 0


async def test_a_full_queue_loses_the_oldest_and_says_so(pool: asyncpg.Pool) -> None:
    meter = Meter()
    messages = MessageLog(pool, meter, max_waiting=5)
    for number in range(8):
        messages.put(lambda number=number: row(number))  # type: ignore[misc]
    messages.start()
    await messages.close()
    assert meter.lost == 3
    assert await pool.fetchval("select min(message_id) from report.message") == 3


async def test_what_postgres_does_not_take_is_counted_and_the_rest_goes_on(pool: asyncpg.Pool) -> None:
    meter = Meter()
    messages = MessageLog(pool, meter, max_batch=1)
    messages.put(lambda: [(1, "sideways", datetime.now(UTC), "test", "0100", None, None, "{}")])
    messages.put(lambda: row(2))
    messages.start()
    async with asyncio.timeout(10):
        await messages.close()
    assert meter.lost == 1
    assert await pool.fetchval("select count(*) from report.message") == 2
