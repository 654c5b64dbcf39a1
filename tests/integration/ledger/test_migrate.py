"""The schema comes up once, under several hands, and says when it does not fit."""

import asyncio

import asyncpg
import pytest

from cardline.embedded.postgres import EmbeddedPostgres
from ledger.errors import SchemaError
from ledger.journal import Journal
from ledger.migrate import LATEST, migrate, migrations


async def test_a_second_run_changes_nothing(postgres_dsn: str) -> None:
    assert await migrate(postgres_dsn) == []


async def test_two_runs_at_once_apply_each_file_once(postgres_server: EmbeddedPostgres) -> None:
    superuser = await asyncpg.connect(postgres_server.dsn(user="postgres", database="postgres"))
    await superuser.execute("create database empty owner cardline")
    try:
        runs = await asyncio.gather(*(migrate(postgres_server.dsn(database="empty")) for _ in range(3)))
        assert sorted(name for run in runs for name in run) == [name for _, name, _ in migrations()]
    finally:
        await superuser.execute("drop database empty with (force)")
        await superuser.close()


async def test_a_newer_schema_is_refused(postgres_dsn: str, postgres: asyncpg.Connection) -> None:
    await postgres.execute("insert into ledger.migration (version, name) values ($1, 'from the future')", LATEST + 1)
    with pytest.raises(SchemaError, match="newer"):
        await migrate(postgres_dsn)


@pytest.mark.parametrize("lacking", [version for version, _, _ in migrations()[-2:]])
async def test_a_writer_refuses_a_schema_that_lacks_a_migration(
    postgres_dsn: str, postgres: asyncpg.Connection, meter: object, lacking: int
) -> None:
    await postgres.execute("delete from ledger.migration where version = $1", lacking)
    with pytest.raises(SchemaError, match="cardline migrate"):
        await Journal(postgres_dsn, meter).start()  # type: ignore[arg-type]


async def test_partitions_are_there_for_this_month_and_the_next_two(postgres: asyncpg.Connection) -> None:
    made = await postgres.fetch(
        "select to_char(date_trunc('month', now() at time zone 'UTC') + make_interval(months => n), 'YYYY_MM') as month,"
        " to_regclass('ledger.posting_' || to_char(date_trunc('month', now() at time zone 'UTC') + make_interval(months => n), 'YYYY_MM'))"
        " is not null as there from generate_series(0, 2) n"
    )
    assert [row["there"] for row in made] == [True, True, True]
    await postgres.execute("select ledger.make_partitions((now() + interval '1 month')::date)")


async def test_a_month_that_comes_is_attached_without_disturbing_a_writer(
    postgres_dsn: str, postgres: asyncpg.Connection
) -> None:
    other = await asyncpg.connect(postgres_dsn)
    async with postgres.transaction():
        await postgres.execute("select count(*) from ledger.posting")
        await asyncio.wait_for(other.execute("select ledger.make_partitions((now() + interval '2 months')::date)"), 10)
    await other.close()
