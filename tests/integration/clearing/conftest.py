"""A journal and a writer's connection on a database of the test's own."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from integration.clearing.clearing_world import World

from cardline.network.seed import Silent
from ledger.journal import Journal


@pytest.fixture
async def world(postgres_dsn: str) -> AsyncIterator[World]:
    journal = Journal(postgres_dsn, Silent())
    await journal.start()
    connection, reader = [await asyncpg.connect(postgres_dsn, server_settings={"role": "cardline_writer"}) for _ in range(2)]
    async with asyncpg.create_pool(postgres_dsn, min_size=1, max_size=2, server_settings={"role": "cardline_writer"}) as pool:
        yield World(postgres_dsn, connection, reader, journal, pool)
    await connection.close()
    await reader.close()
    await journal.close()
