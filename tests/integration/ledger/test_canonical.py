"""What the writer hashes is what the database stores."""

import asyncpg
import pytest
from integration.ledger.conftest import opened, release, spend

from ledger.canonical import BESIDE, FACTS, OIDS, encoded, sql_record
from ledger.journal import Journal

COLUMNS = """
select a.attname as name, a.atttypid::int as oid from pg_attribute a join pg_type t on t.typrelid = a.attrelid
 where t.typnamespace = 'ledger'::regnamespace and t.typname = $1 and not a.attisdropped order by a.attnum
"""


@pytest.mark.parametrize("table", sorted({**FACTS, **BESIDE}))
async def test_a_row_type_has_the_columns_of_the_schema(postgres: asyncpg.Connection, table: str) -> None:
    row_type = {**FACTS, **BESIDE}[table]
    found = [(row["name"], row["oid"]) for row in await postgres.fetch(COLUMNS, row_type.name)]
    assert [(name, OIDS[form]) for name, form in row_type.columns] == found


async def test_the_database_rebuilds_the_bytes_of_every_fact(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection
) -> None:
    (card,) = await opened(pool, journal, 1000)
    command = spend(card, 300)
    await journal.record(command)
    await journal.record(release(card, command, 100))
    for table, row_type in FACTS.items():
        columns = ", ".join(f"f.{name}" for name, _ in row_type.columns)
        stored = await postgres.fetch(f"select {columns}, {sql_record(table, 'f')} as record from ledger.{table} f")
        assert stored
        for *values, record in stored:
            assert encoded(table, [tuple(values)]).payload[4:] == record
