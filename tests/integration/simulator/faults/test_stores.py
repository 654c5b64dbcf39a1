"""The proxy between a client and the stores that the switch uses: what is torn, late or partitioned still arrives whole."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
import redis.asyncio as redis

from cardline.embedded.postgres import EmbeddedPostgres
from cardline.embedded.valkey import EmbeddedValkey
from simulator.faults.plan import FaultPlan, Phase, Rules
from simulator.faults.proxy import FaultProxy

PATIENCE = 20.0
TORN = FaultPlan((Phase("", Rules(split=1, jitter_seconds=0.001), Rules(split=3)),))


@asynccontextmanager
async def in_front_of_postgres(server: EmbeddedPostgres) -> AsyncIterator[tuple[FaultProxy, asyncpg.Connection]]:
    address = urlsplit(server.dsn(database="postgres"))
    directory = parse_qs(address.query)["host"][0]
    async with asyncio.timeout(PATIENCE), FaultProxy(f"{directory}/.s.PGSQL.5432", plan=TORN) as proxy:
        connection = await asyncpg.connect(
            host="127.0.0.1", port=await proxy.start(), user=address.username, database="postgres", ssl=False
        )
        try:
            yield proxy, connection
        finally:
            connection.terminate()


async def test_postgres_answers_through_bytes_that_come_one_by_one(embedded_postgres: EmbeddedPostgres) -> None:
    async with in_front_of_postgres(embedded_postgres) as (_, connection):
        assert await connection.fetchval("select sum(n) from generate_series(1, 1000) n") == 500_500


async def test_a_query_sent_into_a_partition_is_answered_when_it_heals(embedded_postgres: EmbeddedPostgres) -> None:
    async with in_front_of_postgres(embedded_postgres) as (proxy, connection):
        proxy.partition()
        asked = asyncio.create_task(connection.fetchval("select 1"))
        done, _ = await asyncio.wait({asked}, timeout=0.1)
        assert not done
        proxy.heal()
        assert await asked == 1


async def test_a_cut_ends_the_session_with_an_error(embedded_postgres: EmbeddedPostgres) -> None:
    async with in_front_of_postgres(embedded_postgres) as (proxy, connection):
        proxy.cut()
        with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
            await connection.fetchval("select 1")


async def test_redis_answers_through_bytes_that_come_one_by_one(embedded_valkey: EmbeddedValkey) -> None:
    async with asyncio.timeout(PATIENCE), FaultProxy(embedded_valkey.url.removeprefix("unix://"), plan=TORN) as proxy:
        client = redis.Redis(host="127.0.0.1", port=await proxy.start())
        assert await client.echo("x" * 500) == b"x" * 500
        await client.aclose()
