"""The least that Postgres can do for a hold: one statement and one commit per 200, with nothing that makes it right."""

import time

from bench.limit.stores import CommitStore

BATCH = 200


async def floor_rate(dsn: str, accounts: int, count: int) -> float:
    """Holds per second of `bench.limit`'s write (journal, two postings, hold, key, balance), one batch after the other."""
    store = await CommitStore.open(dsn, accounts)
    try:
        number, began = await store.next_number(), time.perf_counter()
        for start in range(number, number + count, BATCH):
            await store.write([(each, each % accounts) for each in range(start, start + BATCH)])
        return count / (time.perf_counter() - began)
    finally:
        await store.close()
