"""A journal and a writer's connection on a database of the test's own."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from integration.clearing.clearing_world import World
from integration.clearing.office import KEY, PAYMENTS, Office
from integration.oldest_postgres import oldest_programs

from authorizer.pan import Pan
from authorizer.tokens import Tokenizer
from cardline.embedded.postgres import EmbeddedPostgres
from cardline.network.seed import Silent
from ledger.cards import NewCard, open_cards
from ledger.journal import Journal
from ledger.money import ASSETS

OLDEST_TOO = {
    "test_a_dispute_is_an_element_of_its_authorization_and_an_item_that_is_due",
    "test_totals_that_are_wrong_are_found_worked_off_and_explain_the_settlement_account",
    "test_a_statement_is_kept_sealed_and_its_entries_are_booked_once",
    "test_a_presentment_moves_to_the_authorization_that_somebody_names",
}
"""Between them nearly every statement of clearing. Everything else runs on the newest server only."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "postgres_server" in metafunc.fixturenames:
        is_both = metafunc.function.__name__ in OLDEST_TOO
        metafunc.parametrize("postgres_server", ["embedded", "oldest"] if is_both else ["embedded"], indirect=True)


@pytest.fixture
def postgres_server(request: pytest.FixtureRequest, postgres_servers: Any) -> EmbeddedPostgres:
    server: EmbeddedPostgres = postgres_servers.started(None if request.param == "embedded" else oldest_programs())
    return server


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
