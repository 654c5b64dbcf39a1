"""A journal and a writer's connection on a database of the test's own."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from integration.clearing.clearing_world import World
from integration.clearing.office import KEY, PAYMENTS, Office

from authorizer.pan import Pan
from authorizer.tokens import Tokenizer
from cardline.seed import Silent
from ledger.cards import NewCard, open_cards
from ledger.journal import Journal
from ledger.money import ASSETS


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


@pytest.fixture
async def office(postgres_dsn: str) -> AsyncIterator[Office]:
    pool = await asyncpg.create_pool(postgres_dsn, min_size=1, max_size=2, server_settings={"role": "cardline_writer"})
    journal = Journal(postgres_dsn, Silent())
    await journal.start()
    tokenizer = Tokenizer(KEY)
    cards = [NewCard(tokenizer.token(Pan(one.pan)), one.masked_pan, "2912", "00", "1234", 50_000) for one in PAYMENTS]
    await open_cards(pool, journal, ASSETS["EUR"], cards, actor="tester")
    async with pool.acquire() as connection, pool.acquire() as reader:
        yield Office(connection, reader, journal, tokenizer)
    await journal.close()
    await pool.close()
