"""Brings the schema up: numbered SQL files, forward only, under an advisory lock, each in its own transaction.

Safe with the previous release running: files only add. Works on PostgreSQL 15 to 18.
"""

from functools import cache
from importlib.resources import files

import asyncpg

from ledger import chart_table
from ledger.chart import Chart
from ledger.errors import SchemaError

LOCK = 0x63617264_6D696772
OLDEST_SERVER = 15

ROLES = """
do $$
declare
    wanted text;
begin
    foreach wanted in array array['cardline_owner', 'cardline_writer', 'cardline_reader', 'cardline_verifier',
                                  'cardline_closer'] loop
        begin
            execute format('create role %I nologin', wanted);
        exception when duplicate_object or unique_violation then null;
        end;
        if not (select rolsuper from pg_roles where rolname = current_user) then
            execute format('grant %I to current_user', wanted);
        end if;
    end loop;
    execute format('grant create on database %I to cardline_owner', current_database());
end $$;
"""
SCHEMAS = """
create schema if not exists ledger authorization cardline_owner;
create schema if not exists report authorization cardline_owner;
create table if not exists ledger.migration (
    version integer primary key, name text not null, applied_at timestamptz not null default now());
"""


@cache
def migrations() -> tuple[tuple[int, str, str], ...]:
    """(version, name, SQL) of every migration, in order."""
    found = sorted(f.name for f in files("ledger").joinpath("migrations").iterdir() if f.name.endswith(".sql"))
    return tuple(
        (int(name[:4]), name, files("ledger").joinpath("migrations", name).read_text(encoding="utf-8")) for name in found
    )


LATEST = migrations()[-1][0]


async def migrate(dsn: str, chart: Chart | None = None) -> list[str]:
    """Apply what is missing, then the chart of accounts; returns the names of the files applied.

    Raises SchemaError, ChartError, OSError, asyncpg errors.
    """
    connection = await asyncpg.connect(dsn, timeout=10, server_settings={"timezone": "UTC"})
    try:
        if connection.get_server_version().major < OLDEST_SERVER:
            raise SchemaError(f"PostgreSQL {connection.get_server_version().major} is too old; 15 or newer is needed")
        applied = await _apply(connection)
        if chart is not None and await chart_table.apply(connection, chart):
            applied.append(chart.source)
        return applied
    finally:
        await connection.close(timeout=5)


async def _apply(connection: asyncpg.Connection) -> list[str]:
    await connection.execute("select pg_advisory_lock($1)", LOCK)
    await connection.execute(ROLES)
    await connection.execute("set role cardline_owner")
    await connection.execute(SCHEMAS)
    done = {row["version"] for row in await connection.fetch("select version from ledger.migration")}
    if done and max(done) > LATEST:
        raise SchemaError(f"the schema is at version {max(done)}, newer than this program's {LATEST}")
    applied = []
    for version, name, sql in migrations():
        if version not in done:
            async with connection.transaction():
                await connection.execute(sql)
                await connection.execute("insert into ledger.migration (version, name) values ($1, $2)", version, name)
            applied.append(name)
    return applied
