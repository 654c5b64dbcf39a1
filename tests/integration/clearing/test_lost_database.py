"""Postgres goes away in the middle of a command: one clear line and code 2, and the same command again ends its work."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import pytest
from integration.clearing.office import DAY, PAYMENTS

from cardline.cli import main
from cardline.embedded.postgres import EmbeddedPostgres
from simulator.settlement.disagreements import Disagreement
from simulator.settlement.evening import EveningPlan, evening

PATIENCE_SECONDS = 30


@pytest.fixture
async def above(postgres_server: EmbeddedPostgres) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's connection to another database of the server."""
    connection = await asyncpg.connect(postgres_server.dsn(user="postgres", database="postgres"))
    yield connection
    await connection.close()


def called(thread: ThreadPoolExecutor, *arguments: object) -> asyncio.Future[int]:
    return asyncio.get_running_loop().run_in_executor(thread, main, [str(argument) for argument in arguments])


async def lost(above: asyncpg.Connection, database: str, holder: asyncpg.Connection, running: asyncio.Future[int]) -> None:
    """As soon as the command waits for what the holder has locked, nobody else is connected any more and nobody may connect.

    The holder stays: were it ended first, the command might come to its end before it is.
    """
    async with asyncio.timeout(PATIENCE_SECONDS):
        query = "select count(*) from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'"
        while not await above.fetchval(query, database):
            assert not running.done(), "it never came to what is locked"
            await asyncio.sleep(0.02)
    await above.execute(f"alter database {database} allow_connections false")
    others = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> $2"
    await above.fetch(others, database, holder.get_server_pid())


async def test_a_database_that_is_lost_is_one_line_and_beginning_again_finishes_the_work(
    postgres_dsn: str, superuser_dsn: str, above: asyncpg.Connection, tmp_path: Path, capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("CARDLINE_POSTGRES_DSN", postgres_dsn)
    monkeypatch.setenv("CARDLINE_TOKEN_KEY", bytes(range(32)).hex())
    database = await asyncpg.connect(postgres_dsn)
    name = await database.fetchval("select current_database()")
    await database.close()
    wrong = (Disagreement.BANK_DIFFERS,)
    paths = [tmp_path / file for file in evening(PAYMENTS, EveningPlan(1, DAY, wrong)).files]
    for path, content in zip(paths, evening(PAYMENTS, EveningPlan(1, DAY, wrong)).files.values(), strict=True):
        path.write_bytes(content)
    files = [path for path in paths if path.suffix == ".ipm"]
    (statement,) = [path for path in paths if path.suffix == ".xml"]
    why = ("--reason", "tried", "--actor", "ada")
    commands: list[tuple[str, int, tuple[object, ...]]] = [
        ("clearing.booking", 0, ("clearing", "ingest", *files)),
        ("clearing.bank_entry", 0, ("reconcile", "statement", statement)),
        ("clearing.bank_booking", 0, ("reconcile", "statement", statement)),
        ("clearing.finding", 1, ("reconcile", "run", DAY)),
        ("clearing.exception_act", 0, ("exceptions", "assign", 1, "grace", *why)),
        ("clearing.exception_act", 0, ("exceptions", "resolve", 1, "--write-off", *why)),
    ]
    with ThreadPoolExecutor(1) as thread:
        for table, code, command in commands:
            holder = await asyncpg.connect(superuser_dsn)
            await holder.execute("begin")
            await holder.execute(f"lock table {table} in exclusive mode")
            running = called(thread, *command)
            try:
                await lost(above, name, holder, running)
                ended = await asyncio.wait_for(running, PATIENCE_SECONDS)
            finally:
                holder.terminate()
                await above.execute(f"alter database {name} allow_connections true")
            said = capfd.readouterr().err
            assert (ended, len(said.splitlines())) == (2, 1), f"{command}: {said}"
            assert said.startswith("cardline: "), said
            if table != "clearing.bank_entry":
                assert await called(thread, *command) == code, capfd.readouterr().err
            capfd.readouterr()
